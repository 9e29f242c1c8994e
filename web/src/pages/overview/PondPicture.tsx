import { Link } from '@tanstack/react-router';
import { Fragment, type CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import type { Stage, StageCount, StageFlow } from '../../api/types';
import { usePreferences } from '../../app/preferences';
import { stageColors } from '../../app/theme';
import { useFormat } from '../../app/useFormat';
import { stages as order } from '../../lib/filters';

/** How many moved from one stage to another over all months of the flow. */
function moved(flow: StageFlow | undefined, from: Stage[], to: Stage[]): number | undefined {
  if (!flow) return undefined;
  let n = 0;
  for (const month of flow.months) {
    for (const move of month.moves ?? []) {
      if (from.includes(move.from as Stage) && to.includes(move.to as Stage)) n += move.persons;
    }
  }
  return n;
}

/**
 * The pond as one picture: five stages from first contact to lost, sized by
 * people, with those who moved on in the period between them.
 */
export function PondPicture({ stages, flow }: { stages: StageCount[]; flow?: StageFlow }) {
  const { t } = useTranslation();
  const { look } = usePreferences();
  const f = useFormat();
  const count = (s: Stage) => stages.find((x) => x.stage === s)?.persons ?? 0;
  const total = order.reduce((sum, s) => sum + count(s), 0);
  const back = moved(flow, ['silent', 'lost'], ['first_order', 'repeat']);
  const steps: (number | undefined)[] = [
    moved(flow, ['new'], ['first_order', 'repeat']),
    moved(flow, ['first_order'], ['repeat']),
    moved(flow, ['first_order', 'repeat'], ['silent']),
    moved(flow, ['first_order', 'repeat', 'silent'], ['lost']),
  ];
  const arrows = [t('pond.bought'), t('pond.boughtAgain'), t('pond.fellSilent'), t('pond.wereLost')];

  return (
    <figure className="fp-pond">
      <div className="fp-pond-band" aria-hidden="true">
        {order.filter((s) => count(s) > 0).map((s) => (
          <span key={s} style={{ flexGrow: count(s), background: stageColors[s][look] }} />
        ))}
      </div>
      <div className="fp-pond-stages">
        {order.map((s, i) => (
          <Fragment key={s}>
            <Link to="/customers" search={{ stage: s }} className="fp-pond-stage" style={{ '--stage': stageColors[s][look] } as CSSProperties}>
              <span className="fp-pond-name">{t(`stage.${s}`)}</span>
              <span className="fp-pond-count fp-num">{f.number(count(s))}</span>
              <span className="fp-muted fp-num">{total > 0 ? f.share(count(s) / total) : '—'}</span>
              <span className="fp-pond-rule">{t(`stageRule.${s}`)}</span>
            </Link>
            {i < 4 && (
              <span className="fp-pond-step">
                <span className="fp-num">{steps[i] === undefined ? '…' : f.number(steps[i])}</span>
                <svg viewBox="0 0 48 10" aria-hidden="true" focusable="false">
                  <path d="M1 5h44M40 1l5 4-5 4" fill="none" stroke="currentColor" strokeWidth="1.5" />
                </svg>
                <span>{arrows[i]}</span>
              </span>
            )}
          </Fragment>
        ))}
      </div>
      <figcaption>
        {t('pond.now')} {t('pond.caption')}
        {back !== undefined && <b> {t('pond.back', { count: back, number: f.number(back) })}</b>}
      </figcaption>
    </figure>
  );
}
