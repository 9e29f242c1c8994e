package segment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate/plan"
)

// Options of a run.
type Options struct {
	Persons, Events int
	Seed            uint64
	Engines         []string // of bitmap, sqlite, postgres; bitmap is always measured
	Postgres        string   // address of an empty database; empty: a server of our own
	Dir             string   // for files, removed afterwards; empty: the system's
	JSON            bool     // one JSON object a line; otherwise a table
	Explain         bool     // also print the plans of the SQL engines, to the log

	Budget time.Duration // how long quick queries are repeated; 0: 600 ms
}

// Engines that there are.
var Engines = []string{"bitmap", "sqlite", "postgres"}

// org is the made-up brand.
const org = "org_bench"

// Line is what is printed of a query. Milliseconds are medians; the ratio is
// that of the faster SQL engine to the index.
type Line struct {
	Query    string   `json:"query"`
	Text     string   `json:"text"`
	Count    uint64   `json:"count"`
	Bitmap   float64  `json:"bitmap_ms"`
	CPU      float64  `json:"bitmap_cpu_ms"` // of all processors together: what remains the same on a busy machine
	Postgres *float64 `json:"postgres_ms,omitempty"`
	SQLite   *float64 `json:"sqlite_ms,omitempty"`
	Ratio    *float64 `json:"ratio,omitempty"`

	// The ways of asking that were the fastest.
	PostgresForm string `json:"postgres_form,omitempty"`
	SQLiteForm   string `json:"sqlite_form,omitempty"`
}

// Summary is printed last.
type Summary struct {
	Persons         int      `json:"persons"`
	Events          int      `json:"events"`
	BytesPerPerson  float64  `json:"bytes_per_person"` // of the index, dictionaries aside
	HeapPerPerson   float64  `json:"heap_bytes_per_person"`
	BuildS          float64  `json:"build_s"`
	UpdateUS        float64  `json:"update_us"` // a person of a batch of 100, with an order
	UpdateSingleUS  float64  `json:"update_single_us"`
	SnapshotS       float64  `json:"snapshot_s"`
	RestoreS        float64  `json:"restore_s"`
	SnapshotBytes   int64    `json:"snapshot_bytes"`
	BitmapMedian    float64  `json:"bitmap_ms_median"`
	BitmapWorst     float64  `json:"bitmap_ms_worst"`
	RatioMedian     *float64 `json:"ratio_median,omitempty"`
	RatioLeast      *float64 `json:"ratio_least,omitempty"`
	PostgresIndexes []string `json:"postgres_indexes,omitempty"`
	SQLiteIndexes   []string `json:"sqlite_indexes,omitempty"`
	PostgresLoadS   float64  `json:"postgres_load_s,omitempty"`
	SQLiteLoadS     float64  `json:"sqlite_load_s,omitempty"`
	PostgresMB      float64  `json:"postgres_mb,omitempty"`
	SQLiteMB        float64  `json:"sqlite_mb,omitempty"`
	Machine         machine  `json:"machine"`
}

// ErrDisagree is the error of engines that do not find the same people.
var ErrDisagree = errors.New("engines disagree")

// Run makes the people and measures. It prints results to out, and progress to
// log.
func Run(ctx context.Context, o Options, out, log io.Writer) (err error) {
	asked, nested, err := queries()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.Dir, "fishpond-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	said := &progress{log: log, began: time.Now()}
	var stores []*store
	defer func() {
		for _, s := range stores {
			err = errors.Join(err, s.close())
		}
	}()
	for _, name := range Engines[1:] {
		if slices.Contains(o.Engines, name) {
			s, err := openStore(ctx, name, o, dir)
			if err != nil {
				return err
			}
			stores = append(stores, s)
		}
	}
	sum := Summary{Persons: o.Persons, Machine: thisMachine(ctx, stores)}
	x, err := build(ctx, o, stores, &sum, said)
	if err != nil {
		return err
	}
	said.say("SQL indexes")
	if err := together(stores, func(s *store) error { return s.prepare(ctx) }); err != nil {
		return err
	}
	said.say("queries")
	if o.Budget == 0 {
		o.Budget = 600 * time.Millisecond
	}
	report := &report{out: out, json: o.JSON}
	var ratios, millis []float64
	snapshot := x.Snapshot()
	members := map[string]*roaring.Bitmap{"seg_1": snapshot.Eval(nested, nil).Bitmap}
	for _, q := range asked {
		line, err := measure(ctx, o.Budget, q, snapshot, members, nested, stores)
		if err != nil {
			return err
		}
		for _, store := range stores {
			if o.Explain {
				name := line.PostgresForm
				if store.name == "sqlite" {
					name = line.SQLiteForm
				}
				text, err := store.explain(ctx, name, q.plan, nested)
				if err != nil {
					return err
				}
				said.say("%s, %s: %s\n%s", store.name, name, q.text, text)
			}
		}
		if millis = append(millis, line.Bitmap); line.Ratio != nil {
			ratios = append(ratios, *line.Ratio)
		}
		if err := report.line(line); err != nil {
			return err
		}
	}
	said.say("updates, snapshot, restart")
	sum.BitmapMedian, sum.BitmapWorst = median(millis), slices.Max(millis)
	if len(ratios) > 0 {
		m, least := median(ratios), slices.Min(ratios)
		sum.RatioMedian, sum.RatioLeast = &m, &least
	}
	for _, s := range stores {
		s.sum(ctx, &sum)
	}
	if err := lifecycle(x, o, filepath.Join(dir, "index"), &sum); err != nil {
		return err
	}
	sum.Machine.Load = load()
	return report.summary(sum)
}

