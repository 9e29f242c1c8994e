// Package bench measures Fishpond as a whole against peers and physical limits
// in the same run; `make bench` runs it and the benchmarks beside the code.
// Figures with their commands are in docs/benchmarks.md.
package bench
