import { useTranslation } from 'react-i18next';
import type { Spec, Visit } from '../../../api/journeys';
import { useFormat } from '../../../app/useFormat';
import { KindIcon } from '../canvas/KindIcon';
import { stepOf } from '../model/edits';
import type { Words } from '../model/words';
import { useStay } from './useStay';

interface Props {
  path: readonly Visit[];
  spec: Spec;
  words: Words;
  why: (code: string) => string;
  here?: boolean;
  due?: string | null;
}

/** Where somebody has been, from the first step on: when, how long, which way, and why. */
export function PathList({ path, spec, words, why, here, due }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const stay = useStay();
  return (
    <ol className="fp-path" aria-label={t('journeys.run.path')}>
      {path.map((v, i) => {
        const step = stepOf(spec, v.step);
        const way = step && v.left_at ? words.way(step, v.way) : '';
        const stayed = v.left_at ? (Date.parse(v.left_at) - Date.parse(v.arrived_at)) / 1000 : 0;
        const last = i === path.length - 1;
        return (
          <li key={v.visit} className={last && here ? 'here' : undefined}>
            <span className="fp-path-icon" aria-hidden="true">
              <KindIcon kind={v.kind} />
            </span>
            <div>
              <b>{v.name && v.name !== v.step ? v.name : step ? words.name(step) : words.kind(v.kind)}</b> {way && <span className="fp-steps-way">{way}</span>}
              <div className="fp-muted fp-small">
                <time dateTime={v.arrived_at}>{f.dateTime(v.arrived_at)}</time>
                {stayed >= 1 && ` · ${stay(stayed)}`}
                {last && here && ` · ${t('journeys.run.now')}`}
              </div>
              {(v.outcome || v.why) && <div className="fp-small">{[why(v.outcome), v.why !== v.outcome ? why(v.why) : ''].filter(Boolean).join(' · ')}</div>}
              {last && here && due && <div className="fp-small">{t('journeys.run.dueAt', { at: f.dateTime(due) })}</div>}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
