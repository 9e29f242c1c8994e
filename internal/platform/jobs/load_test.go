package jobs_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/platform/testkit"
)

// On SQLite River and the batching writer share one connection. Neither may starve
// or lock out the other, also when handlers write themselves.
func TestJobsAndWritersShareTheDatabase(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		var s *jobs.Service
		var ran atomic.Int32
		s = start(t, d, jobs.Limits{}, jobs.Options{Workers: 4}, func(ctx context.Context, job jobs.Job[greet]) error {
			defer ran.Add(1)
			if job.Args.Name == "leaf" {
				return nil
			}
			return d.Write(ctx, job.OrgID, func(tx *db.Tx) error {
				_, _, err := s.Enqueue(ctx, tx, job.OrgID, greet{"leaf"}, jobs.Opts{})
				return err
			})
		})

		const writers, each = 4, 20
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					err := d.Write(t.Context(), "org_a", func(tx *db.Tx) error {
						_, _, err := s.Enqueue(t.Context(), tx, "org_a", greet{fmt.Sprint(w, i)}, jobs.Opts{})
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		waitFor(t, "all jobs and their leaves", func() bool { return ran.Load() == 2*writers*each })
	})
}

// BenchmarkJobs measures jobs a second from enqueue to completion, with a writer
// that commits all the while.
func BenchmarkJobs(b *testing.B) {
	for _, engine := range testkit.Engines {
		b.Run(string(engine), func(b *testing.B) {
			d := testkit.Open(b, engine, schema)
			done := make(chan struct{}, 1024)
			registry := jobs.NewRegistry()
			jobs.Register(registry, jobs.Limits{}, func(context.Context, jobs.Job[greet]) error {
				done <- struct{}{}
				return nil
			})
			s, err := jobs.New(d, quiet(), registry, jobs.Options{Workers: 100, Poll: 10 * time.Millisecond})
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Start(b.Context()); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				err := d.Write(b.Context(), "org_a", func(tx *db.Tx) error {
					_, _, err := s.Enqueue(b.Context(), tx, "org_a", greet{"x"}, jobs.Opts{})
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			for range b.N {
				<-done
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if err := s.Stop(ctx); err != nil {
				b.Fatal(err)
			}
		})
	}
}
