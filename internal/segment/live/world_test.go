package live_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"go.uber.org/goleak"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/oracle/oracletest"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
	"fishpond/internal/segment/segmentevent"
	"fishpond/internal/timeline"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

// schema is the tables of segments and of the timeline.
var schema = testkit.Migrations(timeline.Migration, db.Migration{Module: "segment", FS: os.DirFS("..")})

// failer is what a world complains to: a test, or one case of a property.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// world is one org: its facts, its definitions, and what is right.
type world struct {
	failer

	ctx     context.Context
	d       *db.DB
	org     string
	now     clock.Clock
	log     *timeline.Log
	persons map[uint32]*plan.Person
	gone    map[string]bool // who has ever left the pool, by id
	logger  *slog.Logger

	mu       sync.Mutex // guards what the engine reads
	def      predicate.Definitions
	segments []live.Segment
}

func newWorld(t failer, ctx context.Context, d *db.DB, org string, now clock.Clock) *world {
	def := predicatetest.Definitions()
	def.Segments = nil
	return &world{failer: t, ctx: ctx, d: d, org: org, now: now, log: timeline.New(now), persons: map[uint32]*plan.Person{}, gone: map[string]bool{},
		logger: slog.New(slog.NewTextHandler(io.Discard, nil)), def: def}
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{w.org}, nil }

func (w *world) World(context.Context, *db.Tx, string) (live.World, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return live.World{Catalogue: w.catalogue(), Traits: w.traits(), Segments: slices.Clone(w.segments)}, nil
}

func (w *world) catalogue() *predicate.Catalogue {
	def := w.def
	def.Segments = nil
	for _, s := range w.segments {
		def.Segments = append(def.Segments, predicate.Named{ID: s.ID, Name: s.Name})
	}
	return predicate.NewCatalogue(def)
}

func (w *world) traits() (out []plan.Attr) {
	for _, t := range w.def.Traits {
		out = append(out, plan.Attr{Name: t.Key, Trait: true, Type: t.Type})
	}
	return out
}

func (w *world) engine(o live.Options) *live.Engine {
	return live.New(w.d, w.log, w, w.now, w.logger, o)
}

func (w *world) write(fn func(tx *db.Tx) error) {
	w.Helper()
	if err := w.d.Write(w.ctx, w.org, fn); err != nil {
		w.Fatal(err)
	}
}

// save makes a segment, or a new version of one.
func (w *world) save(id, text string) {
	w.Helper()
	e, err := predicate.Parse(text)
	if err != nil {
		w.Fatalf("%s: %v", text, err)
	}
	w.saveExpr(id, e)
}

func (w *world) saveExpr(id string, e predicate.Expr) {
	w.Helper()
	w.define(func() {
		for i, s := range w.segments {
			if s.ID == id {
				w.segments[i].Version, w.segments[i].Expr = s.Version+1, e
				return
			}
		}
		w.segments = append(w.segments, live.Segment{ID: id, Version: 1, Name: cmp.Or(names[id], id), Expr: e})
	})
}

// define changes what is defined.
func (w *world) define(change func()) {
	w.Helper()
	w.write(func(tx *db.Tx) error {
		w.mu.Lock()
		change()
		w.mu.Unlock()
		return facts.Revise(w.ctx, tx, w.org)
	})
}

