package clv

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// world draws people who behave exactly as a model says.
type world struct {
	src *rand.Rand
}

func newWorld(seed uint64) *world { return &world{rand.New(rand.NewPCG(seed, 7))} }

func (w *world) gamma(shape, rate float64) float64 {
	return distuv.Gamma{Alpha: shape, Beta: rate, Src: w.src}.Rand()
}

func (w *world) beta(a, b float64) float64 {
	x, y := w.gamma(a, 1), w.gamma(b, 1)
	if x+y == 0 { // both are too small for a float64
		if w.src.Float64() < a/(a+b) {
			return 1
		}
		return 0
	}
	return x / (x + y)
}

// person is one life: when she bought after the first time, up to end.
func (w *world) bgnbd(m BGNBD, end float64) (times []float64) {
	rate, p := w.gamma(m.R, m.Alpha), w.beta(m.A, m.B)
	for t := 0.0; ; {
		t += w.src.ExpFloat64() / rate
		if t > end || math.IsNaN(t) || math.IsInf(t, 0) {
			return times
		}
		times = append(times, t)
		if w.src.Float64() < p {
			return times
		}
	}
}

func (w *world) pareto(m ParetoNBD, end float64) (times []float64) {
	rate, death := w.gamma(m.R, m.Alpha), w.src.ExpFloat64()/w.gamma(m.S, m.Beta)
	for t := 0.0; ; {
		t += w.src.ExpFloat64() / rate
		if t > end || t > death || math.IsNaN(t) || math.IsInf(t, 0) {
			return times
		}
		times = append(times, t)
	}
}

// row is what is known of a life at an age.
func row(times []float64, age float64) Row {
	r := Row{Age: age, People: 1}
	for _, t := range times {
		if t > age {
			break
		}
		r.X++
		r.Recency = t
	}
	return r
}

func (w *world) spend(m GammaGamma, x int) Spend {
	rate := w.gamma(m.Q, m.Gamma)
	sum := 0.0
	for range x {
		sum += w.gamma(m.P, rate)
	}
	return Spend{x, sum / float64(x)}
}
