// Package acquisition is where people come from and what that cost: channels
// and their costs, live codes, own links, printed cards and forms, the arrivals
// through all of them, and who gets the credit for persons and orders.
//
// Owns the tables acquisition_channel (a tree of platform, campaign and
// entrance), acquisition_cost (by channel and day), acquisition_path,
// acquisition_arrival, acquisition_source, acquisition_alias and acquisition_state (the projection
// of arrivals, orders and refunds), acquisition_visit and acquisition_visitor (anonymous visits and
// whom they belonged to), acquisition_code and acquisition_way (live codes and
// what the platform knows of them), acquisition_link, acquisition_form,
// acquisition_entry, acquisition_batch, acquisition_card, acquisition_reward,
// acquisition_claim, acquisition_order (numbers of orders that can be proven),
// acquisition_namecard, acquisition_showcase, acquisition_card_visitor and
// acquisition_card_look (business cards, what stands on them and who looked),
// acquisition_poster and acquisition_hit.
//
// Emits channel.arrived, reward.earned, reward.assigned, code.blocked and
// code.cleared. Follows friend.added, friend.removed, friend.transferred,
// identity.added, message.received, person.merged, person.split, order.paid,
// order.refunded and its own channel.arrived.
//
// Invariants:
//   - What was learned of a person stays under the id in the event; who speaks
//     for whom is looked up when a report is drawn. Merges and splits leave no
//     trace, and a rebuilt projection equals the live one.
//   - An arrival names the channel as it was pointed to then. Reports sum along
//     the tree as it is now.
//   - Money is split in whole minor units by the largest remainder; every report
//     adds up to the costs and orders that it was drawn from. Among equal
//     remainders the earliest touch gets the unit; the rest of a span of days
//     belongs to its first days.
//   - Costs are in the org's currency. Orders in another one count as orders and
//     add no money.
//   - A reward is for a neutral act: a scan, a new friend, a form, a paid order.
//     Nothing can reward a review, a rating or a share, and no text may ask for
//     a good review. A claim is earned and told of once; no limit or budget is
//     passed, however many come at once.
//   - The state of a live code is unique in the org and at most 30 characters.
package acquisition
