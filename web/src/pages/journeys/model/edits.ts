// Changes of a drawing. Each takes a journey and gives another one; the old one stays as it was.
import type { Spec, Step, Way } from '../../../api/journeys';
import { next, start, stepId, waysOf } from './graph';
import { ownPlaces } from './layout';

/** How far below a step the next one is put, in pixels of the drawing. */
export const below = 116;

const withSteps = (spec: Spec, steps: Step[]): Spec => ({ ...spec, graph: { ...spec.graph, steps } });

export const stepOf = (spec: Spec, id: string): Step | undefined => spec.graph.steps.find((s) => s.id === id);

/** Where a way leads. */
export function target(spec: Spec, from: string, way: number): string {
  if (from === start) return spec.graph.steps[0]?.id ?? '';
  const s = stepOf(spec, from);
  return (way === next ? s?.next : s?.ways?.[way]?.next) ?? '';
}

const leadTo = (s: Step, way: number, to: string): Step => (way === next ? { ...s, next: to } : { ...s, ways: (s.ways ?? []).map((w, i) => (i === way ? { ...w, next: to } : w)) });

/** Lets a way lead elsewhere; to nothing: whoever goes it is at the end. */
export function connect(spec: Spec, from: string, way: number, to: string): Spec {
  const { steps } = spec.graph;
  if (from === start) {
    const first = stepOf(spec, to);
    return first && steps[0] !== first ? withSteps(spec, [first, ...steps.filter((s) => s !== first)]) : spec;
  }
  if (target(spec, from, way) === to) return spec;
  return withSteps(
    spec,
    steps.map((s) => (s.id === from ? leadTo(s, way, to) : s)),
  );
}

export function change(spec: Spec, id: string, patch: Partial<Step>): Spec {
  return withSteps(
    spec,
    spec.graph.steps.map((s) => (s.id === id ? { ...s, ...patch } : s)),
  );
}

/** Puts a step into a way: it leads to the step, and the step to where it led. */
export function insert(spec: Spec, from: string, way: number, step: Step): Spec {
  const to = target(spec, from, way);
  const put = to && step.kind !== 'exit' ? { ...step, next: step.next || to } : step;
  if (from === start) return placeBelow(withSteps(spec, [put, ...spec.graph.steps]), start, put.id, to);
  const { steps } = spec.graph;
  const at = steps.findIndex((s) => s.id === from);
  const led = steps.map((s) => (s.id === from ? leadTo(s, way, put.id) : s));
  return placeBelow(withSteps(spec, [...led.slice(0, at + 1), put, ...led.slice(at + 1)]), from, put.id, to);
}

/** Where a new step goes that is to come after another: into its default way, or the first one that leads nowhere. */
export function wayAfter(s: Step): number | undefined {
  const ways = waysOf(s);
  if (ways.length === 0) return undefined;
  return (ways.find((w) => w.to === '') ?? ways.at(-1)!).way;
}

/** The way into which something goes that is to come after a step; with nothing chosen, the end of the way that everybody takes by default. */
function placeAfter(spec: Spec, after: string | undefined): { from: string; way: number } | undefined {
  if (after === start) return { from: start, way: next };
  let s = after === undefined ? spec.graph.steps[0] : stepOf(spec, after);
  if (after === undefined) {
    const seen = new Set<string>();
    while (s && s.next && !seen.has(s.id)) {
      seen.add(s.id);
      s = stepOf(spec, s.next) ?? s;
    }
  }
  const way = s && wayAfter(s);
  return s && way !== undefined ? { from: s.id, way } : undefined;
}

/** Adds a step after another, or at the end. */
export function append(spec: Spec, after: string | undefined, step: Step): Spec {
  const { steps } = spec.graph;
  if (steps.length === 0) return withSteps(spec, [step]);
  const place = placeAfter(spec, after);
  return place ? insert(spec, place.from, place.way, step) : withSteps(spec, [...steps, step]);
}

/** Adds steps one after another, the first after a step or at the end. */
export const appendAll = (spec: Spec, after: string | undefined, steps: readonly Step[]): Spec => steps.reduce((s, step, i) => append(s, i > 0 ? steps[i - 1]!.id : after, step), spec);

/** Adds a step that no way leads to yet. */
export function addLoose(spec: Spec, step: Step, at: [number, number], layout: Record<string, [number, number]>): Spec {
  return { ...withSteps(spec, [...spec.graph.steps, step]), layout: { ...layout, [step.id]: at } };
}

