package insight

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// dump is all that the module keeps about the org, comparable.
func (w *world) dump() (out []string) {
	w.tb.Helper()
	w.must(w.db.Read(w.tb.Context(), w.org, func(tx *db.Tx) error {
		for _, table := range []string{"insight_fact", "insight_alias", "insight_person", "insight_month", "insight_rhythm", "insight_cohort",
			"insight_region", "insight_product", "insight_state"} {
			if err := tx.Each(w.tb.Context(), func(rows *sql.Rows) error {
				names, err := rows.Columns()
				if err != nil {
					return err
				}
				values := make([]any, len(names))
				for i := range values {
					values[i] = new(string)
				}
				if err := rows.Scan(values...); err != nil {
					return err
				}
				line := table
				for i, v := range values {
					line += fmt.Sprintf(" %s=%s", names[i], *v.(*string))
				}
				out = append(out, line)
				return nil
			}, "SELECT * FROM "+table+" WHERE org_id = ?", w.org); err != nil {
				return err
			}
		}
		return nil
	}))
	// A month that was emptied again says nothing, whether it is there or not.
	out = slices.DeleteFunc(out, func(s string) bool {
		return strings.HasPrefix(s, "insight_month ") && strings.HasSuffix(s, " orders=0 gmv_minor=0 refunds=0 refunded_minor=0 new_persons=0")
	})
	slices.Sort(out)
	return out
}

func TestEmptyOrgHasZerosAndNoNulls(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o := w.overview("", "")
		if o.Numbers != (Numbers{}) || o.Previous.Numbers != (Numbers{}) || len(o.Months) != 12 || o.Period.From != "2025-07" || o.Period.To != "2026-06" || o.First != "" {
			t.Fatalf("%+v", o)
		}
		b, err := json.Marshal(map[string]any{"o": o, "c": w.cohorts("", "")})
		// Nothing is counted, and that may be said; every figure is there.
		if err != nil || strings.Contains(strings.ReplaceAll(string(b), `"counted_to":null`, ""), "null") {
			t.Fatal(err, string(b))
		}
		w.tell(created("per_a", at("2026-06-01 00:00")))
		w.catchUp()
		if o := w.overview("2026-06", "2026-06"); o.Persons != 1 || o.NewPersons != 1 || o.RepurchaseRate != 0 || o.AverageMinor != 0 {
			t.Fatalf("%+v", o.Numbers)
		}
		recorded := at("2026-06-15 00:00") // the present of this world
		for what, to := range map[string]*time.Time{"overview": w.overview("", "").CountedTo, "cohorts": w.cohorts("", "").CountedTo} {
			if to == nil || !to.Equal(recorded) {
				t.Errorf("the %s is counted to %v, the only event was recorded at %v", what, to, recorded)
			}
		}
	})
}

func TestPeriodsAreWholeMonthsOfTheOrg(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		shanghai, err := time.LoadLocation("Asia/Shanghai")
		if err != nil {
			t.Fatal(err)
		}
		w.zone = shanghai
		w.tell(order("per_a", at("2025-03-31 15:59"), mallevent.Order{AmountMinor: 1, Currency: "CNY"}),
			order("per_a", at("2025-03-31 16:00"), mallevent.Order{AmountMinor: 10, Currency: "CNY"}),
			order("per_b", at("2026-01-05 00:00"), mallevent.Order{AmountMinor: 100, Currency: "CNY"}))
		w.catchUp()
		o := w.overview("2025-04", "2025-05")
		if o.GMVMinor != 10 || o.Previous.GMVMinor != 1 || o.Previous.From != "2025-02" || o.Previous.To != "2025-03" ||
			o.Period.StartAt != at("2025-03-31 16:00") || o.Period.EndAt != at("2025-05-31 16:00") || o.Period.TimeZone != "Asia/Shanghai" {
			t.Fatalf("%+v", o)
		}
		if o := w.overview("", ""); o.Period.From != "2025-03" || o.Period.To != "2026-01" || o.First != "2025-03" || o.Last != "2026-01" || o.Buyers != 2 || o.RepurchaseRate != 0.5 {
			t.Fatalf("%+v", o)
		}
		for _, bad := range [][2]string{{"2025-5", ""}, {"2025-05", "2025-04"}, {"2000-01", "2025-01"}, {"", "no"}} {
			if _, err := w.svc.Overview(t.Context(), w.org, bad[0], bad[1]); err == nil {
				t.Errorf("%v was taken", bad)
			}
			if _, err := w.svc.Cohorts(t.Context(), w.org, bad[0], bad[1]); err == nil {
				t.Errorf("%v was taken for cohorts", bad)
			}
		}
	})
}

