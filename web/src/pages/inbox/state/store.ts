// What the inbox knows, kept true by one stream of changes. Components read slices
// of an unchangeable state; every change makes a new one.
import { inbox, type Conversation, type Details, type ListFilter, type Message, type Patch, type Presence, type Taker } from '../../../api/inbox';
import { Problem } from '../../../api/problem';
import { belongs, mergeMessages, order, place, reached } from './merge';
import { Outbox } from './outbox';
import { emptyThread, type InboxState, type Thread } from './shape';
import { openLine } from './sse';

export { emptyThread, type InboxState, type Line, type Listed, type Thread } from './shape';

interface Told {
  conversation: Conversation;
  unread: number;
  messages: Message[] | null;
}

const keptThreads = 12;
/** How long the first list waits for the stream: what comes in between is told, not asked for. In milliseconds. */
const patience = 1_500;
const countsEvery = 400;

const storageKey = (me: string) => `fishpond.outbox.${me}.`;

export class InboxStore {
  private state: InboxState;
  private readonly listeners = new Set<() => void>();
  private line: { close: () => void; now: () => void } | undefined;
  private users = 0;
  private resting: ReturnType<typeof setTimeout> | undefined;
  private counting: ReturnType<typeof setTimeout> | undefined;
  private readonly recent: string[] = [];
  private readonly catching = new Map<string, Promise<void>>();
  private ready: Promise<void> = Promise.resolve();
  private opened = () => {};
  private changes = 0;
  /** When the stream last told of a conversation, counted in events: answers to what was asked before are older. */
  private readonly toldAt = new Map<string, number>();
  private readonly messageAt = new Map<string, number>();
  private readonly sentAt = new Map<string, number>();
  private ticks = 0;
  readonly outbox: Outbox;

  constructor(
    readonly me: string,
    /** Whether whoever the messages are from is still the one who is signed in. */
    still: () => boolean,
  ) {
    const prefix = storageKey(me);
    this.outbox = new Outbox({
      send: (o) => {
        if (!still()) throw new Problem({ status: 0, code: 'signed_out' });
        this.sentAt.set(o.key, this.ticks);
        return o.kind === 'note' ? inbox.note(o.conversation, o.key, o.post.parts?.[0]?.text ?? '') : inbox.post(o.conversation, { ...o.post, key: o.key });
      },
      onSent: (o, m) => {
        this.tell(o.conversation, this.sift([m], this.sentAt.get(o.key) ?? this.ticks));
        this.sentAt.delete(o.key);
      },
      onChange: (outgoing) => this.set({ outgoing }),
      kept: {
        all: () => {
          try {
            return Object.keys(localStorage).filter((k) => k.startsWith(prefix)).map((k) => localStorage.getItem(k) ?? '');
          } catch {
            return [];
          }
        },
        put: (key, text) => {
          try {
            localStorage.setItem(prefix + key, text);
          } catch {
            // Private windows may refuse; it then lasts as long as the page.
          }
        },
        remove: (key) => {
          try {
            localStorage.removeItem(prefix + key);
          } catch {
            // as above
          }
        },
      },
    });
    this.state = {
      conversations: new Map(),
      threads: new Map(),
      presence: new Map(),
      typing: new Map(),
      outgoing: this.outbox.items,
      list: { key: '', filter: { tab: 'all' }, ids: [], next: '', status: 'loading', loadingMore: false },
      line: 'connecting',
      lostAt: 0,
    };
  }

  get = (): InboxState => this.state;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private set(change: Partial<InboxState>): void {
    this.state = { ...this.state, ...change };
    this.changes++;
    // What comes at once is drawn once.
    if (this.changes === 1) queueMicrotask(() => {
      this.changes = 0;
      for (const l of this.listeners) l();
    });
  }

  /** The stream is held open while somebody looks, and a little longer: pages are left for a moment. */
  attend(): () => void {
    clearTimeout(this.resting);
    this.users++;
    if (!this.line) this.connect();
    return () => {
      this.users--;
      if (this.users > 0) return;
      this.resting = setTimeout(() => {
        this.line?.close();
        this.line = undefined;
        // What was known is old by then.
        this.set({ threads: new Map(), presence: new Map(), list: { ...this.state.list, key: '' } });
      }, 20_000);
    };
  }

  close(): void {
    clearTimeout(this.resting);
    clearTimeout(this.counting);
    this.outbox.close();
    this.line?.close();
    this.line = undefined;
  }

