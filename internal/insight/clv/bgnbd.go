package clv

import "math"

// BGNBD is the BG/NBD model (FHL): purchases come at a rate λ ~ Gamma(R, Alpha);
// after each purchase a person is gone with probability p ~ Beta(A, B).
type BGNBD struct {
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"` // in the unit of time
	A     float64 `json:"a"`
	B     float64 `json:"b"`
}

// LogLikelihood of one person of the row: FHL (6), regrouped as in FHK so that
// nothing overflows.
func (m BGNBD) LogLikelihood(r Row) float64 {
	k := m.R + float64(r.X)
	stays := -k * math.Log(m.Alpha+r.Age)
	if r.X == 0 {
		return m.R*math.Log(m.Alpha) + stays
	}
	x := float64(r.X)
	gone := math.Log(m.A) - math.Log(m.B+x-1) - k*math.Log(m.Alpha+r.Recency)
	return lgamma(k) - lgamma(m.R) + m.R*math.Log(m.Alpha) +
		lgamma(m.A+m.B) - lgamma(m.A+m.B+x) + lgamma(m.B+x) - lgamma(m.B) +
		logAdd(stays, gone)
}

func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// Alive is the probability that a person of the row has not gone. Who has not
// bought again is alive for sure in this model (FHL, section 4.4): she had no
// occasion to go.
func (m BGNBD) Alive(r Row) float64 {
	if r.X == 0 {
		return 1
	}
	k, x := m.R+float64(r.X), float64(r.X)
	odds := math.Log(m.A) - math.Log(m.B+x-1) + k*math.Log((m.Alpha+r.Age)/(m.Alpha+r.Recency))
	return 1 / (1 + math.Exp(odds))
}

// Mean is how many purchases after the first one a newcomer makes within t.
func (m BGNBD) Mean(t float64) float64 { return m.purchases(t) }

// Expected is how many purchases a person of the row makes in the t that follow.
// Given that she is alive, λ ~ Gamma(R+x, Alpha+T) and p ~ Beta(A, B+x), the same
// model with other parameters; this is FHL (10).
func (m BGNBD) Expected(r Row, t float64) float64 { return m.Alive(r) * m.after(r).purchases(t) }

func (m BGNBD) after(r Row) BGNBD {
	x := float64(r.X)
	return BGNBD{R: m.R + x, Alpha: m.Alpha + r.Age, A: m.A, B: m.B + x}
}

// purchases is E[(1 - e^(-λpt))/p], which FHL (9) writes with a hypergeometric
// function. That form divides by A-1 and needs A+B > 1; where it would lose
// digits the mean over p is integrated instead.
func (m BGNBD) purchases(t float64) float64 {
	if t <= 0 {
		return 0
	}
	u := t / m.Alpha
	if c := m.A + m.B - 1; c > 0 && math.Abs(m.A-1) > 1e-3 && u < 50 {
		if f, ok := hyp2F1(m.R, m.B, c, u/(1+u)); ok {
			loss := 1 - math.Exp(-m.R*math.Log1p(u))*f
			if math.Abs(loss) > 1e-5 {
				return c / (m.A - 1) * loss
			}
		}
	}
	return betaMean(m.A, m.B, func(p float64) float64 {
		if p < 1e-300 {
			return m.R * u
		}
		return powerLoss(p*u, m.R) / p
	})
}

// Discounted is the same as Expected with purchases weighed by e^(-rate·time):
// ∫ e^(-rate·s) dE[Y(s)], taken by parts.
func (m BGNBD) Discounted(r Row, t, rate float64) float64 {
	after := m.after(r)
	return m.Alive(r) * discounted(after.purchases, m.Alpha+r.Age, t, rate)
}

