import { useTranslation } from 'react-i18next';
import type { DryRun, RunStatus, Spec } from '../../../api/journeys';
import { useFormat } from '../../../app/useFormat';
import { KindIcon } from '../canvas/KindIcon';
import { FramedMessage } from '../forms/MessagePreview';
import { useRunWords } from '../live/useRunWords';
import { stepOf } from '../model/edits';
import type { Words } from '../model/words';

/** What a dry run found: step by step with times, verdicts of the gate, and the messages as they would be read. */
export function DryPath({ result, shown, spec, words }: { result: DryRun; shown: number; spec: Spec; words: Words }) {
  const { t } = useTranslation();
  const f = useFormat();
  const why = useRunWords();
  const { steps, ended } = result;
  return (
    <ol className="fp-path" aria-label={t('journeys.dry.result')}>
      {steps.slice(0, shown).map((s, i) => {
        const step = stepOf(spec, s.step);
        const way = step && i + 1 < steps.length ? words.way(step, s.way) : '';
        const [verdict = '', reason] = (s.verdict ?? '').split(':');
        return (
          <li key={i} className={i === shown - 1 && shown < steps.length ? 'here' : undefined}>
            <span className="fp-path-icon" aria-hidden="true">
              <KindIcon kind={s.kind} />
            </span>
            <div>
              <b>{s.name && s.name !== s.step ? s.name : step ? words.name(step) : words.kind(s.kind)}</b> {way && <span className="fp-steps-way">{way}</span>}
              <div className="fp-muted fp-small">
                <time dateTime={s.at}>{f.dateTime(s.at)}</time>
                {[s.outcome ?? '', s.why !== s.outcome ? s.why : ''].filter(Boolean).map((code) => ` · ${why(code)}`)}
              </div>
              {s.verdict && <div className={`fp-small ${verdict === 'go' ? 'fp-yes' : verdict === 'held' ? 'fp-no' : ''}`}>{t('journeys.dry.verdict', { text: [t(`journeys.dry.verdicts.${verdict}`, { defaultValue: why(verdict) }), reason ? why(reason) : ''].filter(Boolean).join(' · ') })}</div>}
              {s.message && (
                <details className="fp-small">
                  <summary>{s.message.subject || s.message.text.split('\n')[0]}</summary>
                  <FramedMessage message={s.message} />
                </details>
              )}
            </div>
          </li>
        );
      })}
      {shown >= steps.length && ended && (
        <li className="end">
          <span className="fp-path-icon" aria-hidden="true">
            <KindIcon kind="exit" />
          </span>
          <div>{t('journeys.dry.ended', { at: ended.at ? f.dateTime(ended.at) : '', how: [t(`journeys.run.statuses.${ended.status as RunStatus}`, { defaultValue: ended.status }), why(ended.why)].filter(Boolean).join(' · ') })}</div>
        </li>
      )}
    </ol>
  );
}
