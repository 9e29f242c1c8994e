// Inviting into a group. Nobody can be put into one: a message says where the group's code is, and a wait hears of who came by it.
import type { Step } from '../../../api/journeys';
import { whereText } from './where';

/** A live code that leads into a group. */
export interface GroupCode {
  id: string;
  name: string;
  page_url: string;
}

export interface InvitationWords {
  text: string;
  send: string;
  wait: string;
  came: string;
}

/**
 * The two steps. The message does not hold people up: whoever comes into the group
 * before it is noticed that the message was sent would have come too early for the wait.
 */
export function invitation(code: GroupCode, words: InvitationWords, ids: readonly [string, string]): Step[] {
  return [
    { id: ids[0], kind: 'message', name: words.send, message: { text: words.text, patience_hours: 72, no_wait: true } },
    { id: ids[1], kind: 'wait_event', name: words.wait, event: 'channel.arrived', where: whereText([{ property: 'code_id', is: '=', value: code.id }]), seconds: 7 * 86_400, ways: [{ name: words.came }] },
  ];
}
