// The ways of saying when, as an editor offers them.
import type { Window } from './segmentTree';

export type Unit = 'h' | 'd' | 'w' | 'm';

export interface Length {
  n: number;
  unit: Unit;
}

const most: Record<Unit, number> = { h: 87_600, d: 3_650, w: 520, m: 120 };

/** The longest that a relative window may be, in this unit: ten years. */
export const longest = (unit: Unit) => most[unit];

/** Reads "90d"; undefined when it is not a length. */
export function parseLength(text: unknown): Length | undefined {
  const m = typeof text === 'string' ? /^(\d{1,5})([hdwm])$/.exec(text) : null;
  return m ? { n: Number(m[1]), unit: m[2] as Unit } : undefined;
}

export const formatLength = ({ n, unit }: Length) => `${Math.min(Math.max(1, Math.round(n)), most[unit])}${unit}`;

export const forms = [
  'always',
  'last',
  'period',
  'ago',
  'before_ago',
  'next',
  'dates',
  'on',
  'since',
  'until',
  'after',
  'before',
  'since_joining',
  'within_joining',
] as const;
export type Form = (typeof forms)[number];

export const periods = [
  'today',
  'yesterday',
  'tomorrow',
  'this week',
  'last week',
  'next week',
  'this month',
  'last month',
  'next month',
  'this quarter',
  'last quarter',
  'next quarter',
  'this year',
  'last year',
  'next year',
] as const;

const past = (p: string) => !p.startsWith('next') && p !== 'tomorrow';

/** What a window can be about: events have happened, dates may lie ahead, the day of a year comes again. */
export type About = 'event' | 'edge' | 'date' | 'yearly';

/** The ways that make sense, the usual ones first. */
export function formsFor(about: About): Form[] {
  switch (about) {
    case 'yearly':
      return ['next', 'period', 'last'];
    case 'date':
      return forms.filter((f) => f !== 'always' && f !== 'since_joining' && f !== 'within_joining');
    case 'edge':
      return forms.filter((f) => f !== 'always' && f !== 'next');
    case 'event':
      return forms.filter((f) => f !== 'next');
  }
}

export function periodsFor(about: About): string[] {
  return about === 'event' || about === 'edge' ? periods.filter(past) : [...periods];
}

/** Which way a window is said; undefined for one that no editor here knows. */
export function formOf(w: Window | undefined): Form | undefined {
  if (w === undefined) return 'always';
  const key = Object.keys(w).sort().join(' ');
  if (key === 'from_ago to_ago') return 'ago';
  if (key === 'from to') return 'dates';
  return forms.find((f) => f === key && f !== 'always' && f !== 'ago' && f !== 'dates');
}

/** A window of another form that keeps what it can of the old one: its length, or its day. */
export function convert(w: Window | undefined, form: Form, today: string): Window | undefined {
  const length = parseLength(w?.last ?? w?.next ?? w?.before_ago ?? w?.from_ago ?? w?.within_joining) ?? { n: form === 'next' ? 7 : 30, unit: 'd' as const };
  const day = [w?.on, w?.since, w?.until, w?.after, w?.before, w?.from].find((d): d is string => typeof d === 'string' && d !== '') ?? today;
  switch (form) {
    case 'always':
      return undefined;
    case 'last':
      return { last: formatLength(length) };
    case 'next':
      return { next: formatLength(length) };
    case 'before_ago':
      return { before_ago: formatLength(length) };
    case 'ago':
      return { from_ago: formatLength({ ...length, n: Math.max(2, length.n * 2) }), to_ago: formatLength(length) };
    case 'within_joining':
      return { within_joining: formatLength(length.unit === 'm' ? { n: 7, unit: 'd' } : length) };
    case 'since_joining':
      return { since_joining: true };
    case 'period':
      return { period: typeof w?.period === 'string' ? w.period : 'this month' };
    case 'dates':
      return { from: day, to: day };
    default:
      return { [form]: day };
  }
}
