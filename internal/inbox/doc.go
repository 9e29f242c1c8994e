// Package inbox is one window for all conversations of a brand: what customers
// write over any account, who answers it, and how fast.
//
// Owns the tables inbox_org, inbox_conversation, inbox_message (with
// inbox_message_fts, the search index), inbox_attempt, inbox_reader,
// inbox_draft, inbox_assignment, inbox_presence, inbox_spell (from the
// customer's first message until it is resolved), inbox_alias and inbox_feed
// (numbered changes, kept for a day, that streams replay), inbox_desk,
// inbox_team, inbox_online, inbox_rule, inbox_hit and inbox_quick_reply.
//
// Follows message.received, message.sent, message.delivered, message.read,
// message.failed, friend.transferred, person.updated, person.merged,
// person.split and order.paid. Emits nothing.
//
// Invariants:
//   - A message is not an attempt. What staff write is a message at once; each
//     try to send it is a row before it is sent and after. It is sent once, or it
//     is shown as failed or doubtful; trying again truly sends.
//   - What came from the log can be rebuilt from it: ids of conversations and of
//     messages in them are made of the facts. What staff did (answers, notes,
//     status, assignee, read marks) stays as it was.
//   - Incoming messages are numbered within a conversation in the order in which
//     they came. What is read, answered or resolved is a number, never a time:
//     one that was on its way meanwhile is unread, waits, and opens the
//     conversation again.
//   - Every change of a conversation has a number in its org, given in the order
//     in which the changes are committed. Whoever asks for what came after a
//     number misses nothing.
//   - All changes of one org's inbox happen one after the other (see lock).
//   - A conversation is with a team or with its account's desk, and besides with
//     one of the staff or nobody yet. Which account's begin with which team is
//     said once for each account.
//   - Associates see conversations of their own customers, those assigned to
//     them, and unassigned ones of teams in which they are and of desks at
//     which they sit.
package inbox
