// The customer list's filters: in the address as plain text, in the API as its query.
import type { PersonQuery, Stage } from '../api/types';
import { nextDay, startOfDay } from './zone';

export const stages: readonly Stage[] = ['new', 'first_order', 'repeat', 'silent', 'lost'];

export const sortable = ['last_order_at', 'created_at', 'gmv_minor', 'orders', 'name'] as const;
export type SortKey = (typeof sortable)[number];

export interface CustomerFilters {
  q?: string;
  stage?: Stage;
  tag?: string;
  region?: string;
  owner?: string;
  minGmv?: number;
  maxGmv?: number;
  minOrders?: number;
  maxOrders?: number;
  /** Calendar days of the org's time zone, both counted. */
  lastOrderFrom?: string;
  lastOrderTo?: string;
  createdFrom?: string;
  createdTo?: string;
  sort: SortKey;
  descending: boolean;
}

export const noFilters: CustomerFilters = { sort: 'last_order_at', descending: true };

const numbers = { minGmv: 'min_gmv', maxGmv: 'max_gmv', minOrders: 'min_orders', maxOrders: 'max_orders' } as const;
const days = {
  lastOrderFrom: 'last_order_from',
  lastOrderTo: 'last_order_to',
  createdFrom: 'created_from',
  createdTo: 'created_to',
} as const;
const texts = { q: 'q', tag: 'tag', region: 'region', owner: 'owner' } as const;

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

/** Reads filters from an address. What makes no sense is left out: an address is typed by anybody. */
export function decodeFilters(params: Record<string, string | undefined>): CustomerFilters {
  const f: CustomerFilters = { ...noFilters };
  for (const [key, name] of Object.entries(texts) as [keyof typeof texts, string][]) {
    const text = params[name]?.trim();
    if (text) f[key] = text.slice(0, 200);
  }
  const stage = stages.find((s) => s === params.stage);
  if (stage) f.stage = stage;
  for (const [key, name] of Object.entries(numbers) as [keyof typeof numbers, string][]) {
    const text = params[name];
    if (text && /^\d{1,15}$/.test(text)) f[key] = Number(text);
  }
  for (const [key, name] of Object.entries(days) as [keyof typeof days, string][]) {
    const text = params[name];
    if (text && isDay(text)) f[key] = text;
  }
  const wanted = params.sort?.replace(/^-/, '');
  const sort = sortable.find((s) => s === wanted);
  if (sort) {
    f.sort = sort;
    f.descending = params.sort?.startsWith('-') ?? false;
  }
  return f;
}

/** The other way; what is at its default is left out, so that addresses stay short. */
export function encodeFilters(f: CustomerFilters): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [key, name] of [...Object.entries(texts), ...Object.entries(days), ...Object.entries(numbers)]) {
    const value = f[key as keyof CustomerFilters];
    if (value !== undefined && value !== '') out[name] = String(value);
  }
  if (f.stage) out.stage = f.stage;
  const sort = (f.descending ? '-' : '') + f.sort;
  if (sort !== '-last_order_at') out.sort = sort;
  return out;
}

/** The API's query for these filters. Days become moments: from the first's beginning to the last's end. */
export function toQuery(f: CustomerFilters, timeZone: string): PersonQuery {
  const begin = (day?: string) => (day ? startOfDay(day, timeZone) : undefined);
  const end = (day?: string) => (day ? startOfDay(nextDay(day), timeZone) : undefined);
  return {
    q: f.q,
    stage: f.stage,
    tag_id: f.tag,
    region: f.region,
    owner_staff_id: f.owner,
    min_gmv_minor: f.minGmv,
    max_gmv_minor: f.maxGmv,
    min_orders: f.minOrders,
    max_orders: f.maxOrders,
    last_order_from: begin(f.lastOrderFrom),
    last_order_to: end(f.lastOrderTo),
    created_from: begin(f.createdFrom),
    created_to: end(f.createdTo),
    sort: f.descending ? `-${f.sort}` : f.sort,
  };
}

/** How many filters are set, sorting not counted. */
export function countFilters(f: CustomerFilters): number {
  const { sort: _sort, ...rest } = encodeFilters(f);
  return Object.keys(rest).length;
}
