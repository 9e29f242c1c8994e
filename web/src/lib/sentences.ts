// How an event on a person's timeline reads. The text is in the language files
// under `event`; here is decided which one, and what it is told.

export interface Sentence {
  key: string;
  values: Record<string, string | number>;
}

export interface OrderItem {
  sku: string;
  name: string;
  quantity: string;
  amountMinor: number;
}

interface Words {
  money: (minor: number, currency?: string) => string;
  stage: (stage: string) => string;
  identity: (kind: string) => string;
  purpose: (purpose: string) => string;
  carrier: (carrier: string) => string;
  /** Names of things by their ids; an id nobody knows is empty. */
  channel: (id: string) => string;
  segment: (id: string) => string;
}

const known = new Set([
  'order.paid',
  'order.refunded',
  'person.created',
  'person.updated',
  'person.merged',
  'person.split',
  'identity.added',
  'identity.removed',
  'tag.added',
  'tag.removed',
  'note.added',
  'consent.granted',
  'consent.withdrawn',
  'stage.changed',
  'page.viewed',
  'message.received',
  'message.sent',
  'message.delivered',
  'message.read',
  'message.failed',
  'friend.added',
  'friend.removed',
  'friend.transferred',
  'group.joined',
  'group.left',
  'welcome.sent',
  'welcome.missed',
  'welcome.doubtful',
  'channel.arrived',
  'segment.entered',
  'segment.left',
  'reward.earned',
  'reward.assigned',
  'proposal.made',
  'proposal.accepted',
  'proposal.refused',
  'proposal.undone',
  'followup.done',
  'followup.postponed',
  'followup.declined',
  'followup.undone',
  'followup.promised',
  'email.bounced',
  'email.complained',
  'word.hit',
  'complaint.made',
  'case.closed',
  'survey.started',
  'survey.answered',
  'survey.declined',
  'survey.retracted',
  'material.opened',
  'material.read',
  'material.forwarded',
]);

/** Every kind with a sentence of its own, in the order in which filters offer them. */
export const eventKinds = [...known];

function text(data: Record<string, unknown>, ...names: string[]): string {
  for (const name of names) {
    const v = data[name];
    if (typeof v === 'string' && v !== '') return v;
    if (typeof v === 'number') return String(v);
  }
  return '';
}

function amount(data: Record<string, unknown>): number {
  return typeof data.amount_minor === 'number' ? data.amount_minor : 0;
}

/** The goods of an order or refund; an event from outside may carry anything, so what is not goods is dropped. */
export function itemsOf(data: Record<string, unknown>): OrderItem[] {
  if (!Array.isArray(data.items)) return [];
  return data.items.flatMap((raw: unknown) => {
    if (typeof raw !== 'object' || raw === null) return [];
    const o = raw as Record<string, unknown>;
    return [{ sku: text(o, 'sku'), name: text(o, 'name'), quantity: text(o, 'quantity'), amountMinor: amount(o) }];
  });
}

/** What was answered to a survey, in a line. */
function answersOf(data: Record<string, unknown>): string {
  if (!Array.isArray(data.answers)) return '';
  return data.answers
    .map((a: unknown) => (typeof a === 'object' && a !== null ? text(a as Record<string, unknown>, 'answer') : ''))
    .filter(Boolean)
    .slice(0, 6)
    .join(' · ');
}

export function sentence(kind: string, data: Record<string, unknown>, w: Words): Sentence {
  if (!known.has(kind)) return { key: 'event.other', values: { kind } };
  const key = `event.${kind.replace('.', '_')}`;
  const currency = text(data, 'currency') || undefined;
  switch (kind) {
    case 'order.paid':
    case 'order.refunded':
      return {
        key,
        values: { money: w.money(amount(data), currency), order: text(data, 'order_id', 'refund_id'), count: itemsOf(data).length },
      };
    case 'identity.added':
    case 'identity.removed':
      return { key, values: { kind: w.identity(text(data, 'kind')), value: text(data, 'value') } };
    case 'tag.added':
    case 'tag.removed':
      return { key, values: { name: text(data, 'tag_name', 'name', 'tag_id') } };
    case 'consent.granted':
    case 'consent.withdrawn':
      return { key, values: { purpose: w.purpose(text(data, 'purpose')) } };
    case 'stage.changed': {
      const from = text(data, 'from');
      return from
        ? { key, values: { from: w.stage(from), to: w.stage(text(data, 'to')) } }
        : { key: 'event.stage_entered', values: { to: w.stage(text(data, 'to')) } };
    }
    case 'page.viewed':
      return { key, values: { page: text(data, 'title', 'path', 'url', 'page') } };
    case 'message.received':
    case 'message.sent':
      return { key, values: { text: text(data, 'text', 'summary'), via: w.carrier(text(data, 'carrier', 'channel', 'account')) } };
    case 'friend.added':
    case 'friend.transferred':
      // A channel is an id of ours by now; the sort of account says more.
      return { key, values: { via: w.carrier(text(data, 'account_kind', 'carrier', 'account')) } };
    case 'friend.removed': {
      const by = text(data, 'by');
      return { key: by === 'customer' || by === 'staff' ? `event.friend_removed_by_${by}` : key, values: {} };
    }
    case 'group.joined':
    case 'group.left':
      return { key, values: { name: text(data, 'name') } };
    case 'channel.arrived':
      return { key, values: { channel: w.channel(text(data, 'channel_id')) } };
    case 'segment.entered':
    case 'segment.left': {
      const name = w.segment(text(data, 'segment_id'));
      // A segment that is gone, or that one may not see: only that it was one.
      return name ? { key, values: { name } } : { key: key.replace('event.', 'eventKind.'), values: {} };
    }
    case 'survey.started':
    case 'survey.answered':
    case 'survey.declined':
    case 'survey.retracted':
      return { key, values: { name: text(data, 'name'), answers: answersOf(data) } };
    case 'material.opened':
    case 'material.read':
    case 'material.forwarded':
      return { key, values: { name: text(data, 'title'), seconds: text(data, 'seconds'), depth: text(data, 'depth') } };
    case 'followup.done': {
      const step = text(data, 'next_step');
      return step ? { key: 'event.followup_done_next', values: { step } } : { key, values: {} };
    }
    case 'followup.promised':
      return { key, values: { step: text(data, 'next_step') } };
    case 'message.failed':
    case 'email.bounced':
      return { key, values: { reason: text(data, 'reason', 'status') } };
    case 'word.hit': {
      const words = Array.isArray(data.words) ? data.words.filter((x): x is string => typeof x === 'string').join('、') : '';
      return { key: data.stopped === true ? 'event.word_stopped' : key, values: { words } };
    }
    case 'welcome.missed':
    case 'welcome.doubtful':
      return { key, values: { reason: text(data, 'reason') } };
    case 'person.merged':
    case 'person.split':
      return { key, values: { loser: text(data, 'loser_id') } };
    default:
      return { key, values: {} };
  }
}
