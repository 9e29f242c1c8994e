package steps

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// lanesOf makes up some lanes with a mask of two bits, on few moments, so that
// many events fall together.
func lanesOf(t *rapid.T, n int) []Lane {
	out := make([]Lane, n)
	for i := range out {
		for _, at := range rapid.SliceOfN(rapid.Int64Range(0, 12), 0, 6).Draw(t, "at") {
			out[i].At = append(out[i].At, at)
		}
		slices.Sort(out[i].At)
		for range out[i].At {
			out[i].Mask = append(out[i].Mask, uint64(rapid.IntRange(0, 3).Draw(t, "mask")))
		}
	}
	return out
}

type taken struct{ lane, place int }

// exists tries every choice of events for the first k steps.
func exists(f *Funnel, lanes []Lane, k int) bool {
	var chosen []taken
	var try func() bool
	try = func() bool {
		if len(chosen) == k {
			return true
		}
		for _, a := range f.Steps[len(chosen)] {
			for place, at := range lanes[a.Lane].At {
				if !lanes[a.Lane].meets(place, a.Need) || slices.Contains(chosen, taken{a.Lane, place}) {
					continue
				}
				if len(chosen) == 0 && (at < f.From || at >= f.To) {
					continue
				}
				if len(chosen) > 0 {
					first, last := chosen[0], chosen[len(chosen)-1]
					before := lanes[last.lane].At[last.place]
					if at < before || at-lanes[first.lane].At[first.place] > f.Within {
						continue
					}
					// Those of one kind follow each other as they were recorded.
					if slices.ContainsFunc(chosen, func(c taken) bool { return c.lane == a.Lane && c.place > place }) {
						continue
					}
				}
				chosen = append(chosen, taken{a.Lane, place})
				if try() {
					return true
				}
				chosen = chosen[:len(chosen)-1]
			}
		}
		return false
	}
	return try()
}

func TestOrderedFunnelsFindEveryWayThatThereIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lanes := lanesOf(t, 3)
		f := &Funnel{From: rapid.Int64Range(0, 6).Draw(t, "from"), To: rapid.Int64Range(4, 13).Draw(t, "to"), Within: rapid.Int64Range(0, 12).Draw(t, "within")}
		for range rapid.IntRange(2, 4).Draw(t, "steps") {
			f.Steps = append(f.Steps, []Alt{{Lane: rapid.IntRange(0, 2).Draw(t, "lane"), Need: uint64(rapid.IntRange(0, 3).Draw(t, "need"))}})
		}
		got := f.Walk(lanes)
		want := 0
		for want < len(f.Steps) && exists(f, lanes, want+1) {
			want++
		}
		if got.Reached != want {
			t.Fatalf("%+v over %+v: %d steps, there is a way of %d", f, lanes, got.Reached, want)
		}
		for k := 1; k < got.Reached; k++ {
			if got.Done[k] < got.Done[k-1] || got.Done[k]-got.Done[0] > f.Within {
				t.Fatalf("times %v", got.Done[:got.Reached])
			}
		}
	})
}

func TestUnorderedFunnelsFindEveryWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lanes := lanesOf(t, 3)
		f := &Funnel{Unordered: true, From: 2, To: 9, Within: rapid.Int64Range(0, 8).Draw(t, "within"), Steps: [][]Alt{{{Lane: 0}}, {{Lane: 1, Need: 1}}, {{Lane: 2, Need: 2}}}}
		want := 0
		for k := 1; k <= 3; k++ {
			found := false
			for t0 := f.From; t0 < f.To; t0++ { // the earliest event of the k steps is at t0
				all, mine := true, false
				for _, s := range f.Steps[:k] {
					l := lanes[s[0].Lane]
					at := slices.IndexFunc(l.At, func(at int64) bool { return at >= t0 })
					for at >= 0 && at < len(l.At) && !l.meets(at, s[0].Need) {
						at++
					}
					in := at >= 0 && at < len(l.At) && l.At[at]-t0 <= f.Within
					all, mine = all && in, mine || in && l.At[at] == t0
				}
				found = found || all && mine
			}
			if found {
				want = k
			}
		}
		if got := f.Walk(lanes); got.Reached != want {
			t.Fatalf("%+v over %+v: %d, want %d", f, lanes, got.Reached, want)
		}
	})
}

func TestAnAlternativeNamedFirstIsTakenFirst(t *testing.T) {
	f := &Funnel{From: 0, To: 10, Within: 10, Steps: [][]Alt{{{Lane: 0}, {Lane: 1}}, {{Lane: 1}}}}
	w := f.Walk([]Lane{{At: []int64{3}}, {At: []int64{3, 5}}})
	if w.Reached != 2 || w.Done[0] != 3 || w.Done[1] != 3 { // lane 0 begins; lane 1's event of the moment is left for the second step
		t.Fatalf("%+v", w)
	}
}

func TestTheFirstEventIsNoComingBack(t *testing.T) {
	r := &Retention{First: []Alt{{Lane: 0}}, Back: []Alt{{Lane: 0}}, Edges: []int64{0, 10, 20, 30}}
	for _, c := range []struct {
		at   []int64
		unit int
		back uint64
	}{{[]int64{3}, 0, 0}, {[]int64{3, 3}, 0, 1}, {[]int64{3, 12, 15, 29}, 0, 0b110}, {[]int64{29}, 2, 0}, {[]int64{30}, -1, 0}, {[]int64{-1, 5}, -1, 0}, {nil, -1, 0}} {
		if s := r.Follow([]Lane{{At: c.at}}); s.Unit != c.unit || s.Back != c.back {
			t.Errorf("%v: %+v", c.at, s)
		}
	}
}
