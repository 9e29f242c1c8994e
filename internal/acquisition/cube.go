package acquisition

import (
	"context"
	"time"

	"fishpond/internal/acquisition/credit"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// whole is one person's or one order's credit: shares are basis points.
const whole = 10_000

// probation is how long after an arrival its quality is judged.
const probation = 30 * 24 * int64(time.Hour/time.Microsecond)

// A month is kept as year × 12 + month − 1, so that the next one is one more.
func monthOf(us int64, zone *time.Location) int64 {
	y, m, _ := clock.Time(us).In(zone).Date()
	return int64(y)*12 + int64(m) - 1
}

// people counts persons by the month of their first arrival, in basis points
// of a person.
type people struct {
	persons, known   int64 // all; had bought before they arrived
	first, repeat    int64 // bought since they arrived; bought twice
	ripe, soon       int64 // arrived 30 days ago or earlier; orders of these within 30 days (basis points of an order)
	friends, staying int64 // of the ripe, those who came as a friend; still one after 30 days
}

// sales counts orders by their own month.
type sales struct{ orders, gmv, refunded int64 } // orders in basis points of an order; money in minor units

type cell struct{ source, month int64 }

// cube is what a model says of all persons and orders, by source and month.
// Source 0 is none: orders that no arrival in the window came before.
type cube struct {
	people  map[cell]*people
	sales   map[cell]*sales
	payback map[[3]int64]int64 // source, month of first arrival, months since → net money, credited as the person is
	sources map[int64]source
	asOf    int64

	revision int64
	zone     string
	currency string
}

// path is one person's facts in the order of time.
type path struct {
	touches []touch
	orders  []purchase
	refunds []purchase
	ties    []tie
}

type touch struct{ at, seq, source, tie int64 }

type purchase struct {
	at, seq, order, amount int64
	foreign                bool
	refunded               int64
	back                   bool // refunded in full
}

// tie is that a friendship began or ended.
type tie struct {
	at, seq, tie int64
	ended        bool
}

func (p *path) add(f *fact, currency string) {
	foreign := f.currency != "" && f.currency != currency
	switch f.kind {
	case factArrival:
		p.touches = append(p.touches, touch{f.at, f.seq, f.ref, f.amount})
		if f.amount != 0 {
			p.ties = append(p.ties, tie{f.at, f.seq, f.amount, false})
		}
	case factOrder:
		p.orders = append(p.orders, purchase{at: f.at, seq: f.seq, order: f.ref, amount: f.amount, foreign: foreign})
	case factRefund:
		p.refunds = append(p.refunds, purchase{at: f.at, seq: f.seq, order: f.ref, amount: f.amount, foreign: foreign})
	case factFriend, factParted:
		p.ties = append(p.ties, tie{f.at, f.seq, f.amount, f.kind == factParted})
	}
}

func (p *path) clear() {
	p.touches, p.orders, p.refunds, p.ties = p.touches[:0], p.orders[:0], p.refunds[:0], p.ties[:0]
}

// settle lays the refunds on the orders that they name: on the first of that
// id. One that names none stands alone, as an order of less than nothing.
func (p *path) settle() {
	if len(p.refunds) == 0 {
		return
	}
	type name struct {
		order   int64
		foreign bool
	}
	named := make(map[name]int, len(p.orders))
	for i, o := range p.orders {
		if _, twice := named[name{o.order, o.foreign}]; o.order != 0 && !twice {
			named[name{o.order, o.foreign}] = i
		}
	}
	for _, r := range p.refunds {
		i, ok := named[name{r.order, r.foreign}]
		if !ok {
			p.orders = append(p.orders, purchase{at: r.at, foreign: r.foreign, refunded: r.amount, back: true})
			continue
		}
		o := &p.orders[i]
		o.refunded += r.amount
		o.back = o.refunded >= o.amount
	}
}

// builder fills a cube person by person.
type builder struct {
	*cube
	model  credit.Model
	window int64
	zone   *time.Location
	now    int64
	at     []int64 // scratch: the moments of touches
	parts  map[int][]int64
}

// weights are the model's for n touches, worked out once.
func (b *builder) weights(n int) []int64 {
	w := b.parts[n]
	if w == nil {
		w = b.model.Weights(n)
		b.parts[n] = w
	}
	return w
}

// person counts one person's path.
func (b *builder) person(p *path) {
	p.order()
	p.settle()
	b.at = b.at[:0]
	for _, t := range p.touches {
		b.at = append(b.at, t.at)
	}
	for i := range p.orders {
		b.order(p, &p.orders[i])
	}
	if len(p.touches) > 0 {
		b.arrived(p)
	}
}

// order gives an order's credit to the touches in the window before it.
func (b *builder) order(p *path, o *purchase) {
	month := monthOf(o.at, b.zone)
	from, to := credit.Window(b.at, o.at, b.window)
	n := int64(whole)
	if o.amount == 0 && o.back && o.order == 0 {
		n = 0 // a refund alone
	}
	gmv, refunded := o.amount, o.refunded
	if o.foreign {
		gmv, refunded = 0, 0
	}
	if from == to {
		b.sold(cell{0, month}, n, gmv, refunded)
		return
	}
	if to-from == 1 {
		b.sold(cell{p.touches[from].source, month}, n, gmv, refunded)
		return
	}
	w := b.weights(to - from)
	orders, gmvs, refunds := credit.Split(n, w), credit.Split(gmv, w), credit.Split(refunded, w)
	for i := range w {
		b.sold(cell{p.touches[from+i].source, month}, orders[i], gmvs[i], refunds[i])
	}
}

func (b *builder) sold(at cell, orders, gmv, refunded int64) {
	s := b.sales[at]
	if s == nil {
		s = &sales{}
		b.sales[at] = s
	}
	s.orders, s.gmv, s.refunded = s.orders+orders, s.gmv+gmv, s.refunded+refunded
}

// arrived gives a person's credit to the touches in the window that begins
// with the first.
func (b *builder) arrived(p *path) {
	first := p.touches[0]
	month := monthOf(first.at, b.zone)
	_, n := credit.Window(b.at, first.at+b.window, b.window)
	one := people{persons: whole}
	var bought, soon int64
	for _, o := range p.orders {
		switch {
		case o.back:
		case o.at < first.at:
			one.known = whole
		default:
			bought++
			if o.at-first.at <= probation {
				soon++
			}
		}
	}
	if bought >= 1 {
		one.first = whole
	}
	if bought >= 2 {
		one.repeat = whole
	}
	if b.now-first.at >= probation {
		one.ripe, one.soon = whole, soon*whole
		if first.tie != 0 {
			one.friends = whole
			if p.friendAt(first.at + probation) {
				one.staying = whole
			}
		}
	}
	shares := credit.Split(whole, b.weights(n))
	for i, share := range shares {
		if share != 0 {
			b.counted(cell{p.touches[i].source, month}, one, share)
		}
	}
	b.returned(p, month, n)
}

// counted adds a share of a person. Each number is the whole or nothing, or a
// multiple of the whole, so that shares of them are exact.
func (b *builder) counted(at cell, one people, share int64) {
	c := b.people[at]
	if c == nil {
		c = &people{}
		b.people[at] = c
	}
	part := func(n int64) int64 { return n / whole * share }
	c.persons += part(one.persons)
	c.known += part(one.known)
	c.first += part(one.first)
	c.repeat += part(one.repeat)
	c.ripe += part(one.ripe)
	c.soon += part(one.soon)
	c.friends += part(one.friends)
	c.staying += part(one.staying)
}

// returned adds up what a person has brought since their first arrival, by
// months since.
func (b *builder) returned(p *path, month int64, n int) {
	var sums map[int64]int64
	var single [2]int64 // most have orders in one month at the most
	for _, o := range p.orders {
		if o.foreign || o.at < p.touches[0].at {
			continue
		}
		offset, net := monthOf(o.at, b.zone)-month, o.amount-o.refunded
		if sums == nil && (single[1] == 0 || single[0] == offset) {
			single = [2]int64{offset, single[1] + net}
			continue
		}
		if sums == nil {
			sums = map[int64]int64{single[0]: single[1]}
		}
		sums[offset] += net
	}
	if sums == nil {
		sums = map[int64]int64{single[0]: single[1]}
	}
	for offset, net := range sums {
		if net == 0 {
			continue
		}
		for i, part := range credit.Split(net, b.weights(n)) {
			if part != 0 {
				b.payback[[3]int64{p.touches[i].source, month, offset}] += part
			}
		}
	}
}

// friendAt reports whether a friendship stood at a moment.
func (p *path) friendAt(at int64) bool {
	standing := map[int64]bool{}
	for _, t := range p.ties {
		if t.at <= at {
			standing[t.tie] = !t.ended
		}
	}
	for _, s := range standing {
		if s {
			return true
		}
	}
	return false
}

// build draws the cube of an org from its facts.
func (s *Service) build(ctx context.Context, tx *db.Tx, orgID string, set OrgSettings, model credit.Model, windowDays int64) (*cube, error) {
	c := &cube{people: map[cell]*people{}, sales: map[cell]*sales{}, payback: map[[3]int64]int64{}, zone: set.Zone.String(), currency: set.Currency, asOf: clock.Micros(s.now())}
	b := &builder{cube: c, model: model, window: windowDays * 24 * int64(time.Hour/time.Microsecond), zone: set.Zone, now: c.asOf, parts: map[int][]int64{}}
	var err error
	if c.sources, err = sourcesOf(ctx, tx, orgID); err != nil {
		return nil, err
	}
	return c, s.eachPerson(ctx, tx, orgID, set, func(_ string, p *path) error {
		b.person(p)
		return nil
	})
}

// eachPerson reads everybody's facts, those of merged persons under who speaks
// for them. The path is valid until fn returns.
func (s *Service) eachPerson(ctx context.Context, tx *db.Tx, orgID string, set OrgSettings, fn func(id string, p *path) error) error {
	speakers, err := aliasesOf(ctx, tx, orgID)
	if err != nil {
		return err
	}
	waiting := make(map[string]*path, len(speakers)) // by speaker: whose facts are in several rows
	for _, speaker := range speakers {
		waiting[speaker] = &path{}
	}
	var one path
	if err := eachPath(ctx, tx, orgID, func(id, facts string, many bool) error {
		if speaker, ok := speakers[id]; ok {
			id = speaker
		}
		p := waiting[id]
		if p == nil && many {
			p = &path{}
			waiting[id] = p
		}
		if p != nil {
			return unpack(facts, func(f *fact) { p.add(f, set.Currency) })
		}
		one.clear()
		if err := unpack(facts, func(f *fact) { one.add(f, set.Currency) }); err != nil {
			return err
		}
		return fn(id, &one)
	}); err != nil {
		return err
	}
	for id, p := range waiting {
		if err := fn(id, p); err != nil {
			return err
		}
	}
	return nil
}
