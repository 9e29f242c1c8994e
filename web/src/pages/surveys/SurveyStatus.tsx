import { useTranslation } from 'react-i18next';
import type { SurveyBrief } from '../../api/surveys';

/** Where a survey stands, and whether its draft has gone on since. */
export function SurveyStatus({ survey: s }: { survey: Pick<SurveyBrief, 'status' | 'changed'> }) {
  const { t } = useTranslation();
  return (
    <span className="fp-survey-status">
      <span className={s.status}>{t(`surveys.statuses.${s.status}`)}</span>
      {s.changed && <span className="changed">{t('surveys.changed')}</span>}
    </span>
  );
}
