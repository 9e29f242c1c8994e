package index

import (
	"encoding/binary"
	"math/bits"

	"fishpond/internal/segment/predicate/plan"
)

// owners tell whose each event of a page is, without going from person to
// person: how many events each has is what a processor guesses wrong.
type owners struct {
	last   [fewWords]uint64 // which events are somebody's last
	before [fewWords]uint16 // how many persons' last events are before each word
	person [eventPage]uint8 // the k-th who has events
}

func (o *owners) of(h *happened) {
	ends, k := h.cursor(), 0
	for w, have := range h.have {
		for ; have != 0; have &= have - 1 {
			_, end := ends.next()
			o.last[(end-1)>>6&(fewWords-1)] |= 1 << ((end - 1) & 63)
			o.person[k&(eventPage-1)] = uint8(w<<6 + bits.TrailingZeros64(have)) //nolint:gosec // below 256
			k++
		}
	}
	for w := 1; w < fewWords; w++ {
		o.before[w] = o.before[w-1] + uint16(bits.OnesCount64(o.last[w-1])) //nolint:gosec // at most 64
	}
}

// tally decides for a whole page at once: it marks the events that count, adds
// them up by owner and looks at those who have any. It reports false where
// going from person to person is better, or the only way.
func (h *happened) tally(m *measured, first uint32, e *edges, mask *[eventWords]uint64, out []uint64) bool {
	if m.of != plan.HowMany && m.of != plan.Sum || int(h.times.count) > fewWords*64 || in(0, m.spans) {
		return false
	}
	wanted, all := 0, 0
	for w := range mask {
		wanted, all = wanted+bits.OnesCount64(mask[w]), all+bits.OnesCount64(h.have[w])
	}
	if wanted*4 < all {
		return false
	}
	var o owners
	var room [fewWords]uint64
	chosen := room[:(int(h.times.count)+63)/64]
	if m.window.Joined {
		if o.of(h); !h.chooseOwn(m, first, &o, chosen) {
			return false
		}
	} else {
		h.choose(e, chosen)
	}
	for i := range m.conds {
		m.conds[i].filter(&h.props[m.conds[i].prop], chosen)
	}
	some := uint64(0)
	for _, w := range chosen {
		some |= w
	}
	if some == 0 {
		return true
	}
	if !m.window.Joined {
		o.of(h)
	}
	var sums [eventPage]int64
	if m.of == plan.HowMany {
		for w, hits := range chosen {
			for ; hits != 0; hits &= hits - 1 {
				sums[o.owner(w, hits)]++
			}
		}
	} else {
		h.sum(m, &o, chosen, &sums)
	}
	// Whose sum is 0 is not described, whether or not they have any.
	var ranks, found [eventWords]uint64
	span := m.spans[0]
	lo, size := uint64(span.Lo), uint64(span.Hi)-uint64(span.Lo) //nolint:gosec // modulo 2⁶⁴
	for k := range all {
		hit := uint64(0)
		if len(m.spans) == 1 { // no branch on what the sum is
			_, hit = bits.Sub64(size, uint64(sums[k&(eventPage-1)])-lo, 0) //nolint:gosec // modulo 2⁶⁴
			hit ^= 1
		} else if in(sums[k&(eventPage-1)], m.spans) {
			hit = 1
		}
		ranks[k>>6&(eventWords-1)] |= hit << (k & 63)
	}
	each(ranks[:], func(k int) {
		i := o.person[k&(eventPage-1)]
		found[i>>6] |= 1 << (i & 63)
	})
	for w := range found {
		out[w] |= found[w] & mask[w]
	}
	return true
}

// owner is whose the first event of hits is.
func (o *owners) owner(w int, hits uint64) uint8 {
	return uint8(int(o.before[w]) + bits.OnesCount64(o.last[w]&(hits&-hits-1))) //nolint:gosec // below 256
}

// sum adds the property of chosen events up.
func (h *happened) sum(m *measured, o *owners, chosen []uint64, sums *[eventPage]int64) {
	p := &h.props[m.value]
	before := 0
	for w, hits := range chosen {
		have := p.have[w]
		for hits &= have; hits != 0; hits &= hits - 1 {
			x := p.values.at(before + bits.OnesCount64(have&(hits&-hits-1)))
			if x > plan.MaxSummand || x < -plan.MaxSummand {
				continue
			}
			sums[o.owner(w, hits)] += x
		}
		before += bits.OnesCount64(have)
	}
}

// Times within ±far µs (some seventy thousand years) differ by less than 2⁶².
const far = 1 << 61

// chooseOwn marks the events that lie in the window of their person, which
// begins when they joined. It reports false for windows and times that it does
// not cover.
func (h *happened) chooseOwn(m *measured, first uint32, o *owners, chosen []uint64) bool {
	t, joined := &h.times, m.joined.page(first)
	if joined == nil {
		clear(chosen)
		return true
	}
	size, ok := h.ownSize(m, &joined.values)
	if !ok {
		return false
	}
	// When each joined, from the page's first event on; 2⁶³ is after all there is.
	var starts [eventPage]uint64
	offset, k := int(first>>6)&(columnWords-1), uint8(0)
	for w, have := range h.have {
		known, before := joined.have[offset+w], int(joined.before[offset+w])
		for ; have != 0; have &= have - 1 {
			bit := have & -have
			if starts[k] = 1 << 63; known&bit != 0 {
				starts[k] = uint64(joined.values.at(before+bits.OnesCount64(known&(bit-1)))) - uint64(t.base) //nolint:gosec // modulo 2⁶⁴
			}
			k++
		}
	}
	if t.width == 0 { // all at one time
		k = 0
		for w := range chosen {
			chosen[w] = 0
			for i := range min(64, int(t.count)-w<<6) {
				_, miss := bits.Sub64(size, -starts[k], 0)
				chosen[w] |= (miss ^ 1) << i
				k += uint8(o.last[w] >> i & 1)
			}
		}
		return true
	}
	width, keep, times, scale := int(t.width), t.mask(), t.data, t.scale
	k = 0
	for w := range chosen {
		var hits uint64
		last := o.last[w]
		for i := range min(64, int(t.count)-w<<6) {
			_, miss := bits.Sub64(size, scale*(binary.LittleEndian.Uint64(times)&keep)-starts[k], 0)
			hits |= (miss ^ 1) << i
			k += uint8(last >> i & 1)
			times = times[width:]
		}
		chosen[w] = hits
	}
	return true
}
