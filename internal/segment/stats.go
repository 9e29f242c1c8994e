package segment

import (
	"cmp"
	"math"
	"slices"
)

// fourfold counts two groups by whether they have something.
type fourfold struct {
	with, of         int64 // in the segment
	restWith, restOf int64 // in the rest
}

// p is how likely shares at least as different are when the groups do not
// differ, two-sided: by Pearson's χ² where every expected count is 5 or more,
// else by Fisher's exact test (the rule is Cochran's: W. G. Cochran, "Some
// methods for strengthening the common χ² tests", Biometrics 10 (1954), p. 420).
func (f fourfold) p() float64 {
	k, n := f.with+f.restWith, f.of+f.restOf
	if f.of == 0 || f.restOf == 0 || k == 0 || k == n {
		return 1
	}
	least := float64(min(k, n-k)) * float64(min(f.of, f.restOf)) / float64(n)
	if least < 5 {
		return f.fisher()
	}
	return f.pearson()
}

// pearson is the test of a fourfold table by
//
//	χ² = n·(ad − bc)² / ((a+b)(c+d)(a+c)(b+d))
//
// with one degree of freedom and no correction (K. Pearson, Philosophical
// Magazine 50 (1900); A. Agresti, Categorical Data Analysis, 3rd ed., §3.2.1).
// It is the square of the z of the test of two proportions with the pooled
// share, so that its tail is erfc(√(χ²/2)).
func (f fourfold) pearson() float64 {
	p1, p2 := float64(f.with)/float64(f.of), float64(f.restWith)/float64(f.restOf)
	pooled := float64(f.with+f.restWith) / float64(f.of+f.restOf)
	z := (p1 - p2) / math.Sqrt(pooled*(1-pooled)*(1/float64(f.of)+1/float64(f.restOf)))
	return math.Erfc(math.Abs(z) / math.Sqrt2)
}

// fisher sums the probabilities of all tables with the same margins that are
// no more likely than this one (R. A. Fisher, Statistical Methods for Research
// Workers, §21.02; two-sided as in R's fisher.test, with its tolerance for
// rounding).
func (f fourfold) fisher() float64 {
	k, n := f.with+f.restWith, f.of+f.restOf
	total := choose(n, k)
	likely := func(with int64) float64 {
		return math.Exp(choose(f.of, with) + choose(f.restOf, k-with) - total)
	}
	const tolerance = 1 + 1e-7
	seen, sum := likely(f.with)*tolerance, 0.0
	for with := max(0, k-f.restOf); with <= min(k, f.of); with++ {
		if p := likely(with); p <= seen {
			sum += p
		}
	}
	return min(sum, 1)
}

// choose is the logarithm of n over k.
func choose(n, k int64) float64 {
	lg := func(x int64) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	return lg(n) - lg(k) - lg(n-k)
}

// discoveries turns the p-values of many tests into q-values: the least rate
// of false discoveries at which each would be one. q₍ᵢ₎ = min over j ≥ i of
// p₍ⱼ₎·m/j, with p₍₁₎ ≤ … ≤ p₍ₘ₎ (Y. Benjamini, Y. Hochberg, "Controlling the
// false discovery rate", J. R. Statist. Soc. B 57 (1995), pp. 289–300).
func discoveries(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int { return cmp.Compare(p[x], p[y]) })
	q, least := make([]float64, len(p)), 1.0
	for rank := len(p); rank > 0; rank-- {
		i := order[rank-1]
		least = min(least, p[i]*float64(len(p))/float64(rank))
		q[i] = least
	}
	return q
}
