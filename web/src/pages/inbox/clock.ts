// Times as lists and threads say them. Making a formatter costs more than formatting with it, and there are many times.
const made = new Map<string, Intl.DateTimeFormat>();

function formatter(language: string, timeZone: string, how: 'day' | 'time' | 'date'): Intl.DateTimeFormat {
  const key = `${how} ${language} ${timeZone}`;
  let f = made.get(key);
  if (!f) {
    f = new Intl.DateTimeFormat(how === 'day' ? 'en-CA' : language, {
      timeZone,
      ...(how === 'time' ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : how === 'date' ? { month: 'numeric', day: 'numeric' } : { year: 'numeric', month: '2-digit', day: '2-digit' }),
    });
    made.set(key, f);
  }
  return f;
}

/** The calendar day of a moment in the zone: 2026-03-27. */
export const localDay = (at: string | number, timeZone: string) => formatter('', timeZone, 'day').format(new Date(at));

/** The time of a day: 09:41. */
export const localTime = (at: string | number, language: string, timeZone: string) => formatter(language, timeZone, 'time').format(new Date(at));

/** The time of a moment today, else its day. */
export const shortTime = (at: string, now: number, language: string, timeZone: string) =>
  localDay(at, timeZone) === localDay(now, timeZone) ? localTime(at, language, timeZone) : formatter(language, timeZone, 'date').format(new Date(at));