// discounted sums what is bought until t, given how much is bought until each
// moment; scale is the time within which that bends.
func discounted(purchases func(float64) float64, scale, t, rate float64) float64 {
	if t <= 0 {
		return 0
	}
	if rate <= 0 {
		return purchases(t)
	}
	// In v = ln(1+s/c) the curve is smooth over any span.
	c := math.Min(scale, 1/rate)
	span := math.Log1p(t / c)
	n := few()
	if span > 6 {
		n = many()
	}
	sum := 0.0
	for i, y := range n.x {
		s := c * math.Expm1(span*y)
		sum += n.w[i] * math.Exp(-rate*s) * purchases(s) * (s + c)
	}
	return math.Exp(-rate*t)*purchases(t) + rate*span*sum
}

// Probability is P(X(t) = x), FHL (8).
func (m BGNBD) Probability(x int, t float64) float64 {
	if t <= 0 {
		if x == 0 {
			return 1
		}
		return 0
	}
	k := float64(x)
	stay, move := math.Log(m.Alpha)-math.Log(m.Alpha+t), math.Log(t)-math.Log(m.Alpha+t)
	nbd := func(j float64) float64 {
		return math.Exp(lgamma(m.R+j) - lgamma(m.R) - lgamma(j+1) + m.R*stay + j*move)
	}
	p := math.Exp(lbeta(m.A, m.B+k)-lbeta(m.A, m.B)) * nbd(k)
	if x == 0 {
		return p
	}
	rest := 1.0
	for j := range x {
		rest -= nbd(float64(j))
	}
	return p + math.Exp(lbeta(m.A+1, m.B+k-1)-lbeta(m.A, m.B))*math.Max(0, rest)
}

func lbeta(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }

// bgnbd is the sum of log-likelihoods of t and its gradient by the logarithms of
// R, Alpha, A and B.
func bgnbd(t *table, theta, grad []float64) float64 {
	r, alpha, a, b := math.Exp(theta[0]), math.Exp(theta[1]), math.Exp(theta[2]), math.Exp(theta[3])
	logs := make([]float64, len(t.times))
	for i, v := range t.times {
		logs[i] = math.Log(alpha + v)
	}
	type byX struct{ value, dr, da, db, gone, k, under float64 }
	xs := make([]byX, len(t.xs))
	logAlpha := math.Log(alpha)
	for i, n := range t.xs {
		x := float64(n)
		v := byX{k: r + x, value: r * logAlpha, dr: logAlpha}
		if n > 0 {
			v.value += lgamma(r+x) - lgamma(r) + lgamma(a+b) - lgamma(a+b+x) + lgamma(b+x) - lgamma(b)
			v.dr += digamma(r+x) - digamma(r)
			v.da = digamma(a+b) - digamma(a+b+x)
			v.db = v.da + digamma(b+x) - digamma(b)
			v.under = b + x - 1
			v.gone = math.Log(a) - math.Log(v.under)
		}
		xs[i] = v
	}
	return parallel(len(t.cells), grad, func(from, to int, g []float64) (sum float64) {
		for _, c := range t.cells[from:to] {
			v := &xs[c.x]
			stays := -v.k * logs[c.age]
			if t.xs[c.x] == 0 {
				sum += c.n * (v.value + stays)
				g[0] += c.n * (v.dr - logs[c.age])
				g[1] += c.n * (r/alpha - v.k/(alpha+t.times[c.age]))
				continue
			}
			gone := v.gone - v.k*logs[c.recency]
			// The weights of having stayed and of having gone, and their sum's logarithm.
			d := math.Exp(-math.Abs(stays - gone))
			big, small := 1/(1+d), d/(1+d)
			both := math.Max(stays, gone) + math.Log1p(d)
			ws, wg := big, small
			if gone > stays {
				ws, wg = small, big
			}
			sum += c.n * (v.value + both)
			g[0] += c.n * (v.dr - ws*logs[c.age] - wg*logs[c.recency])
			g[1] += c.n * (r/alpha - v.k*(ws/(alpha+t.times[c.age])+wg/(alpha+t.times[c.recency])))
			g[2] += c.n * (v.da + wg/a)
			g[3] += c.n * (v.db - wg/v.under)
		}
		return sum
	}, r, alpha, a, b)
}