// put makes the facts of persons what they are and tells so: all of it as
// whole, or events as such when only events were added.
func (w *world) put(whole bool, persons ...*plan.Person) {
	w.Helper()
	slices.SortFunc(persons, func(a, b *plan.Person) int { return int(a.Seq) - int(b.Seq) })
	w.write(func(tx *db.Tx) error {
		if err := facts.Lock(w.ctx, tx, w.org); err != nil {
			return err
		}
		var c facts.Change
		var stored []plan.Person
		for _, p := range persons {
			was := w.persons[p.Seq]
			if err := w.erase(tx, p.Seq); err != nil {
				return err
			}
			stored = append(stored, *p)
			if whole {
				c.Whole = append(c.Whole, p.Seq)
				continue
			}
			c.Persons = append(c.Persons, p.Seq)
			known := 0
			if was != nil {
				known = len(was.Events)
			}
			for _, e := range p.Events[known:] {
				data, err := json.Marshal(e.Data)
				if err != nil {
					return err
				}
				c.Events = append(c.Events, facts.Event{Seq: p.Seq, Kind: e.Kind, At: e.At, Data: data})
			}
		}
		if err := oracletest.Store(w.ctx, tx, w.org, stored, w.traits()); err != nil {
			return err
		}
		_, err := facts.Publish(w.ctx, tx, w.org, clock.Micros(w.now()), c)
		return err
	})
	for _, p := range persons {
		q := *p
		w.persons[p.Seq] = &q
	}
}

// leave takes persons out of the pool.
func (w *world) leave(seqs ...uint32) {
	w.Helper()
	w.write(func(tx *db.Tx) error {
		if err := facts.Lock(w.ctx, tx, w.org); err != nil {
			return err
		}
		for _, seq := range seqs {
			if err := w.erase(tx, seq); err != nil {
				return err
			}
		}
		_, err := facts.Publish(w.ctx, tx, w.org, clock.Micros(w.now()), facts.Change{Whole: seqs})
		return err
	})
	for _, seq := range seqs {
		delete(w.persons, seq)
		w.gone[personID(seq)] = true
	}
}

func (w *world) erase(tx *db.Tx, seq uint32) error {
	for _, table := range []string{"segment_person", "segment_trait", "segment_mark", "segment_event"} {
		if _, err := tx.Exec(w.ctx, "DELETE FROM "+table+" WHERE org_id = ? AND seq = ?", w.org, int64(seq)); err != nil {
			return err
		}
	}
	return nil
}

// truth is who is in each segment by definition.
func (w *world) truth() map[string]*roaring.Bitmap {
	w.Helper()
	plans := map[string]plan.Node{}
	for _, s := range w.segments {
		c, err := predicate.Compile(s.Expr, w.catalogue(), w.now())
		if err != nil {
			w.Fatal(err)
		}
		plans[s.ID] = c.Plan
	}
	out := map[string]*roaring.Bitmap{}
	for _, s := range w.segments {
		out[s.ID] = roaring.New()
	}
	for _, p := range w.persons {
		q := *p
		q.Segments = nil
		in := map[string]bool{}
		var member func(id string) bool
		member = func(id string) bool {
			if is, ok := in[id]; ok {
				return is
			}
			r := q
			for _, ref := range plan.NeedsOf(plans[id]).Segments {
				if member(ref) {
					r.Segments = append(r.Segments, ref)
				}
			}
			in[id] = plan.Eval(plans[id], &r)
			return in[id]
		}
		for _, s := range w.segments {
			if member(s.ID) {
				out[s.ID].Add(p.Seq)
			}
		}
	}
	return out
}

// moves are the events of segments, in order.
type move struct {
	kind, person string
	segmentevent.Moved
}

func (w *world) moves() (out []move) {
	w.Helper()
	if err := w.d.Read(w.ctx, w.org, func(tx *db.Tx) error {
		rows, err := tx.Query(w.ctx, "SELECT kind, person_id, data FROM timeline_event WHERE org_id = ? ORDER BY seq", w.org)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m move
			var data []byte
			if err := rows.Scan(&m.kind, &m.person, &data); err != nil {
				return err
			}
			if err := json.Unmarshal(data, &m.Moved); err != nil {
				return err
			}
			out = append(out, m)
		}
		return rows.Err()
	}); err != nil {
		w.Fatal(err)
	}
	return out
}

