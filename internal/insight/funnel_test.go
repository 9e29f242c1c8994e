package insight

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// eventSQL is the log as it is, under who speaks for each person, for
// statements that recount it. num orders what one of several merged persons
// did at the very same moment.
func eventSQL(e db.Engine, speaker map[string]string) string {
	who, num := "CASE person_id", "CASE person_id"
	for _, p := range slices.Sorted(maps.Keys(speaker)) {
		who += fmt.Sprintf(" WHEN '%s' THEN '%s'", p, speaker[p])
		num += fmt.Sprintf(" WHEN '%s' THEN %d", p, numberOf(p))
	}
	amount := "data->>'amount_minor'"
	if e == db.Postgres {
		amount = "(data::json->>'amount_minor')::bigint"
	}
	return "WITH ev AS (SELECT " + who + " END AS who, " + num + " END AS num, kind, occurred_at AS at, seq, " + amount +
		" AS amount FROM timeline_event WHERE org_id = ? AND person_id NOT IN ('', 'per_nobody')) "
}

func (w *world) one(query string, args ...any) (n int64) {
	w.tb.Helper()
	w.must(w.db.Read(context.Background(), w.org, func(tx *db.Tx) error {
		return tx.QueryRow(context.Background(), query, append([]any{w.org}, args...)...).Scan(&n)
	}))
	return n
}

// who lists what a statement finds of the org.
func (w *world) who(query string, args ...any) (out []string) {
	w.tb.Helper()
	w.must(w.db.Read(context.Background(), w.org, func(tx *db.Tx) (err error) {
		out, err = db.All(context.Background(), tx, func(r *sql.Rows, s *string) error { return r.Scan(s) }, query, append([]any{w.org}, args...)...)
		return err
	}))
	return out
}

func day(d string) int64 { return clock.Micros(at(d + " 00:00")) }

