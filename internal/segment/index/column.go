package index

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sort"

	"fishpond/internal/segment/predicate/plan"
)

const (
	columnBits  = 10
	columnPage  = 1 << columnBits
	columnWords = columnPage / 64
)

// column is an int64 for each person who has one.
type column struct {
	table[page]
}

type page struct {
	have   [columnWords]uint64
	before [columnWords]uint16 // how many have one before each word
	values packed              // of those who have one, by seq
}

func newPage(have [columnWords]uint64, values packed) *page {
	p := &page{have: have, values: values}
	for w := 1; w < columnWords; w++ {
		p.before[w] = p.before[w-1] + uint16(bits.OnesCount64(have[w-1])) //nolint:gosec // at most 64
	}
	return p
}

func newColumn() *column { return &column{table[page]{bits: columnBits}} }

func (c *column) get(seq uint32) (int64, bool) {
	p := c.page(seq)
	i := int(seq & (columnPage - 1))
	if p == nil || p.have[i>>6]>>(i&63)&1 == 0 {
		return 0, false
	}
	return p.values.at(int(p.before[i>>6]) + bits.OnesCount64(p.have[i>>6]&(1<<(i&63)-1))), true
}

// change sets a value, or takes it away.
type change struct {
	seq   uint32
	set   bool
	value int64
}

// lastOfEach gives the last change of each person, by seq.
func lastOfEach[C any](changes []C, seq func(*C) uint32) []C {
	ascending := true
	for i := 1; ascending && i < len(changes); i++ {
		ascending = seq(&changes[i-1]) < seq(&changes[i])
	}
	if ascending {
		return changes
	}
	order := make([]uint64, len(changes)) // seq, then place
	for i := range changes {
		order[i] = uint64(seq(&changes[i]))<<32 | uint64(i) //nolint:gosec // a batch is far below 2³²
	}
	slices.Sort(order)
	out := make([]C, 0, len(changes))
	for i, o := range order {
		if i+1 == len(order) || o>>32 != order[i+1]>>32 {
			out = append(out, changes[o&(1<<32-1)])
		}
	}
	return out
}

// with is the column after changes, which are sorted and one a person.
func (c *column) with(changes []change) *column {
	e := c.edit()
	var have [columnWords]uint64
	values := make([]int64, 0, columnPage)
	var scratch [columnPage]int64
	for len(changes) > 0 {
		first := changes[0].seq &^ (columnPage - 1)
		n := sort.Search(len(changes), func(i int) bool { return changes[i].seq&^(columnPage-1) != first })
		have = [columnWords]uint64{}
		if p := e.page(first); p != nil {
			have = p.have
			k := 0
			each(have[:], func(i int) { scratch[i] = p.values.at(k); k++ })
		}
		for _, ch := range changes[:n] {
			i := ch.seq & (columnPage - 1)
			have[i>>6] &^= 1 << (i & 63)
			if ch.set {
				have[i>>6] |= 1 << (i & 63)
				scratch[i] = ch.value
			}
		}
		values = values[:0]
		each(have[:], func(i int) { values = append(values, scratch[i]) })
		if len(values) == 0 {
			e.put(first, nil)
		} else {
			e.put(first, newPage(have, pack(values)))
		}
		changes = changes[n:]
	}
	return &column{e.table}
}

// each calls f with every bit that is set.
func each(words []uint64, f func(i int)) {
	for w, m := range words {
		for ; m != 0; m &= m - 1 {
			f(w<<6 + bits.TrailingZeros64(m))
		}
	}
}

// scan adds to out who has a value in one of the spans. Only persons of within
// are looked at; nil: everybody. No spans at all stand for any value.
func (c *column) scan(spans []plan.Span, within, out []uint64) {
	parallel(min(len(c.chunks), len(out)/chunkWords), func(chunk int) {
		for i, p := range c.chunks[chunk] {
			if p == nil {
				continue
			}
			at := chunk*chunkWords + i*columnWords
			mask := p.have
			if within != nil {
				any := uint64(0)
				for w := range mask {
					mask[w] &= within[at+w]
					any |= mask[w]
				}
				if any == 0 {
					continue
				}
			}
			p.scan(spans, &mask, out[at:at+columnWords])
		}
	})
}

func (p *page) scan(spans []plan.Span, mask *[columnWords]uint64, out []uint64) {
	all := len(spans) == 0
	first := sort.Search(len(spans), func(i int) bool { return spans[i].Hi >= p.values.base })
	last := first
	for ; last < len(spans) && spans[last].Lo <= p.values.most; last++ {
		all = all || spans[last].Lo <= p.values.base && spans[last].Hi >= p.values.most
	}
	switch {
	case all:
		for w, m := range mask {
			out[w] |= m
		}
	case last-first <= 2:
		for _, s := range spans[first:last] {
			p.span(s, mask, out)
		}
	default:
		p.many(spans[first:last], mask, out)
	}
}

// span looks for one span, which overlaps with the page.
func (p *page) span(s plan.Span, mask *[columnWords]uint64, out []uint64) {
	v := &p.values
	lo, size, ok := v.span(s)
	if !ok {
		return
	}
	width, keep, data := int(v.width), v.mask(), v.data
	test := v.tester(lo, size)
	at := 0
	for w, m := range mask {
		have := p.have[w]
		var hits uint64
		if have == ^uint64(0) && bits.OnesCount64(m) > 16 {
			hits = test.of(data[at:]) & m
		} else {
			for r := m; r != 0; r &= r - 1 {
				i := bits.TrailingZeros64(r)
				k := at + width*bits.OnesCount64(have&(1<<i-1))
				_, miss := bits.Sub64(size, binary.LittleEndian.Uint64(data[k:])&keep-lo, 0)
				hits |= (miss ^ 1) << i
			}
		}
		out[w] |= hits
		at += width * bits.OnesCount64(have)
	}
}

// many looks for several spans.
func (p *page) many(spans []plan.Span, mask *[columnWords]uint64, out []uint64) {
	for w, m := range mask {
		for ; m != 0; m &= m - 1 {
			i := bits.TrailingZeros64(m)
			if in(p.values.at(int(p.before[w])+bits.OnesCount64(p.have[w]&(1<<i-1))), spans) {
				out[w] |= 1 << i
			}
		}
	}
}

// in reports whether v lies in one of spans, which are sorted.
func in(v int64, spans []plan.Span) bool {
	from, to := 0, len(spans)
	for from+1 < to { // the last that begins at or before v
		if mid := (from + to) / 2; spans[mid].Lo <= v {
			from = mid
		} else {
			to = mid
		}
	}
	return from < to && spans[from].Lo <= v && v <= spans[from].Hi
}

// bytes is the memory that the column takes, about.
func (c *column) bytes() (n int64) {
	for _, chunk := range c.chunks {
		n += int64(len(chunk)) * 8
		for _, p := range chunk {
			if p != nil {
				n += columnWords*10 + packedBytes + int64(cap(p.values.data))
			}
		}
	}
	return n
}

const packedBytes = 56
