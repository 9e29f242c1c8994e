package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/campaign"
	"fishpond/internal/insight/drill"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/reach"
)

// The synthetic brand has two kept drills of different months, which can be
// compared; its figures add up.
func TestDemoHasTwoDrills(t *testing.T) {
	h := newHouse(t, db.SQLite)
	login, err := h.Demo(t.Context(), DemoOptions{Persons: 300, Seed: 5, Until: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), NoCampaigns: true})
	if err != nil {
		t.Fatal(err)
	}
	b := &brand{h: h, jar: newJar(t)}
	b.must(t, 200, "POST", "/auth/sign-in", `{"email":"`+login.Email+`","password":"`+login.Password+`"}`, nil)
	var runs struct{ Items []drill.Run }
	b.must(t, 200, "GET", "/insight/drills", "", &runs)
	if len(runs.Items) != 2 || runs.Items[0].Month != "2026-06" || runs.Items[1].Month != "2026-05" || !runs.Items[0].Kept {
		t.Fatalf("%+v", runs.Items)
	}
	var c drill.Comparison
	b.must(t, 200, "GET", "/insight/drills/compare?before="+runs.Items[1].ID+"&after="+runs.Items[0].ID, "", &c)
	if c.Moves.Secured == 0 || c.Moves.Exposed != 0 || c.Moves.CutOff != 0 {
		t.Errorf("people were led to a second platform: %+v", c.Moves)
	}
	var people struct {
		Total int64
		Items []drill.PersonAt
	}
	ask, _ := json.Marshal(drill.PeopleInput{RunID: c.After.ID, Figure: "secured", BeforeID: c.Before.ID})
	if b.must(t, 200, "POST", "/insight/drills/people", string(ask), &people); people.Total != c.Moves.Secured || len(people.Items[0].Ways) < 2 {
		t.Errorf("%d people are behind %d, the first with %+v", people.Total, c.Moves.Secured, people.Items)
	}
}

