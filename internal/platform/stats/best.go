package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Best is for each group the probability that its true mean is the highest of
// all, given what was seen. It is nil when a group has fewer than Fewest.
//
// Of shares, each true share has Jeffreys' posterior, Beta(yes + ½, no + ½)
// (Brown, Cai and DasGupta, Interval estimation for a binomial proportion,
// Statist. Sci. 16 (2001) 101–133); of means, a normal one with the standard
// error of the mean, which large groups allow. The probability is
//
//	P(i is best) = ∫ f_i(x) ∏_{j≠i} F_j(x) dx = ∫₀¹ ∏_{j≠i} F_j(F_i⁻¹(u)) du
//
// (Scott, A modern Bayesian look at the multi-armed bandit, Appl. Stochastic
// Models Bus. Ind. 26 (2010) 639–658, for the left side), here by the midpoint
// rule; nothing is drawn at random. It describes how far one may trust a choice.
// It is no test: among equal groups one of them often looks probably best.
func Best(groups []Sample) []float64 {
	shares := true
	for _, g := range groups {
		if g.n < Fewest {
			return nil
		}
		shares = shares && g.Binary()
	}
	type belief interface {
		CDF(float64) float64
		Quantile(float64) float64
	}
	known := make([]belief, len(groups))
	for i, g := range groups {
		if shares {
			yes := g.Total()
			known[i] = distuv.Beta{Alpha: yes + 0.5, Beta: g.n - yes + 0.5}
			continue
		}
		// Where nothing varies the value is still not known beyond doubt.
		known[i] = distuv.Normal{Mu: g.my, Sigma: max(math.Sqrt(g.Variance()/g.n), 1e-9*(1+math.Abs(g.my)))}
	}
	const steps = 500
	out := make([]float64, len(groups))
	var sum float64
	for i := range known {
		for k := range steps {
			x := known[i].Quantile((float64(k) + 0.5) / steps)
			p := 1.0
			for j := range known {
				if j != i {
					p *= known[j].CDF(x)
				}
			}
			out[i] += p / steps
		}
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}
