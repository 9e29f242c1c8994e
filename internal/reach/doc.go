// Package reach is the only door out: it says whether a message may go to a
// person now, and why not, and sends what may.
//
// Owns the tables reach_settings (the rules of a brand's gate), reach_person
// (what the gate knows of a person), reach_plan, reach_message and reach_tally
// (what is to be sent, and what became of it), reach_batch (what a node is
// sending just now), reach_attempt (attempts that did not end well) and
// reach_account (how it stands with accounts: rates and breakers).
//
// Follows consent.granted, consent.withdrawn, message.received, order.paid,
// person.updated, person.merged, person.split, message.delivered, message.read,
// message.failed, email.bounced and email.complained. Emits message.sent and
// message.failed (package carrierevent) for what it sends itself, once each.
//
// Invariants:
//   - A plan and its messages are stored before anything leaves.
//   - A message is judged in the transaction that takes it for sending, and
//     counts against the person's limits, the account's and the plan's rate from
//     that transaction on: no kill can exceed them.
//   - Every change of a message's state is a compare-and-set on the one before,
//     and the tally of its plan changes with it.
//   - A message that a process was sending when it died is tried again only where
//     the carrier's side knows it by its key, or where the process's journal
//     (package journal) says that it had not begun. Else, which is mail that was
//     on the wire, it is doubtful: it may have arrived, it is listed, and nobody
//     sends it again by itself. It goes on counting against the person's limits.
//   - While the machine's clock shows another time than the one that has passed,
//     nothing is claimed, and what is written down goes by the latter.
//   - What waits is judged anew when its time has come.
//   - The same person, or the same key, twice in a plan is one message.
//   - What a member of staff must confirm counts against the person's limits on
//     every day until it is known when it went.
package reach
