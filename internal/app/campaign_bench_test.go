package app

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fishpond/internal/campaign"
	"fishpond/internal/carrier"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment"
	"fishpond/internal/simulator/mailsink"
)

// BenchmarkPlanCampaign plans a campaign to everybody of a large pool: segment,
// addresses, groups, values, outbox. FISHPOND_BENCH_PERSONS says how many
// persons; 100,000 otherwise. Beside the time stand the
// most memory in use and the processor's time: of this process, and not what a
// busy machine makes of it.
func BenchmarkPlanCampaign(b *testing.B) {
	persons := 100_000
	if n, err := strconv.Atoi(os.Getenv("FISHPOND_BENCH_PERSONS")); err == nil {
		persons = n
	}
	for _, e := range testkit.Engines {
		b.Run(string(e), func(b *testing.B) {
			url := testkit.URL(b, e, schema)
			sink, err := mailsink.New()
			if err != nil {
				b.Fatal(err)
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			go func() { _ = sink.Serve(b.Context(), l) }()
			a, err := Open(b.Context(), Config{Data: b.TempDir(), Database: secret.Redacted(url), LogFormat: "text"},
				ServeConfig{MailRoots: sink.Roots(), Platforms: []string{"smtp://" + l.Addr().String()}}, b.Output())
			if err != nil {
				b.Fatal(err)
			}
			ctx := a.crowd(b, persons, 1)
			actor, _ := access.From(ctx)
			if err := a.DB.Write(ctx, actor.OrgID, func(tx *db.Tx) error {
				if _, err := tx.Exec(ctx, "INSERT INTO pool_identity (org_id, kind, value, holder, person_id, source, created_at) SELECT org_id, 'email', 'p' || seq || '@brand.example', '', person_id, '', 1 FROM pool_person WHERE org_id = ?", actor.OrgID); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, "UPDATE segment_person SET stage = CASE seq % 5 WHEN 0 THEN 'new' WHEN 1 THEN 'first_order' WHEN 2 THEN 'repeat' WHEN 3 THEN 'silent' ELSE 'lost' END WHERE org_id = ?", actor.OrgID)
				return err
			}); err != nil {
				b.Fatal(err)
			}
			if err := a.Live.CatchUp(ctx, actor.OrgID); err != nil {
				b.Fatal(err)
			}
			s, err := a.Segments.Create(ctx, segment.SegmentInput{Name: "Everybody", Predicate: segment.Predicate{Text: "everyone"}})
			if err != nil {
				b.Fatal(err)
			}
			account, err := a.Carrier.Connect(ctx, carrier.NewAccount{Kind: "email", Name: "Mail", Values: map[string]string{"from": "shop@brand.example", "server": l.Addr().String(), "user": "u", "password": "p"}})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := a.Campaigns.PutSettings(ctx, campaign.Settings{ApproveOver: 100_000_000, HoldoutBP: 1000, GlobalBP: 200}); err != nil {
				b.Fatal(err)
			}
			var peak atomic.Uint64
			stop := make(chan struct{})
			done := make(chan struct{})
			go func() {
				defer close(done)
				var m runtime.MemStats
				for tick := time.NewTicker(50 * time.Millisecond); ; {
					select {
					case <-stop:
						tick.Stop()
						return
					case <-tick.C:
						runtime.ReadMemStats(&m)
						peak.Store(max(peak.Load(), m.HeapInuse))
					}
				}
			}()
			var before, after syscall.Rusage
			if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				c, err := a.Campaigns.Create(ctx, campaign.Input{Name: "Tea", SegmentID: s.ID, Purpose: campaign.Marketing, AccountIDs: []string{account.ID}, Subject: "{{ name }}", Text: "Dear {{ name }}, {{ orders }}"})
				if err != nil {
					b.Fatal(err)
				}
				if c, err = a.Campaigns.Submit(ctx, c.ID, c.Version); err != nil {
					b.Fatal(err)
				}
				if err := a.Campaigns.Plan(ctx, actor.OrgID, c.ID); err != nil {
					b.Fatal(err)
				}
				if c, err = a.Campaigns.Get(ctx, c.ID); err != nil || c.PlannedPeople != int64(persons) || c.Status != campaign.Sending || c.HeldOut < int64(persons)/11 {
					b.Fatalf("%+v %v", c, err)
				}
			}
			if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
				b.Fatal(err)
			}
			close(stop)
			<-done
			spent := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
			b.ReportMetric(spent.Seconds()*1e6/float64(b.N)/float64(persons), "cpu-µs/person")
			b.ReportMetric(float64(persons)/(b.Elapsed().Seconds()/float64(b.N)), "people/s")
			b.ReportMetric(float64(peak.Load())/(1<<20), "MB-peak-heap")
			if err := a.Close(); err != nil {
				b.Fatal(fmt.Errorf("close: %w", err))
			}
		})
	}
}
