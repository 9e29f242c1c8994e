import { describe, expect, it } from 'vitest';
import type { Conversation, ListFilter, Message } from '../../../api/inbox';
import { belongs, mergeMessages, micros, order, place, reached, unreadFrom } from './merge';

const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
const message = (seq: number, when = seq, state = ''): Message =>
  ({ id: `m${String(seq).padStart(4, '0')}`, seq, n: seq, direction: 'in', sender_kind: 'person', sender_id: '', sender_name: '', type: 'text', parts: [], text: `${seq}`, cut: false, collapsed: 0, hidden: false, state, attempts: [], attachments: [], at: at(when) }) as Message;
const conversation = (id: string, last: number, more: Partial<Conversation> = {}): Conversation =>
  ({ id, person_id: `p${id}`, person_name: id, account_id: 'a', account_name: 'A', account_kind: 'web', status: 'open', snoozed_until: null, assignee_staff_id: '', assignee_name: '', team_id: '', team_name: '', archived: 0, owner_staff_id: '', priority: 0, handed_over: false, waiting_since: null, incoming: 1, last_at: at(last), last_in_at: null, last_direction: 'in', last_type: 'text', last_text: '', last_seq: 1, unread: 0, ...more }) as Conversation;

describe('times', () => {
  it('are told apart to the microsecond', () => {
    expect(micros('2026-01-01T00:00:00.000002Z') - micros('2026-01-01T00:00:00.000001Z')).toBe(1);
    expect(micros('2026-01-01T00:00:00.5Z') - micros('2026-01-01T00:00:00Z')).toBe(500_000);
    expect(micros(null)).toBe(0);
    expect(micros('nonsense')).toBe(0);
  });
});

describe('messages', () => {
  it('are there once, in the order in which they happened', () => {
    const known = [message(1), message(2)];
    const merged = mergeMessages(known, [message(4, 0), message(2, 2, 'sent'), message(3)]);
    expect(merged.map((m) => m.seq)).toEqual([4, 1, 2, 3]);
    expect(merged.find((m) => m.seq === 2)?.state).toBe('sent');
    expect(mergeMessages(known, [])).toBe(known);
  });
  it('told in any order and any number of times come out the same', () => {
    const all = Array.from({ length: 40 }, (_, i) => message(i + 1, (i * 7) % 40));
    const once = mergeMessages([], all);
    let many: Message[] = [];
    for (let i = 0; i < 200; i++) many = mergeMessages(many, [all[(i * 13) % 40]!, all[(i * 29 + 5) % 40]!]);
    expect(many.map((m) => m.id)).toEqual(once.map((m) => m.id));
  });
  it('show a gap', () => {
    expect(reached(3, [message(4), message(5)])).toBe(5);
    expect(reached(3, [message(5), message(4)])).toBe(5);
    expect(reached(3, [message(5)])).toBe(3);
    expect(reached(3, [message(2)])).toBe(3);
  });
});

describe('a list', () => {
  const filter: ListFilter = { tab: 'all' };
  it('holds what belongs there', () => {
    expect(belongs(conversation('a', 1), { tab: 'mine' }, 'me')).toBe(false);
    expect(belongs(conversation('a', 1, { assignee_staff_id: 'me' }), { tab: 'mine' }, 'me')).toBe(true);
    expect(belongs(conversation('a', 1, { assignee_staff_id: 'me' }), { tab: 'unassigned' }, 'me')).toBe(false);
    expect(belongs(conversation('a', 1, { status: 'resolved' }), filter, 'me')).toBe(false);
    expect(belongs(conversation('a', 1, { status: 'resolved' }), { ...filter, status: 'all' }, 'me')).toBe(true);
    expect(belongs(conversation('a', 1), { ...filter, waiting: true }, 'me')).toBe(false);
    expect(belongs(conversation('a', 1, { waiting_since: at(1) }), { ...filter, sort: 'waiting' }, 'me')).toBe(true);
    expect(belongs(conversation('a', 1), { ...filter, account_id: 'b' }, 'me')).toBe(false);
    expect(belongs(conversation('a', 1, { team_id: 't' }), { ...filter, team_id: 't' }, 'me')).toBe(true);
    expect(belongs(conversation('a', 1), { ...filter, team_id: 't' }, 'me')).toBe(false);
    expect(belongs(conversation('a', 1, { team_id: 't' }), { ...filter, team_id: 'mine', my_teams: ['s', 't'] }, 'me')).toBe(true);
    expect(belongs(conversation('a', 1), { ...filter, team_id: 'mine', my_teams: ['s', 't'] }, 'me')).toBe(false);
  });
  it('has archived chats beside conversations', () => {
    const chat = conversation('a', 1, { archived: 3, assignee_staff_id: 'me' });
    for (const [f, want] of [[filter, true], [{ tab: 'mine' }, true], [{ tab: 'unassigned' }, false], [{ ...filter, status: 'all' }, true], [{ ...filter, status: 'open' }, false], [{ ...filter, waiting: true }, false], [{ ...filter, team_id: 't' }, false], [{ ...filter, archive: 'without' }, false], [{ ...filter, archive: 'only' }, true]] as [ListFilter, boolean][])
      expect(belongs(chat, f, 'me'), JSON.stringify(f)).toBe(want);
    expect(belongs(conversation('b', 1), { ...filter, archive: 'only' }, 'me')).toBe(false);
  });
  it('keeps its order whatever changes', () => {
    const known = new Map<string, Conversation>();
    let ids: readonly string[] = [];
    for (let i = 0; i < 300; i++) {
      const c = conversation(`c${(i * 17) % 60}`, (i * 31) % 101, i % 11 === 0 ? { status: 'resolved' } : {});
      known.set(c.id, c);
      ids = place(ids, c, filter, 'me', known, false);
      const want = [...known.values()].filter((x) => belongs(x, filter, 'me')).sort(order(filter)).map((x) => x.id);
      expect(ids).toEqual(want);
    }
  });
  it('leaves what comes behind its end to the next page', () => {
    const known = new Map([conversation('a', 9), conversation('b', 8)].map((c) => [c.id, c]));
    expect(place(['a', 'b'], conversation('c', 1), filter, 'me', known, true)).toEqual(['a', 'b']);
    expect(place(['a', 'b'], conversation('c', 1), filter, 'me', known, false)).toEqual(['a', 'b', 'c']);
  });
  it('is the same list when nothing moves', () => {
    const known = new Map([conversation('a', 9), conversation('b', 8)].map((c) => [c.id, c]));
    const ids = ['a', 'b'];
    expect(place(ids, conversation('b', 8, { unread: 3 }), filter, 'me', known, false)).toBe(ids);
  });
});

describe('unread', () => {
  it('begins behind what was read', () => {
    expect(unreadFrom({ incoming: 10, unread: 3 })).toBe(7);
    expect(unreadFrom({ incoming: 10, unread: 0 })).toBeUndefined();
  });
});
