package segment

import (
	"math/rand/v2"
	"os"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate/plan"
)

// lifecycle measures what happens to an index besides being asked: updates,
// being saved and loaded again.
func lifecycle(x *index.Index, o Options, path string, sum *Summary) error {
	snapshot := x.Snapshot()
	start := time.Now()
	if err := snapshot.Save(path, org); err != nil {
		return err
	}
	sum.SnapshotS = round(time.Since(start).Seconds())
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	sum.SnapshotBytes = info.Size()

	r := rand.New(rand.NewPCG(o.Seed, 0)) //nolint:gosec // to be the same every time
	sum.UpdateUS = update(x, r, o.Persons, 100, 200)
	sum.UpdateSingleUS = update(x, r, o.Persons, 1, 2000)

	start = time.Now()
	loaded, err := index.Load(path, org, tracked...)
	if err != nil {
		return err
	}
	sum.RestoreS = round(time.Since(start).Seconds())
	if loaded.Snapshot().Len() != o.Persons {
		return ErrDisagree
	}
	return nil
}

// update applies orders: an event, three numbers, a text and a tag each. It
// gives the microseconds that a person takes.
func update(x *index.Index, r *rand.Rand, persons, batch, times int) float64 {
	at := clock.Micros(present)
	start := time.Now()
	for range times {
		b := index.NewBatch()
		for range batch {
			seq := 1 + r.Uint32N(uint32(persons)) //nolint:gosec // at most 100 million
			at += 1000
			b.Event(seq, "order.paid", at, map[string]any{"amount_minor": 9900.0})
			b.SetNumber(seq, plan.Attr{Name: "gmv", Type: plan.Money}, r.Int64N(500_000))
			b.SetNumber(seq, plan.Attr{Name: "orders", Type: plan.Count}, 1+r.Int64N(9))
			b.SetNumber(seq, plan.Attr{Name: "last_order", Type: plan.Instant}, at)
			b.SetText(seq, plan.Attr{Name: "stage", Type: plan.Text}, "repeat")
			b.Tag(seq, "tag_1", r.IntN(2) == 0)
		}
		x.Apply(b, index.Position{})
	}
	return round(float64(time.Since(start).Microseconds()) / float64(times*batch))
}
