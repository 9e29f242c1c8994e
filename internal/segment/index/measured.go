package index

import (
	"encoding/binary"
	"math/bits"

	"fishpond/internal/segment/predicate/plan"
)

// measured is a plan.Measure of events that the index decides.
type measured struct {
	window plan.Window
	of     plan.Quantity
	spans  []plan.Span
	joined *column // created
	conds  []cond
	value  int // the property measured, or -1
}

// single reports whether it takes a look at single events.
func (m *measured) single() bool { return len(m.conds) > 0 || m.value >= 0 }

// scan adds to out who has events of the kind at all and whose measure is in
// the spans. Only persons of within are looked at; nil: everybody.
func (e *events) scan(m *measured, within, out []uint64) {
	parallel(min(len(e.chunks), len(out)/chunkWords), func(chunk int) {
		for i, h := range e.chunks[chunk] {
			if h == nil {
				continue
			}
			at := chunk*chunkWords + i*eventWords
			mask := h.have
			some := uint64(0)
			for w := range mask {
				if within != nil {
					mask[w] &= within[at+w]
				}
				some |= mask[w]
			}
			if some != 0 {
				h.scan(m, uint32(at)<<6, &mask, out[at:at+eventWords]) //nolint:gosec // within 32 bits
			}
		}
	})
}

// fewOfPage are so few that the page need not be gone through for them. A
// variable, for tests.
var fewOfPage = 6

func (h *happened) scan(m *measured, first uint32, mask *[eventWords]uint64, out []uint64) {
	wanted := 0
	for _, word := range mask {
		wanted += bits.OnesCount64(word)
	}
	if wanted > fewOfPage && m.soon() && h.soon(m, first, mask, out) {
		return
	}
	edge := h.edges(m.window.From, m.window.To)
	if (m.single() || m.window.Joined) && h.tally(m, first, &edge, mask, out) {
		return
	}
	if m.single() {
		h.selected(m, first, mask, out)
		return
	}
	if m.of == plan.HowMany && !edge.none && h.times.width > 0 && wanted > fewOfPage {
		switch s := m.spans[0]; {
		case m.window.Joined:
			h.joined(m, first, mask, out)
		case len(m.spans) == 1 && !edge.last:
			h.since(s, edge.lo, mask, out)
		default:
			h.between(m.spans, &edge, mask, out)
		}
		return
	}
	before := 0
	for w, word := range mask {
		have := h.have[w]
		for ; word != 0; word &= word - 1 {
			i := bits.TrailingZeros64(word)
			from, to := h.ranked(before + bits.OnesCount64(have&(1<<i-1)))
			if h.holds(m, first+uint32(w<<6+i), from, to, &edge) { //nolint:gosec // below 256
				out[w] |= 1 << i
			}
		}
		before += bits.OnesCount64(have)
	}
}

// since looks for counts in a window that nothing lies behind: there are n
// events in it if the n-th from the end is.
func (h *happened) since(s plan.Span, lo uint64, mask *[eventWords]uint64, out []uint64) {
	hits := *mask
	if s.Lo > 0 {
		hits = [eventWords]uint64{}
		h.atLeast(s.Lo, lo, mask, &hits)
	}
	if s.Hi < int64(h.times.count) {
		var more [eventWords]uint64
		h.atLeast(s.Hi+1, lo, mask, &more)
		for w := range hits {
			hits[w] &^= more[w]
		}
	}
	for w := range hits {
		out[w] |= hits[w]
	}
}

func (h *happened) atLeast(least int64, lo uint64, mask, hits *[eventWords]uint64) {
	if least > int64(h.times.count) {
		return
	}
	n := uint64(least) //nolint:gosec // above 0
	width, keep, times := uint64(h.times.width), h.times.mask(), h.times.data
	ends := h.cursor()
	for w, m := range mask {
		have := h.have[w]
		if m == 0 {
			ends.skip(bits.OnesCount64(have))
			continue
		}
		var found uint64
		for ; have != 0; have &= have - 1 {
			from, to := ends.next()
			// No branches: who has fewer than n is looked at from their first.
			_, few := bits.Sub64(to-from, n, 0)
			_, early := bits.Sub64(binary.LittleEndian.Uint64(times[(to-n+few*(n+from-to))*width:])&keep, lo, 0)
			found |= ((few | early) ^ 1) << bits.TrailingZeros64(have)
		}
		hits[w] = found & m
	}
}

