package model

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/journey/graph"
)

func at(t *testing.T, text string) int64 {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v.UnixMicro()
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// Hours on the wall, worked out by hand.
func TestHours(t *testing.T) {
	for _, c := range []struct {
		zone, after, at string
		days            []int
		want            string
	}{
		{"Asia/Shanghai", "2026-03-02T01:59:00Z", "10:00", nil, "2026-03-02T02:00:00Z"},
		{"Asia/Shanghai", "2026-03-02T02:00:00Z", "10:00", nil, "2026-03-03T02:00:00Z"},                // strictly after
		{"Asia/Shanghai", "2026-03-02T02:00:00Z", "10:00", []int{1}, "2026-03-09T02:00:00Z"},           // a Monday
		{"Asia/Shanghai", "2026-03-02T16:30:00Z", "00:15", []int{2}, "2026-03-09T16:15:00Z"},           // already Tuesday there
		{"Europe/Berlin", "2026-03-28T12:00:00Z", "02:30", nil, "2026-03-29T01:00:00Z"},                // skipped: 03:00
		{"Europe/Berlin", "2026-03-29T01:00:00Z", "02:30", nil, "2026-03-30T00:30:00Z"},                // which has been
		{"Europe/Berlin", "2026-10-24T12:00:00Z", "02:30", nil, "2026-10-25T00:30:00Z"},                // twice: the first
		{"Europe/Berlin", "2026-10-25T00:45:00Z", "02:30", nil, "2026-10-26T01:30:00Z"},                // between the two
		{"America/New_York", "2026-03-08T06:59:00Z", "02:00", nil, "2026-03-08T07:00:00Z"},             // skipped
		{"Australia/Lord_Howe", "2026-10-03T12:00:00Z", "02:10", nil, "2026-10-03T15:30:00Z"},          // half an hour is skipped
		{"Asia/Kathmandu", "2026-01-01T00:00:00Z", "09:00", nil, "2026-01-01T03:15:00Z"},               // +05:45
		{"America/Sao_Paulo", "2018-11-03T12:00:00Z", "00:00", nil, "2018-11-04T03:00:00Z"},            // there is no midnight
		{"Pacific/Apia", "2011-12-30T09:00:00Z", "10:00", nil, "2011-12-30T10:00:00Z"},                 // the 30th is skipped
		{"Asia/Shanghai", "2026-03-02T02:00:00.000001Z", "10:00", []int{1, 7}, "2026-03-08T02:00:00Z"}, // Sunday
	} {
		if got := NextHour(zone(t, c.zone), at(t, c.after), c.at, c.days); got != at(t, c.want) {
			t.Errorf("%s %s after %s: %s, want %s", c.at, c.zone, c.after, time.UnixMicro(got).UTC().Format(time.RFC3339), c.want)
		}
	}
	if got, ok := onDate(zone(t, "Asia/Shanghai"), "2026-03-10", -3, ""); !ok || got != at(t, "2026-03-07T01:00:00Z") {
		t.Errorf("three days before the 10th at nine: %v %v", time.UnixMicro(got).UTC(), ok)
	}
	if _, ok := onDate(time.UTC, "soon", 0, ""); ok {
		t.Error("soon is a date")
	}
}

func TestNumbers(t *testing.T) {
	// sha256sum of the texts, each with a zero byte after it: its first 16 digits
	// as a number, modulo 10,000.
	for text, want := range map[string]int{"jny_1/half/run_1": 1014, "jny_1/holdout/per_1": 3109} {
		if got := number(strings.Split(text, "/")...); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}

// told is a world's history of a run in one line.
func told(w *World, r *Run) string {
	var b strings.Builder
	for _, v := range r.Path {
		fmt.Fprintf(&b, "%s", v.Step)
		if v.Left != 0 {
			fmt.Fprintf(&b, ">%d", v.Way)
		}
		if v.Outcome != "" {
			fmt.Fprintf(&b, "(%s)", v.Outcome)
		}
		b.WriteByte(' ')
	}
	return b.String() + r.Status + ":" + r.Why
}

func start(t *testing.T, s graph.Spec, people ...string) (*World, *Journey) {
	t.Helper()
	if problems := s.Graph.Check(); len(problems) > 0 {
		t.Fatalf("%+v", problems)
	}
	n := 0
	w := New(zone(t, "Asia/Shanghai"), func(*Run) string { n++; return fmt.Sprintf("run_%d", n) })
	w.Now = at(t, "2026-03-02T00:00:00Z")
	for _, p := range people {
		w.People[p] = &Person{Tags: map[string]bool{}, Traits: map[string]string{}, Carriers: map[string]bool{}, Staff: true, Speaker: p}
	}
	j := &Journey{ID: "jny_1"}
	w.Journeys = append(w.Journeys, j)
	w.Publish(j, s, false, nil)
	return w, j
}

func (w *World) tell(f Fact) {
	w.Log = append(w.Log, f)
	for w.Followed < len(w.Log) {
		w.Follow()
	}
	w.know()
	w.Tick()
}

var spec = graph.Spec{Entry: graph.Entry{Kind: graph.ByEvent, Event: "friend.added"}, Frequency: graph.Frequency{Kind: graph.Again, Days: 10}, Purpose: graph.Service,
	Goal: &graph.Target{Event: "order.paid", Where: "amount >= 100", Days: 3},
	Graph: graph.Graph{Steps: []graph.Step{
		{ID: "hi", Kind: graph.Message, Message: &graph.Content{AccountIDs: []string{"acc"}, Text: "Hi"}, Next: "buys"},
		{ID: "buys", Kind: graph.WaitEvent, Event: "order.paid", Seconds: 3600, Ways: []graph.Way{{Next: "mark"}}, Next: "day"},
		{ID: "day", Kind: graph.Wait, Seconds: 86400, Next: "buys"},
		{ID: "mark", Kind: graph.Tag, Use: "vip", Next: "is"},
		{ID: "is", Kind: graph.Branch, Ways: []graph.Way{{When: "tag vip"}}, Next: "day"},
	}}}

// A walk from the first step to the last, each line worked out by hand.
func TestWalk(t *testing.T) {
	w, _ := start(t, spec, "ann")
	w.tell(Fact{Kind: "friend.added", Person: "ann", Occurred: w.Now - 1})
	if len(w.Runs) != 0 {
		t.Fatal("came in by what was before the journey")
	}
	w.tell(Fact{Kind: "friend.added", Person: "ann", Occurred: w.Now})
	r := w.Runs[0]
	expect := func(want string) {
		t.Helper()
		if got := told(w, r); got != want {
			t.Fatalf("%s\nwant %s", got, want)
		}
	}
	expect("hi active:")
	before := w.Now
	w.Now += hour / 2
	w.Settle(r.ID+":1", "sent")
	w.Tick()
	expect("hi>-1(sent) buys active:")
	w.tell(Fact{Kind: "order.paid", Person: "ann", Occurred: w.Now - 1, Data: map[string]string{"amount": "99"}})
	expect("hi>-1(sent) buys active:") // it was before
	w.Now += 2 * hour
	w.Tick()
	expect("hi>-1(sent) buys>-1(timeout) day active:")
	w.Now += day
	w.Tick()
	expect("hi>-1(sent) buys>-1(timeout) day>-1 buys active:")
	arrived := w.Now
	w.Now += 5 * hour
	w.tell(Fact{Kind: "order.paid", Person: "ann", Occurred: arrived + hour - 1, Data: map[string]string{"amount": "100"}}) // told late, in time
	expect("hi>-1(sent) buys>-1(timeout) day>-1 buys>0(happened) mark>-1(done) is active:")                                 // the facts must follow first
	if r.Converted != arrived+hour-1 || r.Entered != before {
		t.Errorf("%d, %d", r.Converted-arrived, r.Entered-before)
	}
	w.know()
	w.Tick()
	w.Now += second / 100
	w.Tick()
	expect("hi>-1(sent) buys>-1(timeout) day>-1 buys>0(happened) mark>-1(done) is>0 done:")
	if why := w.Enter("jny_1", "ann", "", nil, w.Now, 0, 0); why != "again" {
		t.Errorf("in again after a day: %q", why)
	}
	w.Now = before + 10*day
	if why := w.Enter("jny_1", "ann", "", nil, w.Now, 0, 0); why != "" || w.Runs[1].Entry != "2" {
		t.Errorf("after ten days: %q", why)
	}
	if why := w.Enter("jny_1", "ann", "", nil, w.Now, 0, 0); why != "inside" {
		t.Errorf("twice at a time: %q", why)
	}
	if fmt.Sprint(w.Effects) != "[{run_1:1 message hi ann} {run_1:5 tag vip ann}]" {
		t.Errorf("%v", w.Effects)
	}
}

// What ends a walk, and what is called off then.
func TestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(w *World, j *Journey)
		want string
	}{
		"consent": {func(w *World, _ *Journey) {
			w.tell(Fact{Kind: ConsentWithdrawn, Person: "ann", Occurred: w.Now, Data: map[string]string{"purpose": "service"}})
		}, "hi>-2(consent) cancelled:consent"},
		"other": {func(w *World, _ *Journey) {
			w.tell(Fact{Kind: ConsentWithdrawn, Person: "ann", Occurred: w.Now, Data: map[string]string{"purpose": "marketing"}})
		}, "hi active:"},
		"gone":      {func(w *World, _ *Journey) { w.Gone("ann") }, "hi>-2(gone) cancelled:gone"},
		"end":       {func(w *World, j *Journey) { w.Set(j, "ended") }, "hi>-2(ended) cancelled:ended"},
		"moved out": {func(w *World, j *Journey) { w.Publish(j, spec, true, map[string]string{"hi": ""}) }, "hi>-2(mapped) cancelled:mapped"},
		"stays":     {func(w *World, j *Journey) { w.Publish(j, spec, true, nil); w.Tick() }, "hi active:"},
		"passes": {func(w *World, j *Journey) {
			w.Publish(j, spec, true, map[string]string{"hi": "buys"})
			w.Publish(j, spec, true, map[string]string{"buys": "hi"})
			w.Tick()
		}, "hi>-3 buys>-3 hi>-1(passed) buys active:"},
	} {
		t.Run(name, func(t *testing.T) {
			w, j := start(t, spec, "ann")
			w.tell(Fact{Kind: "friend.added", Person: "ann", Occurred: w.Now})
			c.do(w, j)
			if got := told(w, w.Runs[0]); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
			if kept := !strings.Contains(c.want, "-2") && !strings.Contains(c.want, "-3"); kept != (len(w.Open("message")) == 1) {
				t.Errorf("open: %v", w.Open("message"))
			}
		})
	}
}

