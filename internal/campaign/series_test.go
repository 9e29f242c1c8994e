package campaign

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

func every(c Schedule) func(*Input) { return func(in *Input) { in.Schedule = &c } }

// made are what a series has made, in the order of their days.
func (w *world) made(series string) []Campaign {
	w.tb.Helper()
	items, _, err := w.svc.List(as("owner", "stf_1"), Filter{SeriesID: series}, place{}, 100)
	testkit.Must(w.tb, err)
	slices.SortFunc(items, func(a, b Campaign) int { return strings.Compare(a.Occurrence, b.Occurrence) })
	return items
}

func (w *world) tick() {
	w.tb.Helper()
	for _, s := range []*Service{w.svc, w.service()} { // two nodes
		testkit.Must(w.tb, s.Tick(context.Background()))
	}
}

// A series makes a campaign at its hour, each with people of its own, once
// whoever looks; what was missed is left out or sent late, but for the last never
// made up for; and it can be paused and ended.
func TestASeries(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d) // noon in Shanghai, a Sunday
		w.populate(100)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, GlobalBP: 0})
		testkit.Must(t, err)
		owner := as("owner", "stf_1")
		for path, c := range map[string]Schedule{"days": {Every: "day", Days: []int{1}, At: "10:00"}, "at": {Every: "day", At: "25:00"}, "until": {Every: "day", At: "10:00", Until: "2026-02-30"}} {
			if _, err := w.svc.Create(owner, w.input(every(c))); !errs.Is(err, errs.CodeInvalid) || errs.As(err).Fields[0].Path != "body.schedule."+path {
				t.Errorf("%s: %v", path, err)
			}
		}
		c := w.draft(func(in *Input) {
			every(Schedule{Every: "day", At: "10:00", Until: "2026-12-01", Late: LateSkip})(in)
			share(2000)(in)
		})
		check, err := w.svc.Check(owner, c.ID)
		if err != nil || check.At.Format(time.RFC3339) != "2026-11-23T02:00:00Z" || check.Approval {
			t.Errorf("%+v %v", check, err)
		}
		large, err := w.svc.Check(owner, w.draft(every(Schedule{Every: "day", At: "10:00", MostPeople: 5001})).ID)
		if err != nil || !large.Approval {
			t.Errorf("for more people than one may decide: %+v %v", large, err)
		}
		c, err = w.svc.Submit(owner, c.ID, c.Version)
		if err != nil || c.Kind != Series || c.Status != Running || c.NextAt.Format(time.RFC3339) != "2026-11-23T02:00:00Z" {
			t.Fatalf("%+v %v", c, err)
		}
		w.tick()
		if n := len(w.made(c.ID)); n != 0 {
			t.Fatalf("%d before its hour", n)
		}
		w.clock.Advance(22*time.Hour + 30*time.Second)
		w.tick()
		all := w.made(c.ID)
		if len(all) != 1 || all[0].Name != "双十二 · 2026-11-23" || all[0].Status != Planned || all[0].Schedule != nil || all[0].HoldoutBP != 2000 || len(w.jobs) != 1 {
			t.Fatalf("%+v", all)
		}
		testkit.Must(t, w.svc.Plan(context.Background(), org, all[0].ID))
		w.segments["seg_1"].Remove(5) // the next ones have other people
		w.clock.Advance(24 * time.Hour)
		w.tick()
		all = w.made(c.ID)
		testkit.Must(t, w.svc.Plan(context.Background(), org, all[1].ID))
		if a, b := w.get(all[0].ID), w.get(all[1].ID); a.People != 100 || b.People != 99 || a.HeldOut < 18 || a.Status != Sending || b.Occurrence != "2026-11-24" {
			t.Errorf("%+v %+v", a, b)
		}
		// The server rests for three days and a bit: nothing is made up for.
		w.clock.Advance(3*24*time.Hour + 2*time.Hour)
		w.tick()
		if c = w.get(c.ID); len(w.made(c.ID)) != 2 || c.Skipped != 3 || c.Runs != 2 || c.NextAt.Format(time.RFC3339) != "2026-11-28T02:00:00Z" {
			t.Errorf("%+v", c)
		}
		if c, err = w.svc.Steer(owner, c.ID, "pause"); err != nil || c.Status != Paused || c.NextAt != nil {
			t.Errorf("%+v %v", c, err)
		}
		w.clock.Advance(36 * time.Hour)
		w.tick()
		if c, err = w.svc.Steer(owner, c.ID, "resume"); err != nil || len(w.made(c.ID)) != 2 || c.Status != Running || c.Skipped != 3 || c.NextAt.Format(time.RFC3339) != "2026-11-29T02:00:00Z" {
			t.Errorf("%+v %v", c, err)
		}
		w.clock.Advance(10*time.Hour + 10*time.Minute)
		w.tick()
		w.clock.Advance(24 * time.Hour)
		w.tick()
		w.clock.Advance(24 * time.Hour)
		w.tick()
		if c = w.get(c.ID); c.Status != Done || c.Runs != 5 || c.NextAt != nil || c.FinishedAt == nil || c.Progress != nil {
			t.Errorf("%+v", c)
		}
		var names []string
		for _, m := range w.made(c.ID) {
			names = append(names, m.Occurrence[8:])
		}
		if got := strings.Join(names, " "); got != "23 24 29 30 01" {
			t.Errorf("made for %s", got)
		}
		if _, err := w.svc.Steer(owner, c.ID, "cancel"); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("ended twice: %v", err)
		}
		again := w.draft(every(Schedule{Every: "day", At: "10:00", Until: "2026-12-01"}))
		if _, err := w.svc.Submit(owner, again.ID, again.Version); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("with no day left: %v", err)
		}
	})
}

