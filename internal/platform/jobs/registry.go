package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"

	"fishpond/internal/platform/access"
)

// Args is what a job works on: a struct that encodes to JSON, with a Kind that
// never changes once jobs of it are stored, such as "import.run".
type Args interface {
	Kind() string
}

// Job is one attempt at a job.
type Job[T Args] struct {
	// ID is unique in the installation and stays the same over all attempts.
	ID int64
	// OrgID is whose job it is, db.AllOrgs for the installation's own.
	OrgID string
	// Attempt counts from 1.
	Attempt, MaxAttempts int
	// CreatedAt is when it was enqueued.
	CreatedAt time.Time
	Args      T
}

// Handler does the work. The context holds an access.Actor for the organisation,
// and ends when the time limit is over or the process stops; in the latter case the
// attempt does not count and the job goes on at the next start.
type Handler[T Args] func(ctx context.Context, job Job[T]) error

// Queue separates quick jobs from long ones, so that an import does not keep a
// welcome message waiting.
type Queue string

// The queues.
const (
	// Quick is for work of seconds.
	Quick Queue = river.QueueDefault
	// Long is for work of minutes: imports, rebuilds.
	Long Queue = "long"
)

// Limits are a kind's. Zero values mean the defaults.
type Limits struct {
	// Timeout is the longest that one attempt may take: 1 minute by default, no
	// limit when negative.
	Timeout time.Duration
	// MaxAttempts is how often it is tried before it becomes a dead letter: 10 by
	// default, which spans about four hours.
	MaxAttempts int
	// Queue is Quick by default.
	Queue Queue
}

const (
	defaultTimeout     = time.Minute
	defaultMaxAttempts = 10
)

// Registry holds the kinds of jobs that a process can run. Fill it before [New],
// and give it to one Service only.
type Registry struct {
	workers  *river.Workers
	limits   map[string]Limits
	periodic []periodic
	problems []error
	stopping atomic.Bool // set when running jobs are being interrupted
}

type periodic struct {
	every time.Duration
	args  Args
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry {
	return &Registry{workers: river.NewWorkers(), limits: map[string]Limits{}}
}

// Register makes handler run the jobs of T's kind. Registering a kind twice is
// reported by New.
func Register[T Args](r *Registry, limits Limits, handler Handler[T]) {
	var zero T
	if limits.MaxAttempts == 0 {
		limits.MaxAttempts = defaultMaxAttempts
	}
	if limits.Timeout == 0 {
		limits.Timeout = defaultTimeout
	}
	if limits.Queue == "" {
		limits.Queue = Quick
	}
	if err := river.AddWorkerSafely(r.workers, &worker[T]{limits: limits, handle: handler, stopping: &r.stopping}); err != nil {
		r.problems = append(r.problems, fmt.Errorf("jobs: register %s: %w", zero.Kind(), err))
		return
	}
	r.limits[zero.Kind()] = limits
}

// Every enqueues args once per period (a minute at the least, aligned to the
// clock), for the installation as a whole and on one node only, and once more at
// the start. A period whose job is still waiting or running is left out.
func (r *Registry) Every(period time.Duration, args Args) {
	if period < time.Minute {
		r.problems = append(r.problems, fmt.Errorf("jobs: %s every %v: less than a minute", args.Kind(), period))
		return
	}
	r.periodic = append(r.periodic, periodic{every: period, args: args})
}

func (r *Registry) check() error {
	problems := r.problems
	for _, p := range r.periodic {
		if _, ok := r.limits[p.args.Kind()]; !ok {
			problems = append(problems, fmt.Errorf("jobs: periodic kind %s has no handler", p.args.Kind()))
		}
	}
	return errors.Join(problems...)
}

// worker adapts a Handler to River.
type worker[T Args] struct {
	river.WorkerDefaults[T]
	limits   Limits
	handle   Handler[T]
	stopping *atomic.Bool
}

func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.limits.Timeout }

func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	orgID := orgOf(job.JobRow)
	err := w.handle(access.With(ctx, access.ForSystem(orgID, "job."+job.Kind)), Job[T]{
		ID: job.ID, OrgID: orgID, Attempt: job.Attempt, MaxAttempts: job.MaxAttempts,
		CreatedAt: job.CreatedAt, Args: job.Args,
	})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && w.stopping.Load():
		// The process stops: neither a failure nor an attempt. The job is
		// available again at once, for another node or the next start.
		return river.JobSnooze(0)
	}
	if permanent, ok := errors.AsType[*permanentError](err); ok {
		return river.JobCancel(permanent.cause)
	}
	return err
}

type permanentError struct{ cause error }

func (e *permanentError) Error() string { return e.cause.Error() }
func (e *permanentError) Unwrap() error { return e.cause }

// Permanent marks a failure that no further attempt can mend; the job becomes a
// dead letter at once.
func Permanent(err error) error { return &permanentError{cause: err} }
