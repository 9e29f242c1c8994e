package app

import (
	"context"
	"errors"
	"time"

	"fishpond/internal/acquisition"
	"fishpond/internal/insight/follow"
	"fishpond/internal/insight/playbook"
	"fishpond/internal/insight/scorecard"
	"fishpond/internal/journey/ready"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/jobs"
)

// newScorecard makes the scorecard and the playbook.
func (a *App) newScorecard() {
	a.Scorecard = scorecard.New(a.DB, a.now, a.Log, followOrgs{a.Org}, scorecardCosts{a.Acquisition})
	a.Playbook = playbook.New(a.DB, a.now, a.Log, followOrgs{a.Org}, playbookJourneys{}, a.Org)
}

// followOrgs is the org module as parts of insight see it that follow the timeline.
type followOrgs struct{ *org.Service }

func (o followOrgs) Settings(ctx context.Context, tx *db.Tx, orgID string) (follow.OrgSettings, error) {
	s, err := o.Service.Settings(ctx, tx, orgID)
	return follow.OrgSettings{Zone: s.TimeZone, Currency: s.Currency}, err
}

type scorecardCosts struct{ acquisition *acquisition.Service }

func (c scorecardCosts) Between(ctx context.Context, orgID string, from, to time.Time) (minor, entries int64, err error) {
	ctx = access.With(ctx, access.ForSystem(orgID, "scorecard"))
	_, _, entries, minor, err = c.acquisition.Costs(ctx, acquisition.CostFilter{From: from.Format(time.DateOnly), To: to.Format(time.DateOnly)}, acquisition.CostPlace{}, 1)
	return minor, entries, err
}

type playbookJourneys struct{}

func (playbookJourneys) Ready(ctx context.Context) []playbook.PlaybookJourney {
	var out []playbook.PlaybookJourney
	for _, j := range ready.Journeys(i18n.From(ctx)) {
		out = append(out, playbook.PlaybookJourney{Key: j.Key, Name: j.Name, Text: j.About})
	}
	return out
}

// scorecardArgs counts every org's scorecard and playbook anew.
type scorecardArgs struct{}

func (scorecardArgs) Kind() string { return "insight.scorecard" }

// registerScorecardJobs is registerJobs for the scorecard and the playbook. An
// org that has moved to another zone or currency is counted from the start.
func (a *App) registerScorecardJobs(r *jobs.Registry) {
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long}, func(ctx context.Context, _ jobs.Job[scorecardArgs]) error {
		return errors.Join(a.Scorecard.RebuildOutdated(ctx, a.Runner.Rebuild), a.Playbook.RebuildOutdated(ctx, a.Runner.Rebuild),
			a.Scorecard.RefreshAll(ctx), a.Playbook.RefreshAll(ctx))
	})
	r.Every(time.Hour, scorecardArgs{})
}
