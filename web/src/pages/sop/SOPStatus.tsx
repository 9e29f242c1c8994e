import { useTranslation } from 'react-i18next';
import type { SOP } from '../../api/sops';

/** In which state a series is. */
export function SOPStatus({ sop }: { sop: SOP }) {
  const { t } = useTranslation();
  return <span className={`fp-sop-status ${sop.status}`}>{t(`sop.statuses.${sop.status}`)}</span>;
}
