package carrier

import (
	"cmp"
	"slices"
)

// How a contact stands.
const (
	StatusFriend            = "friend"
	StatusHalf              = "half" // the customer has added the member, who has not confirmed yet
	StatusRemovedByCustomer = "removed_by_customer"
	StatusRemovedByStaff    = "removed_by_staff"
	StatusTransferred       = "transferred" // to another member
	StatusVisitor           = "visitor"     // has written on a page; reached only while it is open
)

// What happens to a contact.
const (
	changeHalf        = "half"
	changeAdded       = "added"
	changeTransferred = "transferred"
	changeByStaff     = "removed_by_staff"
	changeByCustomer  = "removed_by_customer"
)

// changeRank orders what happened in the same second, which is as exact as the
// platform tells.
var changeRank = map[string]int{changeHalf: 0, changeAdded: 1, changeTransferred: 2, changeByStaff: 3, changeByCustomer: 4}

func begins(change string) bool { return change == changeHalf || change == changeAdded }

// entry is one fact of a contact's history.
type entry struct {
	at     int64 // UTC microseconds
	change string
	source string // callback or sync
}

// The sources of entries.
const (
	fromCallback = "callback"
	fromSync     = "sync"
)

func compareEntries(a, b entry) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(changeRank[a.change], changeRank[b.change]))
}

// standing is what a history amounts to.
type standing struct {
	status string
	since  int64 // when the present or last friendship began; 0: before anybody looked
	ended  int64 // 0: it has not
}

// fold draws the standing from a history in any order. Of what happened in one
// second, that comes first which was possible: friends part before they meet
// again, strangers meet before they part.
func fold(history []entry) standing {
	h := slices.Clone(history)
	slices.SortFunc(h, compareEntries)
	var st standing
	for len(h) > 0 {
		n := 1
		for n < len(h) && h[n].at == h[0].at {
			n++
		}
		moment := h[:n]
		h = h[n:]
		if reachable(st.status) && !begins(moment[n-1].change) { // sorted: what begins comes first
			for i, e := range moment {
				if !begins(e.change) {
					moment = slices.Concat(moment[i:], moment[:i])
					break
				}
			}
		}
		for _, e := range moment {
			st = st.after(e)
		}
	}
	return st
}

// after is the standing once e has happened too.
func (st standing) after(e entry) standing {
	if !begins(e.change) {
		st.status, st.ended = e.change, e.at // they are called the same
		return st
	}
	if st.status != StatusHalf {
		st.since = e.at
	}
	st.status, st.ended = StatusFriend, 0
	if e.change == changeHalf {
		st.status = StatusHalf
	}
	return st
}

// sameMoment is how far the platform's two accounts of one friendship, in a
// callback and in a list, may be apart. Who leaves and comes back takes longer;
// told in the wrong order, the second friendship must not pass for the first.
const sameMoment = 10_000_000 // µs

// parted reports whether a friendship ended between two moments, in any order.
func parted(history []entry, a, b int64) bool {
	return slices.ContainsFunc(history, func(h entry) bool { return !begins(h.change) && h.at >= min(a, b) && h.at <= max(a, b) })
}

// news says what a fact adds to a history: whether it is new at all, and
// whether it begins a friendship that nobody was told of.
func news(history []entry, e entry) (fresh, announce bool) {
	for _, h := range history {
		if h.at == e.at && h.change == e.change {
			return false, false
		}
		if e.change == changeAdded && h.change == changeAdded && h.source != e.source && max(h.at-e.at, e.at-h.at) <= sameMoment && !parted(history, h.at, e.at) {
			return false, false // a list and a callback tell of the same
		}
	}
	if !begins(e.change) {
		return true, true
	}
	before, after := entry{}, entry{}
	for _, h := range history {
		if compareEntries(h, e) < 0 && (before.change == "" || compareEntries(h, before) > 0) {
			before = h
		}
		if compareEntries(h, e) > 0 && (after.change == "" || compareEntries(h, after) < 0) {
			after = h
		}
	}
	if e.change == changeAdded {
		return true, before.change != changeHalf
	}
	return true, after.change != changeAdded
}
