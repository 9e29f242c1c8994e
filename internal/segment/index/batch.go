package index

import (
	"fishpond/internal/segment/predicate/plan"
)

// Batch gathers changes. They take effect in the order in which they were
// said, all at once, when the batch is applied. It is for use by one goroutine
// and applied once. Whoever a change speaks of is in the pool from then on.
type Batch struct {
	stages []*stage
	at     *stage // the last of them
	last   uint32 // whom the change before was about, to save looking
}

// stage are changes of which the order between kinds does not matter: whoever
// is wiped is so before everything else.
type stage struct {
	seen    map[uint32]bool // whether to be in the pool
	wiped   map[uint32]bool // whether everything was said anew
	numbers map[plan.Attr][]change
	texts   map[plan.Attr][]textChange
	lists   map[plan.Attr][]listChange
	marks   map[mark][]bit
	kinds   map[string][]eventChange
}

// NewBatch makes an empty batch.
func NewBatch() *Batch {
	b := &Batch{}
	b.next()
	return b
}

func (b *Batch) next() {
	b.at = &stage{map[uint32]bool{}, map[uint32]bool{}, map[plan.Attr][]change{}, map[plan.Attr][]textChange{},
		map[plan.Attr][]listChange{}, map[mark][]bit{}, map[string][]eventChange{}}
	b.stages, b.last = append(b.stages, b.at), 0
}

// Add puts a person into the pool who may have nothing else yet. Their orders,
// refunds and amounts are 0.
func (b *Batch) Add(seq uint32) {
	if b.last != seq || seq == 0 {
		b.at.seen[seq], b.last = true, seq
	}
}

// Remove takes a person out of the pool with all that is known of them.
func (b *Batch) Remove(seq uint32) {
	b.wipe(seq, false)
	b.at.seen[seq], b.last = false, 0
}

func (b *Batch) wipe(seq uint32, anew bool) {
	if _, ok := b.at.seen[seq]; ok {
		b.next()
	}
	b.at.wiped[seq] = anew
	b.Add(seq)
}

// Set sets an attribute from a JSON value, as plan.Eval reads it; nil, or a
// value that is not of the attribute's type, makes it unset.
func (b *Batch) Set(seq uint32, a plan.Attr, value any) {
	switch a.Type {
	case plan.Text:
		s, _ := value.(string)
		b.SetText(seq, a, s)
	case plan.Bool:
		v, ok := value.(bool)
		b.mark(seq, mark{what: yes, attr: a}, ok && v)
		b.mark(seq, mark{what: no, attr: a}, ok && !v)
	case plan.List:
		b.SetList(seq, a, elements(value))
	default:
		v, ok := ordered(a.Type, value)
		b.number(seq, a, v, ok)
	}
}

// SetNumber sets an attribute of an ordered type, in the units of the plan.
func (b *Batch) SetNumber(seq uint32, a plan.Attr, v int64) {
	b.number(seq, a, v, a.Type != plan.Instant || v != 0)
}

func (b *Batch) number(seq uint32, a plan.Attr, v int64, set bool) {
	b.Add(seq)
	b.at.numbers[a] = append(b.at.numbers[a], change{seq, set, v})
}

// SetText sets a text; an empty one makes it unset.
func (b *Batch) SetText(seq uint32, a plan.Attr, s string) {
	b.Add(seq)
	b.at.texts[a] = append(b.at.texts[a], textChange{seq, s})
}

// SetList sets all the elements of a list.
func (b *Batch) SetList(seq uint32, a plan.Attr, elements []string) {
	b.Add(seq)
	b.at.lists[a] = append(b.at.lists[a], listChange{seq, elements})
}

func (b *Batch) mark(seq uint32, m mark, on bool) {
	b.Add(seq)
	b.at.marks[m] = append(b.at.marks[m], bit{seq, on})
}

