package index

import (
	"maps"
	"slices"

	"fishpond/internal/segment/predicate/plan"
)

// Apply brings a batch into the index, which has then read the timeline up to
// a position. It returns the new version.
func (x *Index) Apply(b *Batch, to Position) *Snapshot {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := *x.last.Load()
	s.version++
	s.position = to
	for _, st := range b.stages {
		s.apply(st)
	}
	b.stages, b.at = nil, nil // used up: the index has taken its slices over
	x.last.Store(&s)
	return &s
}

func (s *Snapshot) apply(st *stage) {
	s.expand(st)
	if len(st.numbers) > 0 {
		s.applyNumbers(st)
	}
	if len(st.texts) > 0 {
		s.texts = maps.Clone(s.texts)
		for a, changes := range st.texts {
			s.texts[a] = or(s.texts[a], newTexts).with(lastOfEach(changes, func(c *textChange) uint32 { return c.seq }))
		}
	}
	if len(st.lists) > 0 {
		s.lists = maps.Clone(s.lists)
		for a, changes := range st.lists {
			s.lists[a] = or(s.lists[a], newLists).with(lastOfEach(changes, func(c *listChange) uint32 { return c.seq }))
		}
	}
	if len(st.marks) > 0 {
		s.marks = maps.Clone(s.marks)
		for m, changes := range st.marks {
			if after := s.marks[m].with(changes); after.empty() {
				delete(s.marks, m)
			} else {
				s.marks[m] = after
			}
		}
	}
	if len(st.kinds) > 0 {
		s.kinds = maps.Clone(s.kinds)
		for kind, changes := range st.kinds {
			s.kinds[kind] = or(s.kinds[kind], func() *events { return newEvents(s.track[kind]) }).with(changes)
		}
	}
}

func or[T any](v *T, fresh func() *T) *T {
	if v == nil {
		return fresh()
	}
	return v
}

// expand says what follows from whom a stage speaks of: who is wiped loses
// what they have, who is new has zeros.
func (s *Snapshot) expand(st *stage) {
	var pool []bit
	var fresh, gone []uint32
	for seq, in := range st.seen {
		was := s.pool.has(seq)
		if was != in {
			pool = append(pool, bit{seq, in})
		}
		anew, wiped := st.wiped[seq]
		if wiped && was {
			gone = append(gone, seq)
		}
		if in && !anew && (!was || wiped) {
			fresh = append(fresh, seq)
		}
	}
	if len(pool) > 0 {
		s.pool = s.pool.with(pool)
	}
	slices.Sort(gone)
	slices.Sort(fresh)
	for _, a := range zeros {
		first(st.numbers, a, fresh, func(seq uint32) (change, bool) { return change{seq: seq, set: true}, true })
	}
	s.wipe(st, gone) // comes before the zeros
}

// first puts changes before all others of a key.
func first[K comparable, C any](changes map[K][]C, key K, seqs []uint32, f func(seq uint32) (C, bool)) {
	var before []C
	for _, seq := range seqs {
		if c, ok := f(seq); ok {
			before = append(before, c)
		}
	}
	if len(before) > 0 {
		changes[key] = append(before, changes[key]...)
	}
}

func (s *Snapshot) wipe(st *stage, gone []uint32) {
	if len(gone) == 0 {
		return
	}
	for a, n := range s.numbers {
		if a != averageAttr {
			first(st.numbers, a, gone, func(seq uint32) (change, bool) { _, has := n.col.get(seq); return change{seq: seq}, has })
		}
	}
	for a, t := range s.texts {
		first(st.texts, a, gone, func(seq uint32) (textChange, bool) { _, has := t.col.get(seq); return textChange{seq: seq}, has })
	}
	for a, l := range s.lists {
		first(st.lists, a, gone, func(seq uint32) (listChange, bool) { return listChange{seq: seq}, l.some.has(seq) })
	}
	for m, b := range s.marks {
		first(st.marks, m, gone, func(seq uint32) (bit, bool) { return bit{seq: seq}, b.has(seq) })
	}
	for kind, e := range s.kinds {
		first(st.kinds, kind, gone, func(seq uint32) (eventChange, bool) {
			return eventChange{seq: seq, wipe: true}, e.page(seq) != nil
		})
	}
}

func (s *Snapshot) applyNumbers(st *stage) {
	s.numbers = maps.Clone(s.numbers)
	set := func(a plan.Attr, changes []change) {
		changes = lastOfEach(changes, func(c *change) uint32 { return c.seq })
		st.numbers[a] = changes
		s.numbers[a] = or(s.numbers[a], func() *numbers { return &numbers{col: newColumn()} }).with(changes, a.Type == plan.Date)
	}
	for a, changes := range st.numbers {
		set(a, changes)
	}
	orders, gmv := s.column(ordersAttr), s.column(gmvAttr)
	var averages []change
	for _, a := range []plan.Attr{ordersAttr, gmvAttr} {
		for _, c := range st.numbers[a] {
			n, has := orders.get(c.seq)
			sum, _ := gmv.get(c.seq)
			ch := change{seq: c.seq, set: has && n != 0}
			if ch.set {
				ch.value = sum / n
			}
			averages = append(averages, ch)
		}
	}
	if len(averages) > 0 {
		set(averageAttr, averages)
	}
}

var emptyColumn = newColumn()

// column is that of an ordered attribute; empty if nobody has it.
func (s *Snapshot) column(a plan.Attr) *column {
	if n := s.numbers[a]; n != nil {
		return n.col
	}
	return emptyColumn
}
