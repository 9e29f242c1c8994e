package clv

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"
)

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

func digamma(x float64) float64 { return mathext.Digamma(x) }

// nodes are Gauss-Legendre abscissae and weights on [0, 1].
type nodes struct{ x, w []float64 }

func legendre(n int) nodes {
	l := nodes{make([]float64, n), make([]float64, n)}
	quad.Legendre{}.FixedLocations(l.x, l.w, 0, 1)
	return l
}

// The two sizes that are used: few for what bends little.
var (
	few  = sync.OnceValue(func() nodes { return legendre(16) })
	many = sync.OnceValue(func() nodes { return legendre(32) })
)

// seriesLimit is how many terms of a series are worth more than an integral.
const seriesLimit = 2000

// hyp2F1 is Gauss's hypergeometric function for positive a, b, c and z in [0, 1),
// by its series, whose terms are then all positive and lose nothing to
// cancellation. ok is false when it converges too slowly or leaves the range of
// a float64; callers have an integral for that.
func hyp2F1(a, b, c, z float64) (v float64, ok bool) {
	if !(z >= 0 && z < 1) || a <= 0 || b <= 0 || c <= 0 {
		return 0, false
	}
	term, sum := 1.0, 1.0
	for n := range seriesLimit {
		k := float64(n)
		ratio := (a + k) / (c + k) * (b + k) / (1 + k) * z
		term *= ratio
		sum += term
		// What is left is at most a geometric series, once terms shrink.
		if ratio < 1 && term*ratio/(1-ratio) < 1e-16*sum && (a+k)*(b+k)*z < (c+k)*(1+k) {
			return sum, !math.IsInf(sum, 0)
		}
	}
	return 0, false
}

// betaMean is the mean of f(p) over p ~ Beta(a, b), for f smooth on [0, 1]; any
// positive a and b. The trapezoidal rule on y0 + w·sinh(s), y = ln(p/(1-p)), is
// right to nearly all digits: there the density is a smooth bell, and sinh takes
// it far enough out where a or b is small (Takahasi & Mori 1974). Dividing by the
// same sum of weights makes it exact for constants.
func betaMean(a, b float64, f func(p float64) float64) float64 {
	y0 := math.Log(a / b)
	width := math.Sqrt(1/a + 1/b)
	logWeight := func(y float64) float64 { // of p^a (1-p)^b, without overflow
		if y > 0 {
			e := math.Log1p(math.Exp(-y))
			return -a*e - b*(y+e)
		}
		e := math.Log1p(math.Exp(y))
		return a*(y-e) - b*e
	}
	top := logWeight(y0)
	sum := func(h, from float64) (mean, weight float64) {
		for _, sign := range [2]float64{1, -1} {
			for k := 0; k < 4000; k++ {
				s := from + float64(k)*h
				if sign < 0 {
					if from == 0 && k == 0 {
						continue
					}
					s = -s
				}
				y := y0 + width*math.Sinh(s)
				l := logWeight(y) - top
				w := math.Exp(l) * math.Cosh(s)
				if w < 1e-18 && k > 2 {
					break
				}
				p := 1 / (1 + math.Exp(-y))
				if y < -30 {
					p = math.Exp(y)
				}
				mean += w * f(p)
				weight += w
			}
		}
		return mean, weight
	}
	h := 0.25
	mean, weight := sum(h, 0)
	for range 4 {
		m, w := sum(h, h/2) // the points in between
		before := mean / weight
		mean, weight = mean+m, weight+w
		h /= 2
		if after := mean / weight; math.Abs(after-before) <= 1e-11*math.Abs(after) {
			return after
		}
	}
	return mean / weight
}

// powerLoss is 1 - (1+u)^-r for u ≥ 0 without cancellation where u is small.
func powerLoss(u, r float64) float64 { return -math.Expm1(-r * math.Log1p(u)) }

// tail is (1 - (1+u)^-s) / s, whose limit at s = 0 is ln(1+u): defined for every
// s, negative ones too.
func tail(u, s float64) float64 {
	l := math.Log1p(u)
	if math.Abs(s*l) < 1e-8 {
		return l * (1 - s*l/2)
	}
	return -math.Expm1(-s*l) / s
}
