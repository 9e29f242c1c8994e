// Every call of the console, by module. Pages know these functions and no addresses.
import { address, client, ok, type ExportFormat } from './http';
import type { components } from './schema.gen';
import type * as T from './types';

type Schemas = components['schemas'];

/** Signed-in staff; who calls with an API key is nobody's console. */
const asStaff = (me: Schemas['Me'] | undefined) => me as T.Me;

export const setup = {
  state: (token: string) => ok(client.GET('/api/v1/setup', { params: { query: { token } } })),
  finish: (body: Schemas['SetupRequest']) => ok(client.POST('/api/v1/setup', { body })).then(asStaff),
};

export const auth = {
  me: () => ok(client.GET('/api/v1/auth/me')).then(asStaff),
  signIn: (body: Schemas['Sign-inRequest']) => ok(client.POST('/api/v1/auth/sign-in', { body })),
  signOut: () => ok(client.POST('/api/v1/auth/sign-out')),
  update: (body: Schemas['Update-meRequest']) => ok(client.PATCH('/api/v1/auth/me', { body })).then(asStaff),
  changePassword: (body: Schemas['Change-passwordRequest']) => ok(client.POST('/api/v1/auth/password', { body })),
  providers: () => ok(client.GET('/api/v1/auth/providers')),
  oidcStart: (org_id: string) => address('/api/v1/auth/oidc/start', { org_id }),
  wecomStart: (account: string) => address('/api/v1/auth/wecom/start', { account }),
};

export const invites = {
  read: (token: string) => ok(client.GET('/api/v1/invites/{token}', { params: { path: { token } } })),
  accept: (token: string, password: string) =>
    ok(client.POST('/api/v1/invites/{token}', { params: { path: { token } }, body: { password } })).then(asStaff),
};

export const sessions = {
  list: () => ok(client.GET('/api/v1/sessions')),
  end: (id: string) => ok(client.DELETE('/api/v1/sessions/{id}', { params: { path: { id } } })),
};

export const staff = {
  list: (query: { q?: string; status?: T.Staff['status'] } = {}) => ok(client.GET('/api/v1/staff', { params: { query } })),
  invite: (body: Schemas['Invite-staffRequest']) => ok(client.POST('/api/v1/staff', { body })),
  update: (id: string, body: Schemas['StaffPatch']) => ok(client.PATCH('/api/v1/staff/{id}', { params: { path: { id } }, body })),
  inviteAgain: (id: string) => ok(client.POST('/api/v1/staff/{id}/invite', { params: { path: { id } } })),
  permissions: () => ok(client.GET('/api/v1/permissions')),
};

export const apiKeys = {
  list: () => ok(client.GET('/api/v1/api-keys')),
  create: (body: Schemas['Create-api-keyRequest']) => ok(client.POST('/api/v1/api-keys', { body })),
  revoke: (id: string) => ok(client.DELETE('/api/v1/api-keys/{id}', { params: { path: { id } } })),
};

export const audit = {
  list: (query: T.AuditQuery) => ok(client.GET('/api/v1/audit', { params: { query } })),
};

export const org = {
  read: () => ok(client.GET('/api/v1/org')),
  update: (body: Schemas['OrgPatch']) => ok(client.PATCH('/api/v1/org', { body })),
  oidc: () => ok(client.GET('/api/v1/org/oidc')),
  saveOidc: (body: Schemas['Set-oidcRequest']) => ok(client.PUT('/api/v1/org/oidc', { body })),
  removeOidc: () => ok(client.DELETE('/api/v1/org/oidc')),
};

const person = (id: string) => ({ path: { id } });

