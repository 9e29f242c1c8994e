import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { today as api, type TodayItem, type TodayList, type TodayQuery } from '../../api/today';

export const todayKey = ['today'];

/** A day's list, page after page. */
export function useToday(query: Omit<TodayQuery, 'limit' | 'cursor'>) {
  const key = useMemo(() => [...todayKey, query.day ?? '', query.staff_id ?? '', query.status ?? '', query.rule_id ?? ''], [query.day, query.staff_id, query.status, query.rule_id]);
  const result = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => api.list({ ...query, limit: 50, cursor: pageParam || undefined }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
    refetchInterval: 60_000,
  });
  const pages = result.data?.pages;
  const items = useMemo(() => pages?.flatMap((p) => p.items ?? []) ?? [], [pages]);
  return { ...result, key, head: pages?.[0], items };
}

/** Puts what became of an item into every list that is on the screen, and looks at the counts again. */
export function useFreshToday() {
  const queryClient = useQueryClient();
  return useCallback(
    (item?: TodayItem) => {
      if (item) {
        queryClient.setQueriesData<InfiniteData<TodayList>>({ queryKey: todayKey }, (old) =>
          old && 'pages' in old ? { ...old, pages: old.pages.map((p) => ({ ...p, items: (p.items ?? []).map((i) => (i.id === item.id ? item : i)) })) } : old,
        );
      }
      return Promise.all([queryClient.invalidateQueries({ queryKey: todayKey }), queryClient.invalidateQueries({ queryKey: ['today-team'] })]);
    },
    [queryClient],
  );
}
