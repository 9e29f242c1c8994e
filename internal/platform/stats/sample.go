package stats

import "math"

// Sample keeps what comparing needs of the values seen: the sums of the powers
// of the outcome y and of what is known from before, x, about their means, up to
// the third. The zero Sample is empty and ready.
//
// The sums are moved from mean to mean as values arrive instead of being sums of
// raw powers, which lose all digits when the mean is large against the spread
// (Chan, Golub and LeVeque, The American Statistician 37 (1983) 242–247; powers
// past the second and mixed ones: Pébay, Sandia report SAND2008-6212).
type Sample struct {
	n      float64
	mx, my float64
	sums   [4][4]float64 // [i][j]: the sum of (x−mx)^i·(y−my)^j, for i+j of 2 and 3
	ones   float64       // how many outcomes are 1
	others bool          // an outcome is neither 0 nor 1
	zeros  float64       // how many outcomes are 0
}

// Add counts one outcome of which nothing is known from before.
func (s *Sample) Add(y float64) { s.AddTimes(0, y, 1) }

// AddWith counts one outcome y of whom had x before.
func (s *Sample) AddWith(x, y float64) { s.AddTimes(x, y, 1) }

// AddTimes counts n equal outcomes, as a database counts them. n below one is
// nothing.
func (s *Sample) AddTimes(x, y float64, n int64) {
	if n < 1 {
		return
	}
	one := Sample{n: float64(n), mx: x, my: y}
	switch y {
	case 0:
		one.zeros = one.n
	case 1:
		one.ones = one.n
	default:
		one.others = true
	}
	s.Merge(one)
}

// Merge counts all that o has counted. In what order samples are merged matters
// to the last digits only.
func (s *Sample) Merge(o Sample) {
	switch {
	case o.n == 0:
		return
	case s.n == 0:
		*s = o
		return
	}
	n := s.n + o.n
	mx, my := s.mx+(o.mx-s.mx)*o.n/n, s.my+(o.my-s.my)*o.n/n
	a, b := s.about(mx, my), o.about(mx, my)
	for i := range a {
		for j := range a[i] {
			a[i][j] += b[i][j]
		}
	}
	*s = Sample{n: n, mx: mx, my: my, sums: a, ones: s.ones + o.ones, zeros: s.zeros + o.zeros, others: s.others || o.others}
}

// about is the sums about another centre than the means, by the binomial theorem.
func (s *Sample) about(mx, my float64) (r [4][4]float64) {
	d, e := s.mx-mx, s.my-my
	c := &s.sums
	r[2][0] = c[2][0] + s.n*d*d
	r[1][1] = c[1][1] + s.n*d*e
	r[0][2] = c[0][2] + s.n*e*e
	r[3][0] = c[3][0] + 3*d*c[2][0] + s.n*d*d*d
	r[2][1] = c[2][1] + 2*d*c[1][1] + e*c[2][0] + s.n*d*d*e
	r[1][2] = c[1][2] + 2*e*c[1][1] + d*c[0][2] + s.n*d*e*e
	r[0][3] = c[0][3] + 3*e*c[0][2] + s.n*e*e*e
	return r
}

// N is how many outcomes were counted.
func (s *Sample) N() int64 { return int64(s.n) }

// Mean is the mean outcome, 0 of none.
func (s *Sample) Mean() float64 { return s.my }

// Total is the sum of the outcomes.
func (s *Sample) Total() float64 { return s.my * s.n }

// Positive is how many outcomes are not 0.
func (s *Sample) Positive() int64 { return int64(s.n - s.zeros) }

// Binary says whether every outcome was 0 or 1.
func (s *Sample) Binary() bool { return !s.others }

// Variance is the unbiased variance of the outcome, 0 of fewer than two.
func (s *Sample) Variance() float64 { return s.adjusted(0).variance }

// Skewness is the third central moment of the outcome over the third power of
// its standard deviation, 0 where nothing varies.
func (s *Sample) Skewness() float64 {
	m := s.adjusted(0)
	if m.variance <= 0 {
		return 0
	}
	return m.third / math.Pow(m.variance, 1.5)
}

// moments are those of an outcome that was freed of what was known before.
type moments struct{ n, mean, variance, third float64 }

// adjusted is the moments of y − θ·x. The mean is that of y: who adjusts takes
// θ times the distance of the groups' x off the difference of the means.
func (s *Sample) adjusted(theta float64) moments {
	m := moments{n: s.n, mean: s.my}
	if s.n < 2 {
		return m
	}
	c := &s.sums
	m.variance = max(0, c[0][2]-2*theta*c[1][1]+theta*theta*c[2][0]) / (s.n - 1)
	m.third = (c[0][3] - 3*theta*c[1][2] + 3*theta*theta*c[2][1] - theta*theta*theta*c[3][0]) / s.n
	return m
}
