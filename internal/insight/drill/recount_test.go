package drill

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// road is one way of one person, counted plainly.
type road struct {
	account Account
	seat    string
	direct  bool
}

// soul is one person of a village with all their ids, counted plainly: no sets,
// no order of work in common with the drill's.
type soul struct {
	seq   uint32
	value int64
	roads []road
	bars  map[string]string // account → the reason that is told
}

func (v *village) souls() []*soul {
	by := map[string]*soul{}
	word := map[string]string{}
	var out []*soul
	for _, p := range v.people {
		if p.id == p.speaker {
			by[p.id] = &soul{seq: p.seq, value: -1, bars: map[string]string{}}
			if word[p.id] = p.word; p.word == "?" {
				word[p.id] = v.unknown
			}
			if v.stand.Known {
				by[p.id].value = p.value
			}
			out = append(out, by[p.id])
		}
	}
	counts := []string{"wecom", "wecom_kf", "official_account", "web", "email", "sms"}
	for _, a := range v.accounts {
		if !slices.Contains(counts, a.Kind) {
			continue
		}
		for id, s := range by {
			var ties []Tie
			for _, p := range v.people {
				if p.speaker != id {
					continue
				}
				for _, t := range p.ties {
					if t.AccountID == a.ID {
						ties = append(ties, t)
					}
				}
				if a.Kind == "email" && p.email == 1 || a.Kind == "sms" && p.phone {
					ties = append(ties, Tie{Direct: true})
				}
				if a.Kind == "email" && p.email == 2 {
					ties = append(ties, Tie{Why: WhyBounced})
				}
			}
			var reasons []string
			open := map[string]bool{} // seat → direct
			for _, t := range ties {
				switch {
				case !t.Direct && !t.Waits:
					reasons = append(reasons, t.Why)
				case !a.Active:
					reasons = append(reasons, WhyAccountOff)
				case a.Failing:
					reasons = append(reasons, WhyAccountIll)
				case word[id] != "":
					reasons = append(reasons, word[id])
				default:
					open[t.UserID] = open[t.UserID] || t.Direct
				}
			}
			for seat, direct := range open {
				s.roads = append(s.roads, road{a, seat, direct})
			}
			if len(open) == 0 && len(reasons) > 0 {
				best := ""
				for _, why := range []string{WhyDoNotContact, WhyConsent, WhyAccountOff, WhyAccountIll, WhyBounced, WhyMemberLeft, WhyUnconfirmed, WhyNotFriend} {
					if best == "" && slices.Contains(reasons, why) {
						best = why
					}
				}
				s.bars[a.ID] = best
			}
		}
	}
	return out
}

// best tells the road that is taken first of some; false: there is none.
func best(roads []road, accounts []Account) (found road, ok bool) {
	for _, wantDirect := range []bool{true, false} {
		for _, kind := range []string{"wecom", "email", "sms", "official_account", "wecom_kf", "web"} {
			for _, a := range accounts {
				for _, r := range roads {
					if r.direct == wantDirect && a.Kind == kind && r.account.ID == a.ID {
						return r, true
					}
				}
			}
		}
	}
	return found, false
}

// onUnit tells whether a road runs over a unit.
func onUnit(r road, u Unit) bool {
	switch u.Kind {
	case ByAccount:
		return r.account.ID == u.ID
	case ByPlatform:
		k := r.account.Kind
		if k == "wecom_kf" {
			k = "wecom"
		}
		return k == u.ID || u.ID == "wechat" && (k == "wecom" || k == "official_account")
	}
	for _, m := range r.account.Members {
		if r.seat != "" && m.UserID == r.seat {
			return m.StaffID == u.ID || m.StaffID == "" && r.account.ID+"/"+r.seat == u.ID
		}
	}
	return false
}

