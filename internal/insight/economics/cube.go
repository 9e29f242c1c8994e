package economics

import (
	"context"
	"sync"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Windows are the days after arriving within which a first order is counted.
var Windows = [3]int64{7, 30, 90}

const (
	dayMicros  = 24 * int64(time.Hour/time.Microsecond)
	maxOffset  = 59 // months that are followed after an arrival
	noMonth    = int64(-1)
	cohortMost = 24 // offsets of a cohort that are shown
)

// A month is kept as year × 12 + month − 1, so that the next one is one more.
func monthOf(us int64, zone *time.Location) int64 {
	y, m, _ := clock.Time(us).In(zone).Date()
	return int64(y)*12 + int64(m) - 1
}

// dayOf is the number of a day in zone since 1970-01-01.
func dayOf(us int64, zone *time.Location) int64 {
	y, m, d := clock.Time(us).In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

type cell struct{ source, month int64 }

// won sums up people who were won by one source in one month.
type won struct {
	persons int64
	known   int64 // had bought before they arrived
	buyers  int64 // bought since; orders refunded in full do not count, here and below
	again   int64 // bought twice since
	orders  int64 // since
	foreign int64 // of these, those in another currency
	net     int64 // paid less refunded since
	ahead   int64 // what the models expect of them, three years, discounted
	ripe    [3]int64
	done    [3]int64
	// arrived is persons without those of whom no arrival is known.
	arrived int64
}

func (a *won) add(b *won) {
	a.persons, a.known, a.buyers, a.again = a.persons+b.persons, a.known+b.known, a.buyers+b.buyers, a.again+b.again
	a.orders, a.foreign, a.net, a.ahead, a.arrived = a.orders+b.orders, a.foreign+b.foreign, a.net+b.net, a.ahead+b.ahead, a.arrived+b.arrived
	for i := range Windows {
		a.ripe[i], a.done[i] = a.ripe[i]+b.ripe[i], a.done[i]+b.done[i]
	}
}

type later struct{ persons, net int64 }

// cube is all people and orders of an org, counted.
type cube struct {
	cells  map[cell]*won
	later  map[[3]int64]*later // source, month of the start, months since
	rhythm map[[3]int64]int64  // month of an order, those of the two before of the same person
	gaps   map[int64]map[int64]int64
	months map[int64]*sold
	seen   map[int64]int64 // people by the month in which they were first heard of

	orders            int64 // ever
	firstDay, lastDay int64 // with an order
	first, last       int64 // months with anything, up to the present one; noMonth without

	zone     *time.Location
	currency string
	revision int64
	facts    int64
	fitted   int64
	asOf     int64
}

type sold struct{ orders, foreign, gmv int64 }

// life is what is asked of one person's walk.
type life struct {
	source  int64
	start   int64 // of the first arrival; without one, when they were first heard of
	month   int64 // of the start
	arrived bool
	known   bool
	firstAt int64 // of the first order since; 0 without
	bought  int64
	foreign int64
	net     int64
}

// lifeOf reads a walk. seen is when the person was first heard of, 0 when that
// is not known.
func lifeOf(w *Walk, seen int64, zone *time.Location) life {
	l := life{source: w.Source, start: w.At, arrived: w.Source != 0}
	if !l.arrived {
		l.start = seen
		for _, o := range w.Orders {
			if l.start == 0 || o.At < l.start {
				l.start = o.At // an import tells of orders before it tells of people
			}
		}
	}
	l.month = monthOf(l.start, zone)
	for _, o := range w.Orders {
		if o.At < l.start {
			l.known = l.known || !o.Back
			continue
		}
		if !o.Foreign {
			l.net += o.AmountMinor - o.RefundedMinor
		}
		if o.Back {
			continue
		}
		if l.bought++; l.bought == 1 {
			l.firstAt = o.At
		}
		if o.Foreign {
			l.foreign++
		}
	}
	return l
}

// ripe reports whether a person's window is over: only then does it count that
// they did not buy within it.
func (l *life) ripe(i int, now int64) bool {
	return l.arrived && !l.known && now-l.start >= Windows[i]*dayMicros
}

// converted reports whether they bought within the window.
func (l *life) converted(i int) bool {
	return l.bought > 0 && l.firstAt-l.start <= Windows[i]*dayMicros
}

// count adds one person.
func (c *cube) count(w *Walk, seen, ahead int64) {
	l := lifeOf(w, seen, c.zone)
	at := cell{l.source, l.month}
	x := c.cells[at]
	if x == nil {
		x = &won{}
		c.cells[at] = x
	}
	x.persons++
	x.arrived += db.Bit(l.arrived)
	x.known += db.Bit(l.known)
	x.buyers += db.Bit(l.bought > 0)
	x.again += db.Bit(l.bought > 1)
	x.orders, x.foreign, x.net, x.ahead = x.orders+l.bought, x.foreign+l.foreign, x.net+l.net, x.ahead+ahead
	for i := range Windows {
		if l.ripe(i, c.asOf) {
			x.ripe[i]++
			x.done[i] += db.Bit(l.converted(i))
		}
	}
	c.returned(w, &l)
	c.bought(w)
	c.reach(l.month)
	c.seen[c.known(w, person{seen: seen})]++
}

// known is the month in which somebody was first heard of.
func (c *cube) known(w *Walk, p person) int64 {
	if p.seen != 0 {
		return monthOf(p.seen, c.zone)
	}
	l := lifeOf(w, 0, c.zone)
	return l.month
}

// returned counts what a person brought in each month since the start.
func (c *cube) returned(w *Walk, l *life) {
	counted := noMonth
	for _, o := range w.Orders {
		if o.At < l.start {
			continue
		}
		offset := min(monthOf(o.At, c.zone)-l.month, maxOffset+1)
		k := [3]int64{l.source, l.month, offset}
		x := c.later[k]
		if x == nil {
			x = &later{}
			c.later[k] = x
		}
		if !o.Foreign {
			x.net += o.AmountMinor - o.RefundedMinor
		}
		if !o.Back && offset != counted { // orders are in the order of time, but for refunds alone, which are Back
			x.persons++
			counted = offset
		}
	}
}

// bought counts a person's orders whenever they were.
func (c *cube) bought(w *Walk) {
	prev, prev2, before := noMonth, noMonth, noMonth
	for _, o := range w.Orders {
		if o.Alone {
			continue
		}
		m, day := monthOf(o.At, c.zone), dayOf(o.At, c.zone)
		c.rhythm[[3]int64{m, prev, prev2}]++
		prev, prev2 = m, prev
		s := c.months[m]
		if s == nil {
			s = &sold{}
			c.months[m] = s
		}
		s.orders++
		if o.Foreign {
			s.foreign++
		} else {
			s.gmv += o.AmountMinor
		}
		if before != noMonth {
			g := c.gaps[m]
			if g == nil {
				g = map[int64]int64{}
				c.gaps[m] = g
			}
			g[day-before]++
		}
		before = day
		if c.orders == 0 {
			c.firstDay, c.lastDay = day, day
		}
		c.orders++
		c.firstDay, c.lastDay = min(c.firstDay, day), max(c.lastDay, day)
		c.reach(m)
	}
}

// reach widens the span of months with anything.
func (c *cube) reach(month int64) {
	month = min(month, monthOf(c.asOf, c.zone))
	if c.first == noMonth || month < c.first {
		c.first = month
	}
	c.last = max(c.last, month)
}

// kept is an org's cube, and whoever draws it anew.
type kept struct {
	mu   sync.Mutex // held while it is drawn, so that one does for all who wait
	cube *cube
}

// A small org's cube is drawn anew when anything has changed; that of a large
// one, in which something always has, is up to tenMinutes old.
const (
	largeFacts = 200_000
	aMinute    = time.Minute
	tenMinutes = 10 * time.Minute
)

// fresh reports whether a cube still does.
func (c *cube) fresh(now, revision, fitted int64, zone *time.Location, currency string) bool {
	if c == nil || c.zone.String() != zone.String() || c.currency != currency || now < c.asOf {
		return false
	}
	age := time.Duration(now-c.asOf) * time.Microsecond
	switch {
	case c.revision == revision && c.fitted == fitted:
		return age < tenMinutes // time alone makes windows end
	case c.facts >= largeFacts:
		return age < tenMinutes
	}
	return false
}

// cubeOf is the org's cube.
func (s *Service) cubeOf(ctx context.Context, orgID string) (*cube, error) {
	s.mu.Lock()
	k := s.cubes[orgID]
	if k == nil {
		k = &kept{}
		s.cubes[orgID] = k
	}
	s.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		set, err := s.ports.Orgs.Settings(ctx, tx, orgID)
		if err != nil {
			return err
		}
		revision, facts, err := s.ports.Acquisition.Revision(ctx, tx, orgID)
		if err != nil {
			return err
		}
		_, _, fitted, err := s.ports.Streams.ValueState(ctx, tx, orgID)
		if err != nil {
			return err
		}
		now := clock.Micros(s.now())
		if k.cube.fresh(now, revision, fitted, set.Zone, set.Currency) {
			return nil
		}
		c := &cube{zone: set.Zone, currency: set.Currency, revision: revision, facts: facts, fitted: fitted, asOf: now}
		if err := s.draw(ctx, tx, orgID, c); err != nil {
			return err
		}
		k.cube = c
		return nil
	})
	return k.cube, err
}

