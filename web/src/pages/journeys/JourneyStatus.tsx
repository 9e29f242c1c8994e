import { useTranslation } from 'react-i18next';
import type { Journey } from '../../api/journeys';

/** In which state a journey is. */
export function JourneyStatus({ journey }: { journey: Pick<Journey, 'status'> }) {
  const { t } = useTranslation();
  return <span className={`fp-journey-status ${journey.status}`}>{t(`journeys.statuses.${journey.status}`)}</span>;
}
