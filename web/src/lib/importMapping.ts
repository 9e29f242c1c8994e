// Which column of a file means what: the logic of the import form, without the form.
import type { ImportKind, Mapping } from '../api/types';

export const fieldsOf: Record<ImportKind, readonly string[]> = {
  orders: ['customer', 'order', 'time', 'quantity', 'price', 'amount', 'sku', 'name', 'region', 'phone', 'email'],
  persons: ['customer', 'name', 'phone', 'email', 'region', 'gender', 'birthday', 'created'],
};

/** Keeps of a guess only what the kind knows and the file has. */
export function sanitize(kind: ImportKind, guess: Mapping | null | undefined, columns: readonly string[]): Mapping {
  const out: Mapping = {};
  for (const field of fieldsOf[kind]) {
    const column = guess?.[field];
    if (column && columns.includes(column)) out[field] = column;
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

/** What is still missing before an import can start: keys of the texts under `imports.missing`. */
export function missing(kind: ImportKind, mapping: Mapping): string[] {
  const has = (field: string) => Boolean(mapping[field]);
  const out: string[] = [];
  if (!has('customer') && !has('phone') && !has('email')) out.push('who');
  if (kind === 'orders') {
    if (!has('time')) out.push('time');
    if (!has('amount') && !(has('price') && has('quantity'))) out.push('amount');
  }
  return out;
}

export interface ImportOptions {
  kind: ImportKind;
  preset: string;
  timeLayout: string;
  timeZone: string;
  currency: string;
  refundPrefix: string;
  encoding: string;
}

/** The request that starts an import; options that do not apply are left out. */
export function startRequest(uploadId: string, mapping: Mapping, o: ImportOptions): Record<string, unknown> {
  const body: Record<string, unknown> = {
    upload_id: uploadId,
    kind: o.kind,
    mapping: sanitize(o.kind, mapping, Object.values(mapping)),
    time_zone: o.timeZone,
  };
  if (o.preset) body.preset = o.preset;
  if (o.timeLayout) body.time_layout = o.timeLayout;
  if (o.encoding) body.encoding = o.encoding;
  if (o.kind === 'orders') {
    body.currency = o.currency;
    if (o.refundPrefix) body.refund_prefix = o.refundPrefix;
  }
  return body;
}
