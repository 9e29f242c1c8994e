package insight

import (
	"cmp"
	"slices"
)

// tally is changes of the counters, gathered before they are written.
type tally struct {
	month  map[int64]*monthSums
	rhythm map[[3]int64]int64  // month, prev, prev2 → orders
	cohort map[[2]int64]*sums  // cohort, month → persons and money
	region map[regionKey]*sums // → orders and money
	less   bool                // something was taken away: counters may fall to zero
}

type monthSums struct{ orders, gmv, refunds, refunded, newPersons int64 }

type sums struct{ n, gmv int64 }

type regionKey struct {
	month  int64
	region string
	prev   int64
}

func newTally() *tally {
	return &tally{month: map[int64]*monthSums{}, rhythm: map[[3]int64]int64{}, cohort: map[[2]int64]*sums{}, region: map[regionKey]*sums{}}
}

func (t *tally) at(month int64) *monthSums {
	m := t.month[month]
	if m == nil {
		m = &monthSums{}
		t.month[month] = m
	}
	return m
}

func add[K comparable](to map[K]*sums, key K, n, gmv int64) {
	s := to[key]
	if s == nil {
		s = &sums{}
		to[key] = s
	}
	s.n, s.gmv = s.n+n, s.gmv+gmv
}

// event counts what does not depend on whose the event is.
func (t *tally) event(f fact) {
	m := t.at(f.month)
	switch f.kind {
	case factOrder:
		m.orders, m.gmv = m.orders+1, m.gmv+f.amount
		if f.person == "" {
			// An order of nobody has itself as predecessor: within any span
			// it is then nobody's first nor second.
			t.rhythm[[3]int64{f.month, f.month, f.month}]++
			add(t.region, regionKey{f.month, f.region, f.month}, 1, f.amount)
		}
	case factRefund:
		m.refunds, m.refunded = m.refunds+1, m.refunded+f.amount
	}
}

// person is a row of insight_person: enough to count their next order.
type person struct {
	id         string
	seenAt     int64
	orders     int64
	firstMonth int64
	lastAt     int64
	lastMonth  int64
	prevMonth  int64
	region     string
	mixed      bool
}

func nobodyYet(id string) *person {
	return &person{id: id, seenAt: never, firstMonth: none, lastMonth: none, prevMonth: none}
}

const never = int64(1<<63 - 1)

// order counts the next order of p; sign is 1, or −1 to take it back.
// regionPrev is the month of p's order before in the same region.
func (t *tally) order(p *person, f fact, regionPrev, sign int64) {
	t.rhythm[[3]int64{f.month, p.lastMonth, p.prevMonth}] += sign
	add(t.region, regionKey{f.month, f.region, regionPrev}, sign, sign*f.amount)
	active := sign
	if p.lastMonth == f.month {
		active = 0 // was active in the month already
	}
	if p.orders == 0 {
		p.firstMonth, p.region = f.month, f.region
	}
	add(t.cohort, [2]int64{p.firstMonth, f.month}, active, sign*f.amount)
	p.mixed = p.mixed || f.region != p.region
	p.prevMonth, p.lastMonth, p.lastAt = p.lastMonth, f.month, f.at
	p.orders++
}

// whole counts all that is known of one person, or takes it back, and returns
// the row that comes of it. There must be at least one fact.
func (t *tally) whole(id string, facts []fact, sign int64) *person {
	slices.SortFunc(facts, func(a, b fact) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
	t.less = t.less || sign < 0
	p := nobodyYet(id)
	p.seenAt = facts[0].at
	t.at(facts[0].month).newPersons += sign
	last := map[string]int64{} // region → month
	for _, f := range facts {
		if f.kind != factOrder {
			continue
		}
		prev, ok := last[f.region]
		if !ok {
			prev = none
		}
		t.order(p, f, prev, sign)
		last[f.region] = f.month
	}
	return p
}

// further counts facts that come after all of p's orders. It reports false,
// and counts nothing, when they do not, or when the predecessors of their
// regions are not known; the person must then be counted as a whole.
func (t *tally) further(p *person, facts []fact, monthOf func(at int64) int64) bool {
	slices.SortFunc(facts, func(a, b fact) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
	region, bought := p.region, p.orders > 0
	for _, f := range facts {
		if f.kind != factOrder {
			continue
		}
		if p.mixed || bought && (f.at < p.lastAt || f.region != region) {
			return false
		}
		region, bought = f.region, true
	}
	if seen := facts[0]; seen.at < p.seenAt {
		t.at(monthOf(p.seenAt)).newPersons--
		t.at(seen.month).newPersons++
		p.seenAt = seen.at
	}
	for _, f := range facts {
		if f.kind == factOrder {
			t.order(p, f, p.lastMonth, 1) // all orders are of one region
		}
	}
	return true
}
