import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { arrivals as api, type Arrival, type ArrivalQuery } from '../../api/acquisition';

type Page = Awaited<ReturnType<typeof api.list>>;

/** How often is looked for new arrivals where nothing tells of them, in milliseconds. */
const every = 3_000;
const pageSize = 50;

/** on: told of arrivals as they happen; asking: nothing can tell, so it is asked; off: neither works now. */
export type Liveness = 'on' | 'asking' | 'off';

/**
 * Arrivals, the newest first, that grow by themselves: older ones at the end on
 * demand, new ones on top as they come. fresh are those that came while looking.
 */
export function useArrivals(filter: ArrivalQuery) {
  const queryClient = useQueryClient();
  const queryKey = useMemo(() => ['arrivals', 'list', filter], [filter]);
  const [fresh, setFresh] = useState<Arrival[]>([]);
  const [live, setLive] = useState<Liveness>('on');
  const since = useRef('');
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => api.list({ ...filter, limit: pageSize, cursor: pageParam || undefined }),
    initialPageParam: '',
    getNextPageParam: (last: Page) => last.next_cursor || undefined,
    staleTime: Infinity, // it is kept up to date below
    refetchOnMount: 'always',
  });
  const ready = list.isSuccess && !list.isFetching;

  useEffect(() => {
    setFresh([]);
    since.current = '';
    if (!ready) return;
    since.current = queryClient.getQueryData<InfiniteData<Page, string>>(queryKey)?.pages[0]?.since ?? '';

    const add = (items: Arrival[]) => {
      queryClient.setQueryData<InfiniteData<Page, string>>(queryKey, (was) => {
        const [top, ...rest] = was?.pages ?? [];
        if (!was || !top) return was;
        const known = new Set(was.pages.flatMap((p) => (p.items ?? []).map((a) => a.id)));
        const added = items.filter((a) => !known.has(a.id));
        return { ...was, pages: [{ ...top, items: [...added, ...(top.items ?? [])], total: top.total + added.length }, ...rest] };
      });
      setFresh((was) => {
        const known = new Set(was.map((a) => a.id));
        return [...items.filter((a) => !known.has(a.id)), ...was].slice(0, 200);
      });
    };
    const anew = () => void queryClient.resetQueries({ queryKey });

    let stream: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const ask = async () => {
      try {
        const page = await api.list({ ...filter, limit: pageSize, since: since.current || undefined });
        if (over) return;
        setLive('asking');
        // More than a page at once: what is between would be lost.
        if (page.next_cursor) anew();
        else if (page.items?.length) add(page.items);
        since.current = page.since || since.current;
      } catch {
        if (!over) setLive('off');
      }
      if (!over && !document.hidden) timer = setTimeout(() => void ask(), every);
    };
    const listen = () => {
      stream = new EventSource(api.streamAddress({ ...filter, since: since.current || undefined }));
      stream.onopen = () => setLive('on');
      stream.addEventListener('arrival', (e) => {
        since.current = e.lastEventId || since.current;
        add([JSON.parse(e.data) as Arrival]);
      });
      stream.addEventListener('reload', anew);
      stream.onerror = () => {
        if (stream?.readyState === EventSource.CLOSED) void ask(); // it was refused, and the browser will not try again
        else setLive('off');
      };
    };
    // Nobody looks: nothing is held open, and what was missed is caught up on afterwards.
    const seen = () => {
      stream?.close();
      clearTimeout(timer);
      if (!document.hidden) listen();
    };
    seen();
    document.addEventListener('visibilitychange', seen);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', seen);
      stream?.close();
      clearTimeout(timer);
    };
  }, [queryClient, queryKey, filter, ready]);

  const first = list.data?.pages[0];
  const items = useMemo(() => list.data?.pages.flatMap((p) => p.items ?? []) ?? [], [list.data]);
  return { list, items, fresh, total: first?.total, exact: first?.total_exact ?? true, live };
}
