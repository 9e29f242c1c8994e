package carrier

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// codes are the alerts of an account, as level and code.
func (w *world) codes(account string) string {
	w.tb.Helper()
	w.must(w.s.CheckHealth(w.tb.Context()))
	list, err := w.s.Alerts(w.ctx())
	w.must(err)
	var out []string
	for _, a := range list {
		if a.AccountID == account {
			out = append(out, a.Level+" "+a.Code)
		}
	}
	return strings.Join(out, ", ")
}

func TestAlerts(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if got := w.codes(w.acc); got != "warning no_callbacks, warning no_owner, warning not_synced" {
			t.Errorf("new: %s", got)
		}
		w.expect("1", "SELECT CAST(count(*) AS TEXT) FROM timeline_event WHERE org_id = ? AND kind = 'account.unhealthy'", org)
		li := "stf_li"
		_, err := w.s.Update(w.ctx(), w.acc, AccountPatch{OwnerStaffID: &li})
		w.must(err)
		w.sync()
		since := w.clock.Now()
		w.clock.Advance(time.Hour)
		if got := w.codes(w.acc); got != "warning no_callbacks, warning staff_unmatched" && got != "warning no_callbacks" {
			t.Errorf("looked after and synced: %s", got)
		}
		list, err := w.s.Alerts(w.ctx())
		if err != nil || list[0].Code != "no_callbacks" || !list[0].Since.Equal(since) || list[0].OwnerStaffID != "stf_li" {
			t.Errorf("%+v %v", list, err)
		}
		w.must(w.s.Acknowledge(w.ctx(), w.acc, "no_callbacks"))
		if err := w.s.Acknowledge(w.ctx(), w.acc, "no_owner"); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("over: %v", err)
		}
		w.must(w.s.CheckHealth(t.Context()))
		if list, _ = w.s.Alerts(w.ctx()); list[0].AcknowledgedBy != "stf_owner" || list[0].AcknowledgedAt == nil {
			t.Errorf("forgets who has seen it: %+v", list[0])
		}
		// The platform blocks the app: that is told of, also when more goes wrong after.
		w.s.told(t.Context(), org, w.acc, "externalcontact/list", &wire.APIError{Code: 50003, Kind: wire.Operator, Text: i18n.T("应用已被禁用", "The app is disabled")})
		if got := w.codes(w.acc); !strings.HasPrefix(got, "failing blocked, ") {
			t.Errorf("blocked: %s", got)
		}
		ended := w.clock.Now().Add(-time.Hour)
		_, err = w.s.Update(w.ctx(), w.acc, AccountPatch{SecretExpiresAt: new(ended.Format(time.RFC3339))})
		w.must(err)
		for range 2 {
			if got := w.codes(w.acc); !strings.HasPrefix(got, "failing blocked, failing secret_expired") {
				t.Errorf("expired too: %s", got)
			}
		}
		w.expect("3", "SELECT CAST(count(*) AS TEXT) FROM timeline_event WHERE org_id = ? AND kind = 'account.unhealthy'", org)
		// What nobody uses is nobody's trouble.
		off := StatusDisabled
		_, err = w.s.Update(w.ctx(), w.acc, AccountPatch{Status: &off})
		w.must(err)
		if got := w.codes(w.acc); got != "" {
			t.Errorf("disabled: %s", got)
		}

		call := w.api()
		for _, c := range []struct {
			method, path, body, org, role string
			status                        int
		}{
			{"GET", "/carriers/alerts", "", org, "operator", 200}, {"GET", "/carriers/alerts", "", org, "associate", 403},
			{"POST", "/carriers/alerts/acknowledge", `{"account_id":"` + w.acc + `","code":"no_callbacks"}`, "org_b", "owner", 404},
			{"POST", "/carriers/alerts/acknowledge", `{"account_id":"` + w.acc + `","code":""}`, org, "owner", 422},
			{"GET", "/carriers/accounts/" + w.acc + "/lone", "", org, "operator", 200}, {"GET", "/carriers/accounts/" + w.acc + "/lone", "", "org_b", "owner", 404},
		} {
			if rec := call(c.method, c.path, c.body, c.org, c.role, "en"); rec.Code != c.status {
				t.Errorf("%s %s: %d %s", c.method, c.path, rec.Code, rec.Body)
			}
		}
	})
}

