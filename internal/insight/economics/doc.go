// Package economics says what a person costs and whether it pays: what it cost
// to win people, when that came back, what they are worth beside it, and what
// would be if costs, repurchase, margin or the average order were different.
//
// Owns the table insight_economics_setting (the gross margin that the brand
// typed in). Everything else is counted from what other modules keep: who won
// whom and what that cost from acquisition, what is expected of people from
// insight_value, when people were first heard of from insight_person. It is
// counted into a cube that is kept in memory until its sources change: the
// cube's size depends on months and ways to arrive, never on people.
//
// Invariants:
//   - A person counts once, with the first arrival, as in acquisition's report
//     by the first arrival; who never arrived counts in the row without a key,
//     in the month in which they were first heard of. Rows other than those of
//     the channels' tree add up to the total.
//   - The people behind a count are found by the very rules that count them.
//   - What cannot be told is null and says why. No figure is NaN, infinite, or a
//     zero that nobody measured.
//   - Money in another currency than the org's is not added.
package economics
