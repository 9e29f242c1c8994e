package segment

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// crowd makes n persons, of whom the silent ones like one product and one tag
// more than others do.
func (f *fixture) crowd(n int) []plan.Person {
	f.t.Helper()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same every time
	out := make([]plan.Person, n)
	for i := range out {
		p := plan.Person{Seq: uint32(i + 1), Stage: "repeat", Region: []string{"山东", "河南", "北京"}[r.IntN(3)], Gender: []string{"", "male", "female"}[r.IntN(3)], //nolint:gosec // small
			Orders: int64(r.IntN(8)), Birthday: fmt.Sprintf("%d-05-01", 1950+r.IntN(60)), Source: "import", Traits: map[string]any{"vip": r.IntN(2) == 0, "score": float64(r.IntN(100))}}
		if r.IntN(4) == 0 {
			p.Stage = "silent"
		}
		likes := 5
		if p.Stage == "silent" {
			likes = 2
		}
		if r.IntN(likes) == 0 {
			p.Tags = append(p.Tags, "tag_1")
		}
		if r.IntN(3) == 0 {
			p.Tags = append(p.Tags, "tag_2")
		}
		if r.IntN(3) == 0 {
			p.Owner = "stf_associate"
		}
		if r.IntN(2) == 0 {
			p.Traits["skin"] = []string{"油性", "干性"}[r.IntN(2)]
		}
		if r.IntN(likes) == 0 {
			p.Events = append(p.Events, plan.Event{Kind: "order.paid", At: 1, Data: map[string]any{"items": []any{map[string]any{"sku": "A-1", "name": "=奶粉"}, map[string]any{"sku": "A-1"}}}})
		}
		p.Events = append(p.Events, plan.Event{Kind: "order.paid", At: 2, Data: map[string]any{"items": []any{map[string]any{"sku": fmt.Sprintf("B-%d", r.IntN(4))}}}})
		out[i] = p
		f.person(p)
	}
	return out
}

// The profile of a segment against counting by hand.
func TestProfile(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		crowd := f.crowd(400)
		var seg Segment
		f.must("POST", "/segments", `{"name":"沉默","text":"stage = silent"}`, &seg)
		for _, role := range []string{"owner", "associate"} {
			seen := slices.DeleteFunc(slices.Clone(crowd), func(p plan.Person) bool { return role == "associate" && p.Owner != "stf_associate" })
			var p Profile
			if st, text := f.call(role, "GET", "/segments/"+seg.ID+"/profile", "", &p); st != 200 {
				t.Fatalf("%d %s", st, text)
			}
			kinds := map[string]bool{}
			def := f.world.def
			def.Staff, _ = f.world.Staff(t.Context(), nil, orgA) //nolint:errcheck // it has none
			cat := predicate.NewCatalogue(def)
			for _, item := range p.Items {
				kinds[item.Kind] = true
				e, err := predicate.Decode(item.Tree)
				if err != nil {
					t.Fatal(err)
				}
				c, err := predicate.Compile(e, cat, predicatetest.Now)
				if err != nil {
					t.Fatalf("%s: %v", item.Text, err)
				}
				var tab fourfold
				for i := range seen {
					has, in := plan.Eval(c.Plan, &seen[i]), seen[i].Stage == "silent"
					switch {
					case in && has:
						tab.with++
						tab.of++
					case in:
						tab.of++
					case has:
						tab.restWith++
						tab.restOf++
					default:
						tab.restOf++
					}
				}
				if item.Members != tab.with || item.PoolMembers != tab.with+tab.restWith || p.Size != tab.of || p.Pool != tab.of+tab.restOf || item.P != tab.p() || item.Sampled {
					t.Errorf("%s %s: %+v, counted %+v", role, item.Text, item, tab)
				}
				lift := float64(tab.with) / float64(tab.of) / (float64(tab.restWith) / float64(tab.restOf))
				if (item.Lift == nil) != (tab.restWith == 0) || item.Lift != nil && math.Abs(*item.Lift-lift) > 1e-12 {
					t.Errorf("%s: lift %v, want %v", item.Text, item.Lift, lift)
				}
				if item.Significant != (item.Q < 0.05) || item.Q < item.P || item.ByRule != (item.Kind == "stage") {
					t.Errorf("%+v", item)
				}
			}
			want := []string{"age", "gender", "orders", "owner", "product", "region", "source", "stage", "tag", "trait"}
			if role == "associate" {
				want = slices.DeleteFunc(want, func(k string) bool { return k == "owner" })
			}
			for _, k := range want {
				if !kinds[k] {
					t.Errorf("%s: nothing about %s", role, k)
				}
			}
			if kinds["owner"] && role == "associate" {
				t.Error("owners shown to an associate")
			}
			if role == "owner" {
				var found []string
				for _, item := range p.Items {
					if item.Significant && !item.ByRule && *item.Lift > 1 {
						found = append(found, item.Kind+" "+item.Value)
					}
				}
				if !slices.Contains(found, "tag 母婴") || !slices.Contains(found, "product A-1") || slices.Contains(found, "tag 易退款") {
					t.Errorf("significant: %v", found)
				}
			}
		}
		var some Profile
		f.must("GET", "/segments/"+seg.ID+"/profile?kinds=stage,gender", "", &some)
		for _, i := range some.Items {
			if i.Kind != "stage" && i.Kind != "gender" {
				t.Errorf("not asked for: %+v", i)
			}
		}
		for path, status := range map[string]int{"/segments/" + seg.ID + "/profile?kinds=shoe": 422, "/segments/seg_0/profile": 404} {
			if st, text := f.call("owner", "GET", path, "", nil); st != status {
				t.Errorf("%s: %d %s", path, st, text)
			}
		}
		if st, _ := f.call("foreign", "GET", "/segments/"+seg.ID+"/profile", "", nil); st != 404 {
			t.Errorf("foreign: %d", st)
		}
	})
}

