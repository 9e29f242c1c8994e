package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"fishpond/internal/platform/stats"
)

// world is a brand whose true effect is known.
type world struct {
	name    string
	people  int
	control float64 // share of people left out
	rate    float64 // of the control group, who buys
	more    float64 // times that of the treated
	sigma   float64 // of the logarithm of what buyers spend; below 0: the outcome is the yes or no
	earlier bool    // spending before goes with spending now, and is used
	low     float64 // the least share of trials whose interval may hold the truth
	high    float64
}

// trials is how many times each world is run. The standard error of a share of
// 0.95 is then 0.0049, and 0.95 ± 0.016 is 3.3 of them. What is rare is discrete,
// and what is skewed is told too carefully rather than too boldly, so there the
// upper end is open to 0.99.
const (
	trials    = 2000
	tolerance = 0.016
)

func TestIntervalsCoverTheTruth(t *testing.T) {
	exact := [2]float64{0.95 - tolerance, 0.95 + tolerance}
	careful := [2]float64{0.95 - tolerance, 0.99}
	for _, w := range []world{
		{name: "visits, halves", people: 4000, control: 0.5, rate: 0.1, more: 1.3, sigma: -1, low: exact[0], high: exact[1]},
		{name: "visits, a tenth left out", people: 4000, control: 0.1, rate: 0.1, more: 1.3, sigma: -1, low: exact[0], high: exact[1]},
		{name: "orders of one in 200, a tenth left out", people: 10000, control: 0.1, rate: 0.005, more: 1.2, sigma: -1, low: exact[0], high: careful[1]},
		{name: "orders of one in 2,000, a tenth left out", people: 20000, control: 0.1, rate: 0.0005, more: 1, sigma: -1, low: exact[0], high: careful[1]},
		{name: "orders of one in 2,000, halves", people: 20000, control: 0.5, rate: 0.0005, more: 2, sigma: -1, low: exact[0], high: careful[1]},
		{name: "spending of everybody, halves", people: 2000, control: 0.5, rate: 1, more: 1.1, sigma: 1, low: exact[0], high: exact[1]},
		{name: "spending of one in 50, halves", people: 10000, control: 0.5, rate: 0.02, more: 1.3, sigma: 1, low: exact[0], high: exact[1]},
		{name: "spending of one in 50, a tenth left out", people: 10000, control: 0.1, rate: 0.02, more: 1.3, sigma: 1, low: careful[0], high: careful[1]},
		{name: "spending of one in 50, wild, a tenth left out", people: 10000, control: 0.1, rate: 0.02, more: 1, sigma: 1.5, low: careful[0], high: careful[1]},
		{name: "spending of one in 100, wild, many people", people: 100000, control: 0.1, rate: 0.01, more: 1.2, sigma: 1.5, low: careful[0], high: careful[1]},
		{name: "spending of one in 50, nine tenths left out", people: 10000, control: 0.9, rate: 0.02, more: 1.3, sigma: 1, low: careful[0], high: careful[1]},
		{name: "spending with what was spent before", people: 2000, control: 0.1, rate: 0.3, more: 1.2, sigma: 1, earlier: true, low: careful[0], high: careful[1]},
	} {
		t.Run(w.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(20, 26))
			var held, judged, wrong int
			for range trials {
				e := w.trial(random)
				if e.Known && e.Low <= w.truth() && w.truth() <= e.High {
					held++
				}
				switch e.Verdict {
				case stats.Higher:
					judged++
					if w.truth() <= 0 {
						wrong++
					}
				case stats.Lower:
					judged++
					if w.truth() >= 0 {
						wrong++
					}
				}
			}
			share := float64(held) / trials
			t.Logf("covered %.4f, judged %d of %d, wrongly %d", share, judged, trials, wrong)
			if share < w.low || share > w.high {
				t.Errorf("the interval holds the truth in %.4f of %d trials, want %.3f to %.3f", share, trials, w.low, w.high)
			}
			if allowed := trials*(0.05+tolerance) + 1; float64(wrong) > allowed {
				t.Errorf("%d of %d trials end with a wrong verdict", wrong, trials)
			}
		})
	}
}

func (w world) truth() float64 {
	if w.sigma < 0 {
		return w.rate * (w.more - 1)
	}
	return w.rate * (w.more - 1) * math.Exp(w.sigma*w.sigma/2)
}

func (w world) trial(random *rand.Rand) stats.Effect {
	left := int64(math.Round(float64(w.people) * w.control))
	control := w.group(random, left, w.rate)
	treated := w.group(random, int64(w.people)-left, w.rate*w.more)
	if w.earlier {
		return stats.Compare(control, treated, stats.Theta(control, treated))
	}
	return stats.Compare(control, treated, 0)
}

func (w world) group(random *rand.Rand, n int64, rate float64) (s stats.Sample) {
	if w.earlier {
		for range n {
			habit := random.NormFloat64()
			before, now := 0.0, 0.0
			if random.Float64() < 0.3 {
				before = math.Exp(w.sigma * (0.9*habit + math.Sqrt(0.19)*random.NormFloat64()))
			}
			if random.Float64() < rate {
				now = math.Exp(w.sigma * (0.9*habit + math.Sqrt(0.19)*random.NormFloat64()))
			}
			s.AddWith(before, now)
		}
		return s
	}
	buyers := int64(distuv.Binomial{N: float64(n), P: min(rate, 1), Src: random}.Rand())
	if rate > 1 { // everybody buys: more of them is more from each
		buyers = n
	}
	if w.sigma < 0 {
		return yes(buyers, n)
	}
	s.AddTimes(0, 0, n-buyers)
	for range buyers {
		s.Add(max(rate, 1) * math.Exp(w.sigma*random.NormFloat64()))
	}
	return s
}
