// Package journey measures journeys: how fast people come in and walk, what those
// who wait cost, and how long it takes from an event to the next step.
package journey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"fishpond/internal/app"
	"fishpond/internal/journey"
	"fishpond/internal/journey/graph"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
	"fishpond/internal/pool"
	"fishpond/internal/timeline"
)

// Options of a run.
type Options struct {
	Persons  int
	Engine   string // sqlite or postgres
	Postgres string // address of an empty database; with engine postgres
	Dir      string // for files, removed afterwards; empty: the system's
	Rate     int    // events a second
	Seconds  int    // for so long
	Profile  string // a file for where the processor time of coming in and walking went (pprof); empty: none
	JSON     bool
}

// Result is what is printed.
type Result struct {
	Engine           string  `json:"engine"`
	Persons          int     `json:"persons"`
	EntriesPerSecond float64 `json:"entries_per_second"`
	EntryCPUMicros   float64 `json:"cpu_us_per_entry"` // of this process; PostgreSQL's own processes are not
	Steps            int     `json:"steps"`            // that were left, until all waited
	StepsPerSecond   float64 `json:"steps_per_second"`
	StepCPUMicros    float64 `json:"cpu_us_per_step"`
	Waiting          int     `json:"waiting"`
	HeapMB           float64 `json:"heap_mb"`        // in use while all wait
	HeapBeforeMB     float64 `json:"heap_before_mb"` // with nobody in a journey
	PeakMB           float64 `json:"peak_mb"`        // of this process, since people come in
	IdleTickMicros   float64 `json:"idle_tick_us"`   // the engine looks, and nobody is due; the median of 200
	DuePersons       int     `json:"due_persons"`    // fall due at once among those who wait
	DueTickMillis    float64 `json:"due_tick_ms"`    // until all of them have walked on
	EventsPerSecond  float64 `json:"events_per_second"`
	Events           int     `json:"events"`
	EventP50Millis   float64 `json:"event_p50_ms"` // from when the event was due to be recorded until the next step's tag stands on the timeline and is heard of
	EventP99Millis   float64 `json:"event_p99_ms"`
	EventMaxMillis   float64 `json:"event_max_ms"`
	EventCPUMicros   float64 `json:"cpu_us_per_event"`
	ReportMillis     float64 `json:"report_ms"` // of all who came in; the median of 9
	Processors       int     `json:"processors"`
}

