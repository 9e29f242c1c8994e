// Every call of the console, by module. Pages know these functions and no addresses.
import { address, del, get, patch, post, put } from './http';
import type * as T from './types';

const id = encodeURIComponent;
type Query = Record<string, string | number | undefined>;

export const setup = {
  state: (token: string) => get<{ needed: boolean; valid: boolean }>('/setup', { token }),
  finish: (body: {
    token: string;
    org_name: string;
    name: string;
    email: string;
    password: string;
    time_zone: string;
    currency: string;
    locale: string;
  }) => post<T.Me>('/setup', body),
};

export interface SignedIn {
  me?: T.Me | null;
  choose?: { org_id: string; org_name: string }[] | null;
}

export const auth = {
  me: () => get<T.Me>('/auth/me'),
  signIn: (body: { email: string; password: string; org_id?: string }) => post<SignedIn>('/auth/sign-in', body),
  signOut: () => post<void>('/auth/sign-out'),
  update: (body: { name?: string; locale?: string }) => patch<T.Me>('/auth/me', body),
  changePassword: (body: { current: string; new: string }) => post<void>('/auth/password', body),
  providers: () => get<T.Page<{ org_id: string; org_name: string }>>('/auth/providers'),
  oidcStart: (org_id: string) => address('/auth/oidc/start', { org_id }),
};

export const invites = {
  read: (token: string) => get<{ org_name: string; email: string; name: string }>(`/invites/${id(token)}`),
  accept: (token: string, password: string) => post<T.Me>(`/invites/${id(token)}`, { password }),
};

export const sessions = {
  list: () => get<T.Page<T.Session>>('/sessions'),
  end: (session: string) => del<void>(`/sessions/${id(session)}`),
};

export const staff = {
  list: (query: Query = {}) => get<T.Page<T.Staff>>('/staff', query),
  invite: (body: { name: string; email: string; role: T.Role }) =>
    post<{ staff: T.Staff; invite_url: string }>('/staff', body),
  update: (staffId: string, body: { name?: string; role?: T.Role; status?: string }) =>
    patch<T.Staff>(`/staff/${id(staffId)}`, body),
  inviteAgain: (staffId: string) => post<{ invite_url: string }>(`/staff/${id(staffId)}/invite`),
  permissions: () => get<T.Page<T.Permission>>('/permissions'),
};

export const apiKeys = {
  list: () => get<T.Page<T.ApiKey>>('/api-keys'),
  create: (body: { name: string; permissions: string[] }) => post<{ key: string; api_key: T.ApiKey }>('/api-keys', body),
  revoke: (keyId: string) => del<void>(`/api-keys/${id(keyId)}`),
};

export const audit = {
  list: (query: Query) => get<T.Page<T.AuditEntry>>('/audit', query),
};

export const org = {
  read: () => get<T.Org>('/org'),
  update: (body: Partial<Pick<T.Org, 'name' | 'time_zone' | 'currency' | 'locale'>>) => patch<T.Org>('/org', body),
  oidc: () => get<T.Oidc>('/org/oidc'),
  saveOidc: (body: T.Oidc & { client_secret?: string }) => put<T.Oidc>('/org/oidc', body),
  removeOidc: () => del<void>('/org/oidc'),
};