// check counts every figure of a report anew.
func (v *village) check(t *testing.T, what string, f figures) {
	t.Helper()
	souls := v.souls()
	same := func(name string, got, want int64) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s is %d, and counted plainly %d", what, name, got, want)
		}
	}
	money := func(name string, got *int64, who []*soul) {
		t.Helper()
		var sum int64
		told := len(who) == 0
		for _, s := range who {
			sum += max(s.value, 0)
			told = told || s.value >= 0
		}
		if !v.stand.Known || !told {
			if got != nil {
				t.Errorf("%s: %s is told as %d, and nobody's value is known", what, name, *got)
			}
		} else if got == nil || *got != sum {
			t.Errorf("%s: %s is %v, and counted plainly %d", what, name, got, sum)
		}
	}
	of := func(pick func(*soul) bool) (out []*soul) {
		for _, s := range souls {
			if pick(s) {
				out = append(out, s)
			}
		}
		return out
	}
	n := func(pick func(*soul) bool) int64 { return int64(len(of(pick))) }
	reached := func(s *soul) bool { return len(s.roads) > 0 }
	first := func(s *soul) bool { return slices.ContainsFunc(s.roads, func(r road) bool { return r.direct }) }
	accounts := func(s *soul) int {
		seen := map[string]bool{}
		for _, r := range s.roads {
			seen[r.account.ID] = true
		}
		return len(seen)
	}
	platforms := func(s *soul) int {
		seen := map[string]bool{}
		for _, r := range s.roads {
			k := r.account.Kind
			if k == "wecom_kf" {
				k = "wecom"
			}
			seen[k] = true
		}
		return len(seen)
	}
	tot := f.Totals
	same("persons", tot.Persons, int64(len(souls)))
	same("reachable", tot.Reachable, n(reached))
	same("direct", tot.Direct, n(first))
	same("waiting", tot.Waiting, n(func(s *soul) bool { return reached(s) && !first(s) }))
	same("unreachable", tot.Unreachable, n(func(s *soul) bool { return !reached(s) }))
	same("one account", tot.OneAccount, n(func(s *soul) bool { return accounts(s) == 1 }))
	same("one platform", tot.OnePlatform, n(func(s *soul) bool { return platforms(s) == 1 }))
	same("valued", tot.Valued, n(func(s *soul) bool { return s.value >= 0 }))
	money("value", tot.ValueMinor, souls)
	money("value within reach", tot.ReachableMinor, of(reached))
	money("value on one account", tot.OneAccountMinor, of(func(s *soul) bool { return accounts(s) == 1 }))
	money("value on one platform", tot.OnePlatformMinor, of(func(s *soul) bool { return platforms(s) == 1 }))

	why, ways := map[string]int64{}, map[string]int64{}
	for _, s := range souls {
		if r, ok := best(s.roads, f.Accounts); ok {
			ways[fmt.Sprint(r.account.ID, !r.direct)]++
			continue
		}
		reason := WhyNoTie
		for _, w := range []string{WhyNotFriend, WhyUnconfirmed, WhyMemberLeft, WhyBounced, WhyAccountIll, WhyAccountOff, WhyConsent, WhyDoNotContact} {
			for _, b := range s.bars {
				if b == w {
					reason = w
				}
			}
		}
		why[reason]++
	}
	for _, b := range tot.Why {
		same("unreachable for "+b.Why, b.Persons, why[b.Why])
		delete(why, b.Why)
	}
	for _, x := range tot.Ways {
		same("best way "+x.Name, x.Persons, ways[fmt.Sprint(x.AccountID, x.Waits)])
		delete(ways, fmt.Sprint(x.AccountID, x.Waits))
	}
	if len(why)+len(ways) > 0 {
		t.Errorf("%s: not told: %v %v", what, why, ways)
	}
	for _, u := range f.Units {
		v.checkUnit(t, what, u, souls, f.Accounts, same, money)
	}
}