// Two who turn out to be one: the later walk ends; and apart again.
func TestMerge(t *testing.T) {
	w, j := start(t, spec, "ann", "bob")
	w.tell(Fact{Kind: "friend.added", Person: "bob", Occurred: w.Now})
	w.Now++
	w.tell(Fact{Kind: "friend.added", Person: "ann", Occurred: w.Now})
	w.People["bob"].Speaker = "ann"
	w.tell(Fact{Kind: Merged, Person: "ann", Occurred: w.Now})
	if a, b := told(w, w.Runs[1]), told(w, w.Runs[0]); a != "hi>-2(merged) cancelled:merged" || b != "hi active:" {
		t.Errorf("%s; %s", a, b)
	}
	if why := w.Enter(j.ID, "ann", "", nil, w.Now, 0, 0); why != "inside" {
		t.Errorf("ann is inside as bob: %q", why)
	}
	w.People["bob"].Speaker = "bob"
	w.tell(Fact{Kind: Split, Person: "ann", Occurred: w.Now})
	w.Now += 11 * day
	if why := w.Enter(j.ID, "ann", "", nil, w.Now, 0, 0); why != "" {
		t.Errorf("ann is not inside: %q", why)
	}
}

// What happens in a pause is kept for later.
func TestPause(t *testing.T) {
	w, j := start(t, spec, "ann", "bob")
	w.tell(Fact{Kind: "friend.added", Person: "ann", Occurred: w.Now})
	w.Settle("run_1:1", "held")
	w.Tick() // it is looked after in two seconds
	if got := told(w, w.Runs[0]); got != "hi active:" {
		t.Errorf("%s", got)
	}
	w.Now += 2 * second
	w.Tick()
	w.Set(j, "paused")
	w.Now += hour / 2
	w.tell(Fact{Kind: "order.paid", Person: "ann", Occurred: w.Now})
	w.tell(Fact{Kind: "friend.added", Person: "bob", Occurred: w.Now})
	w.Now += 5 * hour
	w.Tick()
	if a, b := told(w, w.Runs[0]), told(w, w.Runs[1]); a != "hi>-1(held) buys active:" || b != "hi active:" {
		t.Errorf("%s; %s", a, b)
	}
	w.Set(j, "live")
	w.know()
	w.Tick()
	if a, b := told(w, w.Runs[0]), told(w, w.Runs[1]); a != "hi>-1(held) buys>0(happened) mark>-1(done) is active:" || b != "hi active:" {
		t.Errorf("%s; %s", a, b)
	}
}

