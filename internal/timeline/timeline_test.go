package timeline_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

const org = "org_a"

// schema adds a projection: how often each event was handled.
var schema = testkit.Schema{Name: "timeline_test", Migrate: func(ctx context.Context, d *db.DB) error {
	if err := d.Migrate(ctx, timeline.Migration); err != nil {
		return err
	}
	_, err := d.Writer().ExecContext(ctx, "CREATE TABLE seen (org_id TEXT, id TEXT, at BIGINT)")
	return err
}}

type orgs []string

func (o orgs) OrgIDs(context.Context) ([]string, error) { return o, nil }

type house struct {
	d      *db.DB
	log    *timeline.Log
	clock  *testkit.Clock
	runner *timeline.Runner
	fail   atomic.Pointer[string] // data that the subscriber chokes on
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{d: d, clock: testkit.NewClock(t, "2026-01-01T00:00:00Z")}
	h.log = timeline.New(h.clock.Now)
	h.runner = timeline.NewRunner(d, h.log, orgs{org}, slog.New(slog.DiscardHandler), h.clock.Now, &timeline.Subscriber{
		Name: "seen", Kinds: []string{"order.paid"},
		Handle: func(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
			for i, e := range events {
				if _, err := tx.Exec(ctx, "INSERT INTO seen (org_id, id, at) VALUES (?, ?, ?)", orgID, e.ID, i); err != nil {
					return err
				}
				if bad := h.fail.Load(); bad != nil && strings.Contains(string(e.Data), *bad) {
					return errors.New("cannot read " + *bad)
				}
			}
			return nil
		},
		Reset: func(ctx context.Context, tx *db.Tx, orgID string) error {
			_, err := tx.Exec(ctx, "DELETE FROM seen WHERE org_id = ?", orgID)
			return err
		},
	})
	return h
}

func (h *house) append(t *testing.T, facts ...timeline.Fact) (fresh []bool) {
	t.Helper()
	if err := h.d.Write(t.Context(), org, func(tx *db.Tx) (err error) {
		fresh, err = h.log.Append(t.Context(), tx, org, facts...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return fresh
}

func (h *house) seen(t *testing.T) (rows, distinct int) {
	t.Helper()
	if err := h.d.Read(t.Context(), org, func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), "SELECT count(*), count(DISTINCT id) FROM seen WHERE org_id = ?", org).Scan(&rows, &distinct)
	}); err != nil {
		t.Fatal(err)
	}
	return rows, distinct
}

func paid(n int) timeline.Fact {
	return timeline.Fact{Kind: "order.paid", PersonID: "per_1", DedupeKey: fmt.Sprintf("order:%d", n), Data: map[string]int{"n": n}}
}

func TestSameFactTwiceIsOneRow(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		if got := h.append(t, paid(1), paid(2), paid(1)); fmt.Sprint(got) != "[true true false]" {
			t.Errorf("first: %v", got)
		}
		if got := h.append(t, paid(2), paid(3)); fmt.Sprint(got) != "[false true]" {
			t.Errorf("again: %v", got)
		}
	})
}

func TestBadKindIsRefused(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	for _, kind := range []string{"", "paid", "Order.paid", "order.paid.twice", "order. paid", strings.Repeat("x", 41) + ".y"} {
		err := h.d.Write(t.Context(), org, func(tx *db.Tx) error {
			_, err := h.log.Append(t.Context(), tx, org, timeline.Fact{Kind: kind})
			return err
		})
		if err == nil {
			t.Errorf("kind %q was taken", kind)
		}
	}
}

func TestEventsCannotBeChanged(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		newHouse(t, d).append(t, paid(1))
		err := d.Write(t.Context(), org, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "UPDATE timeline_event SET kind = 'order.forged'")
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Fatalf("got %v", err)
		}
	})
}

func TestEveryEventIsHandledOnceWhileWritersAndRunnersCompete(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h, rival := newHouse(t, d), newHouse(t, d)
		ctx, stop := context.WithCancel(t.Context())
		var runners, writers sync.WaitGroup
		for _, r := range []*timeline.Runner{h.runner, rival.runner} {
			runners.Go(func() { r.Run(ctx) })
		}
		const writerCount, each = 4, 60
		for w := range writerCount {
			writers.Go(func() {
				for i := range each {
					h.append(t, paid(w*each+i), timeline.Fact{Kind: "page.viewed"})
				}
			})
		}
		writers.Wait()
		if err := h.runner.CatchUp(t.Context(), org); err != nil {
			t.Error(err)
		}
		stop()
		runners.Wait()
		if rows, distinct := h.seen(t); rows != writerCount*each || distinct != rows {
			t.Fatalf("handled %d, %d distinct, want %d", rows, distinct, writerCount*each)
		}
	})
}

