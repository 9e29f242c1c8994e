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
	reachProbes  = 20 // events a second are followed
)

// reachRates are events a second: the last is the one with a limit, the others
// tell at which rate a machine that cannot keep up with it still does.
var reachRates = []int{1_000, 2_500, 5_000}

// BenchmarkEventReachesSegment records up to 5,000 events a second of 20,000
// persons, visits and opened messages with one order in fifty, while twenty segments
// are saved, some of them over sums and one over another segment. It tells how long it takes from the call that records an event
// until who asks is told that the person is a member (seen), and until
// segment.entered is on the timeline (told). N is seconds of load:
//
//	go test ./bench -run '^$' -bench EventReaches -benchtime 20x
func BenchmarkEventReachesSegment(b *testing.B) {
	for _, engine := range testkit.Engines {
		for _, rate := range reachRates {
			b.Run(fmt.Sprintf("%s/%d", engine, rate), func(b *testing.B) { reach(b, engine, rate) })
		}
	}
}

// shore is a server without its listener, with persons and segments.
type shore struct {
	*app.App

	ctx    context.Context
	org    string
	probe  string // the segment of who did probe.fired
	rand   *rand.Rand
	serial int64
}

func newShore(b *testing.B, engine db.Engine) *shore {
	b.Helper()
	url := testkit.URL(b, engine, testkit.Schema{Name: "bench", Migrate: app.Migrate})
	a, err := app.Open(b.Context(), app.Config{Data: b.TempDir(), Database: secret.Redacted(url), LogFormat: "text", LogLevel: slog.LevelWarn}, app.ServeConfig{}, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { a.Close() }) //nolint:errcheck // the end
	o, _, err := a.Org.CreateOrg(b.Context(), org.NewOrg{Name: "Bench", TimeZone: "Asia/Shanghai", Currency: "CNY"})
	if err != nil {
		b.Fatal(err)
	}
	s := &shore{App: a, ctx: access.With(b.Context(), access.ForSystem(o.ID, "bench")), org: o.ID, rand: rand.New(rand.NewPCG(1, 1))}
	for from := 0; from < reachPersons; from += 500 {
		batch := make([]json.RawMessage, 500)
		for _, kind := range []string{"order.paid", "page.viewed", "message.opened"} { // who does so again does not move for the first time
			for i := range batch {
				batch[i] = s.event(kind, from+i)
			}
			s.record(b, batch...)
		}
	}
	s.record(b, s.event("probe.fired", reachPersons-1)) // so that the kind is known
	s.catchUp(b)
	s.probe = s.save(b, "probe", "did probe.fired and orders > 0")
	s.save(b, "nested", "segment:probe and gmv > 100")
	for i := range 18 {
		s.save(b, fmt.Sprint("s", i), []string{"gmv > %d00", "did order.paid >= %d in 30d", "did order.paid sum amount > %d00 in 90d", "not did page.viewed in %dd",
			"orders > %d and stage = repeat", "random %d%% salt x"}[i%6], i+1)
	}
	s.catchUp(b)
	return s
}

func (s *shore) event(kind string, person int) json.RawMessage {
	s.serial++
	return fmt.Appendf(nil, `{"kind":%q,"identities":[{"kind":"phone","value":"139%08d"}],"data":{"order_id":"o%d","amount_minor":%d,"currency":"CNY","path":"/p%d"}}`,
		kind, person, s.serial, s.rand.IntN(50000), s.rand.IntN(9))
}

// events are some of anybody: visits and opened messages, and one in fifty is
// an order.
func (s *shore) events(n int) []json.RawMessage {
	batch := make([]json.RawMessage, n)
	for i := range batch {
		kind := "page.viewed"
		switch k := s.rand.IntN(49); {
		case k == 0:
			kind = "order.paid"
		case k%4 == 0:
			kind = "message.opened"
		}
		batch[i] = s.event(kind, s.rand.IntN(reachPersons))
	}
	return batch
}

func (s *shore) record(b *testing.B, events ...json.RawMessage) {
	b.Helper()
	if out, err := s.Pool.Track(s.ctx, events); err != nil || len(out.Rejected) > 0 {
		b.Errorf("%+v %v", out, err)
	}
}

// catchUp has everybody who follows the log come to its end, also past what
// segments have told.
func (s *shore) catchUp(b *testing.B) {
	b.Helper()
	for _, step := range []func(context.Context, string) error{s.Runner.CatchUp, s.Live.CatchUp, s.Runner.CatchUp} {
		if err := step(s.ctx, s.org); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEventCost tells what an event costs of processor time until all who
// follow the log have taken it and its segments are settled: a hundred are
// recorded in two calls, then followed to the end. Unlike how long it takes,
// that is nearly the same on a machine that has other work to do. N is calls:
//
//	go test ./bench -run '^$' -bench EventCost -benchtime 200x
func BenchmarkEventCost(b *testing.B) {
	const call = 50
	for _, engine := range testkit.Engines {
		b.Run(string(engine), func(b *testing.B) {
			if b.N == 1 {
				return // tried out before it is measured
			}
			s := newShore(b, engine)
			b.ResetTimer()
			before := cpu(b)
			for i := range b.N {
				s.record(b, s.events(call)...)
				if i%2 == 1 {
					s.catchUp(b)
				}
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N*call), "cpu-µs/event")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func reach(b *testing.B, engine db.Engine, rate int) {
	if b.N == 1 {
		return // tried out before it is measured
	}
	s := newShore(b, engine)
	a, ctx := s.App, s.ctx
	work, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { a.Runner.Run(work) })
	running.Go(func() { a.Live.Run(work) })
	defer func() { stop(); running.Wait() }()

	b.ResetTimer()
	var seen []time.Duration
	var mu sync.Mutex
	var waiting sync.WaitGroup
	sent, next := 0, 0
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	began, before := time.Now(), cpu(b)
	for time.Since(began) < time.Duration(b.N)*time.Second {
		<-tick.C
		due := int(time.Since(began).Seconds()*float64(rate)) - sent // a late tick makes a larger batch
		if due <= 0 {
			continue
		}
		batch := s.events(min(due, 500))
		if int(time.Since(began).Seconds()*reachProbes) > next && next < reachPersons {
			person := next
			next++
			batch[0] = s.event("probe.fired", person)
			at := time.Now()
			waiting.Go(func() {
				if d, ok := until(ctx, a, s.org, s.probe, person, at); ok {
					mu.Lock()
					seen = append(seen, d)
					mu.Unlock()
				}
			})
		}
		s.record(b, batch...)
		sent += len(batch)
	}
	kept := float64(sent) / time.Since(began).Seconds()
	waiting.Wait()
	spent := cpu(b) - before
	b.StopTimer()
	stop()
	running.Wait()
	if err := a.Runner.CatchUp(ctx, s.org); err != nil {
		b.Fatal(err)
	}
	told := toldAfter(b, a, s.org, s.probe, began)
	if len(seen) == 0 || len(told) == 0 {
		b.Fatalf("%d seen, %d told", len(seen), len(told))
	}
	slices.Sort(seen)
	slices.Sort(told)
	b.ReportMetric(kept, "events/s")
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

func (s *shore) save(b *testing.B, name, text string, args ...any) string {
	b.Helper()
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	saved, err := s.Segments.Create(s.ctx, segment.SegmentInput{Name: name, Predicate: segment.Predicate{Text: text}})
	if err != nil {
		b.Fatal(err)
	}
	return saved.ID
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
