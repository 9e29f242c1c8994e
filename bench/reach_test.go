package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fishpond/internal/app"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment"
)

const (
	reachPersons = 20_000
	reachRate    = 5_000 // events a second
	reachProbes  = 20    // of them a second are followed
)

// BenchmarkEventReachesSegment records 5,000 events a second of 20,000 persons,
// visits and opened messages with one order in fifty, while twenty segments
// are saved, some of them over sums and one over another segment. It tells how long it takes from the call that records an event
// until who asks is told that the person is a member (seen), and until
// segment.entered is on the timeline (told). N is seconds of load:
//
//	go test ./bench -run '^$' -bench EventReaches -benchtime 20x
func BenchmarkEventReachesSegment(b *testing.B) {
	for _, engine := range testkit.Engines {
		b.Run(string(engine), func(b *testing.B) { reach(b, engine) })
	}
}

func reach(b *testing.B, engine db.Engine) {
	url := testkit.URL(b, engine, testkit.Schema{Name: "bench", Migrate: app.Migrate})
	a, err := app.Open(b.Context(), app.Config{Data: b.TempDir(), Database: secret.Redacted(url), LogFormat: "text", LogLevel: slog.LevelWarn}, app.ServeConfig{}, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	o, _, err := a.Org.CreateOrg(b.Context(), org.NewOrg{Name: "Bench", TimeZone: "Asia/Shanghai", Currency: "CNY"})
	if err != nil {
		b.Fatal(err)
	}
	ctx := access.With(b.Context(), access.ForSystem(o.ID, "bench"))
	r := rand.New(rand.NewPCG(1, 1))
	record := func(events ...json.RawMessage) {
		if out, err := a.Pool.Track(ctx, events); err != nil || len(out.Rejected) > 0 {
			b.Errorf("%+v %v", out, err)
		}
	}
	var serial atomic.Int64
	event := func(kind string, person int) json.RawMessage {
		return fmt.Appendf(nil, `{"kind":%q,"identities":[{"kind":"phone","value":"139%08d"}],"data":{"order_id":"o%d","amount_minor":%d,"currency":"CNY","path":"/p%d"}}`,
			kind, person, serial.Add(1), r.IntN(50000), r.IntN(9))
	}
	for from := 0; from < reachPersons; from += 500 {
		batch := make([]json.RawMessage, 500)
		for _, kind := range []string{"order.paid", "page.viewed", "message.opened"} { // who does so again does not move for the first time
			for i := range batch {
				batch[i] = event(kind, from+i)
			}
			record(batch...)
		}
	}
	record(event("probe.fired", reachPersons-1)) // so that the kind is known
	if err := a.Runner.CatchUp(ctx, o.ID); err != nil {
		b.Fatal(err)
	}
	probe := save(b, a, ctx, "probe", "did probe.fired and orders > 0")
	save(b, a, ctx, "nested", "segment:probe and gmv > 100")
	for i := range 18 {
		save(b, a, ctx, fmt.Sprint("s", i), []string{"gmv > %d00", "did order.paid >= %d in 30d", "did order.paid sum amount > %d00 in 90d", "not did page.viewed in %dd",
			"orders > %d and stage = repeat", "random %d%% salt x"}[i%6], i+1)
	}
	if err := a.Live.CatchUp(ctx, o.ID); err != nil {
		b.Fatal(err)
	}
	work, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { a.Runner.Run(work) })
	running.Go(func() { a.Live.Run(work) })
	defer func() { stop(); running.Wait() }()

	b.ResetTimer()
	kinds := slices.Repeat([]string{"page.viewed", "page.viewed", "page.viewed", "message.opened"}, 12) // and one event in fifty is an order
	kinds = append(kinds, "order.paid")
	var seen []time.Duration
	var mu sync.Mutex
	var waiting sync.WaitGroup
	sent, next := 0, 0
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	began, before := time.Now(), cpu(b)
	for time.Since(began) < time.Duration(b.N)*time.Second {
		<-tick.C
		due := int(time.Since(began).Seconds()*reachRate) - sent // a late tick makes a larger batch
		if due <= 0 {
			continue
		}
		batch := make([]json.RawMessage, min(due, 500))
		for i := range batch {
			batch[i] = event(kinds[r.IntN(len(kinds))], r.IntN(reachPersons))
		}
		if int(time.Since(began).Seconds()*reachProbes) > next && next < reachPersons {
			person := next
			next++
			batch[0] = event("probe.fired", person)
			at := time.Now()
			waiting.Go(func() {
				if d, ok := until(ctx, a, o.ID, probe, person, at); ok {
					mu.Lock()
					seen = append(seen, d)
					mu.Unlock()
				}
			})
		}
		record(batch...)
		sent += len(batch)
	}
	rate := float64(sent) / time.Since(began).Seconds()
	waiting.Wait()
	spent := cpu(b) - before
	b.StopTimer()
	stop()
	running.Wait()
	if err := a.Runner.CatchUp(ctx, o.ID); err != nil {
		b.Fatal(err)
	}
	told := toldAfter(b, a, o.ID, probe, began)
	if len(seen) == 0 || len(told) == 0 {
		b.Fatalf("%d seen, %d told", len(seen), len(told))
	}
	slices.Sort(seen)
	slices.Sort(told)
	b.ReportMetric(rate, "events/s")
	b.ReportMetric(float64(spent.Microseconds())/float64(sent), "cpu-µs/event")
	for name, d := range map[string][]time.Duration{"seen": seen, "told": told} {
		b.ReportMetric(float64(d[len(d)/2].Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(d[len(d)*99/100].Microseconds())/1000, name+"-p99-ms")
	}
	b.ReportMetric(0, "ns/op")
}

// cpu is how long this process has kept cores busy: PostgreSQL's own time is
// not in it.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func save(b *testing.B, a *app.App, ctx context.Context, name, text string, args ...any) string {
	b.Helper()
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	s, err := a.Segments.Create(ctx, segment.SegmentInput{Name: name, Predicate: segment.Predicate{Text: text}})
	if err != nil {
		b.Fatal(err)
	}
	return s.ID
}

