package insight

import (
	"context"
	"encoding/json"
	"fmt"

	"fishpond/internal/insight/clv"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// OddsModel is the newest model of an org by which it can be told how probable it is
// that somebody still buys, as a text; empty where there is none, with the reason.
func (s *Service) OddsModel(ctx context.Context, tx *db.Tx, orgID string) (model string, why i18n.Text, err error) {
	f, err := latestFitting(ctx, tx, orgID)
	switch {
	case err != nil:
		return "", why, err
	case f == nil:
		return "", noValueYet, nil
	case f.refusal != "" || len(f.result.Models) == 0:
		return "", clv.Refuse(f.refusal).Text(), nil
	}
	text, err := json.Marshal(storedModels{Models: f.result.Models[:1], UnitDays: f.result.UnitDays})
	if err != nil {
		return "", why, fmt.Errorf("insight: odds: %w", err)
	}
	return string(text), why, nil
}

// Odds is a model that OddsModel told.
type Odds struct {
	model clv.Model
	unit  float64 // days
}

// ReadOdds reads what OddsModel wrote.
func ReadOdds(text string) (Odds, error) {
	var m storedModels
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return Odds{}, fmt.Errorf("insight: odds: %w", err)
	}
	r := clv.ValueResult{Models: m.Models}
	r.Restore()
	if len(r.Models) != 1 || !(m.UnitDays > 0) {
		return Odds{}, fmt.Errorf("insight: odds: %q is no model", text)
	}
	return Odds{r.Models[0].Model, m.UnitDays}, nil
}

// Alive is the probability, 0 to 1, that who bought on repeats more days after the
// first, on the last of them recency days after it, still buys age days after the
// first.
func (o Odds) Alive(repeats, recency, age int64) float64 {
	return o.model.Alive(clv.Row{X: int(repeats), Recency: float64(recency) / o.unit, Age: float64(age) / o.unit, People: 1})
}
