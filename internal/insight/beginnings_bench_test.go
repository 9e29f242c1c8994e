package insight

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// BenchmarkBeginnings reads how everybody began, what look-alikes begin with, of
// FISHPOND_BENCH_PERSONS people (default 20,000; a million for the scale that is
// promised) with ten events each in two years. FISHPOND_BENCH_ENGINE picks one engine.
func BenchmarkBeginnings(b *testing.B) {
	persons := 20_000
	if n, err := strconv.Atoi(os.Getenv("FISHPOND_BENCH_PERSONS")); err == nil {
		persons = n
	}
	engines := testkit.Engines
	if e := os.Getenv("FISHPOND_BENCH_ENGINE"); e != "" {
		engines = []db.Engine{db.Engine(e)}
	}
	for _, e := range engines {
		b.Run(string(e), func(b *testing.B) { benchBeginnings(b, e, persons) })
	}
}

func benchBeginnings(b *testing.B, e db.Engine, persons int) {
	ctx := context.Background()
	w := newWorld(b, testkit.Open(b, e, schema))
	w.svc.waiting = 0
	w.svc.SetMeasure(MeasurePorts{People: &numbered{persons: persons}, Audience: w})
	begun := time.Now()
	w.fillBeginnings(ctx, persons)
	b.Logf("%d persons, %d events followed in %.0f s", persons, 10*persons, time.Since(begun).Seconds())
	for _, stay := range []string{"", StayAgain, StayActive} {
		b.Run("stay="+stay, func(b *testing.B) {
			var m runtime.MemStats
			before, rounds := processor(), 0
			for b.Loop() {
				rounds++
				got, err := w.svc.Beginnings(ctx, w.org, stay, 90)
				w.must(err)
				if got.Buyers.IsEmpty() || got.Products[0].Members.IsEmpty() {
					b.Fatal("nobody bought")
				}
			}
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapSys)/1e6, "MB-heap")
			b.ReportMetric((processor()-before).Seconds()*1000/float64(rounds), "cpu-ms/op")
		})
	}
}

// fillBeginnings has ten events a person, in the order of time, four in ten of them
// orders, and the products that sold.
func (w *world) fillBeginnings(ctx context.Context, persons int) {
	const skus = 500
	r := rand.New(rand.NewPCG(5, 6))
	begin, total := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC), 10*persons
	kinds := []string{"friend.added", "message.received", "message.sent", "page.viewed", "tag.added", "order.paid", "order.paid", "order.paid", "order.paid", "material.read"}
	for done := 0; done < total; {
		events := make([]timeline.Event, min(5000, total-done))
		for i := range events {
			at := begin.Add(time.Duration(float64(done+i) / float64(total) * float64(2*365*24*time.Hour))).Truncate(time.Millisecond)
			kind, data := kinds[r.IntN(len(kinds))], []byte(`{}`)
			if kind == "order.paid" {
				data = fmt.Appendf(nil, `{"order_id":"%d","amount_minor":%d,"currency":"CNY","region":"region %d","items":[{"sku":"S%d"},{"sku":"S%d"}]}`, done+i, r.IntN(50_000), r.IntN(30), r.IntN(skus), r.IntN(skus))
			}
			events[i] = timeline.Event{Kind: kind, PersonID: "per_" + strconv.Itoa(r.IntN(persons)), OccurredAt: at, RecordedAt: at, Data: data}
		}
		w.must(w.db.Write(ctx, w.org, func(tx *db.Tx) error { return w.svc.followStream(ctx, tx, w.org, events) }))
		done += len(events)
	}
	w.must(w.db.Write(ctx, w.org, func(tx *db.Tx) error {
		for i := range skus {
			if _, err := tx.Exec(ctx, "INSERT INTO insight_product (org_id, month, sku, name, quantity, amount_minor) VALUES (?, 1, ?, '', 1, ?)", w.org, "S"+strconv.Itoa(i), skus-i); err != nil {
				return err
			}
		}
		return nil
	}))
}