func TestOverlap(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		crowd := f.crowd(120)
		var ids []string
		texts := []string{"stage = silent", "tag:母婴", "orders >= 4"}
		in := []func(p *plan.Person) bool{
			func(p *plan.Person) bool { return p.Stage == "silent" },
			func(p *plan.Person) bool { return slices.Contains(p.Tags, "tag_1") },
			func(p *plan.Person) bool { return p.Orders >= 4 },
		}
		for i, text := range texts {
			var s Segment
			f.must("POST", "/segments", fmt.Sprintf(`{"name":"s%d","text":%q}`, i, text), &s)
			ids = append(ids, s.ID)
		}
		for _, role := range []string{"owner", "associate"} {
			for n := 2; n <= 3; n++ {
				var o Overlap
				body := fmt.Sprintf(`{"ids":["%s"]}`, strings.Join(ids[:n], `","`))
				if st, text := f.call(role, "POST", "/segments/overlap", body, &o); st != 200 || len(o.Areas) != 1<<n-1 || len(o.Sets) != n {
					t.Fatalf("%d %s", st, text)
				}
				want, union, every := map[string]int64{}, int64(0), int64(0)
				for i := range crowd {
					var of []string
					for k := range n {
						if in[k](&crowd[i]) {
							of = append(of, ids[k])
						}
					}
					if len(of) == 0 || role == "associate" && crowd[i].Owner != "stf_associate" {
						continue
					}
					want[strings.Join(of, "+")]++
					union++
					if len(of) == n {
						every++
					}
				}
				var sum int64
				for _, a := range o.Areas {
					sum += a.Count
					if a.Count != want[strings.Join(a.In, "+")] {
						t.Errorf("%s: %v has %d, counted %d", role, a.In, a.Count, want[strings.Join(a.In, "+")])
					}
				}
				if sum != union || o.Union != union || math.Abs(o.Jaccard-float64(every)/float64(union)) > 1e-12 {
					t.Errorf("areas %d, union %d, counted %d; Jaccard %v", sum, o.Union, union, o.Jaccard)
				}
			}
		}
		for body, status := range map[string]int{`{"ids":["` + ids[0] + `"]}`: 422, `{"ids":["` + ids[0] + `","` + ids[0] + `"]}`: 422, `{"ids":["` + ids[0] + `","seg_0"]}`: 404} {
			if st, text := f.call("owner", "POST", "/segments/overlap", body, nil); st != status {
				t.Errorf("%s: %d %s", body, st, text)
			}
		}
		if st, _ := f.call("foreign", "POST", "/segments/overlap", `{"ids":["`+ids[0]+`","`+ids[1]+`"]}`, nil); st != 404 {
			t.Errorf("foreign: %d", st)
		}
	})
}
