//go:build !race

package oracle_test

const plansACase = 10
