package playbook

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/insight"
	"fishpond/internal/insight/figure"
	"fishpond/internal/insight/follow"
	"fishpond/internal/insight/report"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

var schema = testkit.Migrations(timeline.Migration, insight.Migration)

type world struct {
	tb      testing.TB
	db      *db.DB
	log     *timeline.Log
	svc     *Service
	runner  *timeline.Runner
	org     string
	audited []string
}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, org: "org_a"}
	clock := testkit.NewClock(tb, "2026-06-15T00:00:00Z")
	w.log = timeline.New(clock.Now)
	quiet := slog.New(slog.DiscardHandler)
	w.svc = New(d, clock.Now, quiet, w, w, w)
	w.runner = timeline.NewRunner(d, w.log, w, quiet, clock.Now, w.svc.Subscribers()...)
	return w
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{w.org}, nil }

func (w *world) Settings(context.Context, *db.Tx, string) (follow.OrgSettings, error) {
	return follow.OrgSettings{Zone: time.UTC, Currency: "CNY"}, nil
}

// Ready is a library that has all but one of the journeys that are named.
func (w *world) Ready(context.Context) (out []PlaybookJourney) {
	for _, key := range []string{"repurchase", "after_sale", "birthday", "win_back", "low_ticket", "first_order", "high_ticket", "camp"} {
		out = append(out, PlaybookJourney{Key: key, Name: key})
	}
	return out
}

func (w *world) Audit(_ context.Context, _ *db.Tx, action, _, _ string, _ any) error {
	w.audited = append(w.audited, action)
	return nil
}

func (w *world) tell(facts ...timeline.Fact) {
	w.tb.Helper()
	testkit.Must(w.tb, w.db.Write(w.tb.Context(), w.org, func(tx *db.Tx) error {
		_, err := w.log.Append(w.tb.Context(), tx, w.org, facts...)
		return err
	}))
	testkit.Must(w.tb, w.runner.CatchUp(w.tb.Context(), w.org))
}

func (w *world) book() Playbook {
	w.tb.Helper()
	testkit.Must(w.tb, w.svc.Refresh(w.tb.Context(), w.org))
	p, err := w.svc.Playbook(w.tb.Context(), w.org)
	testkit.Must(w.tb, err)
	return p
}

func order(person string, at time.Time, currency string, lines map[string]int64) timeline.Fact {
	o := mallevent.Order{OrderID: "o", Currency: currency}
	for _, sku := range []string{"A", "B", "C"} {
		if minor, ok := lines[sku]; ok {
			o.Items = append(o.Items, mallevent.Item{SKU: sku, Name: "name of " + sku, Quantity: "1", AmountMinor: minor / 2}, mallevent.Item{SKU: sku, Quantity: "1", AmountMinor: minor - minor/2})
			o.AmountMinor += minor
		}
	}
	return timeline.Fact{Kind: mallevent.OrderPaid, PersonID: person, OccurredAt: at, Data: o}
}

func TestTheFourPlacesNameWhatThereIs(t *testing.T) {
	if err := figure.Check(Figures); err != nil {
		t.Error(err)
	}
	seen := map[[2]bool]bool{}
	for _, q := range Quadrants {
		seen[[2]bool{q.Often, q.Dear}] = true
		if Of(q.Often, q.Dear).Key != q.Key || len(q.Measures) == 0 || q.Idea.IsZero() || len(q.Journeys) == 0 {
			t.Error(q.Key)
		}
	}
	if len(seen) != 4 || len(Quadrants) != 4 {
		t.Error("there are four places")
	}
}

