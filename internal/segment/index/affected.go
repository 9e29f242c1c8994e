package index

import (
	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/segment/predicate/plan"
)

// Dependents tells which of many plans depend on what. It is not changed once
// made, and safe for use by many at once.
type Dependents struct {
	all    []string
	attrs  map[plan.Attr][]string
	marks  map[mark][]string
	events map[string][]string // by kind
}

// NewDependents takes what each plan needs, by any id.
func NewDependents(needs map[string]plan.Needs) *Dependents {
	d := &Dependents{nil, map[plan.Attr][]string{}, map[mark][]string{}, map[string][]string{}}
	for id, n := range needs {
		d.all = append(d.all, id)
		for _, a := range n.Attrs {
			d.attrs[a] = append(d.attrs[a], id)
		}
		for _, kind := range n.Events {
			d.events[kind] = append(d.events[kind], id)
		}
		for what, ids := range map[space][]string{tag: n.Tags, segment: n.Segments, list: n.Lists, identity: n.Identities, carrier: n.Carriers, granted: n.Purposes, withdrawn: n.Purposes} {
			for _, name := range ids {
				m := mark{what: what, id: name}
				d.marks[m] = append(d.marks[m], id)
			}
		}
	}
	return d
}

// Affected gives for each plan whom a batch may bring in or take out: nobody
// else. It is to be asked before the batch is applied to the version before.
func (b *Batch) Affected(before *Snapshot, d *Dependents) map[string]*roaring.Bitmap {
	out := map[string]*roaring.Bitmap{}
	add := func(ids []string, seq uint32) {
		for _, id := range ids {
			if out[id] == nil {
				out[id] = roaring.New()
			}
			out[id].Add(seq)
		}
	}
	for _, st := range b.stages {
		for seq := range st.seen {
			if _, wiped := st.wiped[seq]; wiped || !before.pool.has(seq) {
				add(d.all, seq)
			}
		}
		for a, changes := range st.numbers {
			ids := d.attrs[a]
			if a == ordersAttr || a == gmvAttr {
				ids = append(ids[:len(ids):len(ids)], d.attrs[averageAttr]...)
			}
			addAll(ids, changes, func(c change) uint32 { return c.seq }, add)
		}
		for a, changes := range st.texts {
			addAll(d.attrs[a], changes, func(c textChange) uint32 { return c.seq }, add)
		}
		for a, changes := range st.lists {
			addAll(d.attrs[a], changes, func(c listChange) uint32 { return c.seq }, add)
		}
		for kind, changes := range st.kinds {
			addAll(d.events[kind], changes, func(c eventChange) uint32 { return c.seq }, add)
		}
		for m, changes := range st.marks {
			addAll(d.marked(m), changes, func(c bit) uint32 { return c.seq }, add)
		}
	}
	return out
}

func addAll[C any](ids []string, changes []C, seq func(C) uint32, add func([]string, uint32)) {
	if len(ids) == 0 {
		return
	}
	for _, c := range changes {
		add(ids, seq(c))
	}
}

func (d *Dependents) marked(m mark) []string {
	switch m.what {
	case yes, no:
		return d.attrs[m.attr]
	case carrier: // some ask for any
		ids := d.marks[m]
		return append(ids[:len(ids):len(ids)], d.marks[mark{what: carrier}]...)
	}
	return d.marks[m]
}
