import { useInfiniteQuery, useQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { arrivals as api, type Arrival, type ArrivalQuery } from '../../api/acquisition';

type Page = Awaited<ReturnType<typeof api.list>>;

/** How often is looked for new arrivals while the page is seen, in milliseconds. */
const every = 3_000;
const pageSize = 50;

/** One arrival among others: nobody arrives twice in the same microsecond by the same way. */
export const keyOf = (a: Arrival) => `${a.at} ${a.person_id} ${a.way} ${a.code_id || a.link_id || a.batch_id || a.form_id}`;

/**
 * Arrivals, the newest first, that grow by themselves: older ones at the end on
 * demand, new ones on top as they come. fresh are those that came while looking.
 */
export function useArrivals(filter: ArrivalQuery) {
  const queryClient = useQueryClient();
  const queryKey = useMemo(() => ['arrivals', 'list', filter], [filter]);
  const [fresh, setFresh] = useState<Arrival[]>([]);
  const since = useRef('');
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => api.list({ ...filter, limit: pageSize, cursor: pageParam || undefined }),
    initialPageParam: '',
    getNextPageParam: (last: Page) => last.next_cursor || undefined,
    staleTime: Infinity, // it is kept up to date below
    refetchOnMount: 'always',
  });
  const first = list.data?.pages[0];
  useEffect(() => {
    setFresh([]);
    since.current = '';
  }, [queryKey]);

  const look = useQuery({
    queryKey: ['arrivals', 'since', filter],
    queryFn: async () => {
      const from = since.current || first?.since || '';
      const page = await api.list({ ...filter, limit: pageSize, since: from || undefined });
      const items = page.items ?? [];
      if (items.length === 0) return 0;
      since.current = page.since;
      // More than a page at once: what is between would be lost, so everything is read anew.
      if (page.next_cursor) {
        await queryClient.resetQueries({ queryKey });
        return items.length;
      }
      queryClient.setQueryData<InfiniteData<Page, string>>(queryKey, (was) => {
        const [top, ...rest] = was?.pages ?? [];
        if (!was || !top) return was;
        const known = new Set(was.pages.flatMap((p) => (p.items ?? []).map(keyOf)));
        const added = items.filter((a) => !known.has(keyOf(a)));
        return { ...was, pages: [{ ...top, items: [...added, ...(top.items ?? [])], total: top.total + added.length, since: page.since }, ...rest] };
      });
      setFresh((was) => {
        const known = new Set(was.map(keyOf));
        return [...items.filter((a) => !known.has(keyOf(a))), ...was].slice(0, 200);
      });
      return items.length;
    },
    enabled: Boolean(first),
    refetchInterval: every,
    refetchIntervalInBackground: false,
    gcTime: 0,
  });

  const items = useMemo(() => list.data?.pages.flatMap((p) => p.items ?? []) ?? [], [list.data]);
  return { list, items, fresh, total: first?.total, exact: first?.total_exact ?? true, live: !look.isError && list.isSuccess, trouble: look.error };
}
