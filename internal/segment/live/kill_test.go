package live_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate/plan"
)

const killedURL, killedDir = "FISHPOND_TEST_KILLED_URL", "FISHPOND_TEST_KILLED_DIR"

// killedWorld is the world of TestKilledAtAnyMoment, the same in each process.
func killedWorld(t *testing.T, d *db.DB) *world {
	w := newWorld(t, context.Background(), d, org, clock.System)
	for id, text := range map[string]string{"seg_a": "stage = silent", "seg_b": "not segment:#seg_a and orders > 1", "seg_c": "did page.viewed >= 2 and tag:#tag_1"} {
		w.mu.Lock()
		w.segments = append(w.segments, live.Segment{ID: id, Version: 1, Name: id, Expr: parsed(t, text)})
		w.mu.Unlock()
	}
	return w
}

// TestKilledProcess is not a test but the process that is killed: it changes
// facts and follows them until then.
func TestKilledProcess(t *testing.T) {
	url := os.Getenv(killedURL)
	if url == "" {
		t.Skip("is run by TestKilledAtAnyMoment")
	}
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	w := killedWorld(t, d)
	w.read()
	e := w.engine(live.Options{Dir: os.Getenv(killedDir), SaveEvery: 10 * time.Millisecond})
	go e.Run(w.ctx)
	fmt.Println("begun")
	for {
		var persons []*plan.Person
		for _, seq := range rand.Perm(400)[:100] {
			p := person(uint32(seq)*701+1, []string{"silent", "new"}[rand.IntN(2)], func(p *plan.Person) { p.Orders = rand.Int64N(4) })
			if was := w.persons[p.Seq]; was != nil {
				p.Events = was.Events
			}
			if rand.IntN(3) == 0 {
				p.Tags = []string{"tag_1"}
				p.Events = append(p.Events[:len(p.Events):len(p.Events)], plan.Event{Kind: "page.viewed", At: w.now().UnixMicro()})
			}
			persons = append(persons, p)
		}
		w.put(rand.IntN(4) == 0, persons...)
		e.Wake(org)
	}
}

// read takes the persons from the facts.
func (w *world) read() {
	w.Helper()
	if err := w.d.Read(w.ctx, w.org, func(tx *db.Tx) error {
		return facts.Each(w.ctx, tx, w.org, w.traits(), func(p *plan.Person) error {
			q := *p
			w.persons[p.Seq] = &q
			return nil
		})
	}); err != nil {
		w.Fatal(err)
	}
}

// TestKilledAtAnyMoment kills a process that follows changes, several times.
// Whoever goes on from what is left finds each change told once.
func TestKilledAtAnyMoment(t *testing.T) {
	for _, engine := range testkit.Engines {
		t.Run(string(engine), func(t *testing.T) {
			url, dir := testkit.URL(t, engine, schema), t.TempDir()
			moved, longer := 0, time.Duration(1)
			for round := range 5 {
				cmd := exec.Command(os.Args[0], "-test.run=^TestKilledProcess$", "-test.v")
				cmd.Env = append(os.Environ(), killedURL+"="+url, killedDir+"="+dir)
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				lines := bufio.NewScanner(out)
				for lines.Scan() && lines.Text() != "begun" {
					t.Log(lines.Text())
				}
				<-time.After(longer * time.Duration(200+rand.IntN(300)) * time.Millisecond) // any moment is what is meant
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				for lines.Scan() {
					t.Log(lines.Text())
				}
				_ = cmd.Wait() // killed

				d, err := db.Open(t.Context(), url)
				if err != nil {
					t.Fatal(err)
				}
				w := killedWorld(t, d)
				w.read()
				e := w.engine(live.Options{Dir: dir})
				w.catchUp(e)
				w.check(e)
				s := status(w, e)
				t.Logf("round %d: index from %s, change %d, %d moves", round, s.LoadedFrom, s.Position, len(w.moves()))
				if moved = len(w.moves()); moved == 0 {
					longer *= 3 // a machine with much else to do had not come to anything yet
				}
				if drifts, err := e.Reconcile(w.ctx, w.org); err != nil || len(drifts) > 0 {
					t.Errorf("%+v, %v", drifts, err)
				}
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			}
			if moved == 0 {
				t.Error("nobody has moved in any round")
			}
		})
	}
}
