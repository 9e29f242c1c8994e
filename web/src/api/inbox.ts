// Calls of the inbox: conversations, messages, desks, rules, quick replies, measures.
import { address, client, currentLanguage, ok, unauthenticated } from './http';
import { problemFrom } from './problem';
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];
type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;

export type Conversation = Schemas['Conversation'];
export type Counts = Schemas['Counts'];
/** What selects conversations; what is left out: all. */
export type ListFilter = Pick<QueryOf<'list-conversations'>, 'status' | 'account_id' | 'staff_id' | 'team_id' | 'person_id' | 'archive' | 'waiting' | 'sort'> & {
  tab: Tab;
  /** With the team "mine": which they are. The server knows by itself. */
  my_teams?: readonly string[];
};
export type Tab = 'mine' | 'unassigned' | 'all';
/** One piece of a message. Kinds that are not known here may come: they are shown, not sent. */
export type Part = Omit<Schemas['InboxPart'], 'kind'> & { kind: string };
export type Attachment = Schemas['Attachment'];
export type Message = Omit<Schemas['Message'], 'parts'> & { parts: Part[] };
/** A message with the conversation in which it stands. */
export type Placed = Omit<Schemas['Placed'], 'parts'> & { parts: Part[] };
export type Presence = Schemas['Presence'];
export type Composer = Schemas['Composer'];
export type Handover = Schemas['Handover'];
export type Details = Schemas['Details'];
export type Found = Omit<Schemas['Found'], 'parts'> & { parts: Part[] };
export type Patch = Schemas['Patch'];
export type Post = Omit<Schemas['Post'], 'parts'> & { parts?: Part[] };
export type Shift = Schemas['Shift'];
export type Desk = Schemas['Desk'];
export type Colleague = Schemas['Colleague'];
export type Rule = Omit<Schemas['Rule'], 'parts'> & { parts?: Part[] };
export type RuleKind = Rule['kind'];
export type QuickReply = Omit<Schemas['QuickReply'], 'parts'> & { parts: Part[] };
export type Scope = QuickReply['scope'];
export type Measured = Schemas['Measured'];
export type MeasuredBy = Schemas['MeasuredBy'];
export type Measures = Schemas['Measures'];
export type Media = Schemas['Media'];
export type Skill = Schemas['Skill'];
export type Team = Schemas['Team'];
/** Who gets a conversation: a colleague, or a team. */
export type Taker = { staff_id: string } | { team_id: string };

const one = (id: string) => ({ params: { path: { id } } });
const pageSize = 50;

export const inbox = {
  list: ({ my_teams: _, ...filter }: ListFilter, cursor?: string, limit = pageSize) => ok(client.GET('/api/v1/inbox/conversations', { params: { query: { ...filter, cursor, limit } } })),
  counts: () => ok(client.GET('/api/v1/inbox/counts')),
  read: (id: string) => ok(client.GET('/api/v1/inbox/conversations/{id}', one(id))),
  update: (id: string, body: Patch) => ok(client.PATCH('/api/v1/inbox/conversations/{id}', { ...one(id), body })),
  transfer: (id: string, to: Taker, note: string) => ok(client.POST('/api/v1/inbox/conversations/{id}/transfer', { ...one(id), body: { ...to, note: note || undefined } })),
  messages: (id: string, query: QueryOf<'list-messages'>) => ok(client.GET('/api/v1/inbox/conversations/{id}/messages', { params: { path: { id }, query } })),
  /** What was said with one person over all accounts. */
  together: (id: string, cursor?: string) => ok(client.GET('/api/v1/inbox/persons/{id}/messages', { params: { path: { id }, query: { cursor, limit: pageSize } } })),
  post: (id: string, body: Post) => ok(client.POST('/api/v1/inbox/conversations/{id}/messages', { ...one(id), body: body as Schemas['Post'] })),
  note: (id: string, key: string, text: string) => ok(client.POST('/api/v1/inbox/conversations/{id}/notes', { ...one(id), body: { key, text } })),
  retry: (id: string, message_id: string) =>
    ok(client.POST('/api/v1/inbox/conversations/{id}/messages/{message_id}/retry', { params: { path: { id, message_id } } })),
  markRead: (id: string, incoming: number) => ok(client.POST('/api/v1/inbox/conversations/{id}/read', { ...one(id), body: { incoming } })),
  /** leaving: it shall arrive though the page goes away. */
  draft: (id: string, text: string, leaving = false) =>
    ok(client.PUT('/api/v1/inbox/conversations/{id}/draft', { ...one(id), body: { text }, keepalive: leaving })),
  look: (id: string, how: { typing?: boolean; gone?: boolean } = {}) =>
    ok(client.POST('/api/v1/inbox/conversations/{id}/presence', { ...one(id), body: how, keepalive: how.gone })),
  search: (q: string, account_id: string | undefined, cursor?: string) => ok(client.GET('/api/v1/inbox/search', { params: { query: { q, account_id, cursor, limit: 30 } } })),
  /** Where the browser listens for changes; since: the number of the last that it knows. */
  streamAddress: (since?: string) => address('/api/v1/inbox/stream', { since }),
  /** Drafts an answer. It is looked over and sent by a human, or not. */
  suggest: (id: string) => ok(client.POST('/api/v1/inbox/conversations/{id}/suggestion', one(id))),
  measures: (query: QueryOf<'measure-inbox'>) => ok(client.GET('/api/v1/inbox/measures', { params: { query } })),
};

