package index

import (
	"fmt"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// lists are the elements of a list that persons have. With very many different
// elements, a bitmap stands for all whose hash ends alike.
type lists struct {
	some   bitset // who has any element
	of     map[string]bitset
	folded bool
}

func newLists() *lists { return &lists{of: map[string]bitset{}} }

// listChange replaces a person's list.
type listChange struct {
	seq      uint32
	elements []string
}

func (l *lists) key(element string) string {
	if l.folded {
		return fmt.Sprintf("%02x", hash16(element)&0xff)
	}
	return element
}

func (l *lists) with(changes []listChange) *lists {
	out := &lists{l.some, maps.Clone(l.of), l.folded}
	bits := map[string][]bit{}
	some := make([]bit, len(changes))
	for i, c := range changes {
		some[i] = bit{c.seq, len(c.elements) > 0}
		if l.some.has(c.seq) {
			for element, s := range l.of {
				if s.has(c.seq) {
					bits[element] = append(bits[element], bit{c.seq, false})
				}
			}
		}
		for _, element := range c.elements {
			k := l.key(element)
			bits[k] = append(bits[k], bit{c.seq, true})
		}
	}
	out.some = out.some.with(some)
	for k, b := range bits {
		if s := out.of[k].with(b); s.empty() {
			delete(out.of, k)
		} else {
			out.of[k] = s
		}
	}
	if !out.folded && len(out.of) > maxPostings {
		out.fold()
	}
	return out
}

func (l *lists) fold() {
	l.folded = true
	joined := map[string][]*roaring.Bitmap{}
	for element, s := range l.of {
		k := l.key(element)
		joined[k] = append(joined[k], s.seen)
	}
	l.of = map[string]bitset{}
	for k, all := range joined {
		l.of[k] = loaded(roaring.FastOr(all...).Clone())
	}
}

// any gives the bitmaps of those who have any of the elements.
func (l *lists) any(elements []string) (out []*roaring.Bitmap) {
	keys := make([]string, len(elements))
	for i, e := range elements {
		keys[i] = l.key(e)
	}
	slices.Sort(keys)
	for _, k := range slices.Compact(keys) {
		if s, ok := l.of[k]; ok {
			out = append(out, s.read())
		}
	}
	return out
}
