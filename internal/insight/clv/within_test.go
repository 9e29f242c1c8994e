package clv

import (
	"math"
	"testing"
)

// The total of everybody for any span and discount is the sum over persons.
func TestWithinIsTheSumOverPersons(t *testing.T) {
	w := newWorld(11)
	b := NewBook()
	for i := range int32(800) {
		first := w.src.IntN(300)
		b.Buy(i, Day(19_000+first), 20)
		for _, at := range w.pareto(ParetoNBD{0.8, 6, 0.7, 9}, float64(400-first)/7) {
			b.Buy(i, Day(19_000+first+int(7*at)), 10+20*w.src.Float64())
		}
	}
	r := b.Analyse(Options{Amounts: true})
	if r.Value == nil {
		t.Fatal(r.Refusal, r.ValueRefusal)
	}
	for _, yearly := range []float64{0, 0.1, 0.35} {
		for _, days := range []int{3, 60, 120, 300, 400, 900, 1095, 2000, MostDays} {
			r.Horizon, r.Discount = days, yearly
			orders, worth, present := 0.0, 0.0, 0.0
			for _, v := range r.OfAll(days) {
				orders, worth, present = orders+v.Orders, worth+*v.Worth, present+*v.Lifetime
			}
			h := r.Population.Within(days, yearly)
			for what, pair := range map[string][2]float64{"orders": {h.Orders, orders}, "worth": {*h.Worth, worth}, "present": {*h.Present, present}, "mean": {*h.Mean * 800, present}} {
				if math.Abs(pair[0]/pair[1]-1) > 0.004 {
					t.Errorf("%s in %d days at %v: %v, person by person %v", what, days, yearly, pair[0], pair[1])
				}
			}
		}
	}
	r = b.Analyse(Options{})
	if h := r.Population.Within(90, 0.1); h.Worth != nil || h.Present != nil || !(h.Orders > 0) {
		t.Errorf("without amounts: %+v", h)
	}
	for _, days := range []int{0, MostDays + 1} {
		if h := r.Population.Within(days, 0.1); h != nil {
			t.Errorf("%d days: %+v", days, h)
		}
	}
	if h := r.Population.Within(90, math.NaN()); h != nil {
		t.Errorf("%+v", h)
	}
	var none *ValuePopulation
	if none.Within(90, 0) != nil {
		t.Error("of nobody")
	}
}
