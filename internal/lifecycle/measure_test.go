package lifecycle

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// slowPercentile weighs exactly, with fractions.
func slowPercentile(people [][]int64, percent int64) float64 {
	weight, total := map[int64]*big.Rat{}, new(big.Rat)
	for _, purchases := range people {
		var gaps []int64
		for i := 1; i < len(purchases); i++ {
			if g := purchases[i] - purchases[i-1]; g >= day {
				gaps = append(gaps, g)
			}
		}
		for _, g := range gaps {
			if weight[g] == nil {
				weight[g] = new(big.Rat)
			}
			w := big.NewRat(1, int64(len(gaps)))
			weight[g].Add(weight[g], w)
			total.Add(total, w)
		}
	}
	var gaps []int64
	for g := range weight {
		gaps = append(gaps, g)
	}
	slices.Sort(gaps)
	sum, want := new(big.Rat), new(big.Rat).Mul(total, big.NewRat(percent, 100))
	for _, g := range gaps {
		if sum.Add(sum, weight[g]).Cmp(want) >= 0 {
			return math.Round(float64(g)/float64(day)*100) / 100
		}
	}
	return 0
}

func TestGapPercentilesWeighPersonsAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) []int64 {
			p := rapid.SliceOfN(rapid.Map(rapid.Int64Range(0, 400), func(q int64) int64 { return q * day / 4 }), 0, 8).Draw(t, "purchases")
			slices.Sort(p)
			return p
		}), 0, 12).Draw(t, "people")
		var m gapMeter
		for _, p := range people {
			m.add(p)
		}
		g := m.result()
		for percent, got := range map[int64]float64{50: g.P50, 80: g.P80, 90: g.P90, 95: g.P95} {
			if want := slowPercentile(people, percent); got != want {
				t.Fatalf("p%d is %v, want %v", percent, got, want)
			}
		}
	})
}

func TestSuggestedThresholds(t *testing.T) {
	for _, c := range []struct {
		gaps   Gaps
		want   Rule
		enough bool
	}{
		{Gaps{Count: 99, P80: 30, P95: 60}, defaultRule, false},
		{Gaps{Count: 100, P80: 30, P95: 60}, Rule{30, 60}, true},
		{Gaps{Count: 100, P80: 30.01, P95: 60.5}, Rule{31, 61}, true},
		{Gaps{Count: 100, P80: 1.5, P95: 2}, Rule{7, 14}, true},
		{Gaps{Count: 100, P80: 30, P95: 31}, Rule{30, 37}, true},
		{Gaps{Count: 100, P80: 9000, P95: 9999}, Rule{3643, 3650}, true},
	} {
		if got, enough := Suggest(c.gaps); got != c.want || enough != c.enough {
			t.Errorf("%+v gives %+v %v", c.gaps, got, enough)
		}
	}
}

func TestQuintilesPutAtLeastTheirShareBelow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 30), 1, 60).Draw(t, "values")
		b := boundaries(slices.Clone(values))
		for k := range int64(4) {
			atMost, below := 0, 0
			for _, v := range values {
				if exceeded(v, b) <= k {
					atMost++
				}
				if v < b[k] {
					below++
				}
			}
			share := int(math.Ceil(float64(k+1) * float64(len(values)) / 5))
			// The boundary is the least value with its share at or below it.
			if atMost < share || below >= share {
				t.Fatalf("boundary %d of %v is %d: %d at or below, %d below, share %d", k, values, b[k], atMost, below, share)
			}
		}
	})
}

