// Calls of the pages about what is said: sensitive words, cases and complaints, the session archive, contacts that have gone, money.
import { address, client, currentLanguage, ok, unauthenticated, type ExportFormat } from './http';
import { problemFrom } from './problem';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;

export type WordList = Schemas['WordList'];
export type WordListInput = Schemas['WordListInput'];
export type Word = Schemas['Word'];
export type Verdict = Schemas['Verdict'];
export type Hit = Schemas['Hit'];
export type Case = Schemas['Case'];
export type CaseDetails = Schemas['CaseDetails'];
export type CaseChange = Schemas['CaseChange'];
export type CaseQuery = QueryOf<'list-cases'>;
export type Thread = Schemas['Thread'];
export type ThreadQuery = QueryOf<'list-archive-threads'>;
export type ArchiveFilter = QueryOf<'export-archive'>;
export type ArchivedMessage = Schemas['ArchivedMessage'];
export type Zombie = Schemas['Zombie'];
export type ZombieQuery = QueryOf<'list-zombies'>;
export type Money = Schemas['Money'];
export type MoneyRow = Schemas['MoneyRow'];
export type MoneyQuery = QueryOf<'get-staff-money'>;
export type Settings = Schemas['CareSettings'];
export type SettingsPatch = operations['update-care-settings']['requestBody']['content']['application/json'];

const one = (id: string) => ({ params: { path: { id } } });
const at = (path: Parameters<typeof address>[0], id: string, query: Record<string, string | number | undefined> = {}) =>
  address(path, query).replace('{id}', encodeURIComponent(id));

export const words = {
  lists: () => ok(client.GET('/api/v1/care/lists')),
  create: (body: WordListInput) => ok(client.POST('/api/v1/care/lists', { body })),
  update: (id: string, body: WordListInput) => ok(client.PATCH('/api/v1/care/lists/{id}', { ...one(id), body })),
  remove: (id: string) => ok(client.DELETE('/api/v1/care/lists/{id}', one(id))),
  page: (id: string, query: QueryOf<'list-words'>) => ok(client.GET('/api/v1/care/lists/{id}/words', { params: { path: { id }, query } })),
  change: (id: string, body: { add?: Word[]; remove?: Word[] }) => ok(client.POST('/api/v1/care/lists/{id}/words', { ...one(id), body })),
  check: (text: string) => ok(client.POST('/api/v1/care/check', { body: { text } })),
  exportAddress: (id: string, format: ExportFormat) => at('/api/v1/care/lists/{id}/export', id, { format }),
  /** Sends one file. The generated client would have to be told how a form is written. */
  upload: async (id: string, file: File, replace: boolean): Promise<Schemas['Imported']> => {
    const body = new FormData();
    body.append('file', file);
    const response = await fetch(at('/api/v1/care/lists/{id}/import', id, { replace: String(replace) }), {
      method: 'POST',
      body,
      credentials: 'same-origin',
      headers: { 'Accept-Language': currentLanguage() },
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.status === 401) unauthenticated();
    if (!response.ok) throw problemFrom(response.status, answer, response.headers.get('X-Request-Id') ?? '');
    return answer as Schemas['Imported'];
  },
};

export const cases = {
  counts: () => ok(client.GET('/api/v1/care/counts')),
  list: (query: CaseQuery) => ok(client.GET('/api/v1/care/cases', { params: { query } })),
  read: (id: string) => ok(client.GET('/api/v1/care/cases/{id}', one(id))),
  change: (id: string, body: CaseChange) => ok(client.POST('/api/v1/care/cases/{id}', { ...one(id), body })),
  reveal: (id: string) => ok(client.POST('/api/v1/care/cases/{id}/reveal', one(id))),
  complain: (body: Schemas['ComplaintInput']) => ok(client.POST('/api/v1/care/complaints', { body })),
  perStaff: (query: QueryOf<'count-cases-per-staff'>) => ok(client.GET('/api/v1/care/cases/staff', { params: { query } })),
  exportAddress: (query: CaseQuery, format: ExportFormat) => address('/api/v1/care/cases/export', { ...flat(query), format }),
};

export const archive = {
  threads: (query: ThreadQuery) => ok(client.GET('/api/v1/care/archive/threads', { params: { query } })),
  messages: (id: string, query: QueryOf<'read-archive-thread'>) => ok(client.GET('/api/v1/care/archive/threads/{id}/messages', { params: { path: { id }, query } })),
  search: (query: QueryOf<'search-archive'>) => ok(client.GET('/api/v1/care/archive/search', { params: { query } })),
  pull: () => ok(client.POST('/api/v1/care/archive/pull')),
  exportAddress: (query: ArchiveFilter, format: ExportFormat) => address('/api/v1/care/archive/export', { ...flat(query), format }),
};

export const zombies = {
  counts: () => ok(client.GET('/api/v1/care/zombies/counts')),
  list: (query: ZombieQuery) => ok(client.GET('/api/v1/care/zombies', { params: { query } })),
  toList: (body: Schemas['ToListInBody']) => ok(client.POST('/api/v1/care/zombies/list', { body })),
  exportAddress: (query: ZombieQuery, format: ExportFormat) => address('/api/v1/care/zombies/export', { ...flat(query), format }),
};

export const money = {
  totals: (query: MoneyQuery) => ok(client.GET('/api/v1/care/money', { params: { query } })),
  exportAddress: (query: MoneyQuery, format: ExportFormat) => address('/api/v1/care/money/export', { ...flat(query), format }),
};

export const settings = {
  read: () => ok(client.GET('/api/v1/care/settings')),
  update: (body: SettingsPatch) => ok(client.PATCH('/api/v1/care/settings', { body })),
};

/** A query as an address has it. */
function flat(query: Record<string, unknown>): Record<string, string | number | undefined> {
  return Object.fromEntries(Object.entries(query).flatMap(([k, v]) => (typeof v === 'string' || typeof v === 'number' ? [[k, v]] : v === true ? [[k, 'true']] : [])));
}
