package stats_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"fishpond/internal/platform/stats"
)

// about says whether a number is the expected one to so many parts.
func about(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance*math.Max(1, math.Abs(want)) {
		t.Errorf("%s is %.12g, want %.12g", what, got, want)
	}
}

func yes(yes, n int64) stats.Sample {
	var s stats.Sample
	s.AddTimes(0, 1, yes)
	s.AddTimes(0, 0, n-yes)
	return s
}

func of(values ...float64) stats.Sample {
	var s stats.Sample
	for _, v := range values {
		s.Add(v)
	}
	return s
}

// Ends of intervals: the first three are rows a, b and d of table II in Newcombe
// (1998), method 6 ("Miettinen–Nurminen"), to the four digits printed there; the
// further digits and the other rows come from maximising the likelihood
// numerically with SciPy 1.10, which uses no cubic.
func TestSharesAgainstNewcombesTable(t *testing.T) {
	for _, c := range []struct {
		yt, nt, yc, nc int64
		low, high, p   float64
	}{
		{56, 70, 48, 80, 0.052829713237, 0.338172940049, 0.008258287883},
		{9, 10, 3, 10, 0.170025016714, 0.840649543945, 0.007601641465},
		{5, 56, 0, 29, -0.032596561655, 0.193330976691, 0.099175652352},
		{3, 9000, 0, 1000, -0.003493934417, 0.000979707351, 0.563663875178},
		{0, 50, 0, 40, -0.088518969549, 0.072091464821, 1},
		{10, 10, 0, 10, 0.663641551895, 1, 1.30718453668e-05},
		{267, 21307, 122, 21306, 0.005024290317, 0.008649368018, 1.52421496312e-13},
	} {
		e := stats.Compare(yes(c.yc, c.nc), yes(c.yt, c.nt), 0)
		about(t, "low", e.Low, c.low, 1e-7)
		about(t, "high", e.High, c.high, 1e-7)
		about(t, "p", e.P, c.p, 1e-7)
		about(t, "difference", e.Difference, float64(c.yt)/float64(c.nt)-float64(c.yc)/float64(c.nc), 1e-12)
		if !e.Rate || !e.Known {
			t.Errorf("%+v is not told as a difference of shares", e)
		}
	}
}

// The published results of a real trial by e-mail (K. Hillstrom, the MineThatData
// e-mail analytics challenge, 2008): 64,000 people, a third of them without a
// mail. Only the counts of its results are used.
func TestTrialByEMail(t *testing.T) {
	none := yes(2262, 21306)
	mens := stats.Compare(none, yes(3894, 21307), 0)
	about(t, "visit, men's mail", mens.Difference, 0.0766, 1e-3)
	if mens.Verdict != stats.Higher || mens.P > 1e-100 {
		t.Errorf("the men's mail brought visits: %+v", mens)
	}
	if p := stats.Ratio([]int64{21307, 21387, 21306}, []float64{1, 1, 1}); p < 0.9 || p > 0.91 {
		t.Errorf("p of the sizes is %v, SciPy says 0.9036929575604196", p)
	}
}

// Reference: t.test of R 4.2 and, for groups of unequal size, the definition of
// Hall's transformation with its roots found numerically (SciPy 1.10).
func TestMeans(t *testing.T) {
	x := of(3.1, 0, 0, 12.5, 7.25, 0, 0.5, 101.75, 2, 9)
	e := stats.Compare(of(1, 0, 0, 3, 2.5, 0, 0, 0, 8.5, 4), x, 0)
	about(t, "Welch's low", e.Low, -10.6988883381565, 1e-9)
	about(t, "Welch's high", e.High, 34.1188883381565, 1e-9)
	about(t, "Welch's p", e.P, 0.268041019, 1e-8)

	e = stats.Compare(of(1, 0, 0, 3, 2.5, 0, 0, 0, 8.5, 4, 6, 0.25, 1.5, 0), x, 0)
	about(t, "difference", e.Difference, 11.699285714285713, 1e-12)
	about(t, "standard error", e.SE, 9.916182394544629, 1e-12)
	about(t, "lean", e.Lean, 0.23767196431721332, 1e-10)
	about(t, "low", e.Low, -7.281282261108663, 1e-9)
	about(t, "high", e.High, 40.682448631345544, 1e-9)
	about(t, "p", e.P, 0.21492017539888622, 1e-9)
	about(t, "mean", e.Treated.Mean, 13.61, 1e-12)
	about(t, "skewness", x.Skewness(), 2.5716348444771886*math.Pow(0.9, 1.5), 1e-9) // SciPy divides by n
	if e.Rate || e.Verdict != stats.CannotTell || e.NeededEach < 50 {
		t.Errorf("%+v", e)
	}
}