func TestFunnelsAgreeWithSQLOverTheLog(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w.org = fmt.Sprintf("org_%d", n)
			speaker := w.history(rt, 50)
			hours := int64(rapid.SampledFrom([]int{1, 24, 200, 2000}).Draw(rt, "hours"))
			days := Days{From: "2026-01-05", To: "2026-03-20"}
			lo, hi, span := day("2026-01-05"), day("2026-03-21"), hours*3_600_000_000
			big := []EventCondition{{Property: "amount_minor", Is: ">=", Values: []string{"300"}}}
			in := FunnelInput{Days: days, WithinHours: hours, By: "month", Steps: []FunnelStep{{EventChoice: EventChoice{Any: []string{"page.viewed"}}},
				{EventChoice: EventChoice{Any: []string{"order.paid"}, Where: big}}, {EventChoice: EventChoice{Any: []string{"order.paid"}}}}}
			got, err := w.svc.Funnel(t.Context(), w.org, in)
			if err != nil {
				rt.Fatal(err)
			}
			ev := eventSQL(d.Engine(), speaker)
			second := " JOIN ev b ON b.who = a.who AND b.kind = 'order.paid' AND b.amount >= 300 AND b.at >= a.at AND b.at <= a.at + ?"
			third := " JOIN ev c ON c.who = a.who AND c.kind = 'order.paid' AND (c.at, c.num, c.seq) > (b.at, b.num, b.seq) AND c.at <= a.at + ?"
			from := "SELECT count(DISTINCT a.who) FROM ev a"
			where := " WHERE a.kind = 'page.viewed' AND a.at >= ? AND a.at < ?"
			want := []int64{w.one(ev+from+where, lo, hi), w.one(ev+from+second+where, span, lo, hi), w.one(ev+from+second+third+where, span, span, lo, hi)}
			compare := func(what string, steps []FunnelCount, want []int64) {
				for k, s := range steps {
					if s.Persons != want[k] {
						rt.Fatalf("%s: step %d has %d persons, SQL counts %v", what, k+1, s.Persons, want)
					}
					if k > 0 && s.Dropped != want[k-1]-want[k] {
						rt.Fatalf("%s: %d dropped", what, s.Dropped)
					}
				}
			}
			compare("ordered", got.Steps, want)
			sum := make([]int64, 3)
			for _, g := range got.Groups {
				for k, n := range g.Persons {
					sum[k] += n
				}
			}
			if !slices.Equal(sum, want) {
				rt.Fatalf("months sum up to %v, not %v", sum, want)
			}
			dropped, err := w.svc.Behind(t.Context(), w.org, PeopleInput{Funnel: &in, Step: 1, Not: 3})
			if err != nil || int64(len(dropped.Seqs)) != want[0]-want[2] {
				rt.Fatalf("%v: %v, want %d", err, dropped.Seqs, want[0]-want[2])
			}

			in.Order, in.By = "unordered", ""
			in.Steps = []FunnelStep{{EventChoice: EventChoice{Any: []string{"page.viewed"}}}, {EventChoice: EventChoice{Any: []string{"order.paid"}, Where: big}}, {EventChoice: EventChoice{Any: []string{"message.received"}}}}
			if got, err = w.svc.Funnel(t.Context(), w.org, in); err != nil {
				rt.Fatal(err)
			}
			least, most := "MIN(a.at, b.at, c.at)", "MAX(a.at, b.at, c.at)"
			least2, most2 := "MIN(a.at, b.at)", "MAX(a.at, b.at)"
			if d.Engine() == db.Postgres {
				least, most, least2, most2 = "LEAST(a.at, b.at, c.at)", "GREATEST(a.at, b.at, c.at)", "LEAST(a.at, b.at)", "GREATEST(a.at, b.at)"
			}
			two := " JOIN ev b ON b.who = a.who AND b.kind = 'order.paid' AND b.amount >= 300"
			three := two + " JOIN ev c ON c.who = a.who AND c.kind = 'message.received'"
			// Who did more steps did the earlier ones too, even where the first
			// step's own event lies after the period.
			one := ev + "SELECT DISTINCT a.who FROM ev a"
			sets := [][]string{w.who(one+where, lo, hi),
				w.who(one+two+" WHERE a.kind = 'page.viewed' AND "+least2+" >= ? AND "+least2+" < ? AND "+most2+" - "+least2+" <= ?", lo, hi, span),
				w.who(one+three+" WHERE a.kind = 'page.viewed' AND "+least+" >= ? AND "+least+" < ? AND "+most+" - "+least+" <= ?", lo, hi, span)}
			nested, came := make([]int64, 3), map[string]bool{}
			for k := 2; k >= 0; k-- {
				for _, id := range sets[k] {
					came[id] = true
				}
				nested[k] = int64(len(came))
			}
			compare("unordered", got.Steps, nested)
		})
	})
}

