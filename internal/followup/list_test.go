package followup

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/followup/followupevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func rule(name, text, anchor string, offset, window, carry int) RuleInput {
	return RuleInput{Name: name, Text: text, Anchor: anchor, OffsetDays: offset, WindowDays: window, CarryDays: carry, RestDays: 5, DeclineDays: 10, Weight: 50, Fallback: Nobody, Enabled: true}
}

// Each built-in rule lists whom it says it does, with words that hold the
// facts, and nobody else.
func TestBuiltInRulesSayWhy(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		first := w.person("stf_1", func(p *Described) { p.Orders, p.FirstOrder, p.LastOrder = 1, w.at(-7, 10), w.at(-7, 10) })
		w.person("stf_1", func(p *Described) { p.Orders, p.FirstOrder, p.LastOrder = 1, w.at(-6, 10), w.at(-6, 10) })
		soon := w.person("stf_1", func(p *Described) { p.Orders, p.FirstOrder, p.LastOrder = 3, w.at(-200, 10), w.at(-83, 10) })
		w.upcoming = []Change{{soon.ID, "silent", w.at(7, 10)}, {first.ID, "silent", w.at(80, 10)}}
		born := w.person("stf_1", func(p *Described) { p.Orders, p.Birthday = 2, "1990-11-25" })
		w.person("stf_1", func(p *Described) { p.Orders, p.Birthday = 2, "1990-11-26" })
		friend := w.person("stf_1", func(p *Described) { p.Events["friend.added"] = [2]int64{w.at(-5, 9), w.at(-5, 9)} })
		talked := w.person("stf_1", func(p *Described) { p.Events["message.received"] = [2]int64{w.at(-9, 9), w.at(-4, 9)} })
		waits := w.person("stf_1", nil)
		w.waiting = []Waiting{{PersonID: waits.ID, ConversationID: "cnv_1", AccountName: "官网", Since: w.at(-1, 20)}}
		w.must(w.svc.Tick(context.Background()))
		want := map[string]string{
			first.ID:  "First order on 15 Nov, 7 days ago",
			soon.ID:   "Last order 83 days ago (31 Aug); silent from 29 Nov on, in 7 days, unless they buy",
			born.ID:   "Birthday in 3 days (25 Nov)",
			friend.ID: "A friend since 17 Nov, 5 days ago; has not written and has not bought",
			talked.ID: "Last wrote on 18 Nov, 4 days ago; has not bought",
			waits.ID:  "Wrote on 21 Nov 20:00 at 官网, and nobody has answered",
		}
		l := w.list("stf_1")
		for _, i := range l.Items {
			if len(i.Reasons) != 1 || i.Reasons[0].Text != want[i.PersonID] {
				t.Errorf("%s: %+v, want %q", i.PersonID, i.Reasons, want[i.PersonID])
			}
			delete(want, i.PersonID)
		}
		if len(want) > 0 {
			t.Errorf("not listed: %v", want)
		}
		if l.Items[0].PersonID != waits.ID || l.Items[0].ConversationID != "cnv_1" || l.Listed != 6 || l.Counts[Open] != 6 {
			t.Errorf("%+v", l)
		}
		if zh, _, err := w.svc.Today(as("associate", "stf_1"), ListFilter{RuleID: "flr_birthday"}, ListPlace{}, 10); err != nil || len(zh.Items) != 1 || zh.Items[0].Reasons[0].Text != "3 天后生日（11月25日）" {
			t.Errorf("%+v %v", zh, err)
		}
	})
}

func TestUnfinishedIsCarriedAndFallsAway(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.rules(rule("week", "orders > 0", LastOrder, 7, 1, 2))
		on := func(days int) func(*Described) {
			return func(p *Described) { p.Orders, p.LastOrder = 1, w.at(days, 12) }
		}
		w.person("stf_1", on(-7)) // listed today
		w.person("stf_1", on(-9)) // the window is over, and they were never listed
		for day, want := range [][]string{{"per_001 week"}, {"per_001 week"}, {"per_001 week"}, {"per_001 week"}, {}} {
			w.build()
			l := w.list("all")
			equal(t, l.Day, lineup(l), want...)
			if len(want) > 0 && l.Items[0].Age != day {
				t.Errorf("day %d: age %d", day, l.Items[0].Age)
			}
			w.next(1)
		}
		var carried, lapsed int
		w.must(d.Read(t.Context(), org, func(tx *db.Tx) error {
			return tx.QueryRow(t.Context(), "SELECT SUM(CASE WHEN status = 'carried' THEN 1 ELSE 0 END), SUM(CASE WHEN status = 'lapsed' THEN 1 ELSE 0 END) FROM followup_item WHERE org_id = ?", org).Scan(&carried, &lapsed)
		}))
		if carried != 3 || lapsed != 1 {
			t.Errorf("%d carried, %d lapsed", carried, lapsed)
		}
	})
}

