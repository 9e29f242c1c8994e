package clv

import "math"

// ParetoNBD is the Pareto/NBD model (SMC): purchases come at a rate
// λ ~ Gamma(R, Alpha); a person goes at a rate μ ~ Gamma(S, Beta).
type ParetoNBD struct {
	R     float64 `json:"r"`
	Alpha float64 `json:"alpha"` // in the unit of time
	S     float64 `json:"s"`
	Beta  float64 `json:"beta"` // in the unit of time
}

// LogLikelihood of one person of the row. She is alive at T, or went at some τ
// between her last purchase and T:
//
//	L = Γ(R+x)/Γ(R) α^R β^S { (α+T)^-(R+x) (β+T)^-S + S ∫ (α+τ)^-(R+x) (β+τ)^-(S+1) dτ }
//
// FH (section 3) solves the integral by a difference of two hypergeometric
// functions, which loses digits where they are alike and converges slowly where
// α and β are far apart. Integrating does neither, and gives the gradient.
func (m ParetoNBD) LogLikelihood(r Row) float64 {
	k := m.R + float64(r.X)
	d := m.death(r)
	return lgamma(k) - lgamma(m.R) + m.R*math.Log(m.Alpha) + m.S*math.Log(m.Beta) + d.log
}

// death is what became of a person of a row: the logarithm of the braces above,
// the weight of her being alive, and of having gone at each of several times.
type death struct {
	log     float64
	alive   float64
	gone    float64 // 1 - alive
	weights [32]float64
	after   [32]float64 // t_x until she went
	// ln(1 + after/(α+t_x)) and ln(1 + after/(β+t_x))
	logAlpha, logBeta [32]float64
	n                 int
}

// farOut is how far, in powers of e, the integrand falls before it is left off.
const farOut = 30

func (m ParetoNBD) death(r Row) (d death) {
	k := m.R + float64(r.X)
	alpha, beta := m.Alpha+r.Recency, m.Beta+r.Recency
	span := r.Age - r.Recency
	rise := span / alpha
	stay := math.Exp(-k*math.Log1p(rise) - m.S*math.Log1p(span/beta))
	base := -k*math.Log(alpha) - m.S*math.Log(beta)
	if span <= 0 {
		return death{log: base, alive: 1}
	}
	// No further than where either factor alone is as good as nothing.
	end := math.Min(span, math.Min(alpha*math.Expm1(farOut/k), beta*math.Expm1(farOut/m.S)))
	// τ = t_x + c(e^v - 1): smooth even where α or β is tiny.
	c := math.Min(alpha, beta)
	width := math.Log1p(end / c)
	n := few()
	if k*math.Log1p(end/alpha)+m.S*math.Log1p(end/beta) > 6 || width > 4 {
		n = many()
	}
	d.n = len(n.x)
	total := stay
	for i, y := range n.x {
		e := math.Exp(width * y)
		u := c * (e - 1)
		la, lb := math.Log(1+u/alpha), math.Log(1+u/beta)
		w := n.w[i] * width * c * e / (beta + u) * m.S * math.Exp(-k*la-m.S*lb)
		d.weights[i], d.after[i], d.logAlpha[i], d.logBeta[i] = w, u, la, lb
		d.gone += w
	}
	total += d.gone
	d.log = base + math.Log(total)
	d.alive = stay / total
	d.gone /= total
	for i := range d.n {
		d.weights[i] /= total
	}
	return d
}

// Alive is the probability that a person of the row has not gone: SMC (11) to
// (13), from the same integral as the likelihood.
func (m ParetoNBD) Alive(r Row) float64 { return m.death(r).alive }

// Mean is how many purchases after the first one a newcomer makes within t: SMC
// (17).
func (m ParetoNBD) Mean(t float64) float64 { return m.purchases(t) }

func (m ParetoNBD) purchases(t float64) float64 {
	if t <= 0 {
		return 0
	}
	return m.R / m.Alpha * m.Beta * tail(t/m.Beta, m.S-1)
}

