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

// syncArgs brings one account's contacts, tags and groups in.
type syncArgs struct {
	SyncID string `json:"sync_id"`
}

func (syncArgs) Kind() string { return "carrier.sync" }

// transferArgs hands customers over, and asks how it stands.
type transferArgs struct {
	TransferID string `json:"transfer_id"`
}

func (transferArgs) Kind() string { return "carrier.transfer" }

// syncAllArgs asks for a sync of every account once a night.
type syncAllArgs struct{}

func (syncAllArgs) Kind() string { return "carrier.sync_all" }

// transfersArgs goes on with the hand-overs that are open.
type transfersArgs struct{}

func (transfersArgs) Kind() string { return "carrier.transfers" }

// healthArgs looks at every account.
type healthArgs struct{}

func (healthArgs) Kind() string { return "carrier.health" }

// profilesArgs asks who newcomers are of whom the platform did not tell.
type profilesArgs struct{}

func (profilesArgs) Kind() string { return "carrier.profiles" }

// cleanCarrierArgs deletes callbacks that were worked off long ago.
type cleanCarrierArgs struct{}

func (cleanCarrierArgs) Kind() string { return "carrier.clean" }

// cleanMediaArgs forgets files that were uploaded and never sent.
type cleanMediaArgs struct{}

func (cleanMediaArgs) Kind() string { return "carrier.clean_media" }

// codeArgs tells the platform what one live code says now.
type codeArgs struct {
	CodeID string `json:"code_id"`
}

func (codeArgs) Kind() string { return "acquisition.code" }

// codesArgs does so for all codes: shifts begin and end.
type codesArgs struct{}

func (codesArgs) Kind() string { return "acquisition.codes" }

// cleanVisitsArgs forgets visits of browsers nobody turned out to be.
type cleanVisitsArgs struct{}

func (cleanVisitsArgs) Kind() string { return "acquisition.clean" }

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
	a.registerCarrierJobs(r)
	a.registerCampaignJobs(r)
	a.registerSOPJobs(r)
	a.registerJourneyJobs(r)
	a.registerContentJobs(r)
	a.registerValueJobs(r)
	a.registerReportJobs(r)
	a.registerDrillJobs(r)
	a.registerScorecardJobs(r)
	r.Every(5*time.Minute, sweepArgs{})
	r.Every(time.Minute, rezoneArgs{})
	r.Every(24*time.Hour, measureArgs{})
	r.Every(24*time.Hour, rescoreArgs{})
	r.Every(24*time.Hour, reconcileAllArgs{})
	r.Every(24*time.Hour, cleanArgs{})
}

// registerCarrierJobs is registerJobs for accounts on platforms and what leads
// to them.
func (a *App) registerCarrierJobs(r *jobs.Registry) {
	long := jobs.Limits{Timeout: -1, Queue: jobs.Long}
	jobs.Register(r, jobs.Limits{Timeout: -1, Queue: jobs.Long, MaxAttempts: 8}, func(ctx context.Context, j jobs.Job[syncArgs]) error {
		err := a.Carrier.Sync(ctx, j.OrgID, j.Args.SyncID)
		if err != nil && ctx.Err() == nil && j.Attempt >= j.MaxAttempts {
			return errors.Join(err, a.Carrier.AbandonSync(ctx, j.OrgID, j.Args.SyncID, err))
		}
		return err
	})
	jobs.Register(r, long, func(ctx context.Context, j jobs.Job[transferArgs]) error {
		return a.Carrier.RunTransfer(ctx, j.OrgID, j.Args.TransferID)
	})
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[transfersArgs]) error {
		open, err := a.Carrier.OpenTransfers(ctx)
		for _, t := range open {
			if e := a.Carrier.RunTransfer(ctx, t.OrgID, t.ID); e != nil {
				err = errors.Join(err, fmt.Errorf("hand-over %s: %w", t.ID, e))
			}
		}
		return err
	})
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[syncAllArgs]) error { return a.Carrier.QueueNightly(ctx) })
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[healthArgs]) error { return a.Carrier.CheckHealth(ctx) })
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[profilesArgs]) error { return a.Carrier.RefreshProfiles(ctx) })
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[cleanCarrierArgs]) error { return a.Carrier.Clean(ctx) })
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[cleanMediaArgs]) error { return a.Carrier.CleanMedia(ctx) })
	jobs.Register(r, jobs.Limits{}, func(ctx context.Context, j jobs.Job[codeArgs]) error {
		return a.Acquisition.RefreshCode(ctx, j.OrgID, j.Args.CodeID)
	})
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[codesArgs]) error { return a.Acquisition.RefreshAll(ctx) })
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[cleanVisitsArgs]) error { return a.Acquisition.CleanVisits(ctx) })
	r.Every(24*time.Hour, syncAllArgs{})
	r.Every(3*time.Hour, transfersArgs{})
	r.Every(5*time.Minute, healthArgs{})
	r.Every(time.Minute, profilesArgs{})
	r.Every(24*time.Hour, cleanCarrierArgs{})
	r.Every(time.Hour, cleanMediaArgs{})
	r.Every(time.Minute, codesArgs{})
	r.Every(24*time.Hour, cleanVisitsArgs{})
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
