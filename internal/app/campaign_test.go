package app

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"fishpond/internal/campaign"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool"
	"fishpond/internal/reach"
)

// A campaign goes from the segment through the gate to a mail server: each of
// those who are to get it once, nobody of the hold-out, and
// who cannot be written to holds up nobody else. What people buy afterwards
// stands in the report.
func TestCampaignFromSegmentToReport(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			m := newMails(t, nil)
			h := newHouseWith(t, e, m.config())
			h.Campaigns.SetBaseURL("https://pond.example")
			b := h.brand(t, "Ours")
			var account, segment struct{ ID string }
			account.ID = b.mailAccount(t, m)
			b.awake(t)
			b.must(t, 200, "PUT", "/campaign-settings", `{"approve_over":100,"holdout_bp":5000,"global_bp":0}`, nil)

			var people []string
			for i := range 20 {
				name := fmt.Sprintf("P%d", i)
				if i == 7 {
					name = ""
				}
				var p struct{ ID string }
				b.must(t, 201, "POST", "/persons", fmt.Sprintf(`{"name":%q,"identities":[{"kind":"email","value":"p%d@x.example"}]}`, name, i), &p)
				b.must(t, 201, "POST", "/persons/"+p.ID+"/consents", `{"purpose":"marketing","granted":true}`, nil)
				people = append(people, p.ID)
			}
			b.must(t, 201, "POST", "/segments", `{"name":"Everybody","text":"has identity email"}`, &segment)
			b.follow(t)

			var c campaign.Campaign
			b.must(t, 201, "POST", "/campaigns", `{"name":"Tea","segment_id":"`+segment.ID+`","purpose":"marketing","account_ids":["`+account.ID+`"],"subject":"Tea for {{ name }}","text":"Dear {{ name }}"}`, &c)
			var check campaign.Check
			b.must(t, 200, "POST", "/campaigns/"+c.ID+"/check", "", &check)
			if check.People != 20 || check.Tally.Go != 20 || check.Unwritten != 1 || check.Approval {
				t.Errorf("%+v", check)
			}
			b.must(t, 200, "POST", "/campaigns/"+c.ID+"/submit", fmt.Sprintf(`{"version":%d}`, c.Version), &c)
			if c.Status != campaign.Planned {
				t.Fatalf("%+v", c)
			}
			b.deliver(t, &c)
			if c.People != 20 || c.HeldOut < 9 || c.HeldOut > 11 || c.Progress.Held["holdout"] != c.HeldOut || c.Progress.Sent+c.Progress.Held["content"] != c.Treated || c.Progress.Held["content"] > 1 {
				t.Errorf("%+v %+v", c, c.Progress)
			}
			got := m.took()
			if int64(len(got)) != c.Progress.Sent {
				t.Errorf("%d got it, %d are told", len(got), c.Progress.Sent)
			}
			for to, n := range got {
				if n != 1 {
					t.Errorf("%s got it %d times", to, n)
				}
			}

			for i, id := range people {
				b.must(t, 200, "POST", "/events", fmt.Sprintf(`{"kind":"order.paid","person_id":%q,"idempotency_key":"o%d","data":{"order_id":"o%d","amount_minor":1000,"currency":"CNY","items":[]}}`, id, i, i), nil)
			}
			b.follow(t)
			var report campaign.Report
			b.must(t, 200, "GET", "/campaigns/"+c.ID+"/report", "", &report)
			if report.Treated != c.Treated || report.Holdout != c.HeldOut || len(report.Outcomes) != 4 {
				t.Fatalf("%+v", report)
			}
			out := campaignContents{h.Campaigns}.Render(t.Context(), b.id, reach.Plan{OriginID: c.ID}, []reach.Recipient{{PersonID: people[0], Addresses: []reach.Address{{Carrier: "email"}}, Data: []byte(`{"name":"P0"}`)}})
			link, found := strings.CutPrefix(strings.Trim(out[0].Headers["List-Unsubscribe"], "<>"), "https://pond.example")
			if !found {
				t.Fatalf("%+v", out[0])
			}
			answered := httptest.NewRecorder()
			h.Handler().ServeHTTP(answered, httptest.NewRequest("POST", link, strings.NewReader("List-Unsubscribe=One-Click")))
			var consents struct {
				Items []pool.Consent
			}
			b.must(t, 200, "GET", "/persons/"+people[0]+"/consents", "", &consents)
			if answered.Code != 200 || !slices.ContainsFunc(consents.Items, func(c pool.Consent) bool {
				return c.Purpose == "marketing" && !c.Granted && c.Source == "unsubscribe"
			}) {
				t.Errorf("unsubscribed: %d, %+v", answered.Code, consents)
			}
			if o := report.Outcomes[2]; int64(o.Treated.Total+o.Control.Total+0.5) != 20 || o.Verdict != "cannot_tell" {
				t.Errorf("%+v", o)
			}
		})
	}
}
