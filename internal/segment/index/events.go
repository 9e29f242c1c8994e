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
	props []*tracked
}

// happened are the events of a page of persons.
type happened struct {
	have  [eventWords]uint64
	ends  packed // for each who has events, how many there are up to and with theirs
	times packed // UTC microseconds, sorted for each person
	props []cells
}

func newEvents(props []plan.Prop) *events {
	e := &events{table: table[happened]{bits: eventBits}}
	for _, p := range props {
		t := &tracked{prop: p}
		if p.Type == plan.Text {
			t.dict = newDictionary()
		}
		e.props = append(e.props, t)
	}
	return e
}

// eventChange adds an event, or takes all of a person's away.
type eventChange struct {
	seq  uint32
	wipe bool
	at   int64
	data map[string]any
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
	var ends []int64
	r := &rows{width: len(e.props)}
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
		was := old.cells(len(e.props))
		ends = ends[:0]
		r.cut(0)
		rest := changes[:n]
		each(page.have[:], func(i int) {
			start := len(r.times)
			for from, to := old.of(i); from < to; from++ {
				r.times = append(r.times, old.times.at(from))
				r.cells = append(r.cells, was[from*r.width:(from+1)*r.width]...)
			}
			sorted := true
			for len(rest) > 0 && rest[0].seq == first+uint32(i) { //nolint:gosec // below 256
				if rest[0].wipe {
					r.cut(start)
				} else {
					r.times, sorted = append(r.times, rest[0].at), false
					for _, t := range e.props {
						r.cells = append(r.cells, t.of(rest[0].data))
					}
				}
				rest = rest[1:]
			}
			if !sorted {
				r.sort(start)
			}
			if len(r.times) > start {
				ends = append(ends, int64(len(r.times)))
			} else {
				page.have[i>>6] &^= 1 << (i & 63)
			}
		})
		if len(r.times) == 0 {
			page = nil
		} else {
			page.ends, page.times, page.props = packEnds(ends), pack(r.times), r.columns()
		}
		out.put(first, page)
		changes = changes[n:]
	}
	return &events{out.table, e.props}
}

// cells are the properties of all events of a page, width for each.
func (h *happened) cells(width int) []cell {
	if h == nil || width == 0 {
		return nil
	}
	out := make([]cell, int(h.times.count)*width)
	for k := range h.props {
		h.props[k].unfold(out, width, k)
	}
	return out
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

// inWindow are those of a person's times, from … to, that lie in the window.
func (h *happened) inWindow(m *measured, seq uint32, from, to int, e *edges) (int, int) {
	switch {
	case m.window.Joined:
		return h.own(m, seq, from, to)
	case e.none:
		return from, from
	}
	if e.last {
		to = h.search(from, to, e.hi)
	}
	if e.first {
		from = h.search(from, to, e.lo)
	}
	return from, to
}

// holds decides for one person, whose times are from … to.
func (h *happened) holds(m *measured, seq uint32, from, to int, e *edges) bool {
	from, to = h.inWindow(m, seq, from, to, e)
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
	i := int(seq & (eventPage - 1))
	h := e.page(seq)
	if h == nil || h.have[i>>6]>>(i&63)&1 == 0 {
		return (m.of == plan.HowMany || m.of == plan.Sum) && in(0, m.spans)
	}
	if m.single() {
		var mask, out [eventWords]uint64
		mask[i>>6] = 1 << (i & 63)
		h.selected(m, seq&^(eventPage-1), &mask, out[:])
		return out != [eventWords]uint64{}
	}
	from, to := h.of(i)
	edge := h.edges(m.window.From, m.window.To)
	return h.holds(m, seq, from, to, &edge)
}

func (e *events) bytes() (n int64) {
	for _, chunk := range e.chunks {
		n += int64(len(chunk)) * 8
		for _, h := range chunk {
			if h != nil {
				n += eventWords*8 + 2*packedBytes + int64(cap(h.times.data)+cap(h.ends.data))
				for _, c := range h.props {
					n += packedBytes + int64(cap(c.have)*8+cap(c.values.data))
				}
			}
		}
	}
	return n
}
