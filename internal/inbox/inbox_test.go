package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

func TestTalk(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.hear("per_1", "acc_web", "v1", "<b>你好</b>\u202e")
		w.hear("per_1", "acc_web", "v1", "在吗")
		c := w.conv(id)
		if c.Unread != 2 || c.Incoming != 2 || c.Status != StatusOpen || c.WaitingSince == nil || c.LastText != "在吗" || !c.Composer.Open || c.PersonName != "客户 per_1" {
			t.Fatalf("%+v", c)
		}
		waiting := *c.WaitingSince
		// Read by one of the staff: unread for the others, and somebody still waits.
		if text := w.want(boss, 200, "POST", "/inbox/conversations/"+id+"/read", `{"incoming":99}`, nil); !strings.Contains(text, `"unread":0`) {
			t.Error(text)
		}
		w.want(boss, 200, "POST", "/inbox/conversations/"+id+"/read", `{"incoming":1}`, nil) // never goes back
		if c := w.conv(id); c.Unread != 0 || c.ReadUpTo != 2 || c.WaitingSince == nil || !c.WaitingSince.Equal(waiting) {
			t.Errorf("%+v", c)
		}
		if text := w.want(org+" operator stf_2", 200, "GET", "/inbox/conversations/"+id, "", nil); !strings.Contains(text, `"unread":2`) {
			t.Error(text)
		}
		// An answer, posted twice under one key.
		w.want(boss, 204, "PUT", "/inbox/conversations/"+id+"/draft", `{"text":"您"}`, nil)
		if c := w.conv(id); c.Draft != "您" {
			t.Errorf("draft %q", c.Draft)
		}
		m := w.post(id, "key-00001", "您好")
		if again := w.post(id, "key-00001", "您好"); again.ID != m.ID || m.State != "queued" || len(m.Attempts) != 1 {
			t.Errorf("%+v %+v", m, again)
		}
		w.want(boss, 409, "POST", "/inbox/conversations/"+id+"/messages", `{"key":"key-00001","parts":[{"kind":"text","text":"别的"}]}`, nil)
		c = w.conv(id)
		if c.WaitingSince != nil || c.AssigneeID != "stf_1" || c.LastText != "您好" || c.Draft != "" {
			t.Errorf("%+v", c)
		}
		w.send()
		w.send()
		if len(w.sender.sent) != 1 || w.sender.sent[0].To != "v1" || w.sender.sent[0].PersonID != "per_1" {
			t.Fatalf("%+v", w.sender.sent)
		}
		// The carrier tells of it as well: it is the same message.
		w.tell(timeline.Fact{Kind: carrierevent.MessageSent, PersonID: "per_1", Source: "web", OccurredAt: w.clock.Now(), Data: carrierevent.Message{AccountID: "acc_web", ExternalID: "v1", Type: "text", Text: "您好", SendID: "snd_" + m.ID}})
		// And of one that a campaign has sent.
		w.tell(timeline.Fact{Kind: carrierevent.MessageSent, PersonID: "per_1", Source: "web", OccurredAt: w.clock.Now(), Data: carrierevent.Message{AccountID: "acc_web", ExternalID: "v1", Type: "text", Text: "上新", SendID: "snd_x"}})
		w.catchUp()
		h := w.history(id)
		if len(h) != 4 || h[0].Text != "<b>你好</b>" || h[2].State != SendSent || h[2].SenderName != "小鱼" || h[3].SenderKind != "system" {
			t.Fatalf("%+v", h)
		}
		// Resolved; the next message opens it again and waits.
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+id, `{"status":"resolved","priority":2}`, nil)
		var list struct {
			httpx.Page[Conversation]
			Counts Counts
		}
		w.want(boss, 200, "GET", "/inbox/conversations", "", &list)
		if len(list.Items) != 0 || list.Counts.All != 0 {
			t.Errorf("%+v", list)
		}
		w.hear("per_1", "acc_web", "v1", "还有一个问题")
		w.want(boss, 200, "GET", "/inbox/conversations?tab=mine&sort=waiting", "", &list)
		if len(list.Items) != 1 || list.Items[0].Status != StatusOpen || list.Items[0].Unread != 1 || list.Counts != (Counts{Mine: 1, All: 1, Waiting: 1, Unread: 1}) {
			t.Errorf("%+v", list)
		}
		if spells := w.rows("SELECT number || ' ' || replies || ' ' || first_reply_by || ' ' || resolved_by FROM inbox_spell WHERE org_id = ? ORDER BY number", org); fmt.Sprint(spells) != "[0 1 stf_1 stf_1 1 0  ]" {
			t.Errorf("%q", spells)
		}
		if len(w.audits) != 1 {
			t.Errorf("%v", w.audits)
		}
		// Made again from the log: what staff did and have read stays.
		before := w.state()
		w.must(w.runner.Rebuild(t.Context(), SubscriberName, org))
		if after := w.state(); after != before {
			t.Errorf("%s\nrebuilt: %s", before, after)
		}
	})
}

