import type { Welcome } from '../../api/acquisition';
import { minutesOf } from './shifts';

export type Variables = Record<string, string>;

/** A text with its variables filled in; one that nobody knows stays as it is written, so that it is seen. */
export function fill(text: string, values: Variables): string {
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => values[name] ?? whole);
}

/** The welcome that is said at a moment: the first whose time it is. Days are 0 Monday … 6 Sunday. */
export function welcomeAt(all: readonly Welcome[], day: number, minute: number): number {
  return all.findIndex((w) => {
    const starts = (d: number) => !w.days?.length || w.days.includes(((d + 7) % 7) + 1);
    if (!w.from && !w.to) return starts(day);
    const from = minutesOf(w.from ?? '00:00');
    const to = minutesOf(w.to ?? '24:00');
    if (to > from) return starts(day) && minute >= from && minute < to;
    return (starts(day) && minute >= from) || (starts(day - 1) && minute < to);
  });
}

/** Which welcomes can never be said, because one before them always is. */
export function neverSaid(all: readonly Welcome[]): boolean[] {
  const said = all.map(() => false);
  for (let day = 0; day < 7; day++) {
    for (let minute = 0; minute < 24 * 60; minute += 5) {
      const at = welcomeAt(all, day, minute);
      if (at >= 0) said[at] = true;
    }
  }
  return said.map((s) => !s);
}
