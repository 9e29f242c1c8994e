// Calls of the pages about series of messages: writing, running, who is where.
import { client, ok } from './http';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;
type BodyOf<O extends keyof operations> = operations[O] extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
type AnswerOf<O extends keyof operations> = operations[O] extends { responses: { 200: { content: { 'application/json': infer B } } } } ? B : never;

export type SOP = AnswerOf<'get-sop'>;
export type SOPStatus = SOP['status'];
export type SOPInput = BodyOf<'create-sop'>;
export type SOPSpec = SOPInput['spec'];
export type SOPStep = SOPSpec['steps'][number];
export type SOPTrigger = SOPSpec['trigger'];
export type SOPKind = SOPInput['kind'];
export type SOPChoices = AnswerOf<'get-sop-choices'>;
export type ReadySOP = NonNullable<SOPChoices['ready']>[number];
export type SOPChecked = AnswerOf<'check-sop'> & Schemas['Checked'];
export type SOPPreview = AnswerOf<'preview-sop'>;
export type StepState = NonNullable<AnswerOf<'list-sop-steps'>['items']>[number];
export type SOPEnrolment = NonNullable<AnswerOf<'list-sop-enrolments'>['items']>[number];

const one = (id: string) => ({ params: { path: { id } } });
const somebody = (id: string, enrolment_id: string) => ({ params: { path: { id, enrolment_id } } });

export const sops = {
  list: (query: QueryOf<'list-sops'>) => ok(client.GET('/api/v1/sops', { params: { query } })),
  read: (id: string) => ok(client.GET('/api/v1/sops/{id}', one(id))),
  create: (body: SOPInput) => ok(client.POST('/api/v1/sops', { body })),
  update: (id: string, body: BodyOf<'update-sop'>) => ok(client.PUT('/api/v1/sops/{id}', { ...one(id), body })),
  remove: (id: string) => ok(client.DELETE('/api/v1/sops/{id}', one(id))),
  copy: (id: string) => ok(client.POST('/api/v1/sops/{id}/copy', one(id))),
  check: (body: SOPInput) => ok(client.POST('/api/v1/sop-check', { body })),
  preview: (body: BodyOf<'preview-sop'>) => ok(client.POST('/api/v1/sop-preview', { body })),
  publish: (id: string, body: BodyOf<'publish-sop'>) => ok(client.POST('/api/v1/sops/{id}/publish', { ...one(id), body })),
  move: (id: string) => ok(client.POST('/api/v1/sops/{id}/move', one(id))),
  pause: (id: string) => ok(client.POST('/api/v1/sops/{id}/pause', one(id))),
  resume: (id: string) => ok(client.POST('/api/v1/sops/{id}/resume', one(id))),
  stop: (id: string) => ok(client.POST('/api/v1/sops/{id}/stop', one(id))),
  steps: (id: string) => ok(client.GET('/api/v1/sops/{id}/steps', one(id))),
  enrolments: (id: string, query: QueryOf<'list-sop-enrolments'>) => ok(client.GET('/api/v1/sops/{id}/enrolments', { params: { path: { id }, query } })),
  enrol: (id: string, body: BodyOf<'enrol-sop'>) => ok(client.POST('/api/v1/sops/{id}/enrolments', { ...one(id), body })),
  enrolment: (id: string, of: string) => ok(client.GET('/api/v1/sops/{id}/enrolments/{enrolment_id}', somebody(id, of))),
  takeOut: (id: string, of: string) => ok(client.DELETE('/api/v1/sops/{id}/enrolments/{enrolment_id}', somebody(id, of))),
  choices: () => ok(client.GET('/api/v1/sop-choices')),
  chats: (q: string) => ok(client.GET('/api/v1/sop-chats', { params: { query: { q } } })),
  today: () => ok(client.GET('/api/v1/sop-today')),
};