/** Takes steps out. What led to one leads to where its default way led. */
export function remove(spec: Spec, ids: readonly string[]): Spec {
  let out = spec;
  for (const id of ids) {
    const gone = stepOf(out, id);
    if (!gone) continue;
    const to = gone.next === id ? '' : (gone.next ?? '');
    const rest = out.graph.steps
      .filter((s) => s.id !== id)
      .map((s) => {
        let changed = s;
        for (const w of waysOf(s)) if (w.to === id) changed = leadTo(changed, w.way, to === s.id ? '' : to);
        return changed;
      });
    const first = out.graph.steps[0]?.id === id ? rest.find((s) => s.id === to) : undefined;
    const { [id]: _gone, ...layout } = out.layout ?? {};
    out = { ...withSteps(out, first ? [first, ...rest.filter((s) => s !== first)] : rest), ...(out.layout ? { layout } : {}) };
  }
  return out;
}

/** Copies of steps with ids of their own; ways among them stay ways among them, others end. */
export function copies(steps: readonly Step[], taken: readonly { id: string }[]): Step[] {
  const ids = new Map<string, string>();
  for (const s of steps) ids.set(s.id, stepId([...taken, ...[...ids.values()].map((id) => ({ id }))]));
  const led = (to: string | undefined) => (to ? (ids.get(to) ?? '') : '');
  return steps.map((s) => ({ ...structuredClone(s), id: ids.get(s.id)!, next: led(s.next), ...(s.ways ? { ways: s.ways.map((w) => ({ ...w, next: led(w.next) })) } : {}) }));
}

/** Puts copies into the way after a step; where that led, the last of them leads. */
export function paste(spec: Spec, after: string | undefined, steps: readonly Step[]): { spec: Spec; first?: string } {
  const [first, ...rest] = copies(steps, spec.graph.steps);
  if (!first) return { spec };
  const place = spec.graph.steps.length > 0 ? placeAfter(spec, after) : undefined;
  const to = place ? target(spec, place.from, place.way) : '';
  const put = append(spec, after, first);
  const end = rest.findLast((s) => !s.next && s.kind !== 'exit');
  return { spec: withSteps(put, [...put.graph.steps, ...rest.map((s) => (s === end && to ? { ...s, next: to } : s))]), first: first.id };
}

/** One more way out of a step that decides. */
export function addWay(spec: Spec, id: string): Spec {
  const s = stepOf(spec, id);
  if (!s) return spec;
  const ways = s.ways ?? [];
  const fresh: Way = s.kind === 'split' ? { share_bp: Math.max(1, Math.min(10_000, 10_000 - ways.reduce((n, w) => n + (w.share_bp ?? 0), 0))) } : s.kind === 'reachable' ? { when: 'email' } : { when: '' };
  return change(spec, id, { ways: [...ways, fresh] });
}

export function removeWay(spec: Spec, id: string, way: number): Spec {
  return change(spec, id, { ways: (stepOf(spec, id)?.ways ?? []).filter((_, i) => i !== way) });
}

export function moveWay(spec: Spec, id: string, way: number, by: -1 | 1): Spec {
  const ways = [...(stepOf(spec, id)?.ways ?? [])];
  const [a, b] = [ways[way], ways[way + by]];
  if (!a || !b) return spec;
  ways[way] = b;
  ways[way + by] = a;
  return change(spec, id, { ways });
}

/** Where the places of a drawing are somebody's own, a new step gets one, and what comes after it makes room. */
function placeBelow(spec: Spec, from: string, id: string, to: string): Spec {
  const layout = ownPlaces(spec.layout);
  if (Object.keys(layout).length === 0) return spec;
  const above = from === start ? undefined : layout[from];
  const under = layout[to];
  const x = under?.[0] ?? above?.[0] ?? 0;
  const y = above ? above[1] + below : (under?.[1] ?? 0);
  if (!to || (under && under[1] - y >= below - 10)) return { ...spec, layout: { ...layout, [id]: [x, y] } };
  const moved = Object.fromEntries(Object.entries(layout).map(([k, at]) => [k, at[1] >= y - 10 && k !== from ? ([at[0], at[1] + below] as [number, number]) : at]));
  return { ...spec, layout: { ...moved, [id]: [x, y] } };
}
