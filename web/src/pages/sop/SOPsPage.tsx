import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Input, Segmented, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sops, type SOP } from '../../api/sops';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { rowEvents } from '../../ui/rowEvents';
import { useListKeys } from '../../ui/useListKeys';
import { usePages } from '../../ui/usePages';
import { TimeText } from '../../ui/values';
import { NewSOP, ReadyCards } from './NewSOP';
import { SOPStatus } from './SOPStatus';
import { lasts } from './spec';
import './sop.css';

const route = getRouteApi('/shell/sops');
const statuses = ['draft', 'live', 'paused', 'stopped'] as const;
const kinds = ['person', 'group'] as const;

export function SOPsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const navigate = useNavigate();
  const search = route.useSearch();
  const q = search.q ?? '';
  const status = statuses.find((s) => s === search.status);
  const kind = kinds.find((k) => k === search.kind);
  const [making, setMaking] = useState(false);
  const pages = usePages(q, status, kind);
  const list = useQuery({ queryKey: ['sops', q, status, kind, pages.cursor], queryFn: () => sops.list({ q: q || undefined, status, kind, limit: 20, cursor: pages.cursor }), placeholderData: (before) => before });
  const items = list.data?.items ?? [];
  const open = (s: SOP | undefined) => s && void navigate({ to: '/sops/$sopId', params: { sopId: s.id }, search: {} });
  const active = useListKeys(items.length, (i) => open(items[i]));
  const go = (next: { q?: string; status?: string; kind?: string }) => void navigate({ to: '/sops', search: Object.fromEntries(Object.entries(next).filter((e): e is [string, string] => Boolean(e[1]))) });
  const filtered = q !== '' || status !== undefined || kind !== undefined;
  const empty = list.isSuccess && items.length === 0 && pages.number === 1;
  const write = may('sop.write');
  const create = write && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
      {t('sop.create')}
    </Button>
  );
  return (
    <div className="fp-page">
      <PageHeader title={t('sop.title')} note={t('sop.note')} extra={(!empty || filtered) && create} />
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : empty && !filtered ? (
        <>
          <EmptyState title={t('sop.emptyTitle')} text={t('sop.emptyText')} action={create} />
          {write && <ReadyCards />}
        </>
      ) : (
        <>
          <div className="fp-toolbar">
            <Input.Search key={q} className="fp-grow" allowClear defaultValue={q} placeholder={t('sop.search')} aria-label={t('sop.search')} maxLength={60} onSearch={(text) => go({ q: text.trim(), status, kind })} />
            <Segmented value={kind ?? ''} aria-label={t('sop.for')} onChange={(k) => go({ q, status, kind: k })} options={[{ value: '', label: t('sop.all') }, ...kinds.map((k) => ({ value: k, label: t(`sop.fors.${k}`) }))]} />
            <Select value={status ?? ''} aria-label={t('sop.status')} style={{ minWidth: 120 }} onChange={(s) => go({ q, status: s, kind })} options={[{ value: '', label: t('sop.anyState') }, ...statuses.map((s) => ({ value: s, label: t(`sop.statuses.${s}`) }))]} />
          </div>
          <div className="fp-table-wrap fp-click" aria-busy={list.isFetching && list.isPlaceholderData}>
            {empty ? (
              <EmptyState title={t('sop.noneTitle')} text={t('sop.noneText')} action={<Button onClick={() => go({})}>{t('customers.clear')}</Button>} />
            ) : list.isPending ? (
              <Loading rows={8} />
            ) : (
              <DataTable<SOP>
                rowKey="id"
                label={t('sop.title')}
                minWidth={900}
                dataSource={items}
                {...rowEvents(active, open)}
                columns={[
                  {
                    key: 'name',
                    title: t('sop.name'),
                    render: (_, s) => (
                      <Link to="/sops/$sopId" params={{ sopId: s.id }} search={{}} className="fp-link-row">
                        {s.name}
                      </Link>
                    ),
                  },
                  { key: 'for', title: t('sop.for'), width: 80, render: (_, s) => t(`sop.fors.${s.kind}`) },
                  { key: 'trigger', title: t('sop.trigger'), width: 150, render: (_, s) => t(`sop.triggers.${s.spec.trigger.kind}`) },
                  { key: 'steps', title: t('sop.length'), width: 130, render: (_, s) => t('sop.steps_days', { count: s.spec.steps.length, days: lasts(s.spec) }) },
                  { key: 'status', title: t('sop.status'), width: 110, render: (_, s) => <SOPStatus sop={s} /> },
                  { key: 'inside', title: t('sop.inside'), width: 90, align: 'right', render: (_, s) => <span className="fp-num">{s.version > 0 ? f.number(s.inside) : '—'}</span> },
                  { key: 'done', title: t('sop.done'), width: 90, align: 'right', render: (_, s) => <span className="fp-num">{s.version > 0 ? f.number(s.done) : '—'}</span> },
                  { key: 'changed', title: t('sop.changed'), width: 130, render: (_, s) => <TimeText at={s.changed_at} /> },
                ]}
              />
            )}
            <Pager pages={pages} next={list.data?.next_cursor} />
          </div>
        </>
      )}
      {making && <NewSOP onClose={() => setMaking(false)} />}
    </div>
  );
}
