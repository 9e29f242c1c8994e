package index

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sort"
	"strings"

	"fishpond/internal/segment/predicate/plan"
)

// Property is a property of a kind of event that an index keeps, so that it
// can say exactly what asks for it. Its type is Text, Count, Money, Number or
// Bool.
type Property struct {
	Kind string
	Prop plan.Prop
}

// tracked is a property that events of one kind have.
type tracked struct {
	prop plan.Prop
	dict *dictionary // of a text
}

// cell is a property of one event.
type cell struct {
	value int64
	there bool
}

// cells are a property of the events of a page, in their order.
type cells struct {
	have   []uint64
	values packed // of those that have it
}

func (t *tracked) of(data map[string]any) cell {
	var v any = data
	for name := range strings.SplitSeq(t.prop.Path, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	switch t.prop.Type {
	case plan.Text:
		if s, _ := v.(string); s != "" {
			n, ok := t.dict.within(s, maxValues)
			return cell{n, ok}
		}
		return cell{}
	case plan.Bool:
		b, ok := v.(bool)
		if b {
			return cell{1, ok}
		}
		return cell{0, ok}
	}
	n, ok := ordered(t.prop.Type, v)
	return cell{n, ok}
}

// rows are events while a page of them is put together.
type rows struct {
	times []int64
	cells []cell // width for each time
	width int
	start int // what is before is not to be sorted
}

func (r *rows) Len() int           { return len(r.times) - r.start }
func (r *rows) Less(i, j int) bool { return r.times[r.start+i] < r.times[r.start+j] }

func (r *rows) Swap(i, j int) {
	i, j = i+r.start, j+r.start
	r.times[i], r.times[j] = r.times[j], r.times[i]
	for k := range r.width {
		a, b := i*r.width+k, j*r.width+k
		r.cells[a], r.cells[b] = r.cells[b], r.cells[a]
	}
}

func (r *rows) cut(n int) { r.times, r.cells = r.times[:n], r.cells[:n*r.width] }

// sort puts the events of a person, which begin at start, in order.
func (r *rows) sort(start int) {
	if r.width == 0 {
		slices.Sort(r.times[start:])
		return
	}
	r.start = start
	sort.Stable(r)
}

// columns packs the properties.
func (r *rows) columns() []cells {
	if r.width == 0 {
		return nil
	}
	out := make([]cells, r.width)
	values := make([]int64, 0, len(r.times))
	for k := range out {
		values = values[:0]
		out[k].have = make([]uint64, (len(r.times)+63)/64)
		for i := range r.times {
			if c := r.cells[i*r.width+k]; c.there {
				out[k].have[i>>6] |= 1 << (i & 63)
				values = append(values, c.value)
			}
		}
		out[k].values = pack(values)
	}
	return out
}

// unfold appends the cells of one property of all events.
func (c *cells) unfold(into []cell, width, k int) {
	n := 0
	each(c.have, func(i int) {
		into[i*width+k] = cell{c.values.at(n), true}
		n++
	})
}

// cond is a condition on a property as numbers.
type cond struct {
	prop   int
	any    bool // there is a value; otherwise it lies in spans
	spans  []plan.Span
	not    bool // the value is there and does not
	absent bool // there is no value
}

// cond works out a condition, if the property is kept.
func (e *events) cond(c plan.Cond) (out cond, ok bool) {
	out.prop = e.tracked(c.Prop)
	if out.prop < 0 {
		return out, false
	}
	out.not = c.Not
	switch t := e.props[out.prop]; c.Test {
	case plan.IsThere:
		out.any, out.not, out.absent = true, false, c.Not
	case plan.Within:
		out.spans = c.Spans
	case plan.Is:
		out.spans = []plan.Span{{}}
		if c.Want {
			out.spans = []plan.Span{{Lo: 1, Hi: 1}}
		}
	default:
		out.spans = spansOf(t.dict.numbersWhere(func(s string) bool {
			switch c.Test {
			case plan.OneOf:
				return slices.Contains(c.Values, s)
			case plan.Prefix:
				return strings.HasPrefix(s, c.Values[0])
			}
			return strings.Contains(s, c.Values[0])
		}))
	}
	return out, true
}

// tracked finds a property that is kept in full; -1 if it is not.
func (e *events) tracked(p plan.Prop) int {
	return slices.IndexFunc(e.props, func(t *tracked) bool { return t.prop == p && (t.dict == nil || !t.dict.full()) })
}

// filter takes events that do not meet the condition out of chosen.
func (c *cond) filter(of *cells, chosen []uint64) {
	if len(c.spans) == 1 && of.values.width > 0 {
		c.one(of, chosen)
		return
	}
	n := 0
	for w, have := range of.have {
		hits := have
		if !c.any {
			hits = 0
			for m := have; m != 0; m &= m - 1 {
				if in(of.values.at(n), c.spans) {
					hits |= m & -m
				}
				n++
			}
		}
		chosen[w] &= c.meets(have, hits)
	}
}

// meets are the events that meet the condition, of which have have a value
// and the value of hits is as it says.
func (c *cond) meets(have, hits uint64) uint64 {
	switch {
	case c.absent:
		return ^have
	case c.not:
		return have &^ hits
	}
	return hits
}

// one is filter for one span.
func (c *cond) one(of *cells, chosen []uint64) {
	lo, size, ok := of.values.span(c.spans[0])
	width, keep, rest := int(of.values.width), of.values.mask(), of.values.data
	for w, have := range of.have {
		var hits uint64
		for m := have; m != 0 && ok; m &= m - 1 {
			_, miss := bits.Sub64(size, binary.LittleEndian.Uint64(rest)&keep-lo, 0)
			hits |= (miss ^ 1) << bits.TrailingZeros64(m)
			rest = rest[width:]
		}
		chosen[w] &= c.meets(have, hits)
	}
}

// fewWords are enough for most pages; what is that small needs no memory.
const fewWords = 32

// selected looks at single events: those that meet the conditions. For a window
// that is the same for everybody, those outside of it go first, all of a page at
// once, which leaves most persons with nothing to look at.
func (h *happened) selected(m *measured, first uint32, mask *[eventWords]uint64, out []uint64) {
	var room [fewWords]uint64
	chosen := append(room[:0], make([]uint64, (int(h.times.count)+63)/64)...)
	edge := h.edges(m.window.From, m.window.To)
	if m.window.Joined {
		for i := range chosen {
			chosen[i] = ^uint64(0)
		}
	} else {
		h.choose(&edge, chosen)
	}
	some := uint64(0)
	for i := range m.conds {
		m.conds[i].filter(&h.props[m.conds[i].prop], chosen)
	}
	for _, w := range chosen {
		some |= w
	}
	atNone := (m.of == plan.HowMany || m.of == plan.Sum) && in(0, m.spans)
	if some == 0 && !atNone {
		return
	}
	var ranked [fewWords + 1]int
	ranks := m.ranks(h, ranked[:0])
	ends := h.cursor()
	for w, wanted := range mask {
		have := h.have[w]
		if wanted == 0 {
			ends.skip(bits.OnesCount64(have))
			continue
		}
		var found uint64
		for ; have != 0; have &= have - 1 {
			from, to := ends.next()
			bit := have & -have
			if wanted&bit == 0 {
				continue
			}
			if m.window.Joined {
				f, t := h.own(m, first+uint32(w<<6+bits.TrailingZeros64(bit)), int(from), int(to)) //nolint:gosec // small
				from, to = uint64(f), uint64(t)                                                    //nolint:gosec // not negative
			}
			if v, ok := h.value(m, chosen, ranks, int(from), int(to)); ok && in(v, m.spans) { //nolint:gosec // small
				found |= bit
			}
		}
		out[w] |= found
	}
}

// choose marks the events of a window.
func (h *happened) choose(e *edges, chosen []uint64) {
	if e.none {
		clear(chosen)
		return
	}
	last := len(chosen) - 1
	for w := range chosen {
		chosen[w] = ^uint64(0)
	}
	if rest := uint(h.times.count) & 63; rest != 0 { //nolint:gosec // not negative
		chosen[last] = 1<<rest - 1
	}
	if !e.first && !e.last {
		return
	}
	size := ^uint64(0) - e.lo // how far from lo on is within
	if e.last {
		if e.hi <= e.lo { // between two times
			clear(chosen)
			return
		}
		size = e.hi - e.lo - 1
	}
	width, keep, times, lo := int(h.times.width), h.times.mask(), h.times.data, e.lo
	test := h.times.tester(lo, size)
	for w := range chosen {
		n := int(h.times.count) - w<<6
		if n >= 64 {
			chosen[w] = test.of(times)
			times = times[64*width:]
			continue
		}
		var hits uint64
		for i := range n {
			_, miss := bits.Sub64(size, binary.LittleEndian.Uint64(times)&keep-lo, 0)
			hits |= (miss ^ 1) << i
			times = times[width:]
		}
		chosen[w] = hits
	}
}

// ranks are how many events have the property measured before each word; nil
// if all have it.
func (m *measured) ranks(h *happened, out []int) []int {
	if m.value < 0 || h.props[m.value].values.count == h.times.count {
		return nil
	}
	n := 0
	for _, word := range h.props[m.value].have {
		out = append(out, n)
		n += bits.OnesCount64(word)
	}
	return out
}

// ones counts the bits from … to, to not included.
func ones(words []uint64, from, to int) (n int64) {
	for from < to {
		step := min(64-from&63, to-from)
		n += int64(bits.OnesCount64(words[from>>6] >> (from & 63) << (64 - step)))
		from += step
	}
	return n
}

// value measures the chosen events of a person.
func (h *happened) value(m *measured, chosen []uint64, ranks []int, from, to int) (v int64, ok bool) {
	if m.of == plan.HowMany {
		return ones(chosen, from, to), true
	}
	var count, sum, least, greatest, values int64
	first, last := -1, -1
	for from < to {
		step := min(64-from&63, to-from)
		rest := chosen[from>>6] >> (from & 63) << (64 - step) >> (64 - step)
		for ; rest != 0; rest &= rest - 1 {
			i := from + bits.TrailingZeros64(rest)
			if count++; first < 0 {
				first = i
			}
			last = i
			if m.value < 0 {
				continue
			}
			p, k := &h.props[m.value], i
			if ranks != nil {
				bit := uint64(1) << (i & 63)
				if p.have[i>>6]&bit == 0 {
					continue
				}
				k = ranks[i>>6] + bits.OnesCount64(p.have[i>>6]&(bit-1))
			}
			x := p.values.at(k)
			if (m.of == plan.Sum || m.of == plan.Average) && (x > plan.MaxSummand || x < -plan.MaxSummand) {
				continue
			}
			if values == 0 {
				least, greatest = x, x
			}
			least, greatest = min(least, x), max(greatest, x)
			values, sum = values+1, sum+x
		}
		from += step
	}
	switch m.of {
	case plan.Sum:
		return sum, true
	case plan.Least:
		return least, values > 0
	case plan.Greatest:
		return greatest, values > 0
	case plan.Average:
		return sum / max(values, 1), values > 0
	}
	if count == 0 {
		return 0, false
	}
	if m.of == plan.First {
		return h.times.at(first), true
	}
	return h.times.at(last), true
}
