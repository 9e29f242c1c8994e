import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button, Grid, Input, Select, type TableProps } from 'antd';
import { type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { Pager } from '../../ui/Pager';
import { ProblemView } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';
import { ChannelSelect } from './ChannelSelect';

const route = getRouteApi('/shell/links');
const pageSize = 20;

export interface ThingQuery {
  q?: string;
  channel_id?: string;
  status?: 'active' | 'ended';
  limit?: number;
  cursor?: string;
}

interface Thing {
  id: string;
  name: string;
}

interface Props<T extends Thing> {
  /** The key of the list in the cache and of its texts. */
  kind: 'links' | 'cards' | 'forms' | 'rewards';
  read: (query: ThingQuery) => Promise<{ items: T[] | null; next_cursor: string; total: number }>;
  columns: TableProps<T>['columns'];
  card: (thing: T) => ReactNode;
  create?: ReactNode;
}

/** A list of links, batches of cards or forms, with what narrows it kept in the address. */
export function ThingList<T extends Thing>({ kind, read, columns, card, create }: Props<T>) {
  const { t } = useTranslation();
  const f = useFormat();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const search = route.useSearch();
  const { q = '', channel = '' } = search;
  const status = search.status === 'active' || search.status === 'ended' ? search.status : '';
  const pages = usePages(q, channel, status);
  const { cursor } = pages;
  const list = useQuery({
    queryKey: [kind, q, channel, status, cursor],
    queryFn: () => read({ q: q || undefined, channel_id: channel || undefined, status: status || undefined, limit: pageSize, cursor }),
    placeholderData: (before) => before,
  });
  const items = list.data?.items ?? [];
  const go = (next: Record<string, string>) => {
    const all = { tab: kind === 'links' ? '' : kind, q, channel, status, ...next };
    void navigate({ to: '/links', search: Object.fromEntries(Object.entries(all).filter(([, v]) => v)) });
  };
  return (
    <>
      <div className="fp-toolbar">
        <Input.Search key={q} className="fp-grow" allowClear defaultValue={q} placeholder={t(`${kind}.search`)} aria-label={t(`${kind}.search`)} maxLength={60} onSearch={(text) => go({ q: text.trim() })} />
        {kind !== 'rewards' && <ChannelSelect className="fp-filter" value={channel} onChange={(v) => go({ channel: v })} label={t('catch.channel')} />}
        <Select value={status} aria-label={t('codes.status')} popupMatchSelectWidth={false} onChange={(v: string) => go({ status: v })} options={['', 'active', 'ended'].map((s) => ({ value: s, label: t(s ? `catch.status.${s}` : 'codes.anyStatus') }))} />
        <span className="fp-end">{create}</span>
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap" aria-busy={list.isFetching && list.isPlaceholderData}>
          {list.isSuccess && items.length === 0 ? (
            q || channel || status ? (
              <EmptyState title={t('catch.noneTitle')} text={t('codes.noneText')} action={<Button onClick={() => go({ q: '', channel: '', status: '' })}>{t('customers.clear')}</Button>} />
            ) : (
              <EmptyState title={t(`${kind}.emptyTitle`)} text={t(`${kind}.emptyText`)} action={create} />
            )
          ) : wide ? (
            <DataTable<T> rowKey="id" label={t(`${kind}.tab`)} minWidth={860} loading={list.isPending} dataSource={items} columns={columns} />
          ) : list.isPending ? (
            <Loading rows={6} />
          ) : (
            <ul className="fp-cat-cards">
              {items.map((x) => (
                <li key={x.id}>
                  <div className="fp-cat-card">{card(x)}</div>
                </li>
              ))}
            </ul>
          )}
          {items.length > 0 && (
            <Pager pages={pages} next={list.data?.next_cursor} note={list.data && t('catch.items', { count: list.data.total, number: f.number(list.data.total) })} />
          )}
        </div>
      )}
    </>
  );
}

/** In use, or not any more. */
export function ThingStatus({ status }: { status: 'active' | 'ended' }) {
  const { t } = useTranslation();
  return <span className={`fp-state ${status}`}>{t(`catch.status.${status}`)}</span>;
}
