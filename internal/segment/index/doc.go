// Package index answers plans of predicates in memory: who is in, for a whole
// pool of tens of millions, in milliseconds; and, for one person, whether they
// are, in about a microsecond. It knows neither SQL nor HTTP nor time.
//
// # Layout
//
// Persons are numbered densely from 1 (seq). What is either there or not (a
// tag, a boolean, an element of a list, a consent) is a roaring bitmap. What
// has a value is a column: pages of 1,024 persons that hold the values of
// those who have one, packed to the bytes that their differences need, with
// the least and the greatest beside them, so that whole pages are taken or
// passed over unread. Numbers are int64 throughout and exact. A text is the
// number of its value in a dictionary; while there are few values, each has a
// bitmap too. Each day of the year has a bitmap for every date.
//
// Events are kept by kind: the exact times of each person's events, sorted and
// packed, 256 persons a page. Counts, first and last in any window, also one
// that begins with the person, are therefore exact. Properties that are to be
// tracked (see [New]) stand beside the times; conditions on them and sums of
// them are exact too.
//
// # What the index cannot say
//
// It does not hold other properties of events, lists within events, nor texts
// of which there are very many values (names), of which it keeps 16 bits of a
// hash. A plan that asks
// for those gets a [Result] with bounds: who is in for sure, who may be, and
// the rest of the plan that decides between them, for SQL to answer.
//
// # Versions
//
// One writer at a time applies a [Batch]; it makes a new [Snapshot], which
// shares all that the batch did not touch. Readers take the newest and keep
// it as long as they like. Nobody waits.
//
// [Snapshot.Save] and [Load] bring an index to disk and back together with the
// position in the log up to which it has read.
package index
