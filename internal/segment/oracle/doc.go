// Package oracle says in SQL who a plan describes, over the tables of facts,
// on both engines. It answers what the index in memory cannot, and it judges
// the index: whatever it says is what [plan.Eval] says.
//
// A plan becomes one statement. All that comes from a plan is bound; the text
// is put together of constants. There are two forms of it:
//
//   - With candidates, everything is looked up person by person, so that the
//     cost follows the number of candidates and not the size of the pool.
//   - Without, what is asked of events and marks is found for the whole pool
//     at once and compared as sets.
//
// A segment that is referred to is a common table expression of its own: used
// twice, it is written once.
//
// # What the facts must be like
//
// Texts and JSON are UTF-8 without U+0000 (a value with one in it is nobody's),
// no name comes twice in a JSON object, and no JSON number is beyond what
// PostgreSQL can hold: what went through encoding/json is so. Times differ by
// less than 2⁶³ microseconds.
package oracle