// Late ones are sent once, a series is approved once for up to a size, and asks
// anew beyond it.
func TestASeriesThatIsLateAndGrows(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(100)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 50, GlobalBP: 0})
		testkit.Must(t, err)
		c := w.draft(every(Schedule{Every: "week", Days: []int{1, 3}, At: "10:00", Late: LateSend, MostPeople: 120}))
		c, err = w.svc.Submit(as("operator", "stf_1"), c.ID, c.Version)
		if err != nil || c.Status != Awaiting || c.NextAt != nil {
			t.Fatalf("%+v %v", c, err)
		}
		if _, err := w.svc.Approve(as("operator", "stf_1"), c.ID); !errs.Is(err, errs.CodeForbidden) {
			t.Errorf("%v", err)
		}
		c, err = w.svc.Approve(as("operator", "stf_2"), c.ID)
		if err != nil || c.Status != Running || c.NextAt.Format(time.RFC3339) != "2026-11-23T02:00:00Z" {
			t.Fatalf("%+v %v", c, err)
		}
		w.clock.Advance(4 * 24 * time.Hour) // Monday and Wednesday have passed
		w.tick()
		all := w.made(c.ID)
		if c = w.get(c.ID); len(all) != 1 || all[0].Occurrence != "2026-11-25" || c.Skipped != 1 || c.Runs != 1 {
			t.Fatalf("%+v %+v", c, all)
		}
		testkit.Must(t, w.svc.Plan(context.Background(), org, all[0].ID))
		if got := w.get(all[0].ID); got.Status != Sending || got.People != 100 {
			t.Errorf("%+v", got)
		}
		for i := range 30 {
			w.people = append(w.people, Person{Seq: uint32(100 + i), ID: fmt.Sprintf("per_%05d", 100+i), Name: "x", Stage: "new"})
			w.segments["seg_1"].Add(uint32(100 + i))
		}
		w.clock.Advance(4 * 24 * time.Hour)
		w.tick()
		next := w.made(c.ID)[1]
		testkit.Must(t, w.svc.Plan(context.Background(), org, next.ID))
		if got := w.get(next.ID); got.Status != Awaiting || got.Why != WhyGrew {
			t.Fatalf("%+v", got)
		}
		if _, err := w.svc.Approve(as("operator", "stf_2"), next.ID); err != nil {
			t.Fatal(err)
		}
		testkit.Must(t, w.svc.Plan(context.Background(), org, next.ID))
		if got := w.get(next.ID); got.Status != Sending || got.People != 130 {
			t.Errorf("%+v", got)
		}
		if c, err = w.svc.Steer(as("operator", "stf_1"), c.ID, "cancel"); err != nil || c.Status != Cancelled {
			t.Errorf("%+v %v", c, err)
		}
		if got := w.get(next.ID); got.Status != Sending {
			t.Errorf("what is being sent was ended too: %+v", got)
		}
		w.clock.Advance(7 * 24 * time.Hour)
		if w.tick(); len(w.made(c.ID)) != 2 {
			t.Error("it goes on after its end")
		}
		back := w.draft(every(Schedule{Every: "month", Days: []int{31}, At: "10:00", Late: LateSkip, MostPeople: 10}))
		w.segments["seg_1"].Clear()
		w.segments["seg_1"].Add(1)
		back, err = w.svc.Submit(as("operator", "stf_1"), back.ID, back.Version)
		if err != nil || back.Status != Running || back.NextAt.Format(time.RFC3339) != "2026-12-31T02:00:00Z" {
			t.Errorf("%+v %v", back, err)
		}
		if back, err = w.svc.Withdraw(as("operator", "stf_1"), back.ID); err != nil || back.Status != Draft {
			t.Errorf("%+v %v", back, err)
		}
	})
}

// The days of a series are those on which one would look for it.
func TestDaysOfASeries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Schedule{Every: rapid.SampledFrom([]string{"day", "week", "month"}).Draw(t, "every"), At: "10:00"}
		switch c.Every {
		case "week":
			c.Days = rapid.SliceOfNDistinct(rapid.IntRange(1, 7), 1, 4, rapid.ID).Draw(t, "days")
		case "month":
			c.Days = rapid.SliceOfNDistinct(rapid.IntRange(1, 31), 1, 4, rapid.ID).Draw(t, "days")
		}
		from := time.Date(2027, 1, rapid.IntRange(1, 400).Draw(t, "from"), 0, 0, 0, 0, time.UTC)
		c.Until = from.AddDate(0, 0, rapid.IntRange(-3, 60).Draw(t, "until")).Format(time.DateOnly)
		var want []string
		for day := from.AddDate(0, 0, 1); day.Format(time.DateOnly) <= c.Until; day = day.AddDate(0, 0, 1) {
			in := c.Every == "day"
			for _, d := range c.Days {
				switch c.Every {
				case "week":
					in = in || day.Weekday() == time.Weekday(d%7)
				case "month":
					last := time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
					in = in || day.Day() == min(d, last)
				}
			}
			if in {
				want = append(want, day.Format(time.DateOnly))
			}
		}
		var got []string
		for day, ok := c.after(from); ok; day, ok = c.after(day) {
			got = append(got, day.Format(time.DateOnly))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%+v after %s: %v, want %v", c, from, got, want)
		}
	})
}
