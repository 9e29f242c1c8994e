import { useMutation } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { today as api } from '../../api/today';
import { useNotifyProblem } from '../../ui/ProblemView';
import { useFreshToday } from './useToday';

/** Makes the lists of the day, or makes them again. */
export function useBuild() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const fresh = useFreshToday();
  return useMutation({
    mutationFn: api.rebuild,
    onSuccess: (b) => {
      void message.success(t('today.built', { count: b.listed }));
      return fresh();
    },
    onError: notify,
  });
}
