package scorecard

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/insight"
	"fishpond/internal/insight/figure"
	"fishpond/internal/insight/report"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

func TestFiguresAreDefined(t *testing.T) {
	if err := figure.Check(Figures); err != nil {
		t.Error(err)
	}
	for _, e := range Elements {
		for _, text := range []i18n.Text{e.Name, e.Measure, e.Advice, e.Link, quantity[e.Key]} {
			if text.ZH == "" || text.EN == "" {
				t.Errorf("%s lacks a text in both languages", e.Key)
			}
		}
	}
}

// A score is within its bounds for any measure at all, and never goes against it.
func TestScoresAreBoundedAndMonotone(t *testing.T) {
	for _, e := range Elements {
		rapid.Check(t, func(t *rapid.T) {
			a, b := rapid.Float64().Draw(t, "a"), rapid.Float64().Draw(t, "b")
			for _, x := range []float64{a, math.Inf(1), math.Inf(-1), math.NaN()} {
				if s := e.Score(x); !(s >= 0 && s <= 100) {
					t.Fatalf("%s: %v scores %v", e.Key, x, s)
				}
			}
			if lo, hi := e.Score(min(a, b)), e.Score(max(a, b)); e.Full > e.Zero && lo > hi || e.Full < e.Zero && lo < hi {
				t.Fatalf("%s: %v scores %v, %v scores %v", e.Key, min(a, b), lo, max(a, b), hi)
			}
		})
		if e.Score(e.Zero) != 0 || e.Score(e.Full) != 100 {
			t.Errorf("%s: the ends score %v and %v", e.Key, e.Score(e.Zero), e.Score(e.Full))
		}
	}
}

// Any facts give a number or a reason that there are words for, and never both.
func TestAnyFactsGiveANumberOrAReason(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) int64 {
			return rapid.SampledFrom([]int64{0, 1, 9, 10, 19, 20, 21, 1000, 1 << 40}).Draw(t, name)
		}
		f := Facts{Persons: n("persons"), One: n("one"), Two: n("two"), Written: n("written"), Often: n("often"), Talked: n("talked"), Active: n("active"), Varied: n("varied"),
			CostMinor: n("cost"), CostEntries: n("entries"), Orders: n("orders"), GMVMinor: n("gmv"), RefundedMinor: n("refunded"), Asked: n("asked"), Quick: n("quick")}
		marks := f.marks()
		for _, e := range Elements {
			m := marks[e.Key]
			if m.Why != "" {
				if whys[m.Why].IsZero() || m.score() != nil || m.raw() != nil {
					t.Fatalf("%s of %+v: %+v", e.Key, f, m)
				}
				continue
			}
			if math.IsNaN(m.Raw) || math.IsInf(m.Raw, 0) || m.Score < 0 || m.Score > 100 {
				t.Fatalf("%s of %+v: %+v", e.Key, f, m)
			}
		}
		if total := mean(marks); !math.IsNaN(total) && (total < 0 || total > 100) {
			t.Fatal(total)
		}
		if key := weakest(marks); key != "" {
			for _, e := range Elements {
				if m := marks[e.Key]; m.Why == "" && m.Score < marks[key].Score {
					t.Fatalf("%s at %v is weaker than %s", e.Key, m.Score, key)
				}
			}
		}
	})
}

