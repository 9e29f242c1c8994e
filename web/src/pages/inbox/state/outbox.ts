// What was written and is not yet at the server. Every message has its key from the
// moment it is written, and keeps it over every try, also over a reload: the server
// knows the same key again and takes it once.
import type { Message, Part, Post } from '../../../api/inbox';
import { asProblem, type Problem } from '../../../api/problem';
import { backOff } from './sse';

export interface Outgoing {
  key: string;
  conversation: string;
  kind: 'message' | 'note';
  post: Omit<Post, 'key'>;
  /** When it was written, RFC 3339. */
  at: string;
  /** waiting: for the network or its turn; refused: the server does not take it. */
  state: 'waiting' | 'sending' | 'refused';
  /** Why the last try did not succeed, in the server's words. */
  why?: string;
}

interface Ports {
  send: (o: Outgoing) => Promise<Message>;
  onSent: (o: Outgoing, m: Message) => void;
  onChange: (all: readonly Outgoing[]) => void;
  /** One entry a message: other tabs of the same person keep theirs beside them. */
  kept: { all: () => string[]; put: (key: string, text: string) => void; remove: (key: string) => void };
}

/** A key for a message: nobody else makes the same. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `w${[...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')}`;
}

/** Whether the same may succeed later without being changed. */
export function passes(p: Problem): boolean {
  return p.status === 0 || p.status === 401 || p.status === 408 || p.status === 425 || p.status === 429 || p.status >= 500;
}

function read(texts: string[]): Outgoing[] {
  return texts
    .flatMap((text) => {
      try {
        const o = JSON.parse(text) as Outgoing | null;
        return typeof o?.key === 'string' && typeof o.conversation === 'string' && o.post ? [o] : [];
      } catch {
        return [];
      }
    })
    .map((o) => (o.state === 'sending' ? { ...o, state: 'waiting' as const } : o))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** Sends what was written, one after the other within a conversation. */
export class Outbox {
  private all: Outgoing[];
  private readonly busy = new Set<string>();
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(private readonly ports: Ports) {
    this.all = read(ports.kept.all());
  }

  get items(): readonly Outgoing[] {
    return this.all;
  }

  add(o: Pick<Outgoing, 'conversation' | 'kind' | 'post'>, key = newKey()): Outgoing {
    const item: Outgoing = { ...o, key, at: new Date().toISOString(), state: 'waiting' };
    this.set([...this.all, item]);
    this.kick();
    return item;
  }

  /** Tries a refused one again, under its old key: it was not taken. */
  retry(key: string): void {
    this.patch(key, { state: 'waiting', why: undefined });
    this.kick();
  }

  drop(key: string): void {
    this.set(this.all.filter((o) => o.key !== key));
  }

  /** Sends whatever waits, now. */
  kick(): void {
    clearTimeout(this.timer);
    if (this.closed) return;
    const seen = new Set<string>();
    for (const o of this.all) {
      if (seen.has(o.conversation) || o.state === 'refused') continue;
      seen.add(o.conversation);
      if (!this.busy.has(o.conversation)) void this.send(o);
    }
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private async send(o: Outgoing): Promise<void> {
    this.busy.add(o.conversation);
    this.patch(o.key, { state: 'sending' });
    try {
      const m = await this.ports.send(o);
      this.tries = 0;
      this.ports.onSent(o, m);
      this.set(this.all.filter((x) => x.key !== o.key));
    } catch (error) {
      const p = asProblem(error);
      const why = p.status > 0 ? p.fields[0]?.message || p.detail || p.title : '';
      if (passes(p)) {
        this.patch(o.key, { state: 'waiting', why });
        this.busy.delete(o.conversation);
        if (!this.closed) {
          clearTimeout(this.timer);
          this.timer = setTimeout(() => this.kick(), backOff(this.tries++));
        }
        return;
      }
      this.patch(o.key, { state: 'refused', why });
    }
    this.busy.delete(o.conversation);
    this.kick();
  }

  private patch(key: string, change: Partial<Outgoing>): void {
    this.set(this.all.map((o) => (o.key === key ? { ...o, ...change } : o)));
  }

  private set(all: Outgoing[]): void {
    for (const o of this.all) if (!all.some((x) => x.key === o.key)) this.ports.kept.remove(o.key);
    for (const o of all) if (!this.all.includes(o)) this.ports.kept.put(o.key, JSON.stringify(o));
    this.all = all;
    this.ports.onChange(all);
  }
}

/** What a message says, for where only text fits. */
export function wordsOf(parts: readonly Part[]): string {
  return parts.map((p) => p.text || p.title || p.url || '').filter(Boolean).join('\n');
}
