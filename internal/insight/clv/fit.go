package clv

import (
	"math"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// parallel sums f over pieces of n things on all cores, its gradient too, and
// turns the gradient by parameters into one by their logarithms.
func parallel(n int, grad []float64, f func(from, to int, g []float64) float64, parameters ...float64) float64 {
	// Pieces do not depend on the machine, and neither does the order in which they
	// are added: the result is the same everywhere.
	const piece = 8192
	pieces := (n + piece - 1) / piece
	sums, grads := make([]float64, pieces), make([][4]float64, pieces)
	work := func(i int) {
		sums[i] = f(i*piece, min(n, (i+1)*piece), grads[i][:])
	}
	if workers := min(runtime.GOMAXPROCS(0), pieces); workers > 1 {
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := w; i < pieces; i += workers {
					work(i)
				}
			})
		}
		wg.Wait()
	} else {
		for i := range pieces {
			work(i)
		}
	}
	clear(grad)
	total := 0.0
	for i, s := range sums {
		total += s
		for j := range grad {
			grad[j] += grads[i][j]
		}
	}
	for j, p := range parameters {
		grad[j] *= p
	}
	return total
}

// ModelParameter is a parameter and its standard error, from the curvature of the
// likelihood at its top (the inverse of the observed information).
type ModelParameter struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	// Error is 0 where the data do not say how sure the value is.
	Error float64 `json:"standard_error,omitempty"`
}

// fitted is what maximise found.
type fitted struct {
	theta  []float64 // logarithms of the parameters
	errors []float64 // of the parameters themselves; nil when there are none
	value  float64   // the sum of log-likelihoods
	edge   bool      // a parameter ran off: the data do not say where it is
}

// edge is the logarithm beyond which a parameter has run off. Times and amounts
// are scaled to about one before.
const edge = 11.5 // a hundred thousand, or one part in it

// vague is how many times itself a parameter may be unsure of before it counts as
// run off: the top is then a ridge without end.
const vague = 5

// objective is a sum of log-likelihoods with its gradient.
type objective func(theta, grad []float64) float64

// maximise finds the top from several starts: first with a rough objective over
// part of the data, then from the best two with all of it. n is how many people
// full speaks of.
func maximise(full objective, n float64, rough objective, roughN float64, starts [][]float64) (fitted, bool) {
	type top struct {
		x []float64
		v float64
	}
	var tops []top
	for _, s := range starts {
		if x, v, ok := climb(rough, roughN, s); ok {
			tops = append(tops, top{x, v})
		}
	}
	if len(tops) == 0 {
		return fitted{}, false
	}
	best := tops[0]
	for _, t := range tops[1:] {
		if t.v > best.v {
			best = t
		}
	}
	x, _, ok := climb(full, n, best.x)
	if !ok {
		return fitted{}, false
	}
	grad := make([]float64, len(x))
	f := fitted{theta: x, value: full(x, grad)}
	if math.IsNaN(f.value) || math.IsInf(f.value, 0) {
		return fitted{}, false
	}
	for _, v := range x {
		f.edge = f.edge || math.Abs(v) > edge
	}
	f.errors = standardErrors(full, n, x)
	for i, e := range f.errors {
		f.edge = f.edge || e > vague*math.Exp(x[i])
	}
	return f, true
}

// climb goes up from a start. A wall beyond edge keeps parameters that run off
// within the range of a float64.
func climb(f objective, n float64, start []float64) (x []float64, value float64, ok bool) {
	grad := make([]float64, len(start))
	lastX, lastV, known := make([]float64, len(start)), 0.0, false
	at := func(x []float64) float64 {
		if known {
			same := true
			for i := range x {
				same = same && x[i] == lastX[i]
			}
			if same {
				return lastV
			}
		}
		inside, wall := make([]float64, len(x)), 0.0
		for i, v := range x {
			inside[i] = math.Max(-2*edge, math.Min(2*edge, v))
			if over := math.Abs(v) - edge; over > 0 {
				wall += over * over
			}
		}
		lastV = -f(inside, grad)/n + wall
		for i, v := range x {
			grad[i] = -grad[i] / n
			if over := math.Abs(v) - edge; over > 0 {
				grad[i] += math.Copysign(2*over, v)
			}
		}
		copy(lastX, x)
		known = true
		if math.IsNaN(lastV) {
			lastV = math.Inf(1)
		}
		return lastV
	}
	problem := optimize.Problem{
		Func: at,
		Grad: func(g, x []float64) { at(x); copy(g, grad) },
	}
	settings := &optimize.Settings{GradientThreshold: 1e-7, MajorIterations: 300, Converger: &optimize.FunctionConverge{Absolute: 1e-13, Iterations: 5}}
	x, slope := start, math.Inf(1)
	// A line search may give up on a narrow ridge; from where it stopped it goes on
	// in another direction, and failing that without slopes.
	for _, method := range []optimize.Method{&optimize.BFGS{}, &optimize.BFGS{}, &optimize.NelderMead{}, &optimize.BFGS{}} {
		result, err := optimize.Minimize(problem, x, settings, method)
		if result != nil && len(result.X) == len(x) && !math.IsNaN(result.F) && !math.IsInf(result.F, 0) {
			x = result.X
		}
		at(x)
		slope = 0
		for _, g := range grad {
			slope = math.Max(slope, math.Abs(g))
		}
		if slope < 1e-6 || err == nil && slope < 1e-5 {
			break
		}
	}
	v := at(x)
	return x, -v, slope < 1e-3 && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// standardErrors inverts the matrix of second derivatives by the logarithms of
// parameters, taken from differences of the gradient. nil when it is not
// curved downwards in every direction.
func standardErrors(f objective, n float64, x []float64) []float64 {
	d := len(x)
	h := mat.NewSymDense(d, nil)
	up, down, at := make([]float64, d), make([]float64, d), make([]float64, d)
	rows := make([][]float64, d)
	for i := range d {
		const step = 1e-4
		copy(at, x)
		at[i] += step
		f(at, up)
		at[i] -= 2 * step
		f(at, down)
		rows[i] = make([]float64, d)
		for j := range d {
			rows[i][j] = -(up[j] - down[j]) / (2 * step * n)
		}
	}
	for i := range d {
		for j := i; j < d; j++ {
			h.SetSym(i, j, (rows[i][j]+rows[j][i])/2)
		}
	}
	var c mat.Cholesky
	if !c.Factorize(h) || c.Cond() > 1e12 {
		return nil
	}
	var inverse mat.SymDense
	if c.InverseTo(&inverse) != nil {
		return nil
	}
	out := make([]float64, d)
	for i := range out {
		out[i] = math.Exp(x[i]) * math.Sqrt(inverse.At(i, i)/n)
		if math.IsNaN(out[i]) || math.IsInf(out[i], 0) {
			return nil
		}
	}
	return out
}
