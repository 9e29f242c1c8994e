package stats

import "math"

// mostPeople bounds what needed answers: more people than live, so that a
// difference of next to nothing is not told as a number of 19 digits.
const mostPeople = 10_000_000_000

// needed is about how many people each group must have, the groups being of
// equal size, for a difference of the size seen to be told with the probability
// Power, if it is the true one. Of shares (Fleiss, Levin and Paik, Statistical
// Methods for Rates and Proportions, 3rd ed. 2003, eq. 4.14, without the
// correction for continuity)
//
//	n = (z₁₋α⸝₂·√(2·p̄·(1−p̄)) + z_power·√(p₁(1−p₁)+p₂(1−p₂)))² / d²
//
// and of means n = (z₁₋α⸝₂+z_power)²·(v₁+v₂)/d².
func (e *Effect) needed(c, t moments) int64 {
	if e.Difference == 0 {
		return 0
	}
	zl, zp := normal(1-(1-Level)/2), normal(Power)
	var root float64
	if e.Rate && !e.Adjusted {
		p, q := e.Control.Mean, e.Treated.Mean
		middle := (p + q) / 2
		root = zl*math.Sqrt(2*middle*(1-middle)) + zp*math.Sqrt(p*(1-p)+q*(1-q))
	} else {
		root = (zl + zp) * math.Sqrt(c.variance+t.variance)
	}
	n := math.Ceil(root * root / (e.Difference * e.Difference))
	return int64(min(n, mostPeople))
}

// WithShare is how many people a trial needs in all when a share of them, above
// 0 and below 1, is left out as control and equal groups would need each people
// a group. For equal variances the error of a difference goes with 1/n₁+1/n₂, so
// the total is each/(2·share·(1−share)).
func WithShare(each int64, share float64) int64 {
	return int64(min(math.Ceil(float64(each)/(2*share*(1-share))), mostPeople))
}
