package drill

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// RunInput asks for a drill.
type RunInput struct {
	Name    string `json:"name,omitempty" maxLength:"80" doc:"Empty: the month"`
	Purpose string `json:"purpose,omitempty" enum:"marketing,service" default:"marketing" doc:"Of the messages with which people would be reached"`
	Kept    bool   `json:"kept,omitempty" doc:"Keep it when newer ones come"`
}

// RunPatch changes what may be changed of a run.
type RunPatch struct {
	Name *string `json:"name,omitempty" minLength:"1" maxLength:"80"`
	Kept *bool   `json:"kept,omitempty"`
}

const (
	runsLoose = 10 // not kept ones that stay
	runsShown = 120
)

// Start asks for a drill of the pool as it is when it runs. One at a time.
func (s *Service) Start(ctx context.Context, in RunInput) (out Run, err error) {
	a, _ := access.From(ctx)
	if in.Purpose == "" {
		in.Purpose = "marketing"
	}
	id := ids.New("drl")
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		zone, err := s.ports.Orgs.Zone(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		month := s.now().In(zone).Format(monthForm)
		name := strings.TrimSpace(in.Name)
		if name == "" {
			name = month
		}
		in.Name = name
		if err := s.queue(ctx, tx, a.OrgID, id, month, in, a.ID); err != nil {
			return err
		}
		out, err = runByID(ctx, tx, a.OrgID, id)
		return err
	})
	if db.IsUnique(err) {
		return out, errs.Conflict(i18n.T("有一次演练正在进行，请等它完成", "A drill is going on; wait until it is done"))
	}
	return out, err
}

// queue puts a run down and asks for it to be done. A unique violation tells
// that another one is going on.
func (s *Service) queue(ctx context.Context, tx *db.Tx, orgID, id, month string, in RunInput, by string) error {
	if _, err := tx.Exec(ctx, `INSERT INTO insight_drill_run (org_id, id, name, purpose, month, status, step, kept, made_at, made_by, started_at, finished_at, error, totals, figures)
		VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 0, 0, '', '', '')`, orgID, id, in.Name, in.Purpose, month, StatusQueued, db.Bit(in.Kept), clock.Micros(s.now()), by); err != nil {
		return err
	}
	if err := s.ports.Jobs.EnqueueDrill(ctx, tx, orgID, id); err != nil {
		return err
	}
	return s.ports.Auditor.Audit(ctx, tx, "drill.started", "drill", id, map[string]any{"purpose": in.Purpose})
}

// errGone ends a run that somebody has thrown away.
var errGone = errors.New("drill: the run is gone")

// Do does a run that was asked for, or does it again after the process died. One
// that is done stays as it is.
func (s *Service) Do(ctx context.Context, orgID, runID string) error {
	var purpose string
	open := false
	if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "UPDATE insight_drill_run SET status = ?, started_at = ?, step = 0 WHERE org_id = ? AND id = ? AND status IN (?, ?)",
			StatusRunning, clock.Micros(s.now()), orgID, runID, StatusQueued, StatusRunning)
		if open = n > 0; err != nil || !open {
			return err
		}
		return tx.QueryRow(ctx, "SELECT purpose FROM insight_drill_run WHERE org_id = ? AND id = ?", orgID, runID).Scan(&purpose)
	}); err != nil || !open {
		return err
	}
	at := func(step int) error { return s.reached(ctx, orgID, runID, step) }
	g, err := s.gather(ctx, orgID, purpose, at)
	if err == nil {
		err = at(stepsOfRun - 2)
	}
	if err != nil {
		return gone(err)
	}
	v := g.survey()
	f := v.tally()
	steps, people, rest := v.plan()
	f.Steps, f.Rest = steps, rest
	if f.Steps == nil {
		f.Steps = []Step{}
	}
	if err := at(stepsOfRun - 1); err != nil {
		return gone(err)
	}
	return s.finish(ctx, orgID, runID, &f, g.bits(people))
}

func gone(err error) error {
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

// reached notes how far a run is.
func (s *Service) reached(ctx context.Context, orgID, runID string, step int) error {
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "UPDATE insight_drill_run SET step = ? WHERE org_id = ? AND id = ? AND status = ?", step, orgID, runID, StatusRunning)
		if err == nil && n == 0 {
			err = errGone
		}
		return err
	})
}

