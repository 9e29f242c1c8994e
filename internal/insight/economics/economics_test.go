package economics

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fishpond/internal/insight/figure"
	"fishpond/internal/insight/report"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// What cannot be told says why; nothing is NaN, infinite or a zero that nobody
// measured.
func TestBadInput(t *testing.T) {
	cost := func(source, minor int64, channel string) Cost {
		return Cost{Source: source, Channels: []string{channel}, Month: month(2026, 1), Minor: minor}
	}
	foreign := came("per_1", 1, 0, 1, 2)
	for i := range foreign.Orders {
		foreign.Orders[i].Foreign = true
	}
	back := came("per_1", 1, 0, 1)
	back.Orders = append(back.Orders, Order{At: at(3), RefundedMinor: 90_000, Back: true, Alone: true})
	gap := came("per_1", 1, -3650, -3650, 2)
	cases := []struct {
		name  string
		walks []Walk
		costs []Cost
		want  map[string]string // path → part of why; "": it is told
	}{
		{"nothing at all", nil, nil, map[string]string{"total.cac": "nobody came", "total.net": "nobody came", "total.roi": "no cost", "repurchase.rate": "no order in the pool",
			"repurchase.median_days": "no order in the pool", "sales.average_order": "no order in the pool", "interaction.rate": "no events"}},
		{"people without orders", []Walk{came("per_1", 1, 0)}, []Cost{cost(1, 500, "chn_1")}, map[string]string{"total.cac": "", "total.net": "no order in the pool", "total.roi": "no order in the pool",
			"total.bought": "no order in the pool", "total.value": "no order in the pool", "repurchase.rate": "no order in the pool"}},
		{"one order each", []Walk{came("per_1", 1, 0, 1), came("per_2", 1, 0, 9)}, nil, map[string]string{"repurchase.rate": "", "repurchase.median_days": "nobody has bought twice", "total.repurchase": ""}},
		{"all on one day", []Walk{came("per_1", 1, 0, 1), came("per_2", 1, 0, 1, 1)}, nil, map[string]string{"repurchase.rate": "one day", "repurchase.median_days": "one day", "total.repurchase": "one day",
			"sales.average_order": ""}},
		{"negative totals", []Walk{back}, []Cost{cost(1, 500, "chn_1")}, map[string]string{"total.net": "", "total.value": "customer value cannot be told", "total.roi": "no gross margin"}},
		{"a currency mix", []Walk{foreign}, []Cost{cost(1, 500, "chn_1")}, map[string]string{"total.net": "other currencies", "total.value": "other currencies", "total.roi": "other currencies",
			"sales.average_order": "other currencies", "repurchase.rate": ""}},
		{"costs without people", []Walk{came("per_1", 2, 0, 1)}, []Cost{cost(0, 500, "chn_1")}, map[string]string{"chn_1.cac": "nobody came this way", "chn_1.roi": "nobody came this way",
			"chn_2.cac": "no cost has been recorded", "total.cac": ""}},
		{"people without costs", []Walk{came("per_1", 1, 0, 1)}, nil, map[string]string{"total.cac": "no cost has been recorded", "total.roi": "no cost has been recorded", "total.value_to_cac": "no cost has been recorded"}},
		{"a cost of nothing", []Walk{came("per_1", 1, 0, 1)}, []Cost{cost(1, 0, "chn_1")}, map[string]string{"total.cac": "", "total.roi": "recorded cost is 0", "total.value_to_cac": "customer value"}},
		{"nobody arrived", []Walk{came("per_1", 0, 0, 1, 5)}, []Cost{cost(0, 700, "chn_1")}, map[string]string{"total.cac": "", ".cac": "no cost has been recorded", "chn_1.cac": "nobody came this way"}},
		{"ten years of gaps", []Walk{gap}, nil, map[string]string{"repurchase.rate": "", "repurchase.median_days": ""}},
	}
	onEngines(t, func(t *testing.T, d *db.DB) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				w := newWorld(t, d)
				w.walks, w.ledger.Costs = c.walks, c.costs
				text := w.api.Want(t, "org_a owner stf_1", 200, "GET", "/insight/economics?from=2026-01&to=2026-06", "", nil)
				_, curves := w.api.Do("org_a owner stf_1", "GET", "/insight/economics/curves?from=2026-01&to=2026-06", "")
				_, whatIf := w.api.Do("org_a owner stf_1", "POST", "/insight/economics/what-if", `{"from":"2026-01","to":"2026-06","cost_percent":20,"repurchase_points":5}`)
				for _, body := range []string{text, curves, whatIf} {
					if strings.Contains(body, "NaN") || strings.Contains(body, "Inf") || !json.Valid([]byte(body)) {
						t.Error(body)
					}
				}
				e, err := w.svc.Economics(english(), org, byChannel, "2026-01", "2026-06")
				testkit.Must(t, err)
				told := reasons(t, e)
				for path, want := range c.want {
					why, there := told[path]
					if !there || (want == "") != (why == "") || !strings.Contains(why, want) {
						t.Errorf("%s: %q, not %q (%v)", path, why, want, there)
					}
				}
			})
		}
	})
}

