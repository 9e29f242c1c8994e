import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Input, Modal, Segmented, Select, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { zombies as api, type Zombie, type ZombieQuery } from '../../api/care';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { useListKeys } from '../../ui/useListKeys';
import { usePages } from '../../ui/usePages';
import { TimeText } from '../../ui/values';
import { Total } from './Total';
import { useCareSearch } from './useCareSearch';

const reasons = ['deleted', 'blocked', 'silent'] as const;

/** Contacts that have gone or say nothing, and what to do about each. */
export function ZombiesTab() {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const staff = useStaff();
  const { search, go } = useCareSearch('zombies');
  const [naming, setNaming] = useState(false);
  const reason = reasons.find((r) => r === search.reason) ?? 'deleted';
  const query: ZombieQuery = { reason, ...(search.staff ? { staff_id: search.staff } : {}) };
  const pages = usePages(JSON.stringify(query));
  const counts = useQuery({ queryKey: ['care', 'zombies', 'counts'], queryFn: api.counts, staleTime: 30_000 });
  const list = useQuery({ queryKey: ['care', 'zombies', query, pages.cursor], queryFn: () => api.list({ ...query, limit: 20, cursor: pages.cursor }), placeholderData: (before) => before });
  const items = list.data?.items ?? [];
  const active = useListKeys(items.length, (i) => document.querySelectorAll<HTMLAnchorElement>('[data-zombie]')[i]?.click());
  const carrier = (kind: string) => t(`carrier.${kind}`, { defaultValue: kind });
  const label = (r: (typeof reasons)[number]) => `${t(`care.zombies.${r}`, { days: counts.data?.silent_days ?? '' })} ${counts.data ? f.number(counts.data[r]) : ''}`;
  const why = (z: Zombie) => {
    if (z.reason === 'silent') return t('care.zombies.reason.silent', { kind: t(`eventKind.${z.detail.replace('.', '_')}`, { defaultValue: z.detail }) });
    if (z.reason === 'blocked') return z.detail === 'bounced' ? t('care.zombies.reason.bounced') : t('care.zombies.reason.blocked', { code: z.detail });
    return t('care.zombies.reason.deleted');
  };
  const ways = (z: Zombie) => (z.ways ?? []).map((w) => w.name || (w.account_id ? carrier(w.kind) : t('care.zombies.over', { kind: carrier(w.kind) }))).join('、');
  return (
    <>
      <div className="fp-toolbar">
        <Segmented className="fp-care-reasons" value={reason} aria-label={t('care.zombies.why')} onChange={(v) => go({ reason: v })} options={reasons.map((r) => ({ value: r, label: label(r) }))} />
        <Select
          className="fp-filter"
          value={search.staff ?? ''}
          aria-label={t('care.any.staff')}
          showSearch={{ optionFilterProp: 'label' }}
          popupMatchSelectWidth={false}
          onChange={(v: string) => go({ staff: v })}
          options={[{ value: '', label: t('care.any.staff') }, ...staff.list.map((s) => ({ value: s.id, label: s.name }))]}
        />
        <span className="fp-end">
          {may('segment.write') && items.length > 0 && (
            <Button title={t('care.zombies.toListHelp')} onClick={() => setNaming(true)}>
              {t('care.zombies.toList')}
            </Button>
          )}
          <ExportMenu address={(format) => api.exportAddress(query, format)} />
        </span>
      </div>
      <p className="fp-muted fp-small">{t('care.zombies.help')}</p>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading rows={6} />
      ) : (
        <>
          <DataTable<Zombie>
            label={t('care.tab.zombies')}
            minWidth={860}
            rowKey={(z) => `${z.person_id} ${z.account_id} ${z.staff_id} ${z.since}`}
            dataSource={items}
            rowClassName={(_, i) => (i === active ? 'fp-row-active' : '')}
            locale={{ emptyText: <EmptyState title={t('care.zombies.empty')} text={t(`care.zombies.emptyText.${reason}`)} /> }}
            columns={[
              {
                title: t('care.zombies.who'),
                render: (_, z) => (
                  <Link to="/customers/$personId" params={{ personId: z.person_id }} className="fp-link-row" data-zombie>
                    {z.person_name || t('customer.nameless')}
                  </Link>
                ),
              },
              {
                title: t('care.zombies.why'),
                render: (_, z) => (
                  <>
                    {why(z)} {z.account_name && <span className="fp-muted">· {z.account_name}</span>}
                  </>
                ),
              },
              { title: t('care.zombies.since'), width: 110, render: (_, z) => <TimeText at={z.since} /> },
              { title: t('care.zombies.staff'), width: 110, render: (_, z) => z.staff_name || <span className="fp-muted">{t('care.nobody')}</span> },
              { title: t('care.zombies.last'), width: 110, render: (_, z) => <TimeText at={z.last_at} /> },
              {
                title: t('care.zombies.todo'),
                render: (_, z) => (z.advice === 'win_back' ? <Tag color="geekblue" className="fp-care-wrap">{t('care.zombies.winBack', { ways: ways(z) })}</Tag> : <span className="fp-muted">{t('care.zombies.leave')}</span>),
              },
            ]}
          />
          {items.length > 0 && <Pager pages={pages} next={list.data.next_cursor} note={<Total of={list.data.total} exact={list.data.total_exact} />} />}
        </>
      )}
      {naming && <ListDialog query={query} suggested={t(`care.zombies.${reason}`, { days: counts.data?.silent_days ?? '' })} onClose={() => setNaming(false)} />}
    </>
  );
}

function ListDialog({ query, suggested, onClose }: { query: ZombieQuery; suggested: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const [name, setName] = useState(suggested);
  const make = useMutation({
    mutationFn: () => api.toList({ name: name.trim(), reason: query.reason ?? 'deleted', staff_id: query.staff_id }),
    onSuccess: (got) => {
      void message.success(
        <>
          {t('care.zombies.listed', { count: got.persons })} <a href="/segments?tab=lists">{t('menu.segments')}</a>
        </>,
      );
      onClose();
    },
    onError: notify,
  });
  return (
    <Modal open title={t('care.zombies.toList')} okText={t('care.zombies.toList')} cancelText={t('common.cancel')} okButtonProps={{ disabled: !name.trim(), loading: make.isPending }} onOk={() => make.mutate()} onCancel={onClose}>
      <p>{t('care.zombies.toListHelp')}</p>
      <Input autoFocus value={name} maxLength={60} aria-label={t('care.zombies.listName')} onChange={(e) => setName(e.target.value)} onPressEnter={() => name.trim() && make.mutate()} />
    </Modal>
  );
}
