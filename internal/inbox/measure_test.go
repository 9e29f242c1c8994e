package inbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

func TestMeasures(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		answer := func(n int, after time.Duration, as string) string {
			id := w.hear(fmt.Sprint("per_", n), "acc_web", fmt.Sprint("v", n), "x")
			w.clock.Advance(after)
			w.want(org+" operator "+as, 202, "POST", "/inbox/conversations/"+id+"/messages", fmt.Sprintf(`{"key":"key-%05d","parts":[{"kind":"text","text":"a"}]}`, n), nil)
			w.send()
			return id
		}
		one := answer(1, 10*time.Second, "stf_1")
		answer(2, 30*time.Second, "stf_2")
		answer(3, 20*time.Second, "stf_1")
		w.hear("per_4", "acc_oa", "o4", "x")
		w.clock.Advance(50 * time.Second)
		w.want(org+" operator stf_2", 200, "PATCH", "/inbox/conversations/"+one, `{"status":"resolved"}`, nil)
		w.hear("per_1", "acc_web", "v1", "noch etwas") // a stretch of its own
		// A failed answer is none.
		w.sender.answer = failing("x", false)
		answer(5, time.Second, "stf_1")
		// Orders after a talk count once, those before it and long after it do not.
		now := w.clock.Now()
		order := func(person string, at time.Time) timeline.Fact {
			return timeline.Fact{Kind: mallevent.OrderPaid, PersonID: person, OccurredAt: at, Source: "import", Data: mallevent.Order{OrderID: person + at.String(), AmountMinor: 100, Currency: "CNY"}}
		}
		w.tell(order("per_3", now), order("per_3", now.Add(time.Hour)), order("per_2", now.Add(-48*time.Hour)), order("per_2", now.Add(8*24*time.Hour)), order("per_9", now))
		w.catchUp()
		var m Measures
		w.want(boss, 200, "GET", "/inbox/measures?from=2026-06-01T00:00:00Z&to=2026-07-01T00:00:00Z", "", &m)
		if m.All != (Measured{6, 3, 1, 1, 3, 20, 30, 113, 113}) || m.Waiting != 3 || m.Talked != 5 || m.Persons != 400 || !m.Complete {
			t.Errorf("%+v", m)
		}
		if len(m.Accounts) != 2 || m.Accounts[0].Opened != 1 || m.Accounts[0].Open != 1 || m.Accounts[1].Opened != 5 || m.Accounts[1].Name != "官网" {
			t.Errorf("%+v", m.Accounts)
		}
		if len(m.Staff) != 2 || m.Staff[0].Measured != (Measured{2, 2, 0, 1, 2, 10, 20, 0, 0}) || m.Staff[0].Open != 3 || m.Staff[1].Resolved != 1 {
			t.Errorf("%+v", m.Staff)
		}
		w.want(org+" associate stf_2", 200, "GET", "/inbox/measures?from=2026-06-01T00:00:00Z&to=2026-07-01T00:00:00Z", "", &m)
		if m.All.Opened != 2 || len(m.Staff) != 1 || m.Staff[0].ID != "stf_2" {
			t.Errorf("%+v", m)
		}
		w.want(boss, 422, "GET", "/inbox/measures?from=2026-06-01T00:00:00Z&to=2028-07-01T00:00:00Z", "", nil)
		w.want("org_b owner stf_1", 200, "GET", "/inbox/measures?from=2026-06-01T00:00:00Z&to=2026-07-01T00:00:00Z", "", &m)
		if m.All.Opened != 0 || len(m.Accounts) != 0 {
			t.Errorf("%+v", m)
		}
	})
}

func TestHostile(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.hear("per_1", "acc_web", "v1", strings.Repeat("鱼", 2<<20))
		h := w.history(id)
		if len(h[0].Text) > maxText || !h[0].Cut || !strings.HasPrefix(h[0].Text, "鱼鱼") || len([]rune(w.conv(id).LastText)) != maxShown {
			t.Errorf("%d %v", len(h[0].Text), h[0].Cut)
		}
		for _, m := range []carrierevent.Message{
			{AccountID: "acc_web", ExternalID: "v1", Type: "<svg onload=alert(1)>", Text: "a\x00b\u202e\xff"},
			{AccountID: "acc_web", ExternalID: "", Type: "text", Text: "of nobody"},
			{AccountID: "", ExternalID: "v1", Type: "text", Text: "over nothing"},
		} {
			w.clock.Advance(time.Second)
			w.tell(timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: "per_1", OccurredAt: w.clock.Now(), Source: "web", Data: m})
		}
		w.catchUp()
		if h := w.history(id); len(h) != 2 || h[1].Type != "other" || h[1].Text != "ab" {
			t.Errorf("%+v", h[1:])
		}
		post := "/inbox/conversations/" + id + "/messages"
		for body, want := range map[string]int{
			`{"key":"key-00001","parts":[{"kind":"text","text":"` + strings.Repeat("x", 300<<10) + `"}]}`: 413,
			`{"key":"key-00001","parts":[{"kind":"text","text":"` + strings.Repeat("x", 9000) + `"}]}`:    422,
			`{"key":"key-00001","parts":[{"kind":"text","text":" \u202e "}]}`:                             422,
			`{"key":"key-00001","parts":[{"kind":"link","title":"x","url":"javascript:alert(1)"}]}`:       422,
			`{"key":"key-00001","parts":[{"kind":"link","title":"x","url":"https://a:b@example.com"}]}`:   422,
			`{"key":"key-00001","parts":[{"kind":"image","pic_url":"data:image/svg+xml,x"}]}`:             422,
			`{"key":"key-00001","parts":[{"kind":"mini_program","title":"x","app_id":"x","page":"x"}]}`:   422,
			`{"key":"../../x","parts":[{"kind":"text","text":"x"}]}`:                                      422,
			`{"key":"key-00001"}`: 422,
			`{"key":"key-00001","parts":[{"kind":"text","text":"x"}],"sender":"x"}`: 422,
		} {
			if code, text := w.do(boss, "POST", post, body); code != want {
				t.Errorf("%.80s: %d %s", body, code, text)
			}
		}
		if len(w.history(id)) != 2 {
			t.Error("something was kept")
		}
		wecom := w.hear("per_9", "acc_wecom", "w9", "x")
		code, text := w.do(boss, "POST", "/inbox/conversations/"+wecom+"/messages", `{"key":"key-00009","parts":[{"kind":"text","text":"x"}]}`)
		if code != 409 || !strings.Contains(text, "企业微信不允许") {
			t.Errorf("%d %s", code, text)
		}
	})
}
