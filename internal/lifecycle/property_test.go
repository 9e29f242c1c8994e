package lifecycle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// model is what must come out, kept as plainly as possible.
type model struct {
	facts   map[string][]fact // by original person
	speaker map[string]string // original → canonical, for all
}

func (m *model) expect(now int64, r Rule) []string {
	groups := map[string][]fact{}
	for id, facts := range m.facts {
		groups[m.speaker[id]] = append(groups[m.speaker[id]], facts...)
	}
	var out []string
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		sum := summarise(groups[id], "CNY")
		steps := slowHistory(sum.known, sum.purchases, r, now)
		out = append(out, fmt.Sprint(id, " ", steps, " ", len(sum.purchases), " ", sum.gmv, " ", sum.refunded))
	}
	return out
}

func (w *world) stored() (out []string) {
	w.tb.Helper()
	w.must(w.db.Read(w.tb.Context(), w.org, func(tx *db.Tx) error {
		rows, err := (&desk{tx: tx, orgID: w.org}).someone(w.tb.Context(), "stage <> '' ORDER BY person_id")
		if err != nil {
			return err
		}
		var ids []string
		for _, p := range rows {
			ids = append(ids, p.id)
		}
		steps, err := histories(w.tb.Context(), tx, w.org, ids)
		if err != nil {
			return err
		}
		slices.SortFunc(rows, func(a, b *person) int { return strings.Compare(a.id, b.id) })
		for _, p := range rows {
			out = append(out, fmt.Sprint(p.id, " ", steps[p.id], " ", p.orders, " ", p.gmv, " ", p.refunded))
			if p.stage != steps[p.id][len(steps[p.id])-1].Stage || p.announced != p.stage {
				out = append(out, fmt.Sprintf("row of %s: %+v", p.id, p))
			}
		}
		flow, err := recount(w.tb.Context(), tx, w.org, w.zone)
		if err != nil {
			return err
		}
		kept, err := flowOf(w.tb.Context(), tx, w.org, w.zone, never)
		if err != nil {
			return err
		}
		maps.DeleteFunc(kept, func(_ move, n int64) bool { return n == 0 })
		if !maps.Equal(flow, kept) {
			out = append(out, fmt.Sprintf("flow %v, recount %v", kept, flow))
		}
		return nil
	}))
	return out
}

