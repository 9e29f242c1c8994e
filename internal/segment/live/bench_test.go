package live_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/oracle/oracletest"
	"fishpond/internal/segment/predicate/plan"
)

const benchPersons = 500_000

// benchSegments are 20 segments of which a changed stage, amount or number of
// orders moves some, and others not.
var benchSegments = []string{
	"stage = silent", "stage = lost", "stage in (new, first_order)", "stage = repeat and gmv > 500",
	"gmv > 100", "gmv > 1000", "gmv between 100 and 900 and region = 山东", "orders >= 3", "orders = 0", "average_order > 200",
	"region = 河南", "tag:#tag_1", "tag:#tag_1 and not stage = lost", "birthday this month", "created in 30d",
	"did order.paid in 30d", "did order.paid >= 2 in 90d and stage = silent", "not segment:#seg_00 and orders > 1", "segment:#seg_04 and tag:#tag_1", "random 10%",
}

func benchWorld(b *testing.B, engine db.Engine) (*world, *live.Engine) {
	b.Helper()
	w := newWorld(b, b.Context(), testkit.Open(b, engine, schema), org, clock.System)
	now := w.now().UnixMicro()
	const day = 86_400_000_000
	var persons []plan.Person
	for i := range benchPersons {
		seq := uint32(i + 1)
		p := plan.Person{Seq: seq, Stage: []string{"new", "first_order", "repeat", "silent", "lost"}[i%5], Region: []string{"山东", "河南", "北京"}[i%3],
			Orders: int64(i % 7), GMV: int64(i%200) * 1000, Created: now - int64(i%400)*day, Birthday: plan.Day(int64(i) % 20000).String()}
		if i%4 == 0 {
			p.Tags = []string{"tag_1"}
		}
		for k := range i % 3 {
			p.Events = append(p.Events, plan.Event{Kind: "order.paid", At: now - int64((i+k*37)%300)*day, Data: map[string]any{"amount_minor": i}})
		}
		if persons = append(persons, p); len(persons) == 5000 {
			w.write(func(tx *db.Tx) error { return oracletest.Store(w.ctx, tx, w.org, persons, nil) })
			persons = persons[:0]
		}
	}
	for i, text := range benchSegments {
		w.save(fmt.Sprintf("seg_%02d", i), text)
	}
	e := w.engine(live.Options{})
	w.catchUp(e)
	return w, e
}

// step changes the stage, the amount and the orders of n persons, spread over
// all, and tells so in changes of a thousand, as the subscriber does.
func (w *world) step(n, round int) {
	every := benchPersons / n
	w.write(func(tx *db.Tx) error {
		if err := facts.Lock(w.ctx, tx, w.org); err != nil {
			return err
		}
		if _, err := tx.Exec(w.ctx, `UPDATE segment_person SET gmv_minor = 70000 - gmv_minor, orders = 7 - orders,
			stage = CASE stage WHEN 'silent' THEN 'repeat' WHEN 'repeat' THEN 'silent' ELSE stage END WHERE org_id = ? AND seq % ? = ?`,
			w.org, every, round%every); err != nil {
			return err
		}
		var seqs []uint32
		for seq := uint32(1); seq <= benchPersons; seq++ {
			if int(seq)%every == round%every {
				seqs = append(seqs, seq)
			}
		}
		for part := range slices.Chunk(seqs, 1000) {
			if _, err := facts.Publish(w.ctx, tx, w.org, w.now().UnixMicro(), facts.Change{Persons: part}); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkChanged is what it takes from changed facts to recorded members and
// their events, by how many of 500,000 persons have changed.
func BenchmarkChanged(b *testing.B) {
	for _, engine := range testkit.Engines {
		b.Run(string(engine), func(b *testing.B) {
			w, e := benchWorld(b, engine)
			round := 0
			for _, n := range []int{1_000, 10_000, 100_000} {
				b.Run(fmt.Sprint(n), func(b *testing.B) {
					w.failer, w.ctx = b, context.Background()
					moved := 0
					for range b.N {
						b.StopTimer()
						round++
						w.step(n, round)
						before := w.movesCount()
						b.StartTimer()
						w.catchUp(e)
						b.StopTimer()
						moved += w.movesCount() - before
						b.StartTimer()
					}
					b.ReportMetric(float64(moved)/float64(b.N), "moves/op")
					b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/person")
				})
			}
		})
	}
}

func (w *world) movesCount() (n int) {
	w.Helper()
	if err := w.d.Read(w.ctx, w.org, func(tx *db.Tx) error {
		return tx.QueryRow(w.ctx, "SELECT count(*) FROM timeline_event WHERE org_id = ?", w.org).Scan(&n)
	}); err != nil {
		w.Fatal(err)
	}
	return n
}
