package roster

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func local(zone, s string) time.Time {
	z, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t.In(z)
}

func everybody(string) bool { return true }

func TestWhoIsOnDuty(t *testing.T) {
	team := []Member{{StaffID: "a"}, {StaffID: "b"}, {StaffID: "c"}}
	office := Shift{Days: []int{1, 2, 3, 4, 5}, From: 9 * 60, To: 18 * 60}
	night := Shift{StaffIDs: []string{"c"}, Days: []int{5}, From: 22 * 60, To: 6 * 60}
	const sh = "Asia/Shanghai"
	cases := []struct {
		name string
		plan Plan
		at   time.Time
		gone string
		use  Usage
		want string
	}{
		{"no shifts: always", Plan{Members: team}, local(sh, "2026-06-14T19:00:00Z"), "", Usage{}, "[a b c] a"},
		{"Monday morning", Plan{Members: team, Shifts: []Shift{office}}, local(sh, "2026-06-15T01:00:00Z"), "", Usage{Last: "a"}, "[a b c] b"},
		{"a minute before", Plan{Members: team, Shifts: []Shift{office}, Spare: []string{"s"}}, local(sh, "2026-06-15T00:59:59Z"), "", Usage{}, "[s] s off_duty spare"},
		{"the end is not part of it", Plan{Members: team, Shifts: []Shift{office}, Spare: []string{"s"}}, local(sh, "2026-06-15T10:00:00Z"), "", Usage{}, "[s] s off_duty spare"},
		{"no spare: better at night than never", Plan{Members: team, Shifts: []Shift{office}}, local(sh, "2026-06-15T10:00:00Z"), "", Usage{Today: map[string]int64{"a": 1}}, "[a b c] b off_duty beyond"},
		{"Friday night", Plan{Members: team, Shifts: []Shift{office, night}}, local(sh, "2026-06-19T15:00:00Z"), "", Usage{}, "[c] c"},
		{"until Saturday morning", Plan{Members: team, Shifts: []Shift{office, night}}, local(sh, "2026-06-19T21:59:00Z"), "", Usage{}, "[c] c"},
		{"and not longer", Plan{Members: team, Shifts: []Shift{office, night}}, local(sh, "2026-06-19T22:00:00Z"), "", Usage{}, "[a b c] a off_duty beyond"},
		{"not in the morning of Friday", Plan{Members: team, Shifts: []Shift{night}, Spare: []string{"s"}}, local(sh, "2026-06-18T21:00:00Z"), "", Usage{}, "[s] s off_duty spare"},
		{"who is full is passed over", Plan{Members: []Member{{StaffID: "a", DailyCap: 1}, {StaffID: "b", DailyCap: 2}}}, local(sh, "2026-06-15T01:00:00Z"), "", Usage{Today: map[string]int64{"a": 1, "b": 1}}, "[b] b"},
		{"all full", Plan{Members: []Member{{StaffID: "a", DailyCap: 1}}, Spare: []string{"s", "r"}}, local(sh, "2026-06-15T01:00:00Z"), "", Usage{Today: map[string]int64{"a": 1, "s": 4, "r": 3}}, "[s r] r full spare"},
		{"all full and no spare", Plan{Members: []Member{{StaffID: "a", DailyCap: 1}}}, local(sh, "2026-06-15T01:00:00Z"), "", Usage{Today: map[string]int64{"a": 1}}, "[a] a full beyond"},
		{"who has left is passed over", Plan{Members: team}, local(sh, "2026-06-15T01:00:00Z"), "a", Usage{}, "[b c] b"},
		{"all have left", Plan{Members: []Member{{StaffID: "a"}}, Spare: []string{"s"}}, local(sh, "2026-06-15T01:00:00Z"), "a", Usage{}, "[s] s left spare"},
		{"and the spare too", Plan{Members: []Member{{StaffID: "a"}}, Spare: []string{"a"}}, local(sh, "2026-06-15T01:00:00Z"), "a", Usage{}, "[]  left"},
		{"over", Plan{Members: team, ExpiresAt: local(sh, "2026-06-15T01:00:00Z")}, local(sh, "2026-06-15T01:00:00Z"), "", Usage{}, "[]  expired"},
		{"just before", Plan{Members: team, ExpiresAt: local(sh, "2026-06-15T01:00:01Z")}, local(sh, "2026-06-15T01:00:00Z"), "", Usage{}, "[a b c] a"},
		{"the fewest today", Plan{Members: team, Strategy: LeastLoaded}, local(sh, "2026-06-15T01:00:00Z"), "", Usage{Today: map[string]int64{"a": 2, "b": 1, "c": 1}}, "[a b c] b"},
		{"after one who is not free", Plan{Members: []Member{{StaffID: "a"}, {StaffID: "b", DailyCap: 1}, {StaffID: "c"}}}, local(sh, "2026-06-15T01:00:00Z"), "", Usage{Last: "b", Today: map[string]int64{"b": 1}}, "[a c] c"},
		// Berlin: 2026-03-29 02:00 becomes 03:00; 2026-10-25 03:00 becomes 02:00.
		{"before the missing hour", Plan{Members: team, Shifts: []Shift{{From: 150, To: 240}}, Spare: []string{"s"}}, local("Europe/Berlin", "2026-03-29T00:59:00Z"), "", Usage{}, "[s] s off_duty spare"},
		{"after the missing hour", Plan{Members: team, Shifts: []Shift{{From: 150, To: 240}}, Spare: []string{"s"}}, local("Europe/Berlin", "2026-03-29T01:00:00Z"), "", Usage{}, "[a b c] a"},
		{"an hour there is not", Plan{Members: team, Shifts: []Shift{{From: 130, To: 170}}, Spare: []string{"s"}}, local("Europe/Berlin", "2026-03-29T01:10:00Z"), "", Usage{}, "[s] s off_duty spare"},
		{"the hour the first time", Plan{Members: team, Shifts: []Shift{{From: 130, To: 170}}, Spare: []string{"s"}}, local("Europe/Berlin", "2026-10-25T00:20:00Z"), "", Usage{}, "[a b c] a"},
		{"and the second", Plan{Members: team, Shifts: []Shift{{From: 130, To: 170}}, Spare: []string{"s"}}, local("Europe/Berlin", "2026-10-25T01:20:00Z"), "", Usage{}, "[a b c] a"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := c.plan.At(c.at, func(id string) bool { return id != c.gone }, c.use)
			got := fmt.Sprint(d.On, " ", d.Next)
			if d.Reason != "" {
				got += " " + d.Reason
			}
			if d.Spare {
				got += " spare"
			}
			if d.Beyond {
				got += " beyond"
			}
			if got != c.want {
				t.Errorf("%s, not %s", got, c.want)
			}
		})
	}
}

