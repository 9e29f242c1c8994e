package clv_test

import (
	"context"
	"math"
	"os"
	"strings"
	"testing"

	"fishpond/internal/insight/clv"
	"fishpond/internal/insight/csvfile"
	"fishpond/internal/platform/i18n"
)

// TestRealOrders is run with the UCI Online Retail file: what docs/clv.md says of
// it.
func TestRealOrders(t *testing.T) {
	path := os.Getenv("FISHPOND_RETAIL_CSV")
	if path == "" {
		t.Skip("FISHPOND_RETAIL_CSV names no file")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := csvfile.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	r, err := clv.Run(context.Background(), in, clv.FileOptions{
		Columns:        map[string]string{"customer": "CustomerID", "time": "InvoiceDate", "amount": "Quantity*UnitPrice"},
		CalibrationEnd: "2011-08-31", Currency: "GBP", Discount: 0.1,
	})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.Print(&b, i18n.EN); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + b.String())
	if r.Rows != 541_909 || r.WithoutCustomer != 135_080 || r.People != 4338 && r.People != 4339 {
		t.Errorf("%d rows, %d without customer, %d people", r.Rows, r.WithoutCustomer, r.People)
	}
	// The autumn before Christmas, in which everybody buys more than before: the
	// models are as wrong in total as is written down, and say so.
	v := r.Validation
	if v.Best != clv.RuleSameRate || !strings.Contains(r.En, "a simple rule (same rate as before) came closer") {
		t.Errorf("best: %s; %s", v.Best, r.En)
	}
	if b := v.Purchases[0].Bias; b < -0.26 || b > -0.22 {
		t.Errorf("bias %v", b)
	}
	if nobody := v.Groups[0]; nobody.X != 0 || math.Abs(nobody.Expected[clv.NameBGNBD]-nobody.Actual) >= nobody.Actual {
		t.Errorf("of those who bought once the model knows no more than the rule, which knows nothing: %+v", nobody)
	}
}
