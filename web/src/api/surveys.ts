// Calls of the pages about surveys: their drafts, how they are shared, what was answered.
import { address, client, ok, type ExportFormat } from './http';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;

export type Survey = Schemas['Survey'];
export type SurveyBrief = Schemas['SurveyBrief'];
export type Spec = Schemas['Spec'];
export type Question = Schemas['Question'];
export type QuestionType = Question['type'];
export type Option = Schemas['Option'];
export type Logic = Schemas['Logic'];
export type Condition = Logic['conditions'][number];
export type Rule = Schemas['SurveyRule'];
export type Ending = Schemas['Ending'];
export type SpecProblem = Schemas['SpecProblem'];
export type Results = Schemas['Results'];
export type QuestionResult = Schemas['QuestionResult'];
export type ResponseView = Schemas['ResponseView'];
export type ResponseStatus = ResponseView['status'];
export type PersonalLink = Schemas['PersonalLink'];

const one = (id: string) => ({ params: { path: { id } } });
const at = (path: Parameters<typeof address>[0], id: string, query: Record<string, string | number> = {}) => address(path, query).replace('{id}', encodeURIComponent(id));

export const surveys = {
  list: (query: QueryOf<'list-surveys'>) => ok(client.GET('/api/v1/surveys', { params: { query } })),
  read: (id: string) => ok(client.GET('/api/v1/surveys/{id}', one(id))),
  create: (body: Schemas['SurveyInput']) => ok(client.POST('/api/v1/surveys', { body })),
  update: (id: string, body: Schemas['SurveyPatch']) => ok(client.PATCH('/api/v1/surveys/{id}', { ...one(id), body })),
  publish: (id: string, revision: number) => ok(client.POST('/api/v1/surveys/{id}/publish', { ...one(id), body: { revision } })),
  end: (id: string) => ok(client.POST('/api/v1/surveys/{id}/end', one(id))),
  reopen: (id: string) => ok(client.POST('/api/v1/surveys/{id}/reopen', one(id))),
  duplicate: (id: string) => ok(client.POST('/api/v1/surveys/{id}/duplicate', one(id))),
  remove: (id: string) => ok(client.DELETE('/api/v1/surveys/{id}', one(id))),
  restore: (id: string) => ok(client.POST('/api/v1/surveys/{id}/restore', one(id))),
  links: (id: string, person_ids: string[]) => ok(client.POST('/api/v1/surveys/{id}/links', { ...one(id), body: { person_ids } })),
  results: (id: string) => ok(client.GET('/api/v1/surveys/{id}/results', one(id))),
  responses: (id: string, query: QueryOf<'list-survey-responses'>) => ok(client.GET('/api/v1/surveys/{id}/responses', { params: { path: { id }, query } })),
  removeResponse: (id: string, response_id: string) =>
    ok(client.DELETE('/api/v1/surveys/{id}/responses/{response_id}', { params: { path: { id, response_id } } })),
  qrAddress: (id: string, format: 'png' | 'svg', size: number) => at('/api/v1/surveys/{id}/qr', id, { format, size }),
  exportAddress: (id: string, format: ExportFormat) => at('/api/v1/surveys/{id}/export', id, { format }),
};
