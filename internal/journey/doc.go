// Package journey walks persons through graphs of steps: messages through the
// gate, tags, tasks, calls to other systems, waits, branches, goals.
//
// Owns the tables journey_journey, journey_version (what was published; never
// changes), journey_plan (the standing plans of the outbox, one a step),
// journey_run (one person's walk, and where they are), journey_visit (the steps
// that were left), journey_act (what may have to be called off), journey_tally,
// journey_given, and by way of journey/hook journey_call and journey_host. Follows
// events of every kind: any may let people in, be waited for, or be a goal. Emits
// nothing: what is done for people is told by those who do it.
//
// journey/graph is the form of a journey, journey/walk how one person walks,
// without database and clock; journey/hook calls other systems; journey/ready are
// journeys to begin with.
//
// Invariants:
//   - Steps that need no time are done in one transaction: where the person is,
//     what was done for them in the database, what was handed to the outbox or to
//     the caller, and the log of steps commit together, by compare-and-set on what
//     was read. Whatever is killed, nothing is done twice and nobody is forgotten.
//   - Who waits is a row with an index on when they are due; there are no timers.
//   - Conditions see persons as segments do. Who has just been changed, or has come
//     by an event, is looked at when what segments know has followed.
//   - An event that was waited for wins over the end of the wait if it occurred
//     before, however late anybody looks.
//   - Somebody is in a journey once, again after so many days, or once a key.
//   - Who is inside stays on their version until somebody moves them. Publishing by
//     itself does nothing for them.
package journey
