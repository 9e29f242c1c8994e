package care

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

var mailbox = map[string]Account{"acc_mail": {"邮箱", "email"}}

// alerted switches alerts on and makes a list of words.
func (w *world) alerted() {
	w.tb.Helper()
	w.accounts = mailbox
	w.handlers = []Handler{{"stf_1", "yu@pond.example", i18n.ZH}, {"stf_3", "chen@pond.example", i18n.EN}}
	w.list(`{"name":"话术","action":"alert","direction":"both","category":"x"}`, "返利")
	w.want(boss, 200, "PATCH", "/care/settings", `{"alerts":{"minutes":30,"account_id":"acc_mail","staff_ids":["stf_3","stf_1","stf_1"]}}`, nil)
	w.svc.SetBaseURL("https://pond.example")
}

func (w *world) alertRound() []Mail {
	w.tb.Helper()
	before := len(w.mails)
	w.must(w.svc.AlertAll(context.Background()))
	return w.mails[before:]
}

func TestAlerts(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.list(`{"name":"旧","action":"alert","direction":"both","category":"x"}`, "老词")
		w.said("message.received", "per_1", "老词")
		if got := w.alertRound(); len(got) != 0 {
			t.Fatalf("alerts are off at first: %+v", got)
		}
		w.clock.Advance(time.Second)
		w.alerted()
		if got := w.alertRound(); len(got) != 0 {
			t.Fatalf("what was there before it was switched on is not told: %+v", got)
		}
		for i := range 3 {
			w.said("message.received", "per_1", "有返利吗"+string(rune('a'+i)))
		}
		w.want(oper, 201, "POST", "/care/complaints", `{"person_id":"per_1","text":"太慢 13800138000"}`, nil)
		got := w.alertRound()
		if len(got) != 2 || got[0].To != "yu@pond.example" && got[1].To != "yu@pond.example" || got[0].AccountID != "acc_mail" || got[0].Key == got[1].Key {
			t.Fatalf("one mail for each: %+v", got)
		}
		slices.SortFunc(got, func(a, b Mail) int { return strings.Compare(a.To, b.To) })
		en, zh := got[0], got[1]
		testkit.Contains(t, zh.Subject, "有 4 个新案件要处理，其中投诉 1 个")
		testkit.Contains(t, zh.Text, "命中敏感词：3", "投诉：1", "最早的投诉期限：2026-06-16 12:00", "还没有关闭的案件：5，其中已过期限：0", "https://pond.example/care?tab=cases&status=unclosed")
		testkit.Contains(t, en.Text, "Sensitive words: 3", "Complaints: 1", "not closed: 5")
		for _, m := range got {
			if strings.Contains(m.Text+m.Subject, "返利") || strings.Contains(m.Text, "138") {
				t.Errorf("a mail holds what was said: %s", m.Text)
			}
		}
		w.said("message.received", "per_1", "返利?")
		if got := w.alertRound(); len(got) != 0 {
			t.Fatalf("within the half hour: %+v", got)
		}
		w.clock.Advance(30 * time.Minute)
		if got := w.alertRound(); len(got) != 2 || !strings.Contains(got[0].Subject+got[1].Subject, "有 1 个新案件") {
			t.Fatalf("what came meanwhile, once: %+v", got)
		}
		w.clock.Advance(time.Hour)
		if got := w.alertRound(); len(got) != 0 {
			t.Fatalf("nothing new: %+v", got)
		}
		var set Settings
		w.want(oper, 200, "GET", "/care/settings", "", &set)
		if a := set.Alerts; a.Minutes != 30 || a.AccountID != "acc_mail" || !slices.Equal(a.StaffIDs, []string{"stf_1", "stf_3"}) || a.SentAt == nil || a.Problem != "" {
			t.Errorf("%+v", a)
		}
		w.handlers = w.handlers[:1] // the other has left, or handles no cases any more
		w.said("message.received", "per_1", "返利!")
		if got := w.alertRound(); len(got) != 1 || got[0].To != "yu@pond.example" {
			t.Errorf("only who may still: %+v", got)
		}
	})
}

