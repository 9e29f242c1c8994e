package index

import (
	"testing"

	"pgregory.net/rapid"
)

// TestTester looks at 64 numbers at once as it does at each, whatever bytes
// they take and wherever the bounds lie.
func TestTester(t *testing.T) {
	two := 0
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int64{1, 255, 256, 65535, 65536, 1<<24 - 1, 1 << 24, 1<<31 - 2, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 40, 1 << 62}).Draw(t, "most")
		numbers := rapid.SliceOfN(rapid.Int64Range(0, most), 64, 64).Draw(t, "numbers")
		numbers[0], numbers[63] = 0, most
		base := rapid.SampledFrom([]int64{0, -5, 1 << 40}).Draw(t, "base")
		for i := range numbers {
			numbers[i] += base
		}
		p := pack(numbers)
		bound := rapid.OneOf(rapid.SampledFrom([]uint64{0, 1, p.floor(p.most)}), rapid.Uint64Range(0, p.floor(p.most)))
		lo := bound.Draw(t, "lo")
		size := min(rapid.OneOf(bound, rapid.Just(^uint64(0))).Draw(t, "size"), ^uint64(0)-lo)
		test := p.tester(lo, size)
		if test.lanes {
			two++
		}
		got := test.of(p.data)
		for i := range numbers {
			if want := p.raw(i)-lo <= size; want != (got>>i&1 == 1) {
				t.Fatalf("%d: %d from %d on, %d far: %t", i, p.raw(i), lo, size, want)
			}
		}
	})
	if two == 0 {
		t.Error("never two at once")
	}
}
