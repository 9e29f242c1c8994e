package insight

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

func TestRetentionAgreesWithSQLOverTheLog(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w.org = fmt.Sprintf("org_%d", n)
			w.zone = rapid.SampledFrom([]*time.Location{time.UTC, time.FixedZone("+8", 8*3600)}).Draw(rt, "zone")
			speaker := w.history(rt, 50)
			unit := rapid.SampledFrom([]string{"day", "week", "month"}).Draw(rt, "unit")
			mode := rapid.SampledFrom([]string{"classic", "rolling"}).Draw(rt, "mode")
			first, back := rapid.SampledFrom([]string{"page.viewed", "order.paid"}).Draw(rt, "first"), rapid.SampledFrom([]string{"order.paid", "message.received"}).Draw(rt, "back")
			in := RetentionInput{Days: Days{From: "2026-01-10", To: "2026-03-10"}, Unit: unit, Mode: mode, First: EventChoice{Any: []string{first}}, Back: EventChoice{Any: []string{back}}}
			got, err := w.svc.Retention(t.Context(), w.org, in)
			if err != nil {
				rt.Fatal(err)
			}
			ev := eventSQL(d.Engine(), speaker) + ", f AS (SELECT who, min(at) AS t FROM ev WHERE kind = ? GROUP BY who)"
			start := func(from string, k int) int64 {
				b, err := time.ParseInLocation(time.DateOnly, from, w.zone)
				if err != nil {
					rt.Fatal(err)
				}
				switch unit {
				case "month":
					b = b.AddDate(0, k, 0)
				case "week":
					b = b.AddDate(0, 0, 7*k)
				default:
					b = b.AddDate(0, 0, k)
				}
				return clock.Micros(b)
			}
			// The first event itself is no coming back: of several at its moment, one.
			again := " AND EXISTS (SELECT 1 FROM ev e WHERE e.who = f.who AND e.kind = ? AND e.at >= ? AND e.at < ? AND e.at >= f.t AND (e.kind <> ? OR e.at > f.t OR (SELECT count(*) FROM ev s WHERE s.who = f.who AND s.kind = e.kind AND s.at = f.t) > 1))"
			for i, row := range got.Rows {
				lo, hi := start(row.From, 0), start(row.From, 1)
				if size := w.one(ev+" SELECT count(*) FROM f WHERE t >= ? AND t < ?", first, lo, hi); size != row.Size {
					rt.Fatalf("row %s has %d persons, SQL counts %d", row.From, row.Size, size)
				}
				if row.Size == 0 && unit == "day" {
					continue
				}
				for k, c := range row.Cells {
					if c.Persons == 0 && k%7 != 0 {
						continue // too many statements else
					}
					until := start(row.From, k+1)
					if mode == "rolling" {
						until = start(row.From, len(row.Cells))
					}
					want := w.one(ev+" SELECT count(*) FROM f WHERE t >= ? AND t < ?"+again, first, lo, hi, back, start(row.From, k), until, first)
					if c.Persons != want {
						rt.Fatalf("%s %s row %s cell %d has %d persons, SQL counts %d", unit, mode, row.From, k, c.Persons, want)
					}
				}
				if i == 0 && len(row.Cells) > 0 {
					p, err := w.svc.Behind(t.Context(), w.org, PeopleInput{Retention: &in, Row: row.From, Cell: new(int)})
					if err != nil || int64(len(p.Seqs)) != row.Cells[0].Persons {
						rt.Fatalf("%v: %v", err, p.Seqs)
					}
				}
			}
		})
	})
}

func TestPathsAgreeWithAPlainWalk(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w.org = fmt.Sprintf("org_%d", n)
			speaker := w.history(rt, 50)
			hours := int64(rapid.SampledFrom([]int{1, 100, 5000}).Draw(rt, "hours"))
			in := PathsInput{Days: Days{From: "2026-01-05", To: "2026-03-20"}, Start: EventChoice{Any: []string{"page.viewed"}}, Depth: rapid.IntRange(1, 5).Draw(rt, "depth"), WithinHours: hours,
				Direction: rapid.SampledFrom([]string{"next", "previous"}).Draw(rt, "direction"), Repeats: rapid.Bool().Draw(rt, "repeats")}
			got, err := w.svc.Paths(t.Context(), w.org, in)
			if err != nil {
				rt.Fatal(err)
			}
			want := plainPaths(w.events(), speaker, in)
			counted := map[string]int64{"": got.Persons}
			flatten(counted, "", got.Next)
			for way, n := range want {
				if counted[way] != n {
					rt.Fatalf("%+v: %q has %d persons, walked by %d\n%v\n%v", in, way, counted[way], n, counted, want)
				}
			}
			for way, n := range counted {
				if n > 0 && want[way] == 0 {
					rt.Fatalf("nobody went %q", way)
				}
			}
			if len(got.Next) > 0 {
				p, err := w.svc.Behind(t.Context(), w.org, PeopleInput{Paths: &in, Path: []string{got.Next[0].Kind}})
				if err != nil || int64(len(p.Seqs)) != got.Next[0].Persons {
					rt.Fatalf("%v: %v", err, p.Seqs)
				}
			}
		})
	})
}

func flatten(into map[string]int64, way string, nodes []PathNode) {
	for _, n := range nodes {
		into[way+" "+n.Kind] = n.Persons
		flatten(into, way+" "+n.Kind, n.Next)
	}
}

