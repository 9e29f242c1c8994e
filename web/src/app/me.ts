import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { auth } from '../api/endpoints';
import type { Me } from '../api/types';
import { may } from '../lib/permissions';

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: auth.me,
  staleTime: 5 * 60_000,
  retry: false,
});

/** Who is signed in. Only inside the shell, whose route has loaded it. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

/** The same where nobody may be signed in yet. */
export function useMaybeMe(): Me | undefined {
  return useQuery({ ...meQuery, enabled: false }).data;
}

/** Whether the signed-in staff member may do that. */
export function useMay(): (permission: string) => boolean {
  const { permissions } = useMe();
  return (permission) => may(permissions, permission);
}