// reasons lists why each figure of an answer is not told, by its path; rows by
// their keys.
func reasons(t *testing.T, e Economics) map[string]string {
	t.Helper()
	out := map[string]string{}
	add := func(prefix string, v any) {
		var m map[string]any
		raw, err := json.Marshal(v)
		testkit.Must(t, err)
		testkit.Must(t, json.Unmarshal(raw, &m))
		for k, f := range m {
			if o, ok := f.(map[string]any); ok {
				if why, ok := o["why"].(string); ok {
					known := o["minor"] != nil || o["value"] != nil || o["count"] != nil
					if known == (why != "") {
						t.Errorf("%s.%s: %v", prefix, k, o)
					}
					out[prefix+"."+k] = why
				}
			}
		}
	}
	add("total", e.Total)
	add("repurchase", e.Repurchase)
	add("sales", e.Sales)
	add("interaction", e.Active)
	for _, r := range e.Rows {
		add(r.Key, r.RowFigures)
	}
	return out
}

func TestFormulas(t *testing.T) {
	g := Growth{Persons: 1000, Cost: 20_000, Bought: .3, Repurchase: .4, Further: 2.5, Order: 80, Ahead: 48_000, Margin: .5}
	if g.Orders() != 600 || g.Sales() != 48_000 || CAC(g.Cost, g.Persons) != 20 || ROI(g.Sales(), g.Margin, g.Cost) != .2 || Value(g.Sales(), g.Ahead, g.Persons) != 96 {
		t.Fatalf("%v %v", g.Orders(), g.Sales())
	}
	dearer := g.Apply(Change{CostPercent: 20})
	if math.Abs(dearer.Cost-24_000) > 1e-9 || dearer.Sales() != g.Sales() || dearer.Ahead != g.Ahead || math.Abs(ROI(dearer.Sales(), dearer.Margin, dearer.Cost)) > 1e-12 {
		t.Errorf("costs up a fifth: %+v", dearer)
	}
	// 1000 × 30 % × (1 + 45 % × 2.5) × 80 = 51,000
	if more := g.Apply(Change{RepurchasePoints: 5}); math.Abs(more.Sales()-51_000) > 1e-6 || math.Abs(more.Ahead-51_000) > 1e-6 {
		t.Errorf("five points more come back: %v", more.Sales())
	}
	counts := map[int64]int64{1: 1, 5: 2, 30: 1}
	if Quantile(counts, 4, .25) != 1 || Quantile(counts, 4, .5) != 5 || Quantile(counts, 4, .75) != 5 || Quantile(counts, 4, .76) != 30 {
		t.Error("quantiles are not the inverse of the distribution")
	}
}

// Nothing turned changes nothing; shares stay shares; whatever is turned up that
// brings money never brings less.
func TestWhatIfKeepsItsWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(0, 1)
		g := Growth{Persons: float64(rapid.IntRange(1, 1_000_000).Draw(t, "persons")), Cost: rapid.Float64Range(0, 1e9).Draw(t, "cost"), Bought: share.Draw(t, "bought"), Repurchase: share.Draw(t, "again"),
			Further: rapid.Float64Range(1, 50).Draw(t, "further"), Order: rapid.Float64Range(0, 1e7).Draw(t, "order"), Ahead: rapid.Float64Range(0, 1e12).Draw(t, "ahead"), Margin: share.Draw(t, "margin")}
		if got := g.Apply(Change{}); got != g && math.Abs(got.Ahead-g.Ahead) > 1e-6*g.Ahead {
			t.Fatalf("nothing was turned: %+v became %+v", g, got)
		}
		up := rapid.Float64Range(0, 100)
		c := Change{BoughtPoints: up.Draw(t, "b"), RepurchasePoints: up.Draw(t, "r"), OrderPercent: up.Draw(t, "o"), MarginPoints: up.Draw(t, "m"), CostPercent: rapid.Float64Range(-100, 1000).Draw(t, "c")}
		x := g.Apply(c)
		if x.Bought < g.Bought || x.Bought > 1 || x.Repurchase < g.Repurchase || x.Repurchase > 1 || x.Margin > 1 || x.Sales() < g.Sales()*(1-1e-12) || x.Cost < 0 {
			t.Fatalf("%+v with %+v: %+v", g, c, x)
		}
		for _, v := range []float64{x.Sales(), x.Ahead, Value(x.Sales(), x.Ahead, x.Persons), CAC(x.Cost, x.Persons)} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%v of %+v", v, x)
			}
		}
	})
}