// Anything counted has exactly one place or a reason, and more buying again or
// more spent never moves it to the lesser side.
func TestPlacesAreMonotone(t *testing.T) {
	side := map[string]Quadrant{}
	for _, q := range Quadrants {
		side[q.Key] = q
	}
	rapid.Check(t, func(t *rapid.T) {
		b := PlaybookBoundaries{AgainBP: rapid.Int64Range(1, 10_000).Draw(t, "again_bp"), SKUAgainBP: rapid.Int64Range(1, 10_000).Draw(t, "sku_again_bp"), TicketMinor: rapid.Int64Range(1, 1e9).Draw(t, "ticket")}
		s := standing{sku: rapid.SampledFrom([]string{"", "A"}).Draw(t, "sku"), buyers: rapid.Int64Range(0, 1e6).Draw(t, "buyers"), amount: rapid.Int64Range(-5, 1e12).Draw(t, "amount")}
		s.again = rapid.Int64Range(0, s.buyers).Draw(t, "again")
		s.orders = s.buyers + s.again + rapid.Int64Range(0, 100).Draw(t, "more")
		p := place(s, b, i18n.EN)
		if (p.Why == "") != (p.Quadrant != "") || (p.Why == "") != (p.AgainShare != nil) || (p.Why == "") != (p.TicketMinor != nil) {
			t.Fatalf("%+v", p)
		}
		if p.Why != "" {
			return
		}
		if math.IsNaN(*p.AgainShare) || *p.AgainShare < 0 || *p.AgainShare > 1 {
			t.Fatal(*p.AgainShare)
		}
		more := s
		more.again, more.amount = min(s.buyers, s.again+1), s.amount+s.orders
		q := place(more, b, i18n.EN)
		if side[p.Quadrant].Often && !side[q.Quadrant].Often || side[p.Quadrant].Dear && !side[q.Quadrant].Dear {
			t.Fatalf("%+v became %+v", p, q)
		}
	})
}

// recount reads the log once, as plainly as possible, for twelve months up to the newest order.
func recount(events []timeline.Fact) map[string][4]int64 {
	speaker, last := map[string]string{}, time.Time{}
	for _, e := range events {
		switch d := e.Data.(type) {
		case poolevent.Merge:
			for _, id := range d.Members {
				speaker[id] = map[string]string{poolevent.Merged: d.WinnerID, poolevent.Split: d.LoserID}[e.Kind]
			}
		case mallevent.Order:
			if d.Currency == "CNY" && e.PersonID != "" && e.OccurredAt.After(last) {
				last = e.OccurredAt
			}
		}
	}
	since := time.Date(last.Year(), last.Month()-11, 1, 0, 0, 0, 0, time.UTC)
	people, amount := map[string]map[string]int64{}, map[string]int64{}
	for _, e := range events {
		o, ok := e.Data.(mallevent.Order)
		if !ok || o.Currency != "CNY" || e.PersonID == "" || e.OccurredAt.Before(since) {
			continue
		}
		who := e.PersonID
		if s := speaker[who]; s != "" {
			who = s
		}
		in := map[string]bool{"": true}
		amount[""] += o.AmountMinor
		for _, i := range o.Items {
			in[i.SKU] = true
			amount[i.SKU] += i.AmountMinor
		}
		for sku := range in {
			if people[sku] == nil {
				people[sku] = map[string]int64{}
			}
			people[sku][who]++
		}
	}
	out := map[string][4]int64{}
	for sku, orders := range people {
		var again, all int64
		for _, n := range orders {
			all += n
			if n > 1 {
				again++
			}
		}
		out[sku] = [4]int64{int64(len(orders)), again, all, amount[sku]}
	}
	return out
}

func TestPlacesAgreeWithARecountOfTheLog(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w.org = fmt.Sprintf("org_%d", n)
			var all []timeline.Fact
			tell := func(f timeline.Fact) {
				all = append(all, f)
				w.tell(f)
			}
			alone, joined := []string{"per_a", "per_b", "per_c", "per_d"}, [][2]string{}
			for range rapid.IntRange(0, 25).Draw(rt, "events") {
				switch rapid.SampledFrom([]string{"order", "order", "order", "order", "merge", "split"}).Draw(rt, "what") {
				case "order":
					lines := map[string]int64{}
					for _, sku := range []string{"A", "B", "C"} {
						if rapid.Bool().Draw(rt, sku) {
							lines[sku] = rapid.Int64Range(0, 1000).Draw(rt, "amount")
						}
					}
					tell(order(rapid.SampledFrom([]string{"per_a", "per_b", "per_c", "per_d", ""}).Draw(rt, "person"),
						time.Date(2026, time.Month(rapid.IntRange(-14, 6).Draw(rt, "month")), 1, rapid.IntRange(-2, 2).Draw(rt, "hour"), 0, 0, 0, time.UTC),
						rapid.SampledFrom([]string{"CNY", "CNY", "USD"}).Draw(rt, "currency"), lines))
				case "merge":
					if len(alone) > 1 {
						j := [2]string{alone[0], alone[len(alone)-1]}
						joined, alone = append(joined, j), alone[:len(alone)-1]
						tell(timeline.Fact{Kind: poolevent.Merged, PersonID: j[0], Data: poolevent.Merge{WinnerID: j[0], LoserID: j[1], Members: []string{j[1]}}})
					}
				case "split":
					if len(joined) > 0 {
						j := joined[len(joined)-1]
						joined, alone = joined[:len(joined)-1], append(alone, j[1])
						tell(timeline.Fact{Kind: poolevent.Split, PersonID: j[0], Data: poolevent.Merge{WinnerID: j[0], LoserID: j[1], Members: []string{j[1]}}})
					}
				}
			}
			agree := func(when string) {
				p := w.book()
				got := map[string][4]int64{}
				for _, x := range append(p.Products, p.Brand) {
					if x.Buyers > 0 {
						got[x.SKU] = [4]int64{x.Buyers, x.Again, x.Orders, x.AmountMinor}
					}
				}
				if want := recount(all); fmt.Sprint(got) != fmt.Sprint(want) {
					rt.Fatalf("%s: got %v, want %v", when, got, want)
				}
			}
			agree("live")
			if err := w.runner.Rebuild(t.Context(), SubscriberName, w.org); err != nil {
				rt.Fatal(err)
			}
			agree("rebuilt")
		})
	})
}