// Stories come to an end without an engine, too, and nobody walks for ever.
func TestStories(t *testing.T) {
	steps, kinds := 0, map[graph.Kind]int{}
	for seed := range uint64(300) {
		s := Tell(seed)
		n := 0
		w := New(zone(t, s.Zone), func(*Run) string { n++; return fmt.Sprintf("run_%04d", n) })
		w.Now = at(t, "2026-03-02T00:00:00Z")
		w.Begin(s)
		var ids []string
		for i := range s.First {
			ids = append(ids, fmt.Sprintf("jny_%d", i))
			w.Journeys = append(w.Journeys, &Journey{ID: ids[i]})
		}
		for i, j := range w.Journeys {
			w.Publish(j, w.Named(s.First[i], ids), false, nil)
		}
		for _, o := range s.Ops {
			if d, ok := w.Plan(o); ok {
				w.Do(d)
			}
		}
		for _, r := range w.Runs {
			for _, v := range r.Path {
				steps++
				kinds[w.journey(r.Journey).Versions[v.Version-1].Graph.Step(v.Step).Kind]++
				if v.Left != 0 && v.Left < v.Arrived && !moved(s) {
					t.Errorf("seed %d: %+v", seed, v)
				}
			}
		}
	}
	if steps < 3000 || len(kinds) != 17 {
		t.Errorf("%d steps of %v", steps, kinds)
	}
}

// moved tells whether the clock was put back in a story.
func moved(s Story) bool {
	for _, o := range s.Ops {
		if o.Do == OpPass && o.For < 0 {
			return true
		}
	}
	return false
}
