// Calls of the page about what customers are worth, of what groups share, and of questions that are kept.
import { address, client, ok, type ExportFormat } from './http';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];

export type ValueReport = Schemas['ValueReport'];
export type ValueValidation = Schemas['ValueValidation'];
export type ValuedPerson = Schemas['ValuedPerson'];
export type ValuePeopleQuery = Omit<NonNullable<operations['list-clv-people']['parameters']['query']>, 'limit' | 'cursor' | 'show'> & { show: 'top' | 'risk' | 'alive' };
export type SharedInput = operations['tell-shared']['requestBody']['content']['application/json'];
export type Shared = Schemas['SharedAnswer'];
export type SharedFeature = Schemas['SharedFound'];
export type LookAlikeInput = operations['list-look-alikes']['requestBody']['content']['application/json'];
export type LookAlike = Schemas['LookAlike'];
export type KeptQuestion = Schemas['KeptQuestion'];

export const value = {
  read: (query: { days: number; discount: number }) => ok(client.GET('/api/v1/insight/clv', { params: { query } })),
  refit: () => ok(client.POST('/api/v1/insight/clv/refit')),
  people: (query: ValuePeopleQuery & { limit?: number; cursor?: string }) => ok(client.GET('/api/v1/insight/clv/people', { params: { query } })),
  segment: (body: ValuePeopleQuery & { name: string }) => ok(client.POST('/api/v1/insight/clv/people/segment', { body })),
  file: (who: ValuePeopleQuery, format: ExportFormat) => address('/api/v1/insight/clv/people/export', { format, q: JSON.stringify(who) }),
  ofPerson: (id: string, days: number) => ok(client.GET('/api/v1/persons/{id}/value', { params: { path: { id }, query: { days } } })),
};

export const shared = {
  tell: (body: SharedInput) => ok(client.POST('/api/v1/insight/shared', { body })),
  people: (body: LookAlikeInput, query: { limit?: number; cursor?: string }) => ok(client.POST('/api/v1/insight/shared/people', { body, params: { query } })),
  segment: (body: LookAlikeInput & { name: string }) => ok(client.POST('/api/v1/insight/shared/people/segment', { body })),
  file: (who: LookAlikeInput, format: ExportFormat) => address('/api/v1/insight/shared/people/export', { format, q: JSON.stringify(who) }),
};

export const kept = {
  list: () => ok(client.GET('/api/v1/insight/questions')),
  keep: (kind: KeptQuestion['kind'], name: string, question: unknown) => ok(client.POST('/api/v1/insight/questions', { body: { kind, name, question } })),
  change: (id: string, body: { name?: string; question?: unknown }) => ok(client.PATCH('/api/v1/insight/questions/{id}', { params: { path: { id } }, body })),
  remove: (id: string) => ok(client.DELETE('/api/v1/insight/questions/{id}', { params: { path: { id } } })),
  restore: (id: string) => ok(client.POST('/api/v1/insight/questions/{id}/restore', { params: { path: { id } } })),
};
