// Package credit decides which of somebody's arrivals gets how much of the
// credit for what they did, and divides money among them without losing any.
package credit

import (
	"cmp"
	"math/bits"
	"slices"
)

// Model is a way to share credit among touches.
type Model string

// The models.
const (
	First    Model = "first"    // all to the first touch
	Last     Model = "last"     // all to the last touch
	Linear   Model = "linear"   // the same to each
	Position Model = "position" // 40 % to the first, 40 % to the last, 20 % to those between; of two touches half each
)

// Models lists the models.
var Models = []Model{First, Last, Linear, Position}

// Weights gives the shares of n touches, the earliest first, as whole numbers
// that mean something only beside each other. n is at least 1.
func (m Model) Weights(n int) []int64 {
	w := make([]int64, n)
	switch {
	case m == First || n == 1:
		w[0] = 1
	case m == Last:
		w[n-1] = 1
	case m == Linear || n == 2:
		for i := range w {
			w[i] = 1
		}
	default:
		for i := range w {
			w[i] = 1 // of 5 (n − 2): the middle is a fifth
		}
		w[0], w[n-1] = 2*int64(n-2), 2*int64(n-2)
	}
	return w
}

// Split divides amount by weights into parts that add up to it. Each part is
// its exact share rounded down or up: what is left after rounding down goes, a
// unit each, to the largest remainders, among equal ones to the earliest. A
// negative amount is divided as its opposite. Weights are not negative and not
// all 0; their sum and n fit into 31 bits.
func Split(amount int64, weights []int64) []int64 {
	out := make([]int64, len(weights))
	if len(weights) == 1 {
		out[0] = amount
		return out
	}
	negative := amount < 0
	if negative {
		amount = -amount
	}
	var sum uint64
	for _, w := range weights {
		sum += uint64(w) //nolint:gosec // not negative
	}
	left := amount
	type remainder struct {
		at   int
		rest uint64
	}
	rests := make([]remainder, len(weights))
	for i, w := range weights {
		hi, lo := bits.Mul64(uint64(amount), uint64(w)) //nolint:gosec // neither is negative
		part, rest := bits.Div64(hi, lo, sum)           // hi < sum: a weight is at most their sum
		out[i] = int64(part)                            //nolint:gosec // at most amount
		left -= out[i]
		rests[i] = remainder{i, rest}
	}
	if left > 0 {
		slices.SortStableFunc(rests, func(a, b remainder) int { return cmp.Compare(b.rest, a.rest) })
		for _, r := range rests[:left] {
			out[r.at]++
		}
	}
	if negative {
		for i := range out {
			out[i] = -out[i]
		}
	}
	return out
}

// Window finds, among the moments of touches in their order, those that are at
// most window before at and not after it. Moments and window are microseconds.
func Window(touches []int64, at, window int64) (from, to int) {
	from, _ = slices.BinarySearch(touches, at-window)
	to, _ = slices.BinarySearch(touches, at+1)
	return from, to
}
