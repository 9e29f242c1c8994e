import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Message } from '../../../api/inbox';
import { Problem } from '../../../api/problem';
import { newKey, Outbox, wordsOf, type Outgoing } from './outbox';

const storage = new Map<string, string>();
const kept = { all: () => [...storage.values()], put: (k: string, v: string) => void storage.set(k, v), remove: (k: string) => void storage.delete(k) };

beforeEach(() => {
  storage.clear();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function box(send: (o: Outgoing) => Promise<Message>) {
  const sent: string[] = [];
  const o = new Outbox({ send, onSent: (x) => sent.push(x.key), onChange: () => {}, kept });
  return { o, sent };
}
const say = (conversation: string, text: string) => ({ conversation, kind: 'message' as const, post: { parts: [{ kind: 'text', text }] } });
const done = () => Promise.resolve({} as Message);
const flush = () => vi.advanceTimersByTimeAsync(0);

describe('what was written', () => {
  it('is sent once, in order, one after the other in a conversation', async () => {
    const seen: string[] = [];
    let running = 0;
    const { o, sent } = box(async (x) => {
      expect(++running).toBe(1);
      await new Promise((r) => setTimeout(r, 10));
      seen.push(wordsOf(x.post.parts ?? []));
      running--;
      return {} as Message;
    });
    for (const t of ['1', '2', '3']) o.add(say('a', t));
    await vi.advanceTimersByTimeAsync(50);
    expect(seen).toEqual(['1', '2', '3']);
    expect(sent).toHaveLength(3);
    expect(o.items).toEqual([]);
    expect(storage.size).toBe(0);
  });
  it('keeps its key over every try', async () => {
    const keys: string[] = [];
    const { o } = box((x) => {
      keys.push(x.key);
      return keys.length < 4 ? Promise.reject(keys.length === 2 ? new Problem({ status: 503 }) : new TypeError('offline')) : done();
    });
    const { key } = o.add(say('a', 'x'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(keys).toEqual([key, key, key, key]);
    expect(o.items).toEqual([]);
  });
  it('outlives a reload', async () => {
    const first = box(() => Promise.reject(new TypeError('offline')));
    const { key } = first.o.add(say('a', 'x'));
    await flush();
    first.o.close();
    expect(storage.size).toBe(1);
    const keys: string[] = [];
    const second = box((x) => {
      keys.push(x.key);
      return done();
    });
    second.o.kick();
    await flush();
    expect(keys).toEqual([key]);
    expect(storage.size).toBe(0);
  });
  it('that is refused waits for its writer, and holds nobody up', async () => {
    const { o, sent } = box((x) => (wordsOf(x.post.parts ?? []) === 'bad' ? Promise.reject(new Problem({ status: 409, detail: '窗口已关闭' })) : done()));
    const bad = o.add(say('a', 'bad'));
    const good = o.add(say('a', 'good'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual([good.key]);
    expect(o.items).toMatchObject([{ key: bad.key, state: 'refused', why: '窗口已关闭' }]);
    o.drop(bad.key);
    expect(storage.size).toBe(0);
  });
  it('of another conversation does not wait', async () => {
    const { o, sent } = box((x) => (x.conversation === 'a' ? new Promise(() => {}) : done()));
    o.add(say('a', '1'));
    const b = o.add(say('b', '2'));
    await flush();
    expect(sent).toEqual([b.key]);
  });
  it('that cannot be read from storage is left alone', () => {
    storage.set('x', '{');
    storage.set('y', 'null');
    expect(box(done).o.items).toEqual([]);
  });
});

describe('a key', () => {
  it('is one that the server takes, and another each time', () => {
    const keys = Array.from({ length: 100 }, newKey);
    expect(new Set(keys).size).toBe(100);
    for (const k of keys) expect(k).toMatch(/^[A-Za-z0-9_.:-]{8,64}$/);
  });
});
