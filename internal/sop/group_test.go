package sop

import (
	"context"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func (w *world) chat(id, name, owner string, created time.Time) {
	w.chats[id] = Chat{AccountID: "acc_wx", ChatID: id, Name: name, Owner: owner, OwnerName: "群主" + owner, OwnerID: map[string]string{"lin": "stf_1", "hai": "stf_2"}[owner], Members: 9, Created: created}
}

func groupSpec(trigger Trigger, steps ...Step) Spec {
	return Spec{Trigger: trigger, Steps: steps}
}

// New groups that fit the rule come in by themselves; their owners are asked once
// for all of theirs that are to get the same.
func TestGroups(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := message("b", 1, "20:00", "")
		m.Materials = []Material{{ID: "mat_1"}}
		v := w.live(Group, groupSpec(Trigger{Kind: ByGroup, Name: "新客*福利", Owners: []string{"lin", "hai"}}, message("a", 0, "20:00", "Welcome to {{ brand }}"), m))
		w.clock.Advance(time.Minute)
		now := w.clock.Now()
		w.chat("chat_1", "新客春日福利群", "lin", now)
		w.chat("chat_2", "新客夏日福利群", "lin", now)
		w.chat("chat_3", "新客秋日福利群", "hai", now)
		w.chat("chat_4", "老客福利群", "lin", now)
		w.chat("chat_5", "新客福利群", "zhou", now)
		w.chat("chat_6", "新客旧福利群", "lin", now.AddDate(0, -1, 0))
		for id := range w.chats {
			w.happened(carrierevent.GroupJoined, "per_1", carrierevent.Group{AccountID: "acc_wx", ChatID: id})
		}
		testkit.Must(t, w.svc.Look(context.Background()))
		if got := strings.Count(w.state(v.ID), "active"); got != 3 || strings.Contains(w.state(v.ID), "chat_4") || strings.Contains(w.state(v.ID), "chat_6") {
			t.Errorf("in it: %s", w.state(v.ID))
		}
		w.to("2026-11-23 20:00")
		if len(w.asks) != 2 {
			t.Errorf("asked %d times", len(w.asks))
		}
		for _, a := range w.asks {
			if a.Parts[0].Text != "Welcome to 鱼塘" || a.AccountID != "acc_wx" || a.EndAt.Format(time.RFC3339) != "2026-11-23T16:00:00Z" || len(a.ChatIDs) != map[bool]int{true: 1, false: 2}[a.ChatIDs[0] == "chat_3"] {
				t.Errorf("%+v", a)
			}
			w.askedAt[a.Key][a.ChatIDs[0]] = "sent"
		}
		today, err := w.svc.Today(as("associate", "stf_1"))
		testkit.Must(t, err)
		if len(today.Confirm) != 1 || len(today.Confirm[0].Groups) != 1 {
			t.Errorf("to confirm: %+v", today)
		}
		c := w.chats["chat_2"]
		c.Dismissed = true
		w.chats["chat_2"] = c
		w.to("2026-11-24 20:00")
		equal(t, "links of their owners", strings.Join(w.cards, " "), "mat_1/stf_1/ mat_1/stf_2/")
		if !strings.Contains(w.state(v.ID), "chat_2 ended/dismissed") {
			t.Errorf("dismissed: %s", w.state(v.ID))
		}
		all, err := w.svc.Steps(operator, v.ID)
		testkit.Must(t, err)
		if all[0].Sent != 2 || all[0].Asked != 1 || all[1].Asked != 2 || all[0].Due != 3 {
			t.Errorf("%+v", all)
		}
		w.tallied()
	})
}

// Days of a group are counted from when it was made, came in, or a date.
func TestSinceWhen(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		for since, want := range map[string]string{
			SinceCreated:  "a skipped/before, b skipped/before, c asked",
			SinceEnrolled: "a asked, b asked, c asked",
			SinceDate:     "a skipped/before, b asked, c asked",
		} {
			w := newWorld(t, testkit.Open(t, d.Engine(), schema))
			v := w.live(Group, groupSpec(Trigger{Kind: ByHand, Since: since, Date: map[bool]string{true: "2026-11-23"}[since == SinceDate]}, message("a", 0, "09:00", "1"), message("b", 1, "09:00", "2"), message("c", 5, "09:00", "3")))
			w.chat("chat_1", "群", "lin", w.clock.Now().AddDate(0, 0, -3))
			if since == SinceEnrolled {
				w.clock.Advance(-2 * time.Hour) // before nine
			}
			out, err := w.svc.Enrol(operator, v.ID, EnrolInput{Groups: []GroupRef{{"acc_wx", "chat_1"}}})
			testkit.Must(t, err)
			if out.Enrolled != 1 {
				t.Errorf("%s: %+v", since, out)
			}
			for day := range 6 {
				w.to(time.Date(2026, 11, 23+day, 9, 0, 0, 0, time.UTC).Format("2006-01-02 15:04"))
				w.clock.Advance(5 * time.Hour)
				w.tick()
			}
			equal(t, since, w.steps(v.ID), want)
		}
	})
}

// A material that is gone keeps that step from groups, and nothing else.
func TestGoneMaterial(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m := message("a", 0, "11:00", "Look")
		m.Materials = []Material{{ID: "mat_gone"}}
		v := w.live(Group, groupSpec(Trigger{Kind: ByHand, Since: SinceEnrolled}, m, message("b", 0, "12:00", "Then")))
		w.chat("chat_1", "群", "lin", w.clock.Now())
		_, err := w.svc.Enrol(operator, v.ID, EnrolInput{Groups: []GroupRef{{"acc_wx", "chat_1"}}})
		testkit.Must(t, err)
		w.to("2026-11-23 11:00")
		w.to("2026-11-23 12:00")
		equal(t, "steps", w.steps(v.ID), "a skipped/content, b asked")
		_, err = w.svc.Steer(operator, v.ID, "stop")
		testkit.Must(t, err)
		for _, st := range w.askedAt {
			if st["chat_1"] != "cancelled" {
				t.Errorf("still asked for: %v", st)
			}
		}
	})
}
