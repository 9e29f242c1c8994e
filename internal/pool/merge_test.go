package pool

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// state is everything that a merge or split may touch, one line a person.
func (f *fixture) state(persons []string) map[string]string {
	f.t.Helper()
	out := map[string]string{}
	lines := f.texts(`SELECT person_id || ' ' || canonical_id || ' ' || is_canonical || ' ' || own_name || ' ' || own_kinds || ' ' ||
		CASE WHEN is_canonical = 1 THEN name || ' ' || name_key || ' ' || region || ' ' || kinds || ' ' || set_size || ' ' || orders || ' ' || gmv_minor || ' ' || first_order_at || ' ' || last_order_at || ' ' || created_at ELSE '' END
		FROM pool_person WHERE org_id = ?`, org)
	links := f.texts("SELECT person_id || ' ' || tag_id || '>' || canonical_id FROM pool_tag_link WHERE org_id = ? ORDER BY person_id, tag_id", org)
	for _, l := range append(lines, links...) {
		id, rest, _ := strings.Cut(l, " ")
		if slices.Contains(persons, id) {
			out[id] += rest + ";"
		}
	}
	return out
}

func (f *fixture) canonical(id string) string {
	f.t.Helper()
	var c string
	err := f.d.Read(f.ctx, org, func(tx *db.Tx) (err error) {
		c, _, err = f.Members(f.ctx, tx, org, id)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// Merges and splits in any legal order: who speaks for whom is always the
// forest of the merges that hold, an illegal split is refused and names the
// merge in the way, and undoing all of them restores what was, to the column.
func TestMergesAndSplitsAreExact(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		round := 0
		tag, err := newFixture(t, d).CreateTag(newFixture(t, d).ctx, TagInput{Name: "VIP"})
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(rt *rapid.T) {
			round++
			f := newFixture(t, d)
			var cs []Contact
			n := rapid.IntRange(2, 6).Draw(rt, "persons")
			for i := range n {
				c := contact(fmt.Sprintf("2025-01-%02dT00:00:00Z", 1+i), "openid", fmt.Sprintf("o%d-%d", round, i))
				c.Name, c.Region = fmt.Sprintf("n%d", i), fmt.Sprintf("r%d", i%2)
				if i%2 == 0 {
					c.Tags = []string{"VIP"}
				}
				cs = append(cs, c)
			}
			var ids []string
			for _, r := range f.resolved(cs...) {
				ids = append(ids, r.PersonID)
			}
			err := d.Write(f.ctx, org, func(tx *db.Tx) error {
				return f.addPurchases(f.ctx, tx, org, map[string]*bought{ids[0]: {orders: 2, gmv: 10, first: 5, last: 9}, ids[n-1]: {orders: 1, gmv: 7, first: 3, last: 3}})
			})
			if err != nil {
				rt.Fatal(err)
			}
			before := f.state(ids)
			parent := map[string]string{} // loser → winner of the merges that hold
			root := func(id string) string {
				for parent[id] != "" {
					id = parent[id]
				}
				return id
			}
			var active []Merge
			split := func(m Merge) {
				_, err := f.Split(f.ctx, m.ID)
				if later := parent[m.WinnerID]; later != "" {
					if !errs.Is(err, errs.CodeConflict) || !strings.Contains(err.Error(), "mrg_") {
						rt.Fatalf("split of %v under %s: %v", m, later, err)
					}
					return
				}
				if err != nil {
					rt.Fatal(err)
				}
				delete(parent, m.LoserID)
				active = slices.DeleteFunc(active, func(o Merge) bool { return o.ID == m.ID })
			}
			for range rapid.IntRange(1, 10).Draw(rt, "steps") {
				if len(active) > 0 && rapid.IntRange(0, 2).Draw(rt, "split") == 0 {
					split(rapid.SampledFrom(active).Draw(rt, "merge"))
				} else {
					a, b := rapid.SampledFrom(ids).Draw(rt, "a"), rapid.SampledFrom(ids).Draw(rt, "b")
					m, err := f.Merge(f.ctx, a, b, "same face")
					if root(a) == root(b) {
						if !errs.Is(err, errs.CodeConflict) {
							rt.Fatalf("merged with itself: %v", err)
						}
						continue
					}
					if err != nil {
						rt.Fatal(err)
					}
					w, l := root(a), root(b)
					if slices.Index(ids, w) > slices.Index(ids, l) {
						w, l = l, w
					}
					if m.WinnerID != w || m.LoserID != l {
						rt.Fatalf("%s won over %s, the one known longer is %s", m.WinnerID, m.LoserID, w)
					}
					parent[l] = w
					active = append(active, m)
				}
				for _, id := range ids {
					if c := f.canonical(id); c != root(id) {
						rt.Fatalf("%s is spoken for by %s, not %s", id, c, root(id))
					}
				}
			}
			for len(active) > 0 {
				split(rapid.SampledFrom(active).Draw(rt, "undo"))
			}
			after := f.state(ids)
			for id, want := range before {
				if after[id] != want {
					rt.Fatalf("%s was\n%s\nand is\n%s", id, want, after[id])
				}
			}
		})
		if tag.ID == "" {
			t.Error("no tag")
		}
	})
}

