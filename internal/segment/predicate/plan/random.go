package plan

import (
	"crypto/sha256"
	"encoding/binary"
)

// randomPrime is 2³¹−1. Raising to the fifth power modulo it is one-to-one,
// because 5 divides no factor of 2³¹−2 out.
const randomPrime = 1<<31 - 1

// Share is the random share from … to, in basis points (0 ≤ from < to ≤
// 10,000), under a salt. Shares of one salt that do not overlap have nobody in
// common; shares of different salts are independent of each other.
func Share(from, to int, salt string) Random {
	sum := sha256.Sum256([]byte(salt))
	part := func(i int) int64 { return int64(binary.BigEndian.Uint32(sum[4*i:])) }
	return Random{
		A: 1 + part(0)%(randomPrime-1), B: part(1) % randomPrime,
		C: 1 + part(2)%(randomPrime-1), D: part(3) % randomPrime,
		Lo: int64(from) * randomPrime / 10000, Hi: int64(to) * randomPrime / 10000,
	}
}

// Hash is a number from 0 to 2³¹−2 for a person's seq:
//
//	P = 2³¹ − 1
//	x = (A·seq + B) mod P
//	h = (C·x⁵ + D) mod P, where x⁵ = ((x·x mod P)·(x·x mod P) mod P)·x mod P
//
// No step leaves int64 for any seq below 2³², so that SQL computes the same.
func (r Random) Hash(seq uint32) int64 {
	const p = randomPrime
	x := (r.A*int64(seq) + r.B) % p
	square := x * x % p
	fifth := square * square % p * x % p
	return (r.C*fifth + r.D) % p
}

// Holds reports whether the person with this seq is in the share.
func (r Random) Holds(seq uint32) bool {
	h := r.Hash(seq)
	return h >= r.Lo && h < r.Hi
}
