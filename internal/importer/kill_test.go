package importer

import (
	"math/rand/v2"
	"os/exec"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// TestMain lets the test binary stand in for a process that imports.
func TestMain(m *testing.M) {
	testkit.AsProcess(func(args []string) error { return importOnce(args[0], args[1], args[2]) })
	goleak.VerifyTestMain(m)
}

func importOnce(url, path, dir string) error {
	t := &lone{dir: dir}
	d, err := db.Open(t.Context(), url)
	if err != nil {
		return err
	}
	defer d.Close()
	_, err = newService(t, d).Import(t.Context(), org, path, Options{Channel: "Catalogue"}, nil)
	return err
}

// TestKilledAnywhereItEndsTheSame kills an importing process at 20 random
// moments. What is stored is whole orders each time, and one run that gets
// through leaves what an undisturbed import leaves.
func TestKilledAnywhereItEndsTheSame(t *testing.T) {
	const orders, rounds, kills = 1500, 4, 5
	path := put(t, "in.csv", manyOrders(orders))
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		began := time.Now()
		if err := start(t, d.URL(), path).Run(); err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		want := stored(t, d)
		seed := uint64(began.UnixNano()) //nolint:gosec // any seed will do; it is printed
		random := rand.New(rand.NewPCG(seed, 1))
		killed := 0
		for range rounds {
			d := testkit.Open(t, d.Engine(), schema)
			for range kills {
				if testkit.KillAfter(t, start(t, d.URL(), path), time.Duration(random.Int64N(int64(took)))) {
					killed++
				}
				checkWhole(t, d)
			}
			if err := start(t, d.URL(), path).Run(); err != nil {
				t.Fatal(err)
			}
			if n := checkWhole(t, d); n != orders || stored(t, d) != want {
				t.Fatalf("seed %d: %d orders of %d, or another store than an undisturbed import leaves", seed, n, orders)
			}
		}
		t.Logf("an import takes %v; %d of %d were killed before they ended; seed %d", took, killed, rounds*kills, seed)
		if killed == 0 {
			t.Error("nothing was killed")
		}
	})
}

func start(t *testing.T, url, path string) *exec.Cmd {
	t.Helper()
	return testkit.Process(t, url, path, t.TempDir())
}