func TestMergedPersonShowsEverybodysNewest(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a := contact("2025-01-01T00:00:00Z", "phone", "13800000001")
		a.Name, a.Region, a.Tags = "老王", "上海", []string{"VIP", "老客"}
		b := contact("2025-02-01T00:00:00Z", "wecom_external_userid", "wm1")
		b.Name, b.Tags = "王先生", []string{"VIP"}
		got := f.resolved(a, b)
		f.bought(got[0].PersonID, "2025-03-01T00:00:00Z", 100)
		f.bought(got[1].PersonID, "2025-04-01T00:00:00Z", 250)
		m, err := f.Merge(f.ctx, got[1].PersonID, got[0].PersonID, "同一人")
		if err != nil {
			t.Fatal(err)
		}
		p := f.person(got[1].PersonID)
		if p.ID != got[0].PersonID || p.Name != "王先生" || p.Region != "上海" || p.Orders != 2 || p.GMVMinor != 350 || len(p.Tags) != 2 || len(p.Identities) != 2 {
			t.Fatalf("%+v", p)
		}
		f.bought(got[1].PersonID, "2025-05-01T00:00:00Z", 50) // a late event of the loser
		if p := f.person(p.ID); p.GMVMinor != 400 || p.Orders != 3 {
			t.Errorf("%+v", p)
		}
		events, _, err := f.Timeline(f.ctx, p.ID, []string{"order.paid"}, timeline.Cursor{}, 10)
		if err != nil || len(events) != 3 {
			t.Errorf("%d orders on the timeline, %v", len(events), err)
		}
		if _, err := f.Split(f.ctx, m.ID); err != nil {
			t.Fatal(err)
		}
		if p := f.person(got[0].PersonID); p.Name != "老王" || p.GMVMinor != 100 || len(p.Tags) != 2 {
			t.Errorf("winner after the split: %+v", p)
		}
		if p := f.person(got[1].PersonID); p.ID != got[1].PersonID || p.GMVMinor != 300 || len(p.Tags) != 1 {
			t.Errorf("loser after the split: %+v", p)
		}
		if _, err := f.Split(f.ctx, m.ID); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("split twice: %v", err)
		}
		list, err := f.Merges(f.ctx, got[0].PersonID)
		if err != nil || len(list) != 1 || list[0].SplitAt == nil || list[0].Rule != Manual || list[0].MergedBy != "stf_owner" {
			t.Errorf("%+v %v", list, err)
		}
		// A source that still sees both keys together does not join them again.
		both := contact("2025-06-01T00:00:00Z", "phone", "13800000001", "wecom_external_userid", "wm1")
		if r := f.resolved(both); r[0].PersonID != got[1].PersonID { // the WeCom id is trusted more
			t.Errorf("%+v", r)
		}
		if f.canonical(got[1].PersonID) != got[1].PersonID {
			t.Error("a rule undid what a human had parted")
		}
		dup, _, err := f.Duplicates(f.ctx, resolveKeyZero, 10)
		if err != nil || len(dup) != 1 || len(dup[0].Persons) != 2 {
			t.Errorf("%+v %v", dup, err)
		}
		if _, err := f.Merge(f.ctx, got[0].PersonID, got[1].PersonID, ""); err != nil { // but a human may
			t.Fatal(err)
		}
		f.resolved(both)
		if k := f.kinds(); countOf(k, poolevent.Merged) != 2 || countOf(k, poolevent.Split) != 1 {
			t.Errorf("%v", k)
		}
	})
}

