package care

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
)

func (w *world) zombies(as, query string) string {
	w.tb.Helper()
	var out []string
	for cursor := ""; ; {
		var p httpx.CountedPage[Zombie]
		w.want(as, 200, "GET", "/care/zombies?limit=2&"+query+"&cursor="+cursor, "", &p)
		for _, z := range p.Items {
			var ways []string
			for _, v := range z.Ways {
				ways = append(ways, v.Kind)
			}
			out = append(out, strings.TrimSpace(z.PersonID+" "+z.StaffID+" "+z.Advice+" "+strings.Join(ways, ",")))
		}
		if cursor = p.NextCursor; cursor == "" {
			if int64(len(out)) != p.Total {
				w.tb.Errorf("%s: %d of %d", query, len(out), p.Total)
			}
			return strings.Join(out, "; ")
		}
	}
}

func (w *world) befriend(person, user string) {
	w.tell(w.fact(carrierevent.FriendAdded, person, "wecom", carrierevent.Friend{AccountID: "acc_wecom", AccountKind: "wecom", UserID: user, StaffID: "stf_" + user[1:], ExternalID: "x_" + person}))
}

func (w *world) leave(person, user, by string) {
	w.tell(w.fact(carrierevent.FriendRemoved, person, "wecom", carrierevent.Friend{AccountID: "acc_wecom", AccountKind: "wecom", UserID: user, StaffID: "stf_" + user[1:], ExternalID: "x_" + person, By: by}))
}

func TestZombies(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.owners["per_3"] = "stf_2"
		for i := range 6 {
			w.befriend(fmt.Sprint("per_", i), "u1")
		}
		w.befriend("per_1", "u2")
		w.ways["per_2"] = []string{"phone", "email"} // there is an account for text messages, none for mail
		w.leave("per_1", "u1", "customer")
		w.leave("per_2", "u1", "customer")
		w.leave("per_3", "u1", "customer")
		w.leave("per_4", "u1", "staff")
		w.leave("per_5", "u1", "customer")
		w.befriend("per_5", "u1") // came back
		w.catchUp()
		if got := w.zombies(boss, "reason=deleted"); got != "per_3 stf_1 leave; per_2 stf_1 win_back sms; per_1 stf_1 win_back wecom" {
			// The other member of the same account is a way back too.
			t.Errorf("deleted: %s", got)
		}
		if got := w.zombies(sales, "reason=deleted"); got != "per_3 stf_1 leave" {
			t.Errorf("an associate sees %s", got)
		}
		if got := w.zombies(other, "reason=deleted"); got != "" {
			t.Errorf("another brand sees %s", got)
		}

		failedFact := func(person, code string) {
			w.tell(w.fact(carrierevent.MessageFailed, person, "wecom", failed{AccountID: "acc_wecom", ExternalID: "x_" + person, Code: code}))
		}
		failedFact("per_0", "84061")
		failedFact("per_5", "45009") // our own limit
		w.tell(w.fact(carrierevent.EmailBounced, "per_2", "email", carrierevent.Bounce{AccountID: "acc_mail", Hard: true}))
		w.catchUp()
		if got := w.zombies(boss, "reason=blocked"); got != "per_2  win_back sms; per_0 stf_1 leave" {
			t.Errorf("blocked: %s", got)
		}
		w.tell(w.fact(carrierevent.MessageReceived, "per_0", "wecom", carrierevent.Message{AccountID: "acc_wecom", ExternalID: "x_per_0", Type: "text", Text: "在"}))
		w.catchUp()
		if got := w.zombies(boss, "reason=blocked"); got != "per_2  win_back sms" {
			t.Errorf("who writes has not blocked us: %s", got)
		}

		w.clock.Advance(60 * 24 * time.Hour)
		w.tell(w.fact(mallevent.OrderPaid, "per_5", "import", mallevent.Order{OrderID: "o1", AmountMinor: 100, Currency: "CNY"}))
		w.catchUp()
		w.clock.Advance(40 * 24 * time.Hour)
		if got := w.zombies(boss, "reason=silent"); got != "per_0  win_back wecom; per_1  win_back wecom" {
			t.Errorf("silent: %s", got)
		}
		if got := w.zombies(boss, "reason=silent&days=30"); !strings.HasPrefix(got, "per_5") {
			t.Errorf("silent for 30 days: %s", got)
		}
		var c ZombieCounts
		if w.want(boss, 200, "GET", "/care/zombies/counts", "", &c); c != (ZombieCounts{Deleted: 3, Blocked: 1, Silent: 2, SilentDays: 90}) {
			t.Errorf("counts: %+v", c)
		}

		// Whoever is merged counts once, with the last sign of all.
		w.merged["per_1"], w.owners["per_0"] = "per_0", "stf_2"
		w.tell(w.fact(poolevent.Merged, "per_0", "console", poolevent.Merge{MergeID: "mrg_1", WinnerID: "per_0", LoserID: "per_1", Members: []string{"per_1"}}))
		w.catchUp()
		if got := w.zombies(boss, "reason=silent"); got != "per_0 stf_2 win_back wecom" {
			t.Errorf("merged: %s", got)
		}
		if got := w.zombies(sales, "reason=silent"); got != "per_0 stf_2 win_back wecom" {
			t.Errorf("an associate's own: %s", got)
		}
		before := w.zombies(boss, "reason=deleted") + w.zombies(boss, "reason=blocked")
		w.must(w.runner.Rebuild(t.Context(), ReachName, org))
		if after := w.zombies(boss, "reason=deleted") + w.zombies(boss, "reason=blocked"); after != before || w.zombies(boss, "reason=silent") != "per_0 stf_2 win_back wecom" {
			t.Errorf("rebuilt: %s, not %s", after, before)
		}
		w.want(boss, 201, "POST", "/care/zombies/list", `{"name":"挽回","reason":"deleted"}`, nil)
		if got := w.lists["挽回"]; len(got) != 3 {
			t.Errorf("the list has %v", got)
		}
		w.want(sales, 403, "POST", "/care/zombies/list", `{"name":"挽回","reason":"deleted"}`, nil)
		w.want(boss, 409, "POST", "/care/zombies/list", `{"name":"没有","reason":"silent","days":3650}`, nil)
		if csv := w.want(boss, 200, "GET", "/care/zombies/export?reason=deleted", "", nil); strings.Count(csv, "\n") != 4 {
			t.Errorf("the export: %s", csv)
		}
	})
}

