package lookalike

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exact is Fisher's p in whole numbers.
func exact(t table) float64 {
	n, k, m := t.all(), t.both(), t.group
	ways := func(x int64) *big.Int {
		return new(big.Int).Mul(new(big.Int).Binomial(k, x), new(big.Int).Binomial(n-k, m-x))
	}
	here, sum := ways(t.with), new(big.Int)
	for x := max(0, m-(n-k)); x <= min(k, m); x++ {
		if w := ways(x); w.Cmp(here) <= 0 {
			sum.Add(sum, w)
		}
	}
	p, _ := new(big.Rat).SetFrac(sum, new(big.Int).Binomial(n, m)).Float64()
	return p
}

func TestFisherIsExact(t *testing.T) {
	// The lady tasting tea, with one cup wrong of each kind: 17/35.
	if p := (table{3, 4, 1, 4}).fisher(); math.Abs(p-34.0/70) > 1e-12 {
		t.Errorf("the lady's p is %v", p)
	}
	src := rand.New(rand.NewPCG(3, 3))
	for range 4000 {
		g, o := int64(1+src.IntN(120)), int64(1+src.IntN(120))
		x := table{src.Int64N(g + 1), g, src.Int64N(o + 1), o}
		if got, want := x.fisher(), exact(x); math.Abs(got-want) > 1e-9*want+1e-300 {
			t.Fatalf("%+v: %v, exactly %v", x, got, want)
		}
	}
	for _, x := range []table{{60_000, 100_000, 500_000, 900_000}, {100, 1_000_000, 100, 1_000_000}, {0, 30, 30, 30}, {30, 30, 0, 30}} {
		if p := x.fisher(); !(p >= 0 && p <= 1) {
			t.Errorf("%+v: %v", x, p)
		}
	}
	if p := (table{10_000, 100_000, 90_000, 900_000}).fisher(); p < 0.99 {
		t.Errorf("no difference at all, but p is %v", p)
	}
}

func TestCorrectionIsBenjaminiHochbergs(t *testing.T) {
	// The example of their paper, table of section 2: at 0.05 four of fifteen.
	p := []float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000}
	said := 0
	for i, q := range correct(p) {
		if q <= 0.05 {
			said++
		}
		if q < p[i] || q > 1 {
			t.Errorf("p %v, q %v", p[i], q)
		}
	}
	if said != 4 {
		t.Errorf("%d are said to differ, published 4", said)
	}
	if len(correct(nil)) != 0 {
		t.Error("of nothing")
	}
}

// The interval of the ratio covers the truth as often as it says, and the area's too.
func TestIntervalsCover(t *testing.T) {
	src := rand.New(rand.NewPCG(5, 5))
	const worlds = 2000
	lifts, areas := 0, 0
	for range worlds {
		x := table{group: 200, others: 600}
		for range x.group {
			if src.Float64() < 0.3 {
				x.with++
			}
		}
		for range x.others {
			if src.Float64() < 0.2 {
				x.other++
			}
		}
		if _, low, high := x.lift(); *low <= 1.5 && 1.5 <= *high {
			lifts++
		}
		a, b := make([]float64, 80), make([]float64, 120)
		for i := range a {
			a[i] = src.NormFloat64() + 1
		}
		for i := range b {
			b[i] = src.NormFloat64()
		}
		// Φ(1/√2) for two normals one deviation apart.
		if _, low, high := area(a, b); low <= 0.7602499 && 0.7602499 <= high {
			areas++
		}
	}
	for what, n := range map[string]int{"lift": lifts, "area": areas} {
		if share := float64(n) / worlds; share < 0.93 || share > 0.975 {
			t.Errorf("the interval of 95 %% of the %s covers %v", what, share)
		}
	}
}