func TestUnreadWhileAnswering(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.hear("per_1", "acc_oa", "o1", "一")
		w.post(id, "key-00001", "答")
		// It was on its way while staff answered and resolved: it counts although it happened before.
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+id, `{"status":"resolved"}`, nil)
		early := w.clock.Now().Add(-time.Hour)
		w.tell(w.said("per_1", "acc_oa", "o1", "更早", early))
		w.catchUp()
		c := w.conv(id)
		if c.Status != StatusOpen || c.Unread != 1 || c.WaitingSince == nil || !c.WaitingSince.Equal(early) || c.LastText != "答" {
			t.Errorf("%+v", c)
		}
		if h := w.history(id); h[0].Text != "更早" || h[1].Text != "一" {
			t.Errorf("%+v", h)
		}
		// A snoozed one comes back at its time, not earlier.
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+id, `{"status":"snoozed","snoozed_until":"2026-06-15T06:00:00Z"}`, nil)
		w.must(w.svc.Due(context.Background()))
		if c := w.conv(id); c.Status != StatusSnoozed {
			t.Errorf("%+v", c)
		}
		w.clock.Advance(3 * time.Hour)
		w.must(w.svc.Due(context.Background()))
		if c := w.conv(id); c.Status != StatusOpen || c.SnoozedUntil != nil {
			t.Errorf("%+v", c)
		}
	})
}

func TestAttempts(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.hear("per_1", "acc_oa", "o1", "一")
		retry := func(m Message, status int) {
			w.want(boss, status, "POST", "/inbox/conversations/"+id+"/messages/"+m.ID+"/retry", "", nil)
		}
		state := func(m Message, want string) {
			t.Helper()
			for _, h := range w.history(id) {
				if h.ID == m.ID {
					got := h.State
					for _, a := range h.Attempts {
						got += " " + a.Status + ":" + a.Code
					}
					if got != want {
						t.Errorf("%s, not %s", got, want)
					}
				}
			}
		}
		m := w.post(id, "key-00001", "甲")
		retry(m, 409)
		// Failed for good: nobody is answered; trying again truly sends, under a new name.
		w.sender.answer = failing("45015", false)
		w.send()
		state(m, "failed failed:45015")
		if c := w.conv(id); c.WaitingSince == nil {
			t.Error("a failed answer is no answer")
		}
		w.sender.answer = nil
		retry(m, 202)
		if c := w.conv(id); c.WaitingSince != nil {
			t.Error("it is being answered")
		}
		w.send()
		state(m, "sent failed:45015 sent:")
		// Failed for now: the same name goes on where it ended.
		w.sender.answer = failing("busy", true)
		m = w.post(id, "key-00002", "乙")
		w.send()
		w.sender.answer = nil
		retry(m, 202)
		w.send()
		state(m, "sent failed:busy sent:")
		if w.sender.sent[1].Key != m.ID {
			t.Errorf("%+v", w.sender.sent)
		}
		// No answer came: shown as doubtful, and never sent again by itself.
		w.sender.answer = func(o Outgoing) (Receipt, error) {
			return Receipt{ID: "snd_" + o.Key, Status: SendDoubtful, Code: "lost"}, nil
		}
		m = w.post(id, "key-00003", "丙")
		w.send()
		w.clock.Advance(time.Hour)
		w.send()
		state(m, "doubtful doubtful:lost")
		// The house's own trouble: asked again with the same name, in order.
		w.sender.answer = func(Outgoing) (Receipt, error) { return Receipt{}, errDown }
		m = w.post(id, "key-00004", "丁")
		n := w.post(id, "key-00005", "戊")
		w.send()
		state(m, "sending queued:")
		w.sender.answer = nil
		w.send()
		w.clock.Advance(time.Minute)
		w.send()
		state(m, "sent sent:")
		state(n, "sent sent:")
		if got := strings.Join(w.sender.order, ""); got != "甲乙丙丁戊" {
			t.Error(got)
		}
		// The window.
		if c := w.conv(id); c.Composer.Left != 0 || c.Composer.Open {
			t.Errorf("%+v", c.Composer)
		}
		code, text := w.do(boss, "POST", "/inbox/conversations/"+id+"/messages", `{"key":"key-00006","parts":[{"kind":"text","text":"己"}]}`)
		if code != 409 || !strings.Contains(text, "5 条") {
			t.Errorf("%d %s", code, text)
		}
		w.hear("per_1", "acc_oa", "o1", "二")
		if c := w.conv(id); c.Composer.Left != 5 || !c.Composer.Open || c.Composer.ClosesAt == nil {
			t.Errorf("%+v", c.Composer)
		}
		w.clock.Advance(48 * time.Hour)
		if c := w.conv(id); c.Composer.Open || !strings.Contains(c.Composer.Note, "48") {
			t.Errorf("%+v", c.Composer)
		}
	})
}