// between looks for counts in any window.
func (h *happened) between(spans []plan.Span, e *edges, mask *[eventWords]uint64, out []uint64) {
	var room [fewWords]uint64
	chosen := append(room[:0], make([]uint64, (int(h.times.count)+63)/64)...)
	h.choose(e, chosen)
	ends := h.cursor()
	for w, m := range mask {
		have := h.have[w]
		if m == 0 {
			ends.skip(bits.OnesCount64(have))
			continue
		}
		for ; have != 0; have &= have - 1 {
			from, to := ends.next()
			if in(ones(chosen, int(from), int(to)), spans) { //nolint:gosec // small
				out[w] |= have & -have & m
			}
		}
	}
}

// joined looks for counts in windows that begin with each person.
func (h *happened) joined(m *measured, first uint32, mask *[eventWords]uint64, out []uint64) {
	nobody := &page{}
	created := or(m.joined.page(first), func() *page { return nobody })
	offset := int(first>>6) & (columnWords - 1)
	t := &h.times
	width, keep, times, base, scale := uint64(t.width), t.mask(), t.data, uint64(t.base), t.scale //nolint:gosec // modulo 2⁶⁴
	always := m.window.From == plan.Min && m.window.To == plan.Max
	one := len(m.spans) == 1
	least, more := uint64(m.spans[0].Lo), uint64(m.spans[0].Hi)-uint64(m.spans[0].Lo) //nolint:gosec // counts are not negative
	ends := h.cursor()
	for w, wanted := range mask {
		have := h.have[w]
		if wanted == 0 {
			ends.skip(bits.OnesCount64(have))
			continue
		}
		known := created.have[offset+w]
		var found uint64
		values, before := &created.values, int(created.before[offset+w])
		for ; have != 0; have &= have - 1 {
			bit := have & -have
			from, to := ends.next()
			if wanted&bit == 0 {
				continue
			}
			count := uint64(0)
			if known&bit != 0 {
				joined := values.at(before + bits.OnesCount64(known&(bit-1)))
				start, size := uint64(joined), uint64(m.window.Within-1) //nolint:gosec // modulo 2⁶⁴
				if !always || m.window.Within <= 0 || joined > plan.Max-m.window.Within {
					own := m.own(joined)
					if own.From >= own.To {
						from = to
					}
					start, size = uint64(own.From), uint64(own.To)-uint64(own.From)-1 //nolint:gosec // modulo 2⁶⁴
				}
				// No branch on what is in the window, only on how many there are.
				start -= base
				for at := times[from*width:]; from < to; from++ {
					_, miss := bits.Sub64(size, scale*(binary.LittleEndian.Uint64(at)&keep)-start, 0)
					count += miss ^ 1
					at = at[width:]
				}
			}
			if one {
				_, miss := bits.Sub64(more, count-least, 0)
				found |= bit * (miss ^ 1)
			} else if in(int64(count), m.spans) { //nolint:gosec // small
				found |= bit
			}
		}
		out[w] |= found
	}
}

// own is the window of who joined at a time.
func (m *measured) own(created int64) plan.Window {
	w := m.window
	w.From = max(w.From, created)
	if w.Within > 0 && created <= plan.Max-w.Within {
		w.To = min(w.To, created+w.Within)
	}
	return w
}

// cursor goes over the ends of a page.
type cursor struct {
	data  []byte
	at    int // next offset in data
	width int
	keep  uint64
	last  uint64
}

func (h *happened) cursor() cursor {
	return cursor{data: h.ends.data, width: int(h.ends.width), keep: h.ends.mask()}
}

func (c *cursor) next() (from, to uint64) {
	from = c.last
	c.last = binary.LittleEndian.Uint64(c.data[c.at:]) & c.keep
	c.at += c.width
	return from, c.last
}

func (c *cursor) skip(n int) {
	if n > 0 {
		c.at += (n - 1) * c.width
		c.next()
	}
}
