package index

import (
	"encoding/binary"
	"math/bits"

	"fishpond/internal/segment/predicate/plan"
)

// packed is a list of numbers as base + scale · n, where every n takes the
// same number of bytes. It is not changed once made.
type packed struct {
	base, most int64  // least and greatest of the numbers
	scale      uint64 // all differences from base are multiples of it
	width      uint8  // bytes a number, 0 to 8
	count      int32
	data       []byte // count·width bytes and some more, so that 8 can be read anywhere
}

const wordBytes = 8

// scales are common divisors: seconds, milliseconds, whole yuan. Each divides
// the one before.
var scales = [...]uint64{1_000_000, 1_000, 100}

func pack(numbers []int64) packed {
	if len(numbers) == 0 {
		return packed{scale: 1}
	}
	p := packed{base: numbers[0], most: numbers[0], scale: 1, count: int32(len(numbers))} //nolint:gosec // pages are small
	for _, n := range numbers {
		p.base, p.most = min(p.base, n), max(p.most, n)
	}
	spread := uint64(p.most) - uint64(p.base) //nolint:gosec // modulo 2⁶⁴, as in all of this
	if spread == 0 {
		return p
	}
	if spread >= 256 {
		p.scale = p.divisor(numbers)
	}
	p.width = uint8((bits.Len64(spread/p.scale) + 7) / 8) //nolint:gosec // at most 8
	p.data = make([]byte, len(numbers)*int(p.width)+wordBytes)
	at := 0
	for _, n := range numbers {
		d := uint64(n) - uint64(p.base) //nolint:gosec // modulo 2⁶⁴
		if p.scale != 1 {
			d /= p.scale
		}
		// Writes 8 bytes; those too many are overwritten by the next.
		binary.LittleEndian.PutUint64(p.data[at:], d)
		at += int(p.width)
	}
	clear(p.data[at:])
	return p
}

// packEnds packs numbers that are not negative and do not fall, so that raw is
// the number itself.
func packEnds(ends []int64) packed {
	p := packed{most: ends[len(ends)-1], scale: 1, count: int32(len(ends))} //nolint:gosec // pages are small
	p.width = uint8((bits.Len64(uint64(p.most)) + 7) / 8)                   //nolint:gosec // at most 8
	p.data = make([]byte, len(ends)*int(p.width)+wordBytes)
	for i, n := range ends {
		binary.LittleEndian.PutUint64(p.data[i*int(p.width):], uint64(n)) //nolint:gosec // not negative
	}
	return p
}

func (p *packed) divisor(numbers []int64) uint64 {
next:
	for _, s := range scales {
		for _, n := range numbers {
			if (uint64(n)-uint64(p.base))%s != 0 { //nolint:gosec // modulo 2⁶⁴
				continue next
			}
		}
		return s
	}
	return 1
}

func (p *packed) mask() uint64 { return ^uint64(0) >> (64 - 8*uint(p.width)) }

// raw is n of the i-th number.
func (p *packed) raw(i int) uint64 {
	if p.width == 0 {
		return 0
	}
	return binary.LittleEndian.Uint64(p.data[i*int(p.width):]) & p.mask()
}

func (p *packed) at(i int) int64 {
	return int64(uint64(p.base) + p.scale*p.raw(i)) //nolint:gosec // modulo 2⁶⁴
}

// floor is the greatest n whose number is at most v; v ≥ base.
func (p *packed) floor(v int64) uint64 {
	return (uint64(v) - uint64(p.base)) / p.scale //nolint:gosec // modulo 2⁶⁴
}

// ceil is the least n whose number is at least v; base ≤ v ≤ most.
func (p *packed) ceil(v int64) uint64 {
	d := uint64(v) - uint64(p.base) //nolint:gosec // modulo 2⁶⁴
	if d%p.scale != 0 {
		return d/p.scale + 1
	}
	return d / p.scale
}

// span gives the least n whose number is in a span, and how much greater
// others may be; not ok if there is none.
func (p *packed) span(s plan.Span) (lo, size uint64, ok bool) {
	if s.Hi < p.base || s.Lo > p.most {
		return 0, 0, false
	}
	hi := p.floor(min(s.Hi, p.most))
	if s.Lo > p.base {
		lo = p.ceil(s.Lo)
	}
	return lo, hi - lo, lo <= hi
}

// unpack appends the numbers to out.
func (p *packed) unpack(out []int64) []int64 {
	for i := range int(p.count) {
		out = append(out, p.at(i))
	}
	return out
}