// The what-if's left side is what happened: the split of sales loses nothing.
func TestWhatIfBeginsWithWhatHappened(t *testing.T) {
	onEngines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.walks = []Walk{came("per_1", 1, 0, 1, 5, 9), came("per_2", 1, 3, 10), came("per_3", 1, 4), came("per_4", 2, 4, 40, 41)}
		w.ledger.Costs = []Cost{{Source: 1, Channels: []string{"chn_1"}, Month: month(2026, 1), Minor: 9_000}, {Source: 2, Channels: []string{"chn_2"}, Month: month(2026, 1), Minor: 1_000}}
		w.api.Want(t, "org_a finance stf_1", 200, "PUT", "/insight/economics/settings", `{"margin_bp":5000}`, nil)
		ask := func(body string) (out WhatIf) {
			w.api.Want(t, "org_a owner stf_1", 200, "POST", "/insight/economics/what-if", `{"from":"2026-01","to":"2026-03"`+body+`}`, &out)
			return out
		}
		x := ask(`,"cost_percent":20,"repurchase_points":5`)
		e, err := w.svc.Economics(context.Background(), org, byChannel, "2026-01", "2026-03")
		testkit.Must(t, err)
		if *x.Before.Sales.Minor != 60_000 || *x.Before.Sales.Minor != *e.Total.Net.Minor || *x.Before.ROI.Value != *e.Total.ROI.Value || *x.Before.ROI.Value != 2 || *x.Before.CAC.Minor != 2_500 {
			t.Errorf("before: %+v", x.Before)
		}
		// 3 of 4 buy, 2 of 3 again, (3−1 + 2−1) / 2 = 1.5 more each; 4 × ¾ × (1 + 0.71667 × 1.5) × 100 = 622.50
		if *x.After.Sales.Minor != 62_250 || x.After.CostMinor != 12_000 || *x.After.CAC.Minor != 3_000 || math.Abs(*x.After.ROI.Value-(31_125.0-12_000)/12_000) > 1e-9 || *x.After.Profit.Minor != 19_125 {
			t.Errorf("after: sales %d, %+v", *x.After.Sales.Minor, x.After)
		}
		if x = ask(`,"key":"chn_2","order_percent":-50`); *x.Before.Sales.Minor != 20_000 || *x.After.Sales.Minor != 10_000 || len(x.Formulas) != len(formulas) {
			t.Errorf("one channel: %+v", x)
		}
		w.api.Want(t, "org_a owner stf_1", 404, "POST", "/insight/economics/what-if", `{"from":"2026-01","to":"2026-03","key":"chn_9"}`, nil)
		w.api.Want(t, "org_a owner stf_1", 422, "POST", "/insight/economics/what-if", `{"cost_percent":5000}`, nil)
	})
}

func TestMarginIsAskedForAndAudited(t *testing.T) {
	onEngines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var s EconomicsSettings
		w.api.Want(t, "org_a viewer stf_2", 200, "GET", "/insight/economics/settings", "", &s)
		if s.MarginBP != nil {
			t.Fatalf("%+v", s)
		}
		w.api.Want(t, "org_a viewer stf_2", 403, "PUT", "/insight/economics/settings", `{"margin_bp":4500}`, nil)
		for _, bad := range []string{"0", "10001", "-1", `"x"`} {
			w.api.Want(t, "org_a finance stf_2", 422, "PUT", "/insight/economics/settings", `{"margin_bp":`+bad+`}`, nil)
		}
		w.api.Want(t, "org_a finance stf_2", 200, "PUT", "/insight/economics/settings", `{"margin_bp":4500}`, &s)
		if s.MarginBP == nil || *s.MarginBP != 4500 || s.UpdatedBy != "stf_2" {
			t.Fatalf("%+v", s)
		}
		var other EconomicsSettings
		w.api.Want(t, "org_b owner stf_9", 200, "GET", "/insight/economics/settings", "", &other)
		if other.MarginBP != nil {
			t.Errorf("another org has it: %+v", other)
		}
		s = EconomicsSettings{}
		w.api.Want(t, "org_a owner stf_1", 200, "PUT", "/insight/economics/settings", `{"margin_bp":null}`, &s)
		w.api.Want(t, "org_a owner stf_1", 200, "PUT", "/insight/economics/settings", `{"margin_bp":null}`, nil)
		if log := fmt.Sprint(w.audits); s.MarginBP != nil || strings.Count(log, "economics.margin_set") != 2 {
			t.Errorf("%+v %s", s, log)
		}
	})
}

