// Package segment finds persons by what is known of them: a language of
// predicates (see the package predicate), and saved predicates whose members
// change by themselves.
//
// This package keeps what is defined (segments with their versions, lists made
// by hand) and answers what is asked of it; the packages below it do the rest:
// facts keeps what can be asked of persons, index and oracle answer it, live
// follows and records who is in.
//
// Owns the tables segment_def, segment_version, segment_ref, segment_list and
// segment_list_person; reads those of facts, and segment_settled of live.
// Writes the marks of lists into the facts, under their lock.
//
// Invariants:
//   - A stored predicate is bound: it holds ids, and is shown with the names of
//     today. When it can no longer be compiled, because something it speaks of
//     was deleted, the segment says so and its members stay as they are.
//   - Segments refer to each other and never in a circle. Nothing that is
//     referred to can be deleted here.
//   - Who was put in by hand is a member, who was left out is not, whatever the
//     predicate says; leaving out has the last word.
//   - A list holds the very persons that were put on it. Whoever speaks for
//     them is on it; a split gives it back.
//   - Every count, page and comparison is of those whom the actor may see.
package segment