func TestBoundariesMoveThePlaces(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if p := w.book(); p.Brand.Quadrant != "" || p.Brand.Why == "" || p.From != "" || len(p.Quadrants) != 4 || p.ComputedAt != nil {
			t.Fatalf("of nothing: %+v", p)
		}
		var facts []timeline.Fact
		for i := range 25 {
			for k := range 1 + i%2 {
				facts = append(facts, order(fmt.Sprintf("per_%02d", i), time.Date(2026, 3, 1+k, i%24, 0, 0, 0, time.UTC), "CNY", map[string]int64{"A": 25_000, "B": 4000}))
			}
		}
		for i := range 3 {
			facts = append(facts, order(fmt.Sprintf("per_%02d", i), time.Date(2026, 4, 1, i, 0, 0, 0, time.UTC), "CNY", map[string]int64{"C": 90_000}))
		}
		w.tell(facts...)
		w.book()
		api := testkit.NewAPI(w.svc.Routes, insight.Permissions)
		var p Playbook
		api.Want(t, "org_a viewer", 200, "GET", "/insight/playbook", "", &p)
		// 25 bought, 12 twice in March and another two with April; 37 orders of 290 and three of 900.
		if p.Brand.Buyers != 25 || p.Brand.Again != 14 || p.Brand.Quadrant != "often_dear" || p.Brand.NearDear || *p.Brand.TicketMinor != 33_575 {
			raw, _ := json.Marshal(p.Brand)
			t.Errorf("%s", raw)
		}
		if j := p.Quadrants[3].Journeys; len(j) != 3 || j[0].Key != "low_ticket" { // what the library has not is not offered
			t.Errorf("%+v", j)
		}
		if p.From != "2025-05" || p.To != "2026-04" || p.Set || len(p.Products) != 3 {
			t.Errorf("%+v", p)
		}
		for _, x := range p.Products {
			if want := map[string]string{"A": "often_cheap", "B": "often_cheap", "C": ""}[x.SKU]; x.Quadrant != want || x.Name != "name of "+x.SKU {
				t.Errorf("%+v", x)
			}
		}
		const moved = `{"again_bp":6000,"sku_again_bp":5000,"ticket_minor":20000}`
		api.Want(t, "org_a viewer", 403, "PUT", "/insight/playbook/boundaries", moved, nil)
		api.Want(t, "org_a operator", 422, "PUT", "/insight/playbook/boundaries", `{"again_bp":0,"sku_again_bp":5000,"ticket_minor":20000}`, nil)
		api.Want(t, "org_a operator", 200, "PUT", "/insight/playbook/boundaries", moved, &p)
		if !p.Set || p.Brand.Quadrant != "seldom_dear" || p.Products[0].Quadrant != "seldom_dear" {
			t.Errorf("%+v", p)
		}
		api.Want(t, "org_b owner", 200, "GET", "/insight/playbook", "", &p)
		if p.Set || p.Brand.Buyers != 0 || len(p.Products) != 0 {
			t.Errorf("another org sees %+v", p)
		}
		api.Want(t, "org_a operator", 200, "DELETE", "/insight/playbook/boundaries", "", &p)
		if p.Set || p.Brand.Quadrant != "often_dear" || len(w.audited) != 2 {
			t.Errorf("%+v %v", p, w.audited)
		}
		tables, err := w.svc.tables(t.Context(), "org_a", nil)
		testkit.Must(t, err)
		for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
			testkit.Must(t, report.Write(io.Discard, "csv", []figure.Part{{Figures: Figures}}, tables, lang))
		}
	})
}
