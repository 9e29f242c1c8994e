// Working with a series that is being written.
import type { SOP, SOPInput, SOPKind, SOPSpec, SOPStep } from '../../api/sops';

const letters = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A name for a step that no other has. It stays with the step for ever. */
export function stepId(have: readonly SOPStep[]): string {
  for (;;) {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(6)), (n) => letters[n % letters.length]).join('');
    if (!have.some((s) => s.id === id)) return id;
  }
}

export const minutesOf = (at: string): number => {
  const [h, m] = at.split(':');
  return Number(h) * 60 + Number(m);
};

export const timeOf = (minutes: number): string => {
  const m = Math.max(0, Math.min(23 * 60 + 59, minutes));
  return `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;
};

/** Steps as they come. */
export const inOrder = (steps: readonly SOPStep[]): SOPStep[] => [...steps].sort((a, b) => a.day - b.day || minutesOf(a.at) - minutesOf(b.at));

/** Days to show: all that have steps, and the empty ones between them, if these are few. */
export interface Row {
  day: number;
  steps: SOPStep[];
  /** How many empty days before this one are left out. */
  gap: number;
}

export function rowsOf(steps: readonly SOPStep[]): Row[] {
  const by = new Map<number, SOPStep[]>();
  for (const s of inOrder(steps)) by.set(s.day, [...(by.get(s.day) ?? []), s]);
  const rows: Row[] = [];
  let last = -1;
  for (const day of [...by.keys()].sort((a, b) => a - b)) {
    const empty = day - last - 1;
    if (empty > 3) rows.push({ day, steps: by.get(day) ?? [], gap: empty });
    else {
      for (let d = last + 1; d < day; d++) rows.push({ day: d, steps: [], gap: 0 });
      rows.push({ day, steps: by.get(day) ?? [], gap: 0 });
    }
    last = day;
  }
  return rows;
}

/** A step on a day: at ten, or an hour after the last one there. */
export function newStep(steps: readonly SOPStep[], day: number, at?: string): SOPStep {
  const there = inOrder(steps).filter((s) => s.day === day);
  const last = there.at(-1);
  return { id: stepId(steps), day, at: at ?? (last ? timeOf(minutesOf(last.at) + 60) : '10:00'), kind: 'message', purpose: 'service', text: '', materials: [] };
}

export function emptySpec(kind: SOPKind): SOPSpec {
  return {
    trigger: kind === 'person' ? { kind: 'friend' } : { kind: 'group', since: 'created' },
    exits: { replied: false, ordered: kind === 'person', left_segment: false, unfriended: kind === 'person' },
    steps: [],
  };
}

export const inputOf = (sop: SOP): SOPInput => ({ name: sop.name, kind: sop.kind, spec: sop.spec });

/** What the server found, by where: "name", "trigger.segment_id", or a step's id and its field. */
export function problemsBy(problems: readonly { location: string; message: string }[], steps: readonly SOPStep[]): Map<string, string> {
  const out = new Map<string, string>();
  for (const p of problems) {
    const m = /^body\.spec\.steps\[(\d+)\]\.(\w+)/.exec(p.location);
    const step = m ? steps[Number(m[1])]?.id : undefined;
    out.set(step && m ? `${step}.${m[2]}` : p.location.replace(/^body\.(spec\.)?/, ''), p.message);
  }
  return out;
}

/** How many days a series lasts. */
export const lasts = (spec: SOPSpec): number => spec.steps.reduce((n, s) => Math.max(n, s.day + 1), 0);
