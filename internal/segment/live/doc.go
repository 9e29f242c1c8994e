// Package live keeps the segments of every org alive: an index in memory that
// follows the facts, exact answers from it, and recorded memberships, of which
// each change is an event on the timeline.
//
// Owns the tables segment_live, segment_member, segment_settled, segment_day
// and segment_drift. Emits segment.entered and segment.left.
//
// # One way
//
// Each node has one goroutine for each org. It reads the feed of the facts,
// brings it into the index, and settles: whoever is a member by the
// definition, as the index has it, and is not recorded as one, or the other
// way round, is recorded anew, with the event in the same transaction. What is
// looked at is whom a change may have moved; at the start, when a definition
// changes and when its time comes, everybody. It is levels that are compared,
// so that nothing is lost however the process ends.
//
// # Many nodes
//
// All nodes settle everything; who comes second finds nothing to do. Whoever
// writes takes the org's next turn by compare-and-set, and does not write if
// somebody has settled by facts, definitions or a time that they have not seen
// yet. Nothing is therefore recorded twice, and nothing is undone by who is
// late.
//
// # Readers
//
// Members and Eval go by the definitions, not by what is recorded: a segment
// that was saved is another one at once, while its recorded members follow. A
// reader holds a version of the index and of the definitions and waits for
// nobody.
//
// # Left without an event
//
// Who leaves the pool by a merge leaves its segments without segment.left:
// person.merged says so, and the winner may well be a member. A segment that
// is deleted keeps its record as it is, and goes on from there if it is
// brought back.
package live
