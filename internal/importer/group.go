package importer

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// maxOrderLines is the most lines that one order may have. More means that
// the column of orders is something else, such as a country.
const maxOrderLines = 10_000

// order is an order or a refund, ready to be stored.
type order struct {
	at     int64
	line   int64 // of its first line
	refund bool
	id     string
	who    contact
	key    uint64 // of who
	minor  int64
	data   []byte // of the event
}

// compare is the sequence in which orders are stored: customer by customer,
// each one's orders as they happened. What follows the timeline then changes
// a person once for all orders rather than once for each.
func compare(a, b *order) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.at, b.at), cmp.Compare(a.line, b.line))
}

// moment places an order among the others of its customer.
type moment struct{ at, line int64 }

// customer is what is remembered of each customer of the file: their last
// order, whose region and name count, and whether they have been stored.
type customer struct {
	last  moment
	known bool
}

func (m moment) before(o moment) bool { return m.at < o.at || m.at == o.at && m.line < o.line }

// grouping is what step two works out.
type grouping struct {
	mu     sync.Mutex
	result *Result
	seen   map[uint64]customer
	runs   []*spill
	orders int64
}

// group does step two: each spill file becomes a run of orders, customer by customer.
func (s *Service) group(ctx context.Context, p *plan, parts []*spill, out *rejects, r *Result) (*grouping, error) {
	g := &grouping{result: r, seen: map[uint64]customer{}, runs: make([]*spill, len(parts))}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(max(1, min(4, runtime.GOMAXPROCS(0))))
	for i, part := range parts {
		work.Go(func() (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if g.runs[i], err = newSpill(p.tmp, fmt.Sprintf("run-%03d", i), 64<<10); err != nil {
				return err
			}
			t := &groupTask{plan: p, all: g, out: out, run: g.runs[i]}
			err = t.do(part)
			part.drop()
			return err
		})
	}
	err := work.Wait()
	r.Persons = int64(len(g.seen))
	r.RowsRejected = out.count()
	return g, err
}

// groupTask groups one spill file.
type groupTask struct {
	*plan
	all    *grouping
	out    *rejects
	run    *spill
	arena  []byte
	refs   []lineRef
	orders []order
	cells  [][]byte
	lines  []entry  // of the order at hand
	flat   [][]byte // their cells
	parts  []number // and amounts
	items  []mallevent.Item
}

// lineRef points at a record in the arena.
type lineRef struct {
	hash   uint64
	number int64
	kind   byte
	rest   []byte // behind the head
	key    []byte
}

// entry is a line of the order at hand.
type entry struct {
	at               int64
	quantity, amount number
	cells            [][]byte
	number           int64
}

func (t *groupTask) do(part *spill) error {
	if err := t.load(part); err != nil {
		return err
	}
	slices.SortFunc(t.refs, func(a, b lineRef) int {
		if a.hash != b.hash {
			return cmp.Compare(a.hash, b.hash)
		}
		return cmp.Or(bytes.Compare(a.key, b.key), cmp.Compare(a.number, b.number))
	})
	for from := 0; from < len(t.refs); {
		to := from + 1
		for to < len(t.refs) && t.refs[to].hash == t.refs[from].hash && bytes.Equal(t.refs[to].key, t.refs[from].key) {
			to++
		}
		if err := t.take(t.refs[from:to]); err != nil {
			return err
		}
		from = to
	}
	return t.finish()
}

// load reads the part into memory, all but the lines of orders with too many
// of them: however wrong the mapping, the memory stays bounded.
func (t *groupTask) load(part *spill) error {
	in, err := part.rewind(256 << 10)
	if err != nil {
		return err
	}
	t.arena = make([]byte, 0, min(part.size, 4*partTarget))
	type place struct{ from, to int }
	var places []place
	count := map[uint64]int{}
	for {
		from := len(t.arena)
		t.arena, err = in.next(t.arena)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		hash := binary.LittleEndian.Uint64(t.arena[from+1:])
		if count[hash]++; t.c.order >= 0 && count[hash] > maxOrderLines+1 {
			ref, err := parseRef(t.arena[from:])
			if err != nil {
				return err
			}
			if err := t.reject(ref, tooManyLines); err != nil {
				return err
			}
			t.arena = t.arena[:from]
			continue
		}
		places = append(places, place{from, len(t.arena)})
	}
	t.refs = make([]lineRef, 0, len(places))
	for _, p := range places {
		ref, err := parseRef(t.arena[p.from:p.to])
		if err != nil {
			return err
		}
		t.refs = append(t.refs, ref)
	}
	return nil
}

