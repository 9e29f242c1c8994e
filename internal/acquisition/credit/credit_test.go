package credit

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	cases := []struct {
		model  Model
		amount int64
		n      int
		want   string
	}{
		{First, 100, 3, "[100 0 0]"}, {Last, 100, 3, "[0 0 100]"}, {Linear, 100, 3, "[34 33 33]"}, {Linear, -100, 3, "[-34 -33 -33]"}, {Linear, 1, 4, "[1 0 0 0]"},
		{Position, 100, 1, "[100]"}, {Position, 101, 2, "[51 50]"}, {Position, 100, 3, "[40 20 40]"}, {Position, 1000, 4, "[400 100 100 400]"},
		{Position, 100, 5, "[40 7 7 6 40]"}, {Position, 1, 3, "[1 0 0]"}, {Linear, 0, 2, "[0 0]"}, {Position, 1<<63 - 1, 3, "[3689348814741910323 1844674407370955161 3689348814741910323]"},
	}
	for _, c := range cases {
		if got := fmt.Sprint(Split(c.amount, c.model.Weights(c.n))); got != c.want {
			t.Errorf("%s of %d in %d: %s, not %s", c.model, c.amount, c.n, got, c.want)
		}
	}
}

// Nothing is lost, and no part is a unit or more away from its exact share.
func TestSplitLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1000), 1, 50).Draw(t, "weights")
		weights[rapid.IntRange(0, len(weights)-1).Draw(t, "some")]++
		amount := rapid.Int64().Filter(func(n int64) bool { return n != -1<<63 }).Draw(t, "amount")
		parts := Split(amount, weights)
		var sum, all int64
		for _, w := range weights {
			all += w
		}
		for i, p := range parts {
			sum += p
			exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(amount), big.NewInt(weights[i])), big.NewInt(all))
			off := exact.Sub(exact, new(big.Rat).SetInt64(p))
			if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("part %d of %v is %d", i, weights, p)
			}
		}
		if sum != amount {
			t.Fatalf("%d of %d", sum, amount)
		}
	})
}

func TestWindow(t *testing.T) {
	touches := []int64{10, 20, 20, 30}
	for _, c := range []struct{ at, window, from, to int64 }{{30, 10, 1, 4}, {30, 9, 3, 4}, {29, 100, 0, 3}, {9, 100, 0, 0}, {20, 0, 1, 3}, {100, 5, 4, 4}} {
		if from, to := Window(touches, c.at, c.window); int64(from) != c.from || int64(to) != c.to {
			t.Errorf("%+v: %d … %d", c, from, to)
		}
	}
	if !slices.IsSorted(touches) {
		t.Error("changed its input")
	}
}
