// What the inbox knows, as components read it.
import type { Conversation, Counts, Details, ListFilter, Message, Presence } from '../../../api/inbox';
import type { Outgoing } from './outbox';

export interface Thread {
  items: readonly Message[];
  /** Where older ones go on; empty: there are none. */
  older: string;
  /** Everything up to this number of the conversation is here, but for what is older. */
  seen: number;
  status: 'loading' | 'ready' | 'failed';
  error?: unknown;
  loadingOlder: boolean;
  details?: Details;
}

export interface Listed {
  /** The filter that it answers, as text. */
  key: string;
  filter: ListFilter;
  ids: readonly string[];
  next: string;
  status: 'loading' | 'ready' | 'failed';
  error?: unknown;
  loadingMore: boolean;
}

export type Line = 'connecting' | 'on' | 'lost';

export interface InboxState {
  conversations: ReadonlyMap<string, Conversation>;
  threads: ReadonlyMap<string, Thread>;
  presence: ReadonlyMap<string, readonly Presence[]>;
  /** Until when a customer is writing, by conversation, RFC 3339. */
  typing: ReadonlyMap<string, string>;
  outgoing: readonly Outgoing[];
  list: Listed;
  counts?: Counts;
  line: Line;
  /** Since when the line is lost, in milliseconds since 1970. */
  lostAt: number;
}

export const emptyThread: Thread = { items: [], older: '', seen: 0, status: 'loading', loadingOlder: false };