  reconnect(): void {
    this.line?.now();
  }

  private connect(): void {
    let known = false;
    this.ready = new Promise((resolve) => {
      this.opened = resolve;
      setTimeout(resolve, patience);
    });
    this.set({ line: 'connecting' });
    this.line = openLine(inbox.streamAddress, {
      onOpen: (resumed) => {
        this.opened();
        this.set({ line: 'on', lostAt: 0 });
        // The first time, what was loaded before it was on may have missed something.
        if (!resumed && (known || this.state.list.status !== 'loading')) this.anew();
        known = true;
        this.outbox.kick();
        this.recount();
      },
      onLost: (status) => {
        if (this.state.line !== 'lost') this.set({ line: 'lost', lostAt: Date.now() });
        if (status === 401) void inbox.counts().catch(() => {}); // tells that the session has ended
      },
      onEvent: (e) => {
        try {
          this.heard(e.name, JSON.parse(e.data));
        } catch {
          // One event that cannot be read shall not end the line.
        }
      },
    });
  }

  private heard(name: string, data: unknown): void {
    if (name === 'reload') return this.anew();
    if (name === 'presence') {
      const p = data as { conversation_id: string; staff: Presence[]; customer_typing_until: string | null };
      this.present(p.conversation_id, p.staff);
      this.typing(p.conversation_id, p.customer_typing_until);
      return;
    }
    if (name === 'gone') return this.gone((data as { conversation_id: string }).conversation_id);
    if (name !== 'conversation') return;
    const told = data as Told;
    this.toldAt.set(told.conversation.id, ++this.ticks);
    for (const m of told.messages ?? []) this.messageAt.set(m.id, this.ticks);
    if (this.messageAt.size > 20_000) this.messageAt.clear();
    if (told.messages?.some((m) => m.direction === 'in' && m.n === told.conversation.incoming)) this.typing(told.conversation.id, null); // said what was being written
    this.known([{ ...told.conversation, unread: told.unread }]);
    this.tell(told.conversation.id, told.messages ?? []);
    this.recount();
  }

  private present(id: string, staff: readonly Presence[]): void {
    const presence = new Map(this.state.presence);
    if (staff.length) presence.set(id, staff);
    else presence.delete(id);
    this.set({ presence });
  }

  private typing(id: string, until: string | null): void {
    if ((this.state.typing.get(id) ?? null) === until) return;
    const typing = new Map(this.state.typing);
    if (until) typing.set(id, until);
    else typing.delete(id);
    this.set({ typing });
  }

  private gone(id: string): void {
    const conversations = new Map(this.state.conversations);
    const threads = new Map(this.state.threads);
    conversations.delete(id);
    threads.delete(id);
    this.toldAt.delete(id);
    this.set({ conversations, threads, list: { ...this.state.list, ids: this.state.list.ids.filter((x) => x !== id) } });
    this.recount();
  }

  /** Conversations as they are now: shown everywhere, moved to where they belong. */
  known(all: readonly Conversation[]): void {
    const conversations = new Map(this.state.conversations);
    for (const c of all) conversations.set(c.id, { ...conversations.get(c.id), ...c });
    const { list } = this.state;
    let { ids } = list;
    if (list.status === 'ready') for (const c of all) ids = place(ids, conversations.get(c.id)!, list.filter, this.me, conversations, list.next !== '');
    this.set({ conversations, list: ids === list.ids ? list : { ...list, ids } });
  }

  /** The answer to a question that was asked at a tick, unless the stream has told of it since. */
  private answered(all: readonly Conversation[], asked: number): void {
    const fresh = all.filter((c) => (this.toldAt.get(c.id) ?? 0) <= asked);
    if (fresh.length > 0) this.known(fresh);
  }

  /** Messages of an answer without those that the stream has told of since it was asked for. */
  private sift(all: readonly Message[], asked: number): Message[] {
    return all.filter((m) => (this.messageAt.get(m.id) ?? 0) <= asked);
  }

  private merged(items: readonly Conversation[], asked: number): Map<string, Conversation> {
    const conversations = new Map(this.state.conversations);
    for (const c of items) if (!conversations.has(c.id) || (this.toldAt.get(c.id) ?? 0) <= asked) conversations.set(c.id, c);
    return conversations;
  }

