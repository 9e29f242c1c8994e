package lifecycle

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// shop fills the log with the shape of a year of a real shop: orders of about
// twenty lines, a few customers with very many, one order in six a refund.
func (w *world) shop(persons, orders int, inOrder bool) {
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.3, 12, uint64(persons-1))
	var facts []timeline.Fact
	for i := range persons {
		facts = append(facts, created(fmt.Sprintf("per_%030d", i), w.clock.Now()))
	}
	begin := w.clock.Now().Add(-3 * 365 * 24 * time.Hour)
	for i := range orders {
		t := begin.Add(time.Duration(i) * (365 * 24 * time.Hour / time.Duration(orders)))
		if !inOrder {
			t = begin.Add(rand.N(365 * 24 * time.Hour))
		}
		person := fmt.Sprintf("per_%030d", zipf.Uint64())
		var items []mallevent.Item
		for range 20 {
			items = append(items, mallevent.Item{SKU: fmt.Sprint(20000 + r.IntN(4000)), Name: "WHITE HANGING HEART T-LIGHT HOLDER", Quantity: "6", AmountMinor: 1530})
		}
		if i%6 == 5 {
			f := refund(person, "", t, 1530)
			f.Data = mallevent.Refund{RefundID: fmt.Sprint("C", i), AmountMinor: 30600, Currency: "CNY", Items: items}
			facts = append(facts, f)
			continue
		}
		f := order(person, "", t, 0)
		f.Data = mallevent.Order{OrderID: fmt.Sprint(536365 + i), AmountMinor: 30600, Currency: "CNY", Region: "United Kingdom", Items: items}
		facts = append(facts, f)
	}
	for len(facts) > 0 {
		n := min(5000, len(facts))
		w.tell(facts[:n]...)
		facts = facts[n:]
	}
}

// BenchmarkImport follows 4,372 persons and 22,190 orders and refunds, as an
// import leaves them, from the first event to the last.
func BenchmarkImport(b *testing.B) {
	for _, e := range testkit.Engines {
		for name, inOrder := range map[string]bool{"by time": true, "shuffled": false} {
			b.Run(string(e)+"/"+name, func(b *testing.B) {
				for range b.N {
					b.StopTimer()
					w := newWorld(b, testkit.Open(b, e, schema))
					w.shop(4372, 22190, inOrder)
					b.StartTimer()
					if err := w.runner.CatchUp(context.Background(), w.org); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/import")
			})
		}
	}
}

// BenchmarkMillion asks the questions of the console of an org of a million
// persons, and sweeps and measures it.
func BenchmarkMillion(b *testing.B) {
	w := newWorld(b, testkit.Open(b, db.SQLite, schema))
	const n, step = 1_000_000, 10_000
	r := rand.New(rand.NewPCG(1, 2))
	for from := 0; from < n; from += step {
		w.must(w.db.Write(b.Context(), w.org, func(tx *db.Tx) error {
			d, err := w.svc.sit(b.Context(), tx, w.org)
			if err != nil {
				return err
			}
			var people []*person
			var facts []fact
			for i := range step {
				p := &person{id: fmt.Sprintf("per_%030d", from+i)}
				t := w.clock.Now().UnixMicro() - r.Int64N(700)*day - r.Int64N(day)
				mine := []fact{{person: p.id, at: t, kind: factKnown}}
				for k := range r.Int64N(4) {
					t += r.Int64N(120) * day
					mine = append(mine, fact{person: p.id, at: t, seq: k + 1, kind: factOrder, amount: r.Int64N(100000)})
				}
				d.draw(p, mine)
				p.announced, facts, people = "", append(facts, mine...), append(people, p)
			}
			if _, err := saveFacts(b.Context(), tx, w.org, facts); err != nil {
				return err
			}
			d.st.replay = timeline.Position{Seq: 1} // nobody listens to the preparation
			if err := d.finish(b.Context(), people, nil); err != nil {
				return err
			}
			d.st.replay = timeline.Position{}
			if _, err := tx.Exec(b.Context(), "UPDATE lifecycle_person SET announced = stage WHERE org_id = ? AND stage <> announced", w.org); err != nil {
				return err
			}
			return d.st.save(b.Context(), tx, w.org)
		}))
	}
	for _, c := range []struct {
		name string
		fn   func(ctx context.Context) error
	}{
		{"stages", func(ctx context.Context) error { _, err := w.svc.Stages(ctx, w.org); return err }},
		{"flow", func(ctx context.Context) error { _, err := w.svc.Flow(ctx, w.org, "2025-01", "2026-06"); return err }},
		{"person", func(ctx context.Context) error {
			_, err := w.svc.Of(ctx, w.org, fmt.Sprintf("per_%030d", r.IntN(n)))
			return err
		}},
		{"look", func(ctx context.Context) error {
			return w.db.Read(ctx, w.org, func(tx *db.Tx) error {
				_, err := look(ctx, tx, w.org, w.clock.Now().UnixMicro())
				return err
			})
		}},
		{"recount in another time zone", func(ctx context.Context) error {
			return w.db.Read(ctx, w.org, func(tx *db.Tx) error {
				_, err := recount(ctx, tx, w.org, time.FixedZone("x", 8*3600))
				return err
			})
		}},
		{"sweep of one day", func(ctx context.Context) error {
			w.clock.Advance(24 * time.Hour)
			moved := 0
			for {
				k, err := w.svc.sweepChunk(ctx, w.org)
				if err != nil {
					return err
				}
				if moved += k; k < chunk {
					b.ReportMetric(float64(moved), "moved/op")
					return nil
				}
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				if err := c.fn(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
