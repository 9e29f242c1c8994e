// The figures of a report, as text and as places on a line.
import type { Outcome, Report } from '../../api/campaigns';

interface Format {
  money: (minor: number, currency?: string) => string;
  number: (n: number) => string;
  share: (n: number, digits?: number) => string;
}

/** A count of people or orders, or an amount, with no more places than it deserves. */
export function amount(key: string, value: number, currency: string, f: Format): string {
  if (key === 'money') return f.money(Math.round(value), currency);
  return f.number(Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 10) / 10);
}

/** The same with its sign: what it brought, or took. */
export function difference(key: string, value: number, currency: string, f: Format): string {
  const text = amount(key, Math.abs(value), currency, f);
  return /[1-9]/.test(text) ? `${value < 0 ? '−' : '+'}${text}` : text;
}

/** What one person of a side comes to. */
export function mean(o: Pick<Outcome, 'key' | 'rate'>, side: Outcome['control'], currency: string, f: Format): string {
  if (o.rate) return f.share(side.mean, 2);
  if (o.key === 'money') return f.money(Math.round(side.mean), currency);
  return f.number(Math.round(side.mean * 1000) / 1000);
}

/** Where low, nought, estimate and high are on a line from 0 to 100 that shows all of them. */
export function places(low: number, estimate: number, high: number): { low: number; zero: number; estimate: number; high: number } {
  const from = Math.min(low, 0);
  const to = Math.max(high, 0);
  const room = (to - from) * 0.08 || 1;
  const at = (v: number) => ((v - from + room) / (to - from + 2 * room)) * 100;
  return { low: at(low), zero: at(0), estimate: at(estimate), high: at(high) };
}

/** The report as rows of a table to take along. */
export function sheetOf(r: Report, name: (key: string) => string, head: readonly string[]): (string | number)[][] {
  return [[...head], ...(r.outcomes ?? []).map((o) => [name(o.key), o.control.n, o.control.mean, o.treated.n, o.treated.mean, o.per_1000.estimate, o.per_1000.low, o.per_1000.high, o.total.estimate, o.p_value, o.verdict])];
}
