import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { carriers } from '../../api/endpoints';
import type { AccountMember } from '../../api/types';
import { usePreferences } from '../../app/preferences';

// What the server words itself belongs to one language: so do the keys.

export function useKinds() {
  const { language } = usePreferences();
  return useQuery({ queryKey: ['carriers', 'kinds', language], queryFn: carriers.kinds, staleTime: 10 * 60_000 });
}

export function useAccounts() {
  const { language } = usePreferences();
  return useQuery({ queryKey: ['carriers', 'accounts', language], queryFn: carriers.list });
}

export function useAccount(id: string | undefined) {
  const { language } = usePreferences();
  return useQuery({ queryKey: ['carriers', 'account', id, language], queryFn: () => carriers.read(id ?? ''), enabled: Boolean(id) });
}

export function useHealth(id: string, every: number | false = 30_000) {
  const { language } = usePreferences();
  return useQuery({ queryKey: ['carriers', 'health', id, language], queryFn: () => carriers.health(id), refetchInterval: every });
}

/** How all accounts are doing, by id; those that have not answered yet are missing. */
export function useHealths(ids: string[]) {
  const { language } = usePreferences();
  return useQueries({
    queries: ids.map((id) => ({ queryKey: ['carriers', 'health', id, language], queryFn: () => carriers.health(id), refetchInterval: 30_000 })),
    combine: (answers) => new Map(ids.flatMap((id, i) => (answers[i]?.data ? [[id, answers[i].data] as const] : []))),
  });
}

export function useMembers(id: string | undefined) {
  return useQuery({ queryKey: ['carriers', 'members', id], queryFn: () => carriers.members(id ?? ''), enabled: Boolean(id) });
}

export const memberName = (m: Pick<AccountMember, 'name' | 'user_id'>) => m.name || m.user_id;

/** Names the members of several accounts: a hand-over knows only their ids. */
export function useMemberNames(ids: string[]): (account: string, user: string) => string {
  const names = useQueries({
    queries: ids.map((id) => ({ queryKey: ['carriers', 'members', id], queryFn: () => carriers.members(id), staleTime: 60_000 })),
    combine: (answers) => new Map(ids.flatMap((id, i) => (answers[i]?.data?.items ?? []).map((m) => [`${id} ${m.user_id}`, memberName(m)] as const))),
  });
  return useMemo(() => (account, user) => names.get(`${account} ${user}`) ?? user, [names]);
}