// Expected is how many purchases a person of the row makes in the t that follow:
// SMC (22). Given that she is alive, λ ~ Gamma(R+x, Alpha+T) and μ ~ Gamma(S, Beta+T).
func (m ParetoNBD) Expected(r Row, t float64) float64 { return m.Alive(r) * m.after(r).purchases(t) }

func (m ParetoNBD) after(r Row) ParetoNBD {
	return ParetoNBD{R: m.R + float64(r.X), Alpha: m.Alpha + r.Age, S: m.S, Beta: m.Beta + r.Age}
}

// Discounted is the same as Expected with purchases weighed by e^(-rate·time);
// over an endless t it is the DERT of RFM (2).
func (m ParetoNBD) Discounted(r Row, t, rate float64) float64 {
	after := m.after(r)
	return m.Alive(r) * discounted(after.purchases, after.Beta, t, rate)
}

// Probability is P(X(t) = x): she lived past t, or went at some τ before, FH
// (section 4), integrated as the likelihood is.
func (m ParetoNBD) Probability(x int, t float64) float64 {
	if t <= 0 {
		if x == 0 {
			return 1
		}
		return 0
	}
	k := float64(x)
	constant := lgamma(m.R+k) - lgamma(m.R) - lgamma(k+1)
	nbd := func(t float64) float64 {
		v := constant - m.R*math.Log1p(t/m.Alpha)
		if x > 0 {
			v -= k * math.Log1p(m.Alpha/t)
		}
		return math.Exp(v)
	}
	c := math.Min(m.Alpha, m.Beta)
	width := math.Log1p(t / c)
	p := nbd(t) * math.Exp(-m.S*math.Log1p(t/m.Beta))
	n := many()
	const pieces = 4 // the NBD's bump may be narrow
	for j := range pieces {
		for i, y := range n.x {
			u := c * math.Expm1(width*(float64(j)+y)/pieces)
			p += n.w[i] * width / pieces * (u + c) / (m.Beta + u) * m.S * math.Exp(-m.S*math.Log1p(u/m.Beta)) * nbd(u)
		}
	}
	return p
}

// paretonbd is the sum of log-likelihoods of t and its gradient by the logarithms
// of R, Alpha, S and Beta.
func paretonbd(t *table, theta, grad []float64) float64 {
	m := ParetoNBD{math.Exp(theta[0]), math.Exp(theta[1]), math.Exp(theta[2]), math.Exp(theta[3])}
	type byX struct{ value, dr float64 }
	xs := make([]byX, len(t.xs))
	start, psi := m.R*math.Log(m.Alpha)+m.S*math.Log(m.Beta)-lgamma(m.R), digamma(m.R)
	for i, n := range t.xs {
		x := float64(n)
		xs[i] = byX{start + lgamma(m.R+x), math.Log(m.Alpha) + digamma(m.R+x) - psi}
	}
	return parallel(len(t.cells), grad, func(from, to int, g []float64) (sum float64) {
		for _, c := range t.cells[from:to] {
			v, k := xs[c.x], m.R+float64(t.xs[c.x])
			age, recency := t.times[c.age], t.times[c.recency]
			d := m.death(Row{X: t.xs[c.x], Recency: recency, Age: age})
			alpha, beta := m.Alpha+recency, m.Beta+recency
			la, lb := math.Log(alpha), math.Log(beta)
			la += d.alive * math.Log((m.Alpha+age)/alpha)
			lb += d.alive * math.Log((m.Beta+age)/beta)
			ia, ib := d.alive/(m.Alpha+age), d.alive*m.S/(m.Beta+age)
			for i, w := range d.weights[:d.n] {
				la += w * d.logAlpha[i]
				lb += w * d.logBeta[i]
				ia += w / (alpha + d.after[i])
				ib += w * (m.S + 1) / (beta + d.after[i])
			}
			sum += c.n * (v.value + d.log)
			g[0] += c.n * (v.dr - la)
			g[1] += c.n * (m.R/m.Alpha - k*ia)
			g[2] += c.n * (math.Log(m.Beta) - lb + d.gone/m.S)
			g[3] += c.n * (m.S/m.Beta - ib)
		}
		return sum
	}, m.R, m.Alpha, m.S, m.Beta)
}
