package index

import "testing"

// Limits sets how many values texts and lists may have before they are kept
// otherwise, for the length of a test.
func Limits(t testing.TB, n int) {
	values, postings := maxValues, maxPostings
	maxValues, maxPostings = n, max(2, n-1)
	t.Cleanup(func() { maxValues, maxPostings = values, postings })
}
