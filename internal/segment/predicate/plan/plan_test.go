package plan_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// TestRandomVectors fixes the hash: SQL and the index must compute the same,
// and who is in a share today must be in it next year.
func TestRandomVectors(t *testing.T) {
	if got, want := plan.Share(0, 1000, "x"), (plan.Random{A: 762385987, B: 925282373, C: 23231658, D: 2074882806, Lo: 0, Hi: 214748364}); got != want {
		t.Errorf("the numbers of salt x are %+v, want %+v", got, want)
	}
	for _, v := range []struct {
		salt string
		seq  uint32
		hash int64
	}{
		{"", 1, 1587309685}, {"", 2, 976593087}, {"", 1000000, 1186290887}, {"", math.MaxUint32, 1587309685},
		{"x", 1, 1955467166}, {"x", 2, 854560931}, {"x", 1000000, 518780417}, {"x", math.MaxUint32, 1955467166},
		{"对照组", 1, 421946552}, {"对照组", 2, 1076535768}, {"对照组", 1000000, 1138191374}, {"对照组", math.MaxUint32, 421946552},
	} {
		if got := plan.Share(0, 1, v.salt).Hash(v.seq); got != v.hash {
			t.Errorf("hash of %d with salt %q is %d, want %d", v.seq, v.salt, got, v.hash)
		}
	}
}

// TestRandomIsFair: ten tenths of a dense pool are of like size, and a tenth
// under one salt holds a tenth of a tenth under another.
func TestRandomIsFair(t *testing.T) {
	const people = 100_000
	var tenths [10]int
	both := 0
	for seq := uint32(1); seq <= people; seq++ {
		in := 0
		for i := range tenths {
			if plan.Share(i*1000, (i+1)*1000, "a").Holds(seq) {
				tenths[i]++
				in++
			}
		}
		if in != 1 {
			t.Fatalf("%d is in %d tenths", seq, in)
		}
		if plan.Share(0, 1000, "a").Holds(seq) && plan.Share(0, 1000, "b").Holds(seq) {
			both++
		}
	}
	chi := 0.0
	for _, n := range tenths {
		chi += math.Pow(float64(n)-people/10, 2) / (people / 10)
	}
	if chi > 27.9 { // one in a thousand with nine degrees of freedom
		t.Errorf("the tenths are %v: chi² %.1f", tenths, chi)
	}
	if math.Abs(float64(both)-people/100) > 4*math.Sqrt(people/100) {
		t.Errorf("two tenths have %d of %d in common, want about %d", both, people, people/100)
	}
}

// TestSimplify: a simpler plan holds for the same persons, is no larger, and
// cannot be made simpler still.
func TestSimplify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := nodes(t, 4)
		s := plan.Simplify(n)
		if again := plan.Simplify(s); plan.Key(again) != plan.Key(s) {
			t.Fatalf("%s becomes %s, then %s", plan.Key(n), plan.Key(s), plan.Key(again))
		}
		if len(plan.Key(s)) > len(plan.Key(n)) {
			t.Fatalf("%s became %s", plan.Key(n), plan.Key(s))
		}
		for range 3 {
			p := predicatetest.Persons(predicatetest.Now).Draw(t, "person")
			if plan.Eval(n, &p) != plan.Eval(s, &p) {
				t.Fatalf("%s is not %s", plan.Key(n), plan.Key(s))
			}
		}
	})
}

// nodes are plans that have not been simplified.
func nodes(t *rapid.T, depth int) plan.Node {
	if depth > 1 {
		of := make([]plan.Node, rapid.IntRange(0, 3).Draw(t, "n"))
		for i := range of {
			of[i] = nodes(t, depth-1)
		}
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			return plan.And{Of: of}
		case 1:
			return plan.Or{Of: of}
		case 2:
			return plan.Not{Of: nodes(t, depth-1)}
		}
	}
	return rapid.SampledFrom([]plan.Node{
		plan.All{}, plan.None{}, plan.Tagged{}, plan.Tagged{IDs: []string{"tag_1"}}, plan.Tagged{IDs: []string{"tag_2"}}, plan.Identity{Kind: "phone"},
		plan.IsSet{Attr: plan.Attr{Name: "gmv", Type: plan.Money}}, plan.IsSet{Attr: plan.Attr{Name: "gmv", Trait: true, Type: plan.Number}},
		plan.Share(0, 10000, "x"), plan.Share(0, 0, "x"), plan.Share(0, 5000, "x"),
		plan.Measure{Kind: "order.paid", Window: plan.Always, Spans: []plan.Span{{Lo: -3, Hi: plan.Max}}},
		plan.Measure{Kind: "order.paid", Window: plan.Always, Spans: []plan.Span{{Lo: -3, Hi: -1}}},
		plan.Measure{Kind: "order.paid", Window: plan.Always, Spans: []plan.Span{{Lo: 1, Hi: 2}}},
		plan.Measure{Kind: "order.paid", Window: plan.Window{From: 5, To: 5}, Spans: []plan.Span{{Lo: 0, Hi: 2}}},
		plan.Measure{Kind: "order.paid", Window: plan.Window{From: 5, To: 5}, Of: plan.First, Spans: []plan.Span{{Lo: plan.Min, Hi: plan.Max}}},
	}).Draw(t, "leaf")
}

