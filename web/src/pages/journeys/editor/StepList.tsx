import { WarningFilled } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import type { Spec, StepKind } from '../../../api/journeys';
import { AddMenu } from '../canvas/AddMenu';
import { KindIcon } from '../canvas/KindIcon';
import { TargetSelect } from '../forms/WaysForm';
import { stepOf } from '../model/edits';
import { groupOf, inOrder, next, start, waysOf } from '../model/graph';
import type { Words } from '../model/words';

interface Props {
  spec: Spec;
  words: Words;
  numbers: ReadonlyMap<string, number>;
  problems: ReadonlyMap<string, readonly string[]>;
  selected: readonly string[];
  onSelect: (ids: string[]) => void;
  /** Without: it can be read only. */
  edit?: (fn: (s: Spec) => Spec, mark?: string) => void;
  onAdd?: (from: string, way: number, kind: StepKind) => void;
  /** What stands beside a step: counts, when somebody was there. */
  beside?: (step: string) => React.ReactNode;
  /** What stands beside a way. */
  besideWay?: (step: string, way: number) => React.ReactNode;
}

/** The same journey as a list that is read from top to bottom; everything that the drawing can do, without it. */
export function StepList({ spec, words, numbers, problems, selected, onSelect, edit, onAdd, beside, besideWay }: Props) {
  const { t } = useTranslation();
  const steps = inOrder(spec.graph.steps);
  const wrong = problems.get(start);
  return (
    <div className="fp-steps">
      <div className={`fp-steps-start${wrong ? ' wrong' : ''}`}>
        <button type="button" onClick={() => onSelect([])}>
          <b>{t('journeys.start')}</b> {words.entry(spec)} · {words.frequency(spec)}
        </button>
        {onAdd && <AddMenu label={t('journeys.addAfter', { name: t('journeys.start') })} onPick={(kind) => onAdd(start, next, kind)} />}
        {wrong?.map((p) => (
          <div key={p} className="fp-no fp-small">
            {p}
          </div>
        ))}
      </div>
      <ol aria-label={t('journeys.listLabel')}>
        {steps.map((s) => {
          const found = problems.get(s.id);
          const chosen = selected.includes(s.id);
          return (
            <li key={s.id} className={`${groupOf(s.kind)}${chosen ? ' selected' : ''}${found ? ' wrong' : ''}`} data-row={s.id}>
              <div className="fp-steps-head">
                <button type="button" aria-pressed={chosen} onClick={() => onSelect([s.id])}>
                  <span className="fp-num fp-muted">{numbers.get(s.id)}</span>
                  <KindIcon kind={s.kind} />
                  <b>{words.name(s)}</b>
                  <span className="fp-steps-says">{words.says(s)}</span>
                </button>
                {beside?.(s.id)}
              </div>
              {found?.map((p) => (
                <div key={p} className="fp-no fp-small">
                  <WarningFilled aria-hidden="true" /> {p}
                </div>
              ))}
              <ul className="fp-steps-ways">
                {waysOf(s).map(({ way, to }) => {
                  const target = stepOf(spec, to);
                  const name = words.way(s, way);
                  return (
                    <li key={way}>
                      {name && <span className="fp-steps-way">{name}</span>}
                      {edit ? (
                        <span className="fp-steps-to">
                          <TargetSelect step={s} spec={spec} way={way} words={words} disabled={false} edit={edit} />
                        </span>
                      ) : (
                        <span className="fp-muted">{t('journeys.goesTo', { name: target ? `${numbers.get(target.id) ?? ''} ${words.name(target)}` : t('journeys.toEnd') })}</span>
                      )}
                      {besideWay?.(s.id, way)}
                      {onAdd && <AddMenu label={name ? t('journeys.addAfterWay', { name: words.name(s), way: name }) : t('journeys.addAfter', { name: words.name(s) })} onPick={(kind) => onAdd(s.id, way, kind)} />}
                    </li>
                  );
                })}
              </ul>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
