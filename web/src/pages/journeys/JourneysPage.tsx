import { CopyOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Input, Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { journeys, type Journey } from '../../api/journeys';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { rowEvents } from '../../ui/rowEvents';
import { useListKeys } from '../../ui/useListKeys';
import { usePages } from '../../ui/usePages';
import { useUndo } from '../../ui/useUndo';
import { TimeText } from '../../ui/values';
import { JourneyStatus } from './JourneyStatus';
import { NewJourney, ReadyJourneys } from './ReadyJourneys';
import './journeys.css';

const route = getRouteApi('/shell/journeys');
const statuses = ['draft', 'live', 'paused', 'ended'] as const;

export function JourneysPage() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const undo = useUndo();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const search = route.useSearch();
  const q = search.q ?? '';
  const status = statuses.find((s) => s === search.status);
  const [making, setMaking] = useState(false);
  const pages = usePages(q, status);
  const list = useQuery({
    queryKey: ['journeys', q, status, pages.cursor],
    queryFn: () => journeys.list({ q: q || undefined, status, limit: 20, cursor: pages.cursor }),
    placeholderData: (before) => before,
    refetchInterval: (query) => (query.state.data?.items?.some((j) => j.status === 'live') ? 10_000 : false),
  });
  const items = list.data?.items ?? [];
  const write = may('journey.write');
  const open = (j: Pick<Journey, 'id'> | undefined) => j && void navigate({ to: '/journeys/$journeyId', params: { journeyId: j.id }, search: {} });
  const active = useListKeys(items.length, (i) => open(items[i]));
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['journeys'] });
  const copy = useMutation({ mutationFn: journeys.duplicate, onError: notify, onSuccess: async (made) => refresh().then(() => open(made)) });
  const remove = useMutation({
    mutationFn: (j: Journey) => journeys.remove(j.id).then(() => j),
    onError: notify,
    onSuccess: async (j) => {
      await refresh();
      undo(`journey-${j.id}`, t('journeys.removed', { name: j.name }), () => journeys.restore(j.id).then(refresh));
    },
  });
  const go = (next: { q?: string; status?: string }) => void navigate({ to: '/journeys', search: Object.fromEntries(Object.entries(next).filter((e): e is [string, string] => Boolean(e[1]))) });
  const filtered = q !== '' || status !== undefined;
  const empty = list.isSuccess && items.length === 0 && pages.number === 1;
  const create = write && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>
      {t('journeys.create')}
    </Button>
  );
  const count = (j: Journey, n: number) => <span className="fp-num">{j.version > 0 ? f.number(n) : '—'}</span>;
  return (
    <div className="fp-page">
      <PageHeader title={t('journeys.title')} note={t('journeys.note')} extra={(!empty || filtered) && create} />
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : empty && !filtered ? (
        <>
          <EmptyState title={t('journeys.emptyTitle')} text={t('journeys.emptyText')} action={create} />
          {write && <ReadyJourneys />}
        </>
      ) : (
        <>
          <div className="fp-toolbar">
            <Input.Search key={q} className="fp-grow" allowClear defaultValue={q} placeholder={t('journeys.search')} aria-label={t('journeys.search')} maxLength={60} onSearch={(text) => go({ q: text.trim(), status })} />
            <Select value={status ?? ''} aria-label={t('journeys.status')} style={{ minWidth: 130 }} onChange={(s) => go({ q, status: s })} options={[{ value: '', label: t('journeys.anyStatus') }, ...statuses.map((s) => ({ value: s, label: t(`journeys.statuses.${s}`) }))]} />
          </div>
          <div className="fp-table-wrap fp-click" aria-busy={list.isFetching && list.isPlaceholderData}>
            {empty ? (
              <EmptyState title={t('journeys.noneTitle')} text={t('journeys.noneText')} action={<Button onClick={() => go({})}>{t('customers.clear')}</Button>} />
            ) : list.isPending ? (
              <Loading rows={8} />
            ) : (
              <DataTable<Journey>
                rowKey="id"
                label={t('journeys.title')}
                minWidth={980}
                dataSource={items}
                {...rowEvents(active, open)}
                columns={[
                  {
                    key: 'name',
                    title: t('journeys.name'),
                    render: (_, j) => (
                      <>
                        <Link to="/journeys/$journeyId" params={{ journeyId: j.id }} search={{}} className="fp-link-row">
                          {j.name}
                        </Link>
                        <div className="fp-small">
                          {j.problems > 0 && <span className="fp-no">{t('journeys.problemsCount', { count: j.problems })}</span>}
                          {j.problems === 0 && j.changed && j.version > 0 && <span className="fp-muted">{t('journeys.unpublished')}</span>}
                        </div>
                      </>
                    ),
                  },
                  { key: 'status', title: t('journeys.status'), width: 90, render: (_, j) => <JourneyStatus journey={j} /> },
                  { key: 'entry', title: t('journeys.entryColumn'), width: 220, ellipsis: true, render: (_, j) => j.entry_text },
                  { key: 'entered', title: t('journeys.entered'), width: 96, align: 'right', render: (_, j) => count(j, j.counts.entered) },
                  { key: 'active', title: t('journeys.active'), width: 84, align: 'right', render: (_, j) => count(j, j.counts.active) },
                  { key: 'done', title: t('journeys.done'), width: 96, align: 'right', render: (_, j) => count(j, j.counts.done) },
                  { key: 'converted', title: t('journeys.converted'), width: 110, align: 'right', render: (_, j) => count(j, j.counts.converted) },
                  { key: 'changed', title: t('journeys.changedAt'), width: 120, render: (_, j) => <TimeText at={j.updated_at} /> },
                  {
                    key: 'tools',
                    title: <span className="fp-hidden">{t('common.actions')}</span>,
                    width: 84,
                    align: 'right',
                    render: (_, j) =>
                      write && (
                        <Space size={2}>
                          <Button size="small" type="text" icon={<CopyOutlined />} title={t('journeys.duplicate')} aria-label={t('journeys.duplicateOf', { name: j.name })} onClick={() => copy.mutate(j.id)} />
                          {(j.status === 'draft' || j.status === 'ended') && <Button size="small" type="text" icon={<DeleteOutlined />} title={t('common.delete')} aria-label={t('journeys.removeOf', { name: j.name })} onClick={() => remove.mutate(j)} />}
                        </Space>
                      ),
                  },
                ]}
              />
            )}
            <Pager pages={pages} next={list.data?.next_cursor} />
          </div>
        </>
      )}
      {making && <NewJourney onClose={() => setMaking(false)} />}
    </div>
  );
}
