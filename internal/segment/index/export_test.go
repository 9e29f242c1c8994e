package index

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"slices"
	"testing"

	"fishpond/internal/segment/predicate/plan"

	"encoding/binary"
)

// Limits sets how many values texts and lists may have before they are kept
// otherwise, for the length of a test, and has pages gone through however few
// persons are wanted of them.
func Limits(t testing.TB, n int) {
	values, postings, few := maxValues, maxPostings, fewOfPage
	maxValues, maxPostings, fewOfPage = n, max(2, n-1), 0
	t.Cleanup(func() { maxValues, maxPostings, fewOfPage = values, postings, few })
}

// OneByOne makes any part of the pool few, and any of a page, for the length
// of a test.
func OneByOne(t testing.TB) {
	part, few := fewPart, fewOfPage
	fewPart, fewOfPage = 0, eventPage
	t.Cleanup(func() { fewPart, fewOfPage = part, few })
}

// Hash is what stands in for plan.Random.Hash.
func Hash(r plan.Random, seq uint32) int64 { return hash(&r, seq) }

// Read reads a file from memory.
func Read(b []byte, org string, track ...Property) (*Index, error) {
	return read(bytes.NewReader(b), int64(len(b)), org, track)
}

// Bytes is what Save writes.
func Bytes(s *Snapshot, org string) []byte {
	var b bytes.Buffer
	if err := s.write(&b, org); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// Reseal corrects all the checksums of a file as far as its lengths go, so
// that damage gets past them.
func Reseal(b []byte) {
	for rest := b[min(len(b), len(magic)):]; len(rest) >= headBytes; {
		n := int64(binary.LittleEndian.Uint32(rest[1:]))
		if n > int64(len(rest)-headBytes) {
			return
		}
		sum := crc32.Update(crc32.Checksum(rest[:5], castagnoli), castagnoli, rest[headBytes:headBytes+n])
		binary.LittleEndian.PutUint32(rest[5:], sum)
		rest = rest[headBytes+n:]
	}
}

// Dump says all that a snapshot holds, the same for the same content, however
// it came about.
func Dump(s *Snapshot) string {
	out := []string{"pool " + s.pool.read().String()}
	add := func(format string, a ...any) { out = append(out, fmt.Sprintf(format, a...)) }
	for m, b := range s.marks {
		add("mark %v %v", m, b.read())
	}
	people := s.pool.read().ToArray()
	for a, n := range s.numbers {
		for _, seq := range people {
			if v, ok := n.col.get(seq); ok {
				add("number %v %d %d", a, seq, v)
			}
		}
		for k, b := range n.days {
			add("day %v %d %v", a, k, b.read())
		}
	}
	for a, t := range s.texts {
		name := func(v int64) string {
			if t.hashed {
				return fmt.Sprint(v)
			}
			return t.dict.all()[v]
		}
		for _, seq := range people {
			if v, ok := t.col.get(seq); ok {
				add("text %v %d %s", a, seq, name(v))
			}
		}
		for k, b := range t.postings {
			add("posting %v %s %v", a, name(k), b.read())
		}
	}
	for a, l := range s.lists {
		if !l.some.empty() {
			add("list %v %v", a, l.some.read())
		}
		for k, b := range l.of {
			add("element %v %s %v", a, k, b.read())
		}
	}
	for kind, e := range s.kinds {
		for _, seq := range people {
			h := e.page(seq)
			was := h.cells(len(e.props))
			for from, to := h.of(int(seq & (eventPage - 1))); from < to; from++ {
				line := fmt.Sprintf("event %s %d %d", kind, seq, h.times.at(from))
				for k, t := range e.props {
					c := was[from*len(e.props)+k]
					if t.dict != nil && c.there {
						line += " " + t.dict.all()[c.value]
						continue
					}
					line += fmt.Sprint(" ", c)
				}
				add("%s", line)
			}
		}
	}
	slices.Sort(out)
	var b bytes.Buffer
	for _, line := range out {
		fmt.Fprintln(&b, line)
	}
	return b.String()
}
