package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/insight/economics"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/org"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// BenchmarkEconomics answers the page's main call for FISHPOND_BENCH_PERSONS people
// (20,000 when not set) with an arrival and two orders each, over two years: when
// everybody must be read, and when they were. Then it finds the people behind a count.
func BenchmarkEconomics(b *testing.B) {
	people := benchPersons(20_000)
	for _, e := range testkit.Engines {
		b.Run(string(e), func(b *testing.B) {
			ctx := context.Background()
			a, err := Open(ctx, Config{Data: b.TempDir(), Database: secret.Redacted(testkit.URL(b, e, schema)), LogFormat: "text"}, ServeConfig{}, io.Discard)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = a.Close() })
			o, st, err := a.Org.CreateOrg(ctx, org.NewOrg{Name: "Ours", OwnerName: "Owner", OwnerEmail: "o@x.example", OwnerPassword: "correct horse battery"})
			if err != nil {
				b.Fatal(err)
			}
			r, now := rand.New(rand.NewPCG(1, 2)), time.Now().UTC().Truncate(time.Second)
			for i := 0; i < people; i += 1000 {
				var facts []timeline.Fact
				for k := range 1000 {
					id, at := fmt.Sprintf("per_%032d", i+k), now.Add(-time.Duration(r.IntN(700*24*60))*time.Minute)
					facts = append(facts, timeline.Fact{Kind: poolevent.Created, PersonID: id, OccurredAt: at, Data: poolevent.Person{}},
						timeline.Fact{Kind: acquisitionevent.Arrived, PersonID: id, OccurredAt: at, Data: acquisitionevent.Arrival{Way: "link", ChannelID: fmt.Sprintf("chn_%d", r.IntN(100)), StaffID: st.ID}})
					for n := range 2 {
						facts = append(facts, timeline.Fact{Kind: mallevent.OrderPaid, PersonID: id, OccurredAt: at.Add(time.Duration(1+r.IntN(400)) * time.Hour),
							Data: mallevent.Order{OrderID: fmt.Sprint(i+k, n), AmountMinor: int64(1000 + r.IntN(50_000)), Currency: "CNY"}})
					}
				}
				if err := a.DB.Write(ctx, o.ID, func(tx *db.Tx) error {
					_, err := a.Timeline.Append(ctx, tx, o.ID, facts...)
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
			runner := timeline.NewRunner(a.DB, a.Timeline, a.Org, slog.New(slog.DiscardHandler), a.now, append(a.Insight.Subscribers(), a.Acquisition.Subscribers()...)...)
			if err := runner.CatchUp(ctx, o.ID); err != nil {
				b.Fatal(err)
			}
			ask := func(b *testing.B) {
				e, err := a.Economics.Economics(ctx, o.ID, "channel", "", "")
				if err != nil || e.Total.Persons == 0 {
					b.Fatal(err, e.Total.Persons)
				}
			}
			b.Run("read", func(b *testing.B) {
				gauge(b, func() {
					a.Economics = a.newEconomics()
					ask(b)
				})
			})
			b.Run("kept", func(b *testing.B) {
				ask(b)
				gauge(b, func() { ask(b) })
			})
			b.Run("people", func(b *testing.B) {
				gauge(b, func() {
					who, err := a.Economics.Behind(ctx, o.ID, economics.EconomicsPeopleInput{Figure: "again"})
					if err != nil || len(who.Seqs) == 0 {
						b.Fatal(err, len(who.Seqs))
					}
				})
			})
		})
	}
}
