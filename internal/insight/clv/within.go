package clv

import "math"

// ValueHorizon is what all people together will do within some days, and what their
// orders are worth today.
type ValueHorizon struct {
	Days     int     `json:"days"`
	Discount float64 `json:"discount" doc:"A year; 0.1 is a tenth"`
	Orders   float64 `json:"orders" doc:"Of everybody, within the days"`
	// Worth is of these orders, Present the same with later money counted less.
	Worth   *float64 `json:"worth_minor,omitempty" doc:"Of these orders, minor units"`
	Present *float64 `json:"present_minor,omitempty" doc:"The same, later money counted less"`
	Mean    *float64 `json:"mean_minor,omitempty" doc:"present_minor a person"`
}

// Within tells of any span up to MostDays and any discount from 0 on, from the spans
// that were worked out: in between, a curve that never falls (Fritsch & Carlson,
// Monotone piecewise cubic interpolation, SIAM J. Numer. Anal. 17, 1980). Later money
// counts e^(−δt), δ = ln(1 + discount) a year, as in Discounted. It is nil where
// there is nothing to tell from.
func (p *ValuePopulation) Within(days int, discount float64) *ValueHorizon {
	if p == nil || len(p.Curve) == 0 || days < 1 || days > MostDays || !(discount >= 0) {
		return nil
	}
	t := []float64{0}
	orders, worth := []float64{0}, []float64{0}
	for _, a := range p.Curve {
		t, orders = append(t, float64(a.Days)), append(orders, a.Orders)
		if a.Worth != nil {
			worth = append(worth, *a.Worth)
		}
	}
	h := &ValueHorizon{Days: days, Discount: discount, Orders: newCurve(t, orders).at(float64(days))}
	if len(worth) < len(t) {
		return h
	}
	c := newCurve(t, worth)
	total := c.at(float64(days))
	// ∫ e^(−δt) dW(t) = e^(−δH) W(H) + δ ∫ e^(−δt) W(t) dt, day by day.
	delta := math.Log1p(discount) / yearDays
	inner := 0.0
	for d := 1; d <= days; d++ {
		a, b := float64(d-1), float64(d)
		inner += (math.Exp(-delta*a)*c.at(a) + math.Exp(-delta*b)*c.at(b)) / 2
	}
	present := math.Exp(-delta*float64(days))*total + delta*inner
	mean := present / float64(max(1, p.People))
	h.Worth, h.Present, h.Mean = &total, &present, &mean
	return h
}

// curve runs through points, without a wave between them.
type curve struct{ t, y, slope []float64 }

func newCurve(t, y []float64) curve {
	n := len(t)
	c := curve{t, y, make([]float64, n)}
	rise := make([]float64, n-1)
	for i := range rise {
		rise[i] = (y[i+1] - y[i]) / (t[i+1] - t[i])
	}
	c.slope[0], c.slope[n-1] = rise[0], rise[n-2]
	if n > 2 { // at the beginning it is steepest: look at two steps
		h0, h1 := t[1]-t[0], t[2]-t[1]
		c.slope[0] = math.Max(0, math.Min(3*rise[0], ((2*h0+h1)*rise[0]-h0*rise[1])/(h0+h1)))
	}
	for i := 1; i < n-1; i++ {
		if rise[i-1]*rise[i] <= 0 {
			continue
		}
		w1, w2 := 2*(t[i+1]-t[i])+t[i]-t[i-1], t[i+1]-t[i]+2*(t[i]-t[i-1])
		c.slope[i] = (w1 + w2) / (w1/rise[i-1] + w2/rise[i])
	}
	return c
}

func (c curve) at(x float64) float64 {
	i := 0
	for i < len(c.t)-2 && x > c.t[i+1] {
		i++
	}
	h := c.t[i+1] - c.t[i]
	s := (x - c.t[i]) / h
	return c.y[i]*(1+2*s)*(1-s)*(1-s) + h*c.slope[i]*s*(1-s)*(1-s) + c.y[i+1]*s*s*(3-2*s) + h*c.slope[i+1]*s*s*(s-1)
}
