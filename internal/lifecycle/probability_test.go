package lifecycle

import (
	"context"
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/lifecycle/lifecycleevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// fading is a model in which nobody can be told who bought once, and others fade the
// later the longer their own pace is.
type fading struct {
	Slow float64 `json:"slow"`
}

func (f fading) Alive(repeats, recency, age int64) float64 {
	if repeats == 0 {
		return 1
	}
	pace := (float64(recency) + 1) / float64(repeats)
	return math.Exp(-float64(age-recency) / (f.Slow * pace))
}

type odds struct {
	model string
	why   i18n.Text
}

func (o *odds) Newest(context.Context, *db.Tx, string) (string, i18n.Text, error) {
	return o.model, o.why, nil
}

func (o *odds) Survival(model string) (Survival, error) {
	var f fading
	return f, json.Unmarshal([]byte(model), &f)
}

// stageBy tells day by day, without any cleverness, in which stage somebody is.
func stageBy(m Survival, c Chances, r Rule, known int64, purchases []int64, now int64, zone *time.Location) string {
	date := func(at int64) int64 {
		y, mo, d := clock.Time(at).In(zone).Date()
		return time.Date(y, mo, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	n := 0
	for n < len(purchases) && purchases[n] <= now {
		n++
	}
	if n == 0 {
		return lifecycleevent.New
	}
	days := map[int64]bool{}
	for _, at := range purchases[:n] {
		days[date(at)] = true
	}
	repeats, recency := int64(len(days)-1), date(purchases[n-1])-date(purchases[0])
	never := func(chance int64) bool { return m.Alive(repeats, recency, recency+maxDays) >= float64(chance)/million }
	gone := (now - purchases[n-1]) / day // whole days since
	below := func(chance, fixed int64) bool {
		if never(chance) {
			return gone >= fixed
		}
		return gone >= minSilent && m.Alive(repeats, recency, recency+gone) < float64(chance)/million
	}
	silent := below(c.Silent, r.SilentDays)
	lostAfterSilent := false
	for g := int64(0); g < gone; g++ { // lost comes a day after silent at the earliest
		if never(c.Silent) && g >= r.SilentDays || !never(c.Silent) && g >= minSilent && m.Alive(repeats, recency, recency+g) < float64(c.Silent)/million {
			lostAfterSilent = true
		}
	}
	switch {
	case lostAfterSilent && below(c.Lost, r.LostDays):
		return lifecycleevent.Lost
	case silent:
		return lifecycleevent.Silent
	case n == 1:
		return lifecycleevent.FirstOrder
	}
	return lifecycleevent.Repeat
}

// A life drawn by probability has, on each day, the stage that the probability of
// that day says.
func TestLivesByProbability(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		zone := time.FixedZone("x", rapid.IntRange(-11, 13).Draw(rt, "zone")*3600)
		m := fading{rapid.Float64Range(0.2, 20).Draw(rt, "slow")}
		silent := rapid.Int64Range(200_000, 950_000).Draw(rt, "silent")
		c := Chances{silent, rapid.Int64Range(10_000, silent-1).Draw(rt, "lost")}
		d := &desk{st: &settings{Rule: Rule{30, 60}, chances: c, source: SourceProbability}, org: OrgSettings{Zone: zone}, odds: m}
		begin := clock.Micros(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		known := begin + rapid.Int64Range(-5, 5).Draw(rt, "known")*day/2
		var purchases []int64
		at := begin
		for range rapid.IntRange(0, 8).Draw(rt, "n") {
			at += rapid.Int64Range(0, 400).Draw(rt, "gap") * day / 4
			purchases = append(purchases, at)
		}
		steps := d.life(known, purchases)
		for k := int64(-40); k < 1600; k++ {
			now := begin + k*day/4 + 1 // not at the very moment of a step
			if now < known && (len(purchases) == 0 || now < purchases[0]) {
				continue
			}
			past, _ := cut(steps, now)
			if got, want := past[len(past)-1].Stage, stageBy(m, c, d.st.Rule, known, purchases, now, zone); got != want {
				rt.Fatalf("%v after %v: %s, by the day %s\n%v", now, purchases, got, want, steps)
			}
		}
	})
}

// Stages follow the probability, announce what changes, fall back to days and come
// back, and nothing is announced twice.
func TestStagesFollowProbability(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := context.Background()
		o := &odds{why: i18n.T("太少", "too few")}
		for _, bad := range [][2]float64{{0.2, 0.5}, {0.5, 0.5}, {1, 0.2}, {0.5, 0}, {math.NaN(), 0.1}} {
			if _, err := w.svc.FollowProbability(ctx, w.org, bad[0], bad[1]); !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("%v: %v", bad, err)
			}
		}
		if _, err := w.svc.FollowProbability(ctx, w.org, 0.5, 0.2); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("without a model of any kind: %v", err)
		}
		w.svc.SetOdds(o)
		start := w.clock.Now()
		on := func(days int) time.Time { return start.Add(time.Duration(days) * 24 * time.Hour) }
		// One who buys every ten days, and one who bought once.
		w.tell(created("per_often", on(0)), created("per_once", on(0)))
		for k := range 4 {
			w.tell(order("per_often", "o", on(10*k), 100))
		}
		w.tell(order("per_once", "p", on(30), 100))
		w.clock.Advance(30 * 24 * time.Hour)
		w.catchUp()
		stage := func(id string) string {
			t.Helper()
			life, err := w.svc.Of(ctx, w.org, id)
			if err != nil {
				t.Fatal(err)
			}
			return life.Stage
		}
		announced := func() int { return len(w.news("per_often")) + len(w.news("per_once")) }
		settings := func() (st *settings) {
			w.must(d.Read(ctx, w.org, func(tx *db.Tx) (err error) {
				st, err = settingsOf(ctx, tx, w.org)
				return err
			}))
			return st
		}
		sweep := func() {
			t.Helper()
			if _, err := w.svc.Sweep(ctx, w.org); err != nil {
				t.Fatal(err)
			}
			w.catchUp()
		}
		set, err := w.svc.FollowProbability(ctx, w.org, 0.5, 0.2)
		if err != nil || set.Source != SourceProbability || set.Chances == nil || set.Chances.Known || set.Chances.Why == "" || set.SilentDays != 90 {
			t.Fatalf("%+v %v", set, err)
		}
		sweep()
		w.clock.Advance(40 * 24 * time.Hour)
		sweep()
		if a, b := stage("per_often"), stage("per_once"); a != lifecycleevent.Repeat || b != lifecycleevent.FirstOrder {
			t.Fatalf("without a model by days: %s %s", a, b)
		}
		// A pace of 31/3 days: below a half after 7.2 × slow days, below a fifth after 16.7.
		o.model = `{"slow":3}`
		if err := w.svc.FollowModel(ctx, w.org); err != nil {
			t.Fatal(err)
		}
		w.catchUp()
		set, err = w.svc.Settings(ctx, w.org)
		if err != nil || !set.Chances.Known || set.Chances.Why != "" || len(set.Chances.Example) != 5 || !set.Chances.Example[0].ByDays || set.Chances.Example[1].ByDays || set.Redraw != nil {
			t.Fatalf("%+v %+v %v", set, set.Chances, err)
		}
		if a, b := stage("per_often"), stage("per_once"); a != lifecycleevent.Silent || b != lifecycleevent.FirstOrder {
			t.Fatalf("forty days after: %s %s", a, b)
		}
		told := announced()
		w.clock.Advance(11 * 24 * time.Hour)
		sweep()
		if a := stage("per_often"); a != lifecycleevent.Lost {
			t.Fatalf("fifty-one days after: %s", a)
		}
		if n := announced(); n != told+1 {
			t.Errorf("%d stages announced, want one more than %d", n, told)
		}
		// A model that hardly differs changes nothing; a slower one brings her back.
		o.model = `{"slow":3.05}`
		if err := w.svc.FollowModel(ctx, w.org); err != nil {
			t.Fatal(err)
		}
		if st := settings(); st.model != `{"slow":3}` {
			t.Errorf("redrawn for the sake of a day: %s", st.model)
		}
		o.model = `{"slow":30}`
		if err := w.svc.FollowModel(ctx, w.org); err != nil {
			t.Fatal(err)
		}
		w.catchUp()
		if a := stage("per_often"); a != lifecycleevent.Repeat {
			t.Errorf("by a slower model: %s", a)
		}
		if n := announced(); n != told+2 {
			t.Errorf("%d stages announced, want two more than %d", n, told)
		}
		// An order goes on from there; a rebuild tells the same and announces nothing.
		w.tell(order("per_often", "q", w.clock.Now(), 100))
		w.catchUp()
		before := stage("per_often") + stage("per_once")
		told = announced()
		if err := w.runner.Rebuild(ctx, SubscriberName, w.org); err != nil {
			t.Fatal(err)
		}
		w.catchUp()
		if after := stage("per_often") + stage("per_once"); after != before || announced() != told {
			t.Errorf("%s, before the rebuild %s; %d announced, %d before", after, before, announced(), told)
		}
		// Measuring keeps the source; days end it.
		if err := w.svc.Measure(ctx, w.org); err != nil {
			t.Fatal(err)
		}
		if st := settings(); st.source != SourceProbability || st.chances.Silent != 500_000 {
			t.Errorf("%+v", st)
		}
		if set, err = w.svc.SetRule(ctx, w.org, Rule{5, 9}); err != nil || set.Chances != nil || set.Redraw == nil {
			t.Fatalf("%+v %v", set, err)
		}
		if err := w.svc.Redraw(ctx, w.org); err != nil {
			t.Fatal(err)
		}
		if b := stage("per_once"); b != lifecycleevent.Lost {
			t.Errorf("by nine days: %s", b)
		}
	})
}
