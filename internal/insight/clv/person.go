package clv

import "math"

// PersonValue is what is expected of one person.
type PersonValue struct {
	Alive  float64
	Orders float64 // within the days asked for
	// Worth of these orders, and Lifetime over the horizon, discounted; nil where
	// there is no model of value.
	Worth, Lifetime *float64
}

// rate is the discount of a unit of time, continuous.
func (r *ValueResult) rate() float64 { return math.Log1p(r.Discount) * r.UnitDays / yearDays }

// Of tells what is expected of a person within some days after the one as of which
// she is given. There must be models.
func (r *ValueResult) Of(c Customer, days int) PersonValue {
	m := r.Models[0].Model
	v := PersonValue{Alive: m.Alive(c.Row), Orders: m.Expected(c.Row, float64(days)/r.UnitDays)}
	if r.Value != nil {
		each := r.Value.worth(c)
		worth, lifetime := v.Orders*each, m.Discounted(c.Row, float64(r.Horizon)/r.UnitDays, r.rate())*each
		v.Worth, v.Lifetime = &worth, &lifetime
	}
	return v
}

// OfAll tells the same of all of the result's Customers, in their order, on all
// cores.
func (r *ValueResult) OfAll(days int) []PersonValue {
	rows := rowsOf(r.Customers)
	m := r.Models[0].Model
	alive := each(rows, m.Alive)
	orders := each(rows, func(row Row) float64 { return m.Expected(row, float64(days)/r.UnitDays) })
	discounted := each(rows, func(row Row) float64 { return m.Discounted(row, float64(r.Horizon)/r.UnitDays, r.rate()) })
	out := make([]PersonValue, len(r.Customers))
	for i, at := range locate(rows, r.Customers) {
		v := PersonValue{Alive: alive[at], Orders: orders[at]}
		if r.Value != nil {
			each := r.Value.worth(r.Customers[i])
			worth, lifetime := orders[at]*each, discounted[at]*each
			v.Worth, v.Lifetime = &worth, &lifetime
		}
		out[i] = v
	}
	return out
}

// Restore makes the models usable after a result was stored as JSON.
func (r *ValueResult) Restore() {
	restore(r.Models)
	r.Value.restore()
	if r.Validation != nil {
		restore(r.Validation.Models)
		r.Validation.Value.restore()
	}
}

func restore(models []FittedModel) {
	for i, f := range models {
		var p [4]float64
		for j := range min(len(f.Parameters), len(p)) {
			p[j] = f.Parameters[j].Value
		}
		if models[i].Model = (BGNBD{p[0], p[1], p[2], p[3]}); f.Name == NameParetoNBD {
			models[i].Model = ParetoNBD{p[0], p[1], p[2], p[3]}
		}
	}
}

func (f *FittedValue) restore() {
	if f != nil && len(f.Parameters) == 3 {
		f.Model = GammaGamma{f.Parameters[0].Value, f.Parameters[1].Value, f.Parameters[2].Value}
	}
}
