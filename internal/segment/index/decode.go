package index

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/segment/predicate/plan"
)

// decoder takes a payload apart. Once something makes no sense, bad is set and
// all that follows is zero.
type decoder struct {
	rest []byte
	bad  bool
}

// take gives the next n bytes, which stay part of the payload, or nil.
func (d *decoder) take(n uint64) []byte {
	if d.bad || n > uint64(len(d.rest)) {
		d.bad = true
		return nil
	}
	out := d.rest[:n:n]
	d.rest = d.rest[n:]
	return out
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) flag() bool { return d.byte() == 1 }

func (d *decoder) number() uint64 {
	n, k := binary.Uvarint(d.rest)
	if d.take(uint64(max(k, 0))); k <= 0 { //nolint:gosec // not negative
		d.bad = true
	}
	if d.bad {
		return 0
	}
	return n
}

func (d *decoder) signed() int64 {
	n, k := binary.Varint(d.rest)
	if d.take(uint64(max(k, 0))); k <= 0 { //nolint:gosec // not negative
		d.bad = true
	}
	if d.bad {
		return 0
	}
	return n
}

func (d *decoder) text() string { return string(d.take(d.number())) }

func (d *decoder) attr() plan.Attr {
	return plan.Attr{Name: d.text(), Trait: d.flag(), Type: plan.Type(d.byte())}
}

// bitset takes all that is left.
func (d *decoder) bitset() bitset {
	b := roaring.New()
	if d.bad {
		return loaded(b)
	}
	n, err := b.ReadFrom(bytes.NewReader(d.rest))
	if err != nil || n != int64(len(d.rest)) || !b.IsEmpty() && b.Validate() != nil {
		d.bad = true
		return loaded(roaring.New())
	}
	d.rest = nil
	return loaded(b)
}

func (d *decoder) words(into []uint64) (set int) {
	b := d.take(uint64(len(into)) * wordBytes)
	for i := range into {
		if b == nil {
			return 0
		}
		into[i] = binary.LittleEndian.Uint64(b[i*wordBytes:])
		set += bits.OnesCount64(into[i])
	}
	return set
}

func (d *decoder) packed() (p packed) {
	p.base, p.most, p.scale = d.signed(), d.signed(), d.number()
	p.width = d.byte()
	n := d.number()
	if d.bad || p.width > wordBytes || p.scale == 0 || n > 1<<31-1 || p.most < p.base {
		d.bad = true
		return packed{scale: 1}
	}
	p.count = int32(n)
	if p.width > 0 {
		p.data = d.take(n*uint64(p.width) + wordBytes)
	}
	return p
}

// page reads a page of a column of which no value is beyond most.
func (d *decoder) page(most int64) *page {
	var have [columnWords]uint64
	set := d.words(have[:])
	values := d.packed()
	if set == 0 || int(values.count) != set {
		d.bad = true
	}
	for i := 0; !d.bad && most != plan.Max && i < set; i++ {
		if v := values.at(i); v < 0 || v > most {
			d.bad = true
		}
	}
	return newPage(have, values)
}

func (d *decoder) dictionary(into *dictionary) {
	for n := d.number(); n > 0 && !d.bad; n-- {
		into.add(d.text())
	}
}

// properties reads what was kept, which must be what is to be kept.
func (d *decoder) properties(want []*tracked) {
	d.bad = d.number() != uint64(len(want)) || d.bad
	for _, t := range want {
		if d.text() != t.prop.Path || plan.Type(d.byte()) != t.prop.Type {
			d.bad = true
		}
		if t.dict != nil {
			t.dict.lost = d.flag()
			d.dictionary(t.dict)
		}
	}
}

func (d *decoder) happened(props []*tracked) *happened {
	h := &happened{}
	set := d.words(h.have[:])
	h.ends, h.times = d.packed(), d.packed()
	if set == 0 || int(h.ends.count) != set {
		d.bad = true
	}
	before := uint64(0)
	for i := 0; !d.bad && i < set; i++ {
		end := h.ends.raw(i)
		d.bad = end <= before
		before = end
	}
	d.bad = d.bad || before != uint64(h.times.count) //nolint:gosec // not negative
	for range props {
		if d.bad || int(h.times.count) > 64*len(d.rest) {
			d.bad = true
			return h
		}
		c := cells{have: make([]uint64, (h.times.count+63)/64)}
		set := d.words(c.have)
		c.values = d.packed()
		d.bad = d.bad || int(c.values.count) != set || set > 0 && bits.Len64(c.have[len(c.have)-1]) > (int(h.times.count)-1)&63+1
		h.props = append(h.props, c)
	}
	return h
}

// pages reads the pages of a chunk into a table.
func pages[P any](d *decoder, t *table[P], page func() *P) {
	c := d.number()
	if d.bad || c >= 1<<(32-chunkBits) {
		d.bad = true
		return
	}
	for uint64(len(t.chunks)) <= c {
		t.chunks = append(t.chunks, nil)
	}
	chunk := make([]*P, 1<<(chunkBits-t.bits))
	for !d.bad && len(d.rest) > 0 {
		j := d.number()
		if p := page(); j < uint64(len(chunk)) {
			chunk[j] = p
		} else {
			d.bad = true
		}
	}
	t.chunks[c] = chunk
}
