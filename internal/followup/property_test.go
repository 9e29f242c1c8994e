package followup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// oracle knows by plain means who is to be on which list: it looks at
// everybody and every rule, every day.
type oracle struct {
	w      *world
	rules  []Rule
	cap    int
	before map[string]map[string]int64 // open yesterday: person → rule → occasion
	first  map[string]Day
	marks  map[[2]string]mark
}

// due says since when the occasion is, or that there is none.
func (o *oracle) due(r Rule, p *Described, today Day) (anchor int64, since int, ok bool) {
	zone, err := time.LoadLocation(o.w.zone)
	if err != nil {
		o.w.tb.Fatal(err)
	}
	at := map[string]int64{FirstOrder: p.FirstOrder, LastOrder: p.LastOrder, Created: p.Created, LastEvent: p.Events["friend.added"][1]}[r.Anchor]
	switch r.Anchor {
	case Always:
		return 0, r.OffsetDays, true
	case Birthday:
		for d := today - 400; d < today+400; d++ {
			since := int(today - d)
			if p.Birthday != "" && d.String()[5:] == p.Birthday[5:] && since >= r.OffsetDays && since <= r.OffsetDays+r.WindowDays+r.CarryDays {
				return d.Civil().UnixMicro(), since, true
			}
		}
		return 0, 0, false
	}
	y, m, day := time.UnixMicro(at).In(zone).Date()
	midnight := time.Date(y, m, day, 0, 0, 0, 0, time.UTC)
	return at, int(today.Civil().Sub(midnight).Hours() / 24), at != 0
}

// lists are whom each list holds, with the rules that list them.
func (o *oracle) lists(today Day) (out map[string][]string, beyond map[string]int) {
	type one struct {
		p      *Described
		rules  []string
		weight int
		first  Day
	}
	of := map[string][]one{}
	now := map[string]map[string]int64{}
	firsts := map[string]Day{}
	for _, p := range o.w.people {
		c := one{p: p, first: today}
		for _, r := range o.rules {
			anchor, since, ok := o.due(r, p, today)
			if !ok || !predicates[r.Text](p) || since < r.OffsetDays {
				continue
			}
			last := r.OffsetDays + r.WindowDays
			if was, there := o.before[p.ID][r.ID]; there && was == anchor {
				last += r.CarryDays
			}
			m, marked := o.marks[[2]string{p.ID, r.ID}]
			if since > last || marked && (today <= m.until || anchor != 0 && m.anchor == anchor) {
				continue
			}
			c.rules, c.weight = append(c.rules, r.ID), c.weight+r.Weight
			if now[p.ID] == nil {
				now[p.ID] = map[string]int64{}
			}
			now[p.ID][r.ID] = anchor
		}
		if len(c.rules) == 0 {
			continue
		}
		if o.before[p.ID] != nil {
			c.first = o.first[p.ID]
		}
		firsts[p.ID] = c.first
		staff := p.Owner
		if !o.w.members[staff].Able {
			staff = ""
		}
		slices.Sort(c.rules)
		of[staff] = append(of[staff], c)
	}
	out, beyond = map[string][]string{}, map[string]int{}
	o.before, o.first = map[string]map[string]int64{}, firsts
	for staff, list := range of {
		slices.SortFunc(list, func(a, b one) int {
			return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(b.p.GMVMinor, a.p.GMVMinor), cmp.Compare(a.first, b.first), cmp.Compare(a.p.Seq, b.p.Seq))
		})
		for i, c := range list {
			if i >= o.cap {
				beyond[staff]++
				continue
			}
			out[staff] = append(out[staff], fmt.Sprint(c.p.ID, c.rules, " since ", c.first))
			o.before[c.p.ID] = now[c.p.ID]
		}
	}
	return out, beyond
}

func drawPerson(t *rapid.T, w *world) {
	w.person(rapid.SampledFrom([]string{"stf_1", "stf_1", "stf_2", "stf_gone", ""}).Draw(t, "owner"), func(p *Described) {
		at := func(what string) int64 {
			if rapid.IntRange(0, 3).Draw(t, what+" set") == 0 {
				return 0
			}
			return w.at(-rapid.IntRange(0, 9).Draw(t, what), rapid.IntRange(0, 23).Draw(t, what+" hour"))
		}
		p.Orders, p.GMVMinor = int64(rapid.IntRange(0, 2).Draw(t, "orders")), int64(rapid.IntRange(0, 3).Draw(t, "gmv"))
		p.FirstOrder, p.LastOrder, p.Created = at("first"), at("last"), at("created")
		p.Events["friend.added"] = [2]int64{0, at("friend")}
		if rapid.Bool().Draw(t, "born") {
			p.Birthday = (DayOf(w.clock.Now()) + Day(rapid.IntRange(-6, 6).Draw(t, "birthday"))).Civil().AddDate(-30, 0, 0).Format(time.DateOnly)
		}
	})
}

