import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, type Edge, type EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../app/useFormat';
import { stepOf } from '../model/edits';
import { start } from '../model/graph';
import { bendKey, box, linePath } from '../model/layout';
import { AddMenu } from './AddMenu';
import { useCanvas } from './context';

export type WayEdgeType = Edge<{ from: string; way: number; to: string; /** No other line leads there. */ alone: boolean }, 'way'>;

/** A line from a step to the next: what the way is called, how many took it, and a plus to put a step into it. */
export const WayEdge = memo(function WayEdge({ id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data, selected, markerEnd }: EdgeProps<WayEdgeType>) {
  const { t } = useTranslation();
  const f = useFormat();
  const { spec, words, editable, onAdd, peopleOn, counts, trail, aim, bends } = useCanvas();
  if (!data) return null;
  const { from, way, to, alone } = data;
  const back = targetY < sourceY + box.above;
  const [round, middleX, middleY] = getSmoothStepPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, borderRadius: 10, offset: 16 });
  const passed = bends?.get(bendKey(from, way)) ?? [];
  const straight = linePath([sourceX, sourceY], passed, [targetX, targetY]);
  const path = back ? round : straight.path;
  // A way is named above where it alone leads; where ways meet, beside where it comes from.
  const label = back ? { x: middleX, y: middleY } : alone && passed.length === 0 ? { x: targetX, y: targetY - box.above } : straight.across;
  const source = stepOf(spec, from);
  const name = source ? words.way(source, way) : '';
  const people = counts ? peopleOn(from, way) : undefined;
  const all = source && counts ? sumOf(counts.edges, from) : 0;
  const names = { from: source ? words.name(source) : t('journeys.start'), to: words.name(stepOf(spec, to) ?? { id: to, kind: 'exit' }) };
  const state = [trail?.has(id) ? 'taken' : trail ? 'dim' : '', aim === id ? 'aim' : '', selected ? 'selected' : ''].filter(Boolean).join(' ');
  return (
    <>
      <BaseEdge id={id} path={path} className={`fp-way ${state}`} interactionWidth={18} markerEnd={markerEnd} />
      {(name || people !== undefined || (editable && onAdd)) && (
        <EdgeLabelRenderer>
          <div className={`fp-way-label nodrag nopan ${state}`} style={{ transform: `translate(-50%, -50%) translate(${label.x}px, ${label.y}px)` }}>
            {name && <span title={name}>{name}</span>}
            {people !== undefined && from !== start && (
              <span className="fp-way-people fp-num" aria-label={`${names.from} → ${names.to}: ${t('journeys.live.people', { count: people })}`}>
                {f.compact(people)}
                {all > 0 && (source?.ways?.length ?? 0) > 0 && <i> {f.share(people / all, 0)}</i>}
              </span>
            )}
            {editable && onAdd && <AddMenu label={t('journeys.insertHere', names)} onPick={(kind) => onAdd(from, way, kind)} />}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

const sumOf = (edges: readonly { step: string; people: number }[], step: string): number => edges.reduce((n, e) => (e.step === step ? n + e.people : n), 0);
