import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { teams as api, type Team } from '../../api/inbox';
import { useMe } from '../../app/me';

export const teamsKey = ['inbox', 'teams'];
const none: Team[] = [];

/** The brand's teams by name; none until they are known. */
export function useTeams(enabled = true): readonly Team[] {
  return useQuery({ queryKey: teamsKey, queryFn: api.list, enabled, staleTime: 30_000 }).data?.items ?? none;
}

/** The ids of the teams in which one is. */
export function useMyTeams(enabled = true): readonly string[] {
  const me = useMe().staff.id;
  const all = useTeams(enabled);
  return useMemo(() => all.filter((x) => x.members.includes(me)).map((x) => x.id), [all, me]);
}
