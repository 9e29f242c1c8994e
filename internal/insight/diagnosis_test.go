package insight

import (
	"context"
	"fmt"
	"math"
	"testing"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

func teaHouse() DiagnosisInput {
	return DiagnosisInput{Answers: map[string]int64{"parcel": 3, "plan": 0}, Months: 12,
		Business: BusinessInput{Buyers: 1000, OrderMinor: 10_000, MarginBP: 5000, CostMinor: 4000, OrdersYear: 6}}
}

// Money goes in and comes out in minor units, whatever the currency has behind
// the point: the same brand counted in yen is the same brand.
func TestDiagnosisMoney(t *testing.T) {
	in := teaHouse()
	cny, err := diagnose(in, "CNY", "en")
	if err != nil {
		t.Fatal(err)
	}
	in.Business.OrderMinor, in.Business.CostMinor = 100, 40
	in.Assumptions = map[string]RangeInput{"wage": {5000, 8000, 12000}}
	jpy, err := diagnose(in, "JPY", "en")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := jpy.Months[11].Balance.Mid*100, cny.Months[11].Balance.Mid; math.Abs(got-want) > 1e-6*math.Abs(want) {
		t.Errorf("balance %v, want %v", got, want)
	}
	for _, a := range cny.Assumptions {
		if a.Key == "wage" && a.Range != (RangeInput{500_000, 800_000, 1_200_000}) {
			t.Errorf("an associate's wage: %+v", a.Range)
		}
	}
	if jpy.Weakest != "content" || len(jpy.Missing) != 14 || jpy.First[0].Key != "plan" {
		t.Errorf("%s %v %v", jpy.Weakest, jpy.Missing, jpy.First)
	}
	for field, bad := range map[string]func(*DiagnosisInput){
		"answers":              func(in *DiagnosisInput) { in.Answers = map[string]int64{"dance": 1} },
		"answers.plan":         func(in *DiagnosisInput) { in.Answers = map[string]int64{"plan": 4} },
		"assumptions":          func(in *DiagnosisInput) { in.Assumptions = map[string]RangeInput{"luck": {}} },
		"business.margin":      func(in *DiagnosisInput) { in.Business.MarginBP = 10_001 },
		"assumptions.extra":    func(in *DiagnosisInput) { in.Assumptions = map[string]RangeInput{"extra": {1, 0, 0}} },
		"business.buyers":      func(in *DiagnosisInput) { in.Business.Buyers = 0 },
		"business.orders_year": func(in *DiagnosisInput) { in.Business.OrdersYear = -1 },
		"months":               func(in *DiagnosisInput) { in.Months = 3 },
	} {
		in := teaHouse()
		bad(&in)
		if _, err := diagnose(in, "CNY", "en"); err == nil || errs.As(err).Fields[0].Path != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestDiagnosesAreKept(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		as := func(org string) context.Context {
			return access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: org, ID: "stf_a"})
		}
		kept, err := w.svc.KeepDiagnosis(as("org_a"), " 开业前 ", teaHouse())
		if err != nil {
			t.Fatal(err)
		}
		all, err := w.svc.Diagnoses(as("org_a"))
		if err != nil || len(all) != 1 || all[0].Name != "开业前" || all[0].Input.Business != teaHouse().Business || all[0].Input.Answers["parcel"] != 3 || !all[0].CreatedAt.Equal(kept.CreatedAt) {
			t.Fatalf("%+v %v", all, err)
		}
		bad := teaHouse()
		bad.Business.OrderMinor = 0
		if _, err := w.svc.KeepDiagnosis(as("org_a"), "x", bad); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("what cannot be forecast is not kept: %v", err)
		}
		if _, err := w.svc.KeepDiagnosis(as("org_a"), " \x00", teaHouse()); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("without a name: %v", err)
		}
		if err := w.svc.DropDiagnosis(as("org_b"), kept.ID); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("another brand's: %v", err)
		}
		if others, err := w.svc.Diagnoses(as("org_b")); err != nil || len(others) != 0 {
			t.Errorf("another brand sees %v %v", others, err)
		}
		for n := 1; n < mostDiagnoses; n++ {
			if _, err := w.svc.KeepDiagnosis(as("org_a"), fmt.Sprint(n), teaHouse()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.svc.KeepDiagnosis(as("org_a"), "one too many", teaHouse()); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("over the limit: %v", err)
		}
		if err := w.svc.DropDiagnosis(as("org_a"), kept.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.svc.DropDiagnosis(as("org_a"), kept.ID); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("twice: %v", err)
		}
	})
}
