package app

import (
	"context"
	"fmt"
	"time"

	"fishpond/internal/demo"
	"fishpond/internal/followup"
	"fishpond/internal/platform/access"
	"fishpond/internal/pool"
)

// demoPromises are what the brand's associates have promised for today.
var demoPromises = []string{"回电话确认礼盒的送达时间", "老白茶到货了，告诉她", "问问上次的茶合不合口味", "发一份冲泡方法", "把开票信息发给他", "约周末到店品茶"}

// demoNext are next steps that associates have noted.
var demoNext = []string{"下周发新茶单", "等她发工资后再联系", "补寄一份茶样"}

// demoFollowup makes today's lists of the synthetic brand, promises included,
// and has some of the people on them attended to.
func (a *App) demoFollowup(ctx context.Context, orgID string) error {
	byName, err := a.demoStaff(ctx, orgID)
	if err != nil {
		return err
	}
	for i, name := range demo.Staff() {
		as := access.With(ctx, access.Actor{Kind: access.Staff, OrgID: orgID, ID: byName[name], Name: name, OwnOnly: true}.WithPermissions([]string{"followup.read", "followup.write"}))
		own, err := a.Pool.List(ctx, pool.Filter{OwnerStaffID: byName[name], MaxGMVMinor: -1, MaxOrders: -1}, pool.Cursor{}, 1)
		if err != nil {
			return err
		}
		if len(own.Persons) == 0 {
			continue
		}
		if _, err := a.Followup.Promise(as, followup.PromiseInput{PersonID: own.Persons[0].ID, DueAt: a.now().Add(time.Hour), Text: demoPromises[i%len(demoPromises)]}); err != nil {
			return fmt.Errorf("promise: %w", err)
		}
	}
	if _, err := a.Followup.Rebuild(ctx); err != nil {
		return fmt.Errorf("today's lists: %w", err)
	}
	for i, name := range demo.Staff() {
		as := access.With(ctx, access.Actor{Kind: access.Staff, OrgID: orgID, ID: byName[name], Name: name, OwnOnly: true}.WithPermissions([]string{"followup.read", "followup.write"}))
		if err := a.demoAttend(as, i); err != nil {
			return err
		}
	}
	return a.Runner.CatchUp(ctx, orgID)
}

// demoAttend attends to some people of an associate's list, each associate to
// more than the one before.
func (a *App) demoAttend(ctx context.Context, associate int) error {
	list, _, err := a.Followup.Today(ctx, followup.ListFilter{Status: followup.Open}, followup.ListPlace{}, 2*associate+1)
	if err != nil {
		return err
	}
	for i, item := range list.Items {
		switch {
		case i == 0: // whoever looks at the demo finds the promise open
		case i%5 == 4:
			_, err = a.Followup.Decline(ctx, item.ID, followup.Outcome{Note: "近期不考虑"})
		case i%3 == 2:
			_, err = a.Followup.Postpone(ctx, item.ID, followup.Outcome{Note: "在忙，过几天再说"})
		default:
			_, err = a.Followup.Done(ctx, item.ID, followup.Outcome{NextStep: demoNext[i%len(demoNext)]})
		}
		if err != nil {
			return fmt.Errorf("attend to %s: %w", item.ID, err)
		}
	}
	return nil
}