// finish stores all that a run found, at once.
func (s *Service) finish(ctx context.Context, orgID, runID string, f *figures, bits []bitsRow) error {
	totals, err := json.Marshal(f.Totals)
	if err != nil {
		return err
	}
	all, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "UPDATE insight_drill_run SET status = ?, step = ?, finished_at = ?, totals = ?, figures = ? WHERE org_id = ? AND id = ? AND status = ?",
			StatusDone, stepsOfRun, clock.Micros(s.now()), string(totals), string(all), orgID, runID, StatusRunning)
		if err != nil || n == 0 {
			return err // thrown away, or done by another node
		}
		if err := saveBits(ctx, tx, orgID, runID, bits); err != nil {
			return err
		}
		old, err := db.All(ctx, tx, func(rows *sql.Rows, id *string) error { return rows.Scan(id) },
			"SELECT id FROM insight_drill_run WHERE org_id = ? AND kept = 0 AND status IN (?, ?) ORDER BY made_at DESC, id DESC LIMIT 1000 OFFSET ?", orgID, StatusDone, StatusFailed, runsLoose)
		if err != nil {
			return err
		}
		return remove(ctx, tx, orgID, old)
	})
}

func remove(ctx context.Context, tx *db.Tx, orgID string, runs []string) error {
	for _, id := range runs {
		for _, table := range []string{"insight_drill_bits", "insight_drill_step"} {
			if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE org_id = ? AND run_id = ?", orgID, id); err != nil {
				return fmt.Errorf("drill: %w", err)
			}
		}
		if _, err := tx.Exec(ctx, "DELETE FROM insight_drill_run WHERE org_id = ? AND id = ?", orgID, id); err != nil {
			return fmt.Errorf("drill: %w", err)
		}
	}
	return nil
}

// Abandon notes that a run will not be tried again.
func (s *Service) Abandon(ctx context.Context, orgID, runID string, cause error) error {
	s.log.ErrorContext(ctx, "a drill was given up", "org", orgID, "drill", runID, "error", cause)
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE insight_drill_run SET status = ?, finished_at = ?, error = ? WHERE org_id = ? AND id = ? AND status IN (?, ?)",
			StatusFailed, clock.Micros(s.now()), "failed", orgID, runID, StatusQueued, StatusRunning)
		return err
	})
}

// Runs lists drills, the newest first, those that are thrown away left out.
func (s *Service) Runs(ctx context.Context, orgID string) (out []Run, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		out, err = db.All(ctx, tx, func(rows *sql.Rows, r *Run) error { return scanRun(rows, r) },
			"SELECT "+runColumns+" FROM insight_drill_run WHERE org_id = ? ORDER BY made_at DESC, id DESC LIMIT ?", orgID, runsShown)
		return err
	})
	for i := range out {
		out[i].tell(ctx)
	}
	return out, err
}

var failed = i18n.T("演练没有完成，请再试一次；仍不行请看系统 → 任务", "The drill did not come to its end. Try again; if that fails too, see System → jobs")

func (r *Run) tell(ctx context.Context) {
	if r.Error != "" {
		r.Error = failed.In(i18n.From(ctx))
	}
}

// Patch renames a run, keeps it or no longer keeps it.
func (s *Service) Patch(ctx context.Context, runID string, p RunPatch) (out Run, err error) {
	a, _ := access.From(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := runByID(ctx, tx, a.OrgID, runID)
		if err != nil {
			return err
		}
		if p.Name != nil {
			if r.Name = strings.TrimSpace(*p.Name); r.Name == "" {
				return errs.InvalidField("body.name", i18n.T("请写名称", "A name is needed"))
			}
		}
		if p.Kept != nil {
			r.Kept = *p.Kept
		}
		if _, err := tx.Exec(ctx, "UPDATE insight_drill_run SET name = ?, kept = ? WHERE org_id = ? AND id = ?", r.Name, db.Bit(r.Kept), a.OrgID, runID); err != nil {
			return err
		}
		out = r
		return s.ports.Auditor.Audit(ctx, tx, "drill.changed", "drill", runID, map[string]any{"kept": r.Kept})
	})
	out.tell(ctx)
	return out, err
}

// Delete throws a run away; one that is going on ends. Segments and drafts that
// were made of its plan stay.
func (s *Service) Delete(ctx context.Context, runID string) error {
	a, _ := access.From(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := runByID(ctx, tx, a.OrgID, runID); err != nil {
			return err
		}
		if err := remove(ctx, tx, a.OrgID, []string{runID}); err != nil {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "drill.deleted", "drill", runID, nil)
	})
}
