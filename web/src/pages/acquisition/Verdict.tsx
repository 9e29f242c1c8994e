import { Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Figures } from '../../api/acquisition';
import { fewPersons, verdictOf } from './quality';

/** How much of the largest, under a number: only a help for the eye. */
export function Bar({ share, tone }: { share: number; tone: 'cost' | 'quality' }) {
  return (
    <span className={`fp-bar ${tone}`} aria-hidden="true">
      <i style={{ width: `${Math.round(Math.min(1, Math.max(0, share)) * 100)}%` }} />
    </span>
  );
}

/** Price and quality in words: cheap people who do not buy must be seen at once. */
export function VerdictTag({ figures, whole }: { figures: Figures; whole: Figures }) {
  const { t } = useTranslation();
  const verdict = verdictOf(figures, whole);
  if (!verdict) return null;
  return (
    <Tooltip title={t(`verdict.${verdict}Help`, { count: fewPersons })}>
      <span className={`fp-verdict ${verdict}`}>{t(`verdict.${verdict}`)}</span>
    </Tooltip>
  );
}
