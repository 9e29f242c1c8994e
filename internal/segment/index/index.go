package index

import (
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/segment/predicate/plan"
)

// Position is how far into the timeline an index has read. Zero is nothing.
type Position struct {
	Seq int64  // of the last event
	Xid uint64 // PostgreSQL: transactions below are seen; 0 elsewhere
}

// Index is what is known of the persons of one org. It is safe for use by
// many at once.
type Index struct {
	mu   sync.Mutex // held by the writer
	last atomic.Pointer[Snapshot]
}

// New makes an empty index that keeps some properties of events. Each takes
// memory for every event that has it: 1 to 8 bytes, and a bit.
func New(track ...Property) *Index {
	x := &Index{}
	kept := map[string][]plan.Prop{}
	for _, p := range track {
		kept[p.Kind] = append(kept[p.Kind], p.Prop)
	}
	x.last.Store(&Snapshot{pool: bitset{}.with(nil), numbers: map[plan.Attr]*numbers{}, texts: map[plan.Attr]*texts{},
		lists: map[plan.Attr]*lists{}, marks: map[mark]bitset{}, kinds: map[string]*events{}, track: kept})
	return x
}

// Snapshot is the index as it is now. It takes no time, and stays the same.
func (x *Index) Snapshot() *Snapshot { return x.last.Load() }

// Snapshot is one version of an index.
type Snapshot struct {
	version  uint64
	position Position

	pool    bitset
	numbers map[plan.Attr]*numbers // whatever is ordered
	texts   map[plan.Attr]*texts
	lists   map[plan.Attr]*lists
	marks   map[mark]bitset
	kinds   map[string]*events
	track   map[string][]plan.Prop // by kind of event
}

// mark is something that a person either has or has not.
type mark struct {
	what space
	id   string    // of the tag and so on
	attr plan.Attr // of yes and no
}

type space uint8

const (
	tag space = iota + 1
	identity
	carrier
	granted
	withdrawn
	segment
	list
	yes
	no
)

// numbers is an ordered attribute.
type numbers struct {
	col  *column
	days map[int64]bitset // of dates: by day of the year, month·100+day
}

func (n *numbers) with(changes []change, date bool) *numbers {
	out := &numbers{n.col.with(changes), n.days}
	if date {
		if out.days == nil {
			out.days = map[int64]bitset{}
		}
		out.days = post(out.days, n.col, changes, func(d int64) int64 { return plan.Day(d).OfYear() })
	}
	return out
}

// Version counts the batches applied.
func (s *Snapshot) Version() uint64 { return s.version }

// Position is how far into the timeline the snapshot has read.
func (s *Snapshot) Position() Position { return s.position }

// Len is how many persons there are.
func (s *Snapshot) Len() int { return int(s.pool.read().GetCardinality()) } //nolint:gosec // below 2³²

// Everyone is all the persons there are. The bitmap is shared: not to be
// changed.
func (s *Snapshot) Everyone() *roaring.Bitmap { return s.pool.read() }

// Segment is who is in a segment as marked by [Batch.Segment]. The bitmap is
// shared: not to be changed.
func (s *Snapshot) Segment(id string) *roaring.Bitmap {
	return s.marks[mark{what: segment, id: id}].read()
}

// Bytes is the memory that the snapshot takes, about, without dictionaries.
func (s *Snapshot) Bytes() (n int64) {
	add := func(b bitset) { n += int64(b.read().GetSizeInBytes()) } //nolint:gosec // memory has less
	add(s.pool)
	for _, b := range s.marks {
		add(b)
	}
	for _, c := range s.numbers {
		n += c.col.bytes()
		for _, b := range c.days {
			add(b)
		}
	}
	for _, t := range s.texts {
		n += t.col.bytes()
		for _, b := range t.postings {
			add(b)
		}
	}
	for _, l := range s.lists {
		add(l.some)
		for _, b := range l.of {
			add(b)
		}
	}
	for _, e := range s.kinds {
		n += e.bytes()
	}
	return n
}

// Built-in attributes that have a part in how others are kept.
var (
	createdAttr = plan.Attr{Name: "created", Type: plan.Instant}
	ordersAttr  = plan.Attr{Name: "orders", Type: plan.Count}
	gmvAttr     = plan.Attr{Name: "gmv", Type: plan.Money}
	averageAttr = plan.Attr{Name: "average_order", Type: plan.Money}
	// zeros are what everybody has from the start.
	zeros = []plan.Attr{ordersAttr, gmvAttr, {Name: "refunds", Type: plan.Count}, {Name: "refunded", Type: plan.Money}}
)
