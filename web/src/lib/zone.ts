// Calendar days and months of an org's time zone.

/** How far the zone's clock is ahead of UTC at that moment, in milliseconds. */
function offsetAt(utc: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(utc);
  const of = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  const local = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return local - Math.floor(utc / 1000) * 1000;
}

/** The moment at which a calendar day ("2011-03-27") begins in the zone, as RFC 3339 in UTC. */
export const startOfDay = (day: string, timeZone: string): string => momentOf(`${day}T00:00`, timeZone);

/** The moment at which the zone's clocks show a time ("2011-03-27T22:30", as fields for date and time have it), as RFC 3339 in UTC. */
export function momentOf(shown: string, timeZone: string): string {
  const naive = Date.parse(`${shown.slice(0, 16)}:00Z`);
  // Twice, because the offset at the guess may differ from the one at midnight
  // when the clock changes in between.
  let utc = naive - offsetAt(naive, timeZone);
  utc = naive - offsetAt(utc, timeZone);
  return new Date(utc).toISOString();
}

/** What the zone's clocks show at a moment, to the minute: "2011-03-27T22:30". */
export function shownAt(iso: string, timeZone: string): string {
  const utc = Date.parse(iso);
  return new Date(utc + offsetAt(utc, timeZone)).toISOString().slice(0, 16);
}

/** The day after, as a calendar date. */
export function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** The calendar day of a moment in the zone. */
export function dayOf(iso: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    new Date(iso),
  );
}

/** "2011-03" plus n months. */
export function addMonths(month: string, n: number): string {
  const [y = 0, m = 1] = month.split('-').map(Number);
  const index = y * 12 + (m - 1) + n;
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}`;
}

/** How many months from the first to the last, both counted. */
export function countMonths(from: string, to: string): number {
  const [y1 = 0, m1 = 1] = from.split('-').map(Number);
  const [y2 = 0, m2 = 1] = to.split('-').map(Number);
  return y2 * 12 + m2 - (y1 * 12 + m1) + 1;
}

export function isMonth(text: unknown): text is string {
  return typeof text === 'string' && /^\d{4}-(0[1-9]|1[0-2])$/.test(text);
}

/** Whether the runtime knows the zone. */
export function isZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return timeZone !== '';
  } catch {
    return false;
  }
}
