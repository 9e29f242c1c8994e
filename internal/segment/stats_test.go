package segment

import (
	"math"
	"testing"
)

func TestFourfold(t *testing.T) {
	cases := []struct {
		name string
		t    fourfold
		p    float64
		tol  float64
	}{
		// Myocardial infarction with placebo and with aspirin, Physicians' Health
		// Study: X² = 25.01 (Agresti, Categorical Data Analysis, §3.2).
		{"aspirin", fourfold{189, 11034, 104, 11037}, math.Erfc(math.Sqrt(25.0139 / 2)), 1e-9},
		{"by hand: 100·(10·40−20·30)²/(30·70·40·60) = 0.79365", fourfold{10, 30, 30, 70}, 0.373, 5e-4},
		{"the same shares", fourfold{50, 100, 500, 1000}, 1, 1e-12},
		// Fisher's lady who tasted tea, and R: fisher.test(matrix(c(8,2,1,5),2)).
		{"tea", fourfold{3, 4, 1, 4}, 0.4857143, 1e-7},
		{"small", fourfold{8, 10, 1, 6}, 0.03496503, 1e-7},
		{"nobody has it", fourfold{0, 10, 0, 10}, 1, 0},
		{"everybody has it", fourfold{10, 10, 10, 10}, 1, 0},
		{"there is no rest", fourfold{3, 10, 0, 0}, 1, 0},
	}
	for _, c := range cases {
		if p := c.t.p(); math.Abs(p-c.p) > c.tol {
			t.Errorf("%s: %v, want %v", c.name, p, c.p)
		}
	}
	// At the edge where one test takes over from the other they agree roughly.
	if a, b := (fourfold{12, 40, 13, 160}).pearson(), (fourfold{12, 40, 13, 160}).fisher(); math.Abs(math.Log10(a/b)) > 1 {
		t.Errorf("χ² says %v, the exact test %v", a, b)
	}
	if p := (fourfold{900_000, 1_000_000, 10, 26_000_000}).p(); p != 0 && p > 1e-300 || math.IsNaN(p) {
		t.Errorf("as different as can be: %v", p)
	}
}

// The example of Benjamini and Hochberg's paper: of 15 tests, four are
// discoveries at 0.05.
func TestDiscoveries(t *testing.T) {
	p := []float64{0.4262, 0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.5719, 0.6528, 0.7590, 1}
	n := 0
	for i, q := range discoveries(p) {
		if q <= 0.05 {
			n++
		}
		if q < p[i] || q > 1 {
			t.Errorf("q of %v is %v", p[i], q)
		}
	}
	if q := discoveries(p)[4]; n != 4 || math.Abs(q-0.0095*15/4) > 1e-12 {
		t.Errorf("%d discoveries; q of 0.0095 is %v", n, q)
	}
}