func TestSimplifyPutsCheapFirst(t *testing.T) {
	cheap, dear := plan.Identity{Kind: "phone"}, plan.Measure{Kind: "order.paid", Where: []plan.Cond{{}}, Window: plan.Always, Spans: []plan.Span{{Lo: 1, Hi: 2}}}
	got, ok := plan.Simplify(plan.And{Of: []plan.Node{dear, plan.Not{Of: plan.Not{Of: cheap}}, cheap}}).(plan.And)
	if !ok || len(got.Of) != 2 || got.Of[0] != plan.Node(cheap) {
		t.Errorf("got %+v", got)
	}
	if plan.Cost(dear) < plan.Events || plan.Cost(cheap) >= plan.Events {
		t.Errorf("costs are %d and %d", plan.Cost(dear), plan.Cost(cheap))
	}
}

func TestNeeds(t *testing.T) {
	c, err := predicate.CompileText(`(tag:母婴 or tag:风险/*) and segment:#seg_1 and not list:内测 and did order.paid since joining and gmv > 5 and trait:gmv > 5
		and has identity phone and reachable any and consent marketing none and age > 5 and not did order.paid = -1`, predicatetest.Catalogue(), predicatetest.Now)
	if err != nil {
		t.Fatal(err)
	}
	names := func(attrs []plan.Attr) (out []string) {
		for _, a := range attrs {
			name := a.Name
			if a.Trait {
				name = "trait:" + name
			}
			out = append(out, name)
		}
		return out
	}
	for _, test := range []struct {
		what      string
		got, want []string
	}{
		{"attributes", names(c.Needs.Attrs), []string{"birthday", "created", "gmv", "trait:gmv"}},
		{"tags", c.Needs.Tags, []string{"tag_1", "tag_2", "tag_3"}},
		{"groups", c.Needs.TagGroups, []string{"风险"}},
		{"events", c.Needs.Events, []string{"order.paid"}},
		{"segments", c.Needs.Segments, []string{"seg_1"}},
		{"lists", c.Needs.Lists, []string{"lst_2"}},
		{"identities", c.Needs.Identities, []string{"phone"}},
		{"purposes", c.Needs.Purposes, []string{"marketing"}},
		{"carriers", c.Needs.Carriers, []string{""}},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s: %q, want %q", test.what, test.got, test.want)
		}
	}
}

func TestCycle(t *testing.T) {
	refers := map[string][]string{"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": {"e"}, "e": {"c"}, "self": {"self"}, "x": {"a"}}
	for id, want := range map[string][]string{"a": nil, "x": nil, "self": {"self", "self"}, "d": {"d", "e", "c", "d"}, "b": nil} {
		if got := plan.Cycle(id, func(id string) []string { return refers[id] }); !slices.Equal(got, want) {
			t.Errorf("from %s: %v, want %v", id, got, want)
		}
	}
}

// TestDayStart: a day begins where its date begins, also where the clock jumps
// over midnight or passes it twice.
func TestDayStart(t *testing.T) {
	for _, test := range []struct{ zone, day, want string }{
		{"Asia/Shanghai", "2026-11-21", "2026-11-20T16:00:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // 00:00 did not exist
		{"America/Havana", "2024-11-03", "2024-11-03T04:00:00Z"},    // 00:00 came twice
		{"Asia/Beirut", "2022-03-27", "2022-03-26T22:00:00Z"},
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"}, // the 30th did not exist
		{"UTC", "1969-12-31", "1969-12-31T00:00:00Z"},
	} {
		zone, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		d, ok := plan.ParseDay(test.day)
		got := time.UnixMicro(d.Start(zone)).UTC()
		if !ok || got.Format(time.RFC3339) != test.want {
			t.Errorf("%s in %s begins at %s, want %s", test.day, test.zone, got.Format(time.RFC3339), test.want)
		}
		if before := got.Add(-time.Microsecond).In(zone); plan.DayOf(before) >= d {
			t.Errorf("%s in %s: %s is before its beginning", test.day, test.zone, before)
		}
	}
}

func TestFixed(t *testing.T) {
	for _, test := range []struct {
		f    float64
		want int64
		ok   bool
	}{
		{0, 0, true}, {math.Copysign(0, -1), 0, true}, {1.5, 15000, true}, {-1.5, -15000, true}, {0.00005, 1, true}, {-0.00005, -1, true}, {0.00004, 0, true},
		{1.1, 11000, true}, {29.9999, 299999, true}, {1e14, 1e18, true}, {1.1e14, 0, false}, {math.NaN(), 0, false}, {math.Inf(-1), 0, false},
	} {
		if got, ok := plan.Fixed(test.f); got != test.want || ok != test.ok {
			t.Errorf("Fixed(%v) = %d, %v, want %d, %v", test.f, got, ok, test.want, test.ok)
		}
	}
}
