package insight

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// BenchmarkOverview asks for the overview of a pool of a tenth as many persons
// as there are events: FISHPOND_BENCH_EVENTS, by default 100,000, ten million
// for the scale that is promised. Of ten events one is a person that becomes
// known, four are orders of two lines by one of thirty regions and 3,000
// products, one in a hundred a refund; the rest, messages and visits, are of
// kinds that the overview does not follow. FISHPOND_BENCH_ENGINE picks one engine.
func BenchmarkOverview(b *testing.B) {
	total := 100_000
	if n, err := strconv.Atoi(os.Getenv("FISHPOND_BENCH_EVENTS")); err == nil {
		total = n
	}
	engines := testkit.Engines
	if e := os.Getenv("FISHPOND_BENCH_ENGINE"); e != "" {
		engines = []db.Engine{db.Engine(e)}
	}
	for _, e := range engines {
		b.Run(string(e), func(b *testing.B) { benchOverview(b, e, total) })
	}
}

func benchOverview(b *testing.B, e db.Engine, total int) {
	ctx := context.Background()
	w := newWorld(b, testkit.Open(b, e, schema))
	r := rand.New(rand.NewPCG(3, 4))
	persons := total / 10
	begin := w.clock.Now().AddDate(-2, 0, 0)
	step := w.clock.Now().Sub(begin) / time.Duration(total)
	began := time.Now()
	follow := make([]timeline.Event, 0, 5000)
	followed, born, orders := 0, 0, 0
	flush := func() {
		w.must(w.db.Write(ctx, w.org, func(tx *db.Tx) error { return w.svc.follow(ctx, tx, w.org, follow) }))
		followed += len(follow)
		follow = follow[:0]
	}
	for seq := range total {
		ev := timeline.Event{Position: timeline.Position{Seq: int64(seq + 1)}, ID: fmt.Sprint("evt_", seq), OccurredAt: begin.Add(time.Duration(seq) * step)}
		person := func(n int) string { return fmt.Sprintf("per_%032d", n) }
		var data any
		switch k := seq % 100; {
		case k%10 == 0:
			ev.Kind, ev.PersonID, data = poolevent.Created, person(born), poolevent.Person{}
			born++
		case k%10 <= 4:
			n := r.IntN(persons)
			items := make([]mallevent.Item, 2)
			for i := range items {
				sku := r.IntN(3000)
				items[i] = mallevent.Item{SKU: fmt.Sprint("S", sku), Name: fmt.Sprint("Product ", sku), Quantity: "1", AmountMinor: 1000}
			}
			ev.Kind, ev.PersonID = mallevent.OrderPaid, person(n)
			data = mallevent.Order{OrderID: strconv.Itoa(seq), AmountMinor: 2000, Currency: "CNY", Region: fmt.Sprint("region ", n%30), Items: items}
			orders++
		case k == 99:
			ev.Kind, ev.PersonID = mallevent.OrderRefunded, person(r.IntN(persons))
			data = mallevent.Refund{RefundID: strconv.Itoa(seq), AmountMinor: 500, Currency: "CNY"}
		default:
			continue
		}
		var err error
		ev.Data, err = json.Marshal(data)
		w.must(err)
		if follow = append(follow, ev); len(follow) == cap(follow) {
			flush()
		}
	}
	flush()
	b.Logf("%d persons, %d events, %d of them followed in %.0f s", persons, total, followed, time.Since(began).Seconds())
	for name, span := range map[string][2]string{"last year": {"2025-07", "2026-06"}, "both years": {"2024-06", "2026-06"}, "a month": {"2026-01", "2026-01"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if o := w.overview(span[0], span[1]); o.Orders == 0 || o.Orders > int64(orders) || len(o.Products) != top {
					b.Fatal(o.Orders)
				}
			}
		})
	}
}
