package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/platform/testkit"
)

var schema = testkit.Schema{Name: "jobs_test", Migrate: jobs.Migrate}

// patience bounds how long a test waits for something that must happen.
const patience = time.Minute

type greet struct {
	Name string `json:"name"`
}

func (greet) Kind() string { return "test.greet" }

// immediately is a retry policy without pauses.
type immediately struct{}

func (immediately) NextRetry(*rivertype.JobRow) time.Time { return time.Now() }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start runs a service with the handler until the test ends.
func start(t *testing.T, d *db.DB, limits jobs.Limits, options jobs.Options, handler jobs.Handler[greet]) *jobs.Service {
	t.Helper()
	s := newService(t, d, limits, options, handler)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func newService(t *testing.T, d *db.DB, limits jobs.Limits, options jobs.Options, handler jobs.Handler[greet]) *jobs.Service {
	t.Helper()
	registry := jobs.NewRegistry()
	jobs.Register(registry, limits, handler)
	if options.Poll == 0 {
		options.Poll = 25 * time.Millisecond
	}
	s, err := jobs.New(d, quiet(), registry, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func stop(t *testing.T, s *jobs.Service) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func enqueue(t *testing.T, d *db.DB, s *jobs.Service, org, name string, opts jobs.Opts) (id int64, added bool) {
	t.Helper()
	err := d.Write(t.Context(), org, func(tx *db.Tx) (err error) {
		id, added, err = s.Enqueue(t.Context(), tx, org, greet{name}, opts)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id, added
}

func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("waited in vain")
		panic("unreachable")
	}
}

// waitFor asks until the answer is yes; the change it waits for is another
// goroutine's write to the database, which tells nobody.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for: %s", what)
		case <-tick.C:
		}
	}
}

func list(t *testing.T, s *jobs.Service, org string, state jobs.State) []jobs.Info {
	t.Helper()
	items, err := s.List(t.Context(), org, state, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func TestJobRunsForItsOrganisation(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		type seen struct {
			job   jobs.Job[greet]
			actor access.Actor
		}
		ran := make(chan seen, 1)
		s := start(t, d, jobs.Limits{MaxAttempts: 3}, jobs.Options{}, func(ctx context.Context, job jobs.Job[greet]) error {
			actor, _ := access.From(ctx)
			ran <- seen{job, actor}
			return nil
		})
		id, added := enqueue(t, d, s, "org_a", "carp", jobs.Opts{})
		if !added {
			t.Error("reported as not added")
		}
		got := receive(t, ran)
		if got.job.ID != id || got.job.OrgID != "org_a" || got.job.Args.Name != "carp" || got.job.Attempt != 1 || got.job.MaxAttempts != 3 {
			t.Errorf("ran %+v", got.job)
		}
		if got.actor.Kind != access.System || got.actor.OrgID != "org_a" {
			t.Errorf("acted as %+v", got.actor)
		}
		waitFor(t, "completion", func() bool { return len(list(t, s, "org_a", jobs.Completed)) == 1 })
	})
}

