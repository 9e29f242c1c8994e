package oracle_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/index"
	"fishpond/internal/segment/oracle"
	"fishpond/internal/segment/oracle/oracletest"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

const org = "org_1"

// schema is the tables of facts alone, without the rest of the module.
func schema(t testing.TB) testkit.Schema {
	t.Helper()
	files := fstest.MapFS{}
	found, err := filepath.Glob("../migrations/*/*facts*.sql")
	if err != nil || len(found) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	for _, path := range found {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.ToSlash(path[len("../"):])] = &fstest.MapFile{Data: b}
	}
	return testkit.Migrations(db.Migration{Module: "segment", FS: files})
}

// declared are the traits of the org that trees speak of.
func declared() (out []plan.Attr) {
	for _, t := range predicatetest.Definitions().Traits {
		out = append(out, plan.Attr{Name: t.Key, Trait: true, Type: t.Type})
	}
	return out
}

// track are the properties that the index keeps: all that it can but one.
func track() (out []index.Property) {
	for _, e := range predicatetest.Definitions().Events {
		for _, p := range e.Properties {
			if p.Type != plan.List && p.Name != "lines" {
				out = append(out, index.Property{Kind: e.Kind, Prop: plan.Prop{Path: cmp.Or(p.Path, p.Name), Type: p.Type}})
			}
		}
	}
	return out
}

// world is the same persons for every evaluator.
type world struct {
	now       time.Time
	persons   map[uint32]*plan.Person
	snapshot  *index.Snapshot
	databases []*db.DB
	segments  map[string]plan.Node
	members   map[string]*roaring.Bitmap
}

// newWorld stores persons on all engines and in the index. Their segments are
// as segments say, the second of which may refer to the first.
func newWorld(t *testing.T, now time.Time, persons []plan.Person, segments ...plan.Node) *world {
	t.Helper()
	w := &world{now: now, persons: map[uint32]*plan.Person{}, segments: map[string]plan.Node{}, members: map[string]*roaring.Bitmap{}}
	slices.SortFunc(persons, func(a, b plan.Person) int { return cmp.Compare(a.Seq, b.Seq) })
	for i := range persons {
		persons[i].Segments = nil
		w.persons[persons[i].Seq] = &persons[i]
	}
	for i, n := range segments {
		id := fmt.Sprintf("seg_%d", i+1)
		w.segments[id], w.members[id] = n, w.eval(n)
		for seq, p := range w.persons {
			if w.members[id].Contains(seq) {
				p.Segments = append(p.Segments, id)
			}
		}
	}
	x, b := index.New(track()...), index.NewBatch()
	for i := range persons {
		b.Put(&persons[i], declared())
	}
	w.snapshot = x.Apply(b, index.Position{})
	for _, e := range testkit.Engines {
		d := testkit.Open(t, e, schema(t))
		for _, id := range []string{org, "org_2"} { // another org's persons are nobody's business
			stored := persons
			if id != org {
				stored = persons[:len(persons)/2]
			}
			err := d.Write(t.Context(), id, func(tx *db.Tx) error { return oracletest.Store(t.Context(), tx, id, stored, declared()) })
			if err != nil {
				t.Fatal(err)
			}
		}
		if e == db.Postgres { // plans as of tables that are known, not of those that were just made
			if _, err := d.Writer().ExecContext(t.Context(), "ANALYZE"); err != nil {
				t.Fatal(err)
			}
		}
		w.databases = append(w.databases, d)
	}
	return w
}

func (w *world) eval(n plan.Node) *roaring.Bitmap {
	out := roaring.New()
	for seq, p := range w.persons {
		if plan.Eval(n, p) {
			out.Add(seq)
		}
	}
	return out
}

func (w *world) segment(id string) (plan.Node, bool) {
	n, ok := w.segments[id]
	return n, ok
}

