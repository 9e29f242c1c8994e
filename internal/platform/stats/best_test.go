package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func group(yes, n int64) (s Sample) {
	s.AddTimes(0, 1, yes)
	s.AddTimes(0, 0, n-yes)
	return s
}

// The integral says what drawing from the same distributions says.
func TestBestAgreesWithDrawing(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for _, groups := range [][]Sample{{group(50, 1000), group(60, 1000)}, {group(5, 100), group(9, 110), group(4, 40)}, {group(0, 50), group(0, 70), group(1, 60), group(2, 50)}} {
		got := Best(groups)
		wins := make([]float64, len(groups))
		const draws = 40_000
		for range draws {
			best, at := -1.0, 0
			for i, g := range groups {
				// A Beta variate as a ratio of gamma variates.
				a, b := gamma(r, g.Total()+0.5), gamma(r, g.n-g.Total()+0.5)
				if x := a / (a + b); x > best {
					best, at = x, i
				}
			}
			wins[at]++
		}
		var sum float64
		for i := range got {
			sum += got[i]
			if d := math.Abs(got[i] - wins[i]/draws); d > 0.012 { // 4 standard errors and the rule's own
				t.Errorf("%d of %v: %.4f, drawn %.4f", i, groups, got[i], wins[i]/draws)
			}
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("they add up to %v", sum)
		}
	}
}

// gamma draws from Gamma(a, 1) (Marsaglia and Tsang 2000).
func gamma(r *rand.Rand, a float64) float64 {
	if a < 1 {
		return gamma(r, a+1) * math.Pow(r.Float64(), 1/a)
	}
	d := a - 1.0/3
	for {
		x := r.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(r.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func TestBestOfAmounts(t *testing.T) {
	var low, high, few Sample
	for i := range 400 {
		low.Add(float64(i % 10))
		high.Add(float64(i%10) + 2)
	}
	few.Add(1)
	if p := Best([]Sample{low, high}); p[1] < 0.999 {
		t.Errorf("%v", p)
	}
	if p := Best([]Sample{low, low, low}); math.Abs(p[0]-1.0/3) > 1e-6 {
		t.Errorf("alike: %v", p)
	}
	if p := Best([]Sample{low, few}); p != nil {
		t.Errorf("of too few: %v", p)
	}
	var flat Sample
	flat.AddTimes(0, 5, 100)
	if p := Best([]Sample{flat, low}); p[0] < 0.9 {
		t.Errorf("nothing varies: %v", p)
	}
}