// recorded are the recorded members of each segment, as the tables have them.
func (w *world) recorded() map[string]*roaring.Bitmap {
	w.Helper()
	out := map[string]*roaring.Bitmap{}
	sizes := map[string]int64{}
	if err := w.d.Read(w.ctx, w.org, func(tx *db.Tx) error {
		rows, err := tx.Query(w.ctx, "SELECT segment_id, members FROM segment_member WHERE org_id = ?", w.org)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			var members []byte
			if err := rows.Scan(&id, &members); err != nil {
				return err
			}
			b := roaring.New()
			if err := b.UnmarshalBinary(members); err != nil {
				return err
			}
			if out[id] == nil {
				out[id] = roaring.New()
			}
			out[id].Or(b)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		settled, err := w.engine(live.Options{}).Recorded(w.ctx, tx, w.org)
		for id, s := range settled {
			sizes[id] = s.Size
		}
		return err
	}); err != nil {
		w.Fatal(err)
	}
	for id, members := range out {
		if uint64(sizes[id]) != members.GetCardinality() {
			w.Fatalf("%s is said to have %d members, not %d", id, sizes[id], members.GetCardinality())
		}
	}
	return out
}

func personID(seq uint32) string { return fmt.Sprintf("per_%d", seq) }

// names are what segments are called whom random trees refer to.
var names = map[string]string{"seg_1": "沉默高客单", "seg_2": "VIP (2026)"}

// check compares everything an engine says with what is right: answers,
// recorded members, and that everybody entered and left in turns.
func (w *world) check(e *live.Engine) {
	w.Helper()
	truth, recorded := w.truth(), w.recorded()
	for id, want := range truth {
		got, err := e.Members(w.ctx, w.org, id)
		if err != nil {
			w.Fatal(err)
		}
		if !got.Equals(want) {
			w.Fatalf("%s has %v, want %v", id, got, want)
		}
		for _, seq := range w.seqs() { // few, so that each is looked at alone
			one, err := e.Believed(w.ctx, w.org, id, roaring.BitmapOf(seq))
			if err != nil {
				w.Fatal(err)
			}
			if one.Contains(seq) != want.Contains(seq) {
				w.Fatalf("%s has %d: %v; that is wrong", id, seq, one.Contains(seq))
			}
		}
		if is := recorded[id]; is == nil && !want.IsEmpty() || is != nil && !is.Equals(want) {
			w.Fatalf("%s is recorded with %v, want %v", id, is, want)
		}
	}
	w.checkEvents(truth)
}

// checkEvents replays the events: they alternate for each person and segment
// and end where the truth is. Who has left the pool has left without a word.
func (w *world) checkEvents(truth map[string]*roaring.Bitmap) {
	w.Helper()
	in := map[[2]string]bool{}
	for _, m := range w.moves() {
		key := [2]string{m.SegmentID, m.person}
		if in[key] == (m.kind == segmentevent.Entered) && !w.gone[m.person] {
			w.Fatalf("%s comes twice: %+v", m.kind, m)
		}
		in[key] = m.kind == segmentevent.Entered
	}
	for id, want := range truth {
		for seq := range w.persons {
			if in[[2]string{id, personID(seq)}] != want.Contains(seq) && !w.gone[personID(seq)] {
				w.Fatalf("by the events, %s is a member of %s: %v; that is wrong", personID(seq), id, !want.Contains(seq))
			}
		}
	}
}

func (w *world) catchUp(e *live.Engine) {
	w.Helper()
	if err := e.CatchUp(w.ctx, w.org); err != nil {
		w.Fatal(err)
	}
}

func (w *world) seqs() []uint32 { return slices.Sorted(maps.Keys(w.persons)) }

// day is a moment in the zone of the tests.
func moment(text string) time.Time {
	t, err := time.ParseInLocation(time.DateTime, text, predicatetest.Zone)
	if err != nil {
		panic(err)
	}
	return t
}

func parsed(t failer, text string) predicate.Expr {
	t.Helper()
	e, err := predicate.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}