export const persons = {
  list: (query: T.PersonQuery) => ok(client.GET('/api/v1/persons', { params: { query } })),
  exportAddress: (format: ExportFormat, query: T.PersonQuery) => address('/api/v1/persons/export', { ...query, format }),
  create: (body: Schemas['PersonInput']) => ok(client.POST('/api/v1/persons', { body })),
  read: (id: string) => ok(client.GET('/api/v1/persons/{id}', { params: person(id) })),
  update: (id: string, body: T.PersonPatch) => ok(client.PATCH('/api/v1/persons/{id}', { params: person(id), body })),
  addIdentity: (id: string, body: Schemas['Identity']) => ok(client.POST('/api/v1/persons/{id}/identities', { params: person(id), body })),
  removeIdentity: (id: string, kind: string, value: string) =>
    ok(client.DELETE('/api/v1/persons/{id}/identities', { params: { ...person(id), query: { kind, value } } })),
  regions: () => ok(client.GET('/api/v1/persons/regions')),
  addTag: (id: string, tag_id: string) => ok(client.PUT('/api/v1/persons/{id}/tags/{tag_id}', { params: { path: { id, tag_id } } })),
  removeTag: (id: string, tag_id: string) => ok(client.DELETE('/api/v1/persons/{id}/tags/{tag_id}', { params: { path: { id, tag_id } } })),
  tagMany: (body: Schemas['TagMany']) => ok(client.POST('/api/v1/persons/tags', { body })),
  setTraits: (id: string, body: Record<string, unknown>) => ok(client.PUT('/api/v1/persons/{id}/traits', { params: person(id), body })),
  notes: (id: string, cursor?: string) => ok(client.GET('/api/v1/persons/{id}/notes', { params: { ...person(id), query: { limit: 50, cursor } } })),
  addNote: (id: string, text: string) => ok(client.POST('/api/v1/persons/{id}/notes', { params: person(id), body: { text } })),
  editNote: (id: string, note_id: string, text: string) =>
    ok(client.PATCH('/api/v1/persons/{id}/notes/{note_id}', { params: { path: { id, note_id } }, body: { text } })),
  removeNote: (id: string, note_id: string) => ok(client.DELETE('/api/v1/persons/{id}/notes/{note_id}', { params: { path: { id, note_id } } })),
  giveConsent: (id: string, body: Schemas['ConsentInput']) => ok(client.POST('/api/v1/persons/{id}/consents', { params: person(id), body })),
  timeline: (id: string, query: { kind?: string; limit?: number; cursor?: string }) =>
    ok(client.GET('/api/v1/persons/{id}/timeline', { params: { ...person(id), query } })),
  merge: (id: string, body: Schemas['MergeInBody']) => ok(client.POST('/api/v1/persons/{id}/merge', { params: person(id), body })),
  merges: (id: string) => ok(client.GET('/api/v1/persons/{id}/merges', { params: person(id) })),
  split: (id: string) => ok(client.POST('/api/v1/merges/{id}/split', { params: { path: { id } } })),
  duplicates: (query: { limit?: number; cursor?: string }) => ok(client.GET('/api/v1/duplicates', { params: { query } })),
  notDuplicates: (kind: string, value: string) => ok(client.DELETE('/api/v1/duplicates', { params: { query: { kind, value } } })),
  lifecycle: (id: string) => ok(client.GET('/api/v1/persons/{id}/lifecycle', { params: person(id) })),
};

export const tags = {
  list: () => ok(client.GET('/api/v1/tags')),
  create: (body: Schemas['TagInput']) => ok(client.POST('/api/v1/tags', { body })),
  update: (tag_id: string, body: Schemas['TagPatch']) => ok(client.PATCH('/api/v1/tags/{tag_id}', { params: { path: { tag_id } }, body })),
  remove: (tag_id: string) => ok(client.DELETE('/api/v1/tags/{tag_id}', { params: { path: { tag_id } } })),
};

export const traits = {
  list: () => ok(client.GET('/api/v1/traits')),
  create: (body: Schemas['TraitInput']) => ok(client.POST('/api/v1/traits', { body })),
  update: (key: string, body: Schemas['TraitPatch']) => ok(client.PATCH('/api/v1/traits/{key}', { params: { path: { key } }, body })),
  /** With the values that persons have: the page has asked. */
  remove: (key: string) => ok(client.DELETE('/api/v1/traits/{key}', { params: { path: { key }, query: { force: true } } })),
};

const segment = (id: string) => ({ params: { path: { id } } });
const typed = <R>(answer: Promise<unknown>) => answer as Promise<R>;

