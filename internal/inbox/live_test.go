package inbox

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// TestFramesAreWordedForWhoReads: why a message failed is told to each listener
// in their language.
func TestFramesAreWordedForWhoReads(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		server := httptest.NewServer(w.api.Handler())
		t.Cleanup(server.Close)
		id := w.hear("per_1", "acc_web", "v1", "hi")
		zh, en := w.listen(t, server, boss, "", "zh-CN"), w.listen(t, server, org+" owner stf_2", "", "en")
		t.Cleanup(func() { zh.stop(); en.stop() })
		w.sender.answer = failing("x", true)
		w.post(id, "key-00001", "看看")
		w.send()
		for l, want := range map[*listener]string{zh: "平台不接受", en: "not accepted"} {
			for {
				e := l.next()
				if e.name != "conversation" || len(e.Messages) == 0 {
					continue
				}
				m := e.Messages[len(e.Messages)-1]
				if m.State != SendFailed {
					continue
				}
				if got := m.Attempts[0]; got.Reason != want || got.Code != "x" {
					t.Errorf("%+v, not %s", got, want)
				}
				break
			}
		}
	})
}

// TestCustomerTypes: staff see that a customer is writing, for some seconds.
func TestCustomerTypes(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		server := httptest.NewServer(w.api.Handler())
		t.Cleanup(server.Close)
		id := w.hear("per_1", "acc_web", "v1", "hi")
		before := w.conv(id)
		l := w.listen(t, server, boss, "")
		t.Cleanup(l.stop)
		w.svc.Typing(t.Context(), org, "acc_web", "nobody") // has never written
		w.svc.Typing(t.Context(), "org_b", "acc_web", "v1")
		w.svc.Typing(t.Context(), org, "acc_web", "v1")
		e := l.next()
		until := w.clock.Now().Add(typingFor)
		if e.name != "presence" || e.ID != id || e.Typing == nil || !e.Typing.Equal(until) || len(e.Staff) != 0 {
			t.Errorf("%+v", e)
		}
		now := w.conv(id)
		if now.Typing == nil || !now.Typing.Equal(until) || len(now.Presence) != 0 || now.LastSeq != before.LastSeq || now.Unread != before.Unread {
			t.Errorf("%+v", now)
		}
		w.clock.Advance(typingFor + time.Second)
		if now := w.conv(id); now.Typing != nil {
			t.Error("it does not end by itself:", now.Typing)
		}
	})
}

// TestComposerKnowsThePlatformsSession: what the carrier knows of the session is
// said in words, and nothing is queued that could not be sent.
func TestComposerKnowsThePlatformsSession(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.hear("per_1", "acc_oa", "o1", "hi")
		until := w.clock.Now().Add(30 * time.Minute)
		for _, c := range []struct {
			window   Window
			why, say string
			left     int
		}{
			{Window{Open: true, Until: &until, Left: 2}, "", "", 2},
			{Window{Why: WhyServed, Left: -1, UserID: "u9", StaffID: "stf_2"}, WhyServed, "阿海 正在平台上接待", -1},
			{Window{Why: WhyServed, Left: -1, UserID: "u9"}, WhyServed, "u9 正在平台上接待", -1},
			{Window{Why: WhyServed, Left: -1}, WhyServed, "有同事正在平台上接待", -1},
			{Window{Why: WhyQueued, Left: 5}, WhyQueued, "队列", -1},
			{Window{Why: WhyEnded, Left: 5}, WhyEnded, "会话已经结束", -1},
			{Window{Why: WhyWindow, Left: -1}, WhyWindow, "48 小时", 5},
			{Window{Why: WhyLimit, Until: &until, Left: 0}, WhyLimit, "发满 5 条", 0},
		} {
			w.window = &c.window
			got := w.conv(id).Composer
			if got.Open != (c.why == "") || got.Why != c.why || !strings.Contains(got.Note, c.say) || got.Left != c.left {
				t.Errorf("%+v: %+v", c.window, got)
			}
			if c.window.Until != nil && (got.ClosesAt == nil || !got.ClosesAt.Equal(until)) {
				t.Errorf("%+v: until %v", c.window, got.ClosesAt)
			}
			if c.why != "" {
				if text := w.want(boss, 409, "POST", "/inbox/conversations/"+id+"/messages", `{"key":"key-00001","parts":[{"kind":"text","text":"x"}]}`, nil); !strings.Contains(text, c.say) {
					t.Error(text)
				}
			}
		}
		// A word in the menu opened it again though they wrote long ago.
		w.clock.Advance(72 * time.Hour)
		again := w.clock.Now().Add(time.Hour)
		w.window = &Window{Open: true, Until: &again, Left: 1}
		if got := w.conv(id).Composer; !got.Open || got.Left != 1 {
			t.Errorf("%+v", got)
		}
		w.members["stf_2"] = Member{}
		why, note := session(Window{Why: WhyServed, UserID: "u9", StaffID: "stf_2"}, w.members)
		if why != WhyServed || !strings.HasPrefix(note.In(i18n.EN), "u9 serves") {
			t.Error(why, note)
		}
	})
}