// A transaction that began early and commits late must not be skipped by a
// reader that has already seen what came after it.
func TestLateCommitIsNotSkipped(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.Postgres, schema))
	begun, finish, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- h.d.Write(context.Background(), org, func(tx *db.Tx) error {
			_, err := h.log.Append(context.Background(), tx, org, paid(1))
			close(begun)
			<-finish
			return err
		})
	}()
	<-begun
	h.append(t, paid(2))
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := h.runner.CatchUp(short, org); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("caught up past a running transaction: %v", err)
	}
	if rows, _ := h.seen(t); rows != 0 {
		t.Errorf("handled %d events while an earlier one was open", rows)
	}
	close(finish)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := h.runner.CatchUp(t.Context(), org); err != nil {
		t.Fatal(err)
	}
	if rows, distinct := h.seen(t); rows != 2 || distinct != 2 {
		t.Fatalf("handled %d, %d distinct", rows, distinct)
	}
}

// An event with a smaller number may belong to a later transaction: a cursor
// on the number alone would skip it.
func TestSmallerNumberOfALaterTransactionIsNotSkipped(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.Postgres, schema))
	type step struct{ begun, goOn, done chan struct{} }
	open := func(before func(tx *db.Tx) error, n int) (step, *error) {
		s, failed := step{make(chan struct{}), make(chan struct{}), make(chan struct{})}, new(error)
		go func() {
			defer close(s.done)
			*failed = h.d.Write(context.Background(), org, func(tx *db.Tx) error {
				if err := before(tx); err != nil {
					return err
				}
				close(s.begun)
				<-s.goOn
				_, err := h.log.Append(context.Background(), tx, org, paid(n))
				return err
			})
		}()
		<-s.begun
		return s, failed
	}
	early, err1 := open(func(tx *db.Tx) error { // has its transaction id, appends later
		var id string
		return tx.QueryRow(context.Background(), "SELECT pg_current_xact_id()::text").Scan(&id)
	}, 1)
	late, err2 := open(func(tx *db.Tx) error { // appends first, commits last
		_, err := h.log.Append(context.Background(), tx, org, paid(2))
		return err
	}, 3)
	close(early.goOn)
	<-early.done
	if err := h.runner.CatchUp(t.Context(), org); err != nil { // what is not committed cannot be waited for
		t.Fatal(err)
	}
	if rows, _ := h.seen(t); rows != 1 {
		t.Errorf("handled %d events, want the committed one", rows)
	}
	close(late.goOn)
	<-late.done
	if *err1 != nil || *err2 != nil {
		t.Fatal(*err1, *err2)
	}
	if err := h.runner.CatchUp(t.Context(), org); err != nil {
		t.Fatal(err)
	}
	if rows, distinct := h.seen(t); rows != 3 || distinct != 3 {
		t.Fatalf("handled %d, %d distinct, want 3", rows, distinct)
	}
}

func TestPoisonedEventIsParkedAndReplayed(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		bad := `"n":3}`
		h.fail.Store(&bad)
		h.append(t, paid(1), paid(2), paid(3), paid(4))
		if err := h.runner.CatchUp(t.Context(), org); err != nil {
			t.Fatal(err)
		}
		if rows, distinct := h.seen(t); rows != 3 || distinct != 3 {
			t.Fatalf("handled %d, %d distinct; the other three should have gone through once", rows, distinct)
		}
		parked, err := h.runner.Parked(t.Context(), org, "", "", 10)
		if err != nil || len(parked) != 1 || parked[0].Kind != "order.paid" || !strings.Contains(parked[0].Error, "cannot read") {
			t.Fatalf("%v %+v", err, parked)
		}
		if ok, err := h.runner.Replay(t.Context(), org, parked[0].ID, nil); ok || err != nil {
			t.Fatalf("replay of what is still bad: %v %v", ok, err)
		}
		again, _ := h.runner.Parked(t.Context(), org, "seen", "", 10)
		if len(again) != 1 || again[0].Attempts != parked[0].Attempts+1 {
			t.Fatalf("%+v", again)
		}
		if _, err := h.runner.Replay(t.Context(), "org_b", parked[0].ID, nil); !errs.Is(err, errs.CodeNotFound) {
			t.Fatalf("another org's replay: %v", err)
		}
		h.fail.Store(nil)
		taken, kept, err := h.runner.ReplayAll(t.Context(), org, "seen", nil)
		if taken != 1 || kept != 0 || err != nil {
			t.Fatalf("%d %d %v", taken, kept, err)
		}
		if rows, distinct := h.seen(t); rows != 4 || distinct != 4 {
			t.Fatalf("handled %d, %d distinct", rows, distinct)
		}
		status, err := h.runner.Status(t.Context(), org)
		if err != nil || status[0].Lag != 0 || status[0].Parked != 0 {
			t.Fatalf("%v %+v", err, status)
		}
	})
}

