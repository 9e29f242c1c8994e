package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// shares fills in the interval and the p-value of a difference of shares: the
// score interval of Miettinen and Nurminen (1985), which holds for rare
// outcomes and for groups of very different size, where the textbook one (Wald)
// fails (Newcombe, Interval estimation for the difference between independent
// proportions, Statistics in Medicine 17 (1998) 873–890, method 6). All
// differences belong to the interval that the score test does not refuse, so it
// and the p-value, which is that of the same test of no difference, never
// contradict each other.
func (e *Effect) shares(control, treated Sample) {
	r := rates{nc: control.n, nt: treated.n, yc: control.ones, yt: treated.ones}
	z := normal(1 - (1-Level)/2)
	e.Low = r.search(e.Difference, -1, -z)
	e.High = r.search(e.Difference, 1, z)
	e.P = min(1, 2*distuv.UnitNormal.Survival(math.Abs(r.score(0))))
	e.Known = true
}

// rates are two groups and how many of each said yes.
type rates struct{ nc, nt, yc, yt float64 }

// search finds the difference at which the score is that of the end of the
// interval, between the difference seen and end, where everybody is on one side.
func (r rates) search(seen, end, z float64) float64 {
	near, far := seen, end
	for range 200 { // halves a width of at most 2 until it is that of two neighbours
		middle := near + (far-near)/2
		if middle == near || middle == far {
			break
		}
		if math.Abs(r.score(middle)) < math.Abs(z) {
			near = middle
		} else {
			far = middle
		}
	}
	return near
}

// score is how many standard errors lie between the difference seen and delta,
// the errors being those at the most likely shares of which delta is the
// difference, with the factor N/(N−1) of Miettinen and Nurminen.
func (r rates) score(delta float64) float64 {
	pc := r.likely(delta)
	pt := min(max(pc+delta, 0), 1)
	n := r.nc + r.nt
	variance := (pc*(1-pc)/r.nc + pt*(1-pt)/r.nt) * n / (n - 1)
	beyond := delta - (r.yt/r.nt - r.yc/r.nc)
	if variance <= 0 {
		if beyond == 0 {
			return 0
		}
		return math.Copysign(math.Inf(1), beyond)
	}
	return beyond / math.Sqrt(variance)
}

// likely is the control group's most likely share when the treated group's is
// delta above it: the root of a cubic, in closed form (Miettinen and Nurminen
// 1985, appendix I; the signs as in Farrington and Manning, Statistics in
// Medicine 9 (1990) 1447–1454).
func (r rates) likely(delta float64) float64 {
	n := r.nc + r.nt
	a := n
	b := (r.nt+2*r.nc)*delta - n - r.yc - r.yt
	c := (r.nc*delta-n-2*r.yc)*delta + r.yc + r.yt
	d := r.yc * delta * (1 - delta)
	v := b*b*b/(27*a*a*a) - b*c/(6*a*a) + d/(2*a)
	u := math.Copysign(math.Sqrt(max(0, b*b/(9*a*a)-c/(3*a))), v)
	if u == 0 {
		return min(max(-b/(3*a), 0), 1)
	}
	w := (math.Pi + math.Acos(min(max(v/(u*u*u), -1), 1))) / 3
	return min(max(2*u*math.Cos(w)-b/(3*a), 0), 1)
}
