// Package sop keeps series of messages and tasks that come by day and hour: to
// each person since they joined, or to a group since it was made.
//
// Owns the tables sop_sop, sop_version (what was published), sop_plan (the
// standing plans of the outbox, one a step), sop_enrolment (who is in which
// series, and when something is next due), sop_step (what became of each step of
// each) and sop_tally. Follows friend.added, friend.removed, channel.arrived,
// segment.entered, segment.left, group.joined, message.received, order.paid,
// consent.withdrawn, person.merged and person.split. Emits nothing: what leaves
// is told by reach and the carriers.
//
// Invariants:
//   - A step is decided once for each enrolment, in the transaction that also
//     hands it to the outbox: whatever is killed, nobody gets it twice, and nobody
//     is forgotten.
//   - What is due is found by an index over rows; nothing is kept in memory and
//     there are no timers. Who waits costs nothing.
//   - Messages to persons leave through reach, which holds them to consent, quiet
//     hours and limits; one that is held back does not hold up the series, and the
//     next leaves only when it is settled.
//   - What was due while nobody looked is sent within as many hours as the series
//     allows, else skipped with that reason.
//   - Who is inside stays on the version that they came in with, until somebody
//     moves them; a step that was decided is never decided again, whichever version
//     it comes in.
//   - One is in a series at most once at a time.
package sop
