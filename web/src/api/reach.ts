// Calls of the gate: its rules, what it would say of somebody, how sending goes, and to whom nothing goes.
import { address, client, ok, type ExportFormat } from './http';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;

export type GateSettings = Schemas['ReachSettings'];
export type GateVerdict = Schemas['ReachVerdict'];
export type RuleVerdict = Schemas['RuleVerdict'];
export type AccountStatus = Schemas['AccountStatus'];
export type GateMessage = Schemas['MessageItem'];
export type MessageQuery = QueryOf<'list-reach-messages'>;
export type MessageState = NonNullable<MessageQuery['status']>;
export type Blocked = Schemas['Blocked'];
export type SendPlan = Schemas['Progress'];
export type PlanState = SendPlan['status'];
export type Purpose = NonNullable<QueryOf<'explain-reach'>['purpose']>;

const one = (id: string) => ({ params: { path: { id } } });

export const reach = {
  settings: () => ok(client.GET('/api/v1/reach/settings')),
  saveSettings: (body: GateSettings) => ok(client.PUT('/api/v1/reach/settings', { body })),
  clock: () => ok(client.GET('/api/v1/reach/clock')),
  believeClock: () => ok(client.POST('/api/v1/reach/clock/believe')),
  explain: (query: QueryOf<'explain-reach'>) => ok(client.GET('/api/v1/reach/explain', { params: { query } })),
  accounts: () => ok(client.GET('/api/v1/reach/accounts')),
  saveAccount: (id: string, body: { paused: boolean; per_minute: number }) => ok(client.PUT('/api/v1/reach/accounts/{id}', { ...one(id), body })),
  plans: (query: QueryOf<'list-reach-plans'>) => ok(client.GET('/api/v1/reach/plans', { params: { query } })),
  plan: (id: string) => ok(client.GET('/api/v1/reach/plans/{id}', one(id))),
  pause: (id: string) => ok(client.POST('/api/v1/reach/plans/{id}/pause', one(id))),
  resume: (id: string) => ok(client.POST('/api/v1/reach/plans/{id}/resume', one(id))),
  cancel: (id: string) => ok(client.POST('/api/v1/reach/plans/{id}/cancel', one(id))),
  messages: (query: MessageQuery) => ok(client.GET('/api/v1/reach/messages', { params: { query } })),
  messagesAddress: (format: ExportFormat, query: Pick<MessageQuery, 'plan_id' | 'status' | 'why'>) => address('/api/v1/reach/messages/export', { ...query, format }),
  settle: (id: string, as: 'sent' | 'again') => ok(client.POST('/api/v1/reach/messages/{id}/settle', { ...one(id), body: { as } })),
  blocked: (query: QueryOf<'list-reach-blocked'>) => ok(client.GET('/api/v1/reach/blocked', { params: { query } })),
  blockedAddress: (format: ExportFormat) => address('/api/v1/reach/blocked/export', { format }),
  block: (person_id: string, reason: string) => ok(client.POST('/api/v1/reach/blocked', { body: { person_id, ...(reason ? { reason } : {}) } })),
  unblock: (id: string) => ok(client.DELETE('/api/v1/reach/blocked/{id}', one(id))),
};
