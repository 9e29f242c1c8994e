package app

import (
	"context"
	"fmt"

	"fishpond/internal/platform/i18n"
	"fishpond/internal/sop"
)

// demoSOPs writes the series of the synthetic brand: one for new friends, which
// begins once the brand is connected, and one for groups.
func (a *App) demoSOPs(ctx context.Context) error {
	for _, r := range sop.ReadySOPs(i18n.ZH) {
		if r.Key != "new_friend_7" && r.Key != "new_group_5" {
			continue
		}
		v, err := a.SOPs.Create(ctx, sop.Input{Name: r.Name, Kind: r.Kind, Spec: r.Spec})
		if err == nil && r.Kind == sop.Group {
			_, err = a.SOPs.Publish(ctx, v.ID, v.Revision, false)
		}
		if err != nil {
			return fmt.Errorf("series %s: %w", r.Name, err)
		}
	}
	return nil
}

// demoFriends lets new friends of an account into the brand's series. One that is
// live already stays as it is.
func (a *App) demoFriends(ctx context.Context, account string) error {
	drafts, err := a.SOPs.Drafts(ctx, sop.Person)
	if err != nil {
		return err
	}
	for _, v := range drafts {
		if v.Spec.Trigger.Kind != sop.ByFriend || len(v.Spec.AccountIDs) > 0 {
			continue
		}
		v.Spec.AccountIDs = []string{account}
		if v, err = a.SOPs.Update(ctx, v.ID, v.Revision, sop.Input{Name: v.Name, Kind: v.Kind, Spec: v.Spec}); err != nil {
			return err
		}
		if _, err := a.SOPs.Publish(ctx, v.ID, v.Revision, false); err != nil {
			return err
		}
	}
	return nil
}
