// Which column of a file means what: the logic of the import form, without the form.
import type { ImportKind, ImportStart, Mapping, Preset } from '../api/types';

/** What a column can mean. Traits that the org has declared come after these, as trait:KEY. */
export const fieldsOf: Record<ImportKind, readonly string[]> = {
  orders: ['customer', 'order', 'time', 'quantity', 'price', 'amount', 'sku', 'name', 'region', 'phone', 'email', 'person_name'],
  persons: ['customer', 'name', 'phone', 'email', 'region', 'gender', 'birthday', 'created_at', 'tags', 'owner'],
};

function known(kind: ImportKind, field: string): boolean {
  return fieldsOf[kind].includes(field) || (kind === 'persons' && field.startsWith('trait:'));
}

/** Keeps of a guess only what the kind knows and the file has. */
export function sanitize(kind: ImportKind, guess: Mapping | null | undefined, columns: readonly string[]): Mapping {
  const out: Mapping = {};
  for (const [field, column] of Object.entries(guess ?? {})) {
    if (known(kind, field) && columns.includes(column)) out[field] = column;
  }
  return out;
}

/**
 * Says that a column means the field, or nothing at all. A field has one column
 * and a column one field: what stood in the way is released.
 */
export function assign(mapping: Mapping, column: string, field: string | undefined): Mapping {
  const out: Mapping = {};
  for (const [f, c] of Object.entries(mapping)) {
    if (c !== column && f !== field) out[f] = c;
  }
  if (field) out[field] = column;
  return out;
}

export function fieldOf(mapping: Mapping, column: string): string | undefined {
  return Object.keys(mapping).find((f) => mapping[f] === column);
}

/** Column names that stand twice in the header: neither can be meant. */
export function repeated(columns: readonly string[]): string[] {
  return [...new Set(columns.filter((c, i) => columns.indexOf(c) !== i))];
}

/** What is still missing before an import can start: keys of the texts under `imports.missing`. */
export function missing(kind: ImportKind, mapping: Mapping): string[] {
  const has = (field: string) => Boolean(mapping[field]);
  const out: string[] = [];
  if (!has('customer') && !has('phone') && !has('email')) out.push('who');
  if (kind === 'orders') {
    if (!has('time')) out.push('time');
    if (!has('amount') && !has('price')) out.push('amount');
  }
  return out;
}

export interface ImportOptions {
  kind: ImportKind;
  preset: string;
  source: string;
  timeLayout: string;
  timeZone: string;
  currency: string;
  refundPrefix: string;
  negativeRefunds: boolean;
  encoding: string;
  /** To which channel people are credited who become known by the file; empty: none. */
  channel: string;
}

/** What a preset says about a file, where it says anything. */
export function withPreset(o: ImportOptions, p: Preset): ImportOptions {
  return {
    ...o,
    kind: p.kind as ImportKind,
    preset: p.name,
    timeLayout: '',
    timeZone: p.time_zone || o.timeZone,
    currency: p.currency || o.currency,
    refundPrefix: p.refund_prefix,
  };
}

/** Which date is meant by a layout that two readings fit: the order of day and month. */
export function dateOrder(layout: string): 'dayFirst' | 'monthFirst' | undefined {
  const day = layout.search(/(^|[^0-9])0?2([^0-9]|$)/);
  const month = layout.search(/(^|[^0-9])0?1([^0-9]|$)/);
  if (day < 0 || month < 0) return undefined;
  return day < month ? 'dayFirst' : 'monthFirst';
}

/** The request that starts an import; options that do not apply are left out. */
export function startRequest(uploadId: string, mapping: Mapping, o: ImportOptions): ImportStart {
  const body: ImportStart = {
    upload_id: uploadId,
    kind: o.kind,
    mapping: sanitize(o.kind, mapping, Object.values(mapping)),
    time_zone: o.timeZone,
  };
  if (o.timeLayout) body.time_layout = o.timeLayout;
  if (o.encoding) body.encoding = o.encoding as ImportStart['encoding'];
  if (o.channel) body.channel = o.channel;
  if (o.kind === 'orders') {
    body.currency = o.currency;
    if (o.preset) body.preset = o.preset;
    if (o.source.trim()) body.source = o.source.trim();
    if (o.refundPrefix) body.refund_prefix = o.refundPrefix;
    if (o.negativeRefunds) body.negative_refunds = true;
  }
  return body;
}
