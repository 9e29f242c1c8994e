//go:build race

package lifecycle

import "flag"

// The race detector makes SQLite an order of magnitude slower, and looks for
// something else than rare courses of events: fewer of them will do. A flag
// on the command line still wins.
func init() { //nolint:gochecknoinits // must come before the flags are parsed
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
}