// draw counts everybody.
func (s *Service) draw(ctx context.Context, tx *db.Tx, orgID string, c *cube) error {
	c.cells, c.later, c.rhythm = map[cell]*won{}, map[[3]int64]*later{}, map[[3]int64]int64{}
	c.gaps, c.months, c.seen = map[int64]map[int64]int64{}, map[int64]*sold{}, map[int64]int64{}
	c.first, c.last = noMonth, noMonth
	first, last, ok, err := s.ports.Acquisition.CostMonths(ctx, tx, orgID)
	if err != nil {
		return err
	}
	if ok {
		c.reach(first)
		c.reach(last)
	}
	return s.everybody(ctx, tx, orgID, func(w *Walk, p person) error {
		c.count(w, p.seen, p.ahead)
		return nil
	})
}

// everybody tells of each person in the pool: who arrived, bought, or was only
// heard of.
func (s *Service) everybody(ctx context.Context, tx *db.Tx, orgID string, fn func(*Walk, person) error) error {
	known, err := persons(ctx, tx, orgID)
	if err != nil {
		return err
	}
	if err := s.ports.Acquisition.EachWalk(ctx, tx, orgID, func(w *Walk) error {
		p := known[w.PersonID]
		delete(known, w.PersonID)
		if len(w.Orders) == 0 && w.Source == 0 && p.seen == 0 {
			return nil // only ended a friendship
		}
		return fn(w, p)
	}); err != nil {
		return err
	}
	for id, p := range known {
		if err := fn(&Walk{PersonID: id}, p); err != nil {
			return err
		}
	}
	return nil
}
