package oracle_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/oracle"
	"fishpond/internal/segment/oracle/oracletest"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// TestProperties reads values of every sort, at paths of every sort, as every
// type.
func TestProperties(t *testing.T) {
	values := []string{`null`, `true`, `false`, `""`, `"5"`, `"山东 %_"`, `0`, `-0`, `5`, `5.0`, `5e0`, `2.5`, `-5`, `-0.00005`, `0.00005`, `0.00004`, `1e13`, `10000000000001`,
		`1e14`, `100000000000000.01`, `100000000000000.007`, `100000000000000.008`, `1e15`, `-1e15`, `1000000000000000.06`, `1000000000000000.07`, `1e16`, `0.99999999999999999999`, `5.00000000000000000001`,
		`9223372036854775807`, `-9223372036854775808`, `123456789012345678901234567890`, `1e400`, `-1e400`, `1e-400`, `-1e-400`, `4e-324`,
		`[]`, `["5"]`, `["5","x",5,null,["5"]]`, `[[]]`, `[{"b":"5"}]`, `[{"b":5},{"c":1},"5",[{"b":"5"}],{"b":"x"}]`, `{}`, `{"b":"5"}`, `{"b":{"c":"5"}}`, `{"b":["5"]}`, `{"0":"5"}`,
		`[{"b":[{"c":"5"}]},{"b":[]},{"b":{"c":"5"}}]`, `{"b":[{"c":"x"},{"c":["5"]}]}`}
	var persons []plan.Person
	for i, v := range values {
		var data map[string]any
		d := json.NewDecoder(strings.NewReader(`{"a":` + v + `,"other":[1]}`))
		d.UseNumber()
		if err := d.Decode(&data); err != nil {
			t.Fatal(err)
		}
		persons = append(persons, plan.Person{Seq: uint32(i + 1), Events: []plan.Event{{Kind: "order.paid", At: 1, Data: data}}})
	}
	persons = append(persons, plan.Person{Seq: 100, Events: []plan.Event{{Kind: "order.paid", At: 1}}}, plan.Person{Seq: 101})
	w := newWorld(t, predicatetest.Now, persons)

	everything := []plan.Span{{Lo: plan.Min, Hi: plan.Max}}
	for _, path := range []string{"a", "a[]", "a.b", "a[].b", "a.b[]", "a.b.c", "a[].b[].c", "a.b[].c", "a.0", "b", "", "a..b", `a"`, "a.$"} {
		for _, kind := range []plan.Type{0, plan.Text, plan.Count, plan.Money, plan.Number, plan.Bool, plan.List} {
			prop := plan.Prop{Path: path, Type: kind}
			conds := []plan.Cond{{Prop: prop, Test: plan.IsThere}}
			switch kind {
			case plan.Text:
				conds = append(conds, plan.Cond{Prop: prop, Test: plan.OneOf, Values: []string{"5"}}, plan.Cond{Prop: prop, Test: plan.OneOf, Values: []string{"5", "x"}},
					plan.Cond{Prop: prop, Test: plan.Contains, Values: []string{"%"}}, plan.Cond{Prop: prop, Test: plan.Prefix, Values: []string{"山"}})
			case plan.List:
				conds = append(conds, plan.Cond{Prop: prop, Test: plan.OneOf, Values: []string{"5"}}, plan.Cond{Prop: prop, Test: plan.OneOf, Values: []string{"x", "y"}})
			case plan.Bool:
				conds = append(conds, plan.Cond{Prop: prop, Test: plan.Is, Want: true}, plan.Cond{Prop: prop, Test: plan.Is})
			case plan.Count, plan.Money, plan.Number:
				for _, at := range []int64{0, 1, -1, 5, 50_000, 25_000, 1e13, 1e13 + 1, 1e15, -1e15, 1e18} {
					conds = append(conds, plan.Cond{Prop: prop, Test: plan.Within, Spans: []plan.Span{{Lo: at, Hi: at}}})
				}
				conds = append(conds, plan.Cond{Prop: prop, Test: plan.Within, Spans: everything}, plan.Cond{Prop: prop, Test: plan.Within, Spans: []plan.Span{{Lo: plan.Min, Hi: plan.Min}}})
			}
			var plans []plan.Node
			for _, c := range conds {
				for _, c.Not = range []bool{false, true} {
					plans = append(plans, plan.Measure{Kind: "order.paid", Window: plan.Always, Where: []plan.Cond{c}, Spans: []plan.Span{{Lo: 1, Hi: plan.Max}}})
				}
			}
			if kind.Ordered() {
				for _, of := range []plan.Quantity{plan.Sum, plan.Least, plan.Greatest, plan.Average} {
					for _, spans := range [][]plan.Span{{{Lo: 0, Hi: 0}}, {{Lo: 1, Hi: 1e15}}, {{Lo: 1e13, Hi: plan.Max}}, everything} {
						plans = append(plans, plan.Measure{Kind: "order.paid", Window: plan.Always, Of: of, Prop: prop, Spans: spans})
					}
				}
			}
			for _, n := range plans {
				if wrong := w.disagreement(t, n, []uint32{1, 4, 9, 16, 25, 36, 100, 101}); wrong != "" {
					t.Errorf("%s %s: %s\n%s", path, kind, plan.Key(n), wrong)
				}
			}
		}
	}
}

