package jobs

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivershared/uniquestates"
	"github.com/riverqueue/river/rivertype"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
)

// Options are those of a Service. Zero values mean the defaults.
type Options struct {
	// Workers is how many jobs run at once in each queue: 4 by default.
	Workers int
	// Poll is how often the queues are asked for jobs that other nodes enqueued or
	// whose time has come: every second by default. A job that this process
	// enqueues is noticed at once.
	Poll time.Duration
	// Grace is how long Stop lets running jobs finish before it interrupts them:
	// 5 seconds by default.
	Grace time.Duration
	// DeadAfter is how long another node on PostgreSQL may be out of touch before
	// its running jobs are taken up: 30 seconds by default.
	DeadAfter time.Duration
	// Clock replaces the database's own time, for tests. Leave it nil otherwise:
	// several nodes must agree on what time it is.
	Clock clock.Clock
	// RetryPolicy replaces the pauses between attempts (1 s, 16 s, 81 s, … the
	// fourth power of the attempt, give or take a tenth), for tests.
	RetryPolicy river.ClientRetryPolicy
}

// How long finished jobs are kept. Dead letters stay long enough for a person to
// come back from a holiday.
const (
	keepCompleted = 24 * time.Hour
	keepDead      = 30 * 24 * time.Hour
)

// Service enqueues jobs and, once started, runs them.
type Service struct {
	db        *db.DB
	log       *slog.Logger
	registry  *Registry
	client    *river.Client[*sql.Tx]
	exec      riverdriver.Executor
	grace     time.Duration
	deadAfter time.Duration

	alarm   *alarm
	running atomic.Bool

	nodeID  string
	stop    context.CancelFunc // ends the sweeper
	sweeper sync.WaitGroup
	swept   func() // tests learn of each look for dead nodes
}

// New returns a service over a migrated database. It does not run anything before
// Start; a process that only enqueues never starts it.
func New(d *db.DB, log *slog.Logger, registry *Registry, options Options) (*Service, error) {
	if err := registry.check(); err != nil {
		return nil, err
	}
	if options.Workers == 0 {
		options.Workers = 4
	}
	if options.Poll == 0 {
		options.Poll = time.Second
	}
	if options.Grace == 0 {
		options.Grace = 5 * time.Second
	}
	if options.DeadAfter == 0 {
		options.DeadAfter = 30 * time.Second
	}

	s := &Service{
		db: d, log: log, registry: registry, grace: options.Grace, deadAfter: options.DeadAfter,
		nodeID: ids.New("node"),
	}
	queue := river.QueueConfig{MaxWorkers: options.Workers}
	config := &river.Config{
		ID:                          s.nodeID,
		Queues:                      map[string]river.QueueConfig{string(Quick): queue, string(Long): queue},
		Workers:                     registry.workers,
		PeriodicJobs:                s.periodicJobs(),
		Hooks:                       []rivertype.Hook{&uniqueKeyHook{}},
		FetchPollInterval:           options.Poll,
		FetchCooldown:               min(options.Poll, 50*time.Millisecond),
		CompletedJobRetentionPeriod: keepCompleted,
		CancelledJobRetentionPeriod: keepDead,
		DiscardedJobRetentionPeriod: keepDead,
		RetryPolicy:                 options.RetryPolicy,
		ErrorHandler:                failureLog{log},
		// River tells of every step at Info; an operator wants what is wrong.
		Logger: slog.New(atLeast{log.Handler(), slog.LevelWarn}),
	}
	if options.Clock != nil {
		config.Test.Time = fixedTime{options.Clock}
		// Tests do not wait for staggered starts.
		config.TestOnly = true
	}

	s.alarm = &alarm{}
	driver := wakingDriver{driverOf(d), s.alarm}
	client, err := river.NewClient(driver, config)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	s.client, s.exec = client, driver.GetExecutor()
	return s, nil
}

// driverOf chooses River's driver. On SQLite River shares the only connection that
// may write with db.DB.Write and holds it for single statements; it waits in line
// for it like a batch of writes does, so neither can lock the other out.
func driverOf(d *db.DB) riverdriver.Driver[*sql.Tx] {
	if d.Engine() == db.SQLite {
		return riversqlite.New(d.Writer())
	}
	return riverdatabasesql.New(d.Writer())
}

// migrationLock keeps several nodes from creating the tables at once. The number
// means nothing; it must only differ from other advisory locks.
const migrationLock = 0x66_70_6a_6f_62_73 // "fpjobs"

// Migrate brings River's tables up to date.
func Migrate(ctx context.Context, d *db.DB) (err error) {
	if d.Engine() == db.Postgres {
		conn, err := d.Writer().Conn(ctx)
		if err != nil {
			return fmt.Errorf("jobs: migrate: %w", err)
		}
		// Closing returns the connection to the pool, lock and all; hence the unlock.
		defer func() { _ = conn.Close() }()
		if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
			return fmt.Errorf("jobs: migrate: %w", err)
		}
		defer func() {
			_, unlockErr := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock))
			err = errors.Join(err, unlockErr)
		}()
	}
	migrator, err := rivermigrate.New(driverOf(d), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("jobs: migrate: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("jobs: migrate: %w", err)
	}
	return nil
}

// metadata is what this package keeps with each job.
type metadata struct {
	OrgID     string `json:"org_id"`
	UniqueKey string `json:"unique_key,omitempty"`
}

func orgOf(row *rivertype.JobRow) string {
	var m metadata
	// What Enqueue did not write belongs to no organisation, and so to none.
	if err := json.Unmarshal(row.Metadata, &m); err != nil {
		return ""
	}
	return m.OrgID
}

