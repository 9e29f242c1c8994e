package reach

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/reach/gate"
	"fishpond/internal/timeline"
)

// tell puts facts on the timeline and has the module follow them.
func (w *world) tell(facts ...timeline.Fact) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		_, err := w.log.Append(w.ctx(), tx, org, facts...)
		return err
	})
	r := timeline.NewRunner(w.d, w.log, w, w.s.logger, w.clock.Now, w.s.Subscribers()...)
	if err := r.CatchUp(w.ctx(), org); err != nil {
		w.t.Fatal(err)
	}
	if parked, err := r.Parked(w.ctx(), org, SubscriberName, "", 10); err == nil && len(parked) > 0 {
		w.t.Fatalf("parked: %+v", parked)
	}
}

func consent(person string, granted bool, at time.Time) timeline.Fact {
	kind := poolevent.ConsentGranted
	if !granted {
		kind = poolevent.ConsentWithdrawn
	}
	return timeline.Fact{Kind: kind, PersonID: person, OccurredAt: at, Data: poolevent.Consent{Purpose: gate.Marketing}}
}

func merged(kind, winner, loser string, members ...string) timeline.Fact {
	return timeline.Fact{Kind: kind, PersonID: winner, Data: poolevent.Merge{WinnerID: winner, LoserID: loser, Members: members}}
}

// The last word on a purpose counts, in whatever order it was told, and one
// that comes after the plan was made too.
func TestConsentIsFollowed(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.OptIn = []string{gate.Marketing} })
		now := w.clock.Now()
		w.tell(consent("per_1", true, now), consent("per_2", false, now), consent("per_2", true, now.Add(-time.Hour)), consent("per_3", true, now), consent("per_4", true, now))
		w.plan("pln_1", func(p *Plan) { p.StartAt = now.Add(time.Minute) }, mailTo("per_1", "per_2", "per_3", "per_4", "per_5")...)
		w.send()
		w.tell(consent("per_3", false, now.Add(time.Second)), timeline.Fact{Kind: carrierevent.EmailComplained, PersonID: "per_4", OccurredAt: now.Add(time.Second), Data: carrierevent.Bounce{}})
		w.clock.Advance(time.Minute)
		w.send()
		want := map[string]string{"per_1": "sent", "per_2": "held:consent", "per_3": "held:consent", "per_4": "held:consent", "per_5": "held:consent"}
		if got := w.states("pln_1"); !maps.Equal(got, want) {
			t.Errorf("%v", got)
		}
	})
}

// Persons who turn out to be one count as one, and get one message of a plan;
// taken apart again, each has what was theirs.
func TestMergesAreFollowed(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.Caps = []CapSetting{{"all", 1, "day"}} })
		w.tell(consent("per_2", false, w.clock.Now()))
		w.plan("pln_0", nil, mailTo("per_9")...)
		w.send()
		w.plan("pln_1", func(p *Plan) { p.StartAt = w.clock.Now().Add(time.Minute) }, mailTo("per_1", "per_2", "per_3", "per_9")...)
		w.tell(merged(poolevent.Merged, "per_1", "per_2", "per_2"), merged(poolevent.Merged, "per_3", "per_9", "per_9"))
		if got := w.states("pln_1"); got["per_2"] != "held:duplicate" || got["per_9"] != "held:duplicate" || got["per_1"] != "planned" {
			t.Fatalf("%v", got)
		}
		w.clock.Advance(time.Minute)
		w.send()
		// per_1 is known to have said no as per_2, per_3 got one as per_9.
		if got := w.states("pln_1"); got["per_1"] != "held:consent" || got["per_3"] != "waiting:cap" {
			t.Fatalf("%v", got)
		}
		w.tell(merged(poolevent.Split, "per_1", "per_2", "per_2"), merged(poolevent.Split, "per_3", "per_9", "per_9"))
		w.plan("pln_2", nil, mailTo("per_1", "per_2", "per_3", "per_9")...)
		w.send()
		want := map[string]string{"per_1": "sent", "per_2": "held:consent", "per_3": "sent", "per_9": "waiting:cap"}
		if got := w.states("pln_2"); !maps.Equal(got, want) {
			t.Errorf("%v", got)
		}
	})
}

