// When a campaign that comes again and again comes, as the server reckons it.
import type { Campaign } from '../../api/campaigns';
import { dayOf, momentOf, nextDay } from '../../lib/zone';

export type Schedule = NonNullable<Campaign['schedule']>;

export const emptySchedule: Schedule = { every: 'week', days: [1], at: '10:00', until: '', late: 'skip', most_people: 0 };

/** Where a day begins first, in milliseconds ahead of UTC: a campaign that goes by each person's clock is made then. */
const eastmost = 14 * 3_600_000;

const dateOf = (day: string) => new Date(`${day}T00:00:00Z`);

/** Whether it comes on a day; a day that a month does not have is its last. */
export function comesOn(s: Schedule, day: string): boolean {
  if (s.every === 'day') return true;
  const days = s.days ?? [];
  const date = dateOf(day);
  if (s.every === 'week') return days.includes(((date.getUTCDay() + 6) % 7) + 1);
  const n = date.getUTCDate();
  return days.some((d) => d === n || (nextDay(day).endsWith('-01') && d > n));
}

/** The first day ("2026-12-01") on which it comes from a moment on; undefined when its end is before. */
export function firstDay(s: Schedule, from: string, timeZone: string, local: boolean): string | undefined {
  const made = (day: string) => (local ? Date.parse(`${day}T${s.at}:00Z`) - eastmost : Date.parse(momentOf(`${day}T${s.at}`, timeZone)));
  let day = new Date(dateOf(dayOf(from, timeZone)).getTime() - 2 * 86_400_000).toISOString().slice(0, 10);
  for (let n = 0; n < 400; n++) {
    day = nextDay(day);
    if (s.until && day > s.until) return undefined;
    if (comesOn(s, day) && made(day) >= Date.parse(from)) return day;
  }
  return undefined;
}

/** The days of the week, Monday first, in the reader's words. */
export function weekdays(language: string, weekday: 'long' | 'short'): string[] {
  const format = new Intl.DateTimeFormat(language, { weekday, timeZone: 'UTC' });
  return [1, 2, 3, 4, 5, 6, 7].map((n) => format.format(new Date(Date.UTC(2024, 0, n)))); // 1 January 2024 was a Monday
}

type Say = (key: string, values?: Record<string, unknown>) => string;

/** How often it comes, in words: "Mondays and Thursdays at 10:00". */
export function wordsOf(s: Schedule, language: string, t: Say): string {
  const days = [...(s.days ?? [])].sort((a, b) => a - b);
  if (s.every === 'day') return t('campaigns.again.words.day', { at: s.at });
  const names = s.every === 'week' ? days.map((d) => weekdays(language, 'long')[d - 1] ?? '') : days.map((d) => t(d === 31 ? 'campaigns.again.lastDay' : 'campaigns.again.monthDay', { day: d }));
  return t(s.every === 'week' ? 'campaigns.again.words.week' : 'campaigns.again.words.month', { days: new Intl.ListFormat(language, { type: 'conjunction' }).format(names), at: s.at });
}

/** A day as people say it, with its day of the week. */
export function sayDay(day: string, language: string): string {
  return new Intl.DateTimeFormat(language, { timeZone: 'UTC', year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' }).format(dateOf(day));
}