func countOf(list []string, s string) (n int) {
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

// What the subscribers keep is what a rebuild from the log gives, also across
// merges and splits.
func TestRebuiltEqualsLive(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		got := f.resolved(contact("2025-01-01T00:00:00Z", "phone", "13800000001"), contact("2025-01-02T00:00:00Z", "phone", "13800000002"), contact("2025-01-03T00:00:00Z", "phone", "13800000003"))
		var ids []string
		for i, r := range got {
			ids = append(ids, r.PersonID)
			f.bought(r.PersonID, fmt.Sprintf("2025-02-0%dT00:00:00Z", i+1), int64(100*(i+1)))
		}
		f.append("order.refunded", ids[0], `{"refund_id":"r1","amount_minor":30,"currency":"CNY"}`)
		f.append("order.paid", ids[1], `{"order_id":"usd","amount_minor":999,"currency":"USD"}`)
		f.append("stage.changed", ids[2], `{"from":"new","to":"first_order","at":"2025-02-03T00:00:00Z"}`)
		f.append("stage.changed", ids[2], `{"from":"first_order","to":"silent","at":"2025-07-03T00:00:00Z"}`)
		m, err := f.Merge(f.ctx, ids[0], ids[1], "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Merge(f.ctx, ids[0], ids[2], ""); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Split(f.ctx, m.ID); err != nil {
			t.Fatal(err)
		}
		all := func() string {
			return strings.Join(f.texts(`SELECT person_id || ' ' || stage || ' ' || orders || ' ' || refunds || ' ' || gmv_minor || ' ' || refunded_minor || ' ' || first_order_at || ' ' || last_order_at
				FROM pool_person WHERE is_canonical = 1 ORDER BY person_id`), "\n")
		}
		live := all()
		if p := f.person(ids[0]); p.Orders != 2 || p.GMVMinor != 400 || p.RefundedMinor != 30 || p.Refunds != 1 {
			t.Errorf("%+v", p)
		}
		if p := f.person(ids[1]); p.Orders != 2 || p.GMVMinor != 200 { // the order in dollars counts, its amount does not
			t.Errorf("%+v", p)
		}
		for _, name := range []string{"pool.purchases", "pool.stage"} {
			if err := f.run.Rebuild(f.ctx, name, org); err != nil {
				t.Fatal(err)
			}
		}
		if rebuilt := all(); rebuilt != live {
			t.Errorf("live\n%s\nrebuilt\n%s", live, rebuilt)
		}
	})
}

// append records a raw event and lets the subscribers take it.
func (f *fixture) append(kind, person, data string) {
	f.t.Helper()
	err := f.d.Write(f.ctx, org, func(tx *db.Tx) error {
		_, err := f.log.Append(f.ctx, tx, org, timeline.Fact{Kind: kind, PersonID: person, Data: raw(data)})
		return err
	})
	if err == nil {
		err = f.run.CatchUp(context.WithoutCancel(f.ctx), org)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}
