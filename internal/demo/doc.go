// Package demo makes a synthetic brand that looks like life: people who
// arrive through channels that cost money, talk, buy with the seasons, come
// back or lapse. The same seed, size and last day give the same brand. It is
// invented from end to end, and the org that holds it is marked as synthetic.
//
// Owns no tables and emits no events of its own: it writes through the doors
// that an import uses.
package demo
