// Calls of the library: materials, briefcases, radar links and what came of them.
import { address, client, currentLanguage, ok, unauthenticated } from './http';
import { problemFrom } from './problem';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;

export type Material = Schemas['Material'];
export type MaterialBrief = Schemas['MaterialBrief'];
export type MaterialBody = Material['body'];
export type MaterialKind = Material['kind'];
export type MaterialVersion = Schemas['MaterialVersion'];
export type MaterialFolder = Schemas['Folder'];
export type StoredFile = Schemas['StoredFile'];
export type Briefcase = Schemas['Briefcase'];
export type RadarLink = Schemas['RadarLink'];
export type VisitView = Schemas['VisitView'];
export type Visitor = Schemas['Visitor'];
export type Effects = Schemas['ContentEffects'];
export type EffectNumbers = Effects['total'];
export type Taken = Schemas['Taken'];

const one = (id: string) => ({ params: { path: { id } } });

/** Sends one file to the library. fetch takes a form as it is; the generated client would not. */
async function upload(file: File): Promise<StoredFile> {
  const form = new FormData();
  form.append('file', file);
  const answer = await fetch('/api/v1/material-files', { method: 'POST', body: form, credentials: 'same-origin', headers: { 'Accept-Language': currentLanguage() } });
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return body as StoredFile;
  if (answer.status === 401) unauthenticated();
  throw problemFrom(answer.status, body, answer.headers.get('X-Request-Id') ?? '');
}

export const content = {
  folders: () => ok(client.GET('/api/v1/material-folders')),
  createFolder: (body: Schemas['FolderInput']) => ok(client.POST('/api/v1/material-folders', { body })),
  updateFolder: (id: string, body: Schemas['FolderInput']) => ok(client.PATCH('/api/v1/material-folders/{id}', { ...one(id), body })),
  removeFolder: (id: string) => ok(client.DELETE('/api/v1/material-folders/{id}', one(id))),
  list: (query: QueryOf<'list-materials'>) => ok(client.GET('/api/v1/materials', { params: { query } })),
  read: (id: string) => ok(client.GET('/api/v1/materials/{id}', one(id))),
  create: (body: Schemas['MaterialInput']) => ok(client.POST('/api/v1/materials', { body })),
  createBatch: (file_ids: string[], folder_id?: string) => ok(client.POST('/api/v1/materials/batch', { body: { file_ids, folder_id } })),
  update: (id: string, body: Schemas['MaterialPatch']) => ok(client.PATCH('/api/v1/materials/{id}', { ...one(id), body })),
  remove: (id: string) => ok(client.DELETE('/api/v1/materials/{id}', one(id))),
  restore: (id: string) => ok(client.POST('/api/v1/materials/{id}/restore', one(id))),
  versions: (id: string) => ok(client.GET('/api/v1/materials/{id}/versions', one(id))),
  upload,
  fileAddress: (id: string) => address('/api/v1/material-files/{id}').replace('{id}', encodeURIComponent(id)),
  briefcases: (query: QueryOf<'list-briefcases'>) => ok(client.GET('/api/v1/briefcases', { params: { query } })),
  createBriefcase: (body: Schemas['BriefcaseInput']) => ok(client.POST('/api/v1/briefcases', { body })),
  updateBriefcase: (id: string, body: Schemas['BriefcaseInput']) => ok(client.PUT('/api/v1/briefcases/{id}', { ...one(id), body })),
  removeBriefcase: (id: string) => ok(client.DELETE('/api/v1/briefcases/{id}', one(id))),
  restoreBriefcase: (id: string) => ok(client.POST('/api/v1/briefcases/{id}/restore', one(id))),
  links: (query: QueryOf<'list-radar-links'>) => ok(client.GET('/api/v1/radar-links', { params: { query } })),
  makeLinks: (body: Schemas['ContentLinkInput']) => ok(client.POST('/api/v1/radar-links', { body })),
  withdraw: (id: string) => ok(client.POST('/api/v1/radar-links/{id}/withdraw', one(id))),
  take: (body: Schemas['TakeInput']) => ok(client.POST('/api/v1/materials/take', { body })),
  visits: (query: QueryOf<'list-material-visits'>) => ok(client.GET('/api/v1/material-visits', { params: { query } })),
  visitors: (query: QueryOf<'list-material-visitors'>) => ok(client.GET('/api/v1/material-visitors', { params: { query } })),
  effects: (days: number) => ok(client.GET('/api/v1/material-effects', { params: { query: { days } } })),
  streamAddress: () => address('/api/v1/material-visits/stream'),
};
