import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { staff as api } from '../api/endpoints';
import type { Staff } from '../api/types';

const none: Staff[] = [];

/** The colleagues, to name whoever looks after a customer or wrote a note. */
export function useStaff(): { list: Staff[]; nameOf: (id: string) => string } {
  const { data } = useQuery({ queryKey: ['staff', 'names'], queryFn: () => api.list(), staleTime: 60_000 });
  const list = data?.items ?? none;
  return useMemo(() => {
    const names = new Map(list.map((s) => [s.id, s.name]));
    return { list, nameOf: (id) => names.get(id) ?? '' };
  }, [list]);
}