// A process that dies between its steps leaves a mail that goes out once, and
// two nodes at once write it once.
func TestAlertsSurvive(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.alerted()
		w.want(boss, 200, "PATCH", "/care/settings", `{"alerts":{"staff_ids":["stf_1"]}}`, nil)
		w.said("message.received", "per_1", "返利")
		w.mailing = func(m Mail) (MailOutcome, error) { // it was taken; the process died before it could note that
			if !w.mailed[m.Key] {
				w.mailed[m.Key], w.mails = true, append(w.mails, m)
			}
			return MailOutcome{}, errs.Unavailable(i18n.T("稍后", "later"), nil)
		}
		if got := w.alertRound(); len(got) != 1 {
			t.Fatalf("%+v", got)
		}
		w.mailing = nil
		if got := w.alertRound(); len(got) != 0 {
			t.Fatalf("sent twice: %+v", got)
		}
		if got := w.rows("SELECT status FROM care_alert WHERE org_id = ?", org); !slices.Equal(got, []string{"sent"}) {
			t.Fatalf("%v", got)
		}
		w.clock.Advance(time.Hour)
		w.said("message.received", "per_1", "返利 2")
		tries := 0
		w.mailing = func(Mail) (MailOutcome, error) {
			tries++
			return MailOutcome{Status: "failed", Again: tries < 3, Reason: i18n.T("密码不对", "wrong password")}, nil
		}
		for range 9 {
			w.alertRound()
			w.clock.Advance(alertPause)
		}
		var set Settings
		w.want(oper, 200, "GET", "/care/settings", "", &set)
		if tries != 3 || set.Alerts.Problem != "密码不对" {
			t.Errorf("%d tries, %q", tries, set.Alerts.Problem)
		}
		w.mailing = nil
		w.said("message.received", "per_1", "返利 3")
		other := w.service()
		done := make(chan error, 2)
		for _, s := range []*Service{w.svc, other} {
			go func() {
				done <- d.Write(context.Background(), org, func(tx *db.Tx) error { return s.writeAlerts(context.Background(), tx, org) })
			}()
		}
		w.must(<-done)
		w.must(<-done)
		if got := w.rows("SELECT id FROM care_alert WHERE org_id = ? AND status = 'queued'", org); len(got) != 1 {
			t.Errorf("two nodes wrote %d", len(got))
		}
		w.said("message.received", "per_1", "返利 4")
		testkit.Write(t, d, org, func(ctx context.Context, tx *db.Tx) error { return other.writeAlerts(ctx, tx, org) }) // it had read that one was due, before
		if got := w.rows("SELECT id FROM care_alert WHERE org_id = ? AND status = 'queued'", org); len(got) != 1 {
			t.Errorf("a second mail within the half hour: %d", len(got))
		}
		w.want(boss, 200, "PATCH", "/care/settings", `{"alerts":{"minutes":0}}`, nil)
		if got := w.alertRound(); len(got) != 0 {
			t.Errorf("off: %+v", got)
		}
	})
}

func TestAlertSettings(t *testing.T) {
	d := testkit.Open(t, db.SQLite, schema)
	w := newWorld(t, d)
	w.accounts = mailbox
	w.handlers = []Handler{{"stf_1", "yu@pond.example", i18n.ZH}}
	for _, c := range []struct{ body, field string }{
		{`{"minutes":4,"account_id":"acc_mail","staff_ids":["stf_1"]}`, "body.alerts.minutes"},
		{`{"minutes":1441,"account_id":"acc_mail","staff_ids":["stf_1"]}`, "body.alerts.minutes"},
		{`{"minutes":30,"account_id":"acc_web","staff_ids":["stf_1"]}`, "body.alerts.account_id"},
		{`{"minutes":30,"account_id":"acc_other","staff_ids":["stf_1"]}`, "body.alerts.account_id"},
		{`{"minutes":30,"account_id":"acc_mail"}`, "body.alerts.staff_ids"},
		{`{"minutes":30,"account_id":"acc_mail","staff_ids":["stf_2"]}`, "body.alerts.staff_ids"},
	} {
		testkit.Contains(t, w.want(boss, 422, "PATCH", "/care/settings", `{"alerts":`+c.body+`}`, nil), c.field)
	}
	w.want(other, 422, "PATCH", "/care/settings", `{"alerts":{"minutes":30,"account_id":"acc_mail","staff_ids":["stf_1"]}}`, nil)
	w.want(sales, 403, "PATCH", "/care/settings", `{"alerts":{"minutes":30}}`, nil)
	if w.audited("care.settings.changed") != 0 {
		t.Error("a refused change is in the audit log")
	}
}
