import { CopyOutlined, DeleteOutlined, EditOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, Grid, Input, Select, Tooltip, type TableProps } from 'antd';
import { useTranslation } from 'react-i18next';
import { segments } from '../../api/endpoints';
import type { Segment } from '../../api/types';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView } from '../../ui/ProblemView';
import { rowEvents } from '../../ui/rowEvents';
import { TimeText } from '../../ui/values';
import { useListKeys } from '../../ui/useListKeys';
import { usePages } from '../../ui/usePages';
import { examples } from './examples';
import { Settled } from './Settled';
import { Sparkline } from './Sparkline';
import { useRemoveSegment } from './useRemoveSegment';

const route = getRouteApi('/shell/segments');
const pageSize = 20;
const sorts = ['-updated_at', '-size', 'name'] as const;

export function SegmentList() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const search = route.useSearch();
  const q = search.q ?? '';
  const sort = sorts.find((s) => s === search.sort) ?? '-updated_at';
  const pages = usePages(q, sort);
  const { cursor } = pages;
  const list = useQuery({
    queryKey: ['segments', q, sort, cursor],
    queryFn: () => segments.list({ q: q || undefined, sort, limit: pageSize, cursor }),
    placeholderData: (before) => before,
    // Sizes move by themselves; while some are being worked out, look again soon.
    refetchInterval: (query) => (query.state.data?.items.some((s) => !s.settled) ? 3_000 : 60_000),
  });
  const remove = useRemoveSegment();
  const write = may('segment.write');
  const items = list.data?.items ?? [];
  const go = (next: { q?: string; sort?: string }) =>
    void navigate({ to: '/segments', search: { ...(next.q ? { q: next.q } : {}), ...(next.sort && next.sort !== '-updated_at' ? { sort: next.sort } : {}) } });
  const open = (s: Segment | undefined) => {
    if (s) void navigate({ to: '/segments/$segmentId', params: { segmentId: s.id }, search: {} });
  };
  const active = useListKeys(items.length, (i) => open(items[i]));
  const sorted: TableProps<Segment>['onChange'] = (_page, _filters, sorter) => {
    const key = (Array.isArray(sorter) ? sorter[0] : sorter)?.columnKey;
    go({ q, sort: key === 'size' ? '-size' : key === 'name' ? 'name' : '-updated_at' });
  };
  const orderOf = (key: string) => ({ sorter: true, sortDirections: [key === 'name' ? ('ascend' as const) : ('descend' as const)], sortOrder: sort.replace('-', '') === key ? (key === 'name' ? ('ascend' as const) : ('descend' as const)) : null });

  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isSuccess && items.length === 0 && !q && pages.number === 1) return <Teaching write={write} />;
  return (
    <>
      <div className="fp-toolbar">
        <Input.Search
          key={q}
          className="fp-grow"
          allowClear
          defaultValue={q}
          placeholder={t('segments.search')}
          aria-label={t('segments.search')}
          maxLength={100}
          onSearch={(text) => go({ q: text.trim(), sort })}
        />
        {!wide && (
          <Select value={sort} aria-label={t('customers.sort')} onChange={(s) => go({ q, sort: s })} options={sorts.map((s) => ({ value: s, label: t(`segments.sort_${s.replace('-', '')}`) }))} />
        )}
      </div>
      <div className={`fp-table-wrap${wide ? ' fp-click' : ''}`} aria-busy={list.isFetching && list.isPlaceholderData}>
        {list.isSuccess && items.length === 0 ? (
          <EmptyState title={t('segments.noneTitle')} text={t('segments.noneText')} action={<Button onClick={() => go({ sort })}>{t('customers.clear')}</Button>} />
        ) : wide ? (
          <DataTable<Segment>
            rowKey="id"
            label={t('menu.segments')}
            minWidth={760}
            loading={list.isPending}
            dataSource={items}
            onChange={sorted}
            {...rowEvents(active, open)}
            columns={[
              {
                key: 'name',
                title: t('segments.name'),
                ...orderOf('name'),
                render: (_, s) => (
                  <div className="fp-seg-cell">
                    <Link to="/segments/$segmentId" params={{ segmentId: s.id }} search={{}} className="fp-link-row">
                      {s.name}
                    </Link>
                    {s.description && <span className="fp-muted"> {s.description}</span>}
                    <code title={s.text}>{s.text}</code>
                    {s.problem && <span className="fp-no fp-small">{s.problem}</span>}
                  </div>
                ),
              },
              {
                key: 'size',
                title: t('segments.size'),
                width: 110,
                align: 'right',
                ...orderOf('size'),
                render: (_, s) => (
                  <span className="fp-num">
                    {s.size_known ? f.number(s.size) : '—'} <Settled settled={s.settled} />
                  </span>
                ),
              },
              { key: 'trend', title: t('segments.trend'), width: 120, render: (_, s) => <Sparkline days={s.trend} /> },
              { key: 'updated_at', title: t('segments.updated'), width: 120, ...orderOf('updated_at'), render: (_, s) => <TimeText at={s.updated_at} /> },
              {
                key: 'actions',
                title: <span className="fp-hidden">{t('common.actions')}</span>,
                width: write ? 112 : 1,
                align: 'right',
                render: (_, s) =>
                  write && (
                    <span className="fp-seg-tools">
                      <Link to="/segments/$segmentId/edit" params={{ segmentId: s.id }} aria-label={t('segments.editOf', { name: s.name })} title={t('segments.edit')}>
                        <EditOutlined />
                      </Link>
                      <Link to="/segments/new" search={{ tree: JSON.stringify(s.tree), name: t('segments.copyOf', { name: s.name }) }} aria-label={t('segments.copyAs', { name: s.name })} title={t('segments.copy')}>
                        <CopyOutlined />
                      </Link>
                      <Tooltip title={s.used_by.length > 0 ? t('segments.usedCannot', { name: s.used_by[0]?.name }) : ''}>
                        <Button size="small" type="text" icon={<DeleteOutlined />} disabled={s.used_by.length > 0} aria-label={t('segments.removePart', { name: s.name })} onClick={() => remove.mutate(s)} />
                      </Tooltip>
                    </span>
                  ),
              },
            ]}
          />
        ) : list.isPending ? (
          <Loading rows={8} />
        ) : (
          <ul className="fp-seg-cards">
            {items.map((s) => (
              <li key={s.id}>
                <Link to="/segments/$segmentId" params={{ segmentId: s.id }} search={{}}>
                  <span className="fp-card-line">
                    <b>{s.name}</b>
                    <span className="fp-num">
                      {s.size_known ? f.number(s.size) : '—'} <Settled settled={s.settled} />
                    </span>
                  </span>
                  <code>{s.text}</code>
                  <span className="fp-card-line fp-muted">
                    <TimeText at={s.updated_at} />
                    {s.trend.length > 1 && <Sparkline days={s.trend} />}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        )}
        <Pager pages={pages} next={list.data?.next_cursor} note={list.data && t('segments.total', { count: list.data.total, number: f.number(list.data.total) })} />
      </div>
    </>
  );
}

/** Nothing yet: what a segment is, shown by some that open filled in. */
function Teaching({ write }: { write: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="fp-table-wrap fp-seg-teach">
      <EmptyState title={t('segments.emptyTitle')} text={t('segments.emptyText')} />
      {write && (
        <>
          <h3>{t('segments.startExamples')}</h3>
          <ul className="fp-seg-examples">
            {examples.map((e) => (
              <li key={e.key}>
                <Link to="/segments/new" search={{ text: e.text, name: t(`segments.example.${e.key}`) }}>
                  <b>{t(`segments.example.${e.key}`)}</b>
                  <span className="fp-muted fp-small">{t(`segments.exampleWhy.${e.key}`)}</span>
                  <code>{e.text}</code>
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