func TestFunnelTimesGroupsAndSegments(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		see := func(person, kind, when string) timeline.Fact {
			return timeline.Fact{Kind: kind, PersonID: person, OccurredAt: at(when)}
		}
		w.tell(see("per_a", "friend.added", "2026-05-01 00:00"), see("per_a", "message.received", "2026-05-01 01:00"), see("per_a", "order.paid", "2026-05-03 00:00"),
			see("per_b", "friend.added", "2026-05-02 00:00"), see("per_b", "message.received", "2026-05-02 03:00"),
			see("per_c", "friend.added", "2026-06-14 22:00"), // their window is open
			see("per_d", "friend.added", "2026-04-01 00:00"), see("per_d", "order.paid", "2026-04-01 02:00"))
		w.catchUp()
		w.slices = map[string]string{"per_a": "浙江", "per_b": "浙江", "per_c": "上海"}
		in := FunnelInput{Days: Days{From: "2026-04-01", To: "2026-06-14"}, WithinHours: 72, By: "region", Steps: []FunnelStep{
			{Name: "加好友", EventChoice: EventChoice{Any: []string{"friend.added", "channel.arrived"}}}, {EventChoice: EventChoice{Any: []string{"message.received"}}}, {EventChoice: EventChoice{Any: []string{"order.paid"}}}}}
		f, err := w.svc.Funnel(t.Context(), w.org, in)
		w.must(err)
		s := f.Steps
		if s[0].Persons != 4 || s[1].Persons != 2 || s[2].Persons != 1 || *s[1].OfBefore != 0.5 || *s[2].OfFirst != 0.25 || s[0].Median != nil || f.Open != 1 {
			t.Fatalf("%+v", f)
		}
		if *s[1].Median != 3600 || *s[1].P90 != 3*3600 || *s[2].Median != 47*3600 || *s[2].MedianAll != 48*3600 {
			t.Fatalf("%+v %+v", s[1], s[2])
		}
		if len(f.Groups) != 3 || f.Groups[0].Value != "浙江" || !slices.Equal(f.Groups[0].Persons, []int64{2, 2, 1}) || f.Groups[2].Value != "" || f.Groups[2].Persons[0] != 1 || *f.Groups[1].Through != 0 {
			t.Fatalf("%+v", f.Groups)
		}
		group := "浙江"
		names := func(in PeopleInput) (ids []string) {
			t.Helper()
			who, err := w.svc.Behind(t.Context(), w.org, in)
			w.must(err)
			some, err := behind.Some(t.Context(), w.desk(), w.org, who, 0, 100)
			w.must(err)
			for _, p := range some {
				ids = append(ids, p.ID)
			}
			return ids
		}
		if p := names(PeopleInput{Funnel: &in, Step: 2, Not: 3, Group: &group}); !slices.Equal(p, []string{"per_b"}) {
			t.Fatalf("%+v", p)
		}
		seen := names(PeopleInput{Funnel: &in, Step: 1})
		slices.Sort(seen)
		if !slices.Equal(seen, []string{"per_a", "per_b", "per_c", "per_d"}) {
			t.Fatal(seen)
		}
	})
}

func TestBadFunnelsAreRefusedInWords(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		step := func(kinds ...string) FunnelStep { return FunnelStep{EventChoice: EventChoice{Any: kinds}} }
		where := func(c EventCondition) FunnelStep {
			return FunnelStep{EventChoice: EventChoice{Any: []string{"order.paid"}, Where: []EventCondition{c}}}
		}
		two := []FunnelStep{step("friend.added"), step("order.paid")}
		empty, err := w.svc.Funnel(t.Context(), w.org, FunnelInput{Steps: two, WithinHours: 24})
		if err != nil || empty.Cannot == "" || empty.Steps[0].Persons != 0 || empty.Steps[1].OfFirst != nil || empty.Steps[1].Median != nil {
			t.Fatalf("without any events: %v %+v", err, empty)
		}
		w.tell(timeline.Fact{Kind: "order.paid", PersonID: "per_a", OccurredAt: at("2016-01-01 00:00")}, timeline.Fact{Kind: "order.paid", PersonID: "per_a", OccurredAt: at("2026-01-01 00:00")})
		w.catchUp()
		f, err := w.svc.Funnel(t.Context(), w.org, FunnelInput{Days: Days{From: "2016-01-01", To: "2016-01-01"}, WithinHours: maxHours, Steps: []FunnelStep{step("order.paid"), step("order.paid")}})
		if err != nil || f.Steps[1].Persons != 1 || *f.Steps[1].Median != 3653*24*3600 {
			t.Fatalf("ten years between two orders: %v %+v", err, f)
		}
		cases := map[string]struct {
			in    FunnelInput
			field string
		}{
			"one step":      {FunnelInput{Steps: two[:1], WithinHours: 24}, "body.steps"},
			"no step":       {FunnelInput{WithinHours: 24}, "body.steps"},
			"nine steps":    {FunnelInput{Steps: slices.Repeat(two, 5), WithinHours: 24}, "body.steps"},
			"no window":     {FunnelInput{Steps: two}, "body.within_hours"},
			"endless":       {FunnelInput{Steps: two, WithinHours: 1 << 40}, "body.within_hours"},
			"unknown kind":  {FunnelInput{Steps: []FunnelStep{two[0], step("moon.landed")}, WithinHours: 24}, "body.steps[1].any"},
			"no kind":       {FunnelInput{Steps: []FunnelStep{two[0], step("DROP TABLE")}, WithinHours: 24}, "body.steps[1].any"},
			"nothing":       {FunnelInput{Steps: []FunnelStep{two[0], step()}, WithinHours: 24}, "body.steps[1].any"},
			"twice":         {FunnelInput{Steps: []FunnelStep{two[0], step("order.paid", "order.paid")}, WithinHours: 24}, "body.steps[1].any"},
			"same in both":  {FunnelInput{Steps: []FunnelStep{two[1], two[1]}, Order: "unordered", WithinHours: 24}, "body.steps[1].any"},
			"no property":   {FunnelInput{Steps: []FunnelStep{two[0], where(EventCondition{Property: "colour", Is: "=", Values: []string{"red"}})}, WithinHours: 24}, "body.steps[1].where[0].property"},
			"no trait":      {FunnelInput{Steps: two, WithinHours: 24, By: "trait"}, "body.key"},
			"no date":       {FunnelInput{Steps: two, WithinHours: 24, Days: Days{From: "yesterday"}}, "body.from"},
			"backwards":     {FunnelInput{Steps: two, WithinHours: 24, Days: Days{From: "2026-02-01", To: "2026-01-01"}}, "body.from"},
			"eleven years":  {FunnelInput{Steps: two, WithinHours: 24, Days: Days{From: "2015-01-01", To: "2026-01-01"}}, "body.from"},
			"before Christ": {FunnelInput{Steps: two, WithinHours: 24, Days: Days{From: "0000-01-01"}}, "body.from"},
		}
		for name, c := range cases {
			_, err := w.svc.Funnel(t.Context(), w.org, c.in)
			e := errs.As(err)
			if !errs.Is(err, errs.CodeInvalid) || len(e.Fields) != 1 || e.Fields[0].Path != c.field {
				t.Errorf("%s: %v %+v", name, err, e)
			}
		}
		for _, c := range []EventCondition{{Property: "a", Is: ">", Values: []string{"red"}}, {Property: "a", Is: "between", Values: []string{"1"}}, {Property: "a", Is: "between", Values: []string{"2", "1"}},
			{Property: "a", Is: "<", Values: []string{"2", "1"}}, {Property: "a", Is: "=", Values: []string{strings.Repeat("长", 65)}}, {Property: "a", Is: ">", Values: []string{"NaN"}}} {
			if err := c.compile("x"); !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("%+v was taken", c)
			}
		}
	})
}