func TestWhatCannotBeSaidHasItsReason(t *testing.T) {
	full := Facts{Persons: 100, One: 90, Two: 50, Written: 80, Often: 60, Talked: 20, Active: 70, Varied: 30, CostMinor: 10, CostEntries: 3, Orders: 5, GMVMinor: 1000, RefundedMinor: 10, Asked: 20, Quick: 9}
	for _, c := range []struct {
		key, why string
		change   func(*Facts)
	}{
		{"unique", "no_people", func(f *Facts) { f.Persons, f.One, f.Two = 0, 0, 0 }},
		{"unique", "few_people", func(f *Facts) { f.Persons = 19 }},
		{"reach", "nothing_sent", func(f *Facts) { f.Written, f.Often, f.Talked = 0, 0, 0 }},
		{"reach", "few_people", func(f *Facts) { f.Persons = 19 }},
		{"cost", "no_costs", func(f *Facts) { f.CostMinor, f.CostEntries = 0, 0 }},
		{"cost", "no_orders", func(f *Facts) { f.Orders, f.GMVMinor = 0, 0 }},
		{"cost", "no_money", func(f *Facts) { f.RefundedMinor = 1000 }},
		{"scenes", "nobody_met", func(f *Facts) { f.Active, f.Varied = 0, 0 }},
		{"scenes", "few_met", func(f *Facts) { f.Active = 19 }},
		{"relation", "nothing_sent", func(f *Facts) { f.Written = 0 }},
		{"relation", "few_written", func(f *Facts) { f.Written = 19 }},
		{"efficiency", "nothing_asked", func(f *Facts) { f.Asked, f.Quick = 0, 0 }},
		{"efficiency", "few_questions", func(f *Facts) { f.Asked = 9 }},
	} {
		f := full
		if m := f.marks()[c.key]; m.Why != "" {
			t.Fatalf("%s cannot be said: %s", c.key, m.Why)
		}
		c.change(&f)
		if m := f.marks()[c.key]; m.Why != c.why {
			t.Errorf("%s: got %q, want %q", c.key, m.Why, c.why)
		}
	}
}

// crowd is 24 people who are known by two identities since January, were written
// to in each month until the last, and of whom some wrote and were answered.
func (w *world) crowd(last time.Month, answers int) {
	var facts []timeline.Fact
	for i := range 24 {
		p := fmt.Sprintf("per_%02d", i)
		begin := time.Date(2026, 1, 3, i, 0, 0, 0, time.UTC)
		facts = append(facts, fact(poolevent.Created, p, begin, poolevent.Person{}), fact(poolevent.IdentityAdded, p, begin, identityOf("phone")))
		if i%2 == 0 {
			facts = append(facts, fact(poolevent.IdentityAdded, p, begin, identityOf("unionid")))
		}
		for m := time.January; m <= last; m++ {
			at := time.Date(2026, m, 5, i, 0, 0, 0, time.UTC)
			facts = append(facts, fact(carrierevent.MessageReceived, p, at, nil), order(p, at, 10_000, "CNY"))
			if i < answers {
				facts = append(facts, fact(carrierevent.MessageSent, p, at.Add(10*time.Minute), nil))
			} else {
				facts = append(facts, fact(carrierevent.MessageSent, p, at.Add(time.Hour), nil))
			}
		}
	}
	w.tell(facts...)
}

func (c Scorecard) of(key string) ScorecardElement {
	i := slices.IndexFunc(c.Elements, func(e ScorecardElement) bool { return e.Key == key })
	return c.Elements[i]
}

func (c Scorecard) month(name string) ScorecardMonth {
	for _, m := range c.Months {
		if m.Month == name {
			return m
		}
	}
	return ScorecardMonth{}
}

func TestACardOfAMonth(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if c := w.refresh(); c.Month != "" || c.Total != nil || c.Why == "" || c.Weakest != nil || len(c.Elements) != 6 || len(c.Months) != 0 {
			t.Fatalf("of nothing: %+v", c)
		}
		w.crowd(time.May, 6)
		w.cost, w.entries = 72_000, 3 // a tenth of 24 × 3 × 100
		c := w.refresh()
		want := map[string]float64{"unique": 75, "reach": 100, "cost": 71.4, "scenes": 100, "relation": 100, "efficiency": 27.8}
		for key, score := range want {
			if e := c.of(key); e.Score == nil || *e.Score != score {
				t.Errorf("%s: %+v, want %v", key, e, score)
			}
		}
		if c.Month != "2026-05" || c.From != "2026-03" || len(c.Months) != 5 || c.Total == nil || *c.Total != 79 {
			t.Errorf("%+v", c)
		}
		if c.Weakest == nil || c.Weakest.Key != "efficiency" || !strings.Contains(c.Weakest.Text, "72 次提问，18 次") {
			t.Errorf("%+v", c.Weakest)
		}
		// One month alone is not enough for people to have been written to twice.
		if jan := w.card("2026-01"); *jan.of("reach").Score != 0 || jan.of("reach").Change != nil {
			t.Errorf("%+v", jan.of("reach"))
		}
		if april := w.card("2026-04"); april.of("reach").Change == nil || *april.of("reach").Change != 100 {
			t.Errorf("%+v", april.of("reach"))
		}
		tables, err := w.svc.tables(t.Context(), w.org, nil)
		testkit.Must(t, err)
		for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
			testkit.Must(t, report.Write(io.Discard, "xlsx", []figure.Part{{Figures: Figures}}, tables, lang))
		}
	})
}

