import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNotifyProblem } from '../../ui/ProblemView';

/** A change to one person: on success everything shown about that person is asked for again. */
export function usePersonChange<V>(personId: string, change: (value: V) => Promise<unknown>, done?: (value: V) => void) {
  const queryClient = useQueryClient();
  const notify = useNotifyProblem();
  return useMutation({
    mutationFn: change,
    onError: notify,
    onSuccess: async (_answer, value) => {
      done?.(value);
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ['person', personId] }),
        queryClient.invalidateQueries({ queryKey: ['persons'], refetchType: 'none' }),
      ]);
    },
  });
}
