package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fishpond/internal/platform/jobs"
)

// importArgs runs one import. The kinds of jobs never change: stored jobs
// are found by them.
type importArgs struct {
	ImportID string `json:"import_id"`
}

func (importArgs) Kind() string { return "import.run" }

// redrawArgs draws an org's stages anew after its thresholds changed.
type redrawArgs struct{}

func (redrawArgs) Kind() string { return "lifecycle.redraw" }

// sweepArgs moves everybody whose stage time alone has changed.
type sweepArgs struct{}

func (sweepArgs) Kind() string { return "lifecycle.sweep" }

// rezoneArgs builds anew what another time zone of an org has put out of date.
type rezoneArgs struct{}

func (rezoneArgs) Kind() string { return "insight.rezone" }

// measureArgs looks over every org's customers once a night.
type measureArgs struct{}

func (measureArgs) Kind() string { return "lifecycle.measure" }

// rescoreArgs brings the RFM scores that segments ask for up to date.
type rescoreArgs struct{}

func (rescoreArgs) Kind() string { return "segment.rescore" }

// reconcileArgs compares one org's segments with what SQL says of them.
type reconcileArgs struct{}

func (reconcileArgs) Kind() string { return "segment.reconcile" }

// reconcileAllArgs does so for every org once a night.
type reconcileAllArgs struct{}

func (reconcileAllArgs) Kind() string { return "segment.reconcile_all" }

// cleanArgs throws stale uploads away.
type cleanArgs struct{}

func (cleanArgs) Kind() string { return "import.clean" }

// registerJobs says what this process can do later and what comes round.
func (a *App) registerJobs(r *jobs.Registry) {
	const importAttempts = 5
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long, MaxAttempts: importAttempts}, func(ctx context.Context, j jobs.Job[importArgs]) error {
		err := a.Importer.Run(ctx, j.OrgID, j.Args.ImportID)
		if err != nil && ctx.Err() == nil && j.Attempt >= j.MaxAttempts {
			return errors.Join(err, a.Importer.Abandon(ctx, j.OrgID, j.Args.ImportID, err))
		}
		return err
	})
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long}, func(ctx context.Context, j jobs.Job[redrawArgs]) error {
		return a.Lifecycle.Redraw(ctx, j.OrgID)
	})
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long}, func(ctx context.Context, _ jobs.Job[sweepArgs]) error {
		return a.Lifecycle.SweepAll(ctx)
	})
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long}, func(ctx context.Context, _ jobs.Job[rezoneArgs]) error {
		return a.Insight.RebuildOutdated(ctx, a.Runner.Rebuild)
	})
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long}, func(ctx context.Context, _ jobs.Job[measureArgs]) error {
		return a.Lifecycle.MeasureAll(ctx)
	})
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long}, func(ctx context.Context, _ jobs.Job[rescoreArgs]) error {
		return a.eachOrg(ctx, func(orgID string) error {
			_, err := a.facts.Rescore(ctx, a.DB, orgID)
			return err
		})
	})
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long}, func(ctx context.Context, j jobs.Job[reconcileArgs]) error {
		_, err := a.Live.Reconcile(ctx, j.OrgID)
		return err
	})
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long}, func(ctx context.Context, _ jobs.Job[reconcileAllArgs]) error {
		return a.eachOrg(ctx, func(orgID string) error {
			_, err := a.Live.Reconcile(ctx, orgID)
			return err
		})
	})
	jobs.Register(r, jobs.Limits{Timeout: 10 * time.Minute}, func(ctx context.Context, _ jobs.Job[cleanArgs]) error {
		return a.Importer.Clean(ctx)
	})
	r.Every(5*time.Minute, sweepArgs{})
	r.Every(time.Minute, rezoneArgs{})
	r.Every(24*time.Hour, measureArgs{})
	r.Every(24*time.Hour, rescoreArgs{})
	r.Every(24*time.Hour, reconcileAllArgs{})
	r.Every(24*time.Hour, cleanArgs{})
}

// eachOrg does something for every org; one that fails does not keep the
// others from it.
func (a *App) eachOrg(ctx context.Context, fn func(orgID string) error) error {
	all, err := a.Org.OrgIDs(ctx)
	for _, id := range all {
		if e := fn(id); e != nil {
			err = errors.Join(err, fmt.Errorf("org %s: %w", id, e))
		}
	}
	return err
}
