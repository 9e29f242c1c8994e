import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Me } from '../../api/types';
import { meQuery } from '../../app/me';

/** Only a path of this console is a place to go back to: never another site. */
export function safeReturn(target: string | undefined): string {
  if (!target || !target.startsWith('/') || target.startsWith('//') || target.includes('\\')) return '/';
  return target;
}

/** Takes somebody who has just proved who they are into the console. */
export function useEnter(): (me: Me | null | undefined, target?: string) => Promise<void> {
  const queryClient = useQueryClient();
  const router = useRouter();
  return useCallback(
    async (me, target) => {
      // What somebody else had on screen goes; what this page shows is left alone, or it would be asked for again.
      queryClient.removeQueries({ predicate: (q) => q.getObserversCount() === 0 });
      if (me) queryClient.setQueryData(meQuery.queryKey, me);
      router.history.push(safeReturn(target));
    },
    [queryClient, router],
  );
}
