import { App, Button } from 'antd';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useNotifyProblem } from './ProblemView';

/** Says what was done and offers to take it back. */
export function useUndo() {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const notify = useNotifyProblem();
  return useCallback(
    (key: string, title: string, undo: () => Promise<unknown>) => {
      notification.info({
        key,
        title,
        duration: 8,
        actions: (
          <Button
            size="small"
            type="primary"
            onClick={() => {
              notification.destroy(key);
              undo().catch(notify);
            }}
          >
            {t('common.undo')}
          </Button>
        ),
      });
    },
    [notification, notify, t],
  );
}