func TestOwnSendTellsFirst(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.hear("per_1", "acc_web", "v1", "一")
		w.sender.before = func(o Outgoing) { // the log is faster than the receipt
			w.tell(timeline.Fact{Kind: carrierevent.MessageSent, PersonID: "per_1", Source: "web", OccurredAt: w.clock.Now(), Data: carrierevent.Message{AccountID: "acc_web", ExternalID: "v1", Type: "text", Text: "答", SendID: "snd_" + o.Key, Key: o.Key}})
			w.catchUp()
		}
		m := w.post(id, "key-00001", "答")
		w.send()
		if h := w.history(id); len(h) != 2 || h[1].ID != m.ID || h[1].State != SendSent {
			t.Errorf("%+v", h)
		}
		w.must(w.runner.Rebuild(t.Context(), SubscriberName, org))
		if h := w.history(id); len(h) != 2 {
			t.Errorf("%+v", h)
		}
	})
}

func TestFlood(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var all []timeline.Fact
		at := w.clock.Now()
		for i := range 2000 {
			all = append(all, w.said("per_1", "acc_web", "v1", fmt.Sprint("m", i), at.Add(time.Duration(i)*time.Millisecond)))
		}
		w.tell(all...)
		w.catchUp()
		id := conversationID("acc_web", "v1")
		c, h := w.conv(id), w.history(id)
		if c.Unread != 2000 || c.Incoming != 2000 || len(h) != floodKept+1 || h[floodKept].Type != "flood" || h[floodKept].Collapsed != 1980 || h[floodKept].N != 2000 {
			t.Errorf("%+v %d", c, len(h))
		}
		w.clock.Advance(time.Minute)
		w.hear("per_1", "acc_web", "v1", "好了")
		if h := w.history(id); h[len(h)-1].Text != "好了" {
			t.Error("the next minute is a new one")
		}
		before := w.state()
		w.must(w.runner.Rebuild(t.Context(), SubscriberName, org))
		if after := w.state(); after != before {
			t.Errorf("%s\nrebuilt: %s", before, after)
		}
	})
}