// build puts the people into the index and the stores, some thousand at a
// time. Only the index's share of the time counts as building it.
func build(ctx context.Context, o Options, stores []*store, sum *Summary, said *progress) (*index.Index, error) {
	before := heap()
	x, g := index.New(tracked...), newPeople(o.Seed, o.Persons, o.Events)
	declared := traits()
	const step = 20_000
	for first := 1; first <= o.Persons; first += step {
		persons := make([]plan.Person, 0, step)
		for seq := first; seq < min(first+step, o.Persons+1); seq++ {
			persons = append(persons, g.next(uint32(seq))) //nolint:gosec // at most 100 million
		}
		start := time.Now()
		b := index.NewBatch()
		for i := range persons {
			b.Put(&persons[i], declared)
		}
		x.Apply(b, index.Position{Seq: int64(first)})
		sum.BuildS += time.Since(start).Seconds()
		err := together(stores, func(s *store) error { return s.add(ctx, persons, declared) })
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		if done := first + len(persons) - 1; done%(50*step) == 0 || done == o.Persons {
			said.say("%d people", done)
		}
	}
	sum.Events = g.total
	sum.BytesPerPerson = round(float64(x.Snapshot().Bytes()) / float64(o.Persons))
	sum.HeapPerPerson = round(float64(heap()-before) / float64(o.Persons))
	sum.BuildS = round(sum.BuildS)
	return x, nil
}

// together does something with all stores at once: they wait for their disks.
func together(stores []*store, do func(*store) error) error {
	failed := make([]error, len(stores))
	var wg sync.WaitGroup
	for i, s := range stores {
		wg.Go(func() { failed[i] = do(s) })
	}
	wg.Wait()
	return errors.Join(failed...)
}

// heap is how much memory is in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below 2⁶³
}

// measure asks one query of all engines.
func measure(ctx context.Context, budget time.Duration, q query, s *index.Snapshot, members map[string]*roaring.Bitmap, nested plan.Node, stores []*store) (Line, error) {
	line := Line{Query: q.name, Text: q.text}
	var r index.Result
	runs, began := 0, processor()
	line.Bitmap = repeat(budget, func() error {
		runs++
		r = s.Eval(q.plan, func(id string) *roaring.Bitmap { return members[id] })
		return nil
	}, nil)
	line.CPU = round(float64((processor() - began).Microseconds()) / 1000 / float64(runs))
	if !r.Exact {
		return line, fmt.Errorf("bench: the index cannot answer %s by itself", q.text)
	}
	line.Count = r.Bitmap.GetCardinality()
	best := 0.0
	for _, store := range stores {
		took, err := store.ask(ctx, budget, q.plan, nested)
		if err != nil {
			return line, fmt.Errorf("bench: %s: %s: %w", store.name, q.text, err)
		}
		if took.count != line.Count {
			return line, fmt.Errorf("bench: %w: %s: %d people by the index, %d by %s", ErrDisagree, q.text, line.Count, took.count, store.name)
		}
		if store.name == "sqlite" {
			line.SQLite, line.SQLiteForm = &took.ms, took.form
		} else {
			line.Postgres, line.PostgresForm = &took.ms, took.form
		}
		if best == 0 || took.ms < best {
			best = took.ms
		}
	}
	if best > 0 {
		ratio := round(best / line.Bitmap)
		line.Ratio = &ratio
	}
	return line, nil
}

// processor is the time that this process has computed.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0 // a figure that nobody takes for real
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// repeat runs fn at least five times, more if it is quick, and gives the
// median in milliseconds; the first run does not count.
func repeat(budget time.Duration, fn func() error, failed *error) float64 {
	var took []float64
	began := time.Now()
	for i := 0; i < 6 || i < 60 && time.Since(began) < budget; i++ {
		start := time.Now()
		if err := fn(); err != nil {
			*failed = err
			return 0
		}
		if ms := float64(time.Since(start).Nanoseconds()) / 1e6; i > 0 {
			took = append(took, ms)
		}
		if i >= 3 && time.Since(began) > 20*time.Second {
			break
		}
	}
	return round(median(took))
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	if n := len(v); n%2 == 0 {
		return round((v[n/2-1] + v[n/2]) / 2)
	}
	return v[len(v)/2]
}

// round keeps four digits or so: no more is meant.
func round(v float64) float64 {
	switch {
	case v >= 100:
		return float64(int64(v*10+0.5)) / 10
	case v >= 1:
		return float64(int64(v*100+0.5)) / 100
	}
	return float64(int64(v*10000+0.5)) / 10000
}

type progress struct {
	log   io.Writer
	began time.Time
}

func (p *progress) say(format string, a ...any) {
	fmt.Fprintf(p.log, "  %6.1f s  %s\n", time.Since(p.began).Seconds(), fmt.Sprintf(format, a...))
}

// report prints results as they come.
type report struct {
	out  io.Writer
	json bool
	head bool
}

func (r *report) encode(v any) error {
	e := json.NewEncoder(r.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (r *report) line(l Line) error {
	if r.json {
		return r.encode(l)
	}
	if !r.head {
		r.head = true
		fmt.Fprintf(r.out, "%-26s %12s %10s %12s %12s %8s\n", "query", "count", "bitmap ms", "postgres ms", "sqlite ms", "ratio")
	}
	cell := func(v *float64) string {
		if v == nil {
			return "–"
		}
		return fmt.Sprintf("%.1f", *v)
	}
	_, err := fmt.Fprintf(r.out, "%-26s %12d %10.3f %12s %12s %8s\n", l.Query, l.Count, l.Bitmap, cell(l.Postgres), cell(l.SQLite), cell(l.Ratio))
	return err
}

func (r *report) summary(s Summary) error {
	if r.json {
		return r.encode(s)
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.out, "%s\n", b)
	return err
}