  /** Messages of a conversation, new or changed. */
  private tell(id: string, told: readonly Message[]): void {
    const thread = this.state.threads.get(id);
    if (!thread || thread.status !== 'ready') return;
    if (told.length > 0) {
      this.patchThread(id, { items: mergeMessages(thread.items, told), seen: reached(thread.seen, told) });
    }
    void this.catchUp(id);
  }

  private patchThread(id: string, change: Partial<Thread>): void {
    const threads = new Map(this.state.threads);
    threads.set(id, { ...(threads.get(id) ?? emptyThread), ...change });
    this.set({ threads });
  }

  /** Loads what lies between what is here and what the conversation says that there is. */
  private catchUp(id: string): Promise<void> {
    const missing = () => {
      const t = this.state.threads.get(id);
      const last = this.state.conversations.get(id)?.last_seq ?? 0;
      return t?.status === 'ready' && last > t.seen ? { after: t.seen, last } : undefined;
    };
    const under = this.catching.get(id);
    if (under || !missing()) return under ?? Promise.resolve();
    const run = async () => {
      for (let m = missing(); m; m = missing()) {
        const asked = this.ticks;
        const page = await inbox.messages(id, { after: Math.max(1, m.after), limit: 100 });
        const t = this.state.threads.get(id);
        if (!t) return;
        const got = page.items.at(-1)?.seq ?? 0;
        this.patchThread(id, { items: mergeMessages(t.items, this.sift(page.items, asked)), seen: page.more ? Math.max(t.seen, got) : Math.max(t.seen, got, m.last) });
      }
    };
    const pending = run()
      .catch(() => {}) // the next event asks again
      .finally(() => this.catching.delete(id));
    this.catching.set(id, pending);
    return pending;
  }

  private recount(): void {
    if (this.counting) return;
    this.counting = setTimeout(() => {
      this.counting = undefined;
      inbox.counts().then((counts) => this.set({ counts }), () => {});
    }, countsEvery);
  }

  /** More was missed than is kept: everything that is shown is asked for again. */
  private anew(): void {
    const open = this.recent.at(-1);
    const threads = new Map(this.state.threads);
    for (const id of threads.keys()) if (id !== open) threads.delete(id);
    this.set({ threads });
    void this.load(this.state.list.filter, true);
    if (open && threads.has(open)) void this.openThread(open, true);
    this.recount();
  }

  async load(filter: ListFilter, again = false): Promise<void> {
    const key = JSON.stringify(filter);
    if (!again && this.state.list.key === key && this.state.list.status !== 'failed') return;
    const quiet = this.state.list.key === key && this.state.list.status === 'ready';
    if (!quiet) this.set({ list: { key, filter, ids: [], next: '', status: 'loading', loadingMore: false } });
    await this.ready;
    const asked = this.ticks;
    try {
      const page = await inbox.list(filter);
      if (this.state.list.key !== key) return;
      const conversations = this.merged(page.items, asked);
      let ids: readonly string[] = page.items.map((c) => c.id);
      // What was told while this was asked for: moved, gone or new.
      for (const [id, tick] of this.toldAt) if (tick > asked) ids = place(ids, conversations.get(id)!, filter, this.me, conversations, page.next_cursor !== '');
      this.set({ conversations, counts: page.counts, list: { key, filter, ids, next: page.next_cursor, status: 'ready', loadingMore: false } });
    } catch (error) {
      if (this.state.list.key === key && !quiet) this.set({ list: { ...this.state.list, status: 'failed', error } });
    }
  }

  async loadMore(): Promise<void> {
    const { list } = this.state;
    if (list.status !== 'ready' || list.loadingMore || !list.next) return;
    this.set({ list: { ...list, loadingMore: true } });
    const asked = this.ticks;
    try {
      const page = await inbox.list(list.filter, list.next, 100);
      const now = this.state.list;
      if (now.key !== list.key) return;
      const conversations = this.merged(page.items, asked);
      // One that has moved meanwhile is in both: once, where it belongs now.
      const ids = [...new Set([...now.ids, ...page.items.map((c) => c.id)])].filter((id) => belongs(conversations.get(id)!, now.filter, this.me));
      const compare = order(now.filter);
      ids.sort((a, b) => compare(conversations.get(a)!, conversations.get(b)!));
      this.set({ conversations, list: { ...now, ids, next: page.next_cursor, loadingMore: false } });
    } catch {
      this.set({ list: { ...this.state.list, loadingMore: false } });
    }
  }

