// Calls of the pages about today's list: who matters today, the team, the rules.
import { address, client, ok, type ExportFormat } from './http';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;

export type TodayList = Schemas['FollowupList'];
export type TodayItem = Schemas['Item'];
export type TodayReason = Schemas['Reason'];
export type TodayQuery = QueryOf<'get-today'>;
export type Outcome = Schemas['Outcome'];
export type Promised = Schemas['Promise'];
export type PromiseQuery = QueryOf<'list-promises'>;
export type TodayRule = Schemas['FollowupRule'];
export type TodayRuleInput = Schemas['RuleInput'];
export type TodayPreview = Schemas['FollowupPreview'];
export type TodaySettings = Schemas['FollowupSettings'];
export type Team = Schemas['TeamCoverage'];
export type Coverage = Schemas['Coverage'];

const one = (id: string) => ({ params: { path: { id } } });

export const today = {
  list: (query: TodayQuery) => ok(client.GET('/api/v1/today', { params: { query } })),
  item: (id: string) => ok(client.GET('/api/v1/today/items/{id}', one(id))),
  done: (id: string, body: Outcome) => ok(client.POST('/api/v1/today/items/{id}/done', { ...one(id), body })),
  postpone: (id: string, body: Outcome) => ok(client.POST('/api/v1/today/items/{id}/postpone', { ...one(id), body })),
  decline: (id: string, body: Outcome) => ok(client.POST('/api/v1/today/items/{id}/decline', { ...one(id), body })),
  undo: (id: string) => ok(client.POST('/api/v1/today/items/{id}/undo', one(id))),
  assign: (id: string, staff_id: string) => ok(client.POST('/api/v1/today/items/{id}/assign', { ...one(id), body: { staff_id } })),
  rebuild: () => ok(client.POST('/api/v1/today/build')),
  team: (query: QueryOf<'get-today-team'>) => ok(client.GET('/api/v1/today/team', { params: { query } })),
  exportAddress: (format: ExportFormat, day: string, to: string) => address('/api/v1/today/team/export', { format, day, to }),
  settings: () => ok(client.GET('/api/v1/today/settings')),
  putSettings: (body: TodaySettings) => ok(client.PUT('/api/v1/today/settings', { body })),
};

export const promises = {
  create: (body: Schemas['PromiseInput']) => ok(client.POST('/api/v1/today/promises', { body })),
  list: (query: PromiseQuery) => ok(client.GET('/api/v1/today/promises', { params: { query } })),
  update: (id: string, body: Schemas['PromisePatch']) => ok(client.PATCH('/api/v1/today/promises/{id}', { ...one(id), body })),
};

export const rules = {
  list: () => ok(client.GET('/api/v1/today/rules')),
  create: (body: TodayRuleInput) => ok(client.POST('/api/v1/today/rules', { body })),
  update: (id: string, body: TodayRuleInput & { version?: number }) => ok(client.PUT('/api/v1/today/rules/{id}', { ...one(id), body })),
  remove: (id: string) => ok(client.DELETE('/api/v1/today/rules/{id}', one(id))),
  order: (ids: string[]) => ok(client.POST('/api/v1/today/rules/order', { body: { ids } })),
  preview: (body: TodayRuleInput & { rule_id?: string }) => ok(client.POST('/api/v1/today/rules/preview', { body })),
  traits: () => ok(client.GET('/api/v1/today/anchors')),
};
