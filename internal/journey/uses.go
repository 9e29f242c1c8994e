package journey

import (
	"context"
	"slices"

	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// SegmentUsed tells which live and paused journeys stand on a segment as they
// were published: it lets people in or out, or a branch asks for it.
func (s *Service) SegmentUsed(ctx context.Context, orgID, segmentID string) ([]i18n.Text, error) {
	names, specs := []string{}, []*graph.Spec{}
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		names, specs = names[:0], specs[:0]
		rows, err := running(ctx, tx, orgID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			e, err := s.edition(ctx, tx, orgID, r.id, r.version)
			if err != nil {
				return err
			}
			names, specs = append(names, r.name), append(specs, e.Spec)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []i18n.Text
	for i, sp := range specs {
		uses, err := s.standsOn(ctx, orgID, sp, segmentID)
		if err != nil {
			return nil, err
		}
		if uses {
			out = append(out, i18n.T("旅程“%s”", "the journey “%s”", names[i]))
		}
	}
	return out, nil
}

// standsOn tells whether a spec names a segment.
func (s *Service) standsOn(ctx context.Context, orgID string, sp *graph.Spec, segmentID string) (bool, error) {
	if sp.Entry.Kind == graph.BySegment && sp.Entry.SegmentID == segmentID || slices.ContainsFunc(sp.Exits, func(x graph.Leave) bool { return x.SegmentID == segmentID }) {
		return true, nil
	}
	for i := range sp.Graph.Steps {
		st := &sp.Graph.Steps[i]
		if st.Kind != graph.Branch {
			continue
		}
		for _, w := range st.Ways {
			named, err := s.Conditions.Segments(ctx, orgID, whenOf(st, w))
			if errs.Is(err, errs.CodeInvalid) || errs.Is(err, errs.CodeConflict) {
				continue // it is broken already, and says so
			}
			if err != nil {
				return false, err
			}
			if slices.Contains(named, segmentID) {
				return true, nil
			}
		}
	}
	return false, nil
}
