package sop

import (
	"strings"
	"testing"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/segment/segmentevent"
)

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s\n got %s\nwant %s", what, got, want)
	}
}

// Everybody's steps come by day and hour, once, each until the end of its day.
func TestSeriesOfAPerson(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		v := w.live(Person, spec(message("b", 1, "09:30", "Day one, {{ name }}"), message("a", 0, "20:00", "Hello"), Step{ID: "c", Day: 2, At: "10:00", Kind: "task", Text: "Call them"}, message("d", 2, "20:00", "Bye")))
		w.enrol(v.ID, "per_1")
		w.to("2026-11-23 19:59")
		equal(t, "before", w.got("per_1"), "")
		w.to("2026-11-23 20:00")
		w.tick()
		equal(t, "first", w.got("per_1"), "a")
		for key, r := range w.box.to {
			if !strings.HasPrefix(key, v.ID+".a.s/") || r.Until.Format(time.RFC3339) != "2026-11-23T16:00:00Z" || len(r.Addresses) != 1 {
				t.Errorf("%s %+v", key, r)
			}
		}
		w.to("2026-11-24 09:30")
		w.to("2026-11-25 10:01")
		if len(w.tasks) != 1 || w.tasks["task_1"].StaffID != "stf_1" || w.tasks["task_1"].Text != "Call them" {
			t.Errorf("tasks %v", w.tasks)
		}
		w.to("2026-11-25 20:00")
		equal(t, "all", w.got("per_1"), "a b d")
		equal(t, "steps", w.steps(v.ID), "a given, b given, c tasked, d given")
		equal(t, "over", w.state(v.ID), "per_1 done")
		w.tallied()
	})
}

// By the clock on the wall where the person is.
func TestEachInTheirOwnZone(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.person(Known{ID: "per_la", Name: "Ann", Zone: "America/Los_Angeles"})
		w.person(Known{ID: "per_odd", Name: "Bob", Zone: "Nowhere/Odd"})
		v := w.live(Person, spec(message("a", 1, "09:00", "Hello")))
		w.enrol(v.ID, "per_la", "per_odd") // it is Sunday 18:00 in Los Angeles
		w.to("2026-11-24 00:59")
		equal(t, "too early", w.got("per_la"), "")
		w.to("2026-11-24 01:00") // Monday 09:00 there
		equal(t, "there", w.got("per_la"), "a")
		w.to("2026-11-24 09:00")
		equal(t, "brand's", w.got("per_odd"), "a")
	})
}

// What was past when they came in is passed over; what was due while nobody looked
// goes within the hours of the series.
func TestPastAndLate(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		sp := spec(message("a", 0, "08:00", "Morning"), message("b", 0, "12:00", "Noon"), message("c", 0, "22:00", "Night"), message("d", 1, "08:00", "Next"), message("e", 1, "23:00", "Last"))
		sp.CatchUpHours = 3
		v := w.live(Person, sp)
		w.enrol(v.ID, "per_1")
		w.to("2026-11-23 14:30") // noon was 2.5 hours ago
		w.to("2026-11-24 01:30") // 22:00 was 3.5 hours ago, and its day is over
		w.to("2026-11-24 10:30")
		w.to("2026-11-25 00:30") // 23:00 was 1.5 hours ago, but its day is over
		equal(t, "steps", w.steps(v.ID), "a skipped/before, b given, c skipped/late, d given, e skipped/late")
		equal(t, "over", w.state(v.ID), "per_1 done")
		w.tallied()
	})
}

// A message that waits in the outbox lets the next one wait, and does not hold up
// the series for ever.
func TestOrderIsKept(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		v := w.live(Person, spec(message("a", 0, "12:00", "1"), message("b", 0, "12:05", "2"), message("c", 0, "12:10", "3"), message("d", 1, "12:00", "4")))
		w.enrol(v.ID, "per_1")
		w.to("2026-11-23 12:00")
		first := w.box.order[0]
		w.box.open[first] = true
		w.to("2026-11-23 12:06")
		equal(t, "held up", w.got("per_1"), "a")
		w.to("2026-11-23 13:00")
		equal(t, "still", w.got("per_1"), "a")
		w.box.open[first] = false
		for range 80 {
			w.clock.Advance(time.Minute)
			w.tick()
		}
		equal(t, "one after the other", w.got("per_1"), "a b c")
		w.box.open[w.box.order[2]] = true
		w.to("2026-11-24 13:00")
		w.to("2026-11-25 09:00")
		equal(t, "steps", w.steps(v.ID), "a given, b given, c given, d skipped/order")
	})
}