func TestWhatIsDoneIsNotListedAgain(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.rules(rule("week", "", LastOrder, 7, 20, 0), rule("base", "orders > 0", Always, 0, 0, 0))
		for range 4 {
			w.person("stf_1", func(p *Described) { p.Orders, p.LastOrder = 1, w.at(-7, 12) })
		}
		w.build()
		ctx := as("associate", "stf_1")
		items := w.list("stf_1").Items
		soon := w.clock.Now().Add(48 * time.Hour)
		done, err := w.svc.Done(ctx, items[0].ID, Outcome{NextStep: " Send the tea list ", NextAt: &soon})
		w.must(err)
		if done.Status != Done || done.NextStep != "Send the tea list" || done.HandledBy != "stf_1" || done.NextAt == nil {
			t.Errorf("%+v", done)
		}
		_, err = w.svc.Postpone(ctx, items[1].ID, Outcome{Until: "2026-11-25", Note: "busy"})
		w.must(err)
		_, err = w.svc.Decline(ctx, items[2].ID, Outcome{})
		w.must(err)
		if _, err := w.svc.Done(ctx, items[2].ID, Outcome{}); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("done twice: %v", err)
		}
		w.build() // by hand: what was attended to stays
		l := w.list("stf_1")
		if l.Counts[Open] != 1 || l.Counts[Done] != 1 || l.Counts[Postponed] != 1 || l.Counts[Declined] != 1 || l.Listed != 4 {
			t.Errorf("after a rebuild: %+v", l.Counts)
		}
		step := "per_001 Promised call-backs"
		for day, want := range map[int][]string{
			1:  {"per_004 week base"},
			2:  {step, "per_004 week base"},
			3:  {step, "per_002 Promised call-backs week base", "per_004 week base"},
			6:  {step + " base", "per_002 Promised call-backs week base", "per_004 week base"},
			11: {step + " base", "per_002 Promised call-backs week base", "per_003 base", "per_004 week base"},
		} {
			h, _, err := w.svc.prepare(context.Background(), org, DayOf(w.clock.Now())+Day(day))
			w.must(err)
			w.must(h.gather(context.Background()))
			var got []string
			for _, c := range h.rolls["stf_1"].inOrder() {
				s := c.who.ID
				for _, r := range c.reasons {
					s += " " + r.rule.title("en")
				}
				got = append(got, s)
			}
			sortStrings(got)
			equal(t, "in days "+DayOf(w.clock.Now().AddDate(0, 0, day)).String(), got, want...)
		}
		// Undone, it is as if nothing had been.
		for _, i := range items[:3] {
			back, err := w.svc.Undo(ctx, i.ID)
			w.must(err)
			if back.Status != Open || back.NextStep != "" || back.HandledAt != nil {
				t.Errorf("undone: %+v", back)
			}
		}
		w.next(1)
		w.build()
		equal(t, "the next day", lineup(w.list("stf_1")), "per_001 week base", "per_002 week base", "per_003 week base", "per_004 week base")
		var events []string
		w.must(d.Read(t.Context(), org, func(tx *db.Tx) error {
			events, err = strings1(t.Context(), tx, "SELECT kind FROM timeline_event WHERE org_id = ? ORDER BY seq", org)
			return err
		}))
		equal(t, "events", events, followupevent.Promised, followupevent.Done, followupevent.Postponed, followupevent.Declined, followupevent.Undone, followupevent.Undone, followupevent.Undone)
	})
}

