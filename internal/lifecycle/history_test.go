package lifecycle

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fishpond/internal/lifecycle/lifecycleevent"
)

// stageAt says the stage at one moment, straight from the definition: the
// oracle for histories.
func stageAt(t int64, purchases []int64, r Rule) string {
	var last int64
	n := 0
	for _, p := range purchases {
		if p <= t {
			n, last = n+1, max(last, p)
		}
	}
	switch {
	case n == 0:
		return lifecycleevent.New
	case t >= last+r.LostDays*day:
		return lifecycleevent.Lost
	case t >= last+r.SilentDays*day:
		return lifecycleevent.Silent
	case n == 1:
		return lifecycleevent.FirstOrder
	}
	return lifecycleevent.Repeat
}

// slowHistory asks stageAt at every moment at which anything could change.
func slowHistory(known int64, purchases []int64, r Rule, now int64) (steps []Step) {
	moments := []int64{known}
	for _, p := range purchases {
		moments = append(moments, p, p+r.SilentDays*day, p+r.LostDays*day)
	}
	slices.Sort(moments)
	for _, t := range slices.Compact(moments) {
		if t < known || t > now && len(steps) > 0 {
			continue
		}
		if s := stageAt(t, purchases, r); len(steps) == 0 || steps[len(steps)-1].Stage != s {
			steps = append(steps, Step{t, s})
		}
	}
	return steps
}

func TestHistoryIsWhatTheDefinitionSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rule{SilentDays: rapid.Int64Range(1, 20).Draw(t, "silent")}
		r.LostDays = r.SilentDays + rapid.Int64Range(1, 20).Draw(t, "apart")
		// Quarters of a day, so that orders often meet the thresholds exactly.
		moment := rapid.Map(rapid.Int64Range(1, 400), func(q int64) int64 { return q * day / 4 })
		purchases := rapid.SliceOfN(moment, 0, 12).Draw(t, "purchases")
		slices.Sort(purchases)
		known := moment.Draw(t, "known")
		if len(purchases) > 0 {
			known = min(known, purchases[0])
		}
		now := moment.Draw(t, "now")
		past, next := cut(Draw(known, purchases, r), now)
		if want := slowHistory(known, purchases, r, now); !slices.Equal(past, want) {
			t.Fatalf("got %v, want %v", past, want)
		}
		later := slowHistory(known, purchases, r, never)
		if want := later[len(past):]; len(want) == 0 && next != (Step{}) || len(want) > 0 && next != want[0] {
			t.Fatalf("next is %v of %v", next, want)
		}
	})
}

func TestFullyRefundedOrdersAreNoPurchases(t *testing.T) {
	paid := func(key, at, amount int64) fact {
		return fact{kind: factOrder, orderKey: key, at: at, amount: amount, currency: "CNY"}
	}
	back := func(key, at, amount int64) fact {
		return fact{kind: factRefund, orderKey: key, at: at, amount: amount, currency: "CNY"}
	}
	cases := []struct {
		name      string
		facts     []fact
		purchases []int64
		gmv, back int64
	}{
		{"part of it", []fact{paid(1, 10, 100), back(1, 20, 99)}, []int64{10}, 100, 99},
		{"all of it", []fact{paid(1, 10, 100), back(1, 20, 100)}, nil, 100, 100},
		{"in two parts, one before the order is known", []fact{back(1, 5, 40), paid(1, 10, 100), back(1, 20, 60)}, nil, 100, 100},
		{"more than it", []fact{paid(1, 10, 100), back(1, 20, 150)}, nil, 100, 150},
		{"without saying which", []fact{paid(1, 10, 100), back(0, 20, 100)}, []int64{10}, 100, 100},
		{"an order without an id", []fact{paid(0, 10, 100), back(1, 20, 100)}, []int64{10}, 100, 100},
		{"another one", []fact{paid(1, 10, 100), paid(2, 11, 100), back(2, 20, 100)}, []int64{10}, 200, 100},
		{"an order in two payments", []fact{paid(1, 10, 100), paid(1, 11, 50), back(1, 20, 100)}, []int64{10, 11}, 150, 100},
		{"free and given back", []fact{paid(1, 10, 0), back(1, 20, 0)}, nil, 0, 0},
		{"free", []fact{paid(1, 10, 0)}, []int64{10}, 0, 0},
		{"another currency", []fact{{kind: factOrder, at: 10, amount: 100, currency: "USD"}, paid(1, 11, 5)}, []int64{10, 11}, 5, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := summarise(c.facts, "CNY")
			if !slices.Equal(s.purchases, c.purchases) || s.gmv != c.gmv || s.refunded != c.back {
				t.Fatalf("%+v", s)
			}
		})
	}
}
