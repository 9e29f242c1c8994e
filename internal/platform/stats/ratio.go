package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Suspicious is below which p-value groups are not as large as they were meant
// to be: people got lost on the way, and no comparison is to be trusted before
// it is known how (Fabijan and others, Diagnosing sample ratio mismatch in online
// controlled experiments, KDD (2019), who use this bound).
const Suspicious = 0.0005

// Ratio is the p-value of groups of these sizes having come from shares that are
// in the proportion of meant: Pearson's χ² of goodness of fit. It is 1 with fewer
// than two groups. Every meant must be above 0.
func Ratio(sizes []int64, meant []float64) float64 {
	if len(sizes) < 2 {
		return 1
	}
	var n, whole float64
	for i := range sizes {
		n += float64(sizes[i])
		whole += meant[i]
	}
	var chi2 float64
	for i := range sizes {
		expected := n * meant[i] / whole
		if expected > 0 {
			d := float64(sizes[i]) - expected
			chi2 += d * d / expected
		}
	}
	return distuv.ChiSquared{K: float64(len(sizes) - 1)}.Survival(chi2)
}

// Holm makes p-values of several comparisons with one control bearable together:
// the chance that any of them is below 0.05 though none differs is at most 0.05
// (Holm, A simple sequentially rejective multiple test procedure, Scand. J.
// Statist. 6 (1979) 65–70). The result is in the order of the argument.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	adjusted := make([]float64, len(p))
	var running float64
	for rank, i := range order {
		running = max(running, math.Min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = running
	}
	return adjusted
}