// TestAttributes are values on which engines might differ.
func TestAttributes(t *testing.T) {
	list := plan.Attr{Name: "interests", Trait: true, Type: plan.List}
	score := plan.Attr{Name: "score", Trait: true, Type: plan.Number}
	wedding := plan.Attr{Name: "wedding", Trait: true, Type: plan.Date}
	average := plan.Attr{Name: "average_order", Type: plan.Money}
	name := plan.Attr{Name: "name", Type: plan.Text}
	birthday := plan.Attr{Name: "birthday", Type: plan.Date}
	var persons []plan.Person
	add := func(p plan.Person) {
		p.Seq = uint32(len(persons) + 1)
		persons = append(persons, p)
	}
	for _, s := range []string{"", "A", "a", "Ä", "Ä", "ß", "ss", "%", "_", `\`, "a%", "a\\%", "１", "1", " a", "a ", "山东", "İ", "ﬀ"} {
		add(plan.Person{Name: s, Traits: map[string]any{"nickname": s, "interests": []string{s}}})
	}
	for _, d := range []string{"0001-01-01", "1969-12-31", "1970-01-01", "2000-02-29", "1900-03-01", "9999-12-31", "0000-01-01", "2001-02-29"} {
		add(plan.Person{Birthday: d, Traits: map[string]any{"wedding": d, "interests": []string{}}})
	}
	for _, f := range []float64{0, 0.00005, -0.00005, 1e14, -1e14, 1.0000000000000001e14, 1e300, 2.5} {
		add(plan.Person{GMV: -7, Orders: 2, Traits: map[string]any{"score": f, "nickname": 5.0, "interests": "A", "vip": "true"}})
	}
	add(plan.Person{GMV: 7, Orders: 2})
	add(plan.Person{GMV: 7, Orders: 0, FirstOrder: 0, Created: -1, LastOrder: -5})
	w := newWorld(t, predicatetest.Now, persons)

	nickname := plan.Attr{Name: "nickname", Trait: true, Type: plan.Text}
	plans := []plan.Node{
		plan.And{}, plan.Or{}, plan.Not{Of: plan.And{}}, plan.Texts{Attr: plan.Attr{Name: "no such", Type: plan.Text}, Values: []string{"A"}},
		plan.IsSet{Attr: list}, plan.IsSet{Attr: score}, plan.IsSet{Attr: wedding}, plan.IsSet{Attr: average}, plan.IsSet{Attr: birthday}, plan.IsSet{Attr: nickname},
		plan.IsSet{Attr: plan.Attr{Name: "vip", Trait: true, Type: plan.Bool}}, plan.IsSet{Attr: plan.Attr{Name: "gmv", Type: plan.Money}},
		plan.IsSet{Attr: plan.Attr{Name: "created", Type: plan.Instant}}, plan.IsSet{Attr: plan.Attr{Name: "stage", Type: plan.Text}},
		plan.Range{Attr: plan.Attr{Name: "last_order", Type: plan.Instant}, Spans: []plan.Span{{Lo: plan.Min, Hi: plan.Max}}},
		plan.Texts{Attr: plan.Attr{Name: "it has a zero \x00", Trait: true, Type: plan.Text}, Values: []string{"A"}},
		plan.Has{Attr: list, Values: []string{"\xff", "a\x00"}},
	}
	for _, s := range []string{"A", "a", "Ä", "ß", "ss", "%", "_", `\`, "1", "a ", "山", "i", "ff", "\x00", "\xff", "\xe5"} {
		for _, a := range []plan.Attr{name, nickname} {
			plans = append(plans, plan.Match{Attr: a, Text: s}, plan.Match{Attr: a, Text: s, Prefix: true}, plan.Texts{Attr: a, Values: []string{s}}, plan.Texts{Attr: a, Values: []string{s, "zz"}})
		}
		plans = append(plans, plan.Has{Attr: list, Values: []string{s, "%"}})
	}
	for _, v := range []int64{-719162, -1, 0, 1, 11016, 2932896, 1e18, -1e18, -4, -3, 3, 4, 25000} {
		for _, a := range []plan.Attr{score, wedding, birthday, average} {
			plans = append(plans, plan.Range{Attr: a, Spans: []plan.Span{{Lo: v, Hi: v}}}, plan.Range{Attr: a, Spans: []plan.Span{{Lo: plan.Min, Hi: v}}}, plan.Range{Attr: a, Spans: []plan.Span{{Lo: v, Hi: plan.Max}}})
		}
	}
	for _, md := range []int64{101, 229, 228, 301, 1231} {
		plans = append(plans, plan.Days{Attr: birthday, Spans: []plan.Span{{Lo: md, Hi: md}}}, plan.Days{Attr: wedding, Spans: []plan.Span{{Lo: md, Hi: 1231}}})
	}
	for _, n := range plans {
		// The index reads a text byte by byte; half a letter is found in it,
		// and cannot be asked of a database.
		if m, ok := n.(plan.Match); ok && m.Text == "\xe5" {
			continue
		}
		for _, n := range []plan.Node{n, plan.Not{Of: n}} {
			if wrong := w.disagreement(t, n, []uint32{1, 2, 30}); wrong != "" {
				t.Errorf("%s\n%s", plan.Key(n), wrong)
			}
		}
	}
}

// TestShares: the hash of any seq is the same in SQL.
func TestShares(t *testing.T) {
	var persons []plan.Person
	for _, seq := range []uint32{1, 2, 1<<31 - 2, 1<<31 - 1, 1 << 31, 1<<32 - 1, 3_000_000_019} {
		persons = append(persons, plan.Person{Seq: seq})
	}
	testkit.Run(t, schema(t), func(t *testing.T, d *db.DB) {
		if err := d.Write(t.Context(), org, func(tx *db.Tx) error { return oracletest.Store(t.Context(), tx, org, persons, nil) }); err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			share := plan.Share(100*i, 5000+100*i, fmt.Sprint("salt", i))
			if i > 40 { // the largest numbers that there can be
				share.A, share.B, share.C, share.D = 1<<31-2, 1<<31-2, 1<<31-2, 1<<31-2
			}
			err := d.Read(t.Context(), org, func(tx *db.Tx) error {
				got, err := oracle.Members(t.Context(), tx, org, share, oracle.Options{})
				for _, p := range persons {
					if got != nil && got.Contains(p.Seq) != share.Holds(p.Seq) {
						t.Errorf("%d in %+v: %t", p.Seq, share, got.Contains(p.Seq))
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestLargePlans are as large and as deep as the language allows, and segments
// refer to each other in ways that would double with every step.
func TestLargePlans(t *testing.T) {
	w := newWorld(t, predicatetest.Now, people(predicatetest.Now, spread(50), 5))
	leaves := func(i int) plan.Node {
		switch i % 5 {
		case 0:
			return plan.Tagged{IDs: []string{fmt.Sprint("tag_", i%7)}}
		case 1:
			return plan.Measure{Kind: "order.paid", Window: plan.Window{From: int64(i), To: plan.Max}, Spans: []plan.Span{{Lo: 1 + int64(i%2), Hi: plan.Max}}}
		case 2:
			return plan.Texts{Attr: plan.Attr{Name: "skin", Trait: true, Type: plan.Text}, Values: []string{"干性"}}
		case 3:
			return plan.Range{Attr: plan.Attr{Name: "gmv", Type: plan.Money}, Spans: []plan.Span{{Lo: int64(i), Hi: plan.Max}}}
		}
		return plan.InSegment{ID: fmt.Sprintf("seg_%d", 1+i%20)}
	}
	var flat []plan.Node
	for i := range 999 {
		flat = append(flat, leaves(i))
	}
	deep := leaves(3)
	for i := range 63 {
		switch i % 3 {
		case 0:
			deep = plan.Not{Of: deep}
		case 1:
			deep = plan.And{Of: []plan.Node{leaves(i), leaves(3 * i), deep}}
		default:
			deep = plan.Or{Of: []plan.Node{leaves(i), deep, leaves(2 * i)}}
		}
	}
	many := make([]string, 10_000)
	for i := range many {
		many[i] = fmt.Sprint("tag_", i)
	}
	var points []plan.Span
	for i := range int64(10_000) {
		points = append(points, plan.Span{Lo: 3 * i, Hi: 3*i + i%2})
	}
	for i := 1; i <= 20; i++ { // 2²⁰ ways from the last to the first
		id := fmt.Sprintf("seg_%d", i)
		below := fmt.Sprintf("seg_%d", i-1)
		n := plan.Node(plan.Or{Of: []plan.Node{plan.InSegment{ID: below}, plan.And{Of: []plan.Node{plan.InSegment{ID: below}, leaves(i * 5)}}, leaves(i % 4)}})
		if i == 1 {
			n = leaves(0)
		}
		w.segments[id], w.members[id] = n, w.eval(n)
		for seq, p := range w.persons {
			if w.members[id].Contains(seq) {
				p.Segments = append(p.Segments, id)
			}
		}
	}
	for name, n := range map[string]plan.Node{
		"or": plan.Or{Of: flat}, "and": plan.And{Of: flat}, "deep": deep, "nested": plan.InSegment{ID: "seg_20"}, "not nested": plan.Not{Of: plan.InSegment{ID: "seg_19"}},
		"tags": plan.Tagged{IDs: many}, "spans": plan.Range{Attr: plan.Attr{Name: "gmv", Type: plan.Money}, Spans: points},
	} {
		if wrong := w.disagreement(t, n, []uint32{1, 2, 3, 65536}); wrong != "" {
			t.Errorf("%s: %.2000s", name, wrong)
		}
	}
}

// TestReferencesToNobody: unknown segments have nobody, and a reference that
// leads back describes nobody.
func TestReferencesToNobody(t *testing.T) {
	w := newWorld(t, predicatetest.Now, people(predicatetest.Now, spread(30), 5))
	tagged := plan.Tagged{IDs: []string{"tag_1"}}
	w.segments = map[string]plan.Node{"seg_1": plan.Or{Of: []plan.Node{plan.InSegment{ID: "seg_2"}, tagged}}, "seg_2": plan.InSegment{ID: "seg_1"}}
	many := make([]plan.Node, 40)
	for i := range many {
		many[i] = plan.InSegment{ID: fmt.Sprintf("seg_%d", 1+i%2)}
	}
	for _, n := range []struct {
		n    plan.Node
		o    oracle.Options
		want plan.Node
	}{
		{plan.InSegment{ID: "seg_1"}, oracle.Options{}, plan.None{}},
		{plan.InSegment{ID: "seg_9"}, oracle.Options{Segment: w.segment}, plan.None{}},
		{plan.Not{Of: plan.InSegment{ID: "seg_9"}}, oracle.Options{Segment: w.segment}, plan.All{}},
		{plan.InSegment{ID: "seg_1"}, oracle.Options{Segment: w.segment}, tagged},
		{plan.InSegment{ID: "seg_2"}, oracle.Options{Segment: w.segment}, tagged},
		{plan.Or{Of: many}, oracle.Options{Segment: w.segment}, tagged},
	} {
		want := w.eval(n.want)
		for _, d := range w.databases {
			err := d.Read(t.Context(), org, func(tx *db.Tx) error {
				got, err := oracle.Members(t.Context(), tx, org, n.n, n.o)
				if err == nil && !got.Equals(want) {
					t.Errorf("%s on %s has %v, want %v", plan.Key(n.n), d.Engine(), got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
