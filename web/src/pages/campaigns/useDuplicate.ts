import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { campaigns } from '../../api/campaigns';
import { useFormat } from '../../app/useFormat';
import { useNotifyProblem } from '../../ui/ProblemView';
import { fromCampaign, toInput } from './draft';

/** Makes a draft that says the same, without its time, and opens it. */
export function useDuplicate() {
  const { t } = useTranslation();
  const { timeZone } = useFormat();
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      const read = await campaigns.read(id);
      const draft = { ...fromCampaign(read, timeZone), start_at: '', name: t('campaigns.copyOf', { name: read.name }).slice(0, 100) };
      return campaigns.create(toInput(draft, timeZone));
    },
    onError: notify,
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['campaigns'] });
      await navigate({ to: '/campaigns/$campaignId', params: { campaignId: made.id }, search: {} });
    },
  });
}
