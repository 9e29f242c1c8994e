// Calls of the pages about journeys: drawing, trying, publishing, who is where, what it brought.
import { client, ok } from './http';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;
type BodyOf<O extends keyof operations> = operations[O] extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
type AnswerOf<O extends keyof operations> = operations[O] extends { responses: { 200: { content: { 'application/json': infer B } } } } ? B : never;
type ItemOf<T> = T extends { items: (infer I)[] | null } ? I : never;
type Of<T extends unknown[] | null | undefined> = NonNullable<T>[number];

export type Spec = BodyOf<'check-journey'>['spec'];
export type Step = Of<Spec['graph']['steps']>;
export type StepKind = Step['kind'];
export type Way = Of<Step['ways']>;
export type StepMessage = NonNullable<Step['message']>;
export type StepWebhook = NonNullable<Step['webhook']>;
export type Entry = Spec['entry'];
export type JourneyExit = Of<Spec['exits']>;

export type Journey = ItemOf<AnswerOf<'list-journeys'>>;
export type JourneyFull = AnswerOf<'get-journey'>;
export type JourneyVersion = Schemas['JourneyVersion'];
export type StepProblem = Of<JourneyFull['problems_of']>;
export type Inside = Of<AnswerOf<'preview-journey-publish'>['inside']>;
export type Counts = AnswerOf<'get-journey-counts'>;
export type StepCounts = Of<Counts['steps']>;
export type Run = AnswerOf<'get-journey-run'>;
export type RunStatus = Run['status'];
/** One who is at a step has not left it. */
export type Visit = Omit<Of<Run['path']>, 'left_at'> & { left_at?: string };
export type DryRun = AnswerOf<'dry-run-journey'>;
export type DryStep = Of<DryRun['steps']>;
export type DryEvent = Of<BodyOf<'dry-run-journey'>['events']>;
export type ReadyJourney = ItemOf<AnswerOf<'list-ready-journeys'>>;
export type Options = AnswerOf<'get-journey-options'>;
export type EventOption = Of<Options['events']>;
export type Report = AnswerOf<'get-journey-report'>;
export type Rate = Of<Of<Report['branches']>['ways']>;

const one = (id: string) => ({ params: { path: { id } } });
const somebody = (id: string, run_id: string) => ({ params: { path: { id, run_id } } });

export const journeys = {
  list: (query: QueryOf<'list-journeys'>) => ok(client.GET('/api/v1/journeys', { params: { query } })),
  read: (id: string) => ok(client.GET('/api/v1/journeys/{id}', one(id))),
  create: (body: BodyOf<'create-journey'>) => ok(client.POST('/api/v1/journeys', { body })),
  save: (id: string, body: BodyOf<'save-journey-draft'>) => ok(client.PUT('/api/v1/journeys/{id}/draft', { ...one(id), body })),
  check: (spec: Spec) => ok(client.POST('/api/v1/journeys/check', { body: { spec } })),
  duplicate: (id: string) => ok(client.POST('/api/v1/journeys/{id}/duplicate', one(id))),
  remove: (id: string) => ok(client.DELETE('/api/v1/journeys/{id}', one(id))),
  restore: (id: string) => ok(client.POST('/api/v1/journeys/{id}/restore', one(id))),
  previewPublish: (id: string, mapping: Record<string, string>) => ok(client.POST('/api/v1/journeys/{id}/publish/preview', { ...one(id), body: { mapping } })),
  publish: (id: string, body: BodyOf<'publish-journey'>) => ok(client.POST('/api/v1/journeys/{id}/publish', { ...one(id), body })),
  pause: (id: string) => ok(client.POST('/api/v1/journeys/{id}/pause', one(id))),
  resume: (id: string) => ok(client.POST('/api/v1/journeys/{id}/resume', one(id))),
  end: (id: string) => ok(client.POST('/api/v1/journeys/{id}/end', one(id))),
  counts: (id: string, version?: number) => ok(client.GET('/api/v1/journeys/{id}/counts', { params: { path: { id }, query: { version } } })),
  runs: (id: string, query: QueryOf<'list-journey-runs'>) => ok(client.GET('/api/v1/journeys/{id}/runs', { params: { path: { id }, query } })),
  run: (id: string, of: string) => ok(client.GET('/api/v1/journeys/{id}/runs/{run_id}', somebody(id, of))),
  exit: (id: string, of: string) => ok(client.POST('/api/v1/journeys/{id}/runs/{run_id}/exit', somebody(id, of))),
  retry: (id: string, of: string) => ok(client.POST('/api/v1/journeys/{id}/runs/{run_id}/retry', somebody(id, of))),
  ofPerson: (person: string) => ok(client.GET('/api/v1/persons/{id}/journeys', one(person))),
  enter: (id: string, body: BodyOf<'enter-journey'>) => ok(client.POST('/api/v1/journeys/{id}/enter', { ...one(id), body })),
  enterSegment: (id: string, segment_id: string) => ok(client.POST('/api/v1/journeys/{id}/enter-segment', { ...one(id), body: { segment_id } })),
  dryRun: (id: string, body: BodyOf<'dry-run-journey'>) => ok(client.POST('/api/v1/journeys/{id}/dry-run', { ...one(id), body })),
  report: (id: string, query: QueryOf<'get-journey-report'> = {}) => ok(client.GET('/api/v1/journeys/{id}/report', { params: { path: { id }, query } })),
  versions: (id: string) => ok(client.GET('/api/v1/journeys/{id}/versions', one(id))),
  version: (id: string, n: number) => ok(client.GET('/api/v1/journeys/{id}/versions/{version}', { params: { path: { id, version: n } } })).then((v) => v.spec),
  ready: () => ok(client.GET('/api/v1/journeys/ready')),
  options: () => ok(client.GET('/api/v1/journeys/options')),
};