func TestMonthsThatArePastStayAsTheyWere(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.crowd(time.June, 6)
		first := w.refresh()
		if m := first.month("2026-06"); !m.Open || m.Kept {
			t.Fatalf("June runs: %+v", m)
		}
		var asked, known []timeline.Fact
		for i := range 24 {
			p := fmt.Sprintf("per_%02d", i)
			asked = append(asked, fact(carrierevent.MessageReceived, p, time.Date(2026, 6, 20, i, 0, 0, 0, time.UTC), nil))
			known = append(known, fact(poolevent.IdentityAdded, p, time.Date(2026, 3, 20, i, 0, 0, 0, time.UTC), identityOf("unionid")))
		}
		// Two days into July June still takes what comes late …
		w.clock.Advance(at("2026-07-02 00:00").Sub(w.clock.Now()))
		w.tell(asked...)
		second := w.refresh()
		if m := second.month("2026-06"); m.Open || m.Kept || *second.of("efficiency").Score >= *first.of("efficiency").Score {
			t.Fatalf("%+v", m)
		}
		// … and after the third day it stays, whatever is told later and however often it is rebuilt.
		w.clock.Advance(at("2026-07-05 00:00").Sub(w.clock.Now()))
		third := w.refresh()
		if m := third.month("2026-06"); !m.Kept {
			t.Fatalf("%+v", m)
		}
		w.tell(known...)
		testkit.Must(t, w.runner.Rebuild(t.Context(), SubscriberName, w.org))
		fourth := w.refresh()
		if got, want := fmt.Sprint(scores(fourth.month("2026-06"))), fmt.Sprint(scores(third.month("2026-06"))); got != want {
			t.Errorf("June was %s and is %s", want, got)
		}
		// March ran before anybody counted: it is told from the log as it is.
		if got, was := fourth.month("2026-03"), third.month("2026-03"); got.Kept || fmt.Sprint(scores(got)) == fmt.Sprint(scores(was)) {
			t.Errorf("March was %v and is %v", scores(was), scores(got))
		}
	})
}

func scores(m ScorecardMonth) (out []float64) {
	for _, s := range m.Scores {
		if s.Score == nil {
			out = append(out, -1)
			continue
		}
		out = append(out, *s.Score)
	}
	return out
}

func TestEndpoints(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.crowd(time.May, 6)
		api := testkit.NewAPI(w.svc.Routes, insight.Permissions)
		api.Want(t, "org_a viewer", 403, "POST", "/insight/scorecard/refresh", "", nil)
		api.Want(t, "org_a associate", 403, "GET", "/insight/scorecard", "", nil)
		api.Want(t, "org_a viewer", 422, "GET", "/insight/scorecard?to=2026-5", "", nil)
		var c Scorecard
		api.Want(t, "org_a operator", 200, "POST", "/insight/scorecard/refresh", "", &c)
		if c.Month != "2026-05" || c.of("cost").Score != nil || !strings.Contains(c.of("cost").Why, "没有录入渠道费用") {
			t.Errorf("%+v", c)
		}
		api.Want(t, "org_b owner", 200, "GET", "/insight/scorecard", "", &c)
		if c.Month != "" || len(c.Months) != 0 {
			t.Errorf("another org sees %+v", c)
		}
	})
}
