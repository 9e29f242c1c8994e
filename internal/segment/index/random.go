package index

import (
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/segment/predicate/plan"
)

// mersenne is the prime of plan.Random, for which remainders need no division.
const mersenne = 1<<31 - 1

// reduce brings x below 2⁶⁴ to something below 2³² with the same remainder.
func reduce(x uint64) uint64 {
	x = x&mersenne + x>>31
	return x&mersenne + x>>31
}

// hash is plan.Random.Hash.
func hash(r *plan.Random, seq uint32) int64 {
	x := reduce(uint64(r.A)*uint64(seq) + uint64(r.B)) //nolint:gosec // not negative; below 2⁶⁴
	square := reduce(x * x)
	fifth := reduce(reduce(square*square) * x)
	h := reduce(uint64(r.C)*fifth + uint64(r.D)) //nolint:gosec // not negative; below 2⁶⁴
	if h >= mersenne {
		h -= mersenne
	}
	return int64(h) //nolint:gosec // below 2³¹
}

// random is who of within has a hash in the share.
func (e *evaluation) random(n plan.Random, within *roaring.Bitmap) *roaring.Bitmap {
	if e.few(within) {
		return oneByOne(within, func(seq uint32) bool {
			h := hash(&n, seq)
			return h >= n.Lo && h < n.Hi
		})
	}
	out := e.words()
	within.WriteDenseTo(out)
	parallel(len(out)/chunkWords, func(chunk int) {
		for w := chunk * chunkWords; w < (chunk+1)*chunkWords; w++ {
			var hits uint64
			for m := out[w]; m != 0; m &= m - 1 {
				i := bits.TrailingZeros64(m)
				if h := hash(&n, uint32(w<<6+i)); h >= n.Lo && h < n.Hi { //nolint:gosec // within 32 bits
					hits |= 1 << i
				}
			}
			out[w] = hits
		}
	})
	return roaring.FromDense(out, false)
}
