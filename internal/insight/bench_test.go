package insight

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// BenchmarkMillionOrders asks for the overview and the cohorts of 200,000
// persons with a million orders over two years, and follows more of them.
func BenchmarkMillionOrders(b *testing.B) {
	for _, e := range testkit.Engines {
		b.Run(string(e), func(b *testing.B) {
			w := newWorld(b, testkit.Open(b, e, schema))
			r := rand.New(rand.NewPCG(1, 2))
			seq := int64(0)
			begin := w.clock.Now().Add(-2 * 365 * 24 * time.Hour)
			const orders = 1_000_000
			follow := func(n int) {
				events := make([]timeline.Event, n)
				for i := range events {
					seq++
					person := r.IntN(200_000)
					var items []mallevent.Item
					for range 2 {
						sku := r.IntN(3000)
						items = append(items, mallevent.Item{SKU: fmt.Sprint("S", sku), Name: fmt.Sprint("Product ", sku), Quantity: "1", AmountMinor: 1000})
					}
					data, err := json.Marshal(mallevent.Order{OrderID: fmt.Sprint(seq), AmountMinor: 2000, Currency: "CNY", Region: fmt.Sprint("region ", person%30), Items: items})
					w.must(err)
					events[i] = timeline.Event{Position: timeline.Position{Seq: seq}, ID: fmt.Sprint("evt_", seq), Kind: mallevent.OrderPaid,
						PersonID: fmt.Sprintf("per_%032d", person), OccurredAt: begin.Add(time.Duration(seq) * (2 * 365 * 24 * time.Hour / orders)), Data: data}
				}
				w.must(w.db.Write(context.Background(), w.org, func(tx *db.Tx) error { return w.svc.follow(context.Background(), tx, w.org, events) }))
			}
			for seq < orders {
				follow(10_000)
			}
			b.Run("overview of a year", func(b *testing.B) {
				for b.Loop() {
					if o := w.overview("2025-06", "2026-05"); o.Orders < orders/3 {
						b.Fatal(o.Orders)
					}
				}
			})
			b.Run("cohorts of two years", func(b *testing.B) {
				for b.Loop() {
					if c := w.cohorts("2024-07", "2026-06"); len(c.Months) != 24 {
						b.Fatal(len(c.Months))
					}
				}
			})
			b.Run("batch of 1000 orders", func(b *testing.B) {
				for range b.N {
					follow(1000)
				}
			})
		})
	}
}