// Reference: θ from the pooled covariances of NumPy, then the definition above
// on y − θx.
func TestEarlierBehaviour(t *testing.T) {
	var control, treated stats.Sample
	for _, v := range [][2]float64{{2, 3}, {0, 1}, {5, 6}, {1, 0}, {0, 0}, {3, 2}, {8, 9}, {0, 1}, {1, 0}, {2, 3}} {
		control.AddWith(v[0], v[1])
	}
	for _, v := range [][2]float64{{1, 3}, {4, 5}, {0, 1}, {2, 4}, {7, 9}, {0, 0}, {3, 3}, {2, 4}, {0, 2}, {1, 1}, {5, 7}, {0, 1}} {
		treated.AddWith(v[0], v[1])
	}
	theta := stats.Theta(control, treated)
	about(t, "theta", theta, 1.104276927478186, 1e-12)
	e := stats.Compare(control, treated, theta)
	about(t, "difference", e.Difference, 0.9621656415391218, 1e-12)
	about(t, "standard error", e.SE, 0.37578113428157806, 1e-12)
	about(t, "low", e.Low, 0.18355937622374396, 1e-9)
	about(t, "high", e.High, 1.7608332020784285, 1e-9)
	about(t, "p", e.P, 0.01795575566765192, 1e-9)
	if !e.Adjusted || e.Reduction < 0.8 || e.Verdict != stats.Higher {
		t.Errorf("%+v", e)
	}
	if plain := stats.Compare(control, treated, 0); plain.Verdict != stats.CannotTell {
		t.Errorf("without earlier behaviour nobody could tell: %+v", plain)
	}
}

// Reference: power.prop.test(power = .8) of R 4.2 gives 151.87 for 0.25 and 0.40,
// and power.t.test 1570.7 for a tenth of a standard deviation, which counts the
// two degrees of freedom that the formula here leaves out.
func TestHowManyItTakes(t *testing.T) {
	if e := stats.Compare(yes(5, 20), yes(8, 20), 0); e.NeededEach != 152 {
		t.Errorf("0.25 against 0.40 takes %d, R says 152", e.NeededEach)
	}
	var control, treated stats.Sample // variances of 1 + 1/19
	control.AddTimes(0, -1, 10)
	control.AddTimes(0, 1, 10)
	treated.AddTimes(0, -0.9, 10)
	treated.AddTimes(0, 1.1, 10)
	if e := stats.Compare(control, treated, 0); e.NeededEach < 1569*20/19 || e.NeededEach > 1571*20/19+1 {
		t.Errorf("a tenth of a standard deviation takes %d", e.NeededEach)
	}
	if e := stats.Compare(yes(5, 20), yes(5, 20), 0); e.NeededEach != 0 {
		t.Errorf("no difference takes %d", e.NeededEach)
	}
	if e := stats.Compare(yes(500, 2000), yes(800, 2000), 0); e.NeededEach > 2000 || e.Verdict != stats.Higher {
		t.Errorf("it has been told with fewer than it takes: %+v", e)
	}
	if n := stats.WithShare(1000, 0.5); n != 2000 {
		t.Errorf("with halves %d in all", n)
	}
	if n := stats.WithShare(1000, 0.1); n != 5556 {
		t.Errorf("with a tenth left out %d in all", n)
	}
}

