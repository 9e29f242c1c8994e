package index

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"

	"fishpond/internal/segment/predicate/plan"
)

const (
	eventBits  = 8
	eventPage  = 1 << eventBits
	eventWords = eventPage / 64
)

// events are the times of the events of one kind.
type events struct {
	table[happened]
}

// happened are the events of a page of persons.
type happened struct {
	have  [eventWords]uint64
	ends  packed // for each who has events, how many there are up to and with theirs
	times packed // UTC microseconds, sorted for each person
}

func newEvents() *events { return &events{table[happened]{bits: eventBits}} }

// eventChange adds an event, or takes all of a person's away.
type eventChange struct {
	seq  uint32
	wipe bool
	at   int64
}

// rank counts those before bit i.
func rank(have []uint64, i int) int {
	n := 0
	for _, w := range have[:i>>6] {
		n += bits.OnesCount64(w)
	}
	return n + bits.OnesCount64(have[i>>6]&(1<<(i&63)-1))
}

// of gives where the times of a person are.
func (h *happened) of(i int) (from, to int) {
	if h == nil || h.have[i>>6]>>(i&63)&1 == 0 {
		return 0, 0
	}
	return h.ranked(rank(h.have[:], i))
}

func (h *happened) ranked(k int) (from, to int) {
	if k > 0 {
		from = int(h.ends.raw(k - 1)) //nolint:gosec // small
	}
	return from, int(h.ends.raw(k)) //nolint:gosec // small
}

// with is the events after changes, in order of those of each person.
func (e *events) with(changes []eventChange) *events {
	if !slices.IsSortedFunc(changes, func(a, b eventChange) int { return cmp.Compare(a.seq, b.seq) }) {
		slices.SortStableFunc(changes, func(a, b eventChange) int { return cmp.Compare(a.seq, b.seq) })
	}
	out := e.edit()
	var ends, times []int64
	for len(changes) > 0 {
		first := changes[0].seq &^ (eventPage - 1)
		n := sort.Search(len(changes), func(i int) bool { return changes[i].seq&^(eventPage-1) != first })
		old := out.page(first)
		page := &happened{}
		if old != nil {
			page.have = old.have
		}
		for _, c := range changes[:n] {
			i := c.seq & (eventPage - 1)
			page.have[i>>6] |= 1 << (i & 63)
		}
		ends, times = ends[:0], times[:0]
		rest := changes[:n]
		each(page.have[:], func(i int) {
			start := len(times)
			for from, to := old.of(i); from < to; from++ {
				times = append(times, old.times.at(from))
			}
			sorted := true
			for len(rest) > 0 && rest[0].seq == first+uint32(i) { //nolint:gosec // below 256
				if rest[0].wipe {
					times = times[:start]
				} else {
					times, sorted = append(times, rest[0].at), false
				}
				rest = rest[1:]
			}
			if !sorted {
				slices.Sort(times[start:])
			}
			if len(times) > start {
				ends = append(ends, int64(len(times)))
			} else {
				page.have[i>>6] &^= 1 << (i & 63)
			}
		})
		if len(times) == 0 {
			page = nil
		} else {
			page.ends, page.times = packEnds(ends), pack(times)
		}
		out.put(first, page)
		changes = changes[n:]
	}
	return &events{out.table}
}

// edges are the ends of a window in the units of a page.
type edges struct {
	none, first, last bool   // no event is in it; some are before it; some are behind it
	lo, hi            uint64 // with first, last: the least raw in it, the least behind it
}

func (h *happened) edges(from, to int64) (e edges) {
	t := &h.times
	if from >= to || from > t.most || to <= t.base {
		return edges{none: true, first: true, last: true}
	}
	if e.first = from > t.base; e.first {
		e.lo = t.ceil(from)
	}
	if e.last = to <= t.most; e.last {
		e.hi = t.ceil(to)
	}
	return e
}

// holds decides for one person, whose times are from … to.
func (h *happened) holds(m *measured, seq uint32, from, to int, e *edges) bool {
	switch {
	case m.window.Joined:
		from, to = h.own(m, seq, from, to)
	case e.none:
		to = from
	default:
		if e.last {
			to = h.search(from, to, e.hi)
		}
		if e.first {
			from = h.search(from, to, e.lo)
		}
	}
	switch {
	case m.of == plan.HowMany:
		return in(int64(to-from), m.spans)
	case from == to:
		return false
	case m.of == plan.First:
		return in(h.times.at(from), m.spans)
	}
	return in(h.times.at(to-1), m.spans)
}

// search is where the times from n on begin.
func (h *happened) search(from, to int, n uint64) int {
	for to-from > 8 {
		if mid := int(uint(from+to) >> 1); h.times.raw(mid) < n { //nolint:gosec // positive
			from = mid + 1
		} else {
			to = mid
		}
	}
	for from < to && h.times.raw(from) < n {
		from++
	}
	return from
}

// own are the times that lie in the window of a person, which begins when they
// joined.
func (h *happened) own(m *measured, seq uint32, from, to int) (first, end int) {
	created, ok := m.joined.get(seq)
	if !ok {
		return from, from
	}
	w := m.own(created)
	for from < to && h.times.at(from) < w.From {
		from++
	}
	for from < to && h.times.at(to-1) >= w.To {
		to--
	}
	return from, to
}

// holdsFor decides for one person, who may have no event.
func (e *events) holdsFor(m *measured, seq uint32) bool {
	if h := e.page(seq); h != nil {
		if from, to := h.of(int(seq & (eventPage - 1))); from < to {
			e := h.edges(m.window.From, m.window.To)
			return h.holds(m, seq, from, to, &e)
		}
	}
	return m.of == plan.HowMany && in(0, m.spans)
}

func (e *events) bytes() (n int64) {
	for _, chunk := range e.chunks {
		n += int64(len(chunk)) * 8
		for _, h := range chunk {
			if h != nil {
				n += eventWords*8 + 2*packedBytes + int64(cap(h.times.data)+cap(h.ends.data))
			}
		}
	}
	return n
}
