package clv

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"
)

// cdnow is the CDNOW sample of Fader & Hardie (2001): 2,357 people who first
// bought in the first quarter of 1997, over the 39 weeks of their calibration
// period. Times in the file are days, means are cents. The file holds counts
// only, no customer and no purchase: how many people share x, t_x, T and the
// mean of their later purchases. These are what the published parameters are
// checked against. The purchases themselves are with Fader & Hardie,
// "Forecasting Repeat Sales at CDNOW: A Case Study", Interfaces 31(3), 2001.
func cdnow(t testing.TB) (rows []Row, spends []Spend) {
	t.Helper()
	f, err := os.Open("testdata/cdnow.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines[1:] {
		var v [5]int64
		for i := range v {
			if v[i], err = strconv.ParseInt(l[i], 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		rows = append(rows, Row{X: int(v[0]), Recency: float64(v[1]) / 7, Age: float64(v[2]) / 7, People: v[3]})
		if v[0] > 0 && v[4] > 0 {
			spends = append(spends, Spend{X: int(v[0]), Mean: float64(v[4]) / 100})
		}
	}
	return rows, spends
}

func TestAgreesWithWhatIsPublishedOfCDNOW(t *testing.T) {
	rows, spends := cdnow(t)
	bg, err := FitBGNBD(Collapse(rows))
	if err != nil {
		t.Fatal(err)
	}
	pareto, err := FitParetoNBD(Collapse(rows))
	if err != nil {
		t.Fatal(err)
	}
	value, err := FitGammaGamma(spends)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		got   []ModelParameter
		value float64
		want  []float64
		ll    float64
		each  float64
	}{
		{"FHL, table 2: BG/NBD", bg.Parameters, bg.LogLikelihood, []float64{0.243, 4.414, 0.793, 2.426}, -9582.4, 0.0006},
		{"FHL, table 2: Pareto/NBD", pareto.Parameters, pareto.LogLikelihood, []float64{0.553, 10.578, 0.606, 11.669}, -9595.0, 0.0006},
		// Their means were not yet rounded to cents.
		{"GG, section 4: Gamma-Gamma", value.Parameters, value.LogLikelihood, []float64{6.25, 3.74, 15.44}, math.NaN(), 0.009},
	} {
		for i, e := range c.got {
			t.Logf("%s: %s = %.4f ± %.4f, published %v", c.name, e.Name, e.Value, e.Error, c.want[i])
			if !(math.Abs(e.Value-c.want[i]) <= c.each) {
				t.Errorf("%s: %s = %v, published %v", c.name, e.Name, e.Value, c.want[i])
			}
			if !(e.Error > 0 && e.Error < e.Value) {
				t.Errorf("%s: standard error of %s is %v", c.name, e.Name, e.Error)
			}
		}
		t.Logf("%s: log-likelihood %.3f, published %v", c.name, c.value, c.ll)
		if !math.IsNaN(c.ll) && !(math.Abs(c.value-c.ll) <= 0.051) {
			t.Errorf("%s: log-likelihood %v, published %v", c.name, c.value, c.ll)
		}
	}
	if !(math.Abs(value.Population-35.2) < 0.05) {
		t.Errorf("a purchase is worth %v on average, not about 35.2", value.Population)
	}
}