// What ends a series, and what is then called off.
func TestExits(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		sp := spec(message("a", 0, "11:00", "1"), Step{ID: "t", Day: 0, At: "11:30", Kind: "task", Text: "Call"}, Step{ID: "b", Day: 1, At: "12:00", Kind: "message", Purpose: Marketing, Text: "2"})
		sp.Trigger = Trigger{Kind: BySegment, SegmentID: "seg_1"}
		sp.Exits = Exits{Replied: true, Ordered: true, LeftSegment: true, Unfriended: true}
		for _, c := range []struct {
			name, kind string
			data       any
			prepare    func(w *world)
			want       string
		}{
			{name: "answered", kind: carrierevent.MessageReceived, data: carrierevent.Message{AccountID: "acc_mail", Text: "hi"}, want: "per_1 ended/replied"},
			{name: "a machine answered", kind: carrierevent.MessageReceived, data: carrierevent.Message{AccountID: "acc_mail", Automatic: true}, want: "per_1 active"},
			{name: "ordered", kind: mallevent.OrderPaid, data: mallevent.Order{OrderID: "o"}, want: "per_1 ended/ordered"},
			{name: "left", kind: segmentevent.Left, data: segmentevent.Moved{SegmentID: "seg_1"}, want: "per_1 ended/left_segment"},
			{name: "left another", kind: segmentevent.Left, data: segmentevent.Moved{SegmentID: "seg_2"}, want: "per_1 active"},
			{name: "no friend", kind: carrierevent.FriendRemoved, data: carrierevent.Friend{AccountID: "acc_mail"}, prepare: func(w *world) { w.noWay["per_1acc_mail"] = true }, want: "per_1 ended/unfriended"},
			{name: "still another's friend", kind: carrierevent.FriendRemoved, data: carrierevent.Friend{AccountID: "acc_mail"}, want: "per_1 active"},
			{name: "consent", kind: poolevent.ConsentWithdrawn, data: poolevent.Consent{Purpose: Marketing}, want: "per_1 ended/consent"},
			{name: "another consent", kind: poolevent.ConsentWithdrawn, data: poolevent.Consent{Purpose: "research"}, want: "per_1 active"},
			{name: "erased", kind: poolevent.NoteAdded, data: poolevent.Note{}, prepare: func(w *world) { delete(w.people, "per_1") }, want: "per_1 ended/gone"},
		} {
			t.Run(c.name, func(t *testing.T) {
				w = newWorld(t, testkit.Open(t, d.Engine(), schema))
				v := w.live(Person, sp)
				w.happened(segmentevent.Entered, "per_1", segmentevent.Moved{SegmentID: "seg_1", Cause: segmentevent.Changed})
				w.to("2026-11-23 11:30")
				if c.prepare != nil {
					c.prepare(w)
				}
				w.clock.Advance(time.Minute)
				w.happened(c.kind, "per_1", c.data)
				w.to("2026-11-24 12:00")
				equal(t, "state", strings.ReplaceAll(w.state(v.ID), "done", "active"), c.want)
				ended := strings.Contains(c.want, "ended")
				if ended != (len(w.off) == 1) || ended != (w.got("per_1") == "a") || ended != (len(w.box.off) == 1) {
					t.Errorf("tasks off %v, messages off %v, got %s", w.off, w.box.off, w.got("per_1"))
				}
				w.tallied()
			})
		}
	})
}