// state is everything that must not depend on the order in which facts came.
func (w *world) state() string {
	w.tb.Helper()
	var p httpx.Page[Conversation]
	w.want(boss, 200, "GET", "/inbox/conversations?status=all&limit=100", "", &p)
	text := ""
	for _, c := range p.Items {
		c.LastSeq = 0
		b, err := json.Marshal(c)
		w.must(err)
		text += string(b) + "\n"
		for _, m := range w.history(c.ID) {
			text += fmt.Sprintln("  ", m.Direction, m.SenderKind, m.Text, m.Collapsed, m.At)
		}
	}
	return text
}

func TestWhoSeesWhat(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.owners["per_mine"] = "stf_2"
		mine, free, other := w.hear("per_mine", "acc_oa", "o1", "x"), w.hear("per_2", "acc_web", "v2", "x"), w.hear("per_3", "acc_web", "v3", "x")
		w.want(boss, 200, "POST", "/inbox/conversations/"+other+"/transfer", `{"staff_id":"stf_3","note":"麻烦跟进"}`, nil)
		w.want(boss, 422, "POST", "/inbox/conversations/"+other+"/transfer", `{"staff_id":"stf_gone"}`, nil)
		w.want(boss, 422, "PATCH", "/inbox/conversations/"+other, `{"assignee_staff_id":"stf_view"}`, nil)
		associate := org + " associate stf_2"
		var list struct {
			httpx.Page[Conversation]
			Counts Counts
		}
		w.want(associate, 200, "GET", "/inbox/conversations", "", &list)
		if len(list.Items) != 2 || list.Items[0].ID != free || list.Items[1].ID != mine || list.Counts.All != 2 || list.Counts.Unassigned != 2 {
			t.Errorf("%+v", list)
		}
		for _, try := range tries(other, "msg_x") {
			if code, text := w.do(associate, try.method, try.path, try.body); code != 404 {
				t.Errorf("%s %s: %d %s", try.method, try.path, code, text)
			}
		}
		// Not on the desk: what is unassigned there is hidden too.
		w.must(d.Write(t.Context(), org, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "INSERT INTO inbox_desk (org_id, account_id, strategy, members, capacity, hours, turn, updated_at) VALUES (?, 'acc_web', 'off', '[\"stf_3\"]', 0, '[]', '', 1)", org)
			return err
		}))
		w.want(associate, 404, "GET", "/inbox/conversations/"+free, "", nil)
		// The customer becomes theirs.
		w.owners["per_3"] = "stf_2"
		w.tell(timeline.Fact{Kind: poolevent.Updated, PersonID: "per_3", Data: poolevent.Person{OwnerStaffID: "stf_2"}})
		w.catchUp()
		w.want(associate, 200, "GET", "/inbox/conversations/"+other, "", nil)
		for _, role := range []string{"finance", "viewer"} {
			w.want(org+" "+role+" stf_2", 403, "GET", "/inbox/conversations", "", nil)
		}
	})
}

// tries are all endpoints that name a conversation, with valid bodies.
func tries(id, message string) []struct{ method, path, body string } {
	p := "/inbox/conversations/" + id
	return []struct{ method, path, body string }{
		{"GET", p, ""}, {"PATCH", p, `{"status":"resolved"}`}, {"POST", p + "/transfer", `{"staff_id":"stf_1"}`}, {"POST", p + "/read", `{"incoming":1}`},
		{"PUT", p + "/draft", `{"text":"x"}`}, {"POST", p + "/presence", `{"typing":true}`}, {"GET", p + "/messages", ""},
		{"POST", p + "/messages", `{"key":"key-00001","parts":[{"kind":"text","text":"x"}]}`}, {"POST", p + "/messages/" + message + "/retry", ""}, {"POST", p + "/notes", `{"key":"key-00001","text":"x"}`},
	}
}

func TestNothingOfAnotherBrand(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.hear("per_1", "acc_web", "v1", "秘密")
		m := w.post(id, "key-00001", "答")
		before := w.state()
		for _, try := range tries(id, m.ID) {
			if code, text := w.do("org_b owner stf_1", try.method, try.path, try.body); code != 404 {
				t.Errorf("%s %s: %d %s", try.method, try.path, code, text)
			}
		}
		if text := w.want("org_b owner stf_1", 200, "GET", "/inbox/conversations?status=all", "", nil); !strings.Contains(text, `"items":[]`) {
			t.Error(text)
		}
		if after := w.state(); after != before {
			t.Errorf("%s\n%s", before, after)
		}
	})
}

