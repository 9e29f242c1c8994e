package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// means fills in the interval and the p-value of a difference of means.
//
// The statistic is Welch's, difference over standard error, with the degrees of
// freedom of Welch and Satterthwaite. Money is not symmetric: most people spend
// nothing and a few very much, and where one group is small its mean and its
// spread are too low together whenever it happens to have none of those few. So
// the statistic goes through Hall's transformation
//
//	g(t) = t + s·t²/3 + s²·t³/27 + s/6 = ((1 + s·t/3)³ − 1)/s + s/6
//
// which takes the first-order effect of the skewness away; s is the standardised
// third moment of the difference (Hall 1992; for two samples Zhou and Dinh 2005,
// section 3). Unlike there the moments in s are pooled over both groups, which
// with a small control group is what decides: estimated from the control group
// alone, s misses just what that group misses. Measured in simulation (see the
// tests): spending of one in fifty, log-normal, 90:10, 10,000 people: Welch
// covers the truth in 90 of 100 cases, Hall with separate moments in 92, with
// pooled ones in 97; for groups of equal size s is 0 and it is Welch's interval.
//
// The amounts themselves are neither cut nor put on a logarithm: the question is
// how much money came, and those would answer another. Interval and p-value say
// the same: 0 is outside of the interval exactly when p < 0.05.
func (e *Effect) means(c, t moments) {
	if e.SE == 0 {
		return
	}
	a, b := c.variance/c.n, t.variance/t.n
	freedom := (a + b) * (a + b) / (a*a/(c.n-1) + b*b/(t.n-1))
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}
	e.Lean = lean(c, t)
	q := student.Quantile(1 - (1-Level)/2)
	e.Low = e.Difference - e.SE*unbend(q, e.Lean)
	e.High = e.Difference - e.SE*unbend(-q, e.Lean)
	e.P = min(1, 2*student.Survival(math.Abs(bend(e.Difference/e.SE, e.Lean))))
	e.Known = true
}

// lean is the standardised third moment of the difference of means of groups that
// have the same distribution but for its place.
func lean(c, t moments) float64 {
	n := c.n + t.n
	variance := (c.variance*(c.n-1) + t.variance*(t.n-1)) / (n - 2)
	third := (c.third*c.n + t.third*t.n) / n
	se := math.Sqrt(variance * (1/c.n + 1/t.n))
	return third * (1/(t.n*t.n) - 1/(c.n*c.n)) / (se * se * se)
}

// flat is below what skewness makes no difference, and dividing by it would.
const flat = 1e-9

func bend(t, s float64) float64 {
	if math.Abs(s) < flat {
		return t
	}
	cube := 1 + s*t/3
	return (cube*cube*cube-1)/s + s/6
}

// unbend is the inverse of bend.
func unbend(y, s float64) float64 {
	if math.Abs(s) < flat {
		return y
	}
	return 3 / s * (math.Cbrt(1+s*(y-s/6)) - 1)
}