func sortStrings(s []string) {
	for i := range s {
		for j := i; j > 0 && s[j] < s[j-1]; j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
}

func TestListsAreMadeOnceByWhoeverComesFirst(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.rules(rule("base", "everyone", Always, 0, 0, 0))
		for range 30 {
			w.person("stf_1", nil)
		}
		var wg sync.WaitGroup
		failed := make(chan error, 4)
		for range 4 {
			s := w.service()
			wg.Go(func() { failed <- s.Tick(context.Background()) })
		}
		wg.Wait()
		for range 4 {
			w.must(<-failed)
		}
		run, items := w.day(t)
		if run != 1 || items != 30 {
			t.Fatalf("run %d, %d items", run, items)
		}
		// A node that has gathered finds that another was faster.
		w.next(1)
		w.svc.between = func() {
			w.svc.between = nil
			w.must(w.service().Tick(context.Background()))
		}
		w.must(w.svc.Tick(context.Background()))
		if run, items := w.day(t); run != 1 || items != 30 {
			t.Fatalf("run %d, %d items", run, items)
		}
	})
}

// day tells how often the latest lists were made, and how many are on them.
func (w *world) day(t *testing.T) (run, items int) {
	t.Helper()
	w.must(w.db.Read(t.Context(), org, func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT d.run, (SELECT count(*) FROM followup_item i WHERE i.org_id = d.org_id AND i.day = d.day) FROM followup_day d WHERE d.org_id = ? ORDER BY d.day DESC LIMIT 1`, org).Scan(&run, &items)
	}))
	return run, items
}

// Whatever breaks a build off leaves the lists as they were.
func TestNoHalfLists(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.rules(rule("base", "everyone", Always, 0, 0, 0))
		for range 9 {
			w.person("stf_1", nil)
		}
		w.refuse = true
		if _, err := w.svc.Rebuild(as("owner", "stf_boss")); err == nil {
			t.Fatal("built although nothing is recorded")
		}
		if l := w.list("all"); l.Day != "" || len(l.Items) != 0 {
			t.Fatalf("half a list: %+v", l)
		}
		w.refuse = false
		w.build()
		before := lineup(w.list("all"))
		w.person("stf_1", nil)
		w.refuse = true
		if _, err := w.svc.Rebuild(as("owner", "stf_boss")); err == nil {
			t.Fatal("rebuilt although nothing is recorded")
		}
		w.refuse = false
		equal(t, "after a rebuild that failed", lineup(w.list("all")), before...)
		ctx, cancel := context.WithCancel(as("owner", "stf_boss"))
		w.svc.between = cancel
		if _, err := w.svc.Rebuild(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v", err)
		}
		equal(t, "after one that was stopped", lineup(w.list("all")), before...)
	})
}

func TestMorningInEveryZone(t *testing.T) {
	for _, c := range []struct{ zone, at, now, want string }{
		{"Asia/Shanghai", "07:00", "2026-11-21T22:59:59Z", ""},
		{"Asia/Shanghai", "07:00", "2026-11-21T23:00:00Z", "2026-11-22"},
		{"America/Los_Angeles", "07:00", "2026-11-22T14:59:59Z", ""},
		{"America/Los_Angeles", "07:00", "2026-11-22T15:00:00Z", "2026-11-22"},
		{"America/New_York", "02:30", "2026-03-08T06:59:59Z", ""}, // 02:30 does not exist: right after the jump
		{"America/New_York", "02:30", "2026-03-08T07:00:00Z", "2026-03-08"},
		{"America/New_York", "01:30", "2026-11-01T05:29:59Z", ""}, // 01:30 comes twice: the first
		{"America/New_York", "01:30", "2026-11-01T05:30:00Z", "2026-11-01"},
		{"Pacific/Apia", "00:00", "2026-11-22T11:00:00Z", "2026-11-23"},
		{"America/Santiago", "00:00", "2026-09-06T04:00:00Z", "2026-09-06"}, // midnight does not exist
	} {
		z, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		s := Settings{BuildAt: c.at}
		day := DayOf(now.In(z))
		got := ""
		if !now.Before(day.At(s.minute(), z)) {
			got = day.String()
		}
		if got != c.want {
			t.Errorf("%s %s at %s: %q, want %q (%s)", c.zone, c.at, c.now, got, c.want, day.At(s.minute(), z).UTC())
		}
	}
}

// A server that was down makes the lists of the present day when it is back,
// and none of the days that have passed.
func TestDownForDays(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.rules(rule("week", "", LastOrder, 7, 2, 5))
		w.person("stf_1", func(p *Described) { p.LastOrder = w.at(-7, 12) })
		for range 3 {
			w.must(w.svc.Tick(context.Background()))
		}
		w.next(4)
		for range 3 {
			w.must(w.svc.Tick(context.Background()))
		}
		l := w.list("stf_1")
		if l.Day != "2026-11-26" || len(l.Items) != 1 || l.Items[0].Age != 4 {
			t.Errorf("%+v", l)
		}
		var days int
		w.must(d.Read(t.Context(), org, func(tx *db.Tx) error {
			return tx.QueryRow(t.Context(), "SELECT count(*) FROM followup_day WHERE org_id = ?", org).Scan(&days)
		}))
		if days != 2 {
			t.Errorf("%d days have lists", days)
		}
		if next := l.NextAt.Format(time.RFC3339); next != "2026-11-26T23:00:00Z" {
			t.Errorf("next at %s", next)
		}
	})
}

func order(w *world, person, id string, amount int64, currency string) timeline.Fact {
	return timeline.Fact{Kind: mallevent.OrderPaid, PersonID: person, OccurredAt: w.clock.Now(), DedupeKey: id, Data: mallevent.Order{OrderID: id, AmountMinor: amount, Currency: currency}}
}

func TestResultsComeByThemselves(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.rules(rule("base", "everyone", Always, 0, 0, 0), RuleInput{Name: "wait", Anchor: Waits, WindowDays: 9, Weight: 90, Fallback: Nobody, Enabled: true})
		w.person("stf_1", nil)
		w.person("stf_1", nil)
		w.person("stf_1", nil)
		w.waiting = []Waiting{{PersonID: "per_002", Since: w.at(-1, 9)}}
		w.happens(order(w, "per_001", "before", 999, "CNY"))
		w.clock.Advance(time.Minute)
		// While lists are made, one orders: the module follows it before they are written.
		w.svc.between = func() {
			w.svc.between = nil
			w.clock.Advance(time.Second)
			w.happens(order(w, "per_003", "meanwhile", 700, "CNY"))
		}
		w.build()
		w.clock.Advance(time.Hour)
		w.happens(order(w, "per_001", "o1", 1000, "CNY"), order(w, "per_001", "o1", 1000, "CNY"), order(w, "per_001", "o2", 5000, "USD"))
		w.happens(timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: "per_002", Data: carrierevent.Message{}})
		w.happens(timeline.Fact{Kind: carrierevent.MessageSent, PersonID: "per_002", Data: carrierevent.Message{}}) // still waits: a robot
		got := func() map[string]Item {
			out := map[string]Item{}
			for _, i := range w.list("all").Items {
				out[i.PersonID] = i
			}
			return out
		}
		i := got()
		if one := i["per_001"]; one.Status != Converted || one.ResultOrders != 2 || one.ResultMinor != 1000 || one.OrderedAt == nil {
			t.Errorf("ordered: %+v", one)
		}
		if three := i["per_003"]; three.Status != Converted || three.ResultMinor != 700 {
			t.Errorf("ordered meanwhile: %+v", three)
		}
		if two := i["per_002"]; two.Status != Open || two.RepliedAt == nil || two.AnsweredAt != nil {
			t.Errorf("waits: %+v", two)
		}
		w.waiting = nil
		w.happens(timeline.Fact{Kind: carrierevent.MessageSent, PersonID: "per_002", Data: carrierevent.Message{}})
		if two := got()["per_002"]; two.Status != Open || two.AnsweredAt == nil { // there is another reason
			t.Errorf("answered: %+v", two)
		}
		w.happens(timeline.Fact{Kind: mallevent.OrderRefunded, PersonID: "per_001", Data: mallevent.Refund{OrderID: "o1", AmountMinor: 400, Currency: "CNY"}})
		if one := got()["per_001"]; one.ResultMinor != 600 {
			t.Errorf("refunded: %+v", one)
		}
		w.next(30)
		w.happens(order(w, "per_002", "late", 1, "CNY"))
		if two := got()["per_002"]; two.ResultOrders != 0 {
			t.Errorf("an order a month later counts: %+v", two)
		}
	})
}

func TestOnlyWaitingIsAnswered(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.person("", nil)
		w.person("stf_gone", nil)
		w.person("", nil)
		w.waiting = []Waiting{{PersonID: "per_001", Since: w.at(-1, 9), Staff: []string{"stf_gone", "stf_2"}}, {PersonID: "per_002", Since: w.at(-1, 9)}, {PersonID: "per_001", Since: w.at(-2, 9)}}
		w.build()
		equal(t, "at the desk", lineup(w.list("stf_2")), "per_001 Nobody has answered")
		equal(t, "nobody's", lineup(w.list("none")), "per_002 Nobody has answered")
		if r := w.list("stf_2").Items[0].Reasons[0]; r.Text != "Wrote on 20 Nov 09:00, and nobody has answered; 2 conversations wait" {
			t.Error(r.Text)
		}
		w.waiting = w.waiting[1:2]
		w.clock.Advance(time.Minute)
		w.happens(timeline.Fact{Kind: carrierevent.MessageSent, PersonID: "per_001", Data: carrierevent.Message{}})
		if l := w.list("stf_2"); l.Items[0].Status != Answered || l.Counts[Answered] != 1 {
			t.Errorf("%+v", l)
		}
		none := w.list("none").Items[0]
		if given, err := w.svc.Assign(as("owner", "stf_boss"), none.ID, "stf_2"); err != nil || given.StaffID != "stf_2" || given.Position != 2 {
			t.Errorf("%+v %v", given, err)
		}
		if _, err := w.svc.Assign(as("owner", "stf_boss"), none.ID, "stf_gone"); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("given to who left: %v", err)
		}
	})
}

func TestCapTellsHowManyMore(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		heavy := rule("heavy", "orders > 0", Always, 0, 0, 0)
		heavy.Weight = 80
		turn := rule("turn", "orders = 0", Always, 0, 0, 0)
		turn.Fallback = RoundRobin
		w.rules(rule("base", "everyone", Always, 0, 0, 0), heavy, turn)
		_, err := w.svc.PutSettings(as("owner", "stf_boss"), Settings{BuildAt: "07:00", Cap: 10, CreditDays: 7})
		w.must(err)
		for i := range 37 {
			w.person("stf_1", func(p *Described) { p.Orders, p.GMVMinor = int64(i%9/8), int64(i) }) // four have ordered
		}
		for range 8 {
			w.person("", nil)
		}
		w.build()
		l := w.list("stf_1")
		if len(l.Items) != 10 || l.Beyond != 27 {
			t.Fatalf("%d listed, %d beyond", len(l.Items), l.Beyond)
		}
		equal(t, "the heaviest first", lineup(l)[:4], "per_036 heavy base", "per_027 heavy base", "per_018 heavy base", "per_009 heavy base")
		if two := w.list("stf_2"); len(two.Items) != 8 || two.Beyond != 0 { // whoever has the fewest
			t.Errorf("in turn: %d, %d beyond", len(two.Items), two.Beyond)
		}
		_, err = w.svc.Done(as("associate", "stf_1"), l.Items[0].ID, Outcome{})
		w.must(err)
		w.build()
		if l := w.list("stf_1"); len(l.Items) != 10 || l.Counts[Done] != 1 {
			t.Errorf("after a rebuild %d are listed", len(l.Items))
		}
	})
}

func TestMergedPersonsAreListedOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.rules(rule("base", "everyone", Always, 0, 0, 0))
		w.person("stf_1", nil)
		w.person("stf_1", nil)
		ctx := as("associate", "stf_1")
		soon := clock.Time(w.at(2, 9))
		_, err := w.svc.Promise(ctx, PromiseInput{PersonID: "per_002", DueAt: soon, Text: "Call"})
		w.must(err)
		w.build()
		w.merged["per_002"] = "per_001"
		merge := poolevent.Merge{MergeID: "mrg_1", WinnerID: "per_001", LoserID: "per_002", Members: []string{"per_002"}}
		w.happens(timeline.Fact{Kind: poolevent.Merged, PersonID: "per_001", Data: merge})
		equal(t, "merged", lineup(w.list("all")), "per_001 base base")
		w.next(2)
		w.build()
		equal(t, "with the promise", lineup(w.list("all")), "per_001 Promised call-backs base")
		delete(w.merged, "per_002")
		w.happens(timeline.Fact{Kind: poolevent.Split, PersonID: "per_001", Data: merge})
		w.build()
		equal(t, "split", lineup(w.list("all")), "per_002 Promised call-backs base", "per_001 base")
	})
}
