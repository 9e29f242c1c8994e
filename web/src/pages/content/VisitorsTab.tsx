import { ReloadOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Segmented, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { content, type Visitor, type VisitView } from '../../api/content';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

type Filter = { material_id?: string; briefcase_id?: string; person_id?: string };

function Person({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation();
  return (
    <Link to="/customers/$personId" params={{ personId: id }}>
      {name || t('customer.nameless')}
    </Link>
  );
}

/** Who has opened what, by person or visit by visit. */
export function Visits({ filter }: { filter: Filter }) {
  const { t } = useTranslation();
  const [by, setBy] = useState<'people' | 'log'>('people');
  const queryClient = useQueryClient();
  return (
    <div className="fp-stack">
      <div className="fp-toolbar">
        <Segmented value={by} onChange={setBy} options={(['people', 'log'] as const).map((v) => ({ value: v, label: t(`content.visit.${v}`) }))} />
        <span className="fp-grow" />
        <Button icon={<ReloadOutlined />} onClick={() => void queryClient.invalidateQueries({ queryKey: ['content', by] })}>
          {t('content.visit.refresh')}
        </Button>
      </div>
      {by === 'people' ? <People filter={filter} /> : <Log filter={filter} />}
    </div>
  );
}

interface Paged<T> {
  items: T[];
  next_cursor: string;
}

function usePages<T>(name: 'people' | 'log', filter: Filter, load: (query: Filter & { limit: number; cursor?: string }) => Promise<Paged<T>>) {
  return useInfiniteQuery({
    queryKey: ['content', name, filter],
    queryFn: ({ pageParam }) => load({ ...filter, limit: 20, cursor: pageParam || undefined }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
  });
}

function Frame<T extends object>({ list, children }: { list: ReturnType<typeof usePages<T>>; children: (items: T[]) => React.ReactNode }) {
  const { t } = useTranslation();
  if (list.isError) return <ProblemView error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading rows={6} />;
  const items = list.data.pages.flatMap((p) => p.items);
  return (
    <div className="fp-table-wrap">
      {items.length === 0 ? <EmptyState title={t('content.visit.emptyTitle')} text={t('content.visit.emptyText')} /> : children(items)}
      {list.hasNextPage && (
        <div className="fp-pager">
          <Button size="small" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      )}
    </div>
  );
}

function People({ filter }: { filter: Filter }) {
  const { t } = useTranslation();
  const f = useFormat();
  const list = usePages<Visitor>('people', filter, content.visitors);
  return (
    <Frame list={list}>
      {(items) => (
        <DataTable<Visitor>
          rowKey={(v) => `${v.person_id}|${v.last_at}|${v.via}`}
          label={t('content.tabs.visitors')}
          minWidth={720}
          dataSource={items}
          columns={[
            {
              key: 'who',
              title: t('content.visit.who'),
              render: (_, v) =>
                v.person_id ? (
                  <Person id={v.person_id} name={v.person_name} />
                ) : v.via_name ? (
                  <Tooltip title={t('content.visit.forwardedHelp')}>
                    <span>{t('content.visit.via', { name: v.via_name })}</span>
                  </Tooltip>
                ) : (
                  <span className="fp-muted">{t(v.via ? 'content.visit.viaNobody' : 'content.visit.nobody')}</span>
                ),
            },
            {
              key: 'what',
              title: t('content.visit.what'),
              render: (_, v) => (
                <span className="fp-content-clip">
                  {v.titles.join(t('common.listSeparator'))} {v.materials > v.titles.length && <span className="fp-muted">{t('content.visit.more', { count: v.materials })}</span>}
                </span>
              ),
            },
            { key: 'opens', title: t('content.visit.opens'), width: 80, align: 'right', render: (_, v) => <b className="fp-num">{f.number(v.opens)}</b> },
            { key: 'seconds', title: t('content.visit.seconds'), width: 110, align: 'right', render: (_, v) => (v.seconds ? f.duration(v.seconds) : <span className="fp-muted">{t('content.visit.unknownTime')}</span>) },
            { key: 'depth', title: t('content.visit.depth'), width: 80, align: 'right', render: (_, v) => (v.depth ? `${v.depth}%` : '—') },
            { key: 'last', title: t('content.last'), width: 130, render: (_, v) => <TimeText at={v.last_at} /> },
          ]}
        />
      )}
    </Frame>
  );
}

function Log({ filter }: { filter: Filter }) {
  const { t } = useTranslation();
  const f = useFormat();
  const list = usePages<VisitView>('log', filter, content.visits);
  return (
    <Frame list={list}>
      {(items) => (
        <DataTable<VisitView>
          rowKey="id"
          label={t('content.visit.log')}
          minWidth={760}
          dataSource={items}
          columns={[
            {
              key: 'who',
              title: t('content.visit.who'),
              render: (_, v) => (
                <>
                  {v.person_id ? <Person id={v.person_id} name={v.person_name} /> : <span className="fp-muted">{t('content.visit.nobody')}</span>}{' '}
                  {v.forwarded && (
                    <Tooltip title={t('content.visit.forwardedHelp')}>
                      <span className="fp-content-mark">{t('content.visit.forwarded')}</span>
                    </Tooltip>
                  )}
                </>
              ),
            },
            { key: 'what', title: t('content.visit.what'), render: (_, v) => <span className="fp-content-clip">{v.title}</span> },
            { key: 'staff', title: t('content.staff'), width: 110, render: (_, v) => v.staff_name || '—' },
            {
              key: 'seconds',
              title: t('content.visit.seconds'),
              width: 120,
              align: 'right',
              render: (_, v) => (v.reading ? <b>{t('content.visit.reading')}</b> : v.seconds ? f.duration(v.seconds) : <span className="fp-muted">{t('content.visit.unknownTime')}</span>),
            },
            { key: 'depth', title: t('content.visit.depth'), width: 80, align: 'right', render: (_, v) => (v.depth ? `${v.depth}%` : '—') },
            { key: 'at', title: t('content.opens'), width: 130, render: (_, v) => <TimeText at={v.opened_at} /> },
          ]}
        />
      )}
    </Frame>
  );
}
