package index

import (
	"encoding/binary"
	"math/bits"
)

// tester says of 64 packed numbers in a row which lie between two bounds. Where
// they take up to 31 bits, two are looked at with each step, side by side in the
// halves of a word: adding 2³¹−n to a half sets its highest bit if what is in
// it is at least n.
type tester struct {
	lo, size uint64 // in units of the page; size is how far above lo is still in
	width    int
	keep     uint64
	lanes    bool
	low, top uint64 // what to add for: at least lo, beyond the greatest
}

const (
	halves  = 1 | 1<<32
	highest = halves << 31
)

func (p *packed) tester(lo, size uint64) tester {
	t := tester{lo: lo, size: size, width: int(p.width), keep: p.mask()}
	greatest := (uint64(p.most) - uint64(p.base)) / p.scale //nolint:gosec // modulo 2⁶⁴
	if size = min(size, greatest-min(lo, greatest)); t.width < 2 || greatest >= 1<<31-1 || lo > greatest {
		return t
	}
	t.lanes = true
	t.low, t.top = (1<<31-lo)*halves, (1<<31-lo-size-1)*halves
	return t
}

// of looks at the first 64 numbers of data, behind which there are 8 bytes more.
func (t *tester) of(data []byte) (hits uint64) {
	switch {
	case t.lanes && t.width == 4:
		b := (*[64*4 + wordBytes]byte)(data)
		for i := range 32 {
			x := binary.LittleEndian.Uint64(b[8*i : 8*i+8])
			hits |= (x + t.low) &^ (x + t.top) & highest >> (31 - i)
		}
		return interleave(hits)
	case t.lanes && t.width == 3:
		b := (*[64*3 + wordBytes]byte)(data)
		for i := range 32 {
			x := binary.LittleEndian.Uint64(b[6*i : 6*i+8])
			x = x&(1<<24-1) | x<<8&(1<<56-1<<32)
			hits |= (x + t.low) &^ (x + t.top) & highest >> (31 - i)
		}
		return interleave(hits)
	case t.lanes:
		b := (*[64*2 + wordBytes]byte)(data)
		for i := range 32 {
			x := uint64(binary.LittleEndian.Uint32(b[4*i : 4*i+4]))
			x = x&(1<<16-1) | x<<16&(1<<48-1<<32)
			hits |= (x + t.low) &^ (x + t.top) & highest >> (31 - i)
		}
		return interleave(hits)
	}
	for i := range 64 {
		_, miss := bits.Sub64(t.size, binary.LittleEndian.Uint64(data)&t.keep-t.lo, 0)
		hits |= (miss ^ 1) << i
		data = data[t.width:]
	}
	return hits
}

// interleave puts the low half of a word on its even bits and the high half on
// its odd ones.
func interleave(x uint64) uint64 { return spread(x&(1<<32-1)) | spread(x>>32)<<1 }

func spread(x uint64) uint64 {
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	x = (x | x<<2) & 0x3333333333333333
	return (x | x<<1) & 0x5555555555555555
}
