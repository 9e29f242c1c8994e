package insight

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"fishpond/internal/insight/figure"
	"fishpond/internal/insight/report"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// Each page's tables say what its answer says, with and without data.
func TestReportPages(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.tell(order("per_a", at("2026-05-01 00:00"), mallevent.Order{OrderID: "1", AmountMinor: 1001, Currency: "CNY", Region: "=浙江",
			Items: []mallevent.Item{{SKU: "A", Name: "鱼食", Quantity: "1.5", AmountMinor: 1001}}}),
			order("per_a", at("2026-06-02 00:00"), mallevent.Order{OrderID: "2", AmountMinor: 1000, Currency: "CNY"}),
			order("per_b", at("2026-05-03 00:00"), mallevent.Order{OrderID: "3", AmountMinor: 5, Currency: "CNY"}))
		w.catchUp()
		parts := []figure.Part{{Figures: Figures}}
		of := func(org, page, query string) string {
			t.Helper()
			q, err := url.ParseQuery(query)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range w.svc.ReportPages() {
				if p.Key != page {
					continue
				}
				tables, err := p.Tables(i18n.With(t.Context(), i18n.EN), org, q)
				if err != nil {
					return err.Error()
				}
				var out bytes.Buffer
				if err := report.Write(&out, "xlsx", parts, tables, i18n.ZH); err != nil {
					t.Fatal(err)
				}
				out.Reset()
				if err := report.Write(&out, "csv", parts, tables, i18n.EN); err != nil {
					t.Fatal(err)
				}
				return out.String()
			}
			t.Fatal(page)
			return ""
		}
		for _, c := range []struct{ page, query, contains string }{
			{"overview", "from=2026-05&to=2026-05", "\r\n2026-05 – 2026-05,2,2,2,2,10.06,0,0.00,5.03,0\r\n"},
			{"overview", "from=2026-05&to=2026-05", "\r\n'=浙江,1,1,10.01\r\n"},
			{"overview", "from=2026-05&to=2026-05", "\r\nA,鱼食,1.5,10.01\r\n"},
			{"overview", "from=2026-13", "query.from"},
			{"cohorts", "from=2026-05&to=2026-05", "\r\n2026-05,2,1,1,0.5,10.00\r\n"},
			{"retention", "", "\r\n2026-05-01,2,1,1,0.5,no\r\n"},
			{"funnel", `q={"within_hours":1000,"steps":[{"name":"buy","any":["order.paid"]},{"any":["order.refunded"]}]}`, "\r\n2 · order.refunded,0,2,0,0,,,,\r\n"},
			{"funnel", "", "Period: 2026-03-05 to 2026-06-02"},
			{"funnel", `q={"within_hours":`, "The question is wrong"},
			{"funnel", `q={"within_hours":1,"steps":[],"moon":1}`, "moon"},
			{"paths", `q={"within_hours":1000,"start":{"any":["order.paid"]}}`, "\r\nStart,0,2,,2,0\r\n"},
			{"paths", `q={"within_hours":1000,"depth":99,"start":{"any":["order.paid"]}}`, "q.depth"},
		} {
			if got := of("org_a", c.page, c.query); !strings.Contains(got, c.contains) {
				t.Errorf("%s %s\n%s\nlacks %q", c.page, c.query, got, c.contains)
			}
		}
		for _, p := range w.svc.ReportPages() {
			if got := of("org_b", p.Key, ""); strings.Contains(got, "10.01") || strings.Contains(got, "NaN") {
				t.Errorf("another org's %s: %s", p.Key, got)
			}
		}
	})
}
