import { WarningFilled } from '@ant-design/icons';
import { Handle, Position, type Node, type NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Step } from '../../../api/journeys';
import { useFormat } from '../../../app/useFormat';
import { groupOf, next, start, waysOf } from '../model/graph';
import { AddMenu } from './AddMenu';
import { useCanvas } from './context';
import { KindIcon } from './KindIcon';

export type StepNodeType = Node<{ step: Step }, 'step'>;
export type StartNodeType = Node<Record<string, never>, 'start'>;

/** The points from which the ways of a step go out; a plus where one leads nowhere yet. */
function Outlets({ step }: { step: Step }) {
  const { t } = useTranslation();
  const { words, editable, onAdd } = useCanvas();
  const ways = waysOf(step);
  return (
    <>
      {ways.map(({ way, to }, i) => {
        const left = `${((i + 0.5) / ways.length) * 100}%`;
        const name = words.way(step, way);
        return (
          <div key={way}>
            <Handle type="source" position={Position.Bottom} id={String(way)} style={{ left }} isConnectable={editable} />
            {!to && (
              <div className="fp-journey-open" style={{ left }}>
                {name && <span title={name}>{name}</span>}
                {editable && onAdd ? (
                  <AddMenu label={name ? t('journeys.addAfterWay', { name: words.name(step), way: name }) : t('journeys.addAfter', { name: words.name(step) })} onPick={(kind) => onAdd(step.id, way, kind)} />
                ) : (
                  <i className="fp-journey-end">{t('journeys.ends')}</i>
                )}
              </div>
            )}
          </div>
        );
      })}
    </>
  );
}

/** One step as a box: what it does, what is wrong with it, and who is there. */
export const StepNode = memo(function StepNode({ data: { step }, selected }: NodeProps<StepNodeType>) {
  const { t } = useTranslation();
  const f = useFormat();
  const { words, numbers, problems, countOf, counts, onPeople, marks, trail } = useCanvas();
  const wrong = problems.get(step.id);
  const count = countOf(step.id);
  const mark = marks?.get(step.id);
  const state = [selected ? 'selected' : '', wrong ? 'wrong' : '', mark ? 'marked' : trail ? 'dim' : '', mark?.here ? 'here' : '', mark?.tone ?? ''].filter(Boolean).join(' ');
  return (
    <div className={`fp-step ${groupOf(step.kind)} ${state}`}>
      <Handle type="target" position={Position.Top} isConnectable />
      <button type="button" className="fp-step-box" data-step={step.id} aria-pressed={selected}>
        <span className="fp-step-icon" aria-hidden="true">
          <KindIcon kind={step.kind} />
        </span>
        <span className="fp-step-words">
          <b>{words.name(step)}</b>
          {wrong ? (
            <span className="fp-step-problem" title={wrong.join('\n')}>
              <WarningFilled aria-hidden="true" /> {wrong[0]}
            </span>
          ) : (
            <span>{words.says(step) || words.kind(step.kind)}</span>
          )}
        </span>
        <span className="fp-step-number">
          <span className="fp-hidden">{t('journeys.dry.step', { n: numbers.get(step.id) ?? '' })}</span>
          {!counts && <span aria-hidden="true">{numbers.get(step.id)}</span>}
        </span>
      </button>
      {mark && (
        <div className="fp-step-mark">
          {mark.visits.map((n) => (
            <i key={n}>{n}</i>
          ))}
          {mark.at && <span>{mark.at}</span>}
        </div>
      )}
      {counts && (
        <button type="button" className="fp-step-count nodrag nopan" disabled={!onPeople} data-people={step.id} title={t('journeys.live.showPeople', { name: words.name(step), count: count?.here ?? 0 })} onClick={() => onPeople?.(step.id)}>
          <b className="fp-num">{f.compact(count?.here ?? 0)}</b> {t('journeys.live.hereShort')}
          {count && count.failed > 0 && <em className="fp-num"> {t('journeys.live.failedShort', { count: count.failed })}</em>}
          <span className="fp-hidden"> {words.name(step)}</span>
        </button>
      )}
      <Outlets step={step} />
    </div>
  );
});

/** Where people come in. */
export const StartNode = memo(function StartNode({ selected }: NodeProps<StartNodeType>) {
  const { t } = useTranslation();
  const { spec, words, problems, editable, onAdd, counts } = useCanvas();
  const wrong = problems.get(start);
  return (
    <div className={`fp-step start ${selected ? 'selected' : ''} ${wrong ? 'wrong' : ''}`}>
      <button type="button" className="fp-step-box" data-step="" aria-pressed={selected}>
        <span className="fp-step-words">
          <b>{t('journeys.start')}</b>
          {wrong ? <span className="fp-step-problem">{wrong[0]}</span> : <span>{words.entry(spec)}</span>}
        </span>
      </button>
      {counts && counts.waiting_to_begin > 0 && <div className="fp-step-mark">{t('journeys.live.waiting', { count: counts.waiting_to_begin })}</div>}
      <Handle type="source" position={Position.Bottom} id={String(next)} isConnectable={editable} />
      {spec.graph.steps.length === 0 && editable && onAdd && (
        <div className="fp-journey-open" style={{ left: '50%' }}>
          <AddMenu label={t('journeys.addHere')} text={t('journeys.addHere')} onPick={(kind) => onAdd(start, next, kind)} />
        </div>
      )}
    </div>
  );
});
