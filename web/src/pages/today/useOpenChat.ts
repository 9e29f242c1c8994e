import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { inbox } from '../../api/inbox';
import { useNotifyProblem } from '../../ui/ProblemView';

interface Chat {
  person: string;
  /** The conversation, where it is known. */
  conversation?: string;
  /** A quick reply that shall stand in the field. */
  quick?: string;
}

/** Opens the conversation with somebody: the latest over all accounts, unless it is known which. */
export function useOpenChat() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async ({ person, conversation }: Chat) => conversation || (await inbox.list({ tab: 'all', status: 'all', archive: 'without', person_id: person }, undefined, 1)).items?.[0]?.id,
    onSuccess: (id, { quick }) => {
      if (id) void navigate({ to: '/inbox', search: { tab: 'all', c: id, ...(quick ? { quick } : {}) } });
      else void message.info(t('today.noChat'));
    },
    onError: notify,
  });
}