func TestConditionsOnPartsAndOnWhatWaitsAgree(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.svc.waiting = 30
		r := rand.New(rand.NewPCG(3, 4))
		var facts []timeline.Fact
		for i := range 100 {
			facts = append(facts, order(fmt.Sprintf("per_%d", i), at("2026-03-01 00:00").Add(time.Duration(i)*time.Hour), orderOf(r)))
		}
		for chunk := range slices.Chunk(facts, 17) {
			w.tell(chunk...)
			w.catchUp()
		}
		for _, c := range []EventCondition{{Property: "amount_minor", Is: "between", Values: []string{"100", "300"}}, {Property: "region", Is: "!=", Values: []string{"浙江"}}, {Property: "sku", Is: "=", Values: []string{"A"}},
			{Property: "sku", Is: "!=", Values: []string{"A"}}, {Property: "sku", Is: "=", Values: []string{"A", "C"}}, {Property: "amount_minor", Is: "!=", Values: []string{"100"}}} {
			want := int64(0)
			check := c
			w.must(check.compile("x"))
			for _, e := range w.events() {
				if check.holds(values(e.Data)) {
					want++
				}
			}
			f, err := w.svc.Funnel(t.Context(), w.org, FunnelInput{WithinHours: 1, Steps: []FunnelStep{{EventChoice: EventChoice{Any: []string{"order.paid"}, Where: []EventCondition{c}}}, {EventChoice: EventChoice{Any: []string{"order.paid"}}}}})
			w.must(err)
			if f.Steps[0].Persons != want || want == 0 || want == 100 {
				t.Errorf("%+v: %d, want %d", c, f.Steps[0].Persons, want)
			}
		}
	})
}
