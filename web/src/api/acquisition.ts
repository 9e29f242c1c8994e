// Calls of the pages about where people come from: channels and costs, live codes, links, cards, forms, arrivals, reports.
import { address, client, currentLanguage, ok, type ExportFormat } from './http';
import { problemFrom } from './problem';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;

export type Channel = Schemas['Channel'];
export type Cost = Schemas['Cost'];
export type Booked = Schemas['Booked'];
export type Code = Schemas['Code'];
export type CodeSpec = Schemas['CodeSpec'];
export type CodeInput = Schemas['CodeInput'];
export type CodeMember = Schemas['CodeMember'];
export type CodeShift = Schemas['CodeShift'];
export type CodeStatistics = Schemas['CodeStatistics'];
export type Welcome = Schemas['Welcome'];
export type WelcomePart = Schemas['AcquisitionPart'];
export type Link = Schemas['Link'];
export type Batch = Schemas['Batch'];
export type Card = Schemas['Card'];
export type Form = Schemas['Form'];
export type Poster = Schemas['Poster'];
export type Reward = Schemas['Reward'];
export type Share = Schemas['Share'];
export type Showcased = Schemas['Showcased'];
export type CardVisitor = Schemas['CardVisitor'];
export type Arrival = Schemas['Arrival'];
export type ArrivalQuery = QueryOf<'list-arrivals'>;
export type Report = Schemas['Report'];
export type ReportRow = Schemas['ReportRow'];
export type Figures = Schemas['Figures'];
export type ReportQuery = QueryOf<'get-payback'>;
export type ReportBy = NonNullable<QueryOf<'get-attribution'>['by']>;
export type Payback = Schemas['Payback'];
export type Account = Schemas['Account'];

const one = (id: string) => ({ params: { path: { id } } });
const at = (path: Parameters<typeof address>[0], id: string, query: Record<string, string | number | undefined> = {}) =>
  address(path, query).replace('{id}', encodeURIComponent(id));

/** Everything that a list holds, page after page. For lists that people make by hand, which are short. */
async function all<T>(read: (cursor?: string) => Promise<{ items: T[] | null; next_cursor: string }>): Promise<T[]> {
  const out: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    out.push(...(page.items ?? []));
    cursor = page.next_cursor || undefined;
  } while (cursor);
  return out;
}

/** Sends one file. The generated client would have to be told how a form is written. */
async function send<T>(to: string, file: File): Promise<T> {
  const body = new FormData();
  body.append('file', file);
  const response = await fetch(to, { method: 'POST', body, credentials: 'same-origin', headers: { 'Accept-Language': currentLanguage() } });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw problemFrom(response.status, answer, response.headers.get('X-Request-Id') ?? '');
  return answer as T;
}

export const channels = {
  all: () => all((cursor) => ok(client.GET('/api/v1/channels', { params: { query: { limit: 100, cursor } } }))),
  create: (name: string, parent_id?: string) => ok(client.POST('/api/v1/channels', { body: { name, parent_id } })),
  update: (id: string, body: Schemas['ChannelPatch']) => ok(client.PATCH('/api/v1/channels/{id}', { ...one(id), body })),
};

export const costs = {
  between: (query: { from?: string; to?: string; channel_id?: string }) =>
    all((cursor) => ok(client.GET('/api/v1/channel-costs', { params: { query: { ...query, limit: 100, cursor } } }))),
  put: (channel: string, body: Schemas['CostEntry']) => ok(client.PUT('/api/v1/channels/{id}/costs', { ...one(channel), body })),
  remove: (channel: string, from: string, to?: string) =>
    ok(client.DELETE('/api/v1/channels/{id}/costs', { params: { path: { id: channel }, query: { from, to } } })),
  upload: (file: File, replace: boolean) => send<Booked>(address('/api/v1/channel-costs/upload', { replace: String(replace) }), file),
  exportAddress: (format: ExportFormat, query: { from?: string; to?: string; channel_id?: string }) =>
    address('/api/v1/channel-costs/export', { ...query, format }),
};

export const codes = {
  list: (query: QueryOf<'list-codes'>) => ok(client.GET('/api/v1/codes', { params: { query } })),
  /** To choose from: all that have not ended. */
  offered: () => all((cursor) => ok(client.GET('/api/v1/codes', { params: { query: { limit: 100, status: 'active', cursor } } }))),
  read: (id: string) => ok(client.GET('/api/v1/codes/{id}', one(id))),
  create: (body: CodeInput) => ok(client.POST('/api/v1/codes', { body })),
  update: (id: string, body: Schemas['CodePatch']) => ok(client.PATCH('/api/v1/codes/{id}', { ...one(id), body })),
  push: (id: string) => ok(client.POST('/api/v1/codes/{id}/push', one(id))),
  statistics: (id: string, query: { from?: string; to?: string }) =>
    ok(client.GET('/api/v1/codes/{id}/statistics', { params: { path: { id }, query } })),
};

/** What a QR and a poster can be drawn of. */
export type Drawn = 'codes' | 'links' | 'forms';

