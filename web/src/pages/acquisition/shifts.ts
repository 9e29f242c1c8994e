// Shifts of a week as a grid of cells, and back. Days are 0 Monday … 6 Sunday; a
// shift that ends on the next day fills cells of both.
import type { CodeShift } from '../../api/acquisition';

/** Cells of one week: seven days of as many cells as a day has steps. */
export type Week = boolean[][];

const dayMinutes = 24 * 60;

/** "09:30" as minutes since midnight; 24:00 is the end of the day. */
export function minutesOf(time: string): number {
  const [h = 0, m = 0] = time.split(':').map(Number);
  return h * 60 + m;
}

export function timeOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** How fine the grid must be for these shifts, in minutes; finer ones are rounded to it. */
export function stepOf(shifts: readonly CodeShift[]): 30 | 15 {
  return shifts.every((s) => minutesOf(s.from) % 30 === 0 && minutesOf(s.to) % 30 === 0) ? 30 : 15;
}

export const emptyWeek = (step: number): Week => Array.from({ length: 7 }, () => Array<boolean>(dayMinutes / step).fill(false));

/** Whether a shift begins or ends between two steps, so that the grid cannot show it to the minute. */
export function roughly(shifts: readonly CodeShift[], step: number): boolean {
  return shifts.some((s) => minutesOf(s.from) % step !== 0 || minutesOf(s.to) % step !== 0);
}

export function toWeek(shifts: readonly CodeShift[], step: number): Week {
  const week = emptyWeek(step);
  const fill = (day: number, from: number, to: number) => {
    for (let i = Math.floor(from / step); i < Math.ceil(to / step); i++) week[day % 7]![i] = true;
  };
  for (const s of shifts) {
    const from = minutesOf(s.from);
    const to = minutesOf(s.to);
    for (const day of s.days?.length ? s.days : [1, 2, 3, 4, 5, 6, 7]) {
      if (to > from) fill(day - 1, from, to);
      else {
        fill(day - 1, from, dayMinutes);
        fill(day, 0, to);
      }
    }
  }
  return week;
}

/** The stretches of one day, as minutes. */
export function stretches(day: readonly boolean[], step: number): [number, number][] {
  const out: [number, number][] = [];
  for (let i = 0; i < day.length; i++) {
    if (!day[i]) continue;
    const from = i;
    while (day[i + 1]) i++;
    out.push([from * step, (i + 1) * step]);
  }
  return out;
}

/** The fewest shifts that say the same, the same stretch on several days being one of them. */
export function toShifts(week: Week, step: number, staff_ids: string[]): CodeShift[] {
  const days = new Map<string, number[]>();
  week.forEach((day, n) => {
    for (const [from, to] of stretches(day, step)) {
      const key = `${timeOf(from)} ${timeOf(to)}`;
      days.set(key, [...(days.get(key) ?? []), n + 1]);
    }
  });
  return [...days]
    .map(([key, on]) => {
      const [from = '', to = ''] = key.split(' ');
      return { from, to, ...(on.length < 7 ? { days: on } : {}), ...(staff_ids.length > 0 ? { staff_ids } : {}) };
    })
    .sort((a, b) => (a.days?.[0] ?? 1) - (b.days?.[0] ?? 1) || a.from.localeCompare(b.from));
}

/** The same cells set or cleared, from one corner to the other. */
export function paint(week: Week, a: [number, number], b: [number, number], on: boolean): Week {
  const [d0, d1] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
  const [c0, c1] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
  return week.map((day, d) => (d < d0 || d > d1 ? day : day.map((was, c) => (c < c0 || c > c1 ? was : on))));
}

/** Who of the members is on duty at a minute of a weekday (0 Monday). No shifts at all: everybody, always. */
export function onDuty(members: readonly string[], shifts: readonly CodeShift[], day: number, minute: number): string[] {
  if (shifts.length === 0) return [...members];
  return members.filter((id) =>
    shifts.some((s) => {
      if (s.staff_ids?.length && !s.staff_ids.includes(id)) return false;
      const from = minutesOf(s.from);
      const to = minutesOf(s.to);
      const begins = (d: number) => !s.days?.length || s.days.includes(((d + 7) % 7) + 1);
      if (to > from) return begins(day) && minute >= from && minute < to;
      return (begins(day) && minute >= from) || (begins(day - 1) && minute < to);
    }),
  );
}
