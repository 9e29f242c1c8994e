package index

import (
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"

	"fishpond/internal/segment/predicate/plan"
)

// The sizes at which texts are kept otherwise; variables for tests.
var (
	// maxValues is how many values of a text have a number of their own; with
	// more, 16 bits of a hash stand for all.
	maxValues = 1 << 14
	// maxPostings is how many values of a text, or of a list, have a bitmap
	// each.
	maxPostings = 512
)

// dictionary numbers texts as they come. Numbers never change, so all
// versions of a column share it.
type dictionary struct {
	mu      sync.RWMutex
	values  []string
	numbers map[string]int64
	lost    bool // within has refused some
}

func newDictionary() *dictionary { return &dictionary{numbers: map[string]int64{}} }

func (d *dictionary) find(s string) (int64, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	n, ok := d.numbers[s]
	return n, ok
}

func (d *dictionary) add(s string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, ok := d.numbers[s]
	if !ok {
		n = int64(len(d.values))
		s = strings.Clone(s)
		d.values, d.numbers[s] = append(d.values, s), n
	}
	return n
}

// within is add, unless there are so many values already.
func (d *dictionary) within(s string, most int) (int64, bool) {
	n, ok := d.find(s)
	if ok {
		return n, true
	}
	if len(d.all()) >= most {
		d.mu.Lock()
		d.lost = true
		d.mu.Unlock()
		return 0, false
	}
	return d.add(s), true
}

// full reports whether within has refused a value.
func (d *dictionary) full() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.lost
}

// numbersWhere gives the numbers of the values that pass, sorted.
func (d *dictionary) numbersWhere(pass func(string) bool) (out []int64) {
	for n, s := range d.all() {
		if pass(s) {
			out = append(out, int64(n))
		}
	}
	return out
}

// all is every value so far; its elements are not changed any more.
func (d *dictionary) all() []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.values
}

// texts is a text for each person who has one.
type texts struct {
	col      *column // number in dict, or the hash
	dict     *dictionary
	hashed   bool
	postings map[int64]bitset // by number; nil once there were too many
}

func newTexts() *texts {
	return &texts{newColumn(), newDictionary(), false, map[int64]bitset{}}
}

// textChange sets a text; an empty one takes it away.
type textChange struct {
	seq   uint32
	value string
}

func hash16(s string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	sum := h.Sum32()
	return int64(sum>>16 ^ sum&0xffff)
}

func (t *texts) with(changes []textChange) *texts {
	out := *t
	coded := make([]change, len(changes))
	for i, c := range changes {
		coded[i] = change{seq: c.seq, set: c.value != ""}
		switch {
		case c.value == "":
		case out.hashed:
			coded[i].value = hash16(c.value)
		default:
			coded[i].value = out.dict.add(c.value)
			if coded[i].value >= int64(maxValues) {
				out.fold(coded[:i+1], changes)
			}
		}
	}
	if out.postings != nil && len(out.dict.all()) > maxPostings {
		out.postings = nil
	}
	if out.postings != nil {
		out.postings = post(out.postings, out.col, coded, func(n int64) int64 { return n })
	}
	out.col = out.col.with(coded)
	return &out
}

// fold turns numbers into hashes, also those of changes so far.
func (t *texts) fold(coded []change, changes []textChange) {
	values := t.dict.all()
	hashes := make([]int64, len(values))
	for i, s := range values {
		hashes[i] = hash16(s)
	}
	t.col = t.col.mapped(func(n int64) int64 { return hashes[n] })
	for i := range coded {
		coded[i].value = hash16(changes[i].value)
	}
	t.hashed, t.dict, t.postings = true, newDictionary(), nil
}

// mapped is the column with f of every value.
func (c *column) mapped(f func(int64) int64) *column {
	e := c.edit()
	for i, chunk := range c.chunks {
		for j, p := range chunk {
			if p == nil {
				continue
			}
			values := p.values.unpack(nil)
			for k, v := range values {
				values[k] = f(v)
			}
			e.put(uint32(i)<<chunkBits|uint32(j)<<columnBits, newPage(p.have, pack(values))) //nolint:gosec // within 32 bits
		}
	}
	return &column{e.table}
}

// post brings bitmaps by a key of the value up to changes of a column, which
// does not have them yet.
func post(old map[int64]bitset, col *column, changes []change, key func(int64) int64) map[int64]bitset {
	bits := map[int64][]bit{}
	for _, c := range changes {
		was, ok := col.get(c.seq)
		if ok && c.set && key(was) == key(c.value) {
			continue
		}
		if ok {
			bits[key(was)] = append(bits[key(was)], bit{c.seq, false})
		}
		if c.set {
			bits[key(c.value)] = append(bits[key(c.value)], bit{c.seq, true})
		}
	}
	if len(bits) == 0 {
		return old
	}
	out := maps.Clone(old)
	for k, b := range bits {
		if s := out[k].with(b); s.empty() {
			delete(out, k)
		} else {
			out[k] = s
		}
	}
	return out
}

// numbersOf gives the sorted numbers of values.
func (t *texts) numbersOf(values []string) (out []int64) {
	for _, s := range values {
		if t.hashed {
			out = append(out, hash16(s))
		} else if n, ok := t.dict.find(s); ok {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// matches gives the numbers of the values that a match is for.
func (t *texts) matches(m plan.Match) []int64 {
	return t.dict.numbersWhere(func(s string) bool {
		return m.Prefix && strings.HasPrefix(s, m.Text) || !m.Prefix && strings.Contains(s, m.Text)
	})
}

// spansOf joins sorted numbers that follow each other.
func spansOf(numbers []int64) (out []plan.Span) {
	for _, n := range numbers {
		if k := len(out) - 1; k >= 0 && out[k].Hi+1 == n {
			out[k].Hi = n
		} else {
			out = append(out, plan.Span{Lo: n, Hi: n})
		}
	}
	return out
}
