package insight

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight/steps"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// FirstDays is how long somebody's beginning lasts.
const FirstDays = 7

const (
	mostBeginningKinds = 60
	mostFirstProducts  = 48 // each is a bit of the masks of orders
)

// Ways to have stayed.
const (
	StayAgain  = "again"  // bought again within some days of the first order
	StayActive = "active" // did something of their own within the last days
)

// Beginnings is how people began, by their events, and who stayed.
type Beginnings struct {
	CountedTo *time.Time      // events recorded up to here are counted; nil without any
	AsOf      time.Time       // the last event: later nothing is known
	Zone      string          // of the org
	Begun     *roaring.Bitmap // those whose first FirstDays are over
	Buyers    *roaring.Bitmap // those with an order
	Week      []Slice         // by kind: who did that within FirstDays of their first event
	Products  []Slice         // by SKU: whose first order held it
	Base      *roaring.Bitmap // of whom it is known whether they stayed; nil when that was not asked
	Stayed    *roaring.Bitmap // of them, those who did
}

// passive are events that happen to a person, or are noted about her: they show no
// step of her own.
var passive = []string{"person.created", "identity.added", "tag.added", "note.added", "message.sent", "message.read", "friend.removed", "group.left", "order.refunded"}

// notes are what staff and the house put down: no behaviour in anybody's first days.
var notes = []string{"person.created", "identity.added", "tag.added", "note.added"}

// Beginnings reads everybody's events once. stay is StayAgain, StayActive or empty; days is that of stay.
func (s *Service) Beginnings(ctx context.Context, orgID, stay string, days int) (out Beginnings, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		out, err = s.beginnings(ctx, tx, orgID, stay, days)
		return err
	})
	if err != nil {
		return Beginnings{}, fmt.Errorf("insight: beginnings: %w", err)
	}
	return out, nil
}