// A drill says of everybody what the gate says: over each account it reaches
// exactly those to whom a campaign's message would go now. Its plan becomes a
// segment of exactly its people and a draft that can be submitted as it is.
func TestDrillSaysWhatTheGateSays(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			h := newHouse(t, e)
			b := h.brand(t, "Ours")
			b.awake(t)
			var mail, sms, made struct{ ID string }
			b.must(t, 201, "POST", "/carriers/accounts", `{"kind":"email","name":"Mail","values":{"from":"shop@brand.example","server":"smtp.brand.example:465","user":"u","password":"p"}}`, &mail)
			b.must(t, 201, "POST", "/carriers/accounts", `{"kind":"sms","name":"Text","values":{"app_id":"1400006666","secret_id":"AKID","secret":"s","sign":"Shop"}}`, &sms)
			var people []string
			for i := range 12 {
				identities := fmt.Sprintf(`{"kind":"email","value":"p%d@x.example"}`, i)
				switch i % 3 {
				case 1:
					identities = fmt.Sprintf(`{"kind":"phone","value":"138001380%02d"}`, i)
				case 2:
					identities += fmt.Sprintf(`,{"kind":"phone","value":"138001380%02d"}`, i)
				}
				b.must(t, 201, "POST", "/persons", fmt.Sprintf(`{"name":"P%d","identities":[%s]}`, i, identities), &made)
				people = append(people, made.ID)
				if i < 9 {
					b.must(t, 201, "POST", "/persons/"+made.ID+"/consents", fmt.Sprintf(`{"purpose":"marketing","granted":%t}`, i != 4), nil)
				}
			}
			b.must(t, 204, "POST", "/reach/blocked", `{"person_id":"`+people[5]+`","reason":"asked"}`, nil)
			b.must(t, 200, "POST", "/persons/"+people[0]+"/merge", `{"other_id":"`+people[1]+`","reason":"the same"}`, nil)
			if err := h.DB.Write(t.Context(), b.id, func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), "INSERT INTO carrier_address (org_id, address, state, soft, status, reason, send_id, at) VALUES (?, 'p3@x.example', 'hard', 0, '5.1.1', 'nobody', '', 1), (?, 'p6@x.example', 'soft', 1, '4.2.2', 'full', '', 1)", b.id, b.id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			b.follow(t)
			for i := range people { // who was merged is one, and asked for once
				b.must(t, 200, "GET", "/persons/"+people[i], "", &made)
				people[i] = made.ID
			}
			slices.Sort(people)
			people = slices.Compact(people)
			var run drill.Run
			b.must(t, 202, "POST", "/insight/drills", `{}`, &run)
			if err := h.Drill.Do(t.Context(), b.id, run.ID); err != nil {
				t.Fatal(err)
			}
			var r drill.Report
			b.must(t, 200, "GET", "/insight/drills/"+run.ID, "", &r)

			accounts := campaignAccounts{h.Carrier, h.Pool}
			var addresses map[string][]campaign.Address
			if err := h.DB.Read(t.Context(), b.id, func(tx *db.Tx) error {
				all, err := accounts.Accounts(t.Context(), tx, b.id)
				if err == nil {
					addresses, err = accounts.Addresses(t.Context(), tx, b.id, all, people)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			reached := map[string]int64{}
			anyhow := map[string]bool{}
			for person, ways := range addresses {
				for _, way := range ways {
					tally, err := h.Reach.Preview(t.Context(), b.id, "marketing", h.now(), func(yield func(reach.Recipient) bool) {
						yield(reach.Recipient{PersonID: person, Addresses: []reach.Address{reach.Address(way)}})
					})
					if err != nil {
						t.Fatal(err)
					}
					if tally.Go == 1 {
						reached[way.AccountID]++
						anyhow[person] = true
					}
				}
			}
			for _, u := range r.Units {
				if u.Kind == drill.ByAccount && (u.Persons != reached[u.ID] || u.Direct != u.Persons) {
					t.Errorf("over %s the drill reaches %d, and the gate lets %d through", u.Name, u.Persons, reached[u.ID])
				}
			}
			if r.Run.Totals.Reachable != int64(len(anyhow)) || r.Run.Totals.Persons != 11 || len(anyhow) < 4 {
				t.Errorf("the drill reaches %d of %d, and the gate lets %d through", r.Run.Totals.Reachable, r.Run.Totals.Persons, len(anyhow))
			}

			// The plan: who has only an address is asked for a number, and the other way round.
			at := slices.IndexFunc(r.Steps, func(s drill.Step) bool { return s.ViaID == mail.ID && s.ToID == sms.ID })
			if at < 0 {
				t.Fatalf("%+v", r.Steps)
			}
			step := r.Steps[at]
			for range 2 {
				b.must(t, 200, "POST", "/insight/drills/"+run.ID+"/prepare", fmt.Sprintf(`{"steps":[%d]}`, step.N), &r)
			}
			if len(r.Prepared) != 1 {
				t.Fatalf("%+v", r.Prepared)
			}
			b.follow(t)
			var seg struct{ Size int64 }
			b.must(t, 200, "GET", "/segments/"+r.Prepared[0].SegmentID, "", &seg)
			var c struct {
				Status, Subject, Text string
				Version               int64
				AccountIDs            []string `json:"account_ids"`
				People                int64
			}
			b.must(t, 200, "GET", "/campaigns/"+r.Prepared[0].CampaignID, "", &c)
			if seg.Size != step.Persons || c.Status != "draft" || c.Subject == "" || !slices.Equal(c.AccountIDs, []string{mail.ID}) {
				t.Errorf("a segment of %d for %d people; the draft: %+v", seg.Size, step.Persons, c)
			}
			b.must(t, 200, "POST", "/campaigns/"+r.Prepared[0].CampaignID+"/submit", fmt.Sprintf(`{"version":%d}`, c.Version), &c)
			if c.People != step.Persons {
				t.Errorf("submitted, it goes to %d of %d people", c.People, step.Persons)
			}
			var all struct{ Items []struct{ Name string } }
			b.must(t, 200, "GET", "/campaigns", "", &all)
			if len(all.Items) != 1 {
				t.Errorf("%d drafts were made", len(all.Items))
			}

			// Over SMS the draft waits for a template, and for nothing else.
			if at = slices.IndexFunc(r.Steps, func(s drill.Step) bool { return s.ViaID == sms.ID && s.ToID == mail.ID }); at < 0 {
				t.Fatalf("%+v", r.Steps)
			}
			b.must(t, 200, "POST", "/insight/drills/"+run.ID+"/prepare", fmt.Sprintf(`{"steps":[%d]}`, r.Steps[at].N), &r)
			b.follow(t)
			i := slices.IndexFunc(r.Prepared, func(p drill.Prepared) bool { return p.N == r.Steps[at].N })
			if p := r.Prepared[i]; !strings.HasPrefix(p.TemplateText, "{1}，为了") || strings.Contains(p.TemplateText, "{{") {
				t.Errorf("to apply with: %q", p.TemplateText)
			}
			var text struct {
				Status  string
				Version int64
				SMS     *campaign.SMS
			}
			b.must(t, 200, "GET", "/campaigns/"+r.Prepared[i].CampaignID, "", &text)
			if text.Status != "draft" || text.SMS == nil || !slices.Equal(text.SMS.Parameters, []string{`{{ name | default "您好" }}`}) {
				t.Fatalf("the draft over SMS: %+v", text)
			}
			var refused struct{ Errors []struct{ Location string } }
			b.must(t, 422, "POST", "/campaigns/"+r.Prepared[i].CampaignID+"/submit", fmt.Sprintf(`{"version":%d}`, text.Version), &refused)
			if len(refused.Errors) != 1 || refused.Errors[0].Location != "body.sms.template_id" && refused.Errors[0].Location != "sms.template_id" {
				t.Errorf("submitted as it is: %+v", refused)
			}
		})
	}
}
