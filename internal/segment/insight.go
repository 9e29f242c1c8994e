package segment

import (
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate/plan"
)

// HistoryDay is a segment on one day in the org's time zone.
type HistoryDay struct {
	DaySize
	Entered int64 `json:"entered"`
	Left    int64 `json:"left" doc:"Those who left the pool included"`
}

// History tells how a segment's size went over the last days, today included.
// It is of everybody, and so empty for who sees only their own customers.
func (s *Service) History(ctx context.Context, id string, days int) ([]HistoryDay, error) {
	a, _ := access.From(ctx)
	out := []HistoryDay{}
	return out, s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := defByID(ctx, tx, a.OrgID, id); err != nil || a.OwnOnly {
			return err
		}
		set, err := s.orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		today := plan.DayOf(s.now().In(set.Zone))
		sizes, err := s.live.Sizes(ctx, tx, a.OrgID, []string{id}, today-plan.Day(days)+1, today)
		for _, d := range sizes[id] {
			out = append(out, HistoryDay{DaySize{d.Day.String(), d.Members}, d.Entered, d.Left})
		}
		return err
	})
}

// OverlapInput names the segments to lay over each other.
type OverlapInput struct {
	IDs []string `json:"ids" minItems:"2" maxItems:"3" uniqueItems:"true" nullable:"false"`
}

// Overlap says how segments lie over each other.
type Overlap struct {
	Sets    []OverlapSet  `json:"sets" nullable:"false" doc:"In the order asked for"`
	Areas   []OverlapArea `json:"areas" nullable:"false" doc:"Every way to be in some and not in the others: 3 or 7. Nobody is in two of them"`
	Union   int64         `json:"union" doc:"Persons in any"`
	Jaccard float64       `json:"jaccard" doc:"Persons in all, as a share of those in any; 0 when nobody is in any"`
}

// OverlapSet is one of the segments.
type OverlapSet struct {
	Ref
	Size int64 `json:"size"`
}

// OverlapArea is who is in exactly these segments.
type OverlapArea struct {
	In    []string `json:"in" nullable:"false" doc:"Ids of the segments"`
	Count int64    `json:"count"`
}

// Overlap lays two or three segments over each other.
func (s *Service) Overlap(ctx context.Context, in OverlapInput) (out Overlap, err error) {
	a, _ := access.From(ctx)
	if len(in.IDs) < 2 || len(in.IDs) > 3 || repeated(in.IDs) {
		return out, errs.InvalidField("body.ids", i18n.T("请选两个或三个不同的人群", "Choose two or three different segments"))
	}
	names := map[string]string{}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		for _, id := range in.IDs {
			d, err := defByID(ctx, tx, a.OrgID, id)
			if err != nil {
				return err
			}
			names[id] = d.name
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	sets := make([]*roaring.Bitmap, len(in.IDs))
	for i, id := range in.IDs {
		if sets[i], err = s.members(ctx, a, id); err != nil {
			return out, err
		}
		out.Sets = append(out.Sets, OverlapSet{Ref{id, names[id]}, int64(sets[i].GetCardinality())})
	}
	all, every := roaring.FastOr(sets...), roaring.FastAnd(sets...)
	if out.Union = int64(all.GetCardinality()); out.Union > 0 {
		out.Jaccard = float64(every.GetCardinality()) / float64(out.Union)
	}
	for _, in := range subsets(len(sets)) {
		area, ids := all.Clone(), []string{}
		for i, set := range sets {
			if slices.Contains(in, i) {
				area.And(set)
				ids = append(ids, out.Sets[i].ID)
			} else {
				area.AndNot(set)
			}
		}
		out.Areas = append(out.Areas, OverlapArea{ids, int64(area.GetCardinality())})
	}
	return out, nil
}

func repeated(ids []string) bool {
	sorted := slices.Sorted(slices.Values(ids))
	return len(slices.Compact(sorted)) < len(ids)
}

// subsets lists the non-empty subsets of 0 … n−1, the small ones first.
func subsets(n int) (out [][]int) {
	for size := 1; size <= n; size++ {
		for bits := 1; bits < 1<<n; bits++ {
			var in []int
			for i := range n {
				if bits&(1<<i) != 0 {
					in = append(in, i)
				}
			}
			if len(in) == size {
				out = append(out, in)
			}
		}
	}
	return out
}

// Status tells how the org's segments stand. Who sees only their own customers
// is not told of others by way of example.
func (s *Service) Status(ctx context.Context) (live.Status, error) {
	a, _ := access.From(ctx)
	out, err := s.live.Status(ctx, a.OrgID)
	if out.Drift == nil {
		out.Drift = []live.Drift{}
	}
	if a.OwnOnly {
		for i := range out.Drift {
			out.Drift[i].IndexExamples, out.Drift[i].RecordExamples = []string{}, []string{}
		}
	}
	return out, err
}

// Reconcile has every segment compared with the facts soon.
func (s *Service) Reconcile(ctx context.Context) error {
	a, _ := access.From(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.later.Reconcile(ctx, tx, a.OrgID); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, "segment.reconciled", "org", a.OrgID, nil)
	})
}