// Reference: SciPy's chisquare, and statsmodels' multipletests(method="holm").
func TestSizesAndSeveralTreatments(t *testing.T) {
	p := stats.Ratio([]int64{900, 10100}, []float64{1, 9})
	about(t, "p of the sizes", p*1e10, 2.0651359139393986, 1e-9)
	if p >= stats.Suspicious {
		t.Error("a fifth of the control group is missing, and nobody says so")
	}
	about(t, "p of one group", stats.Ratio([]int64{7}, []float64{1}), 1, 0)
	for i, v := range stats.Holm([]float64{0.01, 0.04, 0.03, 0.005}) {
		about(t, "Holm's p", v, []float64{0.03, 0.06, 0.06, 0.02}[i], 1e-12)
	}
}

func TestNothingToSay(t *testing.T) {
	for name, e := range map[string]stats.Effect{
		"nobody":              stats.Compare(stats.Sample{}, stats.Sample{}, 0),
		"nine":                stats.Compare(yes(1, 9), yes(9, 1000), 0),
		"nobody spent":        stats.Compare(of(2, 2, 2, 2, 2, 2, 2, 2, 2, 2), of(2, 2, 2, 2, 2, 2, 2, 2, 2, 2), 0),
		"one spent very much": few(),
	} {
		if e.Verdict != stats.CannotTell || e.Why == "" {
			t.Errorf("%s: %+v", name, e)
		}
		if math.IsNaN(e.Low) || math.IsNaN(e.P) || math.IsNaN(e.Detectable) {
			t.Errorf("%s: not a number in %+v", name, e)
		}
	}
}

func few() stats.Effect {
	var control, treated stats.Sample
	control.AddTimes(0, 0, 20)
	treated.AddTimes(0, 0, 20000)
	treated.Add(1e6)
	return stats.Compare(control, treated, 0)
}

// However the values are dealt to samples and in whatever order those are
// merged, the moments are those of adding them up by hand.
func TestMergingIsAdding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 3, 50).Draw(t, "values")
		parts := make([]stats.Sample, 4)
		for _, v := range values {
			parts[rapid.IntRange(0, 3).Draw(t, "part")].Add(v)
		}
		var whole stats.Sample
		for _, p := range parts {
			whole.Merge(p)
		}
		var mean, square float64
		for _, v := range values {
			mean += v / float64(len(values))
		}
		for _, v := range values {
			square += (v - mean) * (v - mean)
		}
		if whole.N() != int64(len(values)) || math.Abs(whole.Mean()-mean) > 1e-6 {
			t.Fatalf("%d values of mean %v are %d of mean %v", len(values), mean, whole.N(), whole.Mean())
		}
		if want := square / float64(len(values)-1); math.Abs(whole.Variance()-want) > 1e-9*want+1e-6 {
			t.Fatalf("variance %v, want %v", whole.Variance(), want)
		}
	})
}

// Interval and p-value never contradict each other, and swapping the groups
// turns the interval around.
func TestIntervalAndPValueAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (s stats.Sample) {
			amounts := rapid.Bool().Draw(t, name+" amounts")
			for _, v := range rapid.SliceOfN(rapid.IntRange(0, 1), 10, 60).Draw(t, name) {
				if amounts && v > 0 {
					s.Add(math.Exp(rapid.Float64Range(0, 4).Draw(t, "amount")))
				} else {
					s.Add(float64(v))
				}
			}
			return s
		}
		a, b := draw("control"), draw("treated")
		e, back := stats.Compare(a, b, 0), stats.Compare(b, a, 0)
		if !e.Known {
			return
		}
		if outside := e.Low > 0 || e.High < 0; outside != (e.P < 0.05) && math.Abs(e.P-0.05) > 1e-6 {
			t.Fatalf("p is %v but the interval %v…%v", e.P, e.Low, e.High)
		}
		if math.Abs(e.Low+back.High) > 1e-6*(1+math.Abs(e.Low)) || math.Abs(e.P-back.P) > 1e-6 {
			t.Fatalf("%v…%v one way, %v…%v the other", e.Low, e.High, back.Low, back.High)
		}
		if e.Low > e.Difference || e.Difference > e.High {
			t.Fatalf("%v is outside of %v…%v", e.Difference, e.Low, e.High)
		}
	})
}