// plainPaths walks through each person's events one by one.
func plainPaths(events []timeline.Event, speaker map[string]string, in PathsInput) map[string]int64 {
	of := map[string][]timeline.Event{}
	for _, e := range events {
		if s := speaker[e.PersonID]; s != "" && !slices.Contains(quiet, e.Kind) {
			of[s] = append(of[s], e)
		}
	}
	out := map[string]int64{}
	for _, mine := range of {
		back := in.Direction == "previous"
		slices.SortStableFunc(mine, func(a, b timeline.Event) int {
			// The start's kind comes first at its moment, then by name.
			rank := func(e timeline.Event) string {
				if e.Kind == "page.viewed" {
					return ""
				}
				return e.Kind
			}
			c := cmp.Compare(rank(a), rank(b))
			return cmp.Or(a.OccurredAt.Compare(b.OccurredAt), c)
		})
		i := slices.IndexFunc(mine, func(e timeline.Event) bool {
			return e.Kind == "page.viewed" && clock.Micros(e.OccurredAt) >= day("2026-01-05") && clock.Micros(e.OccurredAt) < day("2026-03-21")
		})
		if i < 0 {
			continue
		}
		start := mine[i].OccurredAt
		rest := mine[i+1:]
		if back {
			rest = nil
			for j := range mine[:i] {
				if mine[j].OccurredAt.Before(start) {
					rest = append(rest, mine[j])
				}
			}
			slices.Reverse(rest)
			slices.SortStableFunc(rest, func(a, b timeline.Event) int {
				x, y := a.Kind, b.Kind
				if x == "page.viewed" {
					x = ""
				}
				if y == "page.viewed" {
					y = ""
				}
				return cmp.Or(b.OccurredAt.Compare(a.OccurredAt), cmp.Compare(x, y))
			})
		}
		out[""]++
		last, way, depth := "page.viewed", "", 0
		for _, e := range rest {
			if e.OccurredAt.Sub(start).Abs() > time.Duration(in.WithinHours)*time.Hour || depth == in.Depth {
				break
			}
			if e.Kind == last && !in.Repeats {
				continue
			}
			last, way, depth = e.Kind, way+" "+e.Kind, depth+1
			out[way]++
		}
	}
	return out
}

func TestRetentionAndPathsAreRefusedInWords(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		orders := EventChoice{Any: []string{"order.paid"}}
		r, err := w.svc.Retention(t.Context(), w.org, RetentionInput{First: orders, Back: orders})
		if err != nil || r.Cannot == "" || r.Total.Size != 0 || len(r.Rows) == 0 {
			t.Fatalf("%v %+v", err, r)
		}
		p, err := w.svc.Paths(t.Context(), w.org, PathsInput{Start: orders, WithinHours: 24})
		if err != nil || p.Cannot == "" || p.Persons != 0 || p.Next == nil {
			t.Fatalf("%v %+v", err, p)
		}
		for name, err := range map[string]error{
			"too many rows": second(w.svc.Retention(t.Context(), w.org, RetentionInput{Days: Days{From: "2020-01-01", To: "2026-01-01"}, First: orders, Back: orders, Unit: "day"})),
			"no such event": second(w.svc.Retention(t.Context(), w.org, RetentionInput{First: orders, Back: EventChoice{Any: []string{"moon.landed"}}})),
			"nothing":       second(w.svc.Retention(t.Context(), w.org, RetentionInput{First: orders})),
			"two starts":    second(w.svc.Paths(t.Context(), w.org, PathsInput{Start: EventChoice{Any: []string{"order.paid", "page.viewed"}}, WithinHours: 24})),
			"no start":      second(w.svc.Paths(t.Context(), w.org, PathsInput{WithinHours: 24})),
			"no window":     second(w.svc.Paths(t.Context(), w.org, PathsInput{Start: orders})),
			"skip nothing":  second(w.svc.Paths(t.Context(), w.org, PathsInput{Start: orders, WithinHours: 1, Skip: []string{"moon.landed"}})),
			"no question":   second(w.svc.Behind(t.Context(), w.org, PeopleInput{})),
			"two questions": second(w.svc.Behind(t.Context(), w.org, PeopleInput{Paths: &PathsInput{}, Retention: &RetentionInput{}})),
			"no row":        second(w.svc.Behind(t.Context(), w.org, PeopleInput{Retention: &RetentionInput{First: orders, Back: orders}, Row: "1999-01-01"})),
			"no way":        second(w.svc.Behind(t.Context(), w.org, PeopleInput{Paths: &PathsInput{Start: orders, WithinHours: 1}, Path: []string{"moon.landed"}})),
			"no step":       second(w.svc.Behind(t.Context(), w.org, PeopleInput{Funnel: &FunnelInput{WithinHours: 1, Steps: []FunnelStep{{EventChoice: orders}, {EventChoice: orders}}}})),
			"wrong way":     second(w.svc.Behind(t.Context(), w.org, PeopleInput{Step: 2, Not: 1, Funnel: &FunnelInput{WithinHours: 1, Steps: []FunnelStep{{EventChoice: orders}, {EventChoice: orders}}}})),
		} {
			if e := errs.As(err); !errs.Is(err, errs.CodeInvalid) || strings.Contains(e.Error(), "%!") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
