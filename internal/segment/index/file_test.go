package index_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// TestLoadOfSave: what comes back says the same, and goes on alike.
func TestLoadOfSave(t *testing.T) {
	dir := t.TempDir()
	for name, limit := range map[string]int{"numbered": 1000, "hashed": 3} {
		t.Run(name, func(t *testing.T) {
			index.Limits(t, limit)
			c, traits := predicatetest.Catalogue(), declared()
			rapid.Check(t, func(t *rapid.T) {
				now := predicatetest.Moments().Draw(t, "now")
				w := newWorld()
				history(t, now, w, traits)
				b := index.NewBatch()
				b.Add(1)
				if w.persons[1] == nil {
					w.persons[1] = &plan.Person{Seq: 1}
				}
				at := index.Position{Seq: rapid.Int64Min(0).Draw(t, "position"), Xid: rapid.Uint64().Draw(t, "xid")}
				saved := w.x.Apply(b, at)
				path := filepath.Join(dir, "x.index")
				if err := saved.Save(path, "org_1"); err != nil {
					t.Fatal(err)
				}
				x, err := index.Load(path, "org_1", track()...)
				if err != nil {
					t.Fatal(err)
				}
				s := x.Snapshot()
				if s.Position() != at || s.Version() != saved.Version() {
					t.Fatalf("position %v, version %d", s.Position(), s.Version())
				}
				if got, want := index.Dump(s), index.Dump(saved); got != want {
					t.Fatalf("loaded:\n%s\nsaved:\n%s", got, want)
				}
				w.x = x
				history(t, now, w, traits)
				n := plans(t, now, c)
				if wrong := w.disagreement(x.Snapshot(), n); wrong != "" {
					t.Fatalf("%s\n%s", plan.Key(n), wrong)
				}
				if index.Dump(s) != index.Dump(saved) {
					t.Fatal("a loaded snapshot has changed")
				}
			})
		})
	}
}

func example(t testing.TB, persons int) []byte {
	index.Limits(t, 1000)
	x := synthetic(persons)
	b := index.NewBatch()
	b.SetList(7, plan.Attr{Name: "interests", Trait: true, Type: plan.List}, []string{"茶", "登山"})
	return index.Bytes(x.Apply(b, index.Position{Seq: 9}), "org_1")
}

// TestDamagedFilesAreRefused flips every part of a file and cuts it anywhere.
func TestDamagedFilesAreRefused(t *testing.T) {
	whole := example(t, 300)
	if _, err := index.Read(whole, "org_1", paid); err != nil {
		t.Fatal(err)
	}
	if _, err := index.Read(whole, "org_1"); !errors.Is(err, index.ErrUnusable) {
		t.Errorf("other properties: %v", err)
	}
	if _, err := index.Read(whole, "org_2", paid); !errors.Is(err, index.ErrUnusable) {
		t.Errorf("another org's: %v", err)
	}
	if _, err := index.Read(append(whole[:len(whole):len(whole)], 0), "org_1", paid); !errors.Is(err, index.ErrUnusable) {
		t.Errorf("more behind: %v", err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		at := r.IntN(len(whole))
		if _, err := index.Read(whole[:at], "org_1", paid); !errors.Is(err, index.ErrUnusable) {
			t.Fatalf("cut at %d: %v", at, err)
		}
		damaged := append([]byte(nil), whole...)
		damaged[at] ^= byte(1 + r.IntN(255))
		if _, err := index.Read(damaged, "org_1", paid); !errors.Is(err, index.ErrUnusable) {
			t.Fatalf("damaged at %d: %v", at, err)
		}
	}
}

// TestSaveIsWholeOrNothing: a failed save leaves the file before it.
func TestSaveIsWholeOrNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.index")
	s := index.New().Snapshot()
	if err := s.Save(filepath.Join(dir, "no", "x.index"), "org_1"); err == nil {
		t.Error("saved into a folder that is not there")
	}
	if _, err := index.Load(path, "org_1"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(path, "org_1"); err == nil {
		t.Error("saved over a folder")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// FuzzLoad feeds damage that gets past the checksums. A file may be taken or
// refused, and if taken must answer.
func FuzzLoad(f *testing.F) {
	f.Add(example(f, 9))
	f.Add(index.Bytes(index.New().Snapshot(), "org_1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append([]byte(nil), b...)
		index.Reseal(b)
		x, err := index.Read(b, "org_1", paid)
		if err != nil {
			if !errors.Is(err, index.ErrUnusable) {
				t.Fatal(err)
			}
			return
		}
		if s := x.Snapshot(); s.Len() < 1<<20 {
			for _, q := range queries[:13] {
				s.Holds(1, q.plan, nil)
			}
		}
	})
}