func TestRolledBackJobNeverRuns(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		ran := make(chan string, 2)
		s := start(t, d, jobs.Limits{}, jobs.Options{Workers: 1}, func(_ context.Context, job jobs.Job[greet]) error {
			ran <- job.Args.Name
			return nil
		})
		undo := errors.New("undo")
		err := d.Write(t.Context(), "org_a", func(tx *db.Tx) error {
			if _, _, err := s.Enqueue(t.Context(), tx, "org_a", greet{"never"}, jobs.Opts{}); err != nil {
				return err
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
		// With one worker and a queue in order, the second would come after the first.
		enqueue(t, d, s, "org_a", "after", jobs.Opts{})
		if got := receive(t, ran); got != "after" {
			t.Errorf("%q ran", got)
		}
		if counts, err := s.Counts(t.Context(), db.AllOrgs); err != nil || counts.Available != 0 {
			t.Errorf("counts %+v, %v", counts, err)
		}
	})
}

func TestFailingJobBecomesADeadLetterAndIsRetried(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		var attempts atomic.Int32
		var mended atomic.Bool
		s := start(t, d, jobs.Limits{MaxAttempts: 3}, jobs.Options{RetryPolicy: immediately{}}, func(context.Context, jobs.Job[greet]) error {
			if n := attempts.Add(1); !mended.Load() {
				if n == 2 {
					panic("panicked")
				}
				return fmt.Errorf("attempt %d failed", n)
			}
			return nil
		})
		id, _ := enqueue(t, d, s, "org_a", "x", jobs.Opts{})
		waitFor(t, "a dead letter", func() bool { return len(list(t, s, "org_a", jobs.Discarded)) == 1 })

		dead := list(t, s, "org_a", jobs.Discarded)[0]
		if dead.ID != id || dead.Attempt != 3 || dead.FinishedAt == nil || string(dead.Args) == "" {
			t.Errorf("dead letter %+v", dead)
		}
		var failures []string
		for _, f := range dead.Failures {
			failures = append(failures, f.Error)
		}
		if got := strings.Join(failures, "|"); got != "attempt 1 failed|panicked|attempt 3 failed" {
			t.Errorf("failures %q", got)
		}
		if counts, err := s.Counts(t.Context(), "org_a"); err != nil || counts != (jobs.Counts{Discarded: 1}) {
			t.Errorf("counts %+v, %v", counts, err)
		}

		mended.Store(true)
		if err := s.Retry(t.Context(), "org_a", id); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "completion", func() bool { return len(list(t, s, "org_a", jobs.Completed)) == 1 })
		if n := attempts.Load(); n != 4 {
			t.Errorf("%d attempts, want 4", n)
		}
	})
}

func TestBackOffGrows(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		failed := make(chan int, 3)
		s := start(t, d, jobs.Limits{MaxAttempts: 3}, jobs.Options{}, func(_ context.Context, job jobs.Job[greet]) error {
			failed <- job.Attempt
			return errors.New("no")
		})
		enqueue(t, d, s, "org_a", "x", jobs.Opts{})
		for want := 1; want <= 2; want++ {
			if got := receive(t, failed); got != want {
				t.Fatalf("attempt %d, want %d", got, want)
			}
		}
		// After the second the pause is 16 s or so: it must be waiting.
		waitFor(t, "the pause", func() bool { return len(list(t, s, "org_a", jobs.Retryable)) == 1 })
		job := list(t, s, "org_a", jobs.Retryable)[0]
		if pause := time.Until(job.ScheduledAt); pause < 10*time.Second || pause > 20*time.Second {
			t.Errorf("pause of %v after the second failure", pause)
		}
	})
}

func TestPermanentFailureIsNotTriedAgain(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		var attempts atomic.Int32
		s := start(t, d, jobs.Limits{}, jobs.Options{RetryPolicy: immediately{}}, func(context.Context, jobs.Job[greet]) error {
			attempts.Add(1)
			return fmt.Errorf("wrapped: %w", jobs.Permanent(errors.New("no such template")))
		})
		enqueue(t, d, s, "org_a", "x", jobs.Opts{})
		waitFor(t, "a dead letter", func() bool { return len(list(t, s, "org_a", jobs.Cancelled)) == 1 })
		dead := list(t, s, "org_a", jobs.Cancelled)[0]
		if len(dead.Failures) != 1 || !strings.Contains(dead.Failures[0].Error, "no such template") || attempts.Load() != 1 {
			t.Errorf("%d attempts, %+v", attempts.Load(), dead)
		}
	})
}

