package clv

import "math"

// GammaGamma is the model of what a purchase is worth (GG): a person's purchases
// are Gamma(P, ν) with ν ~ Gamma(Q, Gamma), and do not depend on how often she
// buys.
type GammaGamma struct {
	P     float64 `json:"p"`
	Q     float64 `json:"q"`
	Gamma float64 `json:"gamma"` // in the unit of money
}

// Spend is what the model knows of a person: that X purchases came to Mean each.
type Spend struct {
	X    int     // at least 1
	Mean float64 // above 0
}

// LogLikelihood of the mean of x purchases: GG (1a).
func (m GammaGamma) LogLikelihood(s Spend) float64 {
	x := float64(s.X)
	px := m.P * x
	return lgamma(px+m.Q) - lgamma(px) - lgamma(m.Q) + m.Q*math.Log(m.Gamma) +
		(px-1)*math.Log(s.Mean) + px*math.Log(x) - (px+m.Q)*math.Log(m.Gamma+x*s.Mean)
}

// ValuePopulation is the mean of a purchase of somebody of whom nothing is known; ok is
// false when the tail is so heavy that there is none (Q ≤ 1).
func (m GammaGamma) Population() (mean float64, ok bool) {
	if m.Q <= 1 {
		return 0, false
	}
	return m.P * m.Gamma / (m.Q - 1), true
}

// Expected is what a purchase of a person is worth on average, given hers so far:
// GG (5), a mean of hers and everybody's. With X = 0 it is Population.
func (m GammaGamma) Expected(s Spend) (mean float64, ok bool) {
	if s.X == 0 {
		return m.Population()
	}
	x := float64(s.X)
	if under := m.P*x + m.Q - 1; under > 0 {
		return m.P * (m.Gamma + x*s.Mean) / under, true
	}
	return 0, false
}

// gammagamma is the sum of log-likelihoods and its gradient by the logarithms of
// P, Q and Gamma.
func gammagamma(spends []Spend, theta, grad []float64) float64 {
	p, q, gamma := math.Exp(theta[0]), math.Exp(theta[1]), math.Exp(theta[2])
	lq, dq, lg := lgamma(q), digamma(q), math.Log(gamma)
	const table = 64 // most people have few purchases
	type byX struct{ value, dp, dq float64 }
	make1 := func(x float64) byX {
		dpq := digamma(p*x + q)
		return byX{lgamma(p*x+q) - lgamma(p*x) - lq + q*lg + p*x*math.Log(x), dpq - digamma(p*x) + math.Log(x), dpq - dq + lg}
	}
	var known [table]byX
	for x := 1; x < table; x++ {
		known[x] = make1(float64(x))
	}
	return parallel(len(spends), grad, func(from, to int, g []float64) (sum float64) {
		for _, s := range spends[from:to] {
			x := float64(s.X)
			var v byX
			if s.X < table {
				v = known[s.X]
			} else {
				v = make1(x)
			}
			lz, all := math.Log(s.Mean), gamma+x*s.Mean
			la := math.Log(all)
			sum += v.value + (p*x-1)*lz - (p*x+q)*la
			g[0] += x * (v.dp + lz - la)
			g[1] += v.dq - la
			g[2] += q/gamma - (p*x+q)/all
		}
		return sum
	}, p, q, gamma)
}
