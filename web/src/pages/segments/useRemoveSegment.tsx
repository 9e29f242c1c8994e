import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { segments } from '../../api/endpoints';
import { useNotifyProblem } from '../../ui/ProblemView';

interface Removed {
  id: string;
  name: string;
}

/** Deletes at once and offers to take it back. */
export function useRemoveSegment(done?: () => void) {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const refresh = async () => {
    await queryClient.invalidateQueries({ queryKey: ['segments'] });
    await queryClient.invalidateQueries({ queryKey: ['segment-vocabulary'] });
  };
  return useMutation({
    mutationFn: (s: Removed) => segments.remove(s.id),
    onError: notify,
    onSuccess: async (_nothing, s) => {
      const key = `segment-${s.id}`;
      notification.info({
        key,
        title: t('segments.removedDone', { name: s.name }),
        duration: 8,
        actions: (
          <Button
            size="small"
            type="primary"
            onClick={() => {
              notification.destroy(key);
              segments.restore(s.id).then(refresh, notify);
            }}
          >
            {t('common.undo')}
          </Button>
        ),
      });
      done?.();
      await refresh();
    },
  });
}
