package index

import (
	"encoding/binary"
	"math/bits"

	"fishpond/internal/segment/predicate/plan"
)

// soon reports whether a measure asks for any event in a window that begins
// with each person.
func (m *measured) soon() bool {
	return m.window.Joined && m.of == plan.HowMany && !m.single() && len(m.spans) == 1 && m.spans[0].Lo == 1 && m.spans[0].Hi == plan.Max
}

// none of a page's numbers takes any bytes when all are the same.
var noBytes [wordBytes]byte

func (p *packed) bytes() []byte {
	if p.width == 0 {
		return noBytes[:]
	}
	return p.data
}

// fewEarly are so few of 64 persons that looking at them one by one is faster
// than going through all events of a page.
const fewEarly = 8

// soon looks for who has an event in their window. For nearly all, their first
// event tells: it is in the window, or behind it. It reports false for windows
// and times that it does not cover, and where too many did something before
// they joined; those found until then are in out.
func (h *happened) soon(m *measured, first uint32, mask *[eventWords]uint64, out []uint64) bool {
	joined := m.joined.page(first)
	if joined == nil {
		return true
	}
	size, ok := h.ownSize(m, &joined.values)
	if !ok {
		return false
	}
	t, j := &h.times, &joined.values
	width, keep, scale, times := uint64(t.width), t.mask(), t.scale, t.bytes()
	jWidth, jKeep, jScale, starts := int(j.width), j.mask(), j.scale, j.bytes()
	base := uint64(j.base) - uint64(t.base) //nolint:gosec // modulo 2⁶⁴
	offset := int(first>>6) & (columnWords - 1)
	ends := h.cursor()
	for w, wanted := range mask {
		rest := h.have[w]
		if wanted == 0 {
			ends.skip(bits.OnesCount64(rest))
			continue
		}
		known, before := joined.have[offset+w], int(joined.before[offset+w])
		var found, early uint64
		for wanted &= known; rest != 0; rest &= rest - 1 {
			bit := rest & -rest
			from, _ := ends.next()
			k := before + bits.OnesCount64(known&(bit-1))
			start := base + jScale*(binary.LittleEndian.Uint64(starts[k*jWidth:])&jKeep)
			after := scale*(binary.LittleEndian.Uint64(times[from*width:])&keep) - start
			_, miss := bits.Sub64(size, after, 0) // no branches here
			found |= bit * (miss ^ 1)
			early |= bit * (after >> 63)
		}
		found &= wanted
		if bits.OnesCount64(early&wanted) > fewEarly {
			return false
		}
		for early &= wanted; early != 0; early &= early - 1 { // before they joined: look at what came then
			i := w<<6 + bits.TrailingZeros64(early)
			from, to := h.of(i)
			if from, to = h.own(m, first+uint32(i), from, to); from < to { //nolint:gosec // below 256
				found |= early & -early
			}
		}
		out[w] |= found
	}
	return true
}

// ownSize is how long after a person has joined an event may be to lie in their
// window. It is false for windows and times whose differences could overflow.
func (h *happened) ownSize(m *measured, joined *packed) (size uint64, ok bool) {
	t := &h.times
	if m.window.From != plan.Min || m.window.To != plan.Max || m.window.Within < 0 || m.window.Within > far ||
		t.base < -far || t.most > far || joined.base < -far || joined.most > far {
		return 0, false
	}
	if m.window.Within > 0 {
		return uint64(m.window.Within) - 1, true //nolint:gosec // positive
	}
	return 1 << 62, true
}
