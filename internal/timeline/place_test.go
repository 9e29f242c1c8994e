package timeline_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// idle is a house whose subscriber "seen" has taken one order and then finds
// nothing that it wants; passed tells how many other events it has looked at.
type idle struct {
	*house

	passed chan struct{}
}

func newIdle(t *testing.T, d *db.DB) *idle {
	t.Helper()
	h := &idle{newHouse(t, d), make(chan struct{}, 100)}
	seen := h.runner.Subscriber("seen")
	h.runner = timeline.NewRunner(d, h.log, orgs{org}, slog.New(slog.DiscardHandler), h.clock.Now, seen,
		&timeline.Subscriber{Name: "witness", Kinds: []string{"page.viewed"}, After: []string{"seen"},
			Handle: func(_ context.Context, tx *db.Tx, _ string, events []timeline.Event) error {
				for range events {
					tx.OnCommit(func() { h.passed <- struct{}{} })
				}
				return nil
			}})
	return h
}

// view appends an event that "seen" does not want and waits until it has
// looked at it.
func (h *idle) view(t *testing.T) {
	t.Helper()
	h.append(t, timeline.Fact{Kind: "page.viewed", PersonID: "per_1"})
	select {
	case <-h.passed:
	case <-time.After(20 * time.Second):
		t.Fatal("nobody has looked at the event")
	}
}

// cursor is where "seen" is in the database, and where the log ends.
func (h *idle) cursor(t *testing.T) (at, end int64) {
	t.Helper()
	if err := h.d.Read(t.Context(), org, func(tx *db.Tx) error {
		if err := tx.QueryRow(t.Context(), "SELECT coalesce(max(seq), 0) FROM timeline_cursor WHERE org_id = ? AND subscriber = 'seen'", org).Scan(&at); err != nil {
			return err
		}
		return tx.QueryRow(t.Context(), "SELECT max(seq) FROM timeline_event WHERE org_id = ?", org).Scan(&end)
	}); err != nil {
		t.Fatal(err)
	}
	return at, end
}

func (h *idle) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { h.runner.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	t.Cleanup(stop)
	return stop
}

func TestPlaceOfWhoWantsNothingIsSavedEachSecondAndAtTheEnd(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newIdle(t, d)
		h.append(t, paid(1))
		if err := h.runner.CatchUp(t.Context(), org); err != nil {
			t.Fatal(err)
		}
		began, _ := h.cursor(t)
		stop := h.run(t)
		for range 3 {
			h.view(t)
		}
		if at, end := h.cursor(t); at != began || end == began {
			t.Errorf("the cursor was moved from %d to %d for what is not wanted", began, at)
		}
		h.clock.Advance(time.Second)
		h.view(t)
		for limit := time.Now().Add(20 * time.Second); ; {
			if at, end := h.cursor(t); at == end {
				break
			} else if time.Now().After(limit) {
				t.Fatalf("after a second the cursor is still at %d of %d", at, end)
			}
		}
		h.view(t)
		stop()
		if at, end := h.cursor(t); at != end {
			t.Errorf("at the end the cursor is at %d of %d", at, end)
		}
		if rows, _ := h.seen(t); rows != 1 {
			t.Errorf("%d orders handled, not 1", rows)
		}
	})
}

// TestLostPlaceIsNoLostAndNoSecondEvent: a process dies after it has passed
// over what it does not want, or lives on and knows an old place.
func TestLostPlaceIsNoLostAndNoSecondEvent(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newIdle(t, d)
		h.append(t, paid(1))
		if err := h.runner.CatchUp(t.Context(), org); err != nil {
			t.Fatal(err)
		}
		h.run(t)
		h.view(t)
		h.append(t, timeline.Fact{Kind: "page.viewed"}, paid(2))
		next := newHouse(t, d) // knows nothing of where the first was
		for n := 2; n < 5; n++ {
			h.append(t, timeline.Fact{Kind: "page.viewed"}, paid(n), timeline.Fact{Kind: "page.viewed"})
			if err := next.runner.CatchUp(t.Context(), org); err != nil {
				t.Fatal(err)
			}
			if rows, distinct := h.seen(t); rows != n || distinct != n {
				t.Fatalf("%d handled, %d distinct, want %d", rows, distinct, n)
			}
		}
	})
}

// TestRebuildElsewhereGoesFromTheStart: another process empties the
// projection while this one knows a place far ahead.
func TestRebuildElsewhereGoesFromTheStart(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newIdle(t, d)
		h.append(t, paid(1), paid(2))
		if err := h.runner.CatchUp(t.Context(), org); err != nil {
			t.Fatal(err)
		}
		h.run(t)
		h.view(t)
		if err := newHouse(t, d).runner.Rebuild(t.Context(), "seen", org); err != nil {
			t.Fatal(err)
		}
		h.append(t, paid(3))
		if err := h.runner.CatchUp(t.Context(), org); err != nil {
			t.Fatal(err)
		}
		if rows, distinct := h.seen(t); rows != 3 || distinct != 3 {
			t.Fatalf("%d handled, %d distinct, want 3", rows, distinct)
		}
	})
}
