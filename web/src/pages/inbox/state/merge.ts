// How what is known of conversations and messages changes by what is told. Pure.
import type { Conversation, ListFilter, Message } from '../../../api/inbox';

/** A moment as microseconds since 1970: the server's times are finer than the browser's. */
export function micros(iso: string | null | undefined): number {
  if (!iso) return 0;
  const whole = Date.parse(iso);
  if (Number.isNaN(whole)) return 0;
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? '';
  return whole * 1000 + Number(fraction.padEnd(6, '0').slice(3, 6) || 0);
}

const before = (a: Message, b: Message) => micros(a.at) - micros(b.at) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Adds messages to those that are known; one that is known already is replaced by what is told last. */
export function mergeMessages(known: readonly Message[], told: readonly Message[]): Message[] {
  if (told.length === 0) return known as Message[];
  const by = new Map(known.map((m) => [m.id, m]));
  for (const m of told) by.set(m.id, m);
  return [...by.values()].sort(before);
}

/**
 * The number up to which nothing is missing, when messages were told: it grows
 * over those that follow each other without a gap.
 */
export function reached(seen: number, told: readonly Message[]): number {
  let at = seen;
  for (const seq of told.map((m) => m.seq).sort((a, b) => a - b)) if (seq === at + 1) at = seq;
  return at;
}

/** Whether a conversation belongs in a list. */
export function belongs(c: Conversation, f: ListFilter, me: string): boolean {
  if (f.tab === 'mine' && c.assignee_staff_id !== me) return false;
  if (f.tab === 'unassigned' && c.assignee_staff_id !== '') return false;
  if (c.archived > 0 ? f.archive === 'without' || f.status === 'open' : f.archive === 'only') return false;
  const status = f.status ?? 'active';
  if (status === 'active' ? c.status === 'resolved' : status !== 'all' && c.status !== status) return false;
  if (f.account_id && c.account_id !== f.account_id) return false;
  if (f.staff_id && f.tab !== 'mine' && c.assignee_staff_id !== f.staff_id) return false;
  if (f.team_id && (f.team_id === 'mine' ? !f.my_teams?.includes(c.team_id) : c.team_id !== f.team_id)) return false;
  if (f.person_id && c.person_id !== f.person_id) return false;
  return !((f.waiting || f.sort === 'waiting') && !c.waiting_since);
}

/** The order of a list: the latest first, or who waits longest first. */
export function order(f: ListFilter): (a: Conversation, b: Conversation) => number {
  if (f.sort === 'waiting') return (a, b) => micros(a.waiting_since) - micros(b.waiting_since) || (a.id < b.id ? -1 : 1);
  return (a, b) => micros(b.last_at) - micros(a.last_at) || (a.id > b.id ? -1 : 1);
}

/**
 * Puts a changed conversation where it belongs in a list of ids. more: the list
 * goes on behind its end; what belongs there comes with the next page.
 */
export function place(ids: readonly string[], c: Conversation, f: ListFilter, me: string, known: ReadonlyMap<string, Conversation>, more: boolean): readonly string[] {
  const at = ids.indexOf(c.id);
  const compare = order(f);
  const get = (id: string | undefined) => (id === undefined ? undefined : id === c.id ? c : known.get(id));
  if (!belongs(c, f, me)) return at < 0 ? ids : ids.filter((id) => id !== c.id);
  const previous = get(ids[at - 1]);
  const next = get(ids[at + 1]);
  if (at >= 0 && (!previous || compare(previous, c) <= 0) && (!next || compare(c, next) <= 0)) return ids;
  const rest = at < 0 ? [...ids] : ids.filter((id) => id !== c.id);
  let low = 0;
  let high = rest.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = get(rest[middle]);
    if (other && compare(other, c) <= 0) low = middle + 1;
    else high = middle;
  }
  if (low === rest.length && more && rest.length > 0) return rest;
  rest.splice(low, 0, c.id);
  return rest;
}

/** Behind which incoming message the unread ones begin; nothing where all is read. */
export function unreadFrom(c: Pick<Conversation, 'incoming' | 'unread'>): number | undefined {
  return c.unread > 0 ? c.incoming - c.unread : undefined;
}
