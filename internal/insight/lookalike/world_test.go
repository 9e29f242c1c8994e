package lookalike

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight"
	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// world is a pool of people whose features are drawn, and a group among them.
type world struct {
	people   int
	families []Family
	group    *roaring.Bitmap
	begun    *roaring.Bitmap
	week     []insight.Slice
	base     *roaring.Bitmap
	events   bool
	saved    [][]uint32
}

func all(n int) *roaring.Bitmap {
	b := roaring.New()
	b.AddRange(1, uint64(n)+1)
	return b
}

// drawn is a world of n people of whom a share is in the group at random: nothing sets
// them apart. It has 20 yes-or-no features of all frequencies, 10 that go along with
// the one before, a trait of 6 values, 12 channels, and 8 things to do in a week.
func drawn(seed uint64, n int, share float64) *world {
	src := rand.New(rand.NewPCG(seed, 88))
	w := &world{people: n, group: roaring.New(), begun: roaring.New(), events: true}
	flags := make([]*roaring.Bitmap, 30)
	for i := range flags {
		flags[i] = roaring.New()
	}
	skin, channels, week := make([]*roaring.Bitmap, 6), make([]*roaring.Bitmap, 12), make([]*roaring.Bitmap, 8)
	for _, set := range [][]*roaring.Bitmap{skin, channels, week} {
		for i := range set {
			set[i] = roaring.New()
		}
	}
	for seq := uint32(1); seq <= uint32(n); seq++ {
		if src.Float64() < share {
			w.group.Add(seq)
		}
		if src.Float64() < 0.9 {
			w.begun.Add(seq)
		}
		for i := range 20 {
			if src.Float64() < 0.02+0.04*float64(i) {
				flags[i].Add(seq)
			}
		}
		for i := range 10 {
			if src.Float64() < 0.8 == flags[2*i].Contains(seq) {
				flags[20+i].Add(seq)
			}
		}
		skin[src.IntN(6)].Add(seq)
		channels[min(11, int(src.ExpFloat64()*3))].Add(seq)
		for i := range week {
			if w.begun.Contains(seq) && src.Float64() < 0.1*float64(i+1) {
				week[i].Add(seq)
			}
		}
	}
	named := func(set []*roaring.Bitmap, name string) (out []insight.Slice) {
		for i, b := range set {
			out = append(out, insight.Slice{Value: fmt.Sprint(name, i), Label: fmt.Sprint(name, " ", i), Members: b})
		}
		return out
	}
	w.families = []Family{{"tag", "Tag", named(flags, "flag")}, {"trait:skin", "Skin", named(skin, "skin")}, {"channel", "Channel", named(channels, "ch")}}
	w.week = named(week, "did")
	return w
}

// plant makes members of the group have a flag more or less often: by the odds.
func (w *world) plant(seed uint64, flag int, keep, give float64) {
	src := rand.New(rand.NewPCG(seed, 99))
	m := w.families[0].Slices[flag].Members
	for it := w.group.Iterator(); it.HasNext(); {
		seq := it.Next()
		u := src.Float64()
		switch had := m.Contains(seq); {
		case had && u >= keep:
			m.Remove(seq)
		case !had && u < give:
			m.Add(seq)
		}
	}
}

func (w *world) Everybody(context.Context, string) (*roaring.Bitmap, error) {
	return all(w.people), nil
}

func (w *world) Segment(_ context.Context, _, id string) (string, *roaring.Bitmap, error) {
	if id != "seg_a" {
		return "", nil, errs.NotFound(i18n.T("这个人群", "segment"))
	}
	return "Stayed", w.group, nil
}

func (w *world) Families(context.Context, string) ([]Family, error) {
	return append([]Family{}, w.families...), nil
}

func (w *world) Persons(_ context.Context, _ string, seqs []uint32) (out []behind.PersonBehind, err error) {
	for _, s := range seqs {
		out = append(out, behind.PersonBehind{Seq: s, ID: fmt.Sprint("per_", s), Name: fmt.Sprint("P ", s)})
	}
	return out, nil
}

func (w *world) SaveSegment(_ context.Context, _, _, _ string, seqs []uint32) (string, error) {
	w.saved = append(w.saved, seqs)
	return "seg_new", nil
}

func (w *world) Exported(context.Context, string, string, any) error { return nil }

// service is the part over a world.
func service(w *world) *Service { return New(w, w, &behind.Desk{Ports: w}) }

func (w *world) Beginnings(_ context.Context, _, stay string, _ int) (b insight.Beginnings, err error) {
	b = insight.Beginnings{Zone: "UTC", Begun: w.begun, Buyers: all(w.people), Week: w.week}
	if w.events {
		t := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
		b.CountedTo, b.AsOf = &t, t
	}
	if stay != "" {
		b.Base, b.Stayed = w.base, roaring.And(w.base, w.group)
	}
	return b, nil
}
