// Package lifecycle knows in which stage of life each customer of an org is:
// new, first_order, repeat, silent or lost; since when, what comes next, and
// how recently, how often and for how much they buy (RFM).
//
// Owns the tables lifecycle_fact (the few numbers of each event that matter
// here), lifecycle_alias (who speaks for merged persons), lifecycle_person,
// lifecycle_stage_history, lifecycle_flow (moves between stages by month) and
// lifecycle_settings. Follows person.created, person.merged, person.split,
// order.paid and order.refunded; emits stage.changed.
//
// Invariants:
//   - A person's history is a function of their facts, the thresholds and the
//     present moment, and of nothing else: the order in which events arrive,
//     merges and splits on the way, and rebuilds leave no trace in it.
//   - stage.changed tells net changes. What it announced last is kept with the
//     person, also over a rebuild, so that nothing is announced twice.
//   - lifecycle_flow always equals the moves that lifecycle_stage_history shows.
//   - When thresholds change, history is drawn anew with them; the timeline
//     keeps what was announced under the old ones.
//
// The thresholds come from the org's own data unless somebody set them: see
// [Suggest]. Where stages follow the probability that somebody still buys, a
// model of another module tells it by three numbers (purchases, when the last one
// was, how long ago the first): each purchase then has thresholds of its own, and
// the newest model that differs by a tenth has everybody drawn anew.
package lifecycle
