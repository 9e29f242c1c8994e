package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Level is the confidence of every interval, and Power the chance of seeing a
// difference for which sample sizes are told.
const (
	Level = 0.95
	Power = 0.8
)

// Fewest is how many people each group has at least before anything is said.
const Fewest = 10

// MaxLean is how lopsided the distribution of a difference of means may be for
// its interval to be trusted: its standardised third moment. Up to here the
// simulation in this package covers the truth in at least 93 of 100 cases;
// beyond, a handful of very large values in the smaller group decides, and the
// difference is not judged. (Kohavi and others, Seven rules of thumb for web site
// experimenters, KDD (2014), rule 7, want 1/√355 ≈ 0.05 of an interval that is
// not corrected for skewness.)
const MaxLean = 1.5

// Verdict is what can be said of a difference.
type Verdict string

// The verdicts.
const (
	Higher     Verdict = "higher"      // the treated have more, beyond chance
	Lower      Verdict = "lower"       // the treated have less, beyond chance
	CannotTell Verdict = "cannot_tell" // chance alone may do it
)

// Why a difference is not judged though there are numbers.
const (
	TooFew    = "too_few"    // fewer than Fewest people in a group, or nothing varies
	TooUneven = "too_uneven" // a few very large values decide; see MaxLean
)

// Side is one of two groups.
type Side struct {
	N     int64   `json:"n"`
	Mean  float64 `json:"mean" doc:"Of a yes or no, the share of yes"`
	SD    float64 `json:"sd"`
	Total float64 `json:"total"`
}

// Effect is how a treated group differs from its control group in one outcome.
type Effect struct {
	Control Side `json:"control"`
	Treated Side `json:"treated"`
	// Rate: the outcome is a yes or no, and the difference one of shares.
	Rate       bool    `json:"rate"`
	Difference float64 `json:"difference" doc:"Treated less control, for one person; freed of what differed before when adjusted"`
	// Known is false when nothing can be said of the difference's spread; then
	// SE, Low, High and P mean nothing.
	Known bool    `json:"known"`
	SE    float64 `json:"se" doc:"Standard error of the difference"`
	Low   float64 `json:"low" doc:"Lower end of the 95 % interval of the difference"`
	High  float64 `json:"high"`
	P     float64 `json:"p_value" doc:"Two-sided: the chance of such a difference, or a larger one, were there none"`
	// Adjusted: earlier behaviour was used (CUPED), and Reduction is the share
	// of the variance that it took away.
	Adjusted  bool    `json:"adjusted"`
	Reduction float64 `json:"variance_reduction"`
	Lean      float64 `json:"lean" doc:"How lopsided the distribution of the difference is; beyond 1.5 it is not judged"`
	Verdict   Verdict `json:"verdict"`
	Why       string  `json:"why,omitempty" doc:"Why the difference is not judged: too_few or too_uneven"`
	// NeededEach is about how many people each group takes for a difference of the
	// size that is seen to be told, 0 when none is seen.
	NeededEach int64 `json:"needed_each,omitempty"`
	// Detectable is the smallest difference that as many people as there are
	// would show with 80 % probability.
	Detectable float64 `json:"detectable"`
}

// Per1000 is the difference, and its interval, for a thousand people.
func (e Effect) Per1000() (difference, low, high float64) {
	return 1000 * e.Difference, 1000 * e.Low, 1000 * e.High
}

// Compare tells how treated differs from control. Outcomes that are all 0 or 1
// in both are shares, others are means.
//
// theta is that of Theta when earlier behaviour is to be used, 0 when not. Of a
// share too the adjusted difference is one of means: a share is the mean of
// zeros and ones, and its adjusted values are neither.
func Compare(control, treated Sample, theta float64) Effect {
	e := Effect{Control: side(&control), Treated: side(&treated), Rate: control.Binary() && treated.Binary(), Verdict: CannotTell,
		Difference: treated.my - control.my}
	if control.n < Fewest || treated.n < Fewest {
		e.Why = TooFew
		return e
	}
	c, t := control.adjusted(theta), treated.adjusted(theta)
	e.SE = math.Sqrt(c.variance/c.n + t.variance/t.n)
	switch {
	case e.Rate && theta == 0:
		e.shares(control, treated)
	default:
		e.Difference -= theta * (treated.mx - control.mx)
		e.means(c, t)
	}
	if theta != 0 {
		plain := control.Variance()/control.n + treated.Variance()/treated.n
		e.Adjusted = true
		if plain > 0 {
			e.Reduction = 1 - e.SE*e.SE/plain
		}
	}
	e.Detectable = (normal(1-(1-Level)/2) + normal(Power)) * e.SE
	e.judge()
	if e.Known {
		e.NeededEach = e.needed(c, t)
	}
	return e
}

func side(s *Sample) Side {
	return Side{N: s.N(), Mean: s.my, SD: math.Sqrt(s.Variance()), Total: s.Total()}
}

func (e *Effect) judge() {
	switch {
	case !e.Known:
		e.Why = TooFew
	case math.Abs(e.Lean) > MaxLean:
		e.Why = TooUneven
	case e.Low > 0:
		e.Verdict = Higher
	case e.High < 0:
		e.Verdict = Lower
	}
}

// Theta is by how much the outcome goes with what was known before, pooled over
// the groups about their own means, so that what the treatment did to the
// outcome does not enter: Σcov(x,y) / Σvar(x) (Deng and others 2013, eq. 4). It
// is 0 where x does not vary.
func Theta(groups ...Sample) float64 {
	var xy, xx float64
	for _, g := range groups {
		xy += g.sums[1][1]
		xx += g.sums[2][0]
	}
	if xx <= 0 {
		return 0
	}
	return xy / xx
}

// normal is the quantile of the standard normal distribution.
func normal(p float64) float64 { return distuv.UnitNormal.Quantile(p) }
