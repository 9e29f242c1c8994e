//go:build race

package oracle_test

// plansACase is smaller where the race detector makes each query ten times as
// slow: what it looks for does not hide in the plans.
const plansACase = 1