func (s *Service) beginnings(ctx context.Context, tx *db.Tx, orgID, stay string, days int) (out Beginnings, err error) {
	q, err := s.ask(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	kinds := beginningKinds(q.known)
	for _, k := range kinds {
		q.lane(k)
	}
	end := min(q.last, q.now)
	out = Beginnings{CountedTo: q.fresh.CountedTo, AsOf: clock.Time(end), Zone: q.zone.String(), Begun: roaring.New(), Buyers: roaring.New()}
	if stay != "" {
		out.Base, out.Stayed = roaring.New(), roaring.New()
	}
	if q.fresh.Events == 0 {
		return out, nil
	}
	products, err := s.firstProducts(ctx, tx, orgID, q)
	if err != nil {
		return out, err
	}
	if err := q.hold(products); err != nil {
		return out, err
	}
	g := &gathering{kinds: kinds, stay: stay, span: int64(days) * dayMicros, end: end, order: slices.Index(kinds, "order.paid")}
	for _, k := range kinds {
		g.own = append(g.own, !slices.Contains(passive, k))
	}
	for range sweepWorkers() {
		g.workers = append(g.workers, gathered{bitmaps(len(kinds)), bitmaps(len(products)), roaring.New(), roaring.New(), roaring.New(), roaring.New()})
	}
	if err := q.sweep(ctx, q.first, end, g.visit); err != nil {
		return out, err
	}
	week := bitmaps(len(kinds))
	for _, w := range g.workers {
		out.Begun.Or(w.begun)
		out.Buyers.Or(w.buyers)
		if stay != "" {
			out.Base.Or(w.base)
			out.Stayed.Or(w.stayed)
		}
		for i, b := range w.week {
			week[i].Or(b)
		}
		for i, b := range w.products {
			products[i].Members.Or(b)
		}
	}
	lang := i18n.From(ctx)
	for i, k := range kinds {
		if slices.Contains(notes, k) {
			continue
		}
		label := k
		if name, own := kindNames[k]; own {
			label = name.In(lang)
		}
		out.Week = append(out.Week, Slice{Value: k, Label: label, Members: week[i]})
	}
	out.Products = products
	return out, nil
}

// dayMicros is a day of 24 hours.
const dayMicros = int64(24 * time.Hour / time.Microsecond)

// beginningKinds are the kinds with events, the most frequent if there are too many.
func beginningKinds(known knows) (kinds []string) {
	for k, e := range known {
		if e.Events > 0 && !slices.Contains(quiet, k) {
			kinds = append(kinds, k)
		}
	}
	slices.SortFunc(kinds, func(a, b string) int {
		return cmp.Or(cmp.Compare(known[b].Events, known[a].Events), cmp.Compare(a, b))
	})
	kinds = kinds[:min(len(kinds), mostBeginningKinds)]
	slices.Sort(kinds)
	return kinds
}

// gathering is one sweep over everybody's events.
type gathering struct {
	kinds   []string
	own     []bool // by lane: shows that somebody is there
	order   int    // lane of orders; −1 without any
	stay    string
	span    int64
	end     int64
	workers []gathered
}

type gathered struct {
	week, products              []*roaring.Bitmap
	begun, buyers, base, stayed *roaring.Bitmap
}

func (g *gathering) visit(worker int, seq uint32, lanes []steps.Lane) {
	w := &g.workers[worker]
	first := int64(-1)
	for _, l := range lanes {
		if len(l.At) > 0 && l.At[0] <= g.end && (first < 0 || l.At[0] < first) {
			first = l.At[0]
		}
	}
	if first < 0 {
		return
	}
	if first+FirstDays*dayMicros <= g.end {
		w.begun.Add(seq)
	}
	stayed := false
	for i, l := range lanes {
		for _, at := range l.At {
			if at > g.end {
				break
			}
			if at < first+FirstDays*dayMicros {
				w.week[i].Add(seq)
			}
			stayed = stayed || g.stay == StayActive && g.own[i] && at > g.end-g.span
		}
	}
	if g.stay == StayActive && first+FirstDays*dayMicros <= g.end-g.span { // or their beginning would be their staying
		w.base.Add(seq)
		if stayed {
			w.stayed.Add(seq)
		}
	}
	if g.order < 0 || len(lanes[g.order].At) == 0 {
		return
	}
	orders := lanes[g.order].At
	w.buyers.Add(seq)
	held := uint64(0) // several orders of one moment are one
	for k, m := range lanes[g.order].Mask {
		if orders[k] != orders[0] {
			break
		}
		held |= m
	}
	for ; held != 0; held &= held - 1 {
		w.products[bits.TrailingZeros64(held)].Add(seq)
	}
	if g.stay == StayAgain && orders[0]+g.span <= g.end {
		w.base.Add(seq)
		for _, at := range orders[1:] {
			if at > orders[0]+g.span {
				break
			}
			if at-orders[0] >= dayMicros { // a basket paid in two parts is not a return
				w.stayed.Add(seq)
				break
			}
		}
	}
}

// firstProducts are those that sold most, as slices to be filled.
func (s *Service) firstProducts(ctx context.Context, tx *db.Tx, orgID string, q *question) (out []Slice, err error) {
	if q.known["order.paid"] == nil || !q.known.property("order.paid", "sku") {
		return nil, nil
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var sl Slice
		var sold int64
		err := rows.Scan(&sl.Value, &sl.Label, &sold)
		if sl.Label == "" {
			sl.Label = sl.Value
		}
		sl.Members = roaring.New()
		if n := len([]rune(sl.Value)); n > 0 && n <= maxText {
			out = append(out, sl)
		}
		return err
	}, `SELECT sku, max(name), sum(amount_minor) FROM insight_product WHERE org_id = ? GROUP BY sku ORDER BY 3 DESC, 1 LIMIT ?`, orgID, mostFirstProducts)
}

// hold asks of orders which of the products they held: bit i is that of products[i].
func (q *question) hold(products []Slice) error {
	if len(products) == 0 {
		return nil
	}
	lane := &q.lanes[q.lane("order.paid")]
	for _, p := range products {
		c := EventCondition{Property: "sku", Is: "=", Values: []string{p.Value}}
		if err := c.compile("sku"); err != nil {
			return err
		}
		lane.conds = append(lane.conds, c)
	}
	return nil
}