  /** Loads a conversation and its latest messages, or what is new about one that is here. */
  async openThread(id: string, again = false): Promise<void> {
    const at = this.recent.indexOf(id);
    if (at >= 0) this.recent.splice(at, 1);
    this.recent.push(id);
    if (this.recent.length > keptThreads) {
      const threads = new Map(this.state.threads);
      threads.delete(this.recent.shift()!);
      this.set({ threads });
    }
    const had = this.state.threads.get(id);
    if (had?.status === 'ready' && !again) {
      void this.refresh(id);
      void this.catchUp(id);
      return;
    }
    if (had?.status !== 'ready') this.patchThread(id, { ...emptyThread });
    await this.ready;
    const asked = this.ticks;
    try {
      const [page, details] = await Promise.all([inbox.messages(id, {}), inbox.read(id)]);
      const seen = Math.max(0, ...page.items.map((m) => m.seq));
      const now = this.state.threads.get(id);
      const kept = had?.status === 'ready' && now ? now : undefined;
      this.patchThread(id, {
        items: mergeMessages(kept?.items ?? [], kept ? this.sift(page.items, asked) : page.items),
        older: kept && kept.items.length > 0 ? kept.older : page.next_cursor,
        seen: kept ? kept.seen : seen,
        status: 'ready',
        error: undefined,
        details,
      });
      this.learn(details, asked);
      await this.catchUp(id);
    } catch (error) {
      if (this.state.threads.get(id)?.status !== 'ready') this.patchThread(id, { status: 'failed', error });
    }
  }

  private learn(details: Details, asked: number): void {
    const { composer: _c, presence, customer_typing_until, draft: _d, read_up_to: _r, history: _h, account_active: _a, chat: _t, ...conversation } = details;
    this.answered([conversation], asked);
    this.present(details.id, presence);
    this.typing(details.id, customer_typing_until);
  }

  /** Asks again what can be sent now, and who looks. */
  async refresh(id: string): Promise<void> {
    const asked = this.ticks;
    try {
      const details = await inbox.read(id);
      if (!this.state.threads.has(id)) return;
      this.patchThread(id, { details });
      this.learn(details, asked);
    } catch (error) {
      if (error instanceof Problem && error.status === 404) this.gone(id);
    }
  }

  async loadOlder(id: string, limit = 50): Promise<boolean> {
    const t = this.state.threads.get(id);
    if (!t || t.status !== 'ready' || t.loadingOlder || !t.older) return false;
    this.patchThread(id, { loadingOlder: true });
    const asked = this.ticks;
    try {
      const page = await inbox.messages(id, { cursor: t.older, limit });
      this.patchThread(id, { items: mergeMessages(this.state.threads.get(id)?.items ?? [], this.sift(page.items, asked)), older: page.next_cursor, loadingOlder: false });
      return true;
    } catch {
      this.patchThread(id, { loadingOlder: false });
      return false;
    }
  }

  /** Loads older messages until one is here; false: it is too far back, or gone. */
  async reach(id: string, message: string): Promise<boolean> {
    for (let pages = 0; pages < 40; pages++) {
      if (this.state.threads.get(id)?.items.some((m) => m.id === message)) return true;
      if (!(await this.loadOlder(id, 100))) return false;
    }
    return false;
  }

  async change(id: string, patch: Patch): Promise<Conversation> {
    const asked = this.ticks;
    const c = await inbox.update(id, patch);
    this.answered([c], asked);
    this.recount();
    return c;
  }

  async transfer(id: string, to: Taker, note: string): Promise<Conversation> {
    const asked = this.ticks;
    const c = await inbox.transfer(id, to, note);
    this.answered([c], asked);
    this.recount();
    return c;
  }

  async retry(id: string, message: string): Promise<void> {
    const asked = this.ticks;
    this.tell(id, this.sift([await inbox.retry(id, message)], asked));
  }

  async markRead(id: string, incoming: number): Promise<void> {
    const asked = this.ticks;
    const { unread } = await inbox.markRead(id, incoming);
    const c = this.state.conversations.get(id);
    if (c && c.unread !== unread) this.answered([{ ...c, unread }], asked);
    this.recount();
  }

  async look(id: string, how: { typing?: boolean; gone?: boolean }): Promise<void> {
    try {
      const { items } = await inbox.look(id, how);
      if (!how.gone) this.present(id, items);
    } catch {
      // Nobody sees it then; the next one follows in ten seconds.
    }
  }
}
