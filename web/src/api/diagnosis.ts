// Calls of the self-diagnosis: questions, a forecast, what was kept.
import { client, ok } from './http';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type BodyOf<O extends keyof operations> = operations[O] extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;

export type DiagnosisInput = BodyOf<'forecast-diagnosis'>;
export type DiagnosisPart = Schemas['PartView'];
export type DiagnosisForecast = Schemas['DiagnosisForecast'];
export type Assumed = Schemas['Assumed'];
export type Spread = Schemas['SpreadView'];
export type Kept = Schemas['Diagnosis'];

export const diagnosis = {
  questions: () => ok(client.GET('/api/v1/insight/diagnosis/questions')),
  forecast: (body: DiagnosisInput) => ok(client.POST('/api/v1/insight/diagnosis/forecast', { body })),
  list: () => ok(client.GET('/api/v1/insight/diagnoses')),
  keep: (name: string, input: DiagnosisInput) => ok(client.POST('/api/v1/insight/diagnoses', { body: { name, input } })),
  remove: (id: string) => ok(client.DELETE('/api/v1/insight/diagnoses/{id}', { params: { path: { id } } })),
};
