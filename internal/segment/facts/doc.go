// Package facts keeps what segments can ask of persons, as rows: a projection
// of the timeline that the index in memory is built from and that generated
// SQL runs over.
//
// Owns the tables segment_state, segment_person, segment_trait, segment_mark,
// segment_event, segment_kind and segment_feed. Follows every kind of event
// that says something of a person but segment.entered and segment.left.
//
// Invariants:
//   - Rows say how a person is now, not what an event said: whoever an event
//     concerns is asked for anew ([People]). Events that come twice, and
//     merges and splits in any order, therefore end in the same rows.
//   - Whoever changes rows of an org holds its row of segment_state ([Lock])
//     and tells what changed under the next number ([Publish]), in the same
//     transaction. Numbers are without gaps in the order of commits, so that a
//     reader who has read up to one has missed nothing.
package facts
