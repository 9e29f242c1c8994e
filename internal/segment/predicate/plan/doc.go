// Package plan is what a predicate means at one moment, in the few primitives
// that evaluators understand.
//
// A plan holds no names but keys and ids, no units but one, and no relative
// time: "tagged mother-and-baby" has become tag ids, "gmv > 500" a range of
// minor units, "in 90d" two instants, "birthday this week" days of the year.
// Every evaluator (the bitmap index, generated SQL, and [Eval], which is slow
// and obvious and says what is right) walks the same few nodes and must answer
// alike for every person.
//
// # Values
//
// Whatever can be compared by size is an int64 and is tested against closed
// intervals ([Span]):
//
//   - [Count]: as it is.
//   - [Money]: minor units.
//   - [Number]: ten-thousandths, see [Fixed]. A JSON number outside of
//     ±[MaxNumber] counts as not there.
//   - [Date]: days since 1970-01-01, see [Day].
//   - [Instant]: UTC microseconds.
//
// Text is compared byte by byte, in upper and lower case as written.
//
// # Unset
//
// A test of an attribute that a person does not have is false, whatever the
// test; [Not] is the plain complement over the pool. An empty text, an empty
// list, an instant of 0 and a JSON null are unset. A trait whose JSON value is
// not of the declared type is unset too.
//
// # Events
//
// A [Measure] looks at a person's events of one kind that lie in its window
// and meet all its conditions. The count and the sum of none are 0; the
// smallest, greatest, average, first and last of none are unset.
package plan
