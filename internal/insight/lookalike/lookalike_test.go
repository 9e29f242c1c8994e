package lookalike

import (
	"context"
	"io"
	"math"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight"
	"fishpond/internal/insight/behind"
	"fishpond/internal/insight/figure"
	"fishpond/internal/insight/report"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/i18n"
)

func tell(t *testing.T, w *world, in SharedInput) SharedAnswer {
	t.Helper()
	a, err := service(w).Tell(context.Background(), "org_a", in)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var ofSegment = SharedInput{Group: SharedGroup{Kind: "segment", SegmentID: "seg_a"}}

// Where nothing sets the group apart, anything said is wrong: that may happen in at
// most one world of twenty.
func TestNothingPlantedNothingFound(t *testing.T) {
	const worlds = 240
	wrong, tested := 0, 0
	for seed := range uint64(worlds) {
		a := tell(t, drawn(seed, 900, 0.25), ofSegment)
		tested += a.Tested
		if a.Features[0].Verdict != Same {
			wrong++
		}
		if a.Check != nil && a.Check.Low > 0.6 {
			t.Errorf("seed %d: likeness by nothing is said to work: %+v", seed, a.Check)
		}
	}
	t.Logf("%d of %d worlds say something wrong; %d comparisons a world", wrong, worlds, tested/worlds)
	if share := float64(wrong) / worlds; share > 0.05 {
		t.Errorf("%d of %d worlds say something that is not so", wrong, worlds)
	}
	if tested < 40*worlds {
		t.Errorf("only %d comparisons were made", tested)
	}
}

// What was planted is found, and of what is said at most one in twenty is wrong.
func TestPlantedFeaturesAreFound(t *testing.T) {
	const worlds = 240
	planted := map[string]string{"flag5": More, "flag9": More, "flag13": Less, "flag17": More}
	missed, said, wrong, share := 0, 0, 0, 0.0
	for seed := range uint64(worlds) {
		w := drawn(1000+seed, 1500, 0.25)
		w.plant(seed, 5, 1, 0.2)
		w.plant(seed, 9, 1, 0.25)
		w.plant(seed, 13, 0.6, 0)
		w.plant(seed, 17, 1, 0.45)
		a := tell(t, w, ofSegment)
		here, bad := 0, 0
		for _, f := range a.Features {
			if f.Verdict != More && f.Verdict != Less {
				continue
			}
			here++
			switch want, there := planted[f.Value]; {
			case !there:
				bad++
			case f.Verdict != want:
				t.Errorf("seed %d: %s is said to be %s", seed, f.Value, f.Verdict)
			}
		}
		for v := range planted {
			if i := slices.IndexFunc(a.Features, func(f SharedFound) bool { return f.Value == v }); a.Features[i].Verdict != planted[v] {
				missed++
			}
		}
		said, wrong = said+here, wrong+bad
		if here > 0 {
			share += float64(bad) / float64(here)
		}
		if a.Check == nil || a.Check.Low < 0.5 {
			t.Errorf("seed %d: likeness by planted features does not show: %+v %s", seed, a.Check, a.CheckWhy)
		}
	}
	t.Logf("%d missed of %d, %d wrong of %d said, mean share %.4f", missed, 4*worlds, wrong, said, share/worlds)
	if share/worlds > 0.05 {
		t.Errorf("of what is said, %v is wrong on average", share/worlds)
	}
	if float64(missed)/(4*worlds) > 0.02 {
		t.Errorf("%d of %d planted features were missed", missed, 4*worlds)
	}
}

// The counts and shares are those of the people, recounted one by one.
func TestCountsAreThePeoples(t *testing.T) {
	w := drawn(7, 700, 0.3)
	w.base = roaring.AndNot(all(700), roaring.BitmapOf(1, 2, 3, 4, 5, 699))
	a := tell(t, w, SharedInput{Group: SharedGroup{Kind: insight.StayAgain, Days: 60}})
	if a.Persons+a.Others != 694 || a.Outside != 700-a.Persons || a.Why != "" || a.AsOf == nil {
		t.Fatalf("%+v", a)
	}
	families := append(slices.Clone(w.families), Family{"week", "", w.week})
	for _, f := range a.Features {
		i := slices.IndexFunc(families, func(x Family) bool { return x.Key == f.Family })
		k := slices.IndexFunc(families[i].Slices, func(x insight.Slice) bool { return x.Value == f.Value })
		has := families[i].Slices[k].Members
		var x table
		for seq := uint32(1); seq <= 700; seq++ {
			if !w.base.Contains(seq) || f.Family == "week" && !w.begun.Contains(seq) {
				continue
			}
			switch in, with := w.group.Contains(seq), has.Contains(seq); {
			case in && with:
				x.with++
				fallthrough
			case in:
				x.group++
			case with:
				x.other++
				fallthrough
			default:
				x.others++
			}
		}
		if (x != table{f.With, f.Of, f.Other, f.Others}) {
			t.Errorf("%s: %+v, one by one %+v", f.Value, f, x)
		}
		if f.Share == nil || math.Abs(*f.Share-float64(x.with)/float64(x.group)) > 1e-12 {
			t.Errorf("%s: share %v", f.Value, f.Share)
		}
		if (f.P == nil) != (f.Verdict == TooFew) || f.P != nil && (*f.Q < *f.P || math.Abs(*f.P-exact(x)) > 1e-9) {
			t.Errorf("%s: %+v", f.Value, f)
		}
	}
}

// Look-alikes are outside the group, the most alike first, and have what it shares.
func TestLookAlikes(t *testing.T) {
	w := drawn(3, 2000, 0.2)
	w.plant(3, 8, 1, 0.5)
	w.plant(3, 12, 1, 0.4)
	s := service(w)
	ctx := access.With(context.Background(), access.Actor{OrgID: "org_a", ID: "stf"}.WithPermissions([]string{"segment.write"}))
	in := LookAlikeInput{SharedInput: ofSegment, Features: []SharedFeature{{"tag", "flag8"}, {"tag", "flag12"}}, Count: 300}
	page, err := s.Behind(ctx, "org_a", in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := behind.Some(ctx, s.desk, "org_a", page.Crowd, 0, 1000)
	if err != nil || len(got) != 300 || len(page.Seqs) != 300 || *page.Lowest != got[299].Score {
		t.Fatalf("%d, %d, %v", len(got), len(page.Seqs), err)
	}
	a, b := w.families[0].Slices[8].Members, w.families[0].Slices[12].Members
	outside := roaring.AndNot(all(2000), w.group)
	both := int(roaring.And(outside, roaring.And(a, b)).GetCardinality())
	var seqs []uint32
	for i, p := range got {
		var seq uint32
		for _, r := range p.ID[len("per_"):] {
			seq = seq*10 + uint32(r-'0')
		}
		seqs = append(seqs, seq)
		if w.group.Contains(seq) {
			t.Fatalf("%s is in the group", p.ID)
		}
		if i > 0 && p.Score > got[i-1].Score {
			t.Fatalf("%v after %v", p.Score, got[i-1].Score)
		}
		if has := a.Contains(seq) && b.Contains(seq); has != (i < both) || len(p.Has) == 0 || (len(p.Has) == 2) != has {
			t.Fatalf("place %d of %d with both: %+v", i, both, p)
		}
	}
	made, err := behind.Segment(ctx, s.desk, "org_a", "LookAlike", func() (behind.Crowd[LookAlike], error) { return page.Crowd, nil })
	if err != nil || made.Persons != 300 || len(w.saved) != 1 {
		t.Fatalf("%+v %v", made, err)
	}
	slices.Sort(seqs)
	if !slices.Equal(seqs, w.saved[0]) {
		t.Error("the segment holds others")
	}
	if _, err := s.Behind(ctx, "org_a", LookAlikeInput{SharedInput: ofSegment, Features: []SharedFeature{{"tag", "moon"}}, Count: 5}); err == nil {
		t.Error("a feature that there is not")
	}
	// What the group is defined by finds nobody, and is not gone by unless chosen.
	w.families[0].Slices[0].Members = w.group.Clone()
	for _, f := range tell(t, w, ofSegment).Features {
		if f.Value == "flag0" && (!f.Whole || f.Verdict != More || f.Lift != nil) {
			t.Errorf("%+v", f)
		}
	}
	defined := in
	defined.Features = []SharedFeature{{"tag", "flag0"}}
	if page, err = s.Behind(ctx, "org_a", defined); err != nil || len(page.Seqs) != 0 || page.None.EN == "" {
		t.Errorf("%+v %v", page, err)
	}
}

// Where nothing can be said there is a sentence and no figure.
func TestReasons(t *testing.T) {
	few := drawn(1, 60, 0.2)
	if a := tell(t, few, ofSegment); a.Why == "" || len(a.Features) != 0 || a.Check != nil {
		t.Errorf("%+v", a)
	}
	if a := tell(t, drawn(1, 60, 0.99), ofSegment); a.Why == "" {
		t.Errorf("nobody to compare with: %+v", a)
	}
	none := drawn(1, 300, 0.3)
	none.events, none.base = false, roaring.New()
	if a := tell(t, none, SharedInput{Group: SharedGroup{Kind: "active"}}); a.Why == "" || a.CountedTo != nil || a.AsOf != nil {
		t.Errorf("%+v", a)
	}
	empty := &world{group: roaring.New(), begun: roaring.New()}
	if a := tell(t, empty, ofSegment); a.Why == "" || a.Features == nil {
		t.Errorf("%+v", a)
	}
	bare := drawn(2, 300, 0.3)
	bare.families, bare.week = nil, nil
	if a := tell(t, bare, ofSegment); a.Why != "" || a.Tested != 0 || len(a.Features) != 0 || a.CheckWhy == "" {
		t.Errorf("%+v", a)
	}
	page, err := service(bare).Behind(context.Background(), "org_a", LookAlikeInput{SharedInput: ofSegment, Count: 10})
	if err != nil || len(page.Seqs) != 0 || page.None.EN == "" {
		t.Errorf("%+v %v", page, err)
	}
	for _, in := range []SharedInput{{}, {Group: SharedGroup{Kind: "segment"}}, {Group: SharedGroup{Kind: "again", Days: -1}}, {Group: ofSegment.Group, Level: 0.5}, {Group: SharedGroup{Kind: "segment", SegmentID: "seg_none"}}} {
		if _, err := service(bare).Tell(context.Background(), "org_a", in); err == nil {
			t.Errorf("%+v is answered", in)
		}
	}
}

func TestTablesAndFigures(t *testing.T) {
	if err := figure.Check(Figures); err != nil {
		t.Error(err)
	}
	w := drawn(3, 900, 0.3)
	w.base = all(900)
	few := drawn(3, 40, 0.3)
	few.base = all(40)
	for _, of := range []*world{w, few} {
		for _, p := range service(of).ReportPages() {
			tables, err := p.Tables(context.Background(), "org_a", nil)
			if err != nil || len(tables) != 1 || (of == few) != (len(tables[0].Rows) == 0) {
				t.Fatalf("%+v %v", tables, err)
			}
			for _, l := range []i18n.Lang{i18n.ZH, i18n.EN} {
				if err := report.Write(io.Discard, "xlsx", []figure.Part{{Figures: Figures}}, tables, l); err != nil {
					t.Error(err)
				}
			}
		}
	}
}
