package sop

import (
	"context"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// SegmentUsed tells which live and paused series take their people from a
// segment.
func (s *Service) SegmentUsed(ctx context.Context, orgID, segmentID string) (out []i18n.Text, err error) {
	return out, s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		out = nil
		rows, err := running(ctx, tx, orgID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			e, err := s.edition(ctx, tx, orgID, r.id, r.version)
			if err != nil {
				return err
			}
			if e.Trigger.Kind == BySegment && e.Trigger.SegmentID == segmentID {
				out = append(out, i18n.T("SOP“%s”", "the series “%s”", r.name))
			}
		}
		return nil
	})
}
