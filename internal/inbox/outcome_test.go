package inbox

import (
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// told has a carrier tell what became of a message after it had taken it.
func (w *world) told(kind, external string, o carrierevent.Outcome) {
	w.tb.Helper()
	w.n++
	o.AccountID, o.ExternalID = "acc_web", external
	w.tell(timeline.Fact{Kind: kind, PersonID: "per_1", Source: "web", OccurredAt: w.clock.Now(), Data: o})
	w.catchUp()
}

func TestOutcomes(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.hear("per_1", "acc_web", "v1", "在吗")
		state := func(m Message) string {
			for _, h := range w.history(id) {
				if h.ID == m.ID {
					last := h.Attempts[len(h.Attempts)-1]
					return h.State + " " + last.Status + " " + last.Code + last.Reason
				}
			}
			return "gone"
		}
		expect := func(m Message, want string) {
			t.Helper()
			if got := state(m); got != want {
				t.Errorf("%q, not %q", got, want)
			}
		}
		read := w.post(id, "key-00001", "在的")
		w.send()
		w.told(carrierevent.MessageDelivered, "v1", carrierevent.Outcome{Key: read.ID})
		expect(read, "delivered delivered ")
		w.told(carrierevent.MessageRead, "v1", carrierevent.Outcome{SendID: "snd_" + read.ID})
		expect(read, "read read ")
		w.told(carrierevent.MessageDelivered, "v1", carrierevent.Outcome{Key: read.ID}) // late
		w.told(carrierevent.MessageFailed, "v1", carrierevent.Outcome{Key: read.ID, Code: "7"})
		expect(read, "read read ")

		// Refused after it was taken: nobody is answered, and it can be tried again.
		w.hear("per_1", "acc_web", "v1", "多少钱")
		failed := w.post(id, "key-00002", "九块九")
		w.send()
		if w.conv(id).WaitingSince != nil {
			t.Error("answered, and waits")
		}
		w.told(carrierevent.MessageFailed, "v1", carrierevent.Outcome{Key: failed.ID, Code: "95013", Reason: "客户不再接收", ReasonEN: "The customer takes no more"})
		expect(failed, "failed failed 95013客户不再接收")
		if w.conv(id).WaitingSince == nil {
			t.Error("not answered, and nobody waits")
		}
		w.want(boss, 202, "POST", "/inbox/conversations/"+id+"/messages/"+failed.ID+"/retry", "", nil)
		w.send()
		expect(failed, "sent sent ")

		// The log is faster than the sender.
		for i, c := range []struct{ kind, want string }{{carrierevent.MessageRead, "read read "}, {carrierevent.MessageFailed, "failed failed 95013"}} {
			w.sender.before = func(o Outgoing) {
				w.told(carrierevent.MessageDelivered, "v1", carrierevent.Outcome{Key: o.Key})
				w.told(c.kind, "v1", carrierevent.Outcome{Key: o.Key, Code: map[bool]string{true: "95013"}[c.kind == carrierevent.MessageFailed]})
			}
			m := w.post(id, "key-0001"+string(rune('0'+i)), "快")
			w.send()
			expect(m, c.want)
		}
		w.told(carrierevent.MessageRead, "v9", carrierevent.Outcome{SendID: "snd_of_nobody"}) // harmless
	})
}

// What staff answer in the platform's own app answers, whatever the order in
// which it is told.
func TestAnsweredElsewhere(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		start := w.clock.Now()
		at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
		answer := timeline.Fact{Kind: carrierevent.MessageSent, PersonID: "per_1", Source: "web", DedupeKey: "a", OccurredAt: at(2),
			Data: carrierevent.Message{AccountID: "acc_web", ExternalID: "v1", Type: "text", Text: "在的", UserID: "xiaoyu", StaffID: "stf_1"}}
		first, later := w.said("per_1", "acc_web", "v1", "在吗", at(1)), w.said("per_1", "acc_web", "v1", "还在吗", at(3))
		id := conversationID("acc_web", "v1")
		w.tell(first, answer)
		w.catchUp()
		if c := w.conv(id); c.WaitingSince != nil {
			t.Errorf("waits since %v", c.WaitingSince)
		}
		w.tell(later)
		w.catchUp()
		if c := w.conv(id); c.WaitingSince == nil || !c.WaitingSince.Equal(at(3)) {
			t.Errorf("waits since %v", c.WaitingSince)
		}
		if h := w.history(id); len(h) != 3 || h[1].SenderKind != senderStaff || h[1].SenderName != "小鱼" {
			t.Errorf("%+v", h)
		}
		w.must(w.runner.Rebuild(t.Context(), SubscriberName, org))
		if c := w.conv(id); c.WaitingSince == nil || !c.WaitingSince.Equal(at(3)) {
			t.Errorf("rebuilt: waits since %v", c.WaitingSince)
		}
	})
}

func TestAttachments(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		f := w.said("per_1", "acc_web", "v1", "", w.clock.Now())
		f.Data = carrierevent.Message{AccountID: "acc_web", ExternalID: "v1", Type: carrierevent.AttachedImage, Attachments: []carrierevent.Attachment{{MediaID: "med_1", Kind: carrierevent.AttachedImage, Name: "../<b>.png", Type: "image/png", Bytes: 12}}}
		w.tell(f)
		w.catchUp()
		h := w.history(conversationID("acc_web", "v1"))
		if len(h) != 1 || h[0].Type != "image" || len(h[0].Attached) != 1 || h[0].Attached[0].MediaID != "med_1" || h[0].Attached[0].Bytes != 12 {
			t.Errorf("%+v", h)
		}
		if c := w.conv(conversationID("acc_web", "v1")); c.LastType != "image" || c.LastText != "" {
			t.Errorf("%+v", c)
		}
	})
}