export const persons = {
  list: (query: Query) => get<T.Page<T.PersonRow>>('/persons', query),
  exportAddress: (format: 'csv' | 'xlsx', query: Query) => address('/persons/export', { ...query, format }),
  create: (body: { name: string; identities: { kind: string; value: string }[]; region: string }) =>
    post<T.Person>('/persons', body),
  read: (person: string) => get<T.Person>(`/persons/${id(person)}`),
  update: (person: string, body: Partial<Pick<T.Person, 'name' | 'region' | 'gender' | 'birthday' | 'owner_staff_id'>>) =>
    patch<T.Person>(`/persons/${id(person)}`, body),
  addIdentity: (person: string, body: { kind: string; value: string }) =>
    post<T.Person>(`/persons/${id(person)}/identities`, body),
  removeIdentity: (person: string, kind: string, value: string) =>
    del<void>(`/persons/${id(person)}/identities`, { kind, value }),
  regions: () => get<T.Page<{ region: string; count: number }>>('/persons/regions'),
  addTag: (person: string, tag: string) => put<void>(`/persons/${id(person)}/tags/${id(tag)}`),
  removeTag: (person: string, tag: string) => del<void>(`/persons/${id(person)}/tags/${id(tag)}`),
  tagMany: (body: { person_ids: string[]; add: string[]; remove: string[] }) => post<void>('/persons/tags', body),
  setTraits: (person: string, traits: Record<string, unknown>) => put<void>(`/persons/${id(person)}/traits`, traits),
  notes: (person: string) => get<T.Page<T.Note>>(`/persons/${id(person)}/notes`),
  addNote: (person: string, text: string) => post<T.Note>(`/persons/${id(person)}/notes`, { text }),
  editNote: (person: string, note: string, text: string) =>
    patch<T.Note>(`/persons/${id(person)}/notes/${id(note)}`, { text }),
  removeNote: (person: string, note: string) => del<void>(`/persons/${id(person)}/notes/${id(note)}`),
  giveConsent: (person: string, body: { purpose: string; granted: boolean; text_version: string; source: string }) =>
    post<void>(`/persons/${id(person)}/consents`, body),
  timeline: (person: string, query: Query) => get<T.Page<T.TimelineEvent>>(`/persons/${id(person)}/timeline`, query),
  merge: (person: string, body: { other_id: string; reason: string }) => post<T.Merge>(`/persons/${id(person)}/merge`, body),
  merges: (person: string) => get<T.Page<T.Merge>>(`/persons/${id(person)}/merges`),
  split: (merge: string) => post<T.Merge>(`/merges/${id(merge)}/split`),
  duplicates: (query: Query) => get<T.Page<T.Duplicate>>('/duplicates', query),
  lifecycle: (person: string) => get<T.PersonLifecycle>(`/persons/${id(person)}/lifecycle`),
};

export const tags = {
  list: () => get<T.Page<T.Tag>>('/tags'),
  create: (body: { name: string; group: string; color: string }) => post<T.Tag>('/tags', body),
  update: (tag: string, body: { name?: string; group?: string; color?: string }) => patch<T.Tag>(`/tags/${id(tag)}`, body),
  remove: (tag: string) => del<void>(`/tags/${id(tag)}`),
};

export const traits = {
  list: () => get<T.Page<T.Trait>>('/traits'),
  create: (body: { key: string; label: string; type: T.TraitType; options: string[] }) => post<T.Trait>('/traits', body),
  update: (key: string, body: { label?: string; options?: string[] }) => patch<T.Trait>(`/traits/${id(key)}`, body),
  remove: (key: string) => del<void>(`/traits/${id(key)}`),
};

export const lifecycle = {
  settings: () => get<T.LifecycleSettings>('/lifecycle/settings'),
  save: (body: { silent_days: number; lost_days: number } | { source: 'data' }) =>
    put<T.LifecycleSettings>('/lifecycle/settings', body),
  stages: () => get<T.Page<{ stage: T.Stage; persons: number }>>('/lifecycle/stages'),
  flow: (query: Query) => get<T.StageFlow>('/lifecycle/flow', query),
};

export const insight = {
  overview: (query: Query) => get<T.Overview>('/insight/overview', query),
  cohorts: (query: Query) => get<T.Cohorts>('/insight/cohorts', { ...query, by: 'first_order' }),
};

export const imports = {
  list: (query: Query = {}) => get<T.Page<T.Import>>('/imports', query),
  read: (importId: string) => get<T.Import>(`/imports/${id(importId)}`),
  start: (body: Record<string, unknown>) => post<T.Import>('/imports', body),
  cancel: (importId: string) => post<T.Import>(`/imports/${id(importId)}/cancel`),
  rejectedAddress: (importId: string) => address(`/imports/${id(importId)}/rejected`),
  uploadAddress: () => address('/imports/uploads'),
};

export const system = {
  health: () => get<T.SystemHealth>('/system/health'),
  jobs: (query: Query) => get<T.Page<T.DeadJob>>('/system/jobs', query),
  retryJob: (job: string | number) => post<void>(`/system/jobs/${id(String(job))}/retry`),
  removeJob: (job: string | number) => del<void>(`/system/jobs/${id(String(job))}`),
  parked: (query: Query) => get<T.Page<T.ParkedEvent>>('/system/parked', query),
  replay: (parked: string) => post<void>(`/system/parked/${id(parked)}/replay`),
  replayAll: (subscriber: string) => post<void>('/system/parked/replay', { subscriber }),
};
