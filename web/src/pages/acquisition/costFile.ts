// A first look at a file of costs before it is sent: what it says, and what the
// server will refuse. The server reads the file again and has the last word.
import type { Channel } from '../../api/acquisition';
import { currencyDigits } from '../../lib/format';
import { daysBetween, isDay } from './days';

export interface CostLine {
  /** As a text editor counts them; the header is line 1. */
  line: number;
  channel: string;
  channelId?: string;
  from: string;
  to: string;
  amount: string;
  minor?: number;
  /** Keys of the texts under `costs.wrong`. */
  wrong: CostFault[];
}

export type CostFault = 'channel' | 'from' | 'to' | 'span' | 'amount' | 'overlap';

export interface CostFile {
  /** The header lacks what is needed: nothing else can be told. */
  headless: boolean;
  lines: CostLine[];
  sumMinor: number;
  /** Days that get a cost: how many, the first and the last. */
  days: number;
  first: string;
  last: string;
}

const columns: Record<string, 'channel' | 'from' | 'to' | 'amount'> = {
  channel: 'channel', channel_id: 'channel', 渠道: 'channel', 渠道编号: 'channel',
  from: 'from', day: 'from', date: 'from', 日期: 'from', 开始日期: 'from', 开始: 'from',
  to: 'to', until: 'to', 结束日期: 'to', 结束: 'to',
  amount: 'amount', cost: 'amount', 费用: 'amount', 金额: 'amount', 花费: 'amount',
};

/** Bytes as text: UTF-8, or what Excel in China writes. */
export function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}

/** Records of separated values with the line that each begins on; empty lines are left out. */
export function records(text: string): { line: number; cells: string[] }[] {
  const source = text.replace(/^\uFEFF/, '');
  const head = source.split('\n', 1)[0] ?? '';
  const count = (c: string) => head.split(c).length;
  const comma = [',', ';', '\t'].reduce((best, c) => (count(c) > count(best) ? c : best));
  const out: { line: number; cells: string[] }[] = [];
  let line = 1;
  let begun = 1;
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  const end = () => {
    cells.push(cell.trim());
    if (cells.some((c) => c !== '')) out.push({ line: begun, cells });
    cells = [];
    cell = '';
  };
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!;
    if (c === '\n') line++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (source[i + 1] === '"') cell += source[++i];
      else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === comma) {
      cells.push(cell.trim());
      cell = '';
    } else if (c === '\n') {
      end();
      begun = line;
    } else if (c !== '\r') cell += c;
  }
  if (cell !== '' || cells.length > 0) end();
  return out;
}

const key = (path: string) =>
  path
    .replace(/^'/, '')
    .split('/')
    .map((n) => n.trim().replace(/\s+/g, ' ').toLowerCase())
    .join('/');

function minorOf(amount: string, currency: string): number | undefined {
  const clean = amount.replace(/[, ]/g, '');
  const digits = currencyDigits(currency);
  const m = /^\+?(\d*)(?:\.(\d*))?$/.exec(clean);
  if (!m || clean === '' || clean === '.') return undefined;
  const decimals = (m[2] ?? '').replace(/0+$/, '');
  if (decimals.length > digits) return undefined;
  const minor = Number((m[1] || '0') + decimals.padEnd(digits, '0'));
  return minor <= 1_000_000_000_000 ? minor : undefined;
}

/** Reads a file's text against the channels that there are. */
export function readCosts(text: string, channels: readonly Channel[], currency: string): CostFile {
  const ids = new Set(channels.map((c) => c.id));
  const names = new Map(channels.map((c) => [key(c.path.join('/')), c.id]));
  const [head, ...body] = records(text);
  const at: Partial<Record<'channel' | 'from' | 'to' | 'amount', number>> = {};
  head?.cells.forEach((name, i) => {
    const column = columns[name.toLowerCase()];
    if (column) at[column] ??= i;
  });
  const out: CostFile = { headless: false, lines: [], sumMinor: 0, days: 0, first: '', last: '' };
  if (at.channel === undefined || at.from === undefined || at.amount === undefined) return { ...out, headless: true };
  const taken = new Set<string>();
  for (const { line, cells } of body) {
    const cell = (name: keyof typeof at) => (at[name] === undefined ? '' : (cells[at[name]] ?? ''));
    const row: CostLine = { line, channel: cell('channel'), from: cell('from'), to: cell('to') || cell('from'), amount: cell('amount'), wrong: [] };
    row.channelId = ids.has(row.channel) ? row.channel : names.get(key(row.channel));
    row.minor = minorOf(row.amount, currency);
    if (!row.channelId) row.wrong.push('channel');
    if (!isDay(row.from)) row.wrong.push('from');
    else if (!isDay(row.to)) row.wrong.push('to');
    else if (row.from > row.to || daysBetween(row.from, row.to) > 366) row.wrong.push('span');
    if (row.minor === undefined) row.wrong.push('amount');
    if (row.wrong.length === 0) {
      const n = daysBetween(row.from, row.to);
      const start = Date.parse(row.from);
      let twice = false;
      for (let i = 0; i < n; i++) {
        const day = `${row.channelId} ${start + i * 86_400_000}`;
        twice ||= taken.has(day);
        taken.add(day);
      }
      if (twice) row.wrong.push('overlap');
      out.days += n;
      out.sumMinor += row.minor!;
      if (!out.first || row.from < out.first) out.first = row.from;
      if (row.to > out.last) out.last = row.to;
    }
    out.lines.push(row);
  }
  return out;
}