// disagreement asks all evaluators; it is empty if they agree. among are
// candidates to ask as well.
func (w *world) disagreement(t testing.TB, n plan.Node, among []uint32) string {
	want := w.eval(n)
	r := w.snapshot.Eval(n, func(id string) *roaring.Bitmap { return w.members[id] })
	unsure := roaring.AndNot(r.Bitmap, r.Sure)
	if got := roaring.AndNot(r.Bitmap, unsure); r.Exact && !got.Equals(want) {
		return "the index: " + w.difference(got, want)
	}
	few := roaring.And(want, roaring.BitmapOf(among...))
	for _, d := range w.databases {
		var all, each, some, rest *roaring.Bitmap
		err := d.Read(t.Context(), org, func(tx *db.Tx) (err error) {
			o := oracle.Options{Segment: w.segment}
			if all, err = oracle.Members(t.Context(), tx, org, n, o); err != nil {
				return err
			}
			if each, err = oracle.Members(t.Context(), tx, org, n, oracle.Options{Segment: w.segment, ByPerson: true}); err != nil {
				return err
			}
			if o.Among = among; o.Among == nil {
				o.Among = []uint32{}
			}
			if some, err = oracle.Members(t.Context(), tx, org, n, o); err != nil || r.Exact {
				return err
			}
			o.Among = unsure.ToArray()
			rest, err = oracle.Members(t.Context(), tx, org, r.Residual, o)
			return err
		})
		switch {
		case err != nil:
			query, args := oracle.Select(d.Engine(), org, n, oracle.Options{Segment: w.segment})
			return fmt.Sprintf("%s: %v\n%s\n%v", d.Engine(), err, query, args)
		case !all.Equals(want):
			query, args := oracle.Select(d.Engine(), org, n, oracle.Options{Segment: w.segment})
			return fmt.Sprintf("%s: %s\n%s\n%v", d.Engine(), w.difference(all, want), query, args)
		case !each.Equals(want):
			query, args := oracle.Select(d.Engine(), org, n, oracle.Options{Segment: w.segment, ByPerson: true})
			return fmt.Sprintf("%s by person: %s\n%s\n%v", d.Engine(), w.difference(each, want), query, args)
		case !some.Equals(few):
			return fmt.Sprintf("%s among %v: %s", d.Engine(), among, w.difference(some, few))
		case rest != nil && !roaring.Or(rest, r.Sure).Equals(want):
			return fmt.Sprintf("the index with %s: %s\n%s", d.Engine(), w.difference(roaring.Or(rest, r.Sure), want), plan.Key(r.Residual))
		}
	}
	return ""
}

func (w *world) difference(got, want *roaring.Bitmap) string {
	differs := roaring.Xor(got, want)
	seq := differs.Minimum()
	return fmt.Sprintf("%d found, %d wrong: %d should be %t: %+v", got.GetCardinality(), differs.GetCardinality(), seq, want.Contains(seq), w.persons[seq])
}

// people are so many random persons with these seqs.
func people(now time.Time, seqs []uint32, seed int) []plan.Person {
	out := make([]plan.Person, len(seqs))
	persons := predicatetest.Persons(now)
	for i, seq := range seqs {
		out[i] = persons.Example(seed + i)
		out[i].Seq = seq
	}
	return out
}

// spread are n seqs, of which the last lie far apart.
func spread(n int) []uint32 {
	seqs := map[uint32]bool{65535: true, 65536: true, 131072: true, 200001: true}
	for i := uint32(1); len(seqs) < n; i++ {
		seqs[i] = true
	}
	return slices.Sorted(maps.Keys(seqs))
}

func compiled(t interface{ Fatalf(string, ...any) }, now time.Time, c *predicate.Catalogue, e predicate.Expr) plan.Node {
	out, err := predicate.Compile(e, c, now)
	if err != nil {
		t.Fatalf("%s: %v", predicate.Format(e), err)
	}
	return out.Plan
}
