// What keeps a drawing from being walked, told at once while one draws. The server has the last word.
import type { Spec, Step } from '../../../api/journeys';
import { decides, edgesOf, reached, waits } from './graph';

export interface Found {
  /** The step that it is about; empty: the journey. */
  step: string;
  /** A key of the texts under journeys.problem. */
  code: string;
  n?: number;
}

const clock = /^([01]\d|2[0-3]):[0-5]\d$/;
const shortest = 60;
const longest = 366 * 86_400;

/** Rings in which nobody ever waits: the first step of each, by Tarjan's components over the steps that do not wait. */
function rings(steps: readonly Step[]): string[] {
  const by = new Map(steps.map((s) => [s.id, s]));
  const out = new Map<string, string[]>();
  for (const e of edgesOf(steps)) {
    const [from, to] = [by.get(e.from), by.get(e.to)];
    if (from && to && !waits(from.kind) && !waits(to.kind)) out.set(e.from, [...(out.get(e.from) ?? []), e.to]);
  }
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[] = [];
  const visit = (id: string) => {
    index.set(id, index.size);
    low.set(id, index.get(id)!);
    stack.push(id);
    for (const to of out.get(id) ?? []) {
      if (!index.has(to)) {
        visit(to);
        low.set(id, Math.min(low.get(id)!, low.get(to)!));
      } else if (stack.includes(to)) low.set(id, Math.min(low.get(id)!, index.get(to)!));
    }
    if (low.get(id) !== index.get(id)) return;
    const ring = stack.splice(stack.indexOf(id));
    if (ring.length > 1 || out.get(id)?.includes(id)) found.push(steps.find((s) => ring.includes(s.id))!.id);
  };
  for (const s of steps) if (!waits(s.kind) && !index.has(s.id)) visit(s.id);
  return found;
}

function alone(s: Step, say: (code: string, n?: number) => void): void {
  const span = () => {
    if ((s.seconds ?? 0) < shortest || (s.seconds ?? 0) > longest) say('span');
  };
  switch (s.kind) {
    case 'message':
      if (!s.message?.text?.trim() && !s.message?.html && (s.message?.materials ?? []).length === 0) say('noText');
      break;
    case 'task':
    case 'note':
      if (!s.text?.trim()) say('noWords');
      break;
    case 'webhook':
      if (!/^https:\/\/[^/\s]+/.test(s.webhook?.url ?? '')) say('url');
      break;
    case 'tag':
      if (!s.use) say('noTag');
      break;
    case 'trait':
      if (!s.trait) say('noTrait');
      break;
    case 'enter':
      if (!s.use) say('noJourney');
      break;
    case 'wait':
      span();
      break;
    case 'wait_until':
      if (!clock.test(s.at ?? '')) say('clock');
      break;
    case 'wait_date':
      if (!s.trait) say('noDate');
      if (s.at && !clock.test(s.at)) say('clock');
      break;
    case 'wait_event':
      span();
      if (!s.event) say('noEvent');
      break;
    case 'branch':
    case 'property':
    case 'reachable':
      if ((s.ways ?? []).length === 0) say('noWay');
      (s.ways ?? []).forEach((w, i) => !w.when?.trim() && say('noCondition', i + 1));
      break;
    case 'split': {
      const sum = (s.ways ?? []).reduce((n, w) => n + (w.share_bp ?? 0), 0);
      if ((s.ways ?? []).some((w) => (w.share_bp ?? 0) < 1)) say('share');
      else if (sum > 10_000) say('tooMuch');
      else if (sum < 10_000 && !s.next) say('rest');
      break;
    }
  }
  if (decides(s.kind) && s.kind !== 'split' && !s.next) say('noDefault');
}

export function check(spec: Spec): Found[] {
  const { steps } = spec.graph;
  const found: Found[] = [];
  const { entry } = spec;
  if ((entry.kind === 'segment' && !entry.segment_id) || (entry.kind === 'event' && !entry.event) || (entry.kind === 'date' && !entry.trait)) found.push({ step: '', code: 'entry' });
  if (steps.length === 0) return [...found, { step: '', code: 'empty' }];
  for (const s of steps) alone(s, (code, n) => found.push({ step: s.id, code, ...(n === undefined ? {} : { n }) }));
  const seen = reached(steps);
  for (const s of steps) if (!seen.has(s.id)) found.push({ step: s.id, code: 'unreachable' });
  for (const id of rings(steps)) found.push({ step: id, code: 'ring' });
  return found;
}
