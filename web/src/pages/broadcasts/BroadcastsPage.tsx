import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Input, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { broadcasts, type Broadcast, type BroadcastKind } from '../../api/broadcasts';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { PageHeader } from '../../ui/PageHeader';
import { Pager } from '../../ui/Pager';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { rowEvents } from '../../ui/rowEvents';
import { useListKeys } from '../../ui/useListKeys';
import { usePages } from '../../ui/usePages';
import { TimeText } from '../../ui/values';
import { BroadcastStatus } from './BroadcastStatus';
import './broadcasts.css';

const route = getRouteApi('/shell/broadcasts');

/** What staff send into groups, and what they publish as moments. */
export function BroadcastsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = route.useSearch();
  const kind: BroadcastKind = search.tab === 'moment' ? 'moment' : 'group';
  return (
    <div className="fp-page">
      <PageHeader title={t('broadcasts.title')} note={t('broadcasts.note')} />
      <Tabs
        activeKey={kind}
        destroyOnHidden
        onChange={(key) => void navigate({ to: '/broadcasts', search: key === 'moment' ? { tab: key } : {} })}
        items={(['group', 'moment'] as const).map((k) => ({ key: k, label: t(`broadcasts.kinds.${k}`), children: <List kind={k} q={search.q ?? ''} /> }))}
      />
    </div>
  );
}

function List({ kind, q }: { kind: BroadcastKind; q: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const pages = usePages(kind, q);
  const { cursor } = pages;
  const list = useQuery({
    queryKey: ['broadcasts', kind, q, cursor],
    queryFn: () => broadcasts.list({ kind, q: q || undefined, limit: 20, cursor }),
    placeholderData: (before) => before,
    refetchInterval: (query) => (query.state.data?.items?.some((b) => b.status === 'asked') ? 10_000 : false),
  });
  const items = list.data?.items ?? [];
  const write = may('campaign.write');
  const open = (b: Broadcast | undefined) => {
    if (b) void navigate({ to: '/broadcasts/$broadcastId', params: { broadcastId: b.id } });
  };
  const active = useListKeys(items.length, (i) => open(items[i]));
  const make = useMutation({
    mutationFn: async () => {
      const { accounts } = await broadcasts.choices();
      return broadcasts.create({ kind, name: t(`broadcasts.untitled.${kind}`), account_id: accounts.find((a) => a.active)?.id ?? '', parts: [], targets: { chat_ids: [], user_ids: [], tag_ids: [] } });
    },
    onError: notify,
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['broadcasts'] });
      open(made);
    },
  });
  const remove = useMutation({ mutationFn: (b: Broadcast) => broadcasts.remove(b.id), onError: notify, onSettled: () => queries.invalidateQueries({ queryKey: ['broadcasts'] }) });
  const create = write && (
    <Button type="primary" icon={<PlusOutlined />} loading={make.isPending} onClick={() => make.mutate()}>
      {t(`broadcasts.create.${kind}`)}
    </Button>
  );
  const empty = list.isSuccess && items.length === 0 && pages.number === 1;
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (empty && q === '')
    return (
      <div className="fp-table-wrap">
        <EmptyState title={t(`broadcasts.emptyTitle.${kind}`)} text={t(`broadcasts.emptyText.${kind}`)} action={create} />
      </div>
    );
  return (
    <>
      <div className="fp-toolbar">
        <Input.Search
          key={q}
          className="fp-grow"
          allowClear
          defaultValue={q}
          maxLength={60}
          placeholder={t('broadcasts.search')}
          aria-label={t('broadcasts.search')}
          onSearch={(text) => void navigate({ to: '/broadcasts', search: { ...(kind === 'moment' ? { tab: kind } : {}), ...(text.trim() ? { q: text.trim() } : {}) } })}
        />
        <span className="fp-end">{create}</span>
      </div>
      <div className="fp-table-wrap fp-click" aria-busy={list.isFetching && list.isPlaceholderData}>
        {list.isPending ? (
          <Loading rows={6} />
        ) : empty ? (
          <EmptyState title={t('broadcasts.none')} />
        ) : (
          <DataTable<Broadcast>
            rowKey="id"
            label={t(`broadcasts.kinds.${kind}`)}
            minWidth={760}
            dataSource={items}
            {...rowEvents(active, open)}
            columns={[
              {
                key: 'name',
                title: t('broadcasts.name'),
                render: (_, b) => (
                  <Link to="/broadcasts/$broadcastId" params={{ broadcastId: b.id }} className="fp-link-row">
                    {b.name}
                  </Link>
                ),
              },
              { key: 'status', title: t('broadcasts.status'), width: 150, render: (_, b) => <BroadcastStatus status={b.status} /> },
              {
                key: 'far',
                title: t(`broadcasts.far.${kind}`),
                width: 150,
                align: 'right',
                render: (_, b) => <span className="fp-num">{t('broadcasts.of', { done: f.number(b.counts.sent), total: f.number(b.counts.total) })}</span>,
              },
              kind === 'moment'
                ? { key: 'likes', title: t('broadcasts.reactions'), width: 120, align: 'right', render: (_, b) => <span className="fp-num">{f.number(b.counts.likes + b.counts.comments)}</span> }
                : { key: 'people', title: t('broadcasts.people'), width: 120, align: 'right', render: (_, b) => <span className="fp-num">{b.people > 0 ? f.number(b.people) : '—'}</span> },
              { key: 'changed', title: t('broadcasts.changed'), width: 130, render: (_, b) => <TimeText at={b.changed_at} /> },
              {
                key: 'tools',
                title: <span className="fp-hidden">{t('common.actions')}</span>,
                width: 56,
                align: 'right',
                render: (_, b) =>
                  write &&
                  b.status === 'draft' && <Button size="small" type="text" icon={<DeleteOutlined />} title={t('common.delete')} aria-label={t('broadcasts.removeOf', { name: b.name })} onClick={() => remove.mutate(b)} />,
              },
            ]}
          />
        )}
        <Pager pages={pages} next={list.data?.next_cursor} />
      </div>
    </>
  );
}
