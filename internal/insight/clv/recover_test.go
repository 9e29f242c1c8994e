package clv

import (
	"math"
	"testing"
)

// population is n people of the model, first seen at different times within the
// first third of end.
func population(w *world, n int, end float64, live func(end float64) []float64) []Row {
	rows := make([]Row, n)
	for i := range rows {
		age := math.Ceil(7*end*(2+w.src.Float64())/3) / 7
		r := row(live(age), age)
		r.Recency = math.Ceil(7*r.Recency) / 7 // days, as in real files
		if r.Recency > r.Age {
			r.Recency = r.Age
		}
		rows[i] = r
	}
	return Collapse(rows)
}

// TestRecovery fits populations whose parameters are known. The errors must be as
// large as the standard errors say: their squares, in those, average one.
func TestRecovery(t *testing.T) {
	if testing.Short() {
		t.Skip("many fits")
	}
	const people, end, trials = 4000, 78, 6
	bg, pareto := BGNBD{0.6, 5, 0.8, 2.5}, ParetoNBD{0.6, 8, 0.7, 12}
	for _, c := range []struct {
		name string
		true []float64
		draw func(w *world) func(end float64) []float64
		fit  func([]Row) (FittedModel, error)
	}{
		{NameBGNBD, []float64{bg.R, bg.Alpha, bg.A, bg.B}, func(w *world) func(float64) []float64 {
			return func(end float64) []float64 { return w.bgnbd(bg, end) }
		}, FitBGNBD},
		{NameParetoNBD, []float64{pareto.R, pareto.Alpha, pareto.S, pareto.Beta}, func(w *world) func(float64) []float64 {
			return func(end float64) []float64 { return w.pareto(pareto, end) }
		}, FitParetoNBD},
	} {
		squares, worst := 0.0, 0.0
		for trial := range trials {
			w := newWorld(uint64(100 + trial))
			f, err := c.fit(population(w, people, end, c.draw(w)))
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range f.Parameters {
				if e.Error <= 0 {
					t.Fatalf("%s: no standard error of %s", c.name, e.Name)
				}
				z := (e.Value - c.true[i]) / e.Error
				squares += z * z / float64(4*trials)
				worst = math.Max(worst, math.Abs(e.Value/c.true[i]-1))
			}
		}
		t.Logf("%s: squared errors in standard errors %.2f, worst relative error %.0f %%", c.name, squares, 100*worst)
		if squares > 2.2 || squares < 0.35 {
			t.Errorf("%s: squared errors are %v times what the standard errors say", c.name, squares)
		}
		if worst > 0.7 {
			t.Errorf("%s: a parameter is off by %v of itself", c.name, worst)
		}
	}
}

func TestValueRecovery(t *testing.T) {
	m := GammaGamma{4, 3.5, 40}
	squares := 0.0
	const trials = 10
	for trial := range trials {
		w := newWorld(uint64(trial))
		var spends []Spend
		for range 4000 {
			spends = append(spends, w.spend(m, 1+w.src.IntN(6)))
		}
		f, err := FitGammaGamma(spends)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []float64{m.P, m.Q, m.Gamma} {
			z := (f.Parameters[i].Value - want) / f.Parameters[i].Error
			squares += z * z / (3 * trials)
		}
		if mean, _ := m.Population(); !near(f.Population, mean, 0.05) {
			t.Errorf("a purchase is worth %v, not %v", f.Population, mean)
		}
		if math.Abs(f.Correlation) > 0.06 {
			t.Errorf("correlation %v where there is none", f.Correlation)
		}
	}
	t.Logf("squared errors in standard errors %.2f", squares)
	if squares > 2.2 || squares < 0.35 {
		t.Errorf("squared errors are %v times what the standard errors say", squares)
	}
}