func (v *village) checkUnit(t *testing.T, what string, u Unit, souls []*soul, accounts []Account, same func(string, int64, int64), money func(string, *int64, []*soul)) {
	t.Helper()
	name := u.Kind + " " + u.ID
	var on, lost, muted []*soul
	var direct, kept, lostValued int64
	next := map[string]int64{}
	for _, s := range souls {
		var mine, rest []road
		for _, r := range s.roads {
			if onUnit(r, u) {
				mine = append(mine, r)
			} else {
				rest = append(rest, r)
			}
		}
		if len(mine) == 0 {
			continue
		}
		on = append(on, s)
		isDirect := func(r road) bool { return r.direct }
		had := slices.ContainsFunc(s.roads, isDirect)
		has := slices.ContainsFunc(rest, isDirect)
		if slices.ContainsFunc(mine, isDirect) {
			direct++
		}
		switch {
		case len(rest) == 0:
			lost = append(lost, s)
			if s.value >= 0 {
				lostValued++
			}
		case had && !has:
			muted = append(muted, s)
		default:
			kept++
		}
		if r, ok := best(rest, accounts); ok {
			next[fmt.Sprint(r.account.ID, !r.direct)]++
		}
	}
	same(name+" persons", u.Persons, int64(len(on)))
	same(name+" direct", u.Direct, direct)
	same(name+" lost", u.Lost, int64(len(lost)))
	same(name+" muted", u.Muted, int64(len(muted)))
	same(name+" kept", u.Kept, kept)
	money(name+" value", u.ValueMinor, on)
	money(name+" lost value", u.LostMinor, lost)
	money(name+" muted value", u.MutedMinor, muted)
	if v.stand.Known {
		same(name+" lost valued", u.LostValued, lostValued)
	}
	var others int64
	for _, x := range u.Next {
		same(name+" next "+x.Name, x.Persons, next[fmt.Sprint(x.AccountID, x.Waits)])
		others += x.Persons
	}
	same(name+" next in all", others, u.Persons-u.Lost)
	if u.Kind != ByAccount {
		return
	}
	barred := map[string]int64{}
	for _, s := range souls {
		if b := s.bars[u.ID]; b != "" {
			barred[b]++
		}
	}
	for _, b := range u.Barred {
		same(name+" barred for "+b.Why, b.Persons, barred[b.Why])
		delete(barred, b.Why)
	}
	if len(barred) > 0 {
		t.Errorf("%s: %s: not told: %v", what, name, barred)
	}
}

