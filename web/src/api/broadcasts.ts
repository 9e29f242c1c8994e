// Calls of the pages about what staff send into groups and publish as moments.
import { client, ok } from './http';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;
type BodyOf<O extends keyof operations> = operations[O] extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
type AnswerOf<O extends keyof operations> = operations[O] extends { responses: { 200: { content: { 'application/json': infer B } } } } ? B : never;

export type Broadcast = Schemas['Broadcast'];
export type BroadcastKind = Broadcast['kind'];
export type BroadcastInput = Omit<BodyOf<'update-broadcast'>, 'version' | '$schema'>;
export type BroadcastPart = NonNullable<BroadcastInput['parts']>[number];
export type BroadcastTask = NonNullable<AnswerOf<'list-broadcast-tasks'>['items']>[number];
export type GroupResult = NonNullable<AnswerOf<'list-broadcast-results'>['items']>[number];
export type MomentPost = NonNullable<AnswerOf<'list-broadcast-posts'>['items']>[number];
export type MomentReaction = NonNullable<AnswerOf<'list-broadcast-reactions'>['items']>[number];
export type Chat = NonNullable<AnswerOf<'list-broadcast-groups'>['items']>[number];

const one = (id: string) => ({ params: { path: { id } } });

export const broadcasts = {
  list: (query: QueryOf<'list-broadcasts'>) => ok(client.GET('/api/v1/broadcasts', { params: { query } })),
  read: (id: string) => ok(client.GET('/api/v1/broadcasts/{id}', one(id))),
  create: (body: BodyOf<'create-broadcast'>) => ok(client.POST('/api/v1/broadcasts', { body })),
  update: (id: string, body: BodyOf<'update-broadcast'>) => ok(client.PUT('/api/v1/broadcasts/{id}', { ...one(id), body })),
  remove: (id: string) => ok(client.DELETE('/api/v1/broadcasts/{id}', one(id))),
  submit: (id: string, version: number) => ok(client.POST('/api/v1/broadcasts/{id}/submit', { ...one(id), body: { version } })),
  approve: (id: string) => ok(client.POST('/api/v1/broadcasts/{id}/approve', one(id))),
  withdraw: (id: string) => ok(client.POST('/api/v1/broadcasts/{id}/withdraw', one(id))),
  cancel: (id: string) => ok(client.POST('/api/v1/broadcasts/{id}/cancel', one(id))),
  look: (id: string) => ok(client.POST('/api/v1/broadcasts/{id}/refresh', one(id))),
  tasks: (id: string, query: QueryOf<'list-broadcast-tasks'>) => ok(client.GET('/api/v1/broadcasts/{id}/tasks', { params: { path: { id }, query } })),
  remind: (id: string, task_id: string) => ok(client.POST('/api/v1/broadcasts/{id}/tasks/{task_id}/remind', { params: { path: { id, task_id } } })),
  groups: (id: string) => ok(client.GET('/api/v1/broadcasts/{id}/groups', one(id))),
  posts: (id: string) => ok(client.GET('/api/v1/broadcasts/{id}/posts', one(id))),
  reactions: (id: string, query: QueryOf<'list-broadcast-reactions'>) => ok(client.GET('/api/v1/broadcasts/{id}/reactions', { params: { path: { id }, query } })),
  choices: (account_id?: string) => ok(client.GET('/api/v1/broadcast-choices', { params: { query: { account_id } } })),
  chats: (query: QueryOf<'list-broadcast-groups'>) => ok(client.GET('/api/v1/broadcast-groups', { params: { query } })),
};
