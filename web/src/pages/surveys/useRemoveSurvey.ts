import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { surveys } from '../../api/surveys';
import { useNotifyProblem } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';

/** Deletes at once and offers to take it back. */
export function useRemoveSurvey(done?: () => void) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['surveys'] });
  return useMutation({
    mutationFn: (s: { id: string; name: string }) => surveys.remove(s.id),
    onError: notify,
    onSuccess: async (_nothing, s) => {
      undo(`survey-${s.id}`, t('surveys.removed', { name: s.name }), () => surveys.restore(s.id).then(refresh));
      done?.();
      await refresh();
    },
  });
}
