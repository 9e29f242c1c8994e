package pool

import (
	"flag"
	"os"
	"testing"
)

// TestMain makes the property tests here try 25 cases rather than 100, unless
// the caller says how many: each is a story of many transactions on two engines.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "25"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
