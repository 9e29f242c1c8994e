// Package scorecard scores a pool by six elements: how surely each person is
// known, how often people are reached, what they cost, in how many scenes they
// are met, whether they talk back, and how quickly they are answered. Every
// score is a formula over what happened (elements.go); where that carries no
// answer there is a reason instead of a number.
//
// Owns the tables insight_scorecard_state, _alias, _person, _identity, _deed and
// _tally, a projection of the log, and insight_scorecard_month, the cards of
// months. Follows what its subscriber names; emits nothing. Costs come through a
// port.
//
// Invariants:
//   - The projection is a function of the log, the org's zone and its currency.
//   - A card of a month that was counted while the month ran stays as it was
//     once the month has been over for three days: neither later facts nor a
//     rebuild change it. Months from before anybody counted are told from the
//     log as it is known now, and say so.
//   - A score lies in 0 … 100 and moves one way with its measure.
package scorecard
