import { CheckOutlined, MessageOutlined, UndoOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Popconfirm, Segmented, Select, Space, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { promises as api, type PromiseQuery, type Promised } from '../../api/today';
import { useMay, useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { dayOf } from '../../lib/zone';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { Pager } from '../../ui/Pager';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { useListKeys } from '../../ui/useListKeys';
import { usePages } from '../../ui/usePages';
import { useUndo } from '../../ui/useUndo';
import { clockTime, dayName } from './days';
import { useOpenChat } from './useOpenChat';
import { todayKey } from './useToday';
import './today.css';

const route = getRouteApi('/shell/today/promises');
const states = ['open', 'due', 'overdue', 'kept', 'cancelled'] as const;

/** What was promised to whom, by when, and whether it was kept. */
export function PromisesPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const me = useMe();
  const staff = useStaff();
  const navigate = useNavigate();
  const search = route.useSearch();
  const team = may('followup.team');
  const status = states.find((s) => s === search.show) ?? 'open';
  const whose = team ? (search.staff ?? (me.staff.role === 'associate' ? me.staff.id : 'all')) : '';
  const set = (more: Record<string, string | undefined>) =>
    void navigate({ to: '/today/promises', search: Object.fromEntries(Object.entries({ ...search, ...more }).filter((e): e is [string, string] => Boolean(e[1]))), replace: true });
  const query: PromiseQuery = { status, ...(whose ? { staff_id: whose } : {}) };
  const pages = usePages(status, whose);
  const list = useQuery({ queryKey: ['promises', query, pages.cursor], queryFn: () => api.list({ ...query, limit: 20, cursor: pages.cursor }), placeholderData: (before) => before, refetchInterval: 60_000 });
  const items = list.data?.items ?? [];
  const active = useListKeys(items.length, (i) => items[i] && void navigate({ to: '/customers/$personId', params: { personId: items[i].person_id } }));
  return (
    <div className="fp-page">
      <nav className="fp-crumb">
        <Link to="/today" search={{}}>
          {t('today.title')}
        </Link>
      </nav>
      <PageHeader title={t('promises.title')} note={t('promises.note')} />
      <div className="fp-toolbar">
        <Segmented className="fp-today-states" value={status} aria-label={t('promises.state')} onChange={(v) => set({ show: v === 'open' ? undefined : v })} options={states.map((s) => ({ value: s, label: t(`promises.${s}`) }))} />
        {team && (
          <Select
            aria-label={t('promises.whose')}
            className="fp-today-whose"
            value={whose}
            showSearch={{ optionFilterProp: 'label' }}
            onChange={(id: string) => set({ staff: id })}
            options={[{ value: 'all', label: t('promises.everybody') }, { value: me.staff.id, label: t('promises.mine') }, ...staff.list.filter((s) => s.id !== me.staff.id).map((s) => ({ value: s.id, label: s.name }))]}
          />
        )}
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={6} />
      ) : items.length === 0 ? (
        <div className="fp-table-wrap">
          <EmptyState title={t(`promises.none.${status}`)} text={status === 'open' ? t('promises.noneText') : undefined} action={status === 'open' && <Link to="/today" search={{}}>{t('today.title')}</Link>} />
        </div>
      ) : (
        <div className="fp-table-wrap">
          <DataTable<Promised>
            label={t('promises.title')}
            minWidth={760}
            rowKey="id"
            dataSource={items}
            rowClassName={(_, i) => (i === active ? 'fp-row-active' : '')}
            columns={[
              {
                title: t('promises.who'),
                width: 150,
                render: (_, p) => (
                  <Link to="/customers/$personId" params={{ personId: p.person_id }} className="fp-link-row">
                    {p.name || t('today.noName')}
                  </Link>
                ),
              },
              { title: t('promises.what'), render: (_, p) => <span className="fp-break">{p.text || (p.kind === 'postponed' ? t('promises.postponed') : '')}</span> },
              {
                title: t('promises.due_'),
                width: 210,
                render: (_, p) => (
                  <>
                    <span className="fp-num">
                      {dayName(dayOf(p.due_at, f.timeZone), f.language)} {clockTime(p.due_at, f.timeZone, f.language)}
                    </span> {p.overdue && <Tag color="red">{t('promises.late')}</Tag>}
                  </>
                ),
              },
              ...(whose === 'all' ? [{ title: t('promises.by'), width: 110, render: (_: unknown, p: Promised) => p.staff_name }] : []),
              { title: <span className="fp-hidden">{t('common.actions')}</span>, width: 210, align: 'right' as const, render: (_, p) => <Tools promise={p} /> },
            ]}
          />
          <Pager pages={pages} next={list.data.next_cursor} />
        </div>
      )}
    </div>
  );
}

function Tools({ promise: p }: { promise: Promised }) {
  const { t } = useTranslation();
  const may = useMay();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const chat = useOpenChat();
  const queries = useQueryClient();
  const fresh = () => Promise.all([queries.invalidateQueries({ queryKey: ['promises'] }), queries.invalidateQueries({ queryKey: todayKey })]);
  const put = (status: Promised['status']) => api.update(p.id, { status }).then(fresh);
  const change = useMutation({
    mutationFn: put,
    onSuccess: (_done, to) => to !== 'open' && undo(`promise-${p.id}`, t(to === 'kept' ? 'promises.keptSaid' : 'promises.cancelledSaid', { name: p.name }), () => put('open')),
    onError: notify,
  });
  const name = p.name || t('today.noName');
  return (
    <Space size={4}>
      <Button size="small" type="text" icon={<MessageOutlined />} loading={chat.isPending} aria-label={t('promises.chatWith', { name })} title={t('today.chat')} onClick={() => chat.mutate({ person: p.person_id })} />
      {may('followup.write') &&
        (p.status === 'open' ? (
          <>
            <Button size="small" icon={<CheckOutlined />} loading={change.isPending} onClick={() => change.mutate('kept')}>
              {t('promises.keep')}
            </Button>
            <Popconfirm title={t('promises.cancelAsk')} okText={t('promises.cancel')} cancelText={t('common.close')} onConfirm={() => change.mutate('cancelled')}>
              <Button size="small" type="text">
                {t('promises.cancel')}
              </Button>
            </Popconfirm>
          </>
        ) : (
          <Button size="small" icon={<UndoOutlined />} loading={change.isPending} onClick={() => change.mutate('open')}>
            {t('promises.reopen')}
          </Button>
        ))}
    </Space>
  );
}