export const pictures = {
  qr: (kind: Drawn, id: string, format: 'png' | 'svg', size: number) => at(`/api/v1/${kind}/{id}/qr`, id, { format, size }),
  poster: (kind: Drawn, id: string, poster_id: string) => at(`/api/v1/${kind}/{id}/poster`, id, { poster_id }),
  posters: () => all((cursor) => ok(client.GET('/api/v1/posters', { params: { query: { limit: 100, cursor } } }))),
  address: (id: string) => at('/api/v1/posters/{id}/picture', id),
  create: (file: File, query: { name: string; x: number; y: number; size: number }) => send<Poster>(address('/api/v1/posters', query), file),
  remove: (id: string) => ok(client.DELETE('/api/v1/posters/{id}', one(id))),
};

export const links = {
  list: (query: QueryOf<'list-links'>) => ok(client.GET('/api/v1/links', { params: { query } })),
  create: (body: Schemas['LinkInput']) => ok(client.POST('/api/v1/links', { body })),
  update: (id: string, body: Schemas['LinkPatch']) => ok(client.PATCH('/api/v1/links/{id}', { ...one(id), body })),
};

export const forms = {
  list: (query: QueryOf<'list-forms'>) => ok(client.GET('/api/v1/forms', { params: { query } })),
  create: (body: Schemas['FormInput']) => ok(client.POST('/api/v1/forms', { body })),
  update: (id: string, body: Schemas['FormPatch']) => ok(client.PATCH('/api/v1/forms/{id}', { ...one(id), body })),
};

export const batches = {
  list: (query: QueryOf<'list-card-batches'>) => ok(client.GET('/api/v1/cards', { params: { query } })),
  create: (body: Schemas['BatchInput']) => ok(client.POST('/api/v1/cards', { body })),
  update: (id: string, body: Schemas['BatchPatch']) => ok(client.PATCH('/api/v1/cards/{id}', { ...one(id), body })),
  cards: (id: string, query: { limit?: number; cursor?: string }) =>
    ok(client.GET('/api/v1/cards/{id}/cards', { params: { path: { id }, query } })),
  void: (id: string, serial: number, voided: boolean) =>
    ok(client.PUT('/api/v1/cards/{id}/cards/{serial}', { params: { path: { id, serial } }, body: { voided } })),
  sheetAddress: (id: string, query: { from?: number; to?: number; poster_id?: string }) => at('/api/v1/cards/{id}/sheet', id, query),
  exportAddress: (format: ExportFormat, id: string) => at('/api/v1/cards/{id}/export', id, { format }),
};

export const rewards = {
  list: (query: QueryOf<'list-rewards'>) => ok(client.GET('/api/v1/rewards', { params: { query } })),
  offered: () => all((cursor) => ok(client.GET('/api/v1/rewards', { params: { query: { limit: 100, status: 'active', cursor } } }))),
  create: (body: Schemas['RewardInput']) => ok(client.POST('/api/v1/rewards', { body })),
  end: (id: string, status: 'active' | 'ended') => ok(client.PATCH('/api/v1/rewards/{id}', { ...one(id), body: { status } })),
};

export const shares = {
  list: (query: QueryOf<'list-shares'>) => ok(client.GET('/api/v1/shares', { params: { query } })),
  make: (body: Schemas['ShareInput']) => ok(client.POST('/api/v1/shares', { body })),
  mine: () => ok(client.GET('/api/v1/shares/mine')),
  putMine: (body: Schemas['MyShareInput']) => ok(client.PUT('/api/v1/shares/mine', { body })),
  putPhoto: (file: File) => send<Share>(address('/api/v1/shares/mine/photo'), file),
  deletePhoto: () => ok(client.DELETE('/api/v1/shares/mine/photo')),
  showcase: (of: 'mine' | 'everyone') => (of === 'mine' ? ok(client.GET('/api/v1/shares/mine/showcase')) : ok(client.GET('/api/v1/showcase'))),
  putShowcase: (of: 'mine' | 'everyone', items: Schemas['ShowcaseItem'][]) =>
    of === 'mine' ? ok(client.PUT('/api/v1/shares/mine/showcase', { body: { items } })) : ok(client.PUT('/api/v1/showcase', { body: { items } })),
  visitors: (query: QueryOf<'list-card-visitors'>) => ok(client.GET('/api/v1/card-visitors', { params: { query } })),
};

export const arrivals = {
  list: (query: ArrivalQuery) => ok(client.GET('/api/v1/arrivals', { params: { query } })),
  exportAddress: (format: ExportFormat, query: ArrivalQuery) => address('/api/v1/arrivals/export', { ...query, format }),
  /** Where the browser listens for arrivals as they happen. */
  streamAddress: (query: QueryOf<'stream-arrivals'>) => address('/api/v1/arrivals/stream', query),
};

export const attribution = {
  report: (by: ReportBy, query: ReportQuery) => ok(client.GET('/api/v1/attribution', { params: { query: { ...query, by } } })),
  payback: (query: ReportQuery) => ok(client.GET('/api/v1/attribution/payback', { params: { query } })),
  exportAddress: (format: ExportFormat, by: ReportBy, query: ReportQuery) => address('/api/v1/attribution/export', { ...query, by, format }),
};

export const accounts = {
  list: () => ok(client.GET('/api/v1/carriers/accounts')),
  /** Who of the staff is a member there. */
  staff: (id: string) => ok(client.GET('/api/v1/carriers/accounts/{id}/staff', one(id))),
};
