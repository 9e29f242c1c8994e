package importer

import (
	"os"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// TestRetailFile checks the whole real file when it is at hand:
// FISHPOND_RETAIL_CSV=…/online-retail.csv.gz go test ./internal/importer
func TestRetailFile(t *testing.T) {
	path := os.Getenv("FISHPOND_RETAIL_CSV")
	if path == "" {
		t.Log("FISHPOND_RETAIL_CSV is not set; the sample in other tests has the same form")
		return
	}
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		want := Result{Rows: 541909, RowsWithoutCustomer: 135080, Persons: 4372, Orders: 18536, Refunds: 3654, GMVMinor: 891140790, RefundedMinor: 61134209}
		for round := range 2 {
			got, err := s.Import(t.Context(), org, path, Options{Preset: "online-retail"}, nil)
			t.Logf("round %d: %.2f s", round, got.Seconds)
			if got.Seconds = 0; err != nil || got != want {
				t.Fatalf("round %d: %+v, %v", round, got, err)
			}
		}
	})
}
