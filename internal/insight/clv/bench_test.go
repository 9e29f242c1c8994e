package clv

import (
	"sync"
	"testing"
)

// million is a million people over two years, first seen at different times.
var million = sync.OnceValue(func() []Row {
	w := newWorld(5)
	m := BGNBD{0.6, 5, 0.8, 2.5}
	rows := make([]Row, 1_000_000)
	for i := range rows {
		age := float64(1+w.src.IntN(730)) / 7
		r := row(w.bgnbd(m, age), age)
		r.Recency = float64(int(7*r.Recency)) / 7
		rows[i] = r
	}
	return rows
})

func BenchmarkFitBGNBD(b *testing.B)     { benchmarkFit(b, FitBGNBD) }
func BenchmarkFitParetoNBD(b *testing.B) { benchmarkFit(b, FitParetoNBD) }

func benchmarkFit(b *testing.B, fit func([]Row) (FittedModel, error)) {
	people := million()
	b.ResetTimer()
	for b.Loop() {
		rows := Collapse(people)
		f, err := fit(rows)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(rows)), "rows")
		b.ReportMetric(f.Parameters[0].Value, "r")
		b.ReportMetric(f.Parameters[2].Value, "a_or_s")
	}
}

// BenchmarkAnalyse is all that a night does with a million people but the
// database: fit on everything, sum up, fit on the earlier part, validate.
func BenchmarkAnalyse(b *testing.B) {
	w := newWorld(5)
	m, v := BGNBD{0.6, 5, 0.8, 2.5}, GammaGamma{4, 3.5, 40}
	book := NewBook()
	for i := range 1_000_000 {
		first := w.src.IntN(600)
		rate := w.gamma(v.Q, v.Gamma)
		book.Buy(int32(i), Day(20_000+first), w.gamma(v.P, rate))
		for _, t := range w.bgnbd(m, float64(730-first)/7) {
			book.Buy(int32(i), Day(20_000+first+int(7*t)), w.gamma(v.P, rate))
		}
	}
	book.settle()
	b.ResetTimer()
	for b.Loop() {
		r := book.Analyse(Options{Amounts: true, Discount: 0.1})
		if r.Refusal != nil || r.Validation == nil || r.Value == nil {
			b.Fatal(r.Refusal)
		}
		b.ReportMetric(float64(len(book.lines)), "purchases")
	}
}

func BenchmarkFitGammaGamma(b *testing.B) {
	w := newWorld(6)
	m := GammaGamma{4, 3.5, 40}
	spends := make([]Spend, 1_000_000)
	for i := range spends {
		spends[i] = w.spend(m, 1+w.src.IntN(6))
	}
	b.ResetTimer()
	for b.Loop() {
		if _, err := FitGammaGamma(spends); err != nil {
			b.Fatal(err)
		}
	}
}
