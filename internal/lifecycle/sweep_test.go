package lifecycle

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/lifecycle/lifecycleevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

func TestASweepOfManyGoesInChunks(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var facts []timeline.Fact
		for i := range 2*chunk + 7 {
			facts = append(facts, order(fmt.Sprintf("per_%05d", i), "", at("2026-05-01").Add(time.Duration(i)*time.Minute), 100))
		}
		w.tell(facts...)
		w.catchUp()
		w.clock.Advance(60 * 24 * time.Hour) // 2026-07-31: 90 days after 2026-05-02
		n, err := w.svc.Sweep(t.Context(), w.org)
		if err != nil || n != len(facts) {
			t.Fatal(n, err)
		}
		stages, err := w.svc.Stages(t.Context(), w.org)
		if err != nil || stages[3] != (StageCount{lifecycleevent.Silent, int64(len(facts))}) {
			t.Fatal(err, stages)
		}
		if got := w.news("per_01006"); len(got) != 2 || got[1] != "first_order>silent@2026-07-30" {
			t.Fatalf("%v", got)
		}
	})
}

// TestSweepAndEventsAtOnce lets sweeps, redraws and events meet on the same
// persons; nothing may be lost or said twice.
func TestSweepAndEventsAtOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := rand.New(rand.NewPCG(3, 4))
		var wg sync.WaitGroup
		stop := make(chan struct{})
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := w.svc.Sweep(t.Context(), w.org); err != nil {
					t.Error(err)
				}
				if i%5 == 0 {
					if _, err := w.svc.SetRule(t.Context(), w.org, Rule{SilentDays: 10 + int64(i%3), LostDays: 20}); err != nil {
						t.Error(err)
					}
				}
			}
		})
		for range 15 {
			var facts []timeline.Fact
			for range 40 {
				facts = append(facts, order(fmt.Sprintf("per_%02d", r.IntN(25)), "", w.clock.Now().AddDate(0, 0, -r.IntN(15)), 100))
			}
			w.tell(facts...)
			w.catchUp()
			w.clock.Advance(72 * time.Hour)
		}
		close(stop)
		wg.Wait()
		w.catchUp()
		if _, err := w.svc.Sweep(t.Context(), w.org); err != nil {
			t.Fatal(err)
		}
		live := w.dump()
		for i := range 25 {
			stage := ""
			for _, s := range w.news(fmt.Sprintf("per_%02d", i)) {
				from, to, _ := strings.Cut(s, ">")
				if from != stage {
					t.Fatalf("%v", w.news(fmt.Sprintf("per_%02d", i)))
				}
				stage, _, _ = strings.Cut(to, "@")
			}
		}
		w.must(w.runner.Rebuild(t.Context(), SubscriberName, w.org))
		if got := w.dump(); !slices.Equal(got, live) {
			t.Fatalf("rebuilt\n%s\nlive\n%s", strings.Join(got, "\n"), strings.Join(live, "\n"))
		}
	})
}

// TestFlowAgreesWithAPlainRecount compares the months with what each person's
// history says, in two time zones, before and after the counters are moved
// from one to the other.
func TestFlowAgreesWithAPlainRecount(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := rand.New(rand.NewPCG(5, 6))
		var facts []timeline.Fact
		for range 400 {
			// At the turn of months, where zones matter.
			when := time.Date(2025, time.Month(6+r.IntN(12)), 1, r.IntN(24)-12, 0, 0, 0, time.UTC)
			facts = append(facts, order(fmt.Sprintf("per_%02d", r.IntN(60)), "", when, 100), created(fmt.Sprintf("per_%02d", r.IntN(80)), when))
		}
		w.tell(facts...)
		w.catchUp()
		compare := func() {
			t.Helper()
			got, err := w.svc.Flow(t.Context(), w.org, "2025-05", "2026-06")
			w.must(err)
			var lives []Life
			for i := range 80 {
				life, err := w.svc.Of(t.Context(), w.org, fmt.Sprintf("per_%02d", i))
				w.must(err)
				lives = append(lives, life)
			}
			if got.TimeZone != w.zone.String() || len(got.Months) != 14 {
				t.Fatalf("%+v", got)
			}
			for _, m := range got.Months {
				begin, err := time.ParseInLocation("2006-01", m.Month, w.zone)
				w.must(err)
				end := begin.AddDate(0, 1, 0)
				counts, moves := map[string]int64{}, map[[2]string]int64{}
				for _, life := range lives {
					now, from := "", ""
					for _, s := range life.History {
						if s.At.Before(end) {
							now = s.Stage
						}
						if !s.At.Before(begin) && s.At.Before(end) {
							moves[[2]string{from, s.Stage}]++
						}
						from = s.Stage
					}
					if now != "" {
						counts[now]++
					}
				}
				for _, s := range lifecycleevent.Stages {
					counts[s] += 0
				}
				told := map[[2]string]int64{}
				for _, v := range m.Moves {
					told[[2]string{v.From, v.To}] = v.Persons
				}
				if !maps.Equal(m.Counts, counts) || !maps.Equal(told, moves) {
					t.Fatalf("%s in %s: got %+v, want %v %v", m.Month, w.zone, m, counts, moves)
				}
			}
			stages, err := w.svc.Stages(t.Context(), w.org)
			w.must(err)
			for _, s := range stages {
				if s.Persons != got.Months[13].Counts[s.Stage] {
					t.Fatalf("%+v", stages)
				}
			}
		}
		compare()
		shanghai, err := time.LoadLocation("Asia/Shanghai")
		w.must(err)
		w.zone = shanghai
		compare() // from the histories
		w.must(w.svc.Rezone(t.Context(), w.org))
		st := &settings{}
		w.must(d.Read(t.Context(), w.org, func(tx *db.Tx) (err error) { st, err = settingsOf(t.Context(), tx, w.org); return err }))
		if st.zone != "Asia/Shanghai" {
			t.Fatal(st.zone)
		}
		compare() // from the counters
		w.tell(order("per_00", "", w.clock.Now(), 100))
		w.catchUp()
		compare()
	})
}
