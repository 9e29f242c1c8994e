// Numbers, money and times as text. Pure functions: language and time zone are arguments.

const digitsOf = new Map<string, number>();

/** How many decimal places a currency has: 2 for CNY, 0 for JPY. Unknown codes count as 2. */
export function currencyDigits(currency: string): number {
  let digits = digitsOf.get(currency);
  if (digits === undefined) {
    try {
      digits =
        new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    } catch {
      digits = 2;
    }
    digitsOf.set(currency, digits);
  }
  return digits;
}

/**
 * Minor units as text with the currency: 123456 of CNY is "¥1,234.56". With home, nobody takes the currency for another
 * one, so that its own short sign is enough in every language ("CN¥" otherwise in English).
 */
export function formatMoney(minor: number, currency: string, language: string, compact = false, home = false): string {
  const value = minor / 10 ** currencyDigits(currency);
  // What a language does not shorten, such as 3,663 in Chinese, is whole and grouped.
  const short = compact && Math.abs(value) >= (language.startsWith('zh') ? 10_000 : 1000);
  try {
    return new Intl.NumberFormat(language, {
      style: 'currency',
      currency,
      ...(home ? { currencyDisplay: 'narrowSymbol' as const } : {}),
      ...(short ? { notation: 'compact', maximumFractionDigits: 1, minimumFractionDigits: 0 } : compact ? { maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0, minimumFractionDigits: 0 } : {}),
    }).format(value);
  } catch {
    return `${formatNumber(value, language)} ${currency}`.trim();
  }
}

/** Reads what somebody typed as an amount into minor units; undefined when it is not one. */
export function parseMoney(text: string, currency: string): number | undefined {
  const clean = text.replace(/[\s,，]/g, '');
  if (!/^-?\d+(\.\d+)?$/.test(clean)) return undefined;
  const minor = Math.round(Number(clean) * 10 ** currencyDigits(currency));
  return Number.isSafeInteger(minor) ? minor : undefined;
}

export function formatNumber(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(value);
}

/** Short form for axes: 12000 is "1.2万" in Chinese and "12K" in English. */
export function formatCompact(value: number, language: string): string {
  return new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** A share between 0 and 1 as a percentage. */
export function formatShare(share: number, language: string, digits = 1): string {
  return new Intl.NumberFormat(language, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(share);
}

export interface Change {
  /** Relative change, or undefined when there was nothing to compare with. */
  ratio?: number;
  direction: 'up' | 'down' | 'same';
}

export function change(now: number, before: number | undefined | null): Change {
  if (before === undefined || before === null) return { direction: 'same' };
  const direction = now > before ? 'up' : now < before ? 'down' : 'same';
  return before === 0 ? { direction } : { ratio: (now - before) / Math.abs(before), direction };
}

/** The exact moment in the zone, to the second, with the zone's offset left out: the zone is said beside it. */
export function formatDateTime(iso: string, timeZone: string, language: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  return new Intl.DateTimeFormat(language, {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(date);
}

export function formatDate(iso: string, timeZone: string, language: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  return new Intl.DateTimeFormat(language, { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(date);
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 days ago"; under a minute it is "now". Works for the future as well. */
export function formatRelative(iso: string, now: number, language: string): string {
  const then = new Date(iso).getTime();
  if (Number.isNaN(then)) return '';
  const seconds = Math.round((then - now) / 1000);
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, 'second');
}

/** A length of time in seconds, said with two units at most. */
export function formatDuration(seconds: number, language: string): string {
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: 1 }).format(
      value,
    );
  if (seconds < 60) return unit(seconds, 'second');
  const whole = Math.round(seconds);
  if (whole < 3600) return `${unit(Math.floor(whole / 60), 'minute')} ${unit(whole % 60, 'second')}`;
  return `${unit(Math.floor(whole / 3600), 'hour')} ${unit(Math.floor((whole % 3600) / 60), 'minute')}`;
}

export function formatBytes(bytes: number, language: string): string {
  const names = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  let value = bytes;
  let i = 0;
  while (value >= 1000 && i < names.length - 1) {
    value /= 1000;
    i++;
  }
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: names[i] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 && i > 0 ? 1 : 0,
  }).format(value);
}
