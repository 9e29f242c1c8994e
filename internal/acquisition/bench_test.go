package acquisition

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/acquisition/credit"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// BenchmarkMillion follows a million arrivals of 700,000 persons through 300
// channels and 50 staff, and a million orders of theirs, over two years; then
// draws the cube that every report is read from.
func BenchmarkMillion(b *testing.B) {
	for _, e := range testkit.Engines {
		b.Run(string(e), func(b *testing.B) {
			w := newWorld(b, testkit.Open(b, e, schema))
			r := rand.New(rand.NewPCG(1, 2))
			begin := w.clock.Now().Add(-2 * 365 * 24 * time.Hour)
			var channels []string
			for i := range 300 {
				channels = append(channels, fmt.Sprintf("chn_%032d", i))
			}
			seq := int64(0)
			each := int64(1_000_000)
			if testing.Short() { // go test -short: a tenth
				each = 100_000
			}
			follow := func(n int) {
				events := make([]timeline.Event, n)
				for i := range events {
					seq++
					var data any = acquisitionevent.Arrival{Way: "friend", ChannelID: channels[r.IntN(300)], StaffID: fmt.Sprintf("stf_%032d", r.IntN(50)), AccountID: "acc", UserID: "u"}
					kind := acquisitionevent.Arrived
					if seq%2 == 0 {
						kind, data = mallevent.OrderPaid, mallevent.Order{OrderID: fmt.Sprint(seq), AmountMinor: int64(r.IntN(100_000)), Currency: "CNY"}
					}
					raw, err := json.Marshal(data)
					w.must(err)
					events[i] = timeline.Event{Position: timeline.Position{Seq: seq}, ID: fmt.Sprint("evt_", seq), Kind: kind, PersonID: fmt.Sprintf("per_%032d", r.Int64N(each*7/10)),
						OccurredAt: begin.Add(time.Duration(seq) * (2 * 365 * 24 * time.Hour / time.Duration(2*each))), Data: raw}
				}
				w.must(w.db.Write(context.Background(), org, func(tx *db.Tx) error { return w.svc.follow(context.Background(), tx, org, events) }))
			}
			started := time.Now()
			for seq < 2*each {
				follow(5000)
			}
			b.Logf("%s: followed %d events in %s", e, seq, time.Since(started).Round(time.Millisecond))
			set, err := w.Settings(context.Background(), nil, org)
			w.must(err)
			for _, model := range credit.Models {
				b.Run("cube "+string(model), func(b *testing.B) {
					for b.Loop() {
						w.must(w.db.Read(context.Background(), org, func(tx *db.Tx) error {
							c, err := w.svc.build(context.Background(), tx, org, set, model, 90)
							if len(c.people) == 0 || len(c.sales) == 0 {
								b.Fatal("empty")
							}
							return err
						}))
					}
				})
			}
			b.Run("report from the cube", func(b *testing.B) {
				w.report("staff", ReportQuery{Model: "linear", WindowDays: 90, From: "2024-07", To: "2026-06"}) // draws it
				b.ResetTimer()
				for b.Loop() {
					if rep := w.report("staff", ReportQuery{Model: "linear", WindowDays: 90, From: "2024-07", To: "2026-06"}); len(rep.Rows) != 50 {
						b.Fatal(len(rep.Rows))
					}
				}
			})
		})
	}
}
