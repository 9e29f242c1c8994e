// Calls of the page about what people cost and bring.
import { address, client, ok, type ExportFormat } from './http';
import type { operations } from './schema.gen';

type BodyOf<O extends keyof operations> = operations[O] extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
type AnswerOf<O extends keyof operations> = operations[O] extends { responses: { 200: { content: { 'application/json': infer B } } } } ? B : never;

export type Economics = AnswerOf<'get-economics'>;
export type EconomicsRow = Economics['rows'][number];
export type Curves = AnswerOf<'get-economics-curves'>;
export type CurveRow = Curves['total'];
export type SalesBy = AnswerOf<'get-economics-sales'>;
export type WhatIf = AnswerOf<'ask-what-if'>;
export type WhatIfInput = BodyOf<'ask-what-if'>;
export type Scenario = WhatIf['before'];
export type EconomicsSettings = AnswerOf<'get-economics-settings'>;
type PeopleBody = BodyOf<'list-economics-people'>;
/** A count whose people are asked for; without by, of channels. */
export type EconomicsPeople = Omit<PeopleBody, 'by'> & { by?: By };
export type By = 'channel' | 'platform' | 'campaign' | 'entrance' | 'staff' | 'account' | 'code' | 'link' | 'month';

interface Asked {
  from?: string;
  to?: string;
  by?: By;
}

export const economics = {
  get: (query: Asked) => ok(client.GET('/api/v1/insight/economics', { params: { query } })),
  curves: (query: Asked) => ok(client.GET('/api/v1/insight/economics/curves', { params: { query } })),
  sales: (query: Asked) => ok(client.GET('/api/v1/insight/economics/sales', { params: { query } })),
  whatIf: (body: WhatIfInput) => ok(client.POST('/api/v1/insight/economics/what-if', { body })),
  settings: () => ok(client.GET('/api/v1/insight/economics/settings')),
  setMargin: (margin_bp: number | null) => ok(client.PUT('/api/v1/insight/economics/settings', { body: { margin_bp } })),
  people: (body: EconomicsPeople, query: { limit?: number; cursor?: string }) => ok(client.POST('/api/v1/insight/economics/people', { body: { by: 'channel', ...body }, params: { query } })),
  segment: (body: EconomicsPeople & { name: string }) => ok(client.POST('/api/v1/insight/economics/people/segment', { body: { by: 'channel', ...body } })),
  file: (who: EconomicsPeople, format: ExportFormat) => address('/api/v1/insight/economics/people/export', { format, q: JSON.stringify(who) }),
};
