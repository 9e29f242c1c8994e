// Package timeline is the append-only log of facts, one per org. State and
// the events that announce it commit together; subscribers follow the log
// with a cursor that commits together with their own work, so that effects
// inside the database happen exactly once.
//
// Owns the tables timeline_event (the log), timeline_cursor (how far each
// subscriber has read) and timeline_parked (events that a subscriber could
// not take). It emits no events of its own.
//
// Invariants:
//   - An event is never changed or deleted. The same dedupe key twice is one row.
//   - A reader sees an org's events in one order, and never skips one whose
//     transaction commits late.
//   - What lies between a cursor and the end of the log and is of kinds that its
//     subscriber does not want is looked through again after a crash: such
//     progress is in memory, and saved once a second and at the end.
//   - A person id in an event is the person as known when it happened; a
//     merge changes who speaks for that id, not the log.
package timeline
