package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fishpond/internal/acquisition"
	"fishpond/internal/campaign"
	"fishpond/internal/carrier"
	"fishpond/internal/insight/drill"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/reach/gate"
	"fishpond/internal/segment"
)

// newDrill wires the pool-loss drill.
func (a *App) newDrill(later *later) *drill.Service {
	return drill.New(a.DB, a.now, a.Log, drill.Ports{Sources: drillSources{a}, Segments: drillSegments{a}, Desk: a.desk(), Campaigns: drillCampaigns{a}, Invites: drillInvites{a}, Orgs: drillOrgs{a.Org}, Jobs: later, Auditor: a.Org})
}

// drillArgs does one drill.
type drillArgs struct {
	RunID string `json:"run_id"`
}

func (drillArgs) Kind() string { return "insight.drill" }

// drillTickArgs starts the monthly drills that are due.
type drillTickArgs struct{}

func (drillTickArgs) Kind() string { return "insight.drill.tick" }

// EnqueueDrill asks for drill.Service.Do of the run.
func (l *later) EnqueueDrill(ctx context.Context, tx *db.Tx, orgID, runID string) error {
	_, _, err := l.jobs.Enqueue(ctx, tx, orgID, drillArgs{RunID: runID}, jobs.Opts{UniqueKey: runID})
	return err
}

// registerDrillJobs is registerJobs for drills.
func (a *App) registerDrillJobs(r *jobs.Registry) {
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long, MaxAttempts: 5}, func(ctx context.Context, j jobs.Job[drillArgs]) error {
		err := a.Drill.Do(ctx, j.OrgID, j.Args.RunID)
		if err != nil && ctx.Err() == nil && j.Attempt >= j.MaxAttempts {
			return errors.Join(err, a.Drill.Abandon(ctx, j.OrgID, j.Args.RunID, err))
		}
		return err
	})
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long}, func(ctx context.Context, _ jobs.Job[drillTickArgs]) error { return a.Drill.Tick(ctx) })
	r.Every(10*time.Minute, drillTickArgs{})
}

// drillSources tell a drill all that it counts: the pool, the accounts and their
// ties as the carriers know them, the gate's word, and people's values.
type drillSources struct{ app *App }

func (d drillSources) Accounts(ctx context.Context, tx *db.Tx, orgID string) ([]drill.Account, error) {
	all, err := d.app.Carrier.Census(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	staff, err := d.app.Org.StaffNames(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	out := make([]drill.Account, len(all))
	for i, a := range all {
		out[i] = drill.Account{ID: a.ID, Kind: a.Kind, Name: a.Name, Active: a.Active, Failing: a.Failing}
		for _, m := range a.Members {
			name := m.Name
			if n := staff[m.StaffID]; n != "" {
				name = n
			}
			out[i].Members = append(out[i].Members, drill.Member{UserID: m.UserID, Name: name, StaffID: m.StaffID})
		}
	}
	return out, nil
}

func (d drillSources) Persons(ctx context.Context, tx *db.Tx, orgID string, tell func(personID, speakerID string, seq uint32)) error {
	return d.app.Pool.EachPerson(ctx, tx, orgID, tell)
}

func (d drillSources) Ties(ctx context.Context, tx *db.Tx, orgID string, tell func(drill.Tie)) error {
	return d.app.Carrier.EachTie(ctx, tx, orgID, func(t carrier.Tie) { tell(drill.Tie(t)) })
}

func (d drillSources) Addresses(ctx context.Context, tx *db.Tx, orgID, kind string, tell func(personID string, returned bool)) error {
	returned := map[string]bool{}
	if kind == carrier.KindEmail {
		if err := d.app.Carrier.EachReturned(ctx, tx, orgID, func(address string) { returned[address] = true }); err != nil {
			return err
		}
	}
	return d.app.Pool.EachIdentity(ctx, tx, orgID, unasked[kind], func(personID, value string) {
		tell(personID, len(returned) > 0 && returned[strings.ToLower(value)])
	})
}

func (d drillSources) Words(ctx context.Context, tx *db.Tx, orgID, purpose string, tell func(personID, why string)) (string, error) {
	unknown, err := d.app.Reach.EachWord(ctx, tx, orgID, purpose, func(personID string, why gate.Reason) { tell(personID, string(why)) })
	return string(unknown), err
}

func (d drillSources) Values(ctx context.Context, tx *db.Tx, orgID string, tell func(personID string, minor int64)) (drill.ValueStand, error) {
	v, err := d.app.Insight.EachValue(ctx, tx, orgID, tell)
	return drill.ValueStand(v), err
}

// drillSegments finds segments.
type drillSegments struct{ app *App }

func (d drillSegments) Segment(ctx context.Context, _, name string) (string, error) {
	const most = 100 // names hold the drill's own id
	all, _, err := d.app.Segments.List(ctx, segment.ListQuery{Q: name, Limit: most})
	i := slices.IndexFunc(all, func(s segment.Segment) bool { return s.Name == name })
	if err != nil || i < 0 {
		return "", err
	}
	return all[i].ID, nil
}

// drillCampaigns makes drafts.
type drillCampaigns struct{ app *App }

func (d drillCampaigns) Draft(ctx context.Context, name, segmentID string) (string, error) {
	a, _ := access.From(ctx)
	return d.app.Campaigns.DraftNamed(ctx, a.OrgID, name, segmentID)
}

func (d drillCampaigns) Create(ctx context.Context, in drill.Draft) (string, error) {
	nobody := 0 // is left out: everybody is to have a second way
	draft := campaign.Input{Name: in.Name, SegmentID: in.SegmentID, Purpose: in.Purpose, AccountIDs: []string{in.AccountID}, Subject: in.Subject, Text: in.Text, HoldoutBP: &nobody}
	if in.Parameters != nil {
		draft.SMS = &campaign.SMS{Parameters: in.Parameters}
	}
	c, err := d.app.Campaigns.Create(ctx, draft)
	return c.ID, err
}

// drillInvites tells where people join an account: the page of its oldest live
// code that is not a share of somebody's.
type drillInvites struct{ app *App }

func (d drillInvites) Invite(ctx context.Context, _, accountID string) (string, error) {
	all, _, _, err := d.app.Acquisition.Codes(ctx, acquisition.CodeFilter{AccountID: accountID, Status: "active"}, "", 100)
	if errs.Is(err, errs.CodeForbidden) {
		return "", nil
	}
	for _, c := range slices.Backward(all) {
		if c.PageURL != "" && c.Blocked == "" && !c.Expired {
			return c.PageURL, err
		}
	}
	return "", err
}

// drillOrgs answers for the org module.
type drillOrgs struct{ *org.Service }

func (o drillOrgs) Zone(ctx context.Context, tx *db.Tx, orgID string) (*time.Location, error) {
	s, err := o.Settings(ctx, tx, orgID)
	return s.TimeZone, err
}