func TestRebuildReplaysTheLog(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		facts := make([]timeline.Fact, 2500) // more than two batches
		for i := range facts {
			facts[i] = paid(i)
		}
		h.append(t, facts...)
		for range 2 {
			if err := h.runner.Rebuild(t.Context(), "seen", org); err != nil {
				t.Fatal(err)
			}
		}
		if rows, distinct := h.seen(t); rows != 2500 || distinct != 2500 {
			t.Fatalf("%d, %d distinct", rows, distinct)
		}
		if err := h.runner.Rebuild(t.Context(), "unknown", org); err == nil {
			t.Error("rebuilt an unknown projection")
		}
	})
}

func TestPersonsPagesNewestFirst(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		at := h.clock.Now()
		for i := range 7 {
			// Two share each time, so that paging must break ties.
			h.append(t, timeline.Fact{Kind: "page.viewed", PersonID: fmt.Sprintf("per_%d", i%2), OccurredAt: at.Add(time.Duration(i/2) * time.Hour), Data: map[string]int{"n": i}})
		}
		h.append(t, timeline.Fact{Kind: "page.viewed", PersonID: "per_other"})
		var got []string
		var cursor timeline.Cursor
		for {
			var page []timeline.Event
			err := d.Read(t.Context(), org, func(tx *db.Tx) (err error) {
				page, err = h.log.Persons(t.Context(), tx, org, timeline.Query{PersonIDs: []string{"per_0", "per_1"}, Before: cursor, Limit: 2})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				got = append(got, string(e.Data))
			}
			last := page[len(page)-1]
			cursor = timeline.Cursor{OccurredAt: last.OccurredAt.UnixMicro(), Seq: last.Position.Seq}
		}
		if want := `[{"n":6} {"n":5} {"n":4} {"n":3} {"n":2} {"n":1} {"n":0}]`; fmt.Sprint(got) != want {
			t.Fatalf("got %v", got)
		}
	})
}

// TestAfterWaitsForOthersProjections: a subscriber that reads another's rows
// never takes an event that the other has not taken. On SQLite it may take it
// in the same commit.
func TestAfterWaitsForOthersProjections(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		var mu sync.Mutex // what the subscribers took, each on a goroutine of its own
		var first, second []string
		h.runner = timeline.NewRunner(d, h.log, orgs{org}, slog.New(slog.DiscardHandler), h.clock.Now,
			&timeline.Subscriber{Name: "second", After: []string{"first"}, Handle: func(_ context.Context, tx *db.Tx, _ string, events []timeline.Event) error {
				var ids []string
				for _, e := range events {
					ids = append(ids, e.ID)
				}
				mu.Lock()
				defer mu.Unlock()
				tx.OnCommit(func() { mu.Lock(); defer mu.Unlock(); second = append(second, ids...) })
				if len(second)+len(ids) > len(first) {
					t.Errorf("second takes event %d when first has taken %d", len(second)+len(ids), len(first))
				}
				return nil
			}},
			&timeline.Subscriber{Name: "first", Batch: 2, Handle: func(_ context.Context, tx *db.Tx, _ string, events []timeline.Event) error {
				for _, e := range events {
					note := func() { mu.Lock(); defer mu.Unlock(); first = append(first, e.ID) }
					if tx.Engine() == db.SQLite {
						note()
					} else {
						tx.OnCommit(note)
					}
				}
				return nil
			}})
		for i := range 5 {
			h.append(t, timeline.Fact{Kind: "order.paid", PersonID: "per_1", DedupeKey: fmt.Sprint(i)})
		}
		if err := h.runner.CatchUp(t.Context(), org); err != nil {
			t.Fatal(err)
		}
		if len(first) != 5 || !slices.Equal(first, second) {
			t.Errorf("first took %v, second %v", first, second)
		}
	})
}