// Who comes in by themselves, and who does not.
func TestTriggers(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		for _, c := range []struct {
			name    string
			trigger Trigger
			kind    string
			data    any
			in      bool
		}{
			{"friend", Trigger{Kind: ByFriend}, carrierevent.FriendAdded, carrierevent.Friend{AccountID: "acc_wx"}, true},
			{"friend of that account", Trigger{Kind: ByFriend, AccountIDs: []string{"acc_wx"}}, carrierevent.FriendAdded, carrierevent.Friend{AccountID: "acc_wx"}, true},
			{"friend of another", Trigger{Kind: ByFriend, AccountIDs: []string{"acc_wx"}}, carrierevent.FriendAdded, carrierevent.Friend{AccountID: "acc_2"}, false},
			{"found by a sync", Trigger{Kind: ByFriend}, carrierevent.FriendAdded, carrierevent.Friend{AccountID: "acc_wx", Historic: true}, false},
			{"channel", Trigger{Kind: ByChannel, ChannelIDs: []string{"chn_1"}}, acquisitionevent.Arrived, acquisitionevent.Arrival{ChannelID: "chn_1"}, true},
			{"another channel", Trigger{Kind: ByChannel, ChannelIDs: []string{"chn_1"}}, acquisitionevent.Arrived, acquisitionevent.Arrival{ChannelID: "chn_2"}, false},
			{"no channel", Trigger{Kind: ByChannel}, acquisitionevent.Arrived, acquisitionevent.Arrival{}, false},
			{"segment", Trigger{Kind: BySegment, SegmentID: "seg_1"}, segmentevent.Entered, segmentevent.Moved{SegmentID: "seg_1", Cause: segmentevent.Time}, true},
			{"the segment was edited", Trigger{Kind: BySegment, SegmentID: "seg_1"}, segmentevent.Entered, segmentevent.Moved{SegmentID: "seg_1", Cause: segmentevent.Edited}, false},
			{"by hand", Trigger{Kind: ByHand}, carrierevent.FriendAdded, carrierevent.Friend{AccountID: "acc_wx"}, false},
		} {
			w := newWorld(t, testkit.Open(t, d.Engine(), schema))
			sp := spec(message("a", 1, "09:00", "Hello"))
			sp.Trigger = c.trigger
			v := w.live(Person, sp)
			w.happened(c.kind, "per_1", c.data)
			w.happened(c.kind, "per_1", c.data) // once
			want := ""
			if c.in {
				want = "per_1 active"
			}
			equal(t, c.name, w.state(v.ID), want)
		}
	})
}

// Who was in it comes in again after so many days, or never.
func TestAgain(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		sp := spec(message("a", 0, "11:00", "Hello"))
		once := w.live(Person, sp)
		sp.AgainDays = 10
		again := w.live(Person, sp)
		for _, v := range []SOP{once, again} {
			w.enrol(v.ID, "per_1")
		}
		try := func(want int) {
			t.Helper()
			n := 0
			for _, v := range []SOP{once, again} {
				out, err := w.svc.Enrol(operator, v.ID, EnrolInput{PersonIDs: []string{"per_1"}})
				testkit.Must(t, err)
				n += out.Enrolled
			}
			if n != want {
				t.Errorf("%s: %d came in, not %d", w.clock.Now(), n, want)
			}
		}
		try(0)
		w.to("2026-11-23 11:00")
		try(0)
		w.to("2026-12-02 09:00")
		try(0)
		w.to("2026-12-04 09:00")
		try(1)
		w.to("2026-12-04 11:00")
		equal(t, "twice", w.got("per_1"), "a a a")
	})
}

// Who is inside stays on their version until moved; what they had never comes
// again.
func TestVersions(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		v := w.live(Person, spec(message("a", 0, "11:00", "1"), message("b", 1, "11:00", "2"), message("c", 2, "11:00", "3")))
		w.enrol(v.ID, "per_1", "per_2")
		w.to("2026-11-23 11:00")
		v, err := w.svc.Update(operator, v.ID, v.Revision, Input{Name: "七天", Kind: Person, Spec: spec(message("x", 0, "12:00", "new"), message("a", 1, "10:00", "1 later"), message("c", 2, "11:00", "3 other"), message("y", 3, "11:00", "4"))})
		testkit.Must(t, err)
		if !v.Unpublished || v.Version != 1 {
			t.Errorf("%+v", v)
		}
		w.to("2026-11-24 11:00")
		equal(t, "as it was", w.got("per_1"), "a b")
		v, err = w.svc.Publish(operator, v.ID, v.Revision, false)
		testkit.Must(t, err)
		if v.Version != 2 || v.Elsewhere != 2 || v.Unpublished {
			t.Errorf("%+v", v)
		}
		w.enrol(v.ID, "per_3")
		v, err = w.svc.Move(operator, v.ID)
		testkit.Must(t, err)
		if v.Elsewhere != 0 {
			t.Errorf("%d are elsewhere", v.Elsewhere)
		}
		w.to("2026-11-24 12:00")
		for _, at := range []string{"2026-11-25 10:00", "2026-11-25 11:00", "2026-11-26 11:00", "2026-11-27 11:00"} {
			w.to(at)
		}
		equal(t, "moved", w.got("per_1"), "a b c y")
		equal(t, "new", w.got("per_3"), "x a c y")
		if _, err := w.svc.Publish(operator, v.ID, 1, false); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("an old revision: %v", err)
		}
		w.tallied()
	})
}

