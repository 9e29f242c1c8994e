import type { Broadcast, BroadcastInput, BroadcastPart } from '../../api/broadcasts';
import { momentOf, shownAt } from '../../lib/zone';

/** A broadcast as it is written: the text apart from what is attached, the time as the brand's clock shows it. */
export interface Draft {
  name: string;
  account_id: string;
  text: string;
  attachments: BroadcastPart[];
  chat_ids: string[];
  user_ids: string[];
  tag_ids: string[];
  start_at: string;
  days: number;
}

export function fromBroadcast(b: Broadcast, timeZone: string): Draft {
  return {
    name: b.name,
    account_id: b.account_id,
    text: b.parts.filter((p) => p.kind === 'text').map((p) => p.text ?? '').join('\n'),
    attachments: b.parts.filter((p) => p.kind !== 'text'),
    chat_ids: b.targets.chat_ids,
    user_ids: b.targets.user_ids,
    tag_ids: b.targets.tag_ids,
    start_at: b.start_at ? shownAt(b.start_at, timeZone) : '',
    days: b.days,
  };
}

export function toInput(d: Draft, timeZone: string): BroadcastInput {
  const parts: BroadcastPart[] = [...(d.text.trim() ? [{ kind: 'text' as const, text: d.text }] : []), ...d.attachments];
  return {
    name: d.name,
    account_id: d.account_id,
    parts,
    targets: { chat_ids: d.chat_ids, user_ids: d.user_ids, tag_ids: d.tag_ids },
    days: d.days,
    ...(d.start_at ? { start_at: momentOf(d.start_at, timeZone) } : {}),
  };
}

/** How many attachments fit, and of which kinds: a moment takes pictures, or one video, or one link. */
export function roomFor(kind: Broadcast['kind'], have: BroadcastPart[]): { most: number; kinds: BroadcastPart['kind'][] } {
  if (kind === 'group') return { most: 9, kinds: ['image', 'video', 'file', 'link', 'mini_program'] };
  const first = have[0]?.kind;
  if (first === 'image') return { most: 9, kinds: ['image'] };
  return first ? { most: 1, kinds: [] } : { most: 9, kinds: ['image', 'video', 'link'] };
}
