package campaign

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// The moment is the first at which the clock on the wall shows the hour or later,
// in whatever zone, also on days on which the clock is changed.
func TestWallClocks(t *testing.T) {
	zones := []string{"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "Africa/Casablanca", "Asia/Kathmandu", "America/Havana", "Pacific/Kiritimati"}
	days := []string{"2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "2026-04-05", "2026-10-04", "2011-12-30", "2026-12-12", "2026-02-15"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.Parse(time.DateOnly, rapid.SampledFrom(days).Draw(t, "day"))
		if err != nil {
			t.Fatal(err)
		}
		day = day.AddDate(0, 0, rapid.IntRange(-1, 1).Draw(t, "off"))
		w := wall{day.Year(), day.Month(), day.Day(), rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "min")}
		got := w.in(zone)
		want := w.utc().Add(-15 * time.Hour)
		for wallOf(want.In(zone)).utc().Before(w.utc()) { // by looking at the clock every minute
			want = want.Add(time.Minute)
		}
		if !got.Equal(want) {
			t.Fatalf("%+v in %s is %s, want %s (%s)", w, zone, got, want, want.In(zone))
		}
	})
}

// Each person gets it when their own clock shows the hour.
func TestEachByTheirOwnClock(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(6)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, GlobalBP: 0})
		testkit.Must(t, err)
		for i, zone := range []string{"Europe/Berlin", "America/New_York", "Pacific/Auckland", "Nowhere/Town", ""} {
			w.people[i].Traits = map[string]any{"time_zone": zone}
		}
		start := w.clock.Now().Add(24 * time.Hour) // 12:00 in Shanghai on the 23rd
		c := w.draft(func(in *Input) { in.LocalTime, in.StartAt = true, &start })
		check, err := w.svc.Check(as("operator", "stf_1"), c.ID)
		if err != nil || check.Late != 0 || !check.At.Equal(start.Add(-6*time.Hour)) {
			t.Errorf("%+v %v", check, err)
		}
		w.start(c)
		if at := w.jobs[c.ID]; !at.Equal(start.Add(-6 * time.Hour)) { // noon at UTC+14
			t.Errorf("its people are fixed at %s", at)
		}
		w.clock.Advance(18 * time.Hour)
		testkit.Must(t, w.svc.Plan(t.Context(), org, c.ID))
		want := []time.Time{time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC), time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC), time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC), start, start, start}
		for i, r := range w.box.to[c.ID] {
			if !r.NotBefore.Equal(want[i]) {
				t.Errorf("%v: %s, want %s", w.people[i].Traits, r.NotBefore, want[i])
			}
		}
		if _, err := w.svc.Create(as("owner", "stf_1"), w.input(func(in *Input) { in.LocalTime = true })); err == nil {
			t.Error("by each person's clock, at no time")
		}
	})
}

// People are written to first where they said, else where they were last seen.
func TestWhereTheyAreToBeFound(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(5)
		_, err := w.svc.PutSettings(as("owner", "stf_1"), Settings{ApproveOver: 5000, GlobalBP: 0})
		testkit.Must(t, err)
		w.people[1].Traits = map[string]any{"preferred_carrier": "sms"}
		w.noMail[w.people[4].ID] = true
		wrote := func(i int, account string, after time.Duration, automatic bool) timeline.Fact {
			return timeline.Fact{Kind: messageReceived, PersonID: w.people[i].ID, OccurredAt: w.clock.Now().Add(after), Data: map[string]any{"account_id": account, "automatic": automatic}}
		}
		w.happened(wrote(2, "acc_sms", 0, false), wrote(2, "acc_mail", -time.Hour, false), wrote(1, "acc_mail", 0, false), wrote(3, "acc_sms", 0, true),
			timeline.Fact{Kind: messageReceived, PersonID: "per_loser", OccurredAt: w.clock.Now(), Data: map[string]any{"account_id": "acc_sms"}},
			timeline.Fact{Kind: poolevent.Merged, PersonID: w.people[0].ID, Data: poolevent.Merge{MergeID: "m", WinnerID: w.people[0].ID, LoserID: "per_loser", Members: []string{"per_loser"}}})
		in := func(in *Input) {
			in.AccountIDs, in.Route, in.SMS = []string{"acc_mail", "acc_sms"}, RoutePreferred, &SMS{TemplateID: "1"}
		}
		c := w.draft(in)
		check, err := w.svc.Check(as("operator", "stf_1"), c.ID)
		if err != nil || fmt.Sprint(check.Routes) != "[{acc_mail email 1} {acc_sms sms 3}]" || check.Nobody != 1 {
			t.Errorf("%+v %d %v", check.Routes, check.Nobody, err)
		}
		w.start(c)
		for i, want := range []string{"acc_sms", "acc_sms", "acc_sms", "acc_mail"} {
			if r := w.box.to[c.ID][i]; r.Addresses[0].AccountID != want || len(r.Addresses) != 2 {
				t.Errorf("%d: %+v, want %s first", i, r.Addresses, want)
			}
		}
		plain := w.start(w.draft(func(i *Input) { in(i); i.Route = RouteOrder }))
		for i, r := range w.box.to[plain.ID][:4] {
			if r.Addresses[0].AccountID != "acc_mail" {
				t.Errorf("%d: %+v", i, r.Addresses)
			}
		}
	})
}
