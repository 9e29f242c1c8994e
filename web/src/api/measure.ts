// Calls of the pages about funnels, retention and paths, and of the people behind their figures.
import { address, client, ok, type ExportFormat } from './http';
import type { operations } from './schema.gen';

type BodyOf<O extends keyof operations> = operations[O] extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
type AnswerOf<O extends keyof operations> = operations[O] extends { responses: { 200: { content: { 'application/json': infer B } } } } ? B : never;

export type FunnelInput = BodyOf<'count-funnel'>;
export type FunnelStep = FunnelInput['steps'][number];
export type EventCondition = NonNullable<FunnelStep['where']>[number];
export type Funnel = AnswerOf<'count-funnel'>;
export type RetentionInput = BodyOf<'count-retention'>;
export type Retention = AnswerOf<'count-retention'>;
export type PathsInput = BodyOf<'count-paths'>;
export type Paths = AnswerOf<'count-paths'>;
export type PathNode = Paths['next'][number];
export type EventKind = NonNullable<AnswerOf<'list-event-kinds'>['items']>[number];
export type PeopleInput = BodyOf<'list-people-behind'>;
export type PersonBehind = NonNullable<AnswerOf<'list-people-behind'>['items']>[number];
export type ReadyFunnel = AnswerOf<'get-ready-funnel'>;

export const measure = {
  events: () => ok(client.GET('/api/v1/insight/events')),
  ready: () => ok(client.GET('/api/v1/insight/funnel/ready')),
  definitions: () => ok(client.GET('/api/v1/insight/definitions')),
  funnel: (body: FunnelInput) => ok(client.POST('/api/v1/insight/funnel', { body })),
  retention: (body: RetentionInput) => ok(client.POST('/api/v1/insight/retention', { body })),
  paths: (body: PathsInput) => ok(client.POST('/api/v1/insight/paths', { body })),
  people: (body: PeopleInput, query: { limit?: number; cursor?: string }) => ok(client.POST('/api/v1/insight/people', { body, params: { query } })),
  segment: (body: PeopleInput & { name: string }) => ok(client.POST('/api/v1/insight/people/segment', { body })),
  file: (who: PeopleInput, format: ExportFormat) => address('/api/v1/insight/people/export', { format, q: JSON.stringify(who) }),
};
