package economics

import (
	"context"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// EconomicsSettings are what the brand typed in.
type EconomicsSettings struct {
	MarginBP  *int64     `json:"margin_bp" doc:"Gross margin in basis points of sales; null: none, and nothing that needs one is told"`
	UpdatedAt *time.Time `json:"updated_at" doc:"When it was typed in"`
	UpdatedBy string     `json:"updated_by" doc:"The staff member or API key; empty without one"`
}

// Settings tells them.
func (s *Service) Settings(ctx context.Context, orgID string) (out EconomicsSettings, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		bp, at, by, ok, err := marginOf(ctx, tx, orgID)
		if ok {
			out = EconomicsSettings{MarginBP: &bp, UpdatedAt: clock.Ptr(at), UpdatedBy: by}
		}
		return err
	})
	return out, err
}

// SetMargin keeps the gross margin; nil forgets it.
func (s *Service) SetMargin(ctx context.Context, orgID string, bp *int64) (EconomicsSettings, error) {
	if bp != nil && (*bp < 1 || *bp > 10_000) {
		return EconomicsSettings{}, errs.InvalidField("body.margin_bp", i18n.Text{ZH: "毛利率应大于 0，不超过 100%", EN: "The gross margin is above 0 and at most 100 %"})
	}
	a, _ := access.From(ctx)
	if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		before, _, _, had, err := marginOf(ctx, tx, orgID)
		if err != nil {
			return err
		}
		detail := map[string]any{}
		if had {
			detail["before_bp"] = before
		}
		if bp == nil {
			if !had {
				return nil
			}
			err = deleteMargin(ctx, tx, orgID)
		} else {
			detail["margin_bp"] = *bp
			err = saveMargin(ctx, tx, orgID, *bp, s.now, a.ID)
		}
		if err != nil {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "economics.margin_set", "org", orgID, detail)
	}); err != nil {
		return EconomicsSettings{}, err
	}
	return s.Settings(ctx, orgID)
}