export const segments = {
  list: (query: T.SegmentQuery) => typed<T.SegmentPage>(ok(client.GET('/api/v1/segments', { params: { query } }))),
  read: (id: string) => typed<T.Segment>(ok(client.GET('/api/v1/segments/{id}', segment(id)))),
  create: (body: { name: string; description?: string } & T.Predicate) => typed<T.Segment>(ok(client.POST('/api/v1/segments', { body }))),
  rename: (id: string, body: Schemas['SegmentPatch']) => typed<T.Segment>(ok(client.PATCH('/api/v1/segments/{id}', { ...segment(id), body }))),
  redefine: (id: string, body: T.Predicate & { version: number }) =>
    typed<T.Segment>(ok(client.PUT('/api/v1/segments/{id}/predicate', { ...segment(id), body }))),
  remove: (id: string) => ok(client.DELETE('/api/v1/segments/{id}', segment(id))),
  restore: (id: string) => typed<T.Segment>(ok(client.POST('/api/v1/segments/{id}/restore', segment(id)))),
  versions: (id: string) => typed<{ items: T.SegmentVersion[] }>(ok(client.GET('/api/v1/segments/{id}/versions', segment(id)))),
  revert: (id: string, version: number) => typed<T.Segment>(ok(client.POST('/api/v1/segments/{id}/revert', { ...segment(id), body: { version } }))),
  preview: (body: T.Predicate & { segment_id?: string; parts?: boolean; sample?: number }, signal?: AbortSignal) =>
    typed<T.SegmentPreview>(ok(client.POST('/api/v1/segments/preview', { body, signal }))),
  vocabulary: () => ok(client.GET('/api/v1/segments/vocabulary')),
  persons: (id: string, query: { limit?: number; cursor?: string }) =>
    typed<T.PersonPage>(ok(client.GET('/api/v1/segments/{id}/persons', { params: { path: { id }, query } }))),
  exportAddress: (id: string, format: ExportFormat) => address('/api/v1/segments/{id}/export', { format }).replace('{id}', encodeURIComponent(id)),
  history: (id: string, days: number) => ok(client.GET('/api/v1/segments/{id}/history', { params: { path: { id }, query: { days } } })),
  overlap: (ids: string[]) => ok(client.POST('/api/v1/segments/overlap', { body: { ids } })),
  profile: (id: string) => typed<T.SegmentProfile>(ok(client.GET('/api/v1/segments/{id}/profile', segment(id)))),
  setPeople: (id: string, person_ids: string[], as: 'include' | 'exclude' | 'rule') =>
    ok(client.POST('/api/v1/segments/{id}/people', { ...segment(id), body: { person_ids, as } })),
};

export const lists = {
  list: (query: { q?: string } = {}) => ok(client.GET('/api/v1/lists', { params: { query } })),
  create: (name: string) => ok(client.POST('/api/v1/lists', { body: { name } })),
  rename: (id: string, name: string) => ok(client.PATCH('/api/v1/lists/{id}', { params: { path: { id } }, body: { name } })),
  remove: (id: string) => ok(client.DELETE('/api/v1/lists/{id}', { params: { path: { id } } })),
  persons: (id: string, query: { limit?: number; cursor?: string }) =>
    typed<T.PersonPage>(ok(client.GET('/api/v1/lists/{id}/persons', { params: { path: { id }, query } }))),
  change: (id: string, body: T.PersonListChange) => ok(client.POST('/api/v1/lists/{id}/persons', { params: { path: { id } }, body })),
};

export const lifecycle = {
  settings: () => ok(client.GET('/api/v1/lifecycle/settings')),
  save: (body: Schemas['SettingsInBody']) => ok(client.PUT('/api/v1/lifecycle/settings', { body })),
  stages: () => ok(client.GET('/api/v1/lifecycle/stages')),
  flow: (query: { from?: string; to?: string }) => ok(client.GET('/api/v1/lifecycle/flow', { params: { query } })),
};

export const insight = {
  overview: (query: { from?: string; to?: string }) => ok(client.GET('/api/v1/insight/overview', { params: { query } })),
  cohorts: (query: { from?: string; to?: string }) => ok(client.GET('/api/v1/insight/cohorts', { params: { query: { ...query, by: 'first_order' } } })),
};

export const imports = {
  list: (query: { limit?: number; cursor?: string } = {}) => ok(client.GET('/api/v1/imports', { params: { query } })),
  read: (id: string) => ok(client.GET('/api/v1/imports/{id}', { params: { path: { id } } })),
  preview: (id: string, query: { encoding?: Encoding; kind?: T.ImportKind }) =>
    ok(client.GET('/api/v1/import-uploads/{id}', { params: { path: { id }, query } })),
  presets: () => ok(client.GET('/api/v1/imports/presets')),
  start: (body: T.ImportStart) => ok(client.POST('/api/v1/imports', { body })),
  cancel: (id: string) => ok(client.POST('/api/v1/imports/{id}/cancel', { params: { path: { id } } })),
  rejectedAddress: (id: string) => address('/api/v1/imports/{id}/rejected').replace('{id}', encodeURIComponent(id)),
  uploadAddress: () => address('/api/v1/imports/uploads'),
};

/** How the letters of a file are written. */
export type Encoding = NonNullable<T.ImportStart['encoding']>;

const account = (id: string) => ({ params: { path: { id } } });
interface PageOf {
  limit?: number;
  cursor?: string;
}

