package index

import (
	"fishpond/internal/segment/predicate/plan"
)

// Describe says everything about a person anew but their events; it is Put for
// who keeps theirs. before is the version that the batch is to be applied to:
// only what differs from it becomes part of the batch, so that Affected names
// few plans. The batch must not otherwise speak of the person's attributes and
// marks.
func (b *Batch) Describe(before *Snapshot, p *plan.Person, traits []plan.Attr) {
	still := *p
	still.Events = nil
	said := NewBatch()
	said.Put(&still, traits)
	b.Add(p.Seq)
	d := difference{before, b, p.Seq}
	d.numbers(said.at.numbers)
	d.texts(said.at.texts)
	d.lists(said.at.lists)
	d.marks(said.at.marks)
}

// difference brings a batch what is said of a person and is not so yet.
type difference struct {
	*Snapshot

	b   *Batch
	seq uint32
}

func (d *difference) numbers(said map[plan.Attr][]change) {
	for a, n := range d.Snapshot.numbers {
		if _, has := n.col.get(d.seq); has && a != averageAttr && said[a] == nil {
			d.b.number(d.seq, a, 0, false)
		}
	}
	for a, changes := range said {
		c := changes[len(changes)-1]
		if v, has := d.column(a).get(d.seq); has != c.set || has && v != c.value {
			d.b.number(d.seq, a, c.value, c.set)
		}
	}
}

func (d *difference) texts(said map[plan.Attr][]textChange) {
	for a, t := range d.Snapshot.texts {
		if _, has := t.col.get(d.seq); has && said[a] == nil {
			d.b.SetText(d.seq, a, "")
		}
	}
	for a, changes := range said {
		value := changes[len(changes)-1].value
		if t := d.Snapshot.texts[a]; t == nil || !t.is(d.seq, value) {
			d.b.SetText(d.seq, a, value)
		}
	}
}

// is reports whether somebody's text is known to be value; empty: none. Of a
// hash that is not known.
func (t *texts) is(seq uint32, value string) bool {
	n, has := t.col.get(seq)
	if !has || value == "" {
		return has == (value != "")
	}
	known, ok := t.dict.find(value)
	return !t.hashed && ok && n == known
}

func (d *difference) lists(said map[plan.Attr][]listChange) {
	for a, l := range d.Snapshot.lists {
		if l.some.has(d.seq) && said[a] == nil {
			d.b.SetList(d.seq, a, nil)
		}
	}
	for a, changes := range said {
		elements := changes[len(changes)-1].elements
		if l := d.Snapshot.lists[a]; l == nil || !l.are(d.seq, elements) {
			d.b.SetList(d.seq, a, elements)
		}
	}
}

// are reports whether somebody's elements are known to be these.
func (l *lists) are(seq uint32, elements []string) bool {
	if !l.some.has(seq) || len(elements) == 0 {
		return l.some.has(seq) == (len(elements) > 0)
	}
	if l.folded {
		return false
	}
	want := map[string]bool{}
	for _, e := range elements {
		want[e] = true
	}
	for e, s := range l.of {
		if s.has(seq) != want[e] {
			return false
		}
		delete(want, e)
	}
	return len(want) == 0
}

func (d *difference) marks(said map[mark][]bit) {
	on := map[mark]bool{}
	for m, bits := range said {
		on[m] = bits[len(bits)-1].on
	}
	for m, s := range d.Snapshot.marks {
		if s.has(d.seq) && !on[m] {
			d.b.mark(d.seq, m, false)
		}
	}
	for m := range on {
		if on[m] && !d.Snapshot.marks[m].has(d.seq) {
			d.b.mark(d.seq, m, true)
		}
	}
}