func TestAnotherTimeZoneOutdatesTheProjection(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.tell(order("per_a", at("2026-03-31 20:00"), mallevent.Order{AmountMinor: 1, Currency: "CNY"}))
		w.catchUp()
		shanghai, err := time.LoadLocation("Asia/Shanghai")
		w.must(err)
		w.must(w.svc.RebuildOutdated(t.Context(), func(context.Context, string, string) error { t.Fatal("rebuilt without need"); return nil }))
		w.zone = shanghai
		if o := w.overview("2026-03", "2026-03"); o.Orders != 1 || o.Period.TimeZone != "UTC" { // until rebuilt, in the zone that it names
			t.Fatalf("%+v", o)
		}
		w.must(w.svc.RebuildOutdated(t.Context(), w.runner.Rebuild))
		if o := w.overview("2026-04", "2026-04"); o.Orders != 1 || o.Period.TimeZone != "Asia/Shanghai" {
			t.Fatalf("%+v", o)
		}
	})
}

func TestHostileLinesNeitherStopNorDistortTheCount(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		raw := func(data string) timeline.Fact {
			return timeline.Fact{Kind: mallevent.OrderPaid, PersonID: "per_a", OccurredAt: at("2026-05-05 00:00"), Data: json.RawMessage(data)}
		}
		long := strings.Repeat("你", 4000)
		w.tell(
			raw(`{"order_id":"1","amount_minor":100,"currency":"CNY","region":"a\u0000b","items":[{"sku":"x\u0000","name":"n","quantity":"1e400","amount_minor":50},{"sku":"x","quantity":2,"amount_minor":50}]}`),
			raw(`{"order_id":"2","amount_minor":100,"region":"`+long+`","items":[{"sku":"`+long+`","name":"`+long+`","quantity":"-0.5","amount_minor":1}]}`),
			raw(`{"order_id":"3","amount_minor":-5}`), raw(`{"order_id":"4","amount_minor":1e30}`), raw(`{"order_id":"5","amount_minor":9000000000000000000}`), raw(`[]`),
			raw(`{"order_id":"6","amount_minor":7,"items":null,"region":null}`))
		w.catchUp()
		o := w.overview("2026-05", "2026-05")
		if o.Orders != 3 || o.GMVMinor != 207 || len(o.Regions) != 2 || o.Regions[0].Region != "ab" || len([]rune(o.Regions[1].Region)) != maxKey {
			t.Fatalf("%+v", o)
		}
		if p := o.Products; len(p) != 2 || p[0] != (Product{"x", "n", 2, 100}) || p[1].Quantity != -0.5 || len([]rune(p[1].Name)) != maxName {
			t.Fatalf("%+v", o.Products)
		}
		var parked int
		w.must(d.Read(t.Context(), w.org, func(tx *db.Tx) error {
			return tx.QueryRow(t.Context(), "SELECT count(*) FROM timeline_parked WHERE org_id = ? AND subscriber = ?", w.org, SubscriberName).Scan(&parked)
		}))
		if parked != 4 {
			t.Fatalf("%d events are parked", parked)
		}
	})
}

func TestQuantityIsReadAsADecimal(t *testing.T) {
	for in, want := range map[string]int64{`"6"`: 6e6, `6`: 6e6, `"0.5"`: 5e5, `"-1.25"`: -125e4, `".1"`: 1e5, `"1.23456789"`: 1234567, `""`: 0, `null`: 0,
		`"1e400"`: 0, `"99999999999"`: 0, `"1000000000"`: 1e15, `"1000000001"`: 0, `"１"`: 0, `"1.2.3"`: 0, `true`: 0} {
		if got := quantity([]byte(in)); got != want {
			t.Errorf("%s is %d, want %d", in, got, want)
		}
	}
}
