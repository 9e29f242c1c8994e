// Package followup makes the list with which an associate starts the day: the
// people who matter today, and why each is on it.
//
// Owns the tables followup_org, followup_day, followup_rule, followup_item,
// followup_reason, followup_list, followup_mark, followup_promise,
// followup_recent and followup_gain. Follows order.paid, order.refunded,
// message.received, message.sent, person.merged and person.split. Emits the
// events of followupevent.
//
// Invariants:
//   - A rule is a segment and a day: from the day of its anchor (an order, a
//     birthday, a message) on, so many days. Each reason holds what was true when
//     the list was made.
//   - The lists of a day are made in one transaction, under the next number of
//     the day: twice by nobody, and never by half.
//   - One person is on one list of a day, once, with all reasons.
//   - Making the lists of a day again leaves what was attended to as it is.
//   - Whoever was attended to is not listed by the same rule for the same
//     occasion again; who was not interested, not by that rule for so many days.
//   - An order counts for one item: the person's latest, listed before it.
//   - Associates see their own list, and nobody else's.
package followup