func drawRule(t *rapid.T, n int) RuleInput {
	r := RuleInput{Name: fmt.Sprintf("rule %d", n), Text: rapid.SampledFrom([]string{"everyone", "orders = 1", "orders > 0", "orders = 0"}).Draw(t, "who"), Fallback: Nobody, Enabled: true,
		Anchor: rapid.SampledFrom([]string{Always, FirstOrder, LastOrder, Created, LastEvent, Birthday}).Draw(t, "anchor"), WindowDays: rapid.IntRange(0, 4).Draw(t, "window"), CarryDays: rapid.IntRange(0, 4).Draw(t, "carry"),
		RestDays: rapid.IntRange(0, 3).Draw(t, "rest"), DeclineDays: rapid.IntRange(0, 6).Draw(t, "decline"), Weight: rapid.IntRange(1, 3).Draw(t, "weight")}
	switch r.Anchor {
	case LastEvent:
		r.AnchorName, r.OffsetDays = "friend.added", rapid.IntRange(0, 4).Draw(t, "offset")
	case Birthday:
		r.OffsetDays = rapid.IntRange(-4, 2).Draw(t, "offset")
	case Always:
	default:
		r.OffsetDays = rapid.IntRange(0, 5).Draw(t, "offset")
	}
	return r
}

// Whatever rules, people, zones and doings: each day each person is on one
// list at most, once, with every reason that holds and none that does not;
// lists are in order, as long as they may be, and say how many there were no
// room for. Making them again changes nothing of what was attended to.
func TestListsAreWhatTheOracleSays(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			w := newWorld(t, d)
			wipe(t, d)
			w.zone = rapid.SampledFrom([]string{"Asia/Shanghai", "America/New_York", "Pacific/Apia", "UTC"}).Draw(rt, "zone")
			for range rapid.IntRange(1, 12).Draw(rt, "people") {
				drawPerson(rt, w)
			}
			var in []RuleInput
			for n := range rapid.IntRange(1, 4).Draw(rt, "rules") {
				in = append(in, drawRule(rt, n))
			}
			o := &oracle{w: w, rules: w.rules(in...), cap: rapid.IntRange(1, 6).Draw(rt, "cap"), marks: map[[2]string]mark{}}
			_, err := w.svc.PutSettings(as("owner", "stf_boss"), Settings{BuildAt: "00:00", Cap: o.cap, CreditDays: 7})
			w.must(err)
			for range rapid.IntRange(1, 5).Draw(rt, "days") {
				zone, err := time.LoadLocation(w.zone)
				w.must(err)
				today := DayOf(w.clock.Now().In(zone))
				w.must(w.svc.Tick(context.Background()))
				want, beyond := o.lists(today)
				check(rt, w, today, want, beyond)
				attend(rt, w, o, today)
				w.clock.Advance(time.Second)
				again(rt, w)
				w.next(1)
			}
		})
	})
}

func wipe(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Write(t.Context(), org, func(tx *db.Tx) error {
		for _, table := range []string{"org", "day", "rule", "item", "reason", "list", "mark", "promise", "recent", "gain"} {
			if _, err := tx.Exec(t.Context(), "DELETE FROM followup_"+table+" WHERE org_id = ?", org); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// check compares the lists with what the oracle says.
func check(t *rapid.T, w *world, today Day, want map[string][]string, beyond map[string]int) {
	got := map[string][]string{}
	on := map[string]int{}
	for _, i := range w.list("all").Items {
		var rules []string
		for _, r := range i.Reasons {
			rules = append(rules, r.RuleID)
		}
		slices.Sort(rules)
		on[i.PersonID]++
		if int(i.Position) != len(got[i.StaffID])+1 {
			t.Fatalf("%s is at %d", i.PersonID, i.Position)
		}
		got[i.StaffID] = append(got[i.StaffID], fmt.Sprint(i.PersonID, rules, " since ", today-Day(i.Age)))
	}
	for p, n := range on {
		if n != 1 {
			t.Fatalf("%s is listed %d times", p, n)
		}
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Fatalf("%s: lists\n%v\nwant\n%v", today, got, want)
	}
	for staff, name := range map[string]string{"": "none", "stf_1": "stf_1", "stf_2": "stf_2"} {
		if l := w.list(name); int(l.Beyond) != beyond[staff] {
			t.Fatalf("%s: %d beyond, want %d", staff, l.Beyond, beyond[staff])
		}
	}
}

// attend attends to some, and tells the oracle.
func attend(t *rapid.T, w *world, o *oracle, today Day) {
	byID := map[string]Rule{}
	for _, r := range o.rules {
		byID[r.ID] = r
	}
	for _, i := range w.list("all").Items {
		what := rapid.IntRange(0, 4).Draw(t, "what")
		if what > 1 {
			continue
		}
		var err error
		if what == 0 {
			_, err = w.svc.Done(as("owner", "stf_boss"), i.ID, Outcome{})
		} else {
			_, err = w.svc.Decline(as("owner", "stf_boss"), i.ID, Outcome{})
		}
		w.must(err)
		for _, r := range i.Reasons {
			rest := byID[r.RuleID].RestDays
			if what == 1 {
				rest = byID[r.RuleID].DeclineDays
			}
			o.marks[[2]string{i.PersonID, r.RuleID}] = mark{o.before[i.PersonID][r.RuleID], today + Day(rest)}
		}
		delete(o.before, i.PersonID)
	}
}

// again makes the lists again: what is open may gain people who had no room,
// what was attended to stays.
func again(t *rapid.T, w *world) {
	key := func(l List) (open, handled []string) {
		for _, i := range l.Items {
			if s := i.ID + i.PersonID + i.Status; i.Status == Open {
				open = append(open, s)
			} else {
				handled = append(handled, s)
			}
		}
		slices.Sort(open)
		slices.Sort(handled)
		return open, handled
	}
	open, handled := key(w.list("all"))
	w.build()
	open2, handled2 := key(w.list("all"))
	if !slices.Equal(handled, handled2) || !slices.Equal(open, open2) {
		t.Fatalf("made again:\n%v %v\n%v %v", open, handled, open2, handled2)
	}
}