// Paused, nothing leaves and people still come in; stopped, it ends for all.
func TestSteering(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		v := w.live(Person, spec(message("a", 0, "11:00", "1"), message("b", 1, "11:00", "2"), message("c", 2, "11:00", "3")))
		w.enrol(v.ID, "per_1")
		w.to("2026-11-23 11:00")
		_, err := w.svc.Steer(operator, v.ID, "pause")
		testkit.Must(t, err)
		w.enrol(v.ID, "per_2")
		w.to("2026-11-24 11:00")
		equal(t, "paused", w.got("per_1"), "a")
		if w.box.plans[v.ID+".a.s"] != "paused" {
			t.Errorf("plans %v", w.box.plans)
		}
		if _, err := w.svc.Steer(operator, v.ID, "pause"); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("paused twice: %v", err)
		}
		w.clock.Advance(4 * time.Hour)
		_, err = w.svc.Steer(operator, v.ID, "resume")
		testkit.Must(t, err)
		w.tick()
		equal(t, "resumed", w.got("per_1"), "a b")
		_, err = w.svc.Steer(operator, v.ID, "stop")
		testkit.Must(t, err)
		w.to("2026-11-25 11:00")
		equal(t, "stopped", w.got("per_1"), "a b")
		equal(t, "all", w.state(v.ID), "per_1 ended/stopped, per_2 ended/stopped")
		if _, err := w.svc.Enrol(operator, v.ID, EnrolInput{PersonIDs: []string{"per_3"}}); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("into a stopped one: %v", err)
		}
		w.tallied()
	})
}

// People who turn out to be one are in it once; a split gives each their own back.
func TestMerges(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		v := w.live(Person, spec(message("a", 0, "11:00", "1"), message("b", 1, "11:00", "2")))
		w.enrol(v.ID, "per_1", "per_2", "per_3")
		w.to("2026-11-23 11:00")
		w.speaks["per_2"] = "per_1"
		w.happened(poolevent.Merged, "per_1", poolevent.Merge{WinnerID: "per_1", LoserID: "per_2", Members: []string{"per_2"}})
		equal(t, "merged", w.state(v.ID), "per_1 active, per_1 ended/merged, per_3 active")
		w.person(Known{ID: "per_4"})
		w.speaks["per_3"] = "per_4"
		w.happened(poolevent.Merged, "per_4", poolevent.Merge{WinnerID: "per_4", LoserID: "per_3", Members: []string{"per_3"}})
		w.to("2026-11-24 11:00")
		equal(t, "the winner goes on", w.got("per_4"), "b")
		equal(t, "once", w.got("per_1"), "a b")
		w.speaks["per_3"] = "per_3"
		w.happened(poolevent.Split, "per_4", poolevent.Merge{WinnerID: "per_4", LoserID: "per_3", Members: []string{"per_3"}})
		equal(t, "split", w.state(v.ID), "per_1 done, per_1 ended/merged, per_3 done")
	})
}

// An answer is put down to the last message before it, once.
func TestAnswersAreCounted(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		v := w.live(Person, spec(message("a", 0, "11:00", "1"), message("b", 1, "11:00", "2")))
		w.enrol(v.ID, "per_1", "per_2")
		w.to("2026-11-23 11:00")
		w.clock.Advance(time.Minute)
		for range 2 {
			w.happened(carrierevent.MessageReceived, "per_1", carrierevent.Message{AccountID: "acc_mail", Text: "hi"})
		}
		w.to("2026-11-24 11:00")
		w.clock.Advance(80 * time.Hour)
		w.happened(carrierevent.MessageReceived, "per_2", carrierevent.Message{AccountID: "acc_mail", Text: "too late"})
		all, err := w.svc.Steps(operator, v.ID)
		testkit.Must(t, err)
		if len(all) != 2 || all[0].Replied != 1 || all[1].Replied != 0 || all[0].Sent != 2 || all[0].Due != 2 {
			t.Errorf("%+v", all)
		}
	})
}
