package lifecycle

import (
	"context"
	"fmt"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Scores gives the scores of many persons as they are now, by canonical id.
// Who has not bought is left out.
func (s *Service) Scores(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]RFM, error) {
	st, err := settingsOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	rows, err := persons(ctx, tx, orgID, personIDs)
	if err != nil {
		return nil, fmt.Errorf("lifecycle: scores: %w", err)
	}
	now, out := clock.Micros(s.now()), map[string]RFM{}
	for id, p := range rows {
		if rfm := st.quintiles.score(p, now); rfm != nil {
			out[id] = *rfm
		}
	}
	return out, nil
}