// Attention is used up by marketing and comes back with replies and orders; a
// person's clock is that of their time zone.
func TestAttentionAndZonesAreFollowed(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) {
			s.Attention = Attention{Enabled: true, Size: 2, PerDay: 0, Reply: 1, Order: 2}
			s.Quiet = QuietHours{Enabled: true, From: "21:00", To: "09:00", Exempt: []string{}}
		})
		sent := func(plan string, change func(*Plan), person string) string {
			w.plan(plan, change, mailTo(person)...)
			w.send()
			return w.states(plan)[person]
		}
		for i, want := range []string{"sent", "sent", "held:budget"} {
			if got := sent(fmt.Sprint("pln_a", i), nil, "per_1"); got != want {
				t.Fatalf("the %dth: %s", i+1, got)
			}
		}
		if got := sent("pln_b", func(p *Plan) { p.Purpose = gate.Service }, "per_1"); got != "sent" {
			t.Errorf("service: %s", got)
		}
		now := w.clock.Now()
		w.tell(timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: "per_1", Data: carrierevent.Message{Automatic: true}}, timeline.Fact{Kind: mallevent.OrderPaid, PersonID: "per_1", OccurredAt: now.AddDate(-1, 0, 0), Data: mallevent.Order{}})
		if got := sent("pln_c", nil, "per_1"); got != "held:budget" {
			t.Errorf("after a machine answered, and an order of last year: %s", got)
		}
		w.tell(timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: "per_1", OccurredAt: now, Data: carrierevent.Message{}})
		if got := sent("pln_d", nil, "per_1"); got != "sent" {
			t.Errorf("after a reply: %s", got)
		}
		w.tell(timeline.Fact{Kind: mallevent.OrderPaid, PersonID: "per_1", OccurredAt: now, Data: mallevent.Order{}}, timeline.Fact{Kind: mallevent.OrderPaid, PersonID: "per_nobody", OccurredAt: now, Data: mallevent.Order{}})
		for i, want := range []string{"sent", "sent", "held:budget"} {
			if got := sent(fmt.Sprint("pln_e", i), nil, "per_1"); got != want {
				t.Errorf("after an order, the %dth: %s", i+1, got)
			}
		}
		zone := func(z string) timeline.Fact {
			return timeline.Fact{Kind: poolevent.Updated, PersonID: "per_2", Data: poolevent.Person{Traits: map[string]json.RawMessage{"time_zone": json.RawMessage(fmt.Sprintf("%q", z))}}}
		}
		w.tell(zone("America/New_York")) // where it is eleven at night
		if got := sent("pln_f", nil, "per_2"); got != "waiting:quiet_hours" {
			t.Errorf("in New York: %s", got)
		}
		w.tell(zone("../etc/passwd"))
		if got := sent("pln_g", nil, "per_2"); got != "sent" {
			t.Errorf("nowhere: %s", got)
		}
	})
}

// What carriers tell later moves a message on, once, and never back.
func TestOutcomesAreFollowed(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(nil)
		w.plan("pln_1", nil, mailTo("per_1", "per_2", "per_3", "per_4")...)
		w.send()
		key := map[string]string{}
		list, _, err := w.s.Messages(w.ctx(), MessageFilter{PlanID: "pln_1", Status: Sent}, messagePlace{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			key[m.PersonID] = m.ID
		}
		told := func(kind, person string) timeline.Fact {
			return timeline.Fact{Kind: kind, PersonID: person, Data: carrierevent.Outcome{Key: key[person], Code: "x1"}}
		}
		w.tell(told(carrierevent.MessageRead, "per_1"), told(carrierevent.MessageDelivered, "per_1"), told(carrierevent.MessageFailed, "per_1"), told(carrierevent.MessageDelivered, "per_2"), told(carrierevent.MessageDelivered, "per_2"),
			told(carrierevent.MessageFailed, "per_3"), timeline.Fact{Kind: carrierevent.EmailBounced, PersonID: "per_4", Data: carrierevent.Bounce{SendID: key["per_4"], Hard: true}}, timeline.Fact{Kind: carrierevent.MessageRead, PersonID: "per_1", Data: carrierevent.Outcome{Key: "another's"}})
		want := map[string]string{"per_1": "read", "per_2": "delivered", "per_3": "failed:x1", "per_4": "failed:bounced"}
		if got := w.states("pln_1"); !maps.Equal(got, want) {
			t.Errorf("%v", got)
		}
		p, err := w.s.PlanProgress(w.ctx(), "pln_1")
		if err != nil || p.Sent != 2 || p.Delivered != 2 || p.Read != 1 || p.Failed["x1"] != 1 || p.Failed["bounced"] != 1 {
			t.Errorf("%+v %v", p, err)
		}
	})
}

