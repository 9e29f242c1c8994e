// Calls of the pages about campaigns: drafts, sending, what they brought.
import { address, client, currentLanguage, ok } from './http';
import { problemFrom } from './problem';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;
type BodyOf<O extends keyof operations> = operations[O] extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
type AnswerOf<O extends keyof operations> = operations[O] extends { responses: { 200: { content: { 'application/json': infer B } } } } ? B : never;

export type Campaign = Schemas['Campaign'];
export type CampaignState = Campaign['status'];
export type Draft = BodyOf<'create-campaign'>;
export type Sample = NonNullable<AnswerOf<'preview-campaign'>['items']>[number];
export type Check = AnswerOf<'check-campaign'>;
export type Report = AnswerOf<'get-campaign-report'>;
export type Outcome = NonNullable<Report['outcomes']>[number];
export type VariantReport = NonNullable<Report['variants']>[number];
export type LinkReport = NonNullable<Report['links']>[number];
export type Test = NonNullable<Campaign['test']>;
export type TestLine = NonNullable<Test['lines']>[number];
export type CampaignSettings = AnswerOf<'get-campaign-settings'>;
export type Task = NonNullable<AnswerOf<'list-campaign-tasks'>['items']>[number];

const one = (id: string) => ({ params: { path: { id } } });

export const campaigns = {
  list: (query: QueryOf<'list-campaigns'>) => ok(client.GET('/api/v1/campaigns', { params: { query } })),
  read: (id: string) => ok(client.GET('/api/v1/campaigns/{id}', one(id))),
  create: (body: Draft) => ok(client.POST('/api/v1/campaigns', { body })),
  update: (id: string, body: BodyOf<'update-campaign'>) => ok(client.PUT('/api/v1/campaigns/{id}', { ...one(id), body })),
  remove: (id: string) => ok(client.DELETE('/api/v1/campaigns/{id}', one(id))),
  preview: (id: string, body: BodyOf<'preview-campaign'>) => ok(client.POST('/api/v1/campaigns/{id}/preview', { ...one(id), body })),
  check: (id: string) => ok(client.POST('/api/v1/campaigns/{id}/check', one(id))),
  test: (id: string, person_id: string) => ok(client.POST('/api/v1/campaigns/{id}/test', { ...one(id), body: { person_id } })),
  submit: (id: string, version: number) => ok(client.POST('/api/v1/campaigns/{id}/submit', { ...one(id), body: { version } })),
  approve: (id: string) => ok(client.POST('/api/v1/campaigns/{id}/approve', one(id))),
  withdraw: (id: string) => ok(client.POST('/api/v1/campaigns/{id}/withdraw', one(id))),
  pause: (id: string) => ok(client.POST('/api/v1/campaigns/{id}/pause', one(id))),
  resume: (id: string) => ok(client.POST('/api/v1/campaigns/{id}/resume', one(id))),
  cancel: (id: string) => ok(client.POST('/api/v1/campaigns/{id}/cancel', one(id))),
  decide: (id: string, chosen: string) => ok(client.POST('/api/v1/campaigns/{id}/decide', { ...one(id), body: { chosen } })),
  report: (id: string) => ok(client.GET('/api/v1/campaigns/{id}/report', one(id))),
  tasks: (id: string, query: QueryOf<'list-campaign-tasks'>) => ok(client.GET('/api/v1/campaigns/{id}/tasks', { params: { path: { id }, query } })),
  remind: (id: string, task_id: string) => ok(client.POST('/api/v1/campaigns/{id}/tasks/{task_id}/remind', { params: { path: { id, task_id } } })),
  lookAtTasks: (id: string) => ok(client.POST('/api/v1/campaigns/{id}/tasks/refresh', one(id))),
  /** What a file that goes along is called and how large it is; its content stays where it is. */
  file: async (id: string): Promise<{ name: string; bytes: number }> => {
    const response = await fetch(address('/api/v1/carriers/media/{id}').replace('{id}', encodeURIComponent(id)), { credentials: 'same-origin', headers: { Range: 'bytes=0-0', 'Accept-Language': currentLanguage() } });
    if (!response.ok) throw problemFrom(response.status, undefined, response.headers.get('X-Request-Id') ?? '');
    await response.body?.cancel();
    const name = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? '';
    return { name: decodeURIComponent(name), bytes: Number(/\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1] ?? response.headers.get('Content-Length') ?? 0) };
  },
  choices: () => ok(client.GET('/api/v1/campaign-choices')),
  control: (quarter?: string) => ok(client.GET('/api/v1/campaigns/control', { params: { query: quarter ? { quarter } : {} } })),
  settings: () => ok(client.GET('/api/v1/campaign-settings')),
  saveSettings: (body: CampaignSettings) => ok(client.PUT('/api/v1/campaign-settings', { body })),
};

export type CouponPool = Schemas['CouponPool'];
export type CouponCode = NonNullable<AnswerOf<'list-coupon-codes'>['items']>[number];

export const coupons = {
  list: () => ok(client.GET('/api/v1/coupon-pools')),
  create: (body: BodyOf<'create-coupon-pool'>) => ok(client.POST('/api/v1/coupon-pools', { body })),
  add: (id: string, body: BodyOf<'add-coupon-codes'>) => ok(client.POST('/api/v1/coupon-pools/{id}/codes', { ...one(id), body })),
  codes: (id: string, query: QueryOf<'list-coupon-codes'>) => ok(client.GET('/api/v1/coupon-pools/{id}/codes', { params: { path: { id }, query } })),
  exportAddress: (id: string) => address('/api/v1/coupon-pools/{id}/codes/export').replace('{id}', encodeURIComponent(id)),
};