export const desks = {
  list: () => ok(client.GET('/api/v1/inbox/desks')),
  set: ({ account_id, ...body }: Desk) => ok(client.PUT('/api/v1/inbox/desks/{account_id}', { params: { path: { account_id } }, body })),
  staff: () => ok(client.GET('/api/v1/inbox/staff')),
  away: (away: boolean) => ok(client.PUT('/api/v1/inbox/away', { body: { away } })),
};

export const teams = {
  list: () => ok(client.GET('/api/v1/inbox/teams')),
  save: (team: Team) => (team.id ? ok(client.PUT('/api/v1/inbox/teams/{id}', { ...one(team.id), body: team })) : ok(client.POST('/api/v1/inbox/teams', { body: team }))),
  remove: (id: string) => ok(client.DELETE('/api/v1/inbox/teams/{id}', one(id))),
};

export const assistant = {
  read: () => ok(client.GET('/api/v1/inbox/assistant')),
  set: (enabled: boolean) => ok(client.PUT('/api/v1/inbox/assistant', { body: { enabled } })),
};

export const sidebar = {
  /** What lets a page use the scripts of the platform's chat sidebar. */
  sign: (id: string, url: string) => ok(client.GET('/api/v1/carriers/accounts/{id}/sidebar', { params: { path: { id }, query: { url } } })),
  personOf: (id: string, external_userid: string) => ok(client.GET('/api/v1/carriers/accounts/{id}/persons', { params: { path: { id }, query: { external_userid } } })),
};

export const rules = {
  list: () => ok(client.GET('/api/v1/inbox/rules')),
  save: (rule: Rule) => {
    const body = rule as Schemas['Rule'];
    return rule.id ? ok(client.PUT('/api/v1/inbox/rules/{id}', { ...one(rule.id), body })) : ok(client.POST('/api/v1/inbox/rules', { body }));
  },
  remove: (id: string) => ok(client.DELETE('/api/v1/inbox/rules/{id}', one(id))),
  test: (body: Schemas['TryInBody']) => ok(client.POST('/api/v1/inbox/rules/test', { body })),
};

export const quickReplies = {
  find: (q: string, account_id?: string, limit = 12) => ok(client.GET('/api/v1/inbox/quick-replies', { params: { query: { q, account_id, limit } } })),
  all: () => ok(client.GET('/api/v1/inbox/quick-replies', { params: { query: { limit: 2000 } } })),
  save: (reply: QuickReply) => {
    const body = reply as Schemas['QuickReply'];
    return reply.id ? ok(client.PUT('/api/v1/inbox/quick-replies/{id}', { ...one(reply.id), body })) : ok(client.POST('/api/v1/inbox/quick-replies', { body }));
  },
  remove: (id: string) => ok(client.DELETE('/api/v1/inbox/quick-replies/{id}', one(id))),
  use: (id: string, conversation_id: string) => ok(client.POST('/api/v1/inbox/quick-replies/{id}/use', { ...one(id), body: { conversation_id } })),
};

export const media = {
  address: (id: string) => address('/api/v1/carriers/media/{id}').replace('{id}', encodeURIComponent(id)),
  /** Stores a file to be sent; what it is, the server decides from its content. The generated client would have to be told how a form is written. */
  upload: async (file: File): Promise<Media> => {
    const body = new FormData();
    body.append('file', file);
    const response = await fetch(address('/api/v1/carriers/media'), { method: 'POST', body, credentials: 'same-origin', headers: { 'Accept-Language': currentLanguage() } });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer as Media;
    if (response.status === 401) unauthenticated();
    throw problemFrom(response.status, answer, response.headers.get('X-Request-Id') ?? '');
  },
};
