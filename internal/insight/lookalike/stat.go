package lookalike

import (
	"math"
	"slices"
)

// table is people by whether they are in the group and have a feature.
type table struct {
	with, group   int64 // of the group: who has it, and all
	other, others int64 // of the others
}

func (t table) both() int64 { return t.with + t.other }
func (t table) all() int64  { return t.group + t.others }

// tells reports whether there are enough who have the feature, and enough who have
// not, for a difference to show: five are expected in each cell. It looks at the
// margins only.
func (t table) tells() bool {
	const least = 5
	smaller := float64(min(t.group, t.others))
	share := float64(t.both()) / float64(t.all())
	return smaller*share >= least && smaller*(1-share) >= least
}

// lift is the ratio of shares with its interval of 95 %; nil where the others, or the
// interval, leave nothing to divide by.
func (t table) lift() (lift, low, high *float64) {
	if t.other == 0 || t.group == 0 || t.others == 0 {
		return nil, nil, nil
	}
	a, n1, c, n0 := float64(t.with), float64(t.group), float64(t.other), float64(t.others)
	l := (a / n1) / (c / n0)
	if t.with == 0 {
		return &l, nil, nil
	}
	const z = 1.959963984540054
	se := math.Sqrt(math.Max(0, 1/a-1/n1+1/c-1/n0))
	lo, hi := l*math.Exp(-z*se), l*math.Exp(z*se)
	return &l, &lo, &hi
}

// weight is the logarithm of the odds ratio.
func (t table) weight() float64 {
	const half = 0.5
	a, b := float64(t.with)+half, float64(t.group-t.with)+half
	c, d := float64(t.other)+half, float64(t.others-t.other)+half
	return math.Log(a * d / (b * c))
}

// fisher is the two-sided p of the table: the probability, of all tables with these
// margins, of those that are no likelier.
func (t table) fisher() float64 {
	n, k, m := t.all(), t.both(), t.group
	lo, hi := max(0, m-(n-k)), min(k, m)
	if lo >= hi {
		return 1
	}
	log := func(x int64) float64 { return choose(k, x) + choose(n-k, m-x) - choose(n, m) }
	here := log(t.with)
	// Equal tables differ by rounding: what is likelier by less than this counts.
	limit := here + 1e-7
	mode := min(hi, max(lo, (m+1)*(k+1)/(n+2)))
	// Each tail is monotone: find where it becomes as unlikely as this table.
	left, right := lo-1, hi+1
	if log(lo) <= limit {
		left = lo + search(mode-lo, func(i int64) bool { return log(lo+i) > limit }) - 1
	}
	if log(hi) <= limit {
		right = hi - search(hi-mode, func(i int64) bool { return log(hi-i) > limit }) + 1
	}
	sum := 0.0
	for x := left; x >= lo; x-- {
		add := math.Exp(log(x) - here)
		if sum += add; add < 1e-17*sum {
			break
		}
	}
	for x := right; x <= hi; x++ {
		add := math.Exp(log(x) - here)
		if sum += add; add < 1e-17*sum {
			break
		}
	}
	return math.Min(1, math.Exp(here)*sum)
}

// search is the first i in 0 … n at which f holds, n + 1 if none; f stays true once it
// is.
func search(n int64, f func(int64) bool) int64 {
	lo, hi := int64(0), n+1
	for lo < hi {
		if mid := (lo + hi) / 2; f(mid) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// choose is the logarithm of n over k.
func choose(n, k int64) float64 {
	if k < 0 || k > n {
		return math.Inf(-1)
	}
	g := func(v int64) float64 { l, _ := math.Lgamma(float64(v) + 1); return l }
	return g(n) - g(k) - g(n-k)
}

// correct turns p values into q values (Benjamini & Hochberg's adjusted ones).
func correct(p []float64) []float64 {
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
	q, least := make([]float64, len(p)), 1.0
	for rank := len(order) - 1; rank >= 0; rank-- {
		i := order[rank]
		least = math.Min(least, p[i]*float64(len(p))/float64(rank+1))
		q[i] = least
	}
	return q
}

// area is the probability that one of the group has the higher score than one of the
// others, ties half, with an interval of 95 %.
func area(group, others []float64) (auc, low, high float64) {
	type one struct {
		score float64
		in    bool
	}
	all := make([]one, 0, len(group)+len(others))
	for _, s := range group {
		all = append(all, one{s, true})
	}
	for _, s := range others {
		all = append(all, one{s, false})
	}
	slices.SortFunc(all, func(a, b one) int {
		switch {
		case a.score < b.score:
			return -1
		case a.score > b.score:
			return 1
		}
		return 0
	})
	wins, below := 0.0, 0.0
	for i := 0; i < len(all); {
		j, in, out := i, 0.0, 0.0
		for ; j < len(all) && all[j].score == all[i].score; j++ {
			if all[j].in {
				in++
			} else {
				out++
			}
		}
		wins += in * (below + out/2)
		below += out
		i = j
	}
	n1, n0 := float64(len(group)), float64(len(others))
	auc = wins / (n1 * n0)
	q1, q2 := auc/(2-auc), 2*auc*auc/(1+auc)
	se := math.Sqrt(math.Max(0, (auc*(1-auc)+(n1-1)*(q1-auc*auc)+(n0-1)*(q2-auc*auc))/(n1*n0)))
	const z = 1.959963984540054
	return auc, math.Max(0, auc-z*se), math.Min(1, auc+z*se)
}
