// A journey as it is drawn: which ways lead where. Pure functions, no words.
import type { Spec, Step, StepKind } from '../../../api/journeys';

/** The box that stands for coming in; it is no step. */
export const start = '';

/** The way of a step when no other fits, or its only one. */
export const next = -1;

/** The kinds of steps, as the palette groups them. */
export const groups: { key: 'say' | 'know' | 'wait' | 'decide' | 'end'; kinds: StepKind[] }[] = [
  { key: 'say', kinds: ['message', 'task', 'webhook'] },
  { key: 'know', kinds: ['tag', 'trait', 'note'] },
  { key: 'wait', kinds: ['wait', 'wait_until', 'wait_date', 'wait_event'] },
  { key: 'decide', kinds: ['branch', 'property', 'split', 'reachable'] },
  { key: 'end', kinds: ['goal', 'enter', 'exit'] },
];

export const groupOf = (kind: StepKind) => groups.find((g) => g.kinds.includes(kind))?.key ?? 'say';

/** Whether a step of the kind has ways of its own besides the default. */
export const decides = (kind: StepKind): boolean => ['branch', 'property', 'split', 'reachable', 'wait_event'].includes(kind);

/** Whether time may pass in a step of the kind, so that a ring through it ends nobody's day. */
export const waits = (kind: StepKind): boolean => ['wait', 'wait_until', 'wait_date', 'wait_event'].includes(kind);

/** Whether one may add ways, or take them away. */
export const manyWays = (kind: StepKind): boolean => decides(kind) && kind !== 'wait_event';

export interface Edge {
  from: string;
  /** Which of the step's ways; next is the default. */
  way: number;
  to: string;
}

/** The ways out of a step, ends included, in the order in which they are tried. */
export function waysOf(s: Step): { way: number; to: string }[] {
  if (s.kind === 'exit') return [];
  return [...(s.ways ?? []).map((w, way) => ({ way, to: w.next ?? '' })), { way: next, to: s.next ?? '' }];
}

/** Every line of the drawing, the one from the entry first. */
export function edgesOf(steps: readonly Step[]): Edge[] {
  const known = new Set(steps.map((s) => s.id));
  const out: Edge[] = steps[0] ? [{ from: start, way: next, to: steps[0].id }] : [];
  for (const s of steps) for (const { way, to } of waysOf(s)) if (to && known.has(to)) out.push({ from: s.id, way, to });
  return out;
}

/** Steps to which a way leads from the first. */
export function reached(steps: readonly Step[]): Set<string> {
  const by = new Map(steps.map((s) => [s.id, s]));
  const seen = new Set<string>();
  const todo = steps[0] ? [steps[0].id] : [];
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    const s = by.get(id);
    if (!s || seen.has(id)) continue;
    seen.add(id);
    for (const { to } of waysOf(s)) if (to) todo.push(to);
  }
  return seen;
}

/** Steps in the order in which somebody who reads along meets them; loose ones last. */
export function inOrder(steps: readonly Step[]): Step[] {
  const by = new Map(steps.map((s) => [s.id, s]));
  const seen = new Set<string>();
  const out: Step[] = [];
  // A step comes after what leads to it where that is possible, so that ways which meet again do so after all of them.
  const done = new Set<string>();
  const after: Step[] = [];
  const visit = (s: Step) => {
    if (seen.has(s.id)) return;
    seen.add(s.id);
    for (const { to } of waysOf(s).reverse()) {
      const target = by.get(to);
      if (target) visit(target);
    }
    after.push(s);
  };
  for (const s of steps.slice(0, 1)) visit(s);
  for (const s of after.reverse()) {
    done.add(s.id);
    out.push(s);
  }
  return [...out, ...steps.filter((s) => !done.has(s.id))];
}

const letters = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A name for a step that no other has. It stays with the step for ever. */
export function stepId(steps: readonly { id: string }[]): string {
  for (;;) {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(6)), (n) => letters[n % letters.length]).join('');
    if (!steps.some((s) => s.id === id)) return id;
  }
}

/** A new step of a kind with what most people choose first. */
export function newStep(kind: StepKind, id: string): Step {
  switch (kind) {
    case 'message':
      return { id, kind, message: { text: '', patience_hours: 72 } };
    case 'webhook':
      return { id, kind, webhook: { url: 'https://' }, on_error: 'go_on' };
    case 'wait':
      return { id, kind, seconds: 86_400 };
    case 'wait_until':
      return { id, kind, at: '10:00' };
    case 'wait_date':
      return { id, kind, at: '09:00' };
    case 'wait_event':
      return { id, kind, event: 'order.paid', seconds: 3 * 86_400, ways: [{}] };
    case 'branch':
    case 'property':
      return { id, kind, ways: [{ when: '' }] };
    case 'reachable':
      return { id, kind, ways: [{ when: 'wecom' }] };
    case 'split':
      return { id, kind, ways: [{ share_bp: 5000 }] };
    default:
      return { id, kind };
  }
}

export const emptySpec: Spec = { entry: { kind: 'manual' }, frequency: { kind: 'once' }, purpose: 'marketing', holdout_bp: 0, exits: [], graph: { steps: [] } };
