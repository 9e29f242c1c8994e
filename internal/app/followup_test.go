package app

import (
	"fmt"
	"testing"
	"time"

	"fishpond/internal/platform/testkit"
)

// What a rule can be counted from is answered by segments, lifecycle and the
// log as they are: of two customers, the one whose day it is.
func TestRulesOfTodayFindWhoseDayItIs(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			h := newHouse(t, e)
			b := h.brand(t, "Ours")
			b.must(t, 201, "POST", "/traits", `{"key":"wedding","label":"Wedding","type":"date"}`, nil)
			now := time.Now().UTC()
			day := func(years, days int) string { return now.AddDate(years, 0, days).Format(time.DateOnly) }
			person := func(phone, birthday, wedding string, ordered int) string {
				var p struct{ ID string }
				b.must(t, 201, "POST", "/persons", `{"name":"P `+phone+`","identities":[{"kind":"phone","value":"`+phone+`"}],"traits":{"wedding":"`+wedding+`"}}`, &p)
				b.must(t, 200, "PATCH", "/persons/"+p.ID, `{"birthday":"`+birthday+`"}`, nil)
				for _, kind := range []string{"order.paid", "page.viewed"} {
					data := `{"title":"Tea"}`
					if kind == "order.paid" {
						data = `{"order_id":"o` + phone + `","amount_minor":500,"currency":"CNY"}`
					}
					b.must(t, 200, "POST", "/events", fmt.Sprintf(`{"kind":%q,"person_id":%q,"source":"test","occurred_at":%q,"data":%s}`, kind, p.ID, now.AddDate(0, 0, -ordered).Format(time.RFC3339), data), nil)
				}
				return p.ID
			}
			due := person("13800138061", day(-30, 2), day(-5, 2), 7)
			person("13800138062", day(-30, 40), day(-5, 40), 40)
			if err := h.settle(t.Context(), b.id); err != nil {
				t.Fatal(err)
			}
			var seg struct{ ID string }
			b.must(t, 201, "POST", "/segments", `{"name":"Bought lately","text":"did order.paid in 20d"}`, &seg)
			if err := h.Live.CatchUp(t.Context(), b.id); err != nil {
				t.Fatal(err)
			}
			if err := h.Runner.CatchUp(t.Context(), b.id); err != nil {
				t.Fatal(err)
			}
			for name, rule := range map[string]string{
				"first order":  `"text":"orders = 1","anchor":"first_order","offset_days":6,"window_days":2`,
				"last order":   `"anchor":"last_order","offset_days":6,"window_days":2`,
				"first event":  `"anchor":"first_event","anchor_name":"page.viewed","offset_days":6,"window_days":2`,
				"last event":   `"anchor":"last_event","anchor_name":"page.viewed","offset_days":6,"window_days":2`,
				"birthday":     `"anchor":"birthday","offset_days":-3,"window_days":2`,
				"anniversary":  `"anchor":"anniversary","anchor_name":"wedding","offset_days":-3,"window_days":2`,
				"date":         fmt.Sprintf(`"anchor":"date","anchor_name":"wedding","offset_days":%d,"window_days":2`, int(now.Sub(now.AddDate(-5, 0, 2)).Hours()/24)-1),
				"entered":      `"segment_id":"` + seg.ID + `","anchor":"entered","offset_days":0,"window_days":1`,
				"saved always": `"segment_id":"` + seg.ID + `","anchor":"always","offset_days":0,"window_days":0`,
				"condition":    `"text":"segment:\"Bought lately\"","anchor":"always","offset_days":0,"window_days":0`,
			} {
				var p struct {
					People int
					Sample []struct {
						PersonID string `json:"person_id"`
						Reason   string
					}
				}
				b.must(t, 200, "POST", "/today/rules/preview", `{`+rule+`,"carry_days":0,"rest_days":0,"decline_days":0,"weight":1,"enabled":true}`, &p)
				if p.People != 1 || len(p.Sample) != 1 || p.Sample[0].PersonID != due {
					t.Errorf("%s: %+v, want %s", name, p, due)
				}
			}
		})
	}
}
