package lifecycle

import (
	"slices"

	"fishpond/internal/lifecycle/lifecycleevent"
)

// Step is the moment at which a person comes into a stage.
type Step struct {
	At    int64 // UTC microseconds
	Stage string
}

// Rule is the pair of thresholds, in days of 24 hours.
type Rule struct {
	SilentDays int64 // without an order for longer: silent
	LostDays   int64 // without an order for longer still: lost
}

const day = int64(24 * 60 * 60 * 1_000_000) // in microseconds

// Draw returns every step of a person's life in order, those yet to come
// included: what would happen if nothing more was bought. known is when the
// person was first heard of; purchases are the times of the orders that
// count, ascending. It always has at least one step.
//
// A purchase at the very moment at which a person would turn silent keeps
// them. Stages that lasted no time at all are left out.
func Draw(known int64, purchases []int64, r Rule) []Step {
	return draw(known, purchases, func(int, int64) Rule { return r })
}

// draw is Draw by a rule of each purchase's own.
func draw(known int64, purchases []int64, rule ruleFor) []Step {
	var steps []Step
	if len(purchases) == 0 || known < purchases[0] {
		steps = append(steps, Step{known, lifecycleevent.New})
	}
	return extend(steps, 0, false, purchases, rule)
}

// ruleFor is what holds after the purchase at a place, until the next one. Of its
// days, 0 is never.
type ruleFor func(place int, next int64) Rule

// extend goes on with a life: steps are those up to the last purchase, which
// was at last (bought tells whether there was one).
func extend(steps []Step, last int64, bought bool, purchases []int64, rule ruleFor) []Step {
	for i, at := range purchases {
		if !bought {
			steps = push(steps, Step{at, lifecycleevent.FirstOrder})
		} else {
			steps = fade(steps, last, at, rule(i-1, at))
			steps = push(steps, Step{at, lifecycleevent.Repeat})
		}
		last, bought = at, true
	}
	if bought {
		steps = fade(steps, last, never, rule(len(purchases)-1, never))
	}
	return steps
}

const never = int64(1<<63 - 1)

// fade adds what happens after a purchase at last when the next one is at next.
func fade(steps []Step, last, next int64, r Rule) []Step {
	if at := last + r.SilentDays*day; r.SilentDays > 0 && at < next {
		steps = push(steps, Step{at, lifecycleevent.Silent})
	}
	if at := last + r.LostDays*day; r.LostDays > 0 && at < next {
		steps = push(steps, Step{at, lifecycleevent.Lost})
	}
	return steps
}

func push(steps []Step, s Step) []Step {
	if n := len(steps); n > 0 && steps[n-1].At == s.At {
		steps = steps[:n-1]
	}
	if n := len(steps); n > 0 && steps[n-1].Stage == s.Stage {
		return steps
	}
	return append(steps, s)
}

// cut parts steps at now: those that have happened, and the next one, zero
// when none is to come. The first step counts as happened even where a
// foreign clock dates it ahead of ours: nobody is without a stage.
func cut(steps []Step, now int64) (past []Step, next Step) {
	n := 1
	for n < len(steps) && steps[n].At <= now {
		n++
	}
	if n < len(steps) {
		next = steps[n]
	}
	return steps[:n], next
}

// fact is one thing that matters to a person's stage.
type fact struct {
	person   string
	at, seq  int64
	kind     int64
	orderKey int64 // 0: names no order
	amount   int64
	currency string
}

const (
	factKnown int64 = iota
	factOrder
	factRefund
)

// summary is what a person's facts say, whatever the thresholds and the time.
type summary struct {
	known     int64
	purchases []int64 // ascending
	gmv       int64   // of all paid orders in the org's currency
	refunded  int64
	named     int64 // refunds that name their order
}

// summarise sums up facts in any order. Money in another currency than the
// org's is not added: no rate is known.
func summarise(facts []fact, currency string) summary {
	s := summary{known: never}
	type named struct {
		paid, refunded int64
		any            bool
	}
	byOrder := map[int64]*named{}
	for _, f := range facts {
		if f.kind == factRefund && f.orderKey != 0 {
			byOrder[f.orderKey] = &named{}
		}
	}
	for _, f := range facts {
		s.known = min(s.known, f.at)
		o := byOrder[f.orderKey]
		switch f.kind {
		case factOrder:
			s.gmv += f.money(currency)
			if o != nil {
				o.paid += f.amount
			}
		case factRefund:
			s.refunded += f.money(currency)
			if f.orderKey != 0 {
				s.named++
				o.refunded += f.amount
				o.any = true
			}
		}
	}
	for _, f := range facts {
		if f.kind != factOrder {
			continue
		}
		if o := byOrder[f.orderKey]; o != nil && o.any && o.refunded >= o.paid {
			continue
		}
		s.purchases = append(s.purchases, f.at)
	}
	slices.Sort(s.purchases)
	return s
}

func (f fact) money(currency string) int64 {
	if f.currency == "" || f.currency == currency {
		return f.amount
	}
	return 0
}
