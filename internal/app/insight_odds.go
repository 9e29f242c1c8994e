package app

import (
	"context"

	"fishpond/internal/insight"
	"fishpond/internal/lifecycle"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// lifecycleOdds answers lifecycle with the models of what people are worth.
type lifecycleOdds struct{ insight *insight.Service }

func (o lifecycleOdds) Newest(ctx context.Context, tx *db.Tx, orgID string) (string, i18n.Text, error) {
	return o.insight.OddsModel(ctx, tx, orgID)
}

func (lifecycleOdds) Survival(model string) (lifecycle.Survival, error) {
	return insight.ReadOdds(model)
}

// followModels has stages go by the newest models, where they go by probability.
func (a *App) followModels(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	return a.eachOrg(ctx, func(orgID string) error { return a.Lifecycle.FollowModel(ctx, orgID) })
}
