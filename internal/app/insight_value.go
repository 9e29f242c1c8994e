package app

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/jobs"
)

// valueArgs fits the models of what customers are worth, for every org for which
// it is time.
type valueArgs struct{}

func (valueArgs) Kind() string { return "insight.value" }

// registerValueJobs is registerJobs for lifetime value. The job looks every hour
// and fits about once a day, or when there are many more orders.
func (a *App) registerValueJobs(r *jobs.Registry) {
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long}, func(ctx context.Context, _ jobs.Job[valueArgs]) error {
		return a.followModels(ctx, a.Insight.RefitAll(ctx))
	})
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long}, func(ctx context.Context, j jobs.Job[refitArgs]) error {
		return a.followModels(ctx, a.Insight.RefitAsked(ctx, j.OrgID))
	})
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long}, func(ctx context.Context, _ jobs.Job[grownArgs]) error {
		return a.followModels(ctx, a.Insight.RefitGrown(ctx))
	})
	r.Every(time.Hour, valueArgs{})
	r.Every(time.Minute, grownArgs{})
}

// refitArgs has one org's values worked out anew because somebody asked.
type refitArgs struct{}

func (refitArgs) Kind() string { return "insight.refit" }

// Refit asks for insight.Service.RefitAsked of the org.
func (l *later) Refit(ctx context.Context, tx *db.Tx, orgID string) error {
	_, _, err := l.jobs.Enqueue(ctx, tx, orgID, refitArgs{}, jobs.Opts{UniqueKey: "refit"})
	return err
}

// grownArgs fits the models of orgs that have many more orders than they saw.
type grownArgs struct{}

func (grownArgs) Kind() string { return "insight.value_grown" }