func TestOtherOrganisationsJobsAreOutOfReach(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newService(t, d, jobs.Limits{}, jobs.Options{}, nil)
		id, _ := enqueue(t, d, s, "org_a", "x", jobs.Opts{})
		for name, deed := range map[string]func(context.Context, string, int64) error{"retry": s.Retry, "delete": s.Delete} {
			if err := deed(t.Context(), "org_b", id); !errs.Is(err, errs.CodeNotFound) {
				t.Errorf("%s by a stranger: %v", name, err)
			}
			if err := deed(t.Context(), "org_a", id+999); !errs.Is(err, errs.CodeNotFound) {
				t.Errorf("%s of nothing: %v", name, err)
			}
		}
		if got := list(t, s, "org_b", jobs.Available); len(got) != 0 {
			t.Errorf("a stranger sees %+v", got)
		}
		if counts, err := s.Counts(t.Context(), "org_b"); err != nil || counts != (jobs.Counts{}) {
			t.Errorf("a stranger counts %+v, %v", counts, err)
		}
		if err := s.Delete(t.Context(), "org_a", id); err != nil {
			t.Errorf("delete by the owner: %v", err)
		}
		if got := list(t, s, "org_a", jobs.Available); len(got) != 0 {
			t.Errorf("still there: %+v", got)
		}
	})
}

func TestUniqueKey(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		ran := make(chan string, 8)
		s := newService(t, d, jobs.Limits{}, jobs.Options{}, func(_ context.Context, job jobs.Job[greet]) error {
			ran <- job.Args.Name
			return nil
		})
		first, added := enqueue(t, d, s, "org_a", "one", jobs.Opts{UniqueKey: "k"})
		if !added {
			t.Fatal("the first was not added")
		}
		if id, added := enqueue(t, d, s, "org_a", "two", jobs.Opts{UniqueKey: "k"}); added || id != first {
			t.Errorf("the second: id %d added %v, want %d", id, added, first)
		}
		if _, added := enqueue(t, d, s, "org_a", "three", jobs.Opts{UniqueKey: "other"}); !added {
			t.Error("another key was not added")
		}
		if _, added := enqueue(t, d, s, "org_b", "four", jobs.Opts{UniqueKey: "k"}); !added {
			t.Error("another organisation's was not added")
		}

		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer stop(t, s)
		for range 3 {
			if name := receive(t, ran); name == "two" {
				t.Error("the duplicate ran")
			}
		}
		waitFor(t, "completion", func() bool { return len(list(t, s, "org_a", jobs.Completed)) == 2 })
		if _, added := enqueue(t, d, s, "org_a", "five", jobs.Opts{UniqueKey: "k"}); !added {
			t.Error("after the end, the key is still taken")
		}
	})
}

func TestCommittedJobStartsAtOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		ran := make(chan string, 1)
		var fail atomic.Bool
		s := start(t, d, jobs.Limits{MaxAttempts: 1}, jobs.Options{Poll: time.Hour}, func(_ context.Context, job jobs.Job[greet]) error {
			failing := fail.Load() // as it was when the job began: whoever hears of it may go on
			ran <- job.Args.Name
			if failing {
				return errors.New("no")
			}
			return nil
		})
		// The service asks once when it starts and then not for an hour.
		enqueue(t, d, s, "org_a", "one", jobs.Opts{})
		receive(t, ran)
		fail.Store(true)
		id, _ := enqueue(t, d, s, "org_a", "two", jobs.Opts{})
		receive(t, ran)
		waitFor(t, "a dead letter", func() bool { return len(list(t, s, "org_a", jobs.Discarded)) == 1 })
		if err := s.Retry(t.Context(), "org_a", id); err != nil {
			t.Fatal(err)
		}
		receive(t, ran)
	})
}

func TestRetryMeetsItsDouble(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := start(t, d, jobs.Limits{MaxAttempts: 1}, jobs.Options{}, func(context.Context, jobs.Job[greet]) error {
			return errors.New("no")
		})
		id, _ := enqueue(t, d, s, "org_a", "one", jobs.Opts{UniqueKey: "k"})
		waitFor(t, "a dead letter", func() bool { return len(list(t, s, "org_a", jobs.Discarded)) == 1 })
		enqueue(t, d, s, "org_a", "two", jobs.Opts{UniqueKey: "k", ScheduledAt: time.Now().Add(time.Hour)})
		if err := s.Retry(t.Context(), "org_a", id); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("retry beside its double: %v", err)
		}
	})
}

