package insight

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// BenchmarkFunnel counts funnels, retention and paths over
// FISHPOND_BENCH_EVENTS events (default 200,000) of a fifth as many persons in
// two years, all of them of kinds that are asked for, and compares with the
// same funnel in SQL over the log when FISHPOND_BENCH_SQL is set.
func BenchmarkFunnel(b *testing.B) {
	total := 200_000
	if n, err := strconv.Atoi(os.Getenv("FISHPOND_BENCH_EVENTS")); err == nil {
		total = n
	}
	engines := testkit.Engines
	if e := os.Getenv("FISHPOND_BENCH_ENGINE"); e != "" {
		engines = []db.Engine{db.Engine(e)}
	}
	for _, e := range engines {
		b.Run(string(e), func(b *testing.B) { benchFunnel(b, e, total) })
	}
}

func benchFunnel(b *testing.B, e db.Engine, total int) {
	ctx := context.Background()
	w := newWorld(b, testkit.Open(b, e, schema))
	w.svc.waiting = 0
	people := &numbered{persons: total / 5}
	w.svc.SetMeasure(MeasurePorts{People: people, Audience: w})
	r := rand.New(rand.NewPCG(1, 2))
	begin := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	kinds := []string{"friend.added", "message.received", "message.received", "page.viewed", "page.viewed", "order.paid"}
	inLog := os.Getenv("FISHPOND_BENCH_SQL") != ""
	began := time.Now()
	for done := 0; done < total; {
		n := min(5000, total-done)
		events := make([]timeline.Event, n)
		facts := make([]timeline.Fact, n)
		for i := range events {
			at := begin.Add(time.Duration(float64(done+i) / float64(total) * float64(2*365*24*time.Hour))).Truncate(time.Millisecond)
			kind := kinds[r.IntN(len(kinds))]
			data := []byte(`{}`)
			if kind == "order.paid" {
				data = fmt.Appendf(nil, `{"order_id":"%d","amount_minor":%d,"currency":"CNY","region":"region %d","items":[{"sku":"S%d"}]}`, done+i, r.IntN(50_000), r.IntN(30), r.IntN(500))
			}
			events[i] = timeline.Event{Kind: kind, PersonID: "per_" + strconv.Itoa(r.IntN(people.persons)), OccurredAt: at, RecordedAt: at, Data: data}
			facts[i] = timeline.Fact{Kind: kind, PersonID: events[i].PersonID, OccurredAt: at}
		}
		w.must(w.db.Write(ctx, w.org, func(tx *db.Tx) error {
			if inLog {
				if _, err := w.log.Append(ctx, tx, w.org, facts...); err != nil {
					return err
				}
			}
			return w.svc.followStream(ctx, tx, w.org, events)
		}))
		done += n
	}
	b.Logf("%d events followed in %.1fs", total, time.Since(began).Seconds())
	days := Days{From: "2024-06-01", To: "2026-06-01"}
	kind := func(k string) FunnelStep { return FunnelStep{EventChoice: EventChoice{Any: []string{k}}} }
	funnels := map[string]FunnelInput{
		"three steps of all events": {Days: days, WithinHours: 24 * 90, Steps: []FunnelStep{kind("friend.added"), {EventChoice: EventChoice{Any: []string{"message.received", "page.viewed"}}}, kind("order.paid")}},
		"unordered":                 {Days: days, Order: "unordered", WithinHours: 24 * 90, Steps: []FunnelStep{kind("friend.added"), {EventChoice: EventChoice{Any: []string{"message.received", "page.viewed"}}}, kind("order.paid")}},
		"with a condition": {Days: days, WithinHours: 24 * 90, Steps: []FunnelStep{kind("friend.added"), {EventChoice: EventChoice{Any: []string{"message.received", "page.viewed"}}},
			{EventChoice: EventChoice{Any: []string{"order.paid"}, Where: []EventCondition{{Property: "amount_minor", Is: ">", Values: []string{"40000"}}}}}}},
		"a quarter": {Days: Days{From: "2026-01-01", To: "2026-03-31"}, WithinHours: 24 * 30, Steps: []FunnelStep{kind("friend.added"), kind("message.received"), kind("order.paid")}},
	}
	for name, in := range funnels {
		b.Run(name, func(b *testing.B) {
			var m runtime.MemStats
			before, rounds := processor(), 0
			for b.Loop() {
				rounds++
				f, err := w.svc.Funnel(ctx, w.org, in)
				w.must(err)
				if f.Steps[2].Persons == 0 {
					b.Fatal("nobody came through")
				}
			}
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapSys)/1e6, "MB-heap")
			b.ReportMetric((processor()-before).Seconds()*1000/float64(rounds), "cpu-ms/op")
		})
	}
	b.Run("retention by month", func(b *testing.B) {
		for b.Loop() {
			_, err := w.svc.Retention(ctx, w.org, RetentionInput{Days: days, First: kind("order.paid").EventChoice, Back: kind("order.paid").EventChoice})
			w.must(err)
		}
	})
	b.Run("paths of depth 5", func(b *testing.B) {
		for b.Loop() {
			_, err := w.svc.Paths(ctx, w.org, PathsInput{Days: days, WithinHours: 24 * 90, Depth: 5, Start: kind("friend.added").EventChoice})
			w.must(err)
		}
	})
	if inLog {
		b.Run("SQL over the log", func(b *testing.B) {
			for b.Loop() {
				n := w.one(`WITH ev AS (SELECT person_id AS who, occurred_at AS at, CASE kind WHEN 'friend.added' THEN 1 WHEN 'order.paid' THEN 3 ELSE 2 END AS step FROM timeline_event
					WHERE org_id = ? AND kind IN ('friend.added', 'message.received', 'page.viewed', 'order.paid')),
					s AS (SELECT who, at, step, max(CASE WHEN step = 1 THEN at END) OVER (PARTITION BY who ORDER BY at) AS t1 FROM ev),
					u AS (SELECT who, at, step, t1, max(CASE WHEN step = 2 THEN t1 END) OVER (PARTITION BY who ORDER BY at) AS t2 FROM s)
					SELECT count(DISTINCT who) FROM u WHERE step = 3 AND t2 IS NOT NULL AND at <= t2 + ?`, clock.Micros(begin.AddDate(0, 0, 90))-clock.Micros(begin))
				if n == 0 {
					b.Fatal("nobody came through")
				}
			}
		})
	}
}

// processor is the processor time that this process has used; PostgreSQL's is
// not in it.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// numbered is a pool whose persons are called by their numbers.
type numbered struct{ persons int }

func (p *numbered) Numbers(_ context.Context, _ *db.Tx, _ string, ids []string) (map[string]uint32, error) {
	out := make(map[string]uint32, len(ids))
	for _, id := range ids {
		n, err := strconv.ParseUint(id[4:], 10, 32)
		if err != nil {
			return nil, err
		}
		out[id] = uint32(n)
	}
	return out, nil
}
