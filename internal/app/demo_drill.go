package app

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"fishpond/internal/carrier"
	"fishpond/internal/demo"
	"fishpond/internal/insight/drill"
	"fishpond/internal/platform/db"
)

// demoDrills keeps two drills of the synthetic brand, a month apart: before and
// after it led some of its people to a second platform.
func (a *App) demoDrills(ctx context.Context, orgID string, until time.Time) error {
	byName, err := a.demoStaff(ctx, orgID)
	if err != nil {
		return err
	}
	if _, err := a.Insight.RefitIfDue(ctx, orgID); err != nil { // so that the lost have a value
		return err
	}
	for _, at := range []struct {
		time  time.Time
		later bool
	}{{until.AddDate(0, -1, 0), false}, {until, true}} {
		ports := drill.Ports{Sources: demoTies{drillSources{a}, byName, at.later}, Orgs: drillOrgs{a.Org}, Jobs: demoNow{}, Auditor: a.Org}
		past := drill.New(a.DB, func() time.Time { return at.time }, a.Log, ports)
		run, err := past.Start(ctx, drill.RunInput{Name: at.time.Format("2006-01") + " 月度演练", Purpose: "service", Kept: true})
		if err == nil {
			err = past.Do(ctx, orgID, run.ID)
		}
		if err != nil {
			return fmt.Errorf("drill: %w", err)
		}
	}
	return nil
}

// demoNow leaves a drill to its caller.
type demoNow struct{}

func (demoNow) EnqueueDrill(context.Context, *db.Tx, string, string) error { return nil }

// demoTies are a brand's ties as they would be had its people come over real
// platforms: whoever has an id of WeCom is the friend of one of the staff.
type demoTies struct {
	drillSources
	staff map[string]string // id by name
	later bool
}

// The accounts that only these drills know.
const (
	demoCorp     = "acc_demo_wecom"
	demoOfficial = "acc_demo_official"
)

func (d demoTies) Accounts(ctx context.Context, tx *db.Tx, orgID string) ([]drill.Account, error) {
	out, err := d.drillSources.Accounts(ctx, tx, orgID)
	corp := drill.Account{ID: demoCorp, Kind: carrier.KindWecom, Name: demo.Brand + "企业微信", Active: true}
	for i, name := range demo.Staff() {
		corp.Members = append(corp.Members, drill.Member{UserID: demo.MemberID(i), Name: name, StaffID: d.staff[name]})
	}
	return append(out, corp, drill.Account{ID: demoOfficial, Kind: carrier.KindOfficial, Name: demo.Brand, Active: true}), err
}

func (d demoTies) Ties(ctx context.Context, tx *db.Tx, orgID string, tell func(drill.Tie)) error {
	return d.app.Pool.EachIdentity(ctx, tx, orgID, "wecom_external_userid", func(personID, value string) {
		h := fnv.New32a()
		_, _ = h.Write([]byte(value)) // never fails
		n := int(h.Sum32() >> 4)
		friend := drill.Tie{AccountID: demoCorp, UserID: demo.MemberID(n % len(demo.Staff())), PersonID: personID, Direct: n%17 != 0}
		if !friend.Direct {
			friend.Why = carrier.TieUnfriended
		}
		tell(friend)
		switch follows := n / 7 % 10; {
		case follows == 0:
			tell(drill.Tie{AccountID: demoOfficial, PersonID: personID, Direct: true})
		case follows < 3 && d.later:
			tell(drill.Tie{AccountID: demoOfficial, PersonID: personID, Waits: true, Why: carrier.TieWindow})
		}
	})
}
