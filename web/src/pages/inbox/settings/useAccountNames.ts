import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { carriers } from '../../../api/endpoints';
import type { Account } from '../../../api/types';
import { useMay } from '../../../app/me';

const none: Account[] = [];

/** The accounts by name, for whoever may see them. */
export function useAccountNames() {
  const may = useMay();
  const { data, isPending } = useQuery({ queryKey: ['accounts', 'names'], queryFn: carriers.list, staleTime: 60_000, enabled: may('carrier.read') });
  const list = data?.items ?? none;
  return useMemo(() => {
    const by = new Map(list.map((a) => [a.id, a]));
    return { list, loading: isPending, nameOf: (id: string) => by.get(id)?.name ?? id, kindOf: (id: string) => by.get(id)?.kind ?? '', options: list.map((a) => ({ value: a.id, label: a.name })) };
  }, [list, isPending]);
}
