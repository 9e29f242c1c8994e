package insight

import (
	"context"
	"hash/crc32"
	"math/rand/v2"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight/behind"
	"fishpond/internal/insight/stream"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
)

// numberOf spreads persons over some blocks.
func numberOf(id string) uint32 { return crc32.ChecksumIEEE([]byte(id)) % (5 * stream.BlockSize) }

// Numbers makes the world the pool: everybody is in it but per_nobody.
func (w *world) Numbers(_ context.Context, _ *db.Tx, _ string, ids []string) (map[string]uint32, error) {
	out := map[string]uint32{}
	for _, id := range ids {
		switch n, dense := w.dense[id]; {
		case dense:
			out[id] = n
		case w.dense != nil:
			out[id] = uint32(len(w.dense))
			w.dense[id] = out[id]
		case id != "per_nobody":
			out[id] = numberOf(id)
		}
	}
	return out, nil
}

// Slices cuts the pool by what tests put into slices.
func (w *world) Slices(_ context.Context, _, by, _ string) (out []Slice, err error) {
	at := map[string]int{}
	ids := make([]string, 0, len(w.slices))
	for id := range w.slices {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		v := w.slices[id]
		i, there := at[v]
		if !there {
			i = len(out)
			at[v] = i
			out = append(out, Slice{Value: v, Label: by + " " + v, Members: roaring.New()})
		}
		out[i].Members.Add(numberOf(id))
	}
	return out, nil
}

// Persons shows persons by the names that tests know them by.
func (w *world) Persons(_ context.Context, _ string, seqs []uint32) ([]behind.PersonBehind, error) {
	out := []behind.PersonBehind{}
	for _, seq := range seqs {
		for id, n := range w.dense {
			if n == seq {
				out = append(out, behind.PersonBehind{Seq: seq, ID: id})
			}
		}
		if w.dense != nil {
			continue
		}
		for _, id := range people {
			if numberOf(id) == seq {
				out = append(out, behind.PersonBehind{Seq: seq, ID: id})
			}
		}
	}
	return out, nil
}

// SaveSegment remembers who was saved.
func (w *world) SaveSegment(_ context.Context, _, name, _ string, seqs []uint32) (string, error) {
	w.segments = append(w.segments, savedSegment{name, seqs})
	return "seg_" + name, nil
}

// Exported says nothing.
func (w *world) Exported(context.Context, string, string, any) error { return nil }

func (w *world) desk() *behind.Desk { return &behind.Desk{Ports: w} }

type savedSegment struct {
	name string
	seqs []uint32
}

var people = []string{"per_a", "per_b", "per_c", "per_d", "per_e", "per_f"}

// orderOf makes up an order of one to three products.
func orderOf(r *rand.Rand) mallevent.Order {
	o := mallevent.Order{OrderID: "o", AmountMinor: int64(r.IntN(6)) * 100, Currency: "CNY", Region: []string{"浙江", "上海", ""}[r.IntN(3)]}
	for range 1 + r.IntN(3) {
		o.Items = append(o.Items, mallevent.Item{SKU: []string{"A", "B", "C"}[r.IntN(3)], Name: "n", Quantity: "1"})
	}
	return o
}