func TestMergedAndHandedOver(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.owners["per_w"] = "stf_3"
		id := w.hear("per_l", "acc_web", "v1", "x")
		merge := poolevent.Merge{WinnerID: "per_w", LoserID: "per_l", Members: []string{"per_l"}}
		w.tell(timeline.Fact{Kind: poolevent.Merged, PersonID: "per_w", Data: merge})
		w.catchUp()
		w.hear("per_w", "acc_web", "v1", "y") // known under the winner now
		if c := w.conv(id); c.PersonID != "per_w" || c.OwnerStaffID != "stf_3" {
			t.Errorf("%+v", c)
		}
		w.tell(timeline.Fact{Kind: poolevent.Split, PersonID: "per_w", Data: merge})
		w.catchUp()
		if c := w.conv(id); c.PersonID != "per_l" || c.OwnerStaffID != "" {
			t.Errorf("%+v", c)
		}
		w.clock.Advance(time.Second)
		w.tell(timeline.Fact{Kind: carrierevent.FriendTransferred, PersonID: "per_l", OccurredAt: w.clock.Now(), Data: carrierevent.Friend{AccountID: "acc_web", ExternalID: "v1", StaffID: "stf_2"}})
		w.catchUp()
		if c := w.conv(id); c.AssigneeID != "stf_2" || len(c.History) != 1 {
			t.Errorf("%+v", c)
		}
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+id, `{"assignee_staff_id":""}`, nil)
		before := w.state()
		w.must(w.runner.Rebuild(t.Context(), SubscriberName, org))
		if after := w.state(); after != before {
			t.Errorf("%s\nrebuilt: %s", before, after)
		}
	})
}

// What Run does by itself: a message is sent as soon as it is posted.
func TestRun(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.hear("per_1", "acc_web", "v1", "x")
		sent := make(chan string, 1)
		w.sender.before = func(o Outgoing) { sent <- o.Key }
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.svc.Run(ctx); close(ended) }()
		m := w.post(id, "key-00001", "a")
		select {
		case key := <-sent:
			if key != m.ID {
				t.Error(key)
			}
		case <-time.After(10 * time.Second):
			t.Error("nothing was sent")
		}
		stop()
		<-ended
		if h := w.history(id); h[1].State != SendSent { // who has begun ends it
			t.Errorf("%+v", h[1])
		}
	})
}

// Customers are shown, where their carrier can, that somebody types and has
// read; and files of a conversation are seen by who sees it.
func TestSigns(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.owners["per_1"] = "stf_2"
		id := w.hear("per_1", "acc_web", "v1", "在吗")
		w.want(boss, 200, "POST", "/inbox/conversations/"+id+"/presence", `{"typing":false}`, nil)
		if len(w.signs) != 0 {
			t.Errorf("%v", w.signs)
		}
		w.want(boss, 200, "POST", "/inbox/conversations/"+id+"/presence", `{"typing":true}`, nil)
		w.want(boss, 200, "POST", "/inbox/conversations/"+id+"/read", `{"incoming":1}`, nil)
		if got := strings.Join(w.signs, ","); got != "typing v1,seen v1" {
			t.Error(got)
		}
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+id, `{"assignee_staff_id":"stf_3"}`, nil)
		for staff, want := range map[string]bool{"stf_1": false, "stf_2": true, "stf_3": true} {
			ctx := access.With(t.Context(), testkit.Actor(Permissions, org, "associate", staff))
			w.must(d.Read(ctx, org, func(tx *db.Tx) error {
				sees, err := w.svc.MaySee(ctx, tx, org, "acc_web", "v1")
				none, err2 := w.svc.MaySee(ctx, tx, org, "acc_web", "v2")
				if sees != want || none {
					t.Errorf("%s: %v %v", staff, sees, none)
				}
				return errors.Join(err, err2)
			}))
		}
	})
}
