// Calls of the pool-loss drill.
import { address, client, ok, type ExportFormat } from './http';
import type { operations } from './schema.gen';

type BodyOf<O extends keyof operations> = operations[O] extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
type AnswerOf<O extends keyof operations> = operations[O] extends { responses: { 200: { content: { 'application/json': infer B } } } } ? B : never;

export type DrillReport = AnswerOf<'get-drill'>;
export type DrillRun = DrillReport['run'];
export type DrillTotals = NonNullable<DrillRun['totals']>;
export type DrillUnit = NonNullable<DrillReport['units']>[number];
export type DrillNext = NonNullable<DrillUnit['next']>[number];
export type DrillBarred = NonNullable<DrillUnit['barred']>[number];
export type DrillStep = NonNullable<DrillReport['steps']>[number];
export type DrillComparison = AnswerOf<'compare-drills'>;
export type DrillPeopleInput = BodyOf<'list-drill-people'>;
export type DrillPerson = NonNullable<AnswerOf<'list-drill-people'>['items']>[number];
export type DrillMonthlyInput = BodyOf<'set-drill-schedule'>;
export type DrillPurpose = 'marketing' | 'service';

export const drill = {
  list: () => ok(client.GET('/api/v1/insight/drills')),
  monthly: () => ok(client.GET('/api/v1/insight/drill-schedule')),
  setMonthly: (body: DrillMonthlyInput) => ok(client.PUT('/api/v1/insight/drill-schedule', { body })),
  get: (id: string) => ok(client.GET('/api/v1/insight/drills/{id}', { params: { path: { id } } })),
  start: (body: BodyOf<'start-drill'>) => ok(client.POST('/api/v1/insight/drills', { body })),
  patch: (id: string, body: BodyOf<'update-drill'>) => ok(client.PATCH('/api/v1/insight/drills/{id}', { params: { path: { id } }, body })),
  remove: (id: string) => ok(client.DELETE('/api/v1/insight/drills/{id}', { params: { path: { id } } })),
  prepare: (id: string, steps: number[]) => ok(client.POST('/api/v1/insight/drills/{id}/prepare', { params: { path: { id } }, body: { steps } })),
  compare: (before: string, after: string) => ok(client.GET('/api/v1/insight/drills/compare', { params: { query: { before, after } } })),
  people: (body: DrillPeopleInput, query: { limit?: number; cursor?: string }) => ok(client.POST('/api/v1/insight/drills/people', { body, params: { query } })),
  segment: (body: DrillPeopleInput & { name: string }) => ok(client.POST('/api/v1/insight/drills/people/segment', { body })),
  file: (who: DrillPeopleInput, format: ExportFormat) => address('/api/v1/insight/drills/people/export', { format, q: JSON.stringify(who) }),
};