// A cube is drawn once for all who ask, and again when anything has changed.
func TestCubeIsKept(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	w.walks = []Walk{came("per_1", 1, 0, 1)}
	ask := func(want int64) {
		t.Helper()
		e, err := w.svc.Economics(context.Background(), org, byMonth, "", "")
		testkit.Must(t, err)
		if e.Total.Persons != want {
			t.Errorf("%d people, not %d", e.Total.Persons, want)
		}
	}
	ask(1)
	ask(1)
	if w.drawn != 1 {
		t.Errorf("drawn %d times", w.drawn)
	}
	w.walks, w.revision = append(w.walks, came("per_2", 2, 5)), 1
	ask(2)
	if w.drawn != 2 {
		t.Errorf("drawn %d times", w.drawn)
	}
}

func TestPeopleBehind(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	w.walks = []Walk{came("per_1", 1, 0, 1, 5), came("per_2", 1, 3, 60), came("per_3", 2, 4), came("per_4", 0, 0, 2)}
	for body, want := range map[string]string{
		`{"figure":"persons"}`:                                            "per_4 per_3 per_2 per_1",
		`{"figure":"persons","key":"chn_1"}`:                              "per_2 per_1",
		`{"figure":"persons","key":""}`:                                   "per_4",
		`{"figure":"arrived"}`:                                            "per_3 per_2 per_1",
		`{"figure":"again"}`:                                              "per_1",
		`{"figure":"not_again"}`:                                          "per_4 per_2",
		`{"figure":"not_bought"}`:                                         "per_3",
		`{"figure":"converted","days":7}`:                                 "per_1",
		`{"figure":"not_converted","days":30,"by":"staff","key":"stf_1"}`: "per_2",
		`{"figure":"cohort","offset":2}`:                                  "per_2",
		`{"figure":"repurchase_buyers"}`:                                  "per_4 per_2 per_1",
		`{"figure":"repurchase_again"}`:                                   "per_1",
	} {
		var page struct {
			Items []struct{ ID string }
			Total int64
		}
		w.api.Want(t, "org_a viewer stf_1", 200, "POST", "/insight/economics/people", strings.Replace(body, "{", `{"from":"2026-01","to":"2026-06",`, 1), &page)
		var got []string
		for _, p := range page.Items {
			got = append(got, p.ID)
		}
		if strings.Join(got, " ") != want || page.Total != int64(len(got)) {
			t.Errorf("%s: %v, not %s", body, got, want)
		}
	}
	w.api.Want(t, "org_a owner stf_1", 422, "POST", "/insight/economics/people", `{"figure":"converted"}`, nil)
	w.api.Want(t, "org_a owner stf_1", 422, "POST", "/insight/economics/people", `{"figure":"moon"}`, nil)
	w.api.Want(t, "org_a viewer stf_1", 403, "POST", "/insight/economics/people/segment", `{"figure":"persons","name":"x"}`, nil)
	w.api.Want(t, "org_a owner stf_1", 409, "POST", "/insight/economics/people/segment", `{"from":"2026-05","to":"2026-06","figure":"persons","name":"x"}`, nil)
	w.api.Want(t, "org_a owner stf_1", 201, "POST", "/insight/economics/people/segment", `{"from":"2026-01","to":"2026-06","figure":"again","name":"Came back"}`, nil)
	if fmt.Sprint(w.segments) != "map[Came back:[1]]" {
		t.Error(w.segments)
	}
}

func TestFiguresAndTables(t *testing.T) {
	if err := figure.Check(Figures); err != nil {
		t.Error(err)
	}
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	w.walks = []Walk{came("per_1", 1, 0, 1, 5), came("per_2", 2, 3)}
	for _, by := range ways {
		tables, err := w.svc.ReportPages()[0].Tables(context.Background(), org, url.Values{"by": {by}})
		testkit.Must(t, err)
		for _, format := range []string{"csv", "xlsx"} {
			var out bytes.Buffer
			testkit.Must(t, report.Write(&out, format, []figure.Part{{Figures: Figures}}, tables, i18n.EN))
			if format == "csv" && strings.Contains(out.String(), "NaN") {
				t.Error(out.String())
			}
		}
	}
	if _, err := w.svc.ReportPages()[0].Tables(context.Background(), org, url.Values{"by": {"moon"}}); err == nil {
		t.Error("broken down by the moon")
	}
}
