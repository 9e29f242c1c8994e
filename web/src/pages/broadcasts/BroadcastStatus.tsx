import { useTranslation } from 'react-i18next';
import type { Broadcast } from '../../api/broadcasts';

/** In which state a broadcast is. */
export function BroadcastStatus({ status }: { status: Broadcast['status'] }) {
  const { t } = useTranslation();
  return <span className={`fp-broadcast-status ${status}`}>{t(`broadcasts.statuses.${status}`)}</span>;
}
