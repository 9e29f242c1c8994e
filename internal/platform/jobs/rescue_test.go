package jobs_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/platform/testkit"
)

// childURL, when set, makes this test binary a process that takes jobs and never
// finishes them, until it is killed.
const childURL = "FISHPOND_JOBS_TEST_CHILD"

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		runChild(url)
	}
	os.Exit(m.Run())
}

func runChild(url string) {
	ctx := context.Background()
	fail := func(err error) {
		if err != nil {
			fmt.Println("child:", err)
			os.Exit(1)
		}
	}
	d, err := db.Open(ctx, url)
	fail(err)
	registry := jobs.NewRegistry()
	jobs.Register(registry, jobs.Limits{Timeout: -1}, func(_ context.Context, job jobs.Job[greet]) error {
		fmt.Println("began", job.Args.Name)
		select {}
	})
	s, err := jobs.New(d, quiet(), registry, jobs.Options{Poll: 5 * time.Millisecond, Workers: 2})
	fail(err)
	fail(s.Start(ctx))
	select {}
}

// killChild starts a child, waits until it works on n jobs, and kills it.
func killChild(t *testing.T, url string, n int) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), program)
	child.Env = append(os.Environ(), childURL+"="+url)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for began := 0; began < n && lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "began") {
			t.Fatal(lines.Text())
		}
		began++
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // "signal: killed", as asked
}

func TestKilledProcessLosesNoJob(t *testing.T) {
	for _, engine := range testkit.Engines {
		t.Run(string(engine), func(t *testing.T) {
			url := testkit.URL(t, engine, schema)
			d, err := db.Open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			insert := newService(t, d, jobs.Limits{MaxAttempts: 5}, jobs.Options{}, nil)
			const n = 5
			for i := range n {
				enqueue(t, d, insert, "org_a", fmt.Sprint(i), jobs.Opts{})
			}
			if err := d.Close(); err != nil { // an embedded store has one process at a time
				t.Fatal(err)
			}
			killChild(t, url, 2)

			if d, err = db.Open(t.Context(), url); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = d.Close() }()
			attempts := make(chan jobs.Job[greet], 2*n)
			s := newService(t, d, jobs.Limits{}, jobs.Options{DeadAfter: 20 * time.Millisecond},
				func(_ context.Context, job jobs.Job[greet]) error {
					attempts <- job
					return nil
				})
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			second := 0
			seen := map[string]bool{}
			for range n {
				job := receive(t, attempts)
				seen[job.Args.Name] = true
				if job.Attempt == 2 {
					second++
				}
			}
			if len(seen) != n || second != 2 {
				t.Errorf("%d of %d jobs ran, %d of them for the second time (want 2)", len(seen), n, second)
			}
			waitFor(t, "completion", func() bool { return len(list(t, s, "org_a", jobs.Completed)) == n })
			stop(t, s)
		})
	}
}

func TestJobThatAlwaysKillsTheProcessEndsAsDeadLetter(t *testing.T) {
	for _, engine := range testkit.Engines {
		t.Run(string(engine), func(t *testing.T) {
			url := testkit.URL(t, engine, schema)
			d, err := db.Open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			insert := newService(t, d, jobs.Limits{MaxAttempts: 1}, jobs.Options{}, nil)
			enqueue(t, d, insert, "org_a", "x", jobs.Opts{})
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			killChild(t, url, 1)

			if d, err = db.Open(t.Context(), url); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = d.Close() }()
			s := newService(t, d, jobs.Limits{}, jobs.Options{DeadAfter: 20 * time.Millisecond},
				func(context.Context, jobs.Job[greet]) error {
					t.Error("ran again")
					return nil
				})
			if err := s.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer stop(t, s)
			waitFor(t, "a dead letter", func() bool { return len(list(t, s, "org_a", jobs.Discarded)) == 1 })
			failures := list(t, s, "org_a", jobs.Discarded)[0].Failures
			if len(failures) != 1 || !strings.Contains(failures[0].Error, "process ended") {
				t.Errorf("failures %+v", failures)
			}
		})
	}
}

func TestLivingNodesKeepTheirJobs(t *testing.T) {
	d := testkit.Open(t, db.Postgres, schema)
	began, finish := make(chan struct{}, 2), make(chan struct{})
	a := newService(t, d, jobs.Limits{Timeout: -1}, jobs.Options{Grace: patience}, func(context.Context, jobs.Job[greet]) error {
		began <- struct{}{}
		<-finish
		return nil
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	enqueue(t, d, a, "org_a", "x", jobs.Opts{})
	receive(t, began)

	// Another node looks around many times; the job must stay where it is.
	looks := make(chan struct{}, 1024)
	b := newService(t, d, jobs.Limits{}, jobs.Options{DeadAfter: 4 * time.Millisecond}, func(context.Context, jobs.Job[greet]) error {
		t.Error("taken from a living node")
		return nil
	})
	b.OnSweep(func() {
		select {
		case looks <- struct{}{}:
		default:
		}
	})
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		receive(t, looks)
	}
	stop(t, b)
	close(finish)
	stop(t, a)
	if got := list(t, a, "org_a", jobs.Completed); len(got) != 1 || got[0].Attempt != 1 {
		t.Errorf("completed %+v", got)
	}
}
