import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { App, Button, Progress, Segmented, Select } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { today as api, type TodayItem, type TodayList, type TodayQuery } from '../../api/today';
import { useMay, useMe } from '../../app/me';
import { SOPToday } from '../sop/SOPToday';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { clockTime, dayName } from './days';
import { ItemCard } from './ItemCard';
import { OutcomeDialog, type Act } from './OutcomeDialog';
import { PromiseDialog } from './PromiseDialog';
import { useTodayKeys } from './useTodayKeys';
import { useBuild } from './useBuild';
import { useFreshToday, useToday } from './useToday';
import './today.css';

const route = getRouteApi('/shell/today');
const statuses = ['open', 'handled', 'all'] as const;

/** The people who matter today, and why each is on the list. */
export function TodayPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const me = useMe();
  const navigate = useNavigate();
  const search = route.useSearch();
  const staff = useStaff();
  const team = may('followup.team');
  const set = (more: Record<string, string | undefined>) => {
    const next = Object.entries({ ...search, ...more }).filter((e): e is [string, string] => Boolean(e[1]));
    void navigate({ to: '/today', search: Object.fromEntries(next), replace: true });
  };
  // Who sees all lists and has none of their own is not here for an empty page.
  const whose = search.staff ?? (team && me.staff.role !== 'associate' ? 'all' : '');
  const status = statuses.find((s) => s === search.show) ?? 'open';
  const query = useMemo<TodayQuery>(
    () => ({ day: search.day || undefined, staff_id: whose || undefined, status, rule_id: search.rule || undefined }),
    [search.day, whose, status, search.rule],
  );
  const list = useToday(query);
  const head = list.head;
  const several = whose === 'all';
  return (
    <div className="fp-page fp-today">
      <PageHeader
        title={whose && !several && whose !== 'none' ? t('today.listOf', { name: staff.nameOf(whose) }) : t('today.title')}
        note={head?.built_at ? t('today.note', { day: dayName(head.day, f.language), at: clockTime(head.built_at, f.timeZone, f.language) }) : undefined}
        extra={
          <>
            <Button onClick={() => void navigate({ to: '/today/promises', search: {} })}>{t('promises.title')}</Button>
            {team && (
              <>
                <Select
                  aria-label={t('today.whose')}
                  className="fp-today-whose"
                  value={whose || me.staff.id}
                  showSearch={{ optionFilterProp: 'label' }}
                  onChange={(id: string) => set({ staff: id, rule: undefined })}
                  options={[
                    { value: 'all', label: t('today.everybody') },
                    { value: me.staff.id, label: t('today.mine') },
                    { value: 'none', label: t('today.nobody') },
                    ...staff.list.filter((s) => s.id !== me.staff.id && s.status === 'active').map((s) => ({ value: s.id, label: s.name })),
                  ]}
                />
                <Button onClick={() => void navigate({ to: '/today/team' })}>{t('today.team')}</Button>
                <Button onClick={() => void navigate({ to: '/today/rules' })}>{t('today.rules')}</Button>
              </>
            )}
          </>
        }
      />
      {list.isError && !head ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : !head ? (
        <Loading />
      ) : head.day === '' ? (
        <NotMade next={head.next_at} may={may('followup.settings')} />
      ) : (
        <>
          {head.day !== head.today && !search.day && <p className="fp-today-older">{t('today.older', { day: dayName(head.day, f.language), at: f.dateTime(head.next_at) })}</p>}
          {head.to_confirm > 0 && <p className="fp-today-older">{t('today.toConfirm', { count: head.to_confirm })}</p>}
          {may('sop.today') && <SOPToday />}
          <Standing head={head} />
          <Filters head={head} status={status} rule={search.rule ?? ''} arrange={search.by ?? ''} set={set} />
          <Items
            head={head}
            items={list.items}
            status={status}
            several={several}
            byReason={search.by === 'reason'}
            filtered={Boolean(search.rule)}
            assignable={team ? staff.list.filter((s) => s.status === 'active' && ['owner', 'operator', 'associate'].includes(s.role)) : undefined}
          />
          {list.hasNextPage && (
            <Button className="fp-today-more" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {t('common.more')}
            </Button>
          )}
          {head.beyond > 0 && <p className="fp-today-beyond">{t('today.beyond', { count: head.beyond, cap: head.cap })}</p>}
        </>
      )}
    </div>
  );
}