var tooManyLines = i18n.T("这个订单号有超过 %d 行；订单号列选对了吗？", "more than %d lines have this order number; is it the right column?", maxOrderLines)

func parseRef(record []byte) (lineRef, error) {
	if len(record) < 10 {
		return lineRef{}, errRecord
	}
	c := cursor{b: record[9:]}
	ref := lineRef{kind: record[0], hash: binary.LittleEndian.Uint64(record[1:]), number: c.varint(), key: c.bytes()}
	ref.rest = c.b
	if c.bad {
		return ref, errRecord
	}
	return ref, nil
}

// reject writes a line out: with its own reason when it has one.
func (t *groupTask) reject(ref lineRef, why i18n.Text) error {
	c := cursor{b: ref.rest}
	if ref.kind == lineRejected {
		why = c.text()
	} else {
		c.varint()
		c.number()
		c.number()
	}
	t.cells = c.cells(len(t.header), t.cells)
	return t.out.add(ref.number, why, t.cells)
}

func (t *groupTask) rejectAll(refs []lineRef, why i18n.Text) error {
	for _, ref := range refs {
		if err := t.reject(ref, why); err != nil {
			return err
		}
	}
	return nil
}

// take makes an order of all its lines, or rejects them all.
func (t *groupTask) take(refs []lineRef) error {
	key := string(refs[0].key)
	if t.c.order < 0 { // each line is an order; the same line again is another one
		for i, ref := range refs {
			o, why, err := t.build(key+"-"+strconv.Itoa(i+1), refs[i:i+1])
			if err != nil {
				return err
			}
			if !why.IsZero() {
				if err := t.reject(ref, why); err != nil {
					return err
				}
				continue
			}
			t.orders = append(t.orders, o)
		}
		return nil
	}
	if len(refs) > maxOrderLines {
		return t.rejectAll(refs, tooManyLines)
	}
	for _, ref := range refs {
		if ref.kind == lineRejected {
			return t.rejectAll(refs, i18n.T("同一订单的第 %d 行没有通过，整单不导入", "another line (%d) of this order was rejected", ref.number))
		}
	}
	o, why, err := t.build(key, refs)
	if err != nil {
		return err
	}
	if !why.IsZero() {
		return t.rejectAll(refs, why)
	}
	t.orders = append(t.orders, o)
	return nil
}

var (
	twoCustomers = i18n.Text{ZH: "同一订单号下有不同的客户", EN: "the order names different customers"}
	mixedSigns   = i18n.Text{ZH: "同一订单里既有正数又有负数，无法判断是订单还是退款", EN: "the order has positive and negative lines; it cannot be told whether it is an order or a refund"}
	badRefund    = i18n.Text{ZH: "退款单的金额合计是正数", EN: "the lines of the refund add up to a payment"}
)

// build makes the event of an order.
func (t *groupTask) build(id string, refs []lineRef) (o order, why i18n.Text, err error) {
	width := len(t.header)
	t.lines, t.flat = t.lines[:0], slices.Grow(t.flat[:0], width*len(refs)) // one file has one width: entries point into flat
	for _, ref := range refs {
		c := cursor{b: ref.rest}
		l := entry{at: c.varint(), quantity: c.number(), amount: c.number(), number: ref.number}
		for range width {
			t.flat = append(t.flat, c.bytes())
		}
		if c.bad {
			return o, why, errRecord
		}
		l.cells = t.flat[len(t.flat)-width:]
		t.lines = append(t.lines, l)
	}
	lines := t.lines
	o = order{id: id, at: lines[0].at, line: lines[0].number}
	for _, l := range lines {
		o.at = min(o.at, l.at)
		if !o.who.add(t.plan, l.cells) {
			return o, twoCustomers, nil
		}
	}
	if why = o.who.check(t.plan); !why.IsZero() {
		return o, why, nil
	}
	if o.refund, why = t.direction(id, lines); !why.IsZero() {
		return o, why, nil
	}
	if why = t.price(&o, lines); !why.IsZero() {
		return o, why, nil
	}
	err = t.encode(&o, lines)
	return o, why, err
}

