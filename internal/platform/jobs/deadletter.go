package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// State is where a job stands.
type State string

// The states. Discarded and Cancelled are the dead letters: the first failed too
// often, the second failed for good or was stopped.
const (
	Available State = "available"
	Running   State = "running"
	Scheduled State = "scheduled"
	Retryable State = "retryable"
	Completed State = "completed"
	Discarded State = "discarded"
	Cancelled State = "cancelled"
)

// Failure is what one attempt ended with.
type Failure struct {
	At      time.Time `json:"at"`
	Attempt int       `json:"attempt"`
	Error   string    `json:"error"`
}

// Info is a job as an operator sees it.
type Info struct {
	ID          int64           `json:"id"`
	Kind        string          `json:"kind"`
	State       State           `json:"state"`
	Attempt     int             `json:"attempt"`
	MaxAttempts int             `json:"max_attempts"`
	CreatedAt   time.Time       `json:"created_at"`
	ScheduledAt time.Time       `json:"scheduled_at"`
	FinishedAt  *time.Time      `json:"finished_at"`
	Failures    []Failure       `json:"failures"`
	Args        json.RawMessage `json:"args"`
}

// noSuchJob is also what another organisation's job looks like.
func noSuchJob(cause error) error {
	return errs.NotFound(i18n.T("任务", "job")).Because(cause)
}

// maxFailureText bounds what a failure may fill of a page: errors repeat input at
// times.
const maxFailureText = 2000

// List returns up to limit (1–100) of an organisation's jobs in a state, the newest
// first, that are older than the job with id before (0 for the first page).
func (s *Service) List(ctx context.Context, orgID string, state State, before int64, limit int) ([]Info, error) {
	params := river.NewJobListParams().
		States(rivertype.JobState(state)).
		OrderBy(river.JobListOrderByID, river.SortOrderDesc).
		Where("metadata ->> 'org_id' = @org_id", river.NamedArgs{"org_id": orgID}).
		First(min(max(limit, 1), 100))
	if before > 0 {
		params = params.Where("id < @before", river.NamedArgs{"before": before})
	}
	var result []Info
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		page, err := s.client.JobListTx(ctx, tx.SQL(), params)
		if err != nil {
			return fmt.Errorf("jobs: list: %w", err)
		}
		result = make([]Info, len(page.Jobs))
		for i, row := range page.Jobs {
			result[i] = describe(row)
		}
		return nil
	})
	return result, err
}

func describe(row *rivertype.JobRow) Info {
	failures := make([]Failure, len(row.Errors))
	for i, e := range row.Errors {
		text := e.Error
		if len(text) > maxFailureText {
			text = text[:maxFailureText] + "…"
		}
		failures[i] = Failure{At: e.At.UTC(), Attempt: e.Attempt, Error: text}
	}
	info := Info{
		ID: row.ID, Kind: row.Kind, State: State(row.State), Attempt: row.Attempt, MaxAttempts: row.MaxAttempts,
		CreatedAt: row.CreatedAt.UTC(), ScheduledAt: row.ScheduledAt.UTC(), Failures: failures,
		Args: json.RawMessage(row.EncodedArgs),
	}
	if row.FinalizedAt != nil {
		at := row.FinalizedAt.UTC()
		info.FinishedAt = &at
	}
	return info
}

// Retry makes a job that is not running available at once, with one more attempt if
// it had none left. It fails with a not-found error for another organisation's job
// and with a conflict for a running one or while another with the same unique key
// waits.
func (s *Service) Retry(ctx context.Context, orgID string, id int64) error {
	return s.change(ctx, orgID, id, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.client.JobRetryTx(ctx, tx.SQL(), id)
		if db.IsUnique(err) {
			return errs.Conflict(i18n.T("同样的任务已在排队", "The same job is already waiting")).Because(err)
		}
		if err == nil {
			s.wakeAfter(tx, row)
		}
		return err
	})
}

// Delete throws a job away that is not running, with the same failures as Retry.
func (s *Service) Delete(ctx context.Context, orgID string, id int64) error {
	return s.change(ctx, orgID, id, func(ctx context.Context, tx *db.Tx) error {
		_, err := s.client.JobDeleteTx(ctx, tx.SQL(), id)
		return err
	})
}

// change runs one of River's verbs on a job after making sure whose it is.
func (s *Service) change(ctx context.Context, orgID string, id int64, verb func(context.Context, *db.Tx) error) error {
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		ctx := context.WithoutCancel(ctx) // see Enqueue
		row, err := s.client.JobGetTx(ctx, tx.SQL(), id)
		switch {
		case errors.Is(err, rivertype.ErrNotFound):
			return noSuchJob(err)
		case err != nil:
			return fmt.Errorf("jobs: get %d: %w", id, err)
		case orgOf(row) != orgID:
			return noSuchJob(nil)
		}
		if row.State == rivertype.JobStateRunning {
			return errs.Conflict(i18n.T("任务正在运行，请等它结束", "The job is running; wait until it ends"))
		}
		err = verb(ctx, tx)
		switch {
		case errors.Is(err, rivertype.ErrNotFound):
			return noSuchJob(err)
		case errors.Is(err, rivertype.ErrJobRunning):
			return errs.Conflict(i18n.T("任务正在运行，请等它结束", "The job is running; wait until it ends")).Because(err)
		}
		return err
	})
}

// Counts are how many jobs of an organisation stand where.
type Counts struct {
	Available int64 `json:"available"`
	Running   int64 `json:"running"`
	Retryable int64 `json:"retryable"`
	Discarded int64 `json:"discarded"`
}

const countByState = `
SELECT state, count(*) FROM river_job
WHERE state IN ('available', 'scheduled', 'running', 'retryable', 'discarded', 'cancelled') AND metadata ->> 'org_id' = ?
GROUP BY state`

const countAllByState = `
SELECT state, count(*) FROM river_job
WHERE state IN ('available', 'scheduled', 'running', 'retryable', 'discarded', 'cancelled') AND ? = '*'
GROUP BY state`

// Counts counts an organisation's jobs, or everybody's for db.AllOrgs. Scheduled
// ones count as available, cancelled ones as discarded.
func (s *Service) Counts(ctx context.Context, orgID string) (Counts, error) {
	query := countByState
	if orgID == db.AllOrgs {
		query = countAllByState
	}
	var counts Counts
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var state State
			var n int64
			if err := rows.Scan(&state, &n); err != nil {
				return err
			}
			switch state {
			case Available, Scheduled:
				counts.Available += n
			case Running:
				counts.Running += n
			case Retryable:
				counts.Retryable += n
			case Discarded, Cancelled:
				counts.Discarded += n
			case Completed:
			}
			return nil
		}, query, orgID)
	})
	return counts, err
}
