import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card } from 'antd';
import { useTranslation } from 'react-i18next';
import { surveys, type QuestionResult } from '../../api/surveys';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView } from '../../ui/ProblemView';

/** What was answered, question by question; every bar leads to those who chose it. */
export function ResultsTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const results = useQuery({ queryKey: ['survey', id, 'results'], queryFn: () => surveys.results(id), refetchInterval: 30_000 });
  if (results.isError) return <ProblemView error={results.error} onRetry={() => void results.refetch()} />;
  if (!results.data) return <Loading rows={10} />;
  const r = results.data;
  if (r.answered === 0)
    return (
      <div className="fp-table-wrap">
        <EmptyState title={t('surveys.noAnswers')} text={t('surveys.noAnswersText')} />
      </div>
    );
  const figures = [
    { label: t('surveys.opened'), value: f.number(r.opened) },
    { label: t('surveys.started'), value: f.number(r.started) },
    { label: t('surveys.answered'), value: f.number(r.answered) },
    { label: t('surveys.rate'), value: r.started > 0 ? f.share(r.answered / r.started, 0) : '—' },
    { label: t('surveys.median'), value: f.duration(r.median_seconds) },
    { label: t('surveys.declined'), value: f.number(r.declined) },
  ];
  return (
    <div className="fp-stack">
      <dl className="fp-survey-figures">
        {figures.map((x) => (
          <div key={x.label}>
            <dt>{x.label}</dt>
            <dd className="fp-num">{x.value}</dd>
          </div>
        ))}
      </dl>
      {r.results.map((q, i) => (
        <QuestionCard key={q.id} survey={id} n={i + 1} q={q} />
      ))}
    </div>
  );
}

function QuestionCard({ survey, n, q }: { survey: string; n: number; q: QuestionResult }) {
  const { t } = useTranslation();
  const f = useFormat();
  const most = Math.max(1, ...q.options.map((o) => o.count));
  return (
    <Card
      size="small"
      className="fp-section"
      title={
        <h2 className="fp-survey-q">
          {n}. {q.title} <span className="fp-muted fp-small">{t(`surveys.types.${q.type}`)}</span>
          {q.gone && <span className="fp-muted fp-small"> · {t('surveys.goneQuestion')}</span>}
        </h2>
      }
      extra={<span className="fp-muted fp-num">{t('surveys.answerCount', { count: q.answered, number: f.number(q.answered) })}</span>}
    >
      {q.nps && (
        <div className="fp-survey-nps">
          <b className="fp-num" title={t('surveys.npsHelp')}>
            NPS {q.nps.score > 0 ? '+' : ''}
            {f.number(Math.round(q.nps.score))}
          </b>
          <span className="bar" role="img" aria-label={t('surveys.npsBar', { promoters: q.nps.promoters, passives: q.nps.passives, detractors: q.nps.detractors })}>
            <i className="up" style={{ flexGrow: q.nps.promoters }} />
            <i className="mid" style={{ flexGrow: q.nps.passives }} />
            <i className="down" style={{ flexGrow: q.nps.detractors }} />
          </span>
          <span className="fp-small">{t('surveys.npsBar', { promoters: q.nps.promoters, passives: q.nps.passives, detractors: q.nps.detractors })}</span>
        </div>
      )}
      {q.mean !== undefined && <p className="fp-muted fp-num">{t('surveys.mean', { value: q.mean.toFixed(1) })}</p>}
      {q.options.length > 0 && (
        <ul className="fp-survey-bars">
          {q.options.map((o) => (
            <li key={o.id}>
              <Link to="/surveys/$surveyId" params={{ surveyId: survey }} search={{ tab: 'responses', question: q.id, option: o.id }} title={t('surveys.whoChose', { text: o.text })}>
                <span>{o.text}</span>
                <span className="track" aria-hidden="true">
                  <i style={{ width: `${(100 * o.count) / most}%` }} />
                </span>
                <span className="fp-num">
                  {f.number(o.count)} <span className="fp-muted">{q.answered > 0 ? f.share(o.count / q.answered, 0) : ''}</span>
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {q.texts.length > 0 && (
        <ul className="fp-survey-texts">
          {q.texts.map((x, i) => (
            <li key={i}>{x}</li>
          ))}
        </ul>
      )}
      {q.options.length === 0 && q.texts.length === 0 && <span className="fp-muted">{t(q.type === 'text' ? 'common.none' : 'surveys.inResponses')}</span>}
    </Card>
  );
}