export const carriers = {
  kinds: () => ok(client.GET('/api/v1/carriers/kinds')),
  choices: (kind: string, body: Schemas['ChoiceQuery']) => ok(client.POST('/api/v1/carriers/kinds/{kind}/choices', { params: { path: { kind } }, body })),
  list: () => ok(client.GET('/api/v1/carriers/accounts')),
  read: (id: string) => ok(client.GET('/api/v1/carriers/accounts/{id}', account(id))),
  connect: (body: Schemas['NewAccount']) => ok(client.POST('/api/v1/carriers/accounts', { body })),
  update: (id: string, body: Schemas['AccountPatch']) => ok(client.PATCH('/api/v1/carriers/accounts/{id}', { ...account(id), body })),
  test: (id: string) => ok(client.POST('/api/v1/carriers/accounts/{id}/test', account(id))),
  health: (id: string) => ok(client.GET('/api/v1/carriers/accounts/{id}/health', account(id))),
  dkim: (id: string) => ok(client.GET('/api/v1/carriers/accounts/{id}/dkim', account(id))),
  makeDkim: (id: string, body: Schemas['NewDKIMKey']) => ok(client.POST('/api/v1/carriers/accounts/{id}/dkim', { ...account(id), body })),
  settleDkim: (id: string, key_id: string, as: 'check' | 'use') =>
    ok(client.POST(`/api/v1/carriers/accounts/{id}/dkim/{key_id}/${as}`, { params: { path: { id, key_id } } })),
  dropDkim: (id: string, key_id: string) => ok(client.DELETE('/api/v1/carriers/accounts/{id}/dkim/{key_id}', { params: { path: { id, key_id } } })),
  members: (id: string) => ok(client.GET('/api/v1/carriers/accounts/{id}/staff', account(id))),
  setMember: (id: string, user_id: string, body: Schemas['CarrierStaffPatch']) =>
    ok(client.PATCH('/api/v1/carriers/accounts/{id}/staff/{user_id}', { params: { path: { id, user_id } }, body })),
  letSignIn: (id: string) => ok(client.POST('/api/v1/carriers/accounts/{id}/staff/sign-in', account(id))),
  sync: (id: string) => ok(client.POST('/api/v1/carriers/accounts/{id}/sync', account(id))),
  syncs: (id: string, query: PageOf) => ok(client.GET('/api/v1/carriers/accounts/{id}/syncs', { params: { path: { id }, query } })),
  callbacks: (id: string, query: T.CallbackQuery) => ok(client.GET('/api/v1/carriers/accounts/{id}/callbacks', { params: { path: { id }, query } })),
  replay: (id: string, callback_id: string) =>
    ok(client.POST('/api/v1/carriers/accounts/{id}/callbacks/{callback_id}/replay', { params: { path: { id, callback_id } } })),
  contacts: (id: string, query: T.ContactQuery) => ok(client.GET('/api/v1/carriers/accounts/{id}/contacts', { params: { path: { id }, query } })),
  duplicates: (id: string, query: PageOf) => ok(client.GET('/api/v1/carriers/accounts/{id}/duplicates', { params: { path: { id }, query } })),
  reach: () => ok(client.GET('/api/v1/carriers/reach')),
  transfers: (query: PageOf) => ok(client.GET('/api/v1/carriers/transfers', { params: { query } })),
  transfer: (id: string, query: T.TransferQuery) => ok(client.GET('/api/v1/carriers/transfers/{id}', { params: { path: { id }, query } })),
  startTransfer: (body: Schemas['NewTransfer']) => ok(client.POST('/api/v1/carriers/transfers', { body })),
  proposals: (query: T.ProposalQuery) => ok(client.GET('/api/v1/carriers/proposals', { params: { query } })),
  decideProposal: (id: string, as: 'accept' | 'refuse' | 'undo') => ok(client.POST(`/api/v1/carriers/proposals/{id}/${as}`, { params: { path: { id } } })),
  contactsOf: (person_id: string) => ok(client.GET('/api/v1/persons/{id}/contacts', { params: { path: { id: person_id } } })),
};

export const system = {
  health: () => ok(client.GET('/api/v1/system/health')),
  jobs: (query: { state?: 'discarded' | 'retryable' }) => ok(client.GET('/api/v1/system/jobs', { params: { query } })),
  retryJob: (id: number) => ok(client.POST('/api/v1/system/jobs/{id}/retry', { params: { path: { id } } })),
  removeJob: (id: number) => ok(client.DELETE('/api/v1/system/jobs/{id}', { params: { path: { id } } })),
  parked: (query: { subscriber?: string }) => ok(client.GET('/api/v1/system/parked', { params: { query } })),
  replay: (id: string) => ok(client.POST('/api/v1/system/parked/{id}/replay', { params: { path: { id } } })),
  replayAll: (subscriber: string) => ok(client.POST('/api/v1/system/parked/replay', { body: { subscriber } })),
};