// Opts are those of one job. Zero values mean the kind's.
type Opts struct {
	// UniqueKey lets at most one job of this kind and key wait or run per
	// organisation; enqueuing another meanwhile changes nothing.
	UniqueKey string
	// ScheduledAt is the earliest time to run; now when zero.
	ScheduledAt time.Time
	// MaxAttempts overrides the kind's.
	MaxAttempts int
}

// Enqueue adds a job inside the caller's transaction and returns its id: it runs
// when, and only when, that transaction commits. added is false when a job with the
// same unique key is waiting already; the id is then that job's.
func (s *Service) Enqueue(ctx context.Context, tx *db.Tx, orgID string, args Args, opts Opts) (id int64, added bool, err error) {
	insert, err := s.insertOpts(orgID, args, opts)
	if err != nil {
		return 0, false, err
	}
	// Not ctx itself: cut short, the statement would take down the transaction that
	// the caller shares with others on SQLite.
	result, err := s.client.InsertTx(context.WithoutCancel(ctx), tx.SQL(), args, insert)
	if err != nil {
		return 0, false, fmt.Errorf("jobs: enqueue %s: %w", args.Kind(), err)
	}
	if opts.ScheduledAt.IsZero() {
		s.wakeAfter(tx, result.Job)
	}
	return result.Job.ID, !result.UniqueSkippedAsDuplicate, nil
}

func (s *Service) insertOpts(orgID string, args Args, opts Opts) (*river.InsertOpts, error) {
	limits, ok := s.registry.limits[args.Kind()]
	if !ok {
		return nil, fmt.Errorf("jobs: enqueue %s: no handler is registered", args.Kind())
	}
	if orgID == "" {
		return nil, fmt.Errorf("jobs: enqueue %s: no organisation", args.Kind())
	}
	meta, err := json.Marshal(metadata{OrgID: orgID, UniqueKey: opts.UniqueKey})
	if err != nil {
		return nil, fmt.Errorf("jobs: enqueue %s: %w", args.Kind(), err)
	}
	if opts.MaxAttempts == 0 {
		opts.MaxAttempts = limits.MaxAttempts
	}
	return &river.InsertOpts{
		Metadata:    meta,
		Queue:       string(limits.Queue),
		MaxAttempts: opts.MaxAttempts,
		ScheduledAt: opts.ScheduledAt,
	}, nil
}

// uniqueKeyHook turns the unique key of the metadata into River's. River itself
// derives keys from a job's arguments only; an import that is asked for twice has
// two ids in them.
type uniqueKeyHook struct{ river.HookDefaults }

var _ rivertype.HookInsertBegin = (*uniqueKeyHook)(nil)

// InsertBegin implements rivertype.HookInsertBegin.
func (*uniqueKeyHook) InsertBegin(_ context.Context, params *rivertype.JobInsertParams) error {
	var m metadata
	if err := json.Unmarshal(params.Metadata, &m); err != nil {
		return fmt.Errorf("jobs: metadata of %s: %w", params.Kind, err)
	}
	if m.UniqueKey == "" {
		return nil
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", params.Kind, m.OrgID, m.UniqueKey))
	params.UniqueKey = sum[:]
	params.UniqueStates = uniquestates.UniqueStatesToBitmask([]rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
		rivertype.JobStateRunning, rivertype.JobStateScheduled,
	})
	return nil
}

// periodicJobs are the registry's, as River wants them.
func (s *Service) periodicJobs() []*river.PeriodicJob {
	result := make([]*river.PeriodicJob, 0, len(s.registry.periodic))
	for _, p := range s.registry.periodic {
		result = append(result, river.NewPeriodicJob(aligned(p.every),
			func() (river.JobArgs, *river.InsertOpts) {
				insert, err := s.insertOpts(db.AllOrgs, p.args, Opts{UniqueKey: "periodic"})
				if err != nil {
					// check has made sure of the handler, and nothing else can fail.
					panic(err)
				}
				return p.args, insert
			},
			// A process that is restarted more often than the period must not
			// put the job off for ever.
			&river.PeriodicJobOpts{RunOnStart: true}))
	}
	return result
}

// aligned is a schedule with the same times on every node and after every start.
type aligned time.Duration

// Next implements river.PeriodicSchedule.
func (a aligned) Next(now time.Time) time.Time {
	return now.Truncate(time.Duration(a)).Add(time.Duration(a))
}

// Start takes up what a dead process left behind and begins to run jobs. It returns
// at once; ctx only bounds the start.
func (s *Service) Start(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	if err := s.startSweeper(ctx, background); err != nil {
		stop()
		return fmt.Errorf("jobs: start: %w", err)
	}
	s.stop = stop
	if err := s.client.Start(background); err != nil {
		stop()
		s.sweeper.Wait()
		return fmt.Errorf("jobs: start: %w", err)
	}
	s.running.Store(true)
	return nil
}

// Stop takes no more jobs, lets the running ones finish for the grace period, and
// then interrupts them; they go on at the next start. It returns when none runs, or
// when ctx ends.
func (s *Service) Stop(ctx context.Context) error {
	if s.stop == nil {
		return nil
	}
	s.running.Store(false)
	graceful, cancel := context.WithTimeout(ctx, s.grace)
	defer cancel()
	err := s.client.Stop(graceful)
	if err != nil && ctx.Err() == nil {
		s.registry.stopping.Store(true)
		err = s.client.StopAndCancel(ctx)
	}
	// The sweeper proves to other nodes that this one lives; it goes last.
	s.stop()
	s.sweeper.Wait()
	if err != nil {
		return fmt.Errorf("jobs: stop: %w", err)
	}
	return nil
}