func TestScheduledJobWaits(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := start(t, d, jobs.Limits{}, jobs.Options{}, func(context.Context, jobs.Job[greet]) error {
			t.Error("ran before its time")
			return nil
		})
		at := time.Now().Add(time.Hour)
		enqueue(t, d, s, "org_a", "x", jobs.Opts{ScheduledAt: at})
		waiting := list(t, s, "org_a", jobs.Scheduled)
		if len(waiting) != 1 || waiting[0].ScheduledAt.Sub(at).Abs() > time.Second {
			t.Errorf("waiting %+v", waiting)
		}
	})
}

func TestStopInterruptsAndTheNextStartGoesOn(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		began := make(chan struct{}, 1)
		s := newService(t, d, jobs.Limits{Timeout: -1, MaxAttempts: 1}, jobs.Options{Grace: time.Millisecond},
			func(ctx context.Context, _ jobs.Job[greet]) error {
				began <- struct{}{}
				<-ctx.Done()
				return ctx.Err()
			})
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		enqueue(t, d, s, "org_a", "x", jobs.Opts{})
		receive(t, began)
		stop(t, s)

		attempt := make(chan int, 1)
		start(t, d, jobs.Limits{MaxAttempts: 1}, jobs.Options{}, func(_ context.Context, job jobs.Job[greet]) error {
			attempt <- job.Attempt
			return nil
		})
		if got := receive(t, attempt); got != 1 {
			t.Errorf("the interruption counted: attempt %d", got)
		}
	})
}

func TestStopLetsRunningJobsFinish(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		began, finish := make(chan struct{}), make(chan struct{})
		s := newService(t, d, jobs.Limits{}, jobs.Options{Grace: patience}, func(ctx context.Context, _ jobs.Job[greet]) error {
			close(began)
			<-finish
			return ctx.Err()
		})
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		enqueue(t, d, s, "org_a", "x", jobs.Opts{})
		receive(t, began)
		stopped := make(chan struct{})
		go func() { defer close(stopped); stop(t, s) }()
		close(finish)
		receive(t, stopped)
		if got := list(t, s, "org_a", jobs.Completed); len(got) != 1 {
			t.Errorf("completed %+v", got)
		}
	})
}

func TestPeriodicJobRunsAtTheStart(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		ran := make(chan jobs.Job[greet], 8)
		registry := jobs.NewRegistry()
		jobs.Register(registry, jobs.Limits{}, func(_ context.Context, job jobs.Job[greet]) error {
			ran <- job
			return nil
		})
		registry.Every(time.Hour, greet{"hourly"})
		s, err := jobs.New(d, quiet(), registry, jobs.Options{Poll: 5 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer stop(t, s)
		if job := receive(t, ran); job.OrgID != db.AllOrgs || job.Args.Name != "hourly" {
			t.Errorf("ran %+v", job)
		}
	})
}

func TestMistakesInTheWiringAreReported(t *testing.T) {
	d := testkit.Open(t, db.SQLite, schema)
	none := func(context.Context, jobs.Job[greet]) error { return nil }
	for name, spoil := range map[string]func(*jobs.Registry){
		"kind twice":          func(r *jobs.Registry) { jobs.Register(r, jobs.Limits{}, none); jobs.Register(r, jobs.Limits{}, none) },
		"periodic, no worker": func(r *jobs.Registry) { r.Every(time.Hour, greet{}) },
		"too often":           func(r *jobs.Registry) { jobs.Register(r, jobs.Limits{}, none); r.Every(time.Second, greet{}) },
	} {
		registry := jobs.NewRegistry()
		spoil(registry)
		if _, err := jobs.New(d, quiet(), registry, jobs.Options{}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}

	s, err := jobs.New(d, quiet(), jobs.NewRegistry(), jobs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), "org_a", func(tx *db.Tx) error {
		_, _, err := s.Enqueue(t.Context(), tx, "org_a", greet{}, jobs.Opts{})
		return err
	})
	if err == nil {
		t.Error("enqueued a kind without a handler")
	}
}

func TestMigrateTwice(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		if err := jobs.Migrate(t.Context(), d); err != nil {
			t.Error(err)
		}
	})
}
