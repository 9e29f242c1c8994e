package app

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/campaign"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// visitor is a browser on a brand's page.
type visitor struct {
	b              *brand
	account, token string
}

func (v *visitor) call(t *testing.T, method, path, body string, out any) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, "/w/"+v.account+"/"+path, strings.NewReader(body))
	req.Header.Set("Origin", "https://shop.example")
	req.Header.Set("X-Fishpond-Visitor", v.token)
	rec := httptest.NewRecorder()
	v.b.h.Handler().ServeHTTP(rec, req)
	if rec.Code/100 != 2 {
		t.Fatal(path, rec.Code, rec.Body)
	}
	if out != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), out); err != nil {
			t.Fatal(err)
		}
	}
}

// Over an official account a campaign reaches who has written within 48 hours,
// and no others: the platform takes nothing else. In the chat on web pages it
// waits for whoever has talked there, until they come back.
func TestCampaignOverOfficialAccountAndChat(t *testing.T) {
	const app, token, key = "wx1234567890abcdef", "tok", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			s := newSea(t)
			h := newHouseWith(t, e, ServeConfig{Platforms: []string{s.URL}})
			b := h.brand(t, "Ours")
			b.awake(t)
			h.Campaigns.SetBaseURL("https://pond.example")
			beside(t, h.Carrier.Run)
			var official, chat, segment struct{ ID string }
			s.control(t, "POST", "/accounts", `{"appid":"`+app+`","name":"Shop","secret":"s3cret"}`, nil)
			b.must(t, 201, "POST", "/carriers/accounts", `{"kind":"official_account","name":"Shop","values":{"app_id":"`+app+`","secret":"s3cret","callback_token":"`+token+`","callback_key":"`+key+`","base_url":"`+s.URL+`"}}`, &official)
			s.control(t, "PUT", "/accounts/"+app+"/callback", `{"url":"`+h.server.URL+"/callbacks/"+official.ID+`","token":"`+token+`","key":"`+key+`"}`, nil)
			b.must(t, 201, "POST", "/carriers/accounts", `{"kind":"web","name":"Chat","values":{"site":"https://shop.example"}}`, &chat)

			ann, ben := s.person(t, "Ann"), s.person(t, "Ben")
			for _, who := range []string{ann, ben} {
				s.control(t, "POST", "/accounts/"+app+"/follow", `{"customer":"`+who+`"}`, nil)
			}
			s.control(t, "POST", "/accounts/"+app+"/say", `{"customer":"`+ann+`","text":"Is it in stock?"}`, nil)
			s.control(t, "POST", "/callbacks/drain", `{}`, nil)
			v := &visitor{b: b, account: chat.ID}
			var session struct{ Token string }
			v.call(t, "POST", "session", `{}`, &session)
			v.token = session.Token
			v.call(t, "POST", "messages", `{"key":"aaaaaaaa1","text":"Hello"}`, nil)
			var people struct{ Items []struct{ ID string } }
			for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) { // callbacks are worked off in their own time
				b.follow(t)
				people.Items = nil
				var line struct{ Items []struct{ Kind string } }
				b.must(t, 200, "GET", "/persons", "", &people)
				heard := 0
				for _, p := range people.Items {
					line.Items = nil
					b.must(t, 200, "GET", "/persons/"+p.ID+"/timeline?kind=message.received", "", &line)
					heard += len(line.Items)
				}
				if len(people.Items) == 3 && heard == 2 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("%+v, %d messages", people, heard)
				}
			}
			// Following opens the account for a minute, which is over for Ben.
			if err := h.DB.Write(t.Context(), b.id, func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), "UPDATE carrier_contact SET acted_at = acted_at - 61000000 WHERE org_id = ? AND acted_at > 0", b.id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			for _, p := range people.Items {
				b.must(t, 201, "POST", "/persons/"+p.ID+"/consents", `{"purpose":"marketing","granted":true}`, nil)
			}
			b.must(t, 201, "POST", "/segments", `{"name":"Everybody","text":"everyone"}`, &segment)
			b.follow(t)

			var c campaign.Campaign
			b.must(t, 201, "POST", "/campaigns", `{"name":"Tea","segment_id":"`+segment.ID+`","purpose":"marketing","account_ids":["`+official.ID+`","`+chat.ID+`"],"text":"New tea, {{ name | default \"friend\" }}","holdout_bp":0}`, &c)
			b.must(t, 200, "PUT", "/campaign-settings", `{"approve_over":100,"holdout_bp":0,"global_bp":0}`, nil)
			var check campaign.Check
			b.must(t, 200, "POST", "/campaigns/"+c.ID+"/check", "", &check)
			if check.People != 3 || check.Tally.Go != 2 || check.Tally.Held["window"] != 1 || check.Nobody != 0 || check.Routes[0].People != 2 || check.Routes[1].People != 1 {
				t.Errorf("%+v", check)
			}
			b.must(t, 200, "POST", "/campaigns/"+c.ID+"/submit", `{"version":1}`, nil)
			b.deliver(t, &c)
			if c.Progress.Sent != 2 || c.Progress.Held["window"] != 1 {
				t.Errorf("%+v", c.Progress)
			}
			said := func(who string) (out []string) {
				t.Helper()
				var view struct {
					Accounts []struct{ Lines []struct{ From, Text string } }
				}
				s.control(t, "GET", "/customers/"+who, "", &view)
				for _, l := range view.Accounts[0].Lines {
					if l.From == "account" {
						out = append(out, l.Text)
					}
				}
				return out
			}
			if got := said(ann); len(got) != 1 || !strings.HasPrefix(got[0], "New tea, friend\n\n退订 Unsubscribe: https://pond.example/u/") {
				t.Errorf("Ann read %q", got)
			}
			if got := said(ben); len(got) != 0 {
				t.Errorf("Ben read %q", got)
			}
			var talk struct {
				Items []struct {
					From  string
					Parts []struct{ Text string }
				}
			}
			v.call(t, "GET", "messages?after=0", "", &talk) // when the page is opened again
			if len(talk.Items) != 2 || talk.Items[1].From != "staff" || !strings.HasPrefix(talk.Items[1].Parts[0].Text, "New tea, ") {
				t.Errorf("the visitor read %+v", talk)
			}
			v.call(t, "POST", "seen", `{"seq":2}`, nil)
			for deadline := time.Now().Add(20 * time.Second); c.Progress.Read != 1; time.Sleep(5 * time.Millisecond) {
				b.follow(t)
				b.must(t, 200, "GET", "/campaigns/"+c.ID, "", &c)
				if time.Now().After(deadline) {
					t.Fatalf("that the visitor has seen it is not known: %+v", c.Progress)
				}
			}
			// What is too long for one carrier is said before it is sent.
			b.must(t, 201, "POST", "/campaigns", `{"name":"Long","segment_id":"`+segment.ID+`","purpose":"service","account_ids":["`+official.ID+`"],"text":"`+strings.Repeat("茶", 683)+`"}`, &c)
			b.must(t, 200, "POST", "/campaigns/"+c.ID+"/check", "", &check)
			if check.Unwritten != 2 || !strings.Contains(check.Problem, "2048") {
				t.Errorf("%+v", check)
			}
			var choices struct{ Accounts []struct{ Carrier string } }
			b.must(t, 200, "GET", "/campaign-choices", "", &choices)
			if len(choices.Accounts) != 2 || !slices.ContainsFunc(choices.Accounts, func(a struct{ Carrier string }) bool { return a.Carrier == "web" }) {
				t.Errorf("%+v", choices)
			}
		})
	}
}

// deliver plans a campaign, as its job does, and waits until it is through.
func (b *brand) deliver(t *testing.T, c *campaign.Campaign) {
	t.Helper()
	if err := b.h.Campaigns.Plan(t.Context(), b.id, c.ID); err != nil {
		t.Fatal(err)
	}
	beside(t, b.h.Reach.Run)
	for deadline := time.Now().Add(20 * time.Second); c.Status != campaign.Done; time.Sleep(5 * time.Millisecond) { // the outbox is at work in its own time
		if err := b.h.Campaigns.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		if b.must(t, 200, "GET", "/campaigns/"+c.ID, "", c); time.Now().After(deadline) {
			t.Fatalf("%+v %+v", c, c.Progress)
		}
	}
}