func TestMailHealth(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		acc := w.connect(KindEmail, map[string]string{"from": "shop@brand.example", "server": "smtp.brand.example:587", "user": "u", "password": "p"}).ID
		site := w.site()
		sent := func(n int, code, status string) {
			w.must(d.Write(t.Context(), org, func(tx *db.Tx) error {
				a, err := w.s.accountByID(t.Context(), tx, org, acc)
				if err != nil {
					return err
				}
				for i := range n {
					if _, err := tx.Exec(t.Context(), `INSERT INTO carrier_send (org_id, id, key, account_id, person_id, recipient, digest, content, status, attempts, lease_until, code, created_at, updated_at) VALUES (?, ?, ?, ?, '', 'a', '', '', ?, 1, 0, ?, ?, ?)`,
						org, fmt.Sprint(code, status, i), fmt.Sprint(code, status, i), a.id, status, code, w.s.micros(), w.s.micros()); err != nil {
						return err
					}
				}
				return nil
			}))
		}
		a := &account{org: org, id: acc}
		for range 60 {
			w.s.counted(t.Context(), a, "smtp", nil)
		}
		sent(6, codeHardBounce, SendSent) // one in ten
		if got := w.codes(acc); got != "warning no_owner" {
			t.Errorf("%s", got)
		}
		sent(1, codeHardBounce, "x")
		sent(1, codeComplaint, SendSent)
		sent(1, "lost", SendDoubtful)
		if got := w.codes(acc); got != "failing bounces, failing complaints, warning no_owner, warning sends_doubtful" {
			t.Errorf("%s", got)
		}
		w.clock.Advance(49 * time.Hour)
		if got := w.codes(acc); got != "warning no_owner" {
			t.Errorf("two days later: %s", got)
		}
		if got := w.codes(site.acc); got != "warning no_owner, warning no_visits" {
			t.Errorf("a site where nobody comes: %s", got)
		}
		p := site.begin()
		p.call("POST", "visit", `{"url":"https://shop.example/","referrer":"","title":""}`)
		if got := w.codes(site.acc); got != "warning no_owner" {
			t.Errorf("a site where somebody came: %s", got)
		}
		p.say("aaaaaaaa", "x") // the visit is the person's now
		if got := w.codes(site.acc); got != "warning no_owner" {
			t.Errorf("a site where somebody wrote: %s", got)
		}
	})
}

func TestAdvice(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		tie := func(acc, external, person, status string) {
			w.must(d.Write(t.Context(), org, func(tx *db.Tx) error {
				return saveTies(t.Context(), tx, &account{org: org, id: acc}, []*tie{{user: "li", external: external, person: person, standing: standing{status: status, since: 1}}}, 1)
			}))
		}
		for i := range 30 {
			tie(w.acc, fmt.Sprint("wm", i), fmt.Sprint("per_", i), StatusFriend)
		}
		advice := func() []Advice {
			t.Helper()
			r, err := w.s.Reach(w.ctx())
			w.must(err)
			return r.Advice
		}
		if got := advice(); len(got) != 1 || got[0].Level != "warning" || got[0].SecondID != "" || got[0].Persons != 30 || !strings.Contains(got[0].Text, "100%") {
			t.Errorf("%+v", got)
		}
		site := w.site().acc
		for i := range 5 { // a page is no second way
			tie(site, fmt.Sprint("w", i), fmt.Sprint("per_", i), StatusVisitor)
		}
		oa := w.connect(KindOfficial, map[string]string{"app_id": "wx1234", "secret": "s", "callback_token": cbToken, "callback_key": cbKey, "base_url": w.corp.URL}).ID
		if got := advice(); len(got) != 1 || got[0].SecondID != oa || got[0].Persons != 30 {
			t.Errorf("%+v", got)
		}
		for i := range 8 {
			tie(oa, fmt.Sprint("o", i), fmt.Sprint("per_", i), StatusFriend)
		}
		off := StatusDisabled
		_, err := w.s.Update(w.ctx(), w.acc, AccountPatch{Status: &off})
		w.must(err)
		if got := advice(); len(got) != 1 || got[0].Level != "urgent" || got[0].Persons != 22 {
			t.Errorf("%+v", got)
		}
		for i := range 25 {
			tie(oa, fmt.Sprint("o", i), fmt.Sprint("per_", i), StatusFriend)
		}
		if got := advice(); len(got) != 0 {
			t.Errorf("%+v", got)
		}
		lone, err := w.s.Lone(w.ctx(), w.acc, "per_25", 2)
		if err != nil || len(lone) != 2 || lone[0] != (LonePerson{"per_26", "N per_26"}) || lone[1].PersonID != "per_27" {
			t.Errorf("%+v %v", lone, err)
		}
	})
}
