import { addDays } from '../acquisition/days';
import { dayOf } from '../../lib/zone';

/** A calendar day ("2026-11-22") as people say it, with its weekday. */
export function dayName(day: string, language: string): string {
  if (!day) return '';
  return new Intl.DateTimeFormat(language, { timeZone: 'UTC', month: 'long', day: 'numeric', weekday: 'short' }).format(new Date(`${day}T00:00:00Z`));
}

/** The hour and minute of a moment in the zone. */
export function clockTime(iso: string, timeZone: string, language: string): string {
  return new Intl.DateTimeFormat(language, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(iso));
}

/** How far the zone's wall clock is from what a field of date and time says, undone: the moment meant in the zone. */
export function momentOf(wall: string, timeZone: string): string {
  const naive = Date.parse(`${wall}:00Z`);
  const shift = (utc: number) => {
    const parts = new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).formatToParts(utc);
    const of = (type: string) => Number(parts.find((p) => p.type === type)?.value);
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute')) - Math.floor(utc / 60_000) * 60_000;
  };
  let utc = naive - shift(naive);
  utc = naive - shift(utc);
  return new Date(utc).toISOString();
}

/** The days that are offered when something is put off. */
export function offered(now: Date, timeZone: string) {
  const today = dayOf(now.toISOString(), timeZone);
  return { today, tomorrow: addDays(today, 1), inThree: addDays(today, 3), inSeven: addDays(today, 7), last: addDays(today, 366) };
}