func TestThresholdsFollowTheData(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		sweep := func() Settings {
			t.Helper()
			w.catchUp()
			if _, err := w.svc.Sweep(t.Context(), w.org); err != nil {
				t.Fatal(err)
			}
			s, err := w.svc.Settings(t.Context(), w.org)
			w.must(err)
			return s
		}
		buy := func(from, to, gap int) {
			var facts []timeline.Fact
			for i := from; i < to; i++ {
				for k := range 3 {
					facts = append(facts, order(fmt.Sprintf("per_%04d", i), "", at("2026-01-01").AddDate(0, 0, k*gap), 100))
				}
			}
			w.tell(facts...)
		}
		buy(0, 49, 20) // 98 gaps are too few
		if s := sweep(); s.Source != SourceDefault || s.SilentDays != 90 || s.LostDays != 180 || s.Gaps.Count != 98 {
			t.Fatalf("%+v", s)
		}
		buy(49, 60, 20)
		if s := sweep(); s.Source != SourceData || s.SilentDays != 20 || s.LostDays != 27 || s.Gaps != (Gaps{120, 20, 20, 20, 20}) || s.Redraw != nil {
			t.Fatalf("%+v", s)
		}
		// 2026-02-10 was the last order of all: at the 90 days of before they turned silent on 2026-05-11.
		if got := w.news("per_0000"); !slices.Equal(got, []string{">silent@2026-05-11", "silent>lost@2026-03-09"}) {
			t.Fatalf("%v", got)
		}
		life, err := w.svc.Of(t.Context(), w.org, "per_0000")
		w.must(err)
		if n := len(life.History); n != 4 || life.History[n-2].Stage != "silent" || !life.History[n-2].At.Equal(at("2026-03-02")) {
			t.Fatalf("%+v", life)
		}
		// A day more for some does not redraw everybody; a quarter more does.
		buy(60, 90, 21)
		if s := sweep(); s.SilentDays != 20 || s.Suggested.SilentDays != 21 {
			t.Fatalf("%+v", s)
		}
		buy(90, 180, 25)
		if s := sweep(); s.SilentDays != 25 || s.LostDays != 32 {
			t.Fatalf("%+v", s)
		}
		if _, err := w.svc.SetRule(t.Context(), w.org, Rule{SilentDays: 60, LostDays: 100}); err != nil {
			t.Fatal(err)
		}
		buy(180, 300, 10)
		if s := sweep(); s.Source != SourceManual || s.SilentDays != 60 || s.Suggested.SilentDays != 25 {
			t.Fatalf("%+v", s)
		}
		if s, err := w.svc.FollowData(t.Context(), w.org); err != nil || s.Source != SourceData || s.SilentDays != 25 || s.Redraw == nil || s.Redraw.Total != 300 {
			t.Fatalf("%v %+v", err, s)
		}
		if len(w.audits) != 2 || !strings.Contains(w.audits[0], "silent_days:60") {
			t.Fatalf("%v", w.audits)
		}
	})
}

func TestScoresFollowOrdersAndTime(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var facts []timeline.Fact
		for i := range 10 { // per_0 bought once, ten days ago, for 100; per_9 ten times up to yesterday
			for k := range i + 1 {
				facts = append(facts, order(fmt.Sprintf("per_%d", i), "", at("2026-06-01").AddDate(0, 0, i-10-k), 100))
			}
		}
		w.tell(append(facts, created("per_x", at("2026-05-01")))...)
		w.catchUp()
		score := func(id string) RFM {
			life, err := w.svc.Of(t.Context(), w.org, id)
			w.must(err)
			if life.RFM == nil {
				return RFM{}
			}
			return *life.RFM
		}
		if s := score("per_9"); s != (RFM{}) {
			t.Fatalf("%+v before anything was measured", s)
		}
		w.must(w.svc.MeasureAll(t.Context()))
		for id, want := range map[string]RFM{"per_0": {1, 1, 1}, "per_1": {1, 1, 1}, "per_2": {2, 2, 2}, "per_9": {5, 5, 5}, "per_x": {}} {
			if got := score(id); got != want {
				t.Errorf("%s scores %+v, want %+v", id, got, want)
			}
		}
		w.clock.Advance(6 * 24 * time.Hour)
		if got := score("per_9"); got != (RFM{2, 5, 5}) { // seven days ago now: nothing was written
			t.Errorf("%+v", got)
		}
		w.tell(order("per_0", "", w.clock.Now(), 5000))
		w.catchUp()
		if got := score("per_0"); got != (RFM{5, 1, 5}) {
			t.Errorf("%+v", got)
		}
	})
}