// In as many turns as the weights add up to, each member has as many as their
// weight, and no one waits for all of them at the end.
func TestWeightsAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Plan{Strategy: Weighted}
		var sum int64
		for i, w := range rapid.SliceOfN(rapid.Int64Range(1, 9), 1, 6).Draw(t, "weights") {
			p.Members = append(p.Members, Member{StaffID: fmt.Sprint(i), Weight: w})
			sum += w
		}
		start := rapid.Int64Range(0, 5).Draw(t, "round") * sum
		had := map[string]int64{}
		for turn := range sum {
			had[p.At(time.Unix(0, 0), everybody, Usage{Turns: start + turn}).Next]++
		}
		for _, m := range p.Members {
			if had[m.StaffID] != m.Weight {
				t.Fatalf("%v of %v", had, p.Members)
			}
		}
	})
}

// Between now and the next change nobody comes or goes, whatever clocks do.
func TestNextChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"Europe/Berlin", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		p := Plan{Members: []Member{{StaffID: "a"}, {StaffID: "b"}}}
		for range rapid.IntRange(1, 3).Draw(t, "shifts") {
			p.Shifts = append(p.Shifts, Shift{StaffIDs: []string{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "who")}, Days: []int{rapid.IntRange(1, 7).Draw(t, "day")},
				From: rapid.IntRange(0, 1439).Draw(t, "from"), To: rapid.IntRange(0, 1440).Draw(t, "to")})
		}
		day := rapid.SampledFrom([]string{"2026-03-28", "2026-10-24", "2026-03-07", "2026-11-01", "2026-04-04", "2026-10-03", "2026-06-15"}).Draw(t, "day")
		begin, err := time.ParseInLocation(time.DateOnly, day, zone)
		if err != nil {
			t.Fatal(err)
		}
		now := begin.Add(time.Duration(rapid.IntRange(0, 3*24*60).Draw(t, "minute")) * time.Minute)
		next := p.NextChange(now)
		if next.IsZero() {
			return
		}
		who := func(t time.Time) string {
			d := p.At(t, everybody, Usage{})
			return fmt.Sprint(d.On, d.Beyond)
		}
		for m := now; m.Before(next); m = m.Add(17 * time.Minute) {
			if who(m) != who(now) {
				t.Fatalf("%s changes before %s: %s, %s", m, next, who(now), who(m))
			}
		}
		if who(next.Add(-time.Second)) != who(now) {
			t.Fatalf("another already just before %s", next)
		}
	})
}

// Whoever is next is one of those on duty, works here and is below the cap
// unless the plan says why not.
func TestNextIsOnDuty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Plan{Strategy: rapid.SampledFrom([]string{RoundRobin, Weighted, LeastLoaded}).Draw(t, "strategy"), Spare: []string{"d"}}
		use := Usage{Today: map[string]int64{}, Turns: rapid.Int64Range(0, 50).Draw(t, "turns"), Last: rapid.SampledFrom([]string{"", "a", "b", "x"}).Draw(t, "last")}
		gone := map[string]bool{}
		for _, id := range []string{"a", "b", "c", "d"} {
			if id != "d" {
				p.Members = append(p.Members, Member{StaffID: id, Weight: 2, DailyCap: rapid.Int64Range(0, 3).Draw(t, "cap")})
			}
			use.Today[id] = rapid.Int64Range(0, 4).Draw(t, "today")
			gone[id] = rapid.Bool().Draw(t, "gone")
		}
		d := p.At(time.Unix(0, 0).UTC(), func(id string) bool { return !gone[id] }, use)
		if d.Next == "" {
			if len(d.On) != 0 || d.Reason != Left {
				t.Fatalf("%+v", d)
			}
			return
		}
		if !slices.Contains(d.On, d.Next) || gone[d.Next] {
			t.Fatalf("%+v", d)
		}
		for _, m := range p.Members {
			if m.StaffID == d.Next && d.Reason == "" && m.DailyCap > 0 && use.Today[m.StaffID] >= m.DailyCap {
				t.Fatalf("%+v is full", m)
			}
		}
	})
}