// direction tells refunds from orders and turns the lines of refunds around.
func (t *groupTask) direction(id string, lines []entry) (refund bool, why i18n.Text) {
	negative, positive := false, false
	for _, l := range lines {
		negative = negative || l.amount.units < 0 || l.amount.units == 0 && l.quantity.units < 0
		positive = positive || l.amount.units > 0
	}
	switch {
	case t.isRefund([]byte(id)):
		refund = true
	case negative && positive:
		return false, mixedSigns
	case negative:
		refund = true // only where the options allow it; read has seen to that
	}
	if refund && negative {
		for i := range lines {
			lines[i].amount.units = -lines[i].amount.units
			lines[i].quantity.units = -lines[i].quantity.units
		}
	}
	return refund, i18n.Text{}
}

// price adds the lines up exactly and rounds once.
func (t *groupTask) price(o *order, lines []entry) i18n.Text {
	t.parts = t.parts[:0]
	for _, l := range lines {
		t.parts = append(t.parts, l.amount)
	}
	total, ok := sum(t.parts)
	if ok {
		o.minor, ok = total.roundMinor(t.digits)
	}
	switch {
	case !ok:
		return tooBig
	case o.minor < 0:
		return badRefund
	}
	return i18n.Text{}
}

func (t *groupTask) encode(o *order, lines []entry) (err error) {
	cut := shares(t.parts, o.minor, t.digits) // parts are those that price has added up
	t.items = t.items[:0]
	for i, l := range lines {
		t.items = append(t.items, mallevent.Item{SKU: string(cell(l.cells, t.c.sku)), Name: text(cell(l.cells, t.c.name)),
			Quantity: l.quantity.String(), AmountMinor: cut[i]})
	}
	if o.refund {
		o.data, err = json.Marshal(mallevent.Refund{RefundID: o.id, AmountMinor: o.minor, Currency: t.Currency, Items: t.items})
	} else {
		o.data, err = json.Marshal(mallevent.Order{OrderID: o.id, AmountMinor: o.minor, Currency: t.Currency, Region: o.who.region, Items: t.items})
	}
	return err
}

// reason is the most particular thing that an error says.
func reason(err error) i18n.Text {
	e := errs.As(err)
	if len(e.Fields) > 0 {
		return e.Fields[0].Text
	}
	return e.Text
}

// finish sorts the orders into the run and adds them to the totals.
func (t *groupTask) finish() error {
	for i := range t.orders {
		t.orders[i].key = t.orders[i].who.key()
	}
	slices.SortFunc(t.orders, func(a, b order) int { return compare(&a, &b) })
	var record []byte
	for i := range t.orders {
		record = t.orders[i].put(record[:0])
		if err := t.run.write(record); err != nil {
			return err
		}
	}
	g := t.all
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range t.orders {
		o := &t.orders[i]
		if o.refund {
			g.result.Refunds++
			g.result.RefundedMinor = addCapped(g.result.RefundedMinor, o.minor)
		} else {
			g.result.Orders++
			g.result.GMVMinor = addCapped(g.result.GMVMinor, o.minor)
		}
		m := moment{o.at, o.line}
		if c, ok := g.seen[o.key]; !ok || c.last.before(m) {
			g.seen[o.key] = customer{last: m}
		}
	}
	g.orders += int64(len(t.orders))
	return nil
}

// addCapped stays at the greatest number instead of passing it: that takes
// nearly a million orders of the greatest amount.
func addCapped(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func (o *order) put(b []byte) []byte {
	b = binary.AppendVarint(b, o.at)
	b = binary.AppendVarint(b, o.line)
	if o.refund {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	for _, s := range []string{o.id, o.who.customer, o.who.phone, o.who.email, o.who.name, o.who.region} {
		b = putString(b, s)
	}
	return putBytes(b, o.data)
}

func (o *order) parse(record []byte) error {
	c := cursor{b: record}
	o.at, o.line, o.refund = c.varint(), c.varint(), c.byte() == 1
	for _, s := range []*string{&o.id, &o.who.customer, &o.who.phone, &o.who.email, &o.who.name, &o.who.region} {
		*s = string(c.bytes())
	}
	o.data = bytes.Clone(c.bytes())
	o.key = o.who.key()
	if c.bad {
		return errRecord
	}
	return nil
}
