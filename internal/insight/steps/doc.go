// Package steps holds the sums over one person's events: how far they came in
// a funnel, when they came back, which way they went. It is pure; who reads
// the events, and who adds persons up, is insight's business.
//
// What holds everywhere: events of a kind are in the order of their times, and
// of one time in the order in which they were recorded. Another kind's event
// of the same moment may come before or after, as it suits the question.
package steps

import "sort"

// Lane is the events of one kind of one person, in order. Mask says for each
// which conditions it meets, one bit a condition; nil: nothing was asked.
type Lane struct {
	At   []int64
	Mask []uint64
}

// meets reports whether the event at i meets all of need.
func (l Lane) meets(i int, need uint64) bool {
	return need == 0 || l.Mask[i]&need == need
}

// from is the first place at or after lo whose event is not before at.
func (l Lane) from(lo int, at int64) int {
	if lo < len(l.At) && l.At[lo] >= at {
		return lo
	}
	return lo + sort.Search(len(l.At)-lo, func(i int) bool { return l.At[lo+i] >= at })
}

// next is the first event at or after place lo and moment at that meets need;
// len(l.At) when there is none.
func (l Lane) next(lo int, at int64, need uint64) int {
	i := l.from(lo, at)
	for i < len(l.At) && !l.meets(i, need) {
		i++
	}
	return i
}

// Alt is one way to take a step: an event of a lane that meets Need.
type Alt struct {
	Lane int
	Need uint64 // bits of the lane's masks
}
