import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCalled } from './called';
import { inbox } from '../../api/inbox';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { Highlighted } from './Highlighted';
import type { InboxSearch } from './search';

/** Messages of all conversations that hold the words; each leads to its place. */
export function SearchResults({ q, account, open, go }: { q: string; account?: string; open?: string; go: (change: Partial<InboxSearch>, push?: boolean) => void }) {
  const { t } = useTranslation();
  const called = useCalled();
  const found = useInfiniteQuery({
    queryKey: ['inbox', 'search', q, account],
    queryFn: ({ pageParam }) => inbox.search(q, account, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor || undefined,
    staleTime: 5_000,
  });
  const items = found.data?.pages.flatMap((p) => p.items) ?? [];
  if (found.isError)
    return (
      <div className="fp-inbox-pad">
        <ProblemView error={found.error} onRetry={() => void found.refetch()} />
      </div>
    );
  if (found.isPending) return <Loading rows={6} />;
  return (
    <div className="fp-inbox-rows" tabIndex={-1}>
      {items.length === 0 && !found.hasNextPage && <EmptyState title={t('inbox.nothingFound')} text={t('inbox.nothingFoundText')} />}
      <ul className="fp-inbox-found" aria-label={t('inbox.found')}>
        {items.map((m) => (
          <li key={m.id}>
            <button type="button" className={m.id === open ? 'open' : ''} data-found={m.id} onClick={() => go({ c: m.conversation_id, m: m.id }, true)}>
              <span className="fp-inbox-line">
                <b className="fp-inbox-name">
                  <bdi>{called(m)}</bdi>
                </b>
                <span className="fp-muted fp-small">
                  <TimeText at={m.at} />
                </span>
              </span>
              <span className="fp-inbox-snippet">
                {m.direction === 'note' && <em>{t('inbox.note')} </em>}
                {m.direction === 'out' && <em>{t('inbox.we')} </em>}
                <Highlighted text={m.snippet} words={q} />
              </span>
              <span className="fp-muted fp-small">{m.account_name}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.hasNextPage && (
        <Button block type="text" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
    </div>
  );
}
