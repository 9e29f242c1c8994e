// Package predicate is the language in which people are described: "silent, in
// Shandong or Henan, spent over 500, tagged mother-and-baby". It is pure: no
// database, no network, no clock.
//
// A predicate goes through three forms:
//
//	text  ⇄  Expr  ⇄  JSON      what somebody wrote; docs/segments.md
//	          │ Compile(catalogue, now)
//	          ▼
//	     bound Expr + plan      what it means at one moment
//
// [Expr] is the tree as written. The text form ([Parse], [Format]) and the JSON
// form ([Decode], [Encode]; predicate.schema.json) say the same, and can be
// turned into each other without a catalogue.
//
// Names and ids: whoever writes may refer to tags, segments, lists and staff by
// name. [Compile] looks the names up and returns the same tree with ids and
// the names of today ([Compiled].Expr). That bound tree is what to store: when
// a tag is renamed, its id still leads to it, and [Compile] returns the tree
// with the new name. Traits are named by their key, tag groups by their name;
// neither has an id. The plan holds ids and keys only.
//
// Amounts are decimals of the currency's major unit in text and JSON alike
// (gmv > 500 is five hundred yuan), kept as exact decimals; the plan holds
// minor units.
//
// All relative time ("in 90d", "birthday this week", age) is resolved by
// Compile for the moment now, in the org's time zone, and is the same for
// everybody. A plan therefore changes only at certain moments, and
// [Compiled].Until says which comes next.
package predicate
