package inbox

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// BenchmarkLive measures the time from a fact in the log to every one of 200
// associates' streams, at 200 messages a second.
func BenchmarkLive(b *testing.B) {
	const associates, rate = 200, 200
	for _, engine := range testkit.Engines {
		b.Run(string(engine), func(b *testing.B) {
			w := newWorld(b, testkit.Open(b, engine, schema))
			w.log = timeline.New(clock.System)
			w.svc.log, w.svc.now = w.log, clock.System
			w.runner = timeline.NewRunner(w.db, w.log, w, w.svc.logger, clock.System, w.svc.Subscribers()...)
			ctx, stop := context.WithCancel(access.With(context.Background(), testkit.Actor(Permissions, org, "owner", "stf_1")))
			var wg sync.WaitGroup
			wg.Go(func() { w.runner.Run(ctx) })
			var mu sync.Mutex
			var took []time.Duration
			begun := map[string]time.Time{}
			began := inUse()
			for range associates {
				st, err := w.svc.NewStream(ctx, -1)
				w.must(err)
				wg.Go(func() {
					defer st.Close()
					_ = st.Run(func(e StreamEvent) error {
						d, ok := e.Data.(changedData)
						if !ok {
							return nil
						}
						now := time.Now()
						_, _ = fmt.Fprintf(io.Discard, "%s", d.Messages)
						text := string(d.Messages)
						for {
							_, rest, found := strings.Cut(text, `"text":"bench `)
							if !found {
								return nil
							}
							name, _, _ := strings.Cut(rest, `"`)
							mu.Lock()
							took = append(took, now.Sub(begun[name]))
							mu.Unlock()
							text = rest
						}
					})
				})
			}
			connected := inUse()
			tick := time.NewTicker(time.Second / rate)
			defer tick.Stop()
			n := max(b.N, 5*rate)
			b.ResetTimer()
			for i := range n {
				<-tick.C
				mu.Lock()
				begun[fmt.Sprint(i)] = time.Now()
				mu.Unlock()
				f := w.said(fmt.Sprint("per_", i%500), "acc_web", fmt.Sprint("v", i%500), fmt.Sprint("bench ", i), time.Now())
				go w.tell(f)
			}
			for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-tick.C {
				mu.Lock()
				all := len(took) >= n*associates
				mu.Unlock()
				if all {
					break
				}
			}
			b.StopTimer()
			stop()
			wg.Wait()
			slices.Sort(took)
			b.ReportMetric(float64(len(took))/float64(n*associates), "told")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50_ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99_ms")
			b.ReportMetric(float64(connected-began)/associates/1024, "kB/associate")
		})
	}
}

// inUse is how much memory is in use, after what can be let go has been: what
// a finalizer frees takes a second round.
func inUse() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse) //nolint:gosec // far below 2⁶³
}
