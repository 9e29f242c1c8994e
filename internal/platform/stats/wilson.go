package stats

import "math"

// Wilson is the 95 % score interval of one share, yes of n (Wilson, Probable
// inference, the law of succession, and statistical inference, J. Amer. Statist.
// Assoc. 22 (1927) 209–212; recommended for few and for rare by Newcombe,
// Two-sided confidence intervals for the single proportion, Statistics in Medicine
// 17 (1998) 857–872, method 3):
//
//	(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)
//
// Of nobody nothing is known: 0 to 1. yes lies between 0 and n.
func Wilson(yes, n int64) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	z, m := normal(1-(1-Level)/2), float64(n)
	p := float64(yes) / m
	middle, width := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	low, high = (middle-width)/(1+z*z/m), (middle+width)/(1+z*z/m)
	// At the ends the formula gives exactly 0 and 1; rounding must not miss them.
	if yes <= 0 {
		low = 0
	}
	if yes >= n {
		high = 1
	}
	return low, high
}