func TestMoney(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		pay := func(kind, staff, account string, minor int64) {
			w.tell(w.fact(kind, "per_1", "mall", map[string]any{"order_id": "o", "amount_minor": minor, "currency": "CNY", "staff_id": staff, "account_id": account}))
		}
		pay(mallevent.OrderPaid, "stf_1", "acc_wecom", 1000)
		pay(mallevent.OrderPaid, "stf_1", "acc_web", 500)
		w.clock.Advance(12 * time.Hour) // the next day in Shanghai
		pay(mallevent.OrderRefunded, "stf_1", "acc_web", 200)
		pay(mallevent.OrderPaid, "", "", 999) // over nobody
		w.catchUp()
		var m Money
		w.want(boss, 200, "GET", "/care/money", "", &m)
		if len(m.Items) != 1 || m.Items[0] != (MoneyRow{"stf_1", "小鱼", "CNY", 2, 1500, 1, 200}) || m.Totals[0].ReceivedMinor != 1500 {
			t.Errorf("by staff: %+v", m)
		}
		w.want(boss, 200, "GET", "/care/money?by=day", "", &m)
		if len(m.Items) != 2 || m.Items[0].Key != "2026-06-16" || m.Items[0].SentMinor != 200 || m.Items[1].ReceivedMinor != 1500 {
			t.Errorf("by day: %+v", m)
		}
		w.want(boss, 200, "GET", "/care/money?by=account&to=2026-06-15", "", &m)
		if len(m.Items) != 2 || m.Items[0].Name != "企业微信" {
			t.Errorf("by account: %+v", m)
		}
		if csv := w.want(boss, 200, "GET", "/care/money/export", "", nil); !strings.Contains(csv, "15.00") || w.audited("care.money.exported") != 1 {
			t.Errorf("the export: %s", csv)
		}
		if text := w.want(other, 200, "GET", "/care/money", "", nil); !strings.Contains(text, `"items":[],"totals":[]`) {
			t.Errorf("another brand sees %s", text)
		}
	})
}