// Tag says whether a person has a tag.
func (b *Batch) Tag(seq uint32, id string, on bool) { b.mark(seq, mark{what: tag, id: id}, on) }

// Identity says whether a person has an identity of a kind.
func (b *Batch) Identity(seq uint32, kind string, on bool) {
	b.mark(seq, mark{what: identity, id: kind}, on)
}

// Carrier says whether a person can be reached over a carrier.
func (b *Batch) Carrier(seq uint32, name string, on bool) {
	b.mark(seq, mark{what: carrier, id: name}, on)
}

// Consent says a person's last word on a purpose: granted, withdrawn, or
// anything else for none.
func (b *Batch) Consent(seq uint32, purpose, state string) {
	b.mark(seq, mark{what: granted, id: purpose}, state == "granted")
	b.mark(seq, mark{what: withdrawn, id: purpose}, state == "withdrawn")
}

// Segment says whether a person is a member of a segment.
func (b *Batch) Segment(seq uint32, id string, on bool) { b.mark(seq, mark{what: segment, id: id}, on) }

// List says whether a person is on a list made by hand.
func (b *Batch) List(seq uint32, id string, on bool) { b.mark(seq, mark{what: list, id: id}, on) }

// Event adds an event that occurred at a time in UTC microseconds. Of its
// data, decoded from JSON, the index keeps the properties that it tracks.
func (b *Batch) Event(seq uint32, kind string, at int64, data map[string]any) {
	b.Add(seq)
	b.at.kinds[kind] = append(b.at.kinds[kind], eventChange{seq: seq, at: at, data: data})
}

// Forget takes a person's events of a kind away.
func (b *Batch) Forget(seq uint32, kind string) {
	b.Add(seq)
	b.at.kinds[kind] = append(b.at.kinds[kind], eventChange{seq: seq, wipe: true})
}

// Put says everything about a person anew: what is not in p is not so any
// more. Of their traits, those in traits are taken.
func (b *Batch) Put(p *plan.Person, traits []plan.Attr) {
	seq := p.Seq
	b.wipe(seq, true)
	for name, s := range map[string]string{"stage": p.Stage, "region": p.Region, "gender": p.Gender, "owner": p.Owner, "name": p.Name, "channel": p.Channel, "source": p.Source} {
		if s != "" {
			b.SetText(seq, plan.Attr{Name: name, Type: plan.Text}, s)
		}
	}
	if day, ok := plan.ParseDay(p.Birthday); ok {
		b.SetNumber(seq, plan.Attr{Name: "birthday", Type: plan.Date}, int64(day))
	}
	for i, v := range []int64{p.Orders, p.GMV, p.Refunds, p.Refunded} {
		b.SetNumber(seq, zeros[i], v)
	}
	for name, v := range map[string]int64{"first_order": p.FirstOrder, "last_order": p.LastOrder, "created": p.Created} {
		if v != 0 {
			b.SetNumber(seq, plan.Attr{Name: name, Type: plan.Instant}, v)
		}
	}
	for name, v := range map[string]int64{"rfm.recency": p.Recency, "rfm.frequency": p.Frequency, "rfm.monetary": p.Monetary} {
		if v != 0 {
			b.SetNumber(seq, plan.Attr{Name: name, Type: plan.Count}, v)
		}
	}
	for _, a := range traits {
		if v := p.Traits[a.Name]; v != nil {
			b.Set(seq, a, v)
		}
	}
	for what, ids := range map[space][]string{tag: p.Tags, identity: p.Identities, carrier: p.Carriers, segment: p.Segments, list: p.Lists} {
		for _, id := range ids {
			b.mark(seq, mark{what: what, id: id}, true)
		}
	}
	for purpose, yes := range p.Consents {
		what := withdrawn
		if yes {
			what = granted
		}
		b.mark(seq, mark{what: what, id: purpose}, true)
	}
	for _, e := range p.Events {
		b.Event(seq, e.Kind, e.At, e.Data)
	}
}