// until asks again and again whether a person is a member.
func until(ctx context.Context, a *app.App, orgID, segmentID string, person int, at time.Time) (time.Duration, bool) {
	for time.Since(at) < 10*time.Second {
		if m, err := a.Live.Members(ctx, orgID, segmentID); err == nil && m.Contains(uint32(person+1)) { //nolint:gosec // few
			return time.Since(at), true
		}
		time.Sleep(500 * time.Microsecond) // polling, as whoever asks would
	}
	return 0, false
}

// toldAfter is how long after each followed event the entering was recorded,
// of those since the load began.
func toldAfter(b *testing.B, a *app.App, orgID, segmentID string, began time.Time) (out []time.Duration) {
	b.Helper()
	fired := map[string]int64{}
	if err := a.DB.Read(b.Context(), orgID, func(tx *db.Tx) error {
		return tx.Each(b.Context(), func(rows *sql.Rows) error {
			var kind, person string
			var at int64
			var data []byte
			if err := rows.Scan(&kind, &person, &at, &data); err != nil {
				return err
			}
			if kind == "probe.fired" {
				fired[person] = at
				return nil
			}
			var e struct {
				SegmentID string `json:"segment_id"`
			}
			if err := json.Unmarshal(data, &e); err != nil {
				return err
			}
			if since, ok := fired[person]; ok && e.SegmentID == segmentID {
				out = append(out, time.Duration(at-since)*time.Microsecond)
			}
			return nil
		}, "SELECT kind, person_id, recorded_at, data FROM timeline_event WHERE org_id = ? AND recorded_at >= ? AND kind IN ('probe.fired', 'segment.entered') ORDER BY recorded_at", orgID, clock.Micros(began))
	}); err != nil {
		b.Fatal(err)
	}
	return out
}
