import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { PersonBrief } from '../../api/types';
import { useFormat } from '../../app/useFormat';
import { ProblemView } from '../../ui/ProblemView';
import { MoneyText, StageTag } from '../../ui/values';
import { useBuilderWorld } from './context';

/** The number as it is edited; the last one stays, greyed, until the next is there. */
export function CountNumber() {
  const { t } = useTranslation();
  const f = useFormat();
  const { builder } = useBuilderWorld();
  const { answer, waiting, problem } = builder;
  const stale = waiting || Boolean(problem);
  return (
    <span className={`fp-seg-total${stale ? ' fp-seg-stale' : ''}`} aria-busy={waiting}>
      <b className="fp-num" data-total={answer?.count} data-settled={!stale}>
        {answer ? f.number(answer.count) : '—'}
      </b>{' '}
      <span className="fp-muted fp-seg-of">
        {answer && t('segments.ofPool', { share: f.share(answer.pool > 0 ? answer.count / answer.pool : 0), pool: f.number(answer.pool) })}
      </span>
    </span>
  );
}

export function CountPanel() {
  const { t } = useTranslation();
  const f = useFormat();
  const { builder } = useBuilderWorld();
  const { answer, problem, waiting } = builder;
  // What was refused is said at its row or its place in the text; anything else here.
  const failed = problem && (problem.status !== 422 || (builder.rowProblems.size === 0 && builder.marks.length === 0));
  return (
    <section className="fp-seg-panel" aria-label={t('segments.count')}>
      <header>
        <h2>{t('segments.count')}</h2>
        {answer && !waiting && !problem && (
          <span className="fp-muted fp-small fp-num" title={t('segments.exactWhy')}>
            {t('segments.took', { time: answer.took < 100 ? '<0.1' : new Intl.NumberFormat(f.language, { maximumSignificantDigits: 2 }).format(answer.took / 1000) })}
          </span>
        )}
      </header>
      <div aria-live="polite">
        <CountNumber />
      </div>
      <div className="fp-seg-share" aria-hidden="true">
        <i style={{ width: `${answer && answer.pool > 0 ? Math.max(answer.count > 0 ? 0.6 : 0, (100 * answer.count) / answer.pool) : 0}%` }} />
      </div>
      {failed && <ProblemView error={problem} onRetry={builder.retry} />}
      {builder.emitted.unfinished.length > 0 && !builder.typing && <p className="fp-muted fp-small">{t('segments.unfinishedCount', { count: builder.emitted.unfinished.length })}</p>}
      {answer && answer.count === 0 && <p className="fp-muted fp-small">{t('segments.nobody')}</p>}
    </section>
  );
}

/** Some of them, from all over, to see whether they are who was meant. */
export function SamplePanel() {
  const { t } = useTranslation();
  const f = useFormat();
  const { builder } = useBuilderWorld();
  const { answer, waiting, problem } = builder;
  if (!answer || answer.sample.length === 0) return null;
  const people: PersonBrief[] = answer.sample;
  const stale = waiting || Boolean(problem);
  const title = people.length < answer.count ? t('segments.sample', { count: people.length, number: f.number(people.length) }) : t('segments.sampleAll');
  return (
    <section className="fp-seg-panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
      </header>
      <ul className={`fp-seg-sample${stale ? ' fp-seg-stale' : ''}`}>
        {people.map((p) => (
          <li key={p.id}>
            <Link to="/customers/$personId" params={{ personId: p.id }} target="_blank">
              {p.name || t('customer.nameless')}
            </Link>
            <StageTag stage={p.stage} />
            <span className="fp-muted">{p.region}</span>
            <MoneyText minor={p.gmv_minor} currency={p.currency} />
          </li>
        ))}
      </ul>
    </section>
  );
}