// Every figure of a hundred pools is what one gets by looking at one person after
// the other.
func TestRecount(t *testing.T) {
	for n := range uint64(100) {
		v := someVillage(n)
		g := newGatherer(v.accounts)
		for _, err := range []error{g.persons(t.Context(), nil, testOrg, v), g.words(t.Context(), nil, testOrg, "", v), g.ties(t.Context(), nil, testOrg, v), g.addresses(t.Context(), nil, testOrg, v), g.worths(t.Context(), nil, testOrg, v)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		s := g.settle().survey()
		v.check(t, fmt.Sprintf("pool %d", n), s.tally())
		checkPlan(t, fmt.Sprintf("pool %d", n), v, s)
		if t.Failed() {
			return
		}
	}
}

// checkPlan: who is in a plan is exactly who hangs on one platform and can be
// written to, each once; and those who are left are counted.
func checkPlan(t *testing.T, what string, v *village, s *survey) {
	t.Helper()
	steps, people, rest := s.plan()
	seen := map[uint32]int{}
	for i, who := range people {
		if size(who) != steps[i].Persons || steps[i].Persons == 0 || steps[i].N != i+1 || steps[i].AfterPeople-steps[i].BeforePeople != steps[i].Persons {
			t.Errorf("%s: step %+v has %d people", what, steps[i], size(who))
		}
		if platform(steps[i].ViaCarrier) == platform(steps[i].ToCarrier) {
			t.Errorf("%s: step %+v leads nowhere else", what, steps[i])
		}
		for _, n := range who.ToArray() {
			seen[n]++
			if seen[n] > 1 {
				t.Errorf("%s: %d is asked twice", what, n)
			}
		}
	}
	var askable int64
	for _, p := range v.souls() {
		platforms, first := map[string]bool{}, false
		for _, r := range p.roads {
			platforms[platform(r.account.Kind)] = true
			first = first || r.direct
		}
		if len(platforms) == 1 && first {
			askable++
		} else if seen[p.seq] > 0 {
			t.Errorf("%s: %d is asked without need or way", what, p.seq)
		}
	}
	if got := int64(len(seen)) + rest.Elsewhere; got != askable {
		t.Errorf("%s: %d are asked or have nowhere to go, of %d", what, got, askable)
	}
	if size(s.byPlatform.once()) != askable+rest.Waiting {
		t.Errorf("%s: %d at risk are %d to ask and %d to wait for", what, size(s.byPlatform.once()), askable, rest.Waiting)
	}
}

// What is stored is what was counted, on both engines, and the people behind each
// figure are as many as it says.
func TestStoredRunIsTheCount(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		for _, n := range []uint64{3, 7, 12} {
			v := someVillage(n)
			w := newWorld(t, d, v)
			r := w.run(RunInput{})
			if r.Run.Status != StatusDone || r.Run.Month != "2026-06" || r.Run.Name != "2026-06" || r.Run.Kept {
				t.Fatalf("%+v", r.Run)
			}
			var f figures
			if err := d.Read(w.ctx, testOrg, func(tx *db.Tx) (err error) { _, f, err = findings(w.ctx, tx, testOrg, r.Run.ID); return err }); err != nil {
				t.Fatal(err)
			}
			v.check(t, fmt.Sprintf("stored %d", n), f)
			w.behindAll(r)
		}
	})
}

// behindAll opens the people behind every figure of a report.
func (w *world) behindAll(r Report) {
	w.t.Helper()
	is := func(want int64, in PeopleInput) {
		w.t.Helper()
		in.RunID = r.Run.ID
		p, err := w.svc.Behind(w.ctx, testOrg, in)
		if err != nil || int64(len(p.Seqs)) != want {
			b, _ := json.Marshal(in)
			w.t.Errorf("behind %s are %d and not %d: %v", b, len(p.Seqs), want, err)
		}
	}
	t := r.Run.Totals
	for figure, n := range map[string]int64{"persons": t.Persons, "reachable": t.Reachable, "direct": t.Direct, "waiting": t.Waiting, "unreachable": t.Unreachable, "one_account": t.OneAccount, "one_platform": t.OnePlatform, "valued": t.Valued} {
		is(n, PeopleInput{Figure: figure})
	}
	for _, b := range t.Why {
		is(b.Persons, PeopleInput{Figure: "unreachable", Why: b.Why})
	}
	for _, x := range t.Ways {
		is(x.Persons, PeopleInput{Figure: "way", AccountID: x.AccountID, Waits: x.Waits})
	}
	for _, u := range r.Units {
		for figure, n := range map[string]int64{"unit": u.Persons, "unit_direct": u.Direct, "lost": u.Lost, "muted": u.Muted, "kept": u.Kept} {
			is(n, PeopleInput{Figure: figure, Kind: u.Kind, UnitID: u.ID})
		}
		for _, x := range u.Next {
			is(x.Persons, PeopleInput{Figure: "next", Kind: u.Kind, UnitID: u.ID, AccountID: x.AccountID, Waits: x.Waits})
		}
		for _, b := range u.Barred {
			is(b.Persons, PeopleInput{Figure: "barred", Kind: u.Kind, UnitID: u.ID, Why: b.Why})
		}
	}
	for _, s := range r.Steps {
		is(s.Persons, PeopleInput{Figure: "step", Step: s.N})
	}
}