func TestHTTP(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	api := testkit.NewAPI(w.s.Routes, Permissions)
	api.Language = "en"
	want := func(status int, role, method, path, body string, parts ...string) {
		t.Helper()
		testkit.Contains(t, api.Want(t, org+" "+role+" stf_1", status, method, path, body, nil), parts...)
	}
	want(200, "owner", "GET", "/reach/settings", "", `"opt_in":["marketing"]`, `"from":"21:00"`)
	set := `{"opt_in":[],"quiet_hours":{"enabled":true,"from":"21:00","to":"09:00","exempt":[]},"caps":[{"carrier":"all","most":2,"per":"week"}],"wecom_per":"day","attention":{"enabled":true,"size":3,"per_day":0.5,"reply":1,"order":2},"rates":[{"carrier":"sms","per_minute":60}]}`
	want(403, "operator", "PUT", "/reach/settings", set)
	want(200, "owner", "PUT", "/reach/settings", set, `"wecom_per":"day"`)
	want(422, "owner", "PUT", "/reach/settings", strings.Replace(set, `"to":"09:00"`, `"to":"21:00"`, 1), "body.quiet_hours.to")
	want(422, "owner", "PUT", "/reach/settings", strings.Replace(set, `[{"carrier":"all","most":2,"per":"week"}]`, `[{"carrier":"all","most":2,"per":"week"},{"carrier":"all","most":3,"per":"week"}]`, 1), "body.caps[1]")
	want(422, "owner", "PUT", "/reach/settings", strings.Replace(set, `"most":2`, `"most":0`, 1), "most")
	want(200, "operator", "GET", "/reach/explain?person_id=per_1&account_id=acc_mail&at=2026-03-02T22:30:00%2B08:00", "", `"allowed":false`, `"why":"quiet_hours"`, `"until":"2026-03-03T01:00:00Z"`,
		"It is 22:30 there, within quiet hours 21:00–09:00, which end 2026-03-03 09:00", "Received over all carriers: 0 of 2 in 7 days", "3.0 of 3 messages of attention are left")
	want(200, "operator", "GET", "/reach/explain?person_id=per_1&account_id=acc_mail&purpose=transactional&at=2026-03-02T22:30:00%2B08:00", "", `"allowed":true`, "It would be sent")
	want(200, "operator", "GET", "/reach/explain?person_id=per_1&account_id=acc_kf", "", `"why":"window"`)
	want(404, "operator", "GET", "/reach/explain?person_id=per_1&account_id=acc_none", "")
	want(422, "operator", "GET", "/reach/explain?person_id=per_1&account_id=acc_mail&at=tonight", "", "query.at")
	want(403, "associate", "GET", "/reach/explain?person_id=per_1&account_id=acc_mail", "")
	api.Language = "zh-CN"
	want(200, "operator", "GET", "/reach/explain?person_id=per_1&account_id=acc_mail&at=2026-03-02T22:30:00%2B08:00", "", "当地 22:30，在免打扰时段 21:00–09:00", "不会立刻发送：客户所在时区的免打扰时段；照现在的情况，2026-03-03 09:00 可以发")
	api.Language = "en"

	want(204, "operator", "POST", "/reach/blocked", `{"person_id":"per_2","reason":"asked"}`)
	want(204, "operator", "POST", "/reach/blocked", `{"person_id":"per_3"}`)
	want(200, "operator", "GET", "/reach/blocked?limit=1", "", `"next_cursor":"`)
	want(200, "operator", "GET", "/reach/blocked", "", `"person_id":"per_2"`, "Name of per_3", `"reason":"asked"`)
	want(200, "operator", "GET", "/reach/blocked?person_id=per_3", "", `"items":[{"person_id":"per_3"`)
	want(200, "operator", "GET", "/reach/blocked?person_id=per_1", "", `"items":[]`)
	want(200, "operator", "GET", "/reach/blocked/export", "", "per_2,Name of per_2,asked", "per_3,Name of per_3,,")
	want(204, "operator", "DELETE", "/reach/blocked/per_3", "")
	want(404, "operator", "DELETE", "/reach/blocked/per_3", "")

	w.ocean.answer = func(Delivery) (Result, bool) { return Result{Status: Failed, Code: "550", Reason: busy}, true }
	w.plan("pln_1", nil, mailTo("per_1", "per_2", "per_4")...)
	w.send()
	want(200, "operator", "GET", "/reach/plans?limit=1", "", `"plan_id":"pln_1"`, `"status":"done"`, `"held":{"do_not_contact":1}`, `"failed":{"550":2}`)
	want(200, "operator", "GET", "/reach/plans/pln_1", "", `"total":3`)
	want(404, "operator", "GET", "/reach/plans/pln_none", "")
	want(409, "operator", "POST", "/reach/plans/pln_1/pause", "", "done")
	want(200, "operator", "GET", "/reach/messages?status=failed&limit=1", "", `"why":"550"`, `"reason":"busy"`, `"next_cursor":"`, "p***@x.example")
	want(200, "operator", "GET", "/reach/messages?status=held&plan_id=pln_1", "", "On the do-not-contact list")
	want(422, "operator", "GET", "/reach/messages?status=sent", "", "query.plan_id")
	want(200, "operator", "GET", "/reach/messages/export?status=failed", "", "Reason code", "550", "per_4")
	want(404, "operator", "POST", "/reach/messages/msg_none/settle", `{"as":"sent"}`)
	want(200, "operator", "PUT", "/reach/accounts/acc_mail", `{"paused":true,"per_minute":5}`, `"state":"paused"`, `"per_minute":5`)
	want(200, "operator", "GET", "/reach/accounts", "", `"state":"paused"`)
	w.plan("pln_2", nil, mailTo("per_5")...)
	w.send()
	if got := w.states("pln_2"); got["per_5"] != "planned" {
		t.Errorf("over a paused account: %v", got)
	}
	w.ocean.answer = nil
	want(200, "operator", "PUT", "/reach/accounts/acc_mail", `{"paused":false,"per_minute":0}`, `"state":"open"`)
	w.send()
	if got := w.states("pln_2"); got["per_5"] != "sent" {
		t.Errorf("over an account that goes again: %v", got)
	}
}

// What a preview says is what happens.
func TestPreview(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.Caps = []CapSetting{{"all", 1, "day"}} })
		w.plan("pln_0", nil, mailTo("per_1")...)
		w.send()
		w.tell(consent("per_2", false, w.clock.Now()))
		all := mailTo("per_1", "per_2", "per_3", "per_4")
		all = append(all, Recipient{PersonID: "per_5"}, Recipient{PersonID: "per_6", Variant: Holdout})
		p, err := w.s.Preview(w.ctx(), org, gate.Marketing, w.clock.Now(), slices.Values(all))
		if err != nil || p.Go != 2 || p.Wait["cap"] != 1 || p.Held["consent"] != 1 || p.Held["no_address"] != 1 || p.Held["holdout"] != 1 || !p.Until.Equal(w.clock.Now().Add(24*time.Hour)) {
			t.Errorf("%+v %v", p, err)
		}
		w.plan("pln_1", nil, all...)
		w.send()
		want := map[string]string{"per_1": "waiting:cap", "per_2": "held:consent", "per_3": "sent", "per_4": "sent", "per_5": "held:no_address", "per_6": "held:holdout"}
		if got := w.states("pln_1"); !maps.Equal(got, want) {
			t.Errorf("%v", got)
		}
	})
}