// Run measures and prints.
func Run(ctx context.Context, o Options, out, log io.Writer) error {
	dir, err := os.MkdirTemp(o.Dir, "fishpond-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c := app.Config{Data: filepath.Join(dir, "data"), LogFormat: "text", LogLevel: slog.LevelWarn}
	if o.Engine == string(db.Postgres) {
		c.Database = secret.Redacted(o.Postgres)
	}
	a, err := app.Open(ctx, c, app.ServeConfig{}, log)
	if err != nil {
		return err
	}
	defer a.Close()
	b := &bench{App: a, o: o, r: Result{Engine: string(a.DB.Engine()), Persons: o.Persons, Processors: runtime.GOMAXPROCS(0)}, log: log}
	if err := b.measure(ctx); err != nil {
		return err
	}
	if o.JSON {
		return json.NewEncoder(out).Encode(b.r)
	}
	r := b.r
	_, err = fmt.Fprintf(out, "%s: %d people came in, %.0f a second (%.0f µs of processor time each); %d steps, %.0f a second (%.0f µs each)\n%d wait: %.0f MB in use (%.0f before), %.0f at most; a look for nobody %.0f µs; %d who fall due at once walk on in %.0f ms\n%d events, %.0f a second, until the next step: median %.1f ms, 99th percentile %.1f ms, worst %.1f ms; %.0f µs of processor time each\nthe report of all: %.0f ms\n",
		r.Engine, r.Persons, r.EntriesPerSecond, r.EntryCPUMicros, r.Steps, r.StepsPerSecond, r.StepCPUMicros, r.Waiting, r.HeapMB, r.HeapBeforeMB, r.PeakMB, r.IdleTickMicros, r.DuePersons, r.DueTickMillis,
		r.Events, r.EventsPerSecond, r.EventP50Millis, r.EventP99Millis, r.EventMaxMillis, r.EventCPUMicros, r.ReportMillis)
	return err
}

type bench struct {
	*app.App
	o   Options
	r   Result
	log io.Writer
	org string
	ids []string // of the people
	tag string
	id  string // of the journey in which all walk
}

const (
	event  = "order.paid"
	chunk  = 1000
	minute = 60
	few    = 1000 // fall due at once
)

// spec is a journey whose steps take no time, up to a wait for an event.
func (b *bench) spec() graph.Spec {
	return graph.Spec{Entry: graph.Entry{Kind: graph.ByHand}, Frequency: graph.Frequency{Kind: graph.Once}, Purpose: graph.Service,
		Goal: &graph.Target{Event: event, Days: 30},
		Graph: graph.Graph{Steps: []graph.Step{
			{ID: "half", Kind: graph.Split, Ways: []graph.Way{{Name: "A", ShareBP: 5000, Next: "which"}}, Next: "which"},
			{ID: "which", Kind: graph.Property, Ways: []graph.Way{{When: "amount > 100", Next: "reached"}}, Next: "third"},
			{ID: "reached", Kind: graph.Goal, Next: "third"},
			{ID: "third", Kind: graph.Split, Ways: []graph.Way{{Name: "A", ShareBP: 3000, Next: "buys"}}, Next: "buys"},
			{ID: "buys", Kind: graph.WaitEvent, Event: event, Seconds: 30 * 86400, Ways: []graph.Way{{Next: "mark"}}, Next: "end"},
			{ID: "mark", Kind: graph.Tag, Use: b.tag, Next: "week"},
			{ID: "week", Kind: graph.Wait, Seconds: 7 * 86400, Next: "end"},
			{ID: "end", Kind: graph.Exit},
		}}}
}

func (b *bench) measure(ctx context.Context) error {
	brand, _, err := b.Org.CreateOrg(ctx, org.NewOrg{Name: "Bench", TimeZone: "UTC", Currency: "EUR", Locale: "en", Synthetic: true})
	if err != nil {
		return err
	}
	b.org = brand.ID
	ctx = access.With(ctx, access.ForSystem(b.org, "bench"))
	if err := b.people(ctx); err != nil {
		return err
	}
	tag, err := b.Pool.CreateTag(ctx, pool.TagInput{Name: "bought"})
	if err != nil {
		return err
	}
	b.tag = tag.ID
	// Journeys follow the timeline from here on; what was told of the people before
	// is nobody's business.
	if err := b.heard().CatchUp(ctx, b.org); err != nil {
		return err
	}
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600) // the peak begins anew; where there is none, the whole process is told
	b.r.HeapBeforeMB = heap()
	if b.o.Profile != "" {
		f, err := os.Create(b.o.Profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	for _, step := range []func(context.Context) error{b.enter, b.wait, b.due, b.events, b.report} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	b.r.PeakMB = peak()
	return nil
}

// people makes the people up.
func (b *bench) people(ctx context.Context) error {
	for from := 0; from < b.o.Persons; from += chunk {
		all := make([]pool.Contact, min(chunk, b.o.Persons-from))
		for i := range all {
			all[i] = pool.Contact{Source: "bench", Identities: []pool.Identity{{Kind: "phone", Value: fmt.Sprintf("139%08d", from+i)}}}
		}
		if err := b.DB.Write(ctx, b.org, func(tx *db.Tx) error {
			found, err := b.Pool.Resolve(ctx, tx, b.org, all)
			for _, f := range found {
				b.ids = append(b.ids, f.PersonID)
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// heard is who follows the timeline here: journeys alone, and who listens besides.
func (b *bench) heard(more ...*timeline.Subscriber) *timeline.Runner {
	return timeline.NewRunner(b.DB, b.Timeline, b.Org, slog.New(slog.DiscardHandler), time.Now, append(b.Journeys.Subscribers(), more...)...)
}

func (b *bench) publish(ctx context.Context, name string, spec graph.Spec) (string, error) {
	made, err := b.Journeys.Create(ctx, name, &spec)
	if err != nil {
		return "", err
	}
	_, err = b.Journeys.Publish(ctx, made.ID, journey.Publishing{Revision: made.Revision})
	return made.ID, err
}

func (b *bench) let(ctx context.Context, id string, people []string) error {
	for some := range slices.Chunk(people, chunk) {
		got, err := b.Journeys.Enter(ctx, id, journey.FromAPI, journey.EnterInput{PersonIDs: some, Data: map[string]any{"amount": 99}})
		if err != nil {
			return err
		}
		if got.Entered != len(some) {
			return fmt.Errorf("of %d people %d came in: %+v", len(some), got.Entered, got.Refused[:1])
		}
	}
	return nil
}

// enter lets everybody in, and has them walk until they wait.
func (b *bench) enter(ctx context.Context) error {
	id, err := b.publish(ctx, "Bench", b.spec())
	if err != nil {
		return err
	}
	b.id = id
	before, began := cpu(), time.Now()
	if err := b.let(ctx, id, b.ids); err != nil {
		return err
	}
	b.r.EntriesPerSecond = float64(b.o.Persons) / time.Since(began).Seconds()
	b.r.EntryCPUMicros = micros(cpu()-before) / float64(b.o.Persons)

	before, began = cpu(), time.Now()
	if err := b.walk(ctx, id, "buys", b.o.Persons); err != nil {
		return err
	}
	took, used := time.Since(began), cpu()-before
	if b.r.Steps, err = b.count(ctx, "SELECT COUNT(*) FROM journey_visit WHERE journey_id = ?", id); err != nil {
		return err
	}
	b.r.StepsPerSecond, b.r.StepCPUMicros = float64(b.r.Steps)/took.Seconds(), micros(used)/float64(b.r.Steps)
	return nil
}

// walk has all walk who are due, until so many are at a step.
func (b *bench) walk(ctx context.Context, id, step string, n int) error {
	for at := 0; at < n; {
		if _, err := b.Journeys.Tick(ctx); err != nil {
			return err
		}
		var err error
		if at, err = b.count(ctx, "SELECT COUNT(*) FROM journey_run WHERE journey_id = ? AND status = 'active' AND wait <> 'begin' AND step = ?", id, step); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) count(ctx context.Context, query string, args ...any) (n int, err error) {
	return n, b.DB.Read(ctx, b.org, func(tx *db.Tx) error { return tx.QueryRow(ctx, query, args...).Scan(&n) })
}

// wait tells what those who wait cost.
func (b *bench) wait(ctx context.Context) (err error) {
	if b.r.Waiting, err = b.count(ctx, "SELECT COUNT(*) FROM journey_run WHERE status = 'active' AND wait = 'event'"); err != nil {
		return err
	}
	debug.FreeOSMemory()
	b.r.HeapMB = heap()
	looks := make([]time.Duration, 200)
	for i := range looks {
		began := time.Now()
		if _, err := b.Journeys.Tick(ctx); err != nil {
			return err
		}
		looks[i] = time.Since(began)
	}
	slices.Sort(looks)
	b.r.IdleTickMicros = micros(looks[len(looks)/2])
	return nil
}

// due has some fall due at once, in a journey beside the one in which all wait.
func (b *bench) due(ctx context.Context) error {
	spec := b.spec()
	spec.Goal = nil
	spec.Graph.Steps = []graph.Step{{ID: "minute", Kind: graph.Wait, Seconds: minute, Next: "day"}, {ID: "day", Kind: graph.Wait, Seconds: 86400}}
	id, err := b.publish(ctx, "Due", spec)
	if err != nil {
		return err
	}
	b.r.DuePersons = min(few, b.o.Persons)
	if err := b.let(ctx, id, b.ids[:b.r.DuePersons]); err != nil {
		return err
	}
	if err := b.walk(ctx, id, "minute", b.r.DuePersons); err != nil {
		return err
	}
	select { // a wait lasts a minute at least
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After((minute + 1) * time.Second):
	}
	began := time.Now()
	if _, err := b.Journeys.Tick(ctx); err != nil {
		return err
	}
	b.r.DueTickMillis = micros(time.Since(began)) / 1000
	if n, err := b.count(ctx, "SELECT COUNT(*) FROM journey_run WHERE journey_id = ? AND step = 'day'", id); err != nil || n != b.r.DuePersons {
		return errors.Join(err, fmt.Errorf("of %d who were due %d walked", b.r.DuePersons, n))
	}
	return nil
}

// events tells how long it takes from an event of somebody who waits for it until
// the next step is done.
func (b *bench) events(ctx context.Context) error {
	n := min(b.o.Rate*b.o.Seconds, len(b.ids))
	var mu sync.Mutex
	due, took := map[string]time.Time{}, make([]time.Duration, 0, n)
	all := make(chan struct{})
	listener := &timeline.Subscriber{Name: "bench", Kinds: []string{"tag.added"}, Handle: func(_ context.Context, tx *db.Tx, _ string, events []timeline.Event) error {
		tx.OnCommit(func() {
			now := time.Now()
			mu.Lock()
			defer mu.Unlock()
			for _, e := range events {
				if at, ok := due[e.PersonID]; ok {
					delete(due, e.PersonID)
					if took = append(took, now.Sub(at)); len(took) == n {
						close(all)
					}
				}
			}
		})
		return nil
	}}
	runner := b.heard(listener)
	if err := runner.CatchUp(ctx, b.org); err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	wg.Go(func() { runner.Run(work) })
	wg.Go(func() { b.Journeys.Run(work) })

	const every = 10 * time.Millisecond
	before, began := cpu(), time.Now()
	for sent := 0; sent < n; {
		at := began.Add(every * time.Duration(1+sent*int(time.Second/every)/b.o.Rate))
		time.Sleep(time.Until(at))
		some := b.ids[sent:min(n, sent+max(1, b.o.Rate*int(every)/int(time.Second)))]
		facts := make([]timeline.Fact, len(some))
		mu.Lock()
		for i, id := range some {
			due[id] = at
			facts[i] = timeline.Fact{Kind: event, PersonID: id, Source: "bench", Data: map[string]any{"order_id": id, "amount_minor": 100, "currency": "EUR"}}
		}
		mu.Unlock()
		if err := b.DB.Write(ctx, b.org, func(tx *db.Tx) error { _, err := b.Timeline.Append(ctx, tx, b.org, facts...); return err }); err != nil {
			return err
		}
		sent += len(some)
	}
	b.r.Events, b.r.EventsPerSecond = n, float64(n)/time.Since(began).Seconds()
	select {
	case <-all:
	case <-time.After(2 * time.Minute):
	}
	mu.Lock()
	defer mu.Unlock()
	if len(took) < n {
		return fmt.Errorf("of %d events %d led to the next step", n, len(took))
	}
	b.r.EventCPUMicros = micros(cpu()-before) / float64(n)
	slices.Sort(took)
	ms := func(i int) float64 { return micros(took[min(i, n-1)]) / 1000 }
	b.r.EventP50Millis, b.r.EventP99Millis, b.r.EventMaxMillis = ms(n/2), ms(n*99/100), ms(n-1)
	return nil
}

// report tells how long one looks at what the journey brought.
func (b *bench) report(ctx context.Context) error {
	took := make([]time.Duration, 9)
	for i := range took {
		began := time.Now()
		out, err := b.Journeys.Report(ctx, b.id, time.Time{}, time.Time{}, 0)
		if took[i] = time.Since(began); err != nil || out.Arms[0].People != int64(b.o.Persons) {
			return errors.Join(err, fmt.Errorf("the report tells of %d people", out.Arms[0].People))
		}
	}
	slices.Sort(took)
	b.r.ReportMillis = micros(took[len(took)/2]) / 1000
	return nil
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse) / (1 << 20)
}

func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that this process held, in MB.
func peak() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kb); err == nil {
			return kb / 1024
		}
	}
	return 0
}
