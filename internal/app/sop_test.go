package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/reach"
	"fishpond/internal/sop"
)

// A series goes through the gate to a mail server: by the hour, once, with what is
// the person's own; who does not agree to marketing is held back and goes on; who
// answers gets no more; and what an associate is to do is on today's list.
func TestSeriesFromFriendToMail(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			m := newMails(t, nil)
			h := newHouseWith(t, e, m.config())
			h.Campaigns.SetBaseURL("https://pond.example")
			b := h.brand(t, "Ours")
			var account struct{ ID string }
			account.ID = b.mailAccount(t, m)
			b.awake(t)

			var staff struct{ ID string }
			var me struct{ Staff struct{ ID string } }
			b.must(t, 200, "GET", "/auth/me", "", &me)
			staff.ID = me.Staff.ID
			var people []string
			for i := range 3 {
				var p struct{ ID string }
				b.must(t, 201, "POST", "/persons", fmt.Sprintf(`{"name":"P%d","identities":[{"kind":"email","value":"p%d@x.example"}]}`, i, i), &p)
				b.must(t, 200, "PATCH", "/persons/"+p.ID, `{"owner_staff_id":"`+staff.ID+`"}`, nil)
				if i < 2 {
					b.must(t, 201, "POST", "/persons/"+p.ID+"/consents", `{"purpose":"marketing","granted":true}`, nil)
				}
				people = append(people, p.ID)
			}

			// What is due now: an hour of this minute, in the brand's zone.
			zone, err := time.LoadLocation("Asia/Shanghai")
			if err != nil {
				t.Fatal(err)
			}
			since := clock.System().Add(-26 * time.Hour).In(zone)
			at := func(ago time.Duration) (day int, hour string) {
				due := clock.System().Add(-ago).In(zone)
				civil := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
				return int(civil(due).Sub(civil(since)) / (24 * time.Hour)), due.Format("15:04")
			}
			day1, hour1 := at(2 * time.Minute)
			day2, hour2 := at(time.Minute)
			spec := sop.Spec{Trigger: sop.Trigger{Kind: sop.ByHand}, AccountIDs: []string{account.ID}, Exits: sop.Exits{Replied: true}, Steps: []sop.Step{
				{ID: "hello", Day: day1, At: hour1, Kind: "message", Purpose: sop.Marketing, Subject: "For {{ name }}", Text: "Dear {{ name }}", UntilHours: 5},
				{ID: "call", Day: day2, At: hour2, Kind: "task", Text: "Call them"},
				{ID: "later", Day: day2 + 2, At: "10:00", Kind: "message", Purpose: sop.Care, Text: "Bye"}}}
			body, _ := json.Marshal(sop.Input{Name: "Seven days", Kind: sop.Person, Spec: spec})
			var v sop.SOP
			b.must(t, 201, "POST", "/sops", string(body), &v)
			b.must(t, 200, "POST", "/sops/"+v.ID+"/publish", `{"revision":1}`, nil)
			// By hand nothing that is past comes; these steps' time is past by a minute.
			enrol, _ := json.Marshal(map[string]any{"person_ids": people, "since": since})
			b.must(t, 200, "POST", "/sops/"+v.ID+"/enrolments", string(enrol), nil)
			testkit.Write(t, h.DB, b.id, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "UPDATE sop_enrolment SET start_at = 0, due_at = 0 WHERE org_id = ?", b.id)
				return err
			})
			if err := h.Runner.CatchUp(t.Context(), b.id); err != nil { // the gate knows who agreed
				t.Fatal(err)
			}
			beside(t, h.Reach.Run)
			if err := h.SOPs.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			var steps struct{ Items []sop.StepState }
			for deadline := time.Now().Add(20 * time.Second); ; {
				steps.Items = nil
				b.must(t, 200, "GET", "/sops/"+v.ID+"/steps", "", &steps)
				if steps.Items[0].Sent == 2 && steps.Items[0].Held["consent"] == 1 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("%+v", steps.Items[0])
				}
				time.Sleep(5 * time.Millisecond) // the outbox is at work in its own time
			}
			if steps.Items[1].Tasked != 3 || steps.Items[2].Here != 3 {
				t.Errorf("%+v", steps.Items)
			}
			got := m.took()
			if len(got) != 2 || got["p0@x.example"] != 1 || got["p1@x.example"] != 1 {
				t.Errorf("got %v", got)
			}
			var promised struct {
				Items []struct{ Text, Kind, Status string }
			}
			b.must(t, 200, "GET", "/today/promises?status=open", "", &promised)
			if len(promised.Items) != 3 || promised.Items[0].Text != "Call them" || promised.Items[0].Kind != "task" {
				t.Errorf("on the list: %+v", promised)
			}

			// The way out of a series' mail.
			out := sopContents{h.SOPs}.Render(t.Context(), b.id, reach.Plan{OriginID: v.ID}, []reach.Recipient{{PersonID: people[0], Addresses: []reach.Address{{Carrier: "email"}}, Data: []byte(`{"v":1,"s":"hello","w":{"name":"P0"}}`)}})
			link, found := strings.CutPrefix(strings.Trim(out[0].Headers["List-Unsubscribe"], "<>"), "https://pond.example")
			if !found || out[0].Subject != "For P0" || !strings.Contains(out[0].Text, "退订") {
				t.Fatalf("%+v", out[0])
			}
			answered := httptest.NewRecorder()
			h.Handler().ServeHTTP(answered, httptest.NewRequest("POST", link, strings.NewReader("List-Unsubscribe=One-Click")))
			// Who answers gets no more, and is taken off the list.
			b.must(t, 200, "POST", "/events", fmt.Sprintf(`{"kind":"message.received","person_id":%q,"idempotency_key":"m1","data":{"account_id":%q,"external_id":"p1@x.example","type":"text","text":"hi"}}`, people[1], account.ID), nil)
			if err := h.Runner.CatchUp(t.Context(), b.id); err != nil {
				t.Fatal(err)
			}
			v = sop.SOP{ID: v.ID}
			b.must(t, 200, "GET", "/sops/"+v.ID, "", &v)
			if answered.Code != 200 || v.Ended[sop.WhyConsent] != 1 || v.Ended[sop.WhyReplied] != 1 || v.Inside != 1 {
				t.Errorf("%d %+v", answered.Code, v)
			}
			promised.Items = nil
			b.must(t, 200, "GET", "/today/promises?status=open", "", &promised)
			if len(promised.Items) != 1 {
				t.Errorf("still on the list: %+v", promised)
			}
		})
	}
}