func TestAnyCourseOfEventsEndsAsIfDrawnAtOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		begin := w.clock.Now()
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w.org = fmt.Sprintf("org_%d", n)
			w.clock.Advance(begin.Sub(w.clock.Now()))
			rule := Rule{SilentDays: 10, LostDays: 25}
			if _, err := w.svc.SetRule(t.Context(), w.org, rule); err != nil {
				rt.Fatal(err)
			}
			m := model{facts: map[string][]fact{}, speaker: map[string]string{}}
			people := []string{"per_a", "per_b", "per_c", "per_d"}
			for _, p := range people {
				m.speaker[p] = p
			}
			type join struct {
				winner, loser string
				members       []string
			}
			var pending []timeline.Fact // told together: one commit, as an import does
			flush := func() {
				w.tell(pending...)
				pending = nil
			}
			var joins []join // as a stack, so that splits undo the newest first
			for range rapid.IntRange(1, 25).Draw(rt, "events") {
				person := rapid.SampledFrom(people).Draw(rt, "person")
				when := begin.Add(-time.Duration(rapid.IntRange(-40, 240).Draw(rt, "quarter days ago")) * 6 * time.Hour)
				id := rapid.SampledFrom([]string{"", "1", "2"}).Draw(rt, "order")
				amount := rapid.Int64Range(0, 3).Draw(rt, "amount")
				f := fact{at: when.UnixMicro(), amount: amount, currency: "CNY"}
				switch rapid.SampledFrom([]string{"order", "order", "order", "refund", "created", "merge", "split", "follow", "pass", "rebuild", "rule"}).Draw(rt, "what") {
				case "created":
					pending = append(pending, created(person, when))
					m.facts[person] = append(m.facts[person], f)
				case "order":
					f.kind, f.orderKey = factOrder, orderKey(person+id)
					if id == "" {
						f.orderKey = 0
						pending = append(pending, order(person, "", when, amount))
					} else {
						pending = append(pending, order(person, person+id, when, amount))
					}
					m.facts[person] = append(m.facts[person], f)
				case "refund":
					f.kind = factRefund
					named := ""
					if id != "" {
						named = person + id
						f.orderKey = orderKey(named)
					}
					pending = append(pending, refund(person, named, when, amount))
					m.facts[person] = append(m.facts[person], f)
				case "merge":
					j := join{winner: m.speaker[person], loser: m.speaker[rapid.SampledFrom(people).Draw(rt, "loser")]}
					if j.winner == j.loser {
						continue
					}
					for _, p := range people {
						if m.speaker[p] == j.loser {
							m.speaker[p] = j.winner
							if p != j.loser {
								j.members = append(j.members, p)
							}
						}
					}
					joins = append(joins, j)
					pending = append(pending, merged(j.winner, j.loser, j.members...))
				case "split":
					if len(joins) == 0 {
						continue
					}
					j := joins[len(joins)-1]
					joins = joins[:len(joins)-1]
					for _, p := range append(j.members, j.loser) {
						m.speaker[p] = j.loser
					}
					pending = append(pending, split(j.winner, j.loser, j.members...))
				case "follow":
					flush()
					w.catchUp()
				case "pass":
					flush()
					w.clock.Advance(time.Duration(rapid.IntRange(1, 60).Draw(rt, "quarter days")) * 6 * time.Hour)
					if rapid.Bool().Draw(rt, "sweep") {
						if _, err := w.svc.Sweep(t.Context(), w.org); err != nil {
							rt.Fatal(err)
						}
					}
				case "rebuild":
					flush()
					w.catchUp()
					if err := w.runner.Rebuild(t.Context(), SubscriberName, w.org); err != nil {
						rt.Fatal(err)
					}
				case "rule":
					flush()
					rule = Rule{SilentDays: rapid.Int64Range(5, 12).Draw(rt, "silent"), LostDays: rapid.Int64Range(13, 30).Draw(rt, "lost")}
					if _, err := w.svc.SetRule(t.Context(), w.org, rule); err != nil {
						rt.Fatal(err)
					}
					if rapid.Bool().Draw(rt, "redraw at once") {
						if err := w.svc.Redraw(t.Context(), w.org); err != nil {
							rt.Fatal(err)
						}
					}
				}
			}
			flush()
			w.catchUp()
			if _, err := w.svc.Sweep(t.Context(), w.org); err != nil {
				rt.Fatal(err)
			}
			want := m.expect(clock.Micros(w.clock.Now()), rule)
			if got := w.stored(); !slices.Equal(got, want) {
				rt.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			var told []string
			for _, p := range people {
				from := ""
				for _, s := range w.news(p) {
					arrow, rest := strings.Index(s, ">"), strings.Index(s, "@")
					if s[:arrow] != from || s[arrow+1:rest] == from {
						rt.Fatalf("%s was told %v", p, w.news(p))
					}
					from = s[arrow+1 : rest]
				}
				told = append(told, w.news(p)...)
			}
			live := w.dump()
			if err := w.runner.Rebuild(t.Context(), SubscriberName, w.org); err != nil {
				rt.Fatal(err)
			}
			if got := w.dump(); !slices.Equal(got, live) {
				rt.Fatalf("rebuilt\n%s\nlive\n%s", strings.Join(got, "\n"), strings.Join(live, "\n"))
			}
			var again []string
			for _, p := range people {
				again = append(again, w.news(p)...)
			}
			if !slices.Equal(told, again) {
				rt.Fatalf("the rebuild announced: %v, then %v", told, again)
			}
		})
	})
}

// factsOnce: the same batch handled twice, as after a lost acknowledgement,
// changes nothing.
func TestHandlingABatchAgainChangesNothing(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.tell(created("per_a", at("2026-05-01")), order("per_a", "1", at("2026-05-10"), 100), order("per_a", "2", at("2026-05-11"), 100), refund("per_a", "", at("2026-05-12"), 10))
		w.catchUp()
		want := w.dump()
		w.must(d.Write(t.Context(), w.org, func(tx *db.Tx) error {
			var events []timeline.Event
			if err := w.log.Facts(t.Context(), tx, w.org, []string{"per_a"}, w.svc.Subscribers()[0].Kinds, func(e timeline.Event) error {
				events = append(events, e)
				return nil
			}); err != nil {
				return err
			}
			return w.svc.follow(t.Context(), tx, w.org, events)
		}))
		if got := w.dump(); !slices.Equal(got, want) || len(w.news("per_a")) != 1 {
			t.Fatalf("%v\n%v", got, w.news("per_a"))
		}
	})
}