function NotMade({ next, may }: { next: string; may: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const build = useBuild();
  return (
    <EmptyState
      title={t('today.noneYet')}
      text={t('today.noneYetText', { at: f.dateTime(next) })}
      action={
        may && (
          <Button type="primary" loading={build.isPending} onClick={() => build.mutate()}>
            {t('today.buildNow')}
          </Button>
        )
      }
    />
  );
}

function Standing({ head }: { head: TodayList }) {
  const { t } = useTranslation();
  const of = (s: string) => head.counts[s] ?? 0;
  const left = of('open');
  const handled = head.listed - left - of('carried') - of('lapsed');
  return (
    <section className="fp-today-standing" aria-label={t('today.of', { done: handled, all: head.listed })}>
      <b className="fp-num">{t('today.left', { count: left })}</b>
      <Progress percent={head.listed ? Math.round((handled / head.listed) * 100) : 0} size="small" showInfo={false} aria-label={t('today.of', { done: handled, all: head.listed })} />
      <span className="fp-muted fp-small fp-num">
        {t('today.of', { done: handled, all: head.listed })}
        {of('converted') > 0 && ` · ${t('today.converted', { count: of('converted') })}`}
      </span>
    </section>
  );
}

interface FilterProps {
  head: TodayList;
  status: (typeof statuses)[number];
  rule: string;
  arrange: string;
  set: (more: Record<string, string | undefined>) => void;
}

function Filters({ head, status, rule, arrange, set }: FilterProps) {
  const { t } = useTranslation();
  const rules = (head.rules ?? []).filter((r) => (status === 'open' ? r.open > 0 : r.listed > 0) || r.rule_id === rule);
  return (
    <div className="fp-today-filters">
      <Segmented value={status} onChange={(v) => set({ show: v === 'open' ? undefined : v })} options={statuses.map((s) => ({ value: s, label: t(`today.${s}`) }))} />
      <Segmented
        value={arrange === 'reason' ? 'reason' : 'rank'}
        onChange={(v) => set({ by: v === 'reason' ? 'reason' : undefined })}
        options={[
          { value: 'rank', label: t('today.ranked') },
          { value: 'reason', label: t('today.byReason') },
        ]}
      />
      <div className="fp-today-chips" role="group" aria-label={t('today.reasons')}>
        <button type="button" aria-pressed={rule === ''} onClick={() => set({ rule: undefined })}>
          {t('today.anyReason')}
        </button>
        {rules.map((r) => (
          <button type="button" key={r.rule_id} aria-pressed={rule === r.rule_id} onClick={() => set({ rule: rule === r.rule_id ? undefined : r.rule_id })}>
            {r.rule} <span className="fp-num">{status === 'open' ? r.open : r.listed}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

interface ItemsProps {
  head: TodayList;
  items: TodayItem[];
  status: string;
  several: boolean;
  byReason: boolean;
  filtered: boolean;
  assignable?: { id: string; name: string }[];
}

function Items({ head, items, status, several, byReason, filtered, assignable }: ItemsProps) {
  const { t } = useTranslation();
  const may = useMay();
  const notify = useNotifyProblem();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const fresh = useFreshToday();
  const [dialog, setDialog] = useState<{ item: TodayItem; act: Act }>();
  const [promising, setPromising] = useState<TodayItem>();
  const ordered = useMemo(() => (byReason ? [...items].sort((a, b) => place(head, a) - place(head, b)) : items), [items, byReason, head]);
  const act = useCallback((n: number, what: Act) => ordered[n]?.status === 'open' && may('followup.write') && setDialog({ item: ordered[n], act: what }), [ordered, may]);
  const open = useCallback((n: number) => ordered[n]?.openable && void navigate({ to: '/customers/$personId', params: { personId: ordered[n].person_id } }), [ordered, navigate]);
  const keys = useTodayKeys(ordered.length, open, act);
  if (items.length === 0) {
    if (status === 'open' && !filtered) return head.listed > 0 ? <EmptyState title={t('today.allDone')} text={t('today.allDoneText')} /> : <EmptyState title={t('today.nobodyListed')} text={t('today.nobodyListedText')} />;
    return <EmptyState title={t('today.nothingHere')} />;
  }
  const undo = (item: TodayItem) => void api.undo(item.id).then(fresh, notify);
  const assign = (item: TodayItem, id: string) =>
    void api.assign(item.id, id).then((saved) => {
      void message.success(t('today.assigned', { name: saved.staff_name }));
      return fresh(saved);
    }, notify);
  return (
    <>
      <ol className="fp-today-list">
        {ordered.map((item, n) => {
          const rule = item.reasons?.[0];
          const heads = byReason && rule && (n === 0 || ordered[n - 1]?.reasons?.[0]?.rule_id !== rule.rule_id);
          return [
            heads && (
              <li key={`head-${rule.rule_id}-${n}`} className="fp-today-head">
                <h2>{rule.rule}</h2>
              </li>
            ),
            <ItemCard
              key={item.id}
              item={item}
              active={n === keys.at}
              may={may('followup.write')}
              showStaff={several}
              assignable={assignable}
              onAct={(what) => setDialog({ item, act: what })}
              onUndo={() => undo(item)}
              onPromise={() => setPromising(item)}
              onAssign={(id) => assign(item, id)}
              onFocus={() => keys.mark(n)}
            />,
          ];
        })}
      </ol>
      <p className="fp-muted fp-small fp-today-keys">{t('today.keys')}</p>
      {dialog && <OutcomeDialog item={dialog.item} act={dialog.act} onClose={() => setDialog(undefined)} />}
      {promising && <PromiseDialog person={{ id: promising.person_id, name: promising.name }} onClose={() => setPromising(undefined)} />}
    </>
  );
}

/** Where an item's heaviest reason stands among the rules. */
function place(head: TodayList, item: TodayItem): number {
  const n = (head.rules ?? []).findIndex((r) => r.rule_id === item.reasons?.[0]?.rule_id);
  return n < 0 ? 1000 : n;
}

