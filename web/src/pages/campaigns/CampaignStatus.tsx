import { useTranslation } from 'react-i18next';
import type { Campaign } from '../../api/campaigns';

/** In which state a campaign is. */
export function CampaignStatus({ campaign: c }: { campaign: Pick<Campaign, 'status'> }) {
  const { t } = useTranslation();
  return <span className={`fp-campaign-status ${c.status}`}>{t(`campaigns.statuses.${c.status}`)}</span>;
}
