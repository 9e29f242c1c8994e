// Package drill answers what would be left tomorrow: for every account, member
// of staff and platform, how many people, and how much of what they are expected
// to buy, would be out of reach if it vanished tonight; how each of the others
// would be reached instead; and what to do before it happens.
//
// Owns the tables insight_drill_run (runs and their figures), insight_drill_bits
// (who was reached over what in a run: the people behind its figures),
// insight_drill_step (what became of a run's plan) and insight_drill_monthly
// (when one is run by itself). It follows no events: a run
// reads the pool, the ties of accounts, the gate's word and people's values once,
// through Sources, each in one stream, and then only counts sets of persons'
// numbers.
//
// What the words mean:
//
//   - A way is a tie over which the gate lets a message of the run's purpose go to
//     a person: by rules that no waiting changes. It is direct when we can write
//     first, and waits when they must come first: the platform's window is shut,
//     or they must open a page.
//   - What vanishes is a unit: all ways over an account, through a member of staff,
//     or over a platform. Who has no way left is lost; who had a direct one and has
//     only waiting ones left is muted; all others are kept.
//
// Invariants:
//   - Of each unit: persons = lost + muted + kept, and those who are not lost are
//     each counted under exactly one next way.
//   - The figures of a run are a function of what it read; they do not change.
//   - A run is stored whole or not at all: one that dies is done again from the
//     start, and one that is done is never done again.
//   - By itself a month has one run, begun with the month that it is of written
//     down; one whose day went by before it was switched on has none.
//   - A step of a plan makes one segment and one draft, however often it is asked
//     for. Nothing is sent: drafts go the way of all campaigns.
package drill
