package timeline

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
)

// Subscriber is a part that follows the log.
type Subscriber struct {
	Name  string   // unique and lasting: the cursor is kept under it
	Kinds []string // empty: every kind
	// Handle takes events in order, within the transaction that also moves
	// the cursor. An error undoes it; the events are then tried one by one.
	Handle func(ctx context.Context, tx *db.Tx, orgID string, events []Event) error
	// Reset empties the projection before a rebuild; nil when the subscriber
	// has none to rebuild.
	Reset func(ctx context.Context, tx *db.Tx, orgID string) error
}

func (s *Subscriber) wants(kind string) bool {
	return len(s.Kinds) == 0 || slices.Contains(s.Kinds, kind)
}

const (
	batchSize    = 1000            // events a transaction
	pollEvery    = time.Second     // how long another node's events may go unseen
	parkAfter    = 3               // tries of a failing event before it is parked
	retryBackoff = 2 * time.Second // after a failure that is not the event's fault
)

// Runner moves subscribers along the log.
type Runner struct {
	db     *db.DB
	log    *Log
	orgs   Orgs
	subs   []*Subscriber
	logger *slog.Logger
	now    clock.Clock
	wake   []chan struct{} // one a subscriber
}

// NewRunner returns a runner for the subscribers. The log tells it when facts
// are appended in this process.
func NewRunner(d *db.DB, log *Log, orgs Orgs, logger *slog.Logger, now clock.Clock, subs ...*Subscriber) *Runner {
	r := &Runner{db: d, log: log, orgs: orgs, subs: subs, logger: logger, now: now}
	for range subs {
		r.wake = append(r.wake, make(chan struct{}, 1))
	}
	log.notify = func(string) {
		for _, w := range r.wake {
			select {
			case w <- struct{}{}:
			default: // already awake
			}
		}
	}
	return r
}

// Run follows the log until ctx ends.
func (r *Runner) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for i, s := range r.subs {
		wg.Go(func() { r.follow(ctx, s, r.wake[i]) })
	}
	wg.Wait()
}

func (r *Runner) follow(ctx context.Context, s *Subscriber, wake <-chan struct{}) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if err := r.catchUpAll(ctx, s); err != nil && ctx.Err() == nil {
			r.logger.ErrorContext(ctx, "subscriber failed, will try again", "subscriber", s.Name, "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(retryBackoff):
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-tick.C:
		}
	}
}

func (r *Runner) catchUpAll(ctx context.Context, s *Subscriber) error {
	orgs, err := r.orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		if err := r.catchUp(ctx, s, org); err != nil {
			return fmt.Errorf("org %s: %w", org, err)
		}
	}
	return nil
}

// CatchUp moves every subscriber to the end of the org's log, again and
// again until none of them has appended more.
func (r *Runner) CatchUp(ctx context.Context, orgID string) error {
	for {
		moved := false
		for _, s := range r.subs {
			for {
				n, err := r.step(ctx, s, orgID)
				if err != nil {
					return fmt.Errorf("subscriber %s: %w", s.Name, err)
				}
				if n == 0 {
					break
				}
				moved = true
			}
		}
		if moved {
			continue
		}
		// An unrelated transaction may hold back what is committed already.
		held, err := r.heldBack(ctx, orgID)
		if err != nil || !held {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// heldBack reports whether a subscriber still has events before it that the
// log does not give out yet.
func (r *Runner) heldBack(ctx context.Context, orgID string) (held bool, err error) {
	err = r.db.Read(ctx, orgID, func(tx *db.Tx) error {
		end, err := r.log.end(ctx, tx, orgID)
		if err != nil {
			return err
		}
		for _, s := range r.subs {
			at, err := cursorOf(ctx, tx, orgID, s.Name)
			if err != nil {
				return err
			}
			held = held || at.before(end)
		}
		return nil
	})
	return held, err
}

func (r *Runner) catchUp(ctx context.Context, s *Subscriber, orgID string) error {
	for ctx.Err() == nil {
		n, err := r.step(ctx, s, orgID)
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

// step takes one batch and returns how many events it moved past.
func (r *Runner) step(ctx context.Context, s *Subscriber, orgID string) (int, error) {
	var from Position
	var events []Event
	err := r.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		if from, err = cursorOf(ctx, tx, orgID, s.Name); err != nil {
			return err
		}
		events, err = r.log.after(ctx, tx, orgID, from, batchSize)
		return err
	})
	if err != nil || len(events) == 0 {
		return 0, err
	}
	err = r.take(ctx, s, orgID, from, events)
	if err == nil || db.IsTransient(err) || ctx.Err() != nil {
		return len(events), err
	}
	r.logger.WarnContext(ctx, "batch failed, trying its events one by one", "subscriber", s.Name, "org", orgID, "error", err)
	for _, e := range events {
		if err := r.takeOne(ctx, s, orgID, from, e); err != nil {
			return 0, err
		}
		from = e.Position
	}
	return len(events), nil
}

// errMoved: another node has taken the batch; there is nothing to do.
type errMoved struct{}

func (errMoved) Error() string { return "timeline: cursor moved" }

// take handles the events and moves the cursor from from to the last of them,
// in one transaction.
func (r *Runner) take(ctx context.Context, s *Subscriber, orgID string, from Position, events []Event) error {
	wanted := make([]Event, 0, len(events))
	for _, e := range events {
		if s.wants(e.Kind) {
			wanted = append(wanted, e)
		}
	}
	err := r.db.Write(ctx, orgID, func(tx *db.Tx) error {
		if err := r.advance(ctx, tx, orgID, s.Name, from, events[len(events)-1].Position); err != nil {
			return err
		}
		if len(wanted) == 0 {
			return nil
		}
		return s.Handle(ctx, tx, orgID, wanted)
	})
	if _, moved := err.(errMoved); moved {
		return nil
	}
	return err
}

func (r *Runner) takeOne(ctx context.Context, s *Subscriber, orgID string, from Position, e Event) error {
	var err error
	for range parkAfter {
		err = r.take(ctx, s, orgID, from, []Event{e})
		if err == nil || db.IsTransient(err) {
			return err
		}
	}
	r.logger.ErrorContext(ctx, "event parked", "subscriber", s.Name, "org", orgID, "event", e.ID, "kind", e.Kind, "error", err)
	cause := err
	err = r.db.Write(ctx, orgID, func(tx *db.Tx) error {
		if err := r.advance(ctx, tx, orgID, s.Name, from, e.Position); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO timeline_parked (org_id, id, subscriber, event_id, error, attempts, parked_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org_id, subscriber, event_id) DO NOTHING`,
			orgID, ids.New("prk"), s.Name, e.ID, cause.Error(), parkAfter, clock.Micros(r.now()))
		return err
	})
	if _, moved := err.(errMoved); moved {
		return nil
	}
	return err
}

// advance moves the cursor by compare-and-set, so that a batch is taken by
// one node only.
func (r *Runner) advance(ctx context.Context, tx *db.Tx, orgID, name string, from, to Position) error {
	if from == (Position{}) {
		if _, err := tx.Exec(ctx, `INSERT INTO timeline_cursor (org_id, subscriber, xid, seq, updated_at) VALUES (?, ?, 0, 0, 0)
			ON CONFLICT (org_id, subscriber) DO NOTHING`, orgID, name); err != nil {
			return err
		}
	}
	n, err := tx.Changed(ctx, `UPDATE timeline_cursor SET xid = ?, seq = ?, updated_at = ?
		WHERE org_id = ? AND subscriber = ? AND xid = ? AND seq = ?`, to.XID, to.Seq, clock.Micros(r.now()), orgID, name, from.XID, from.Seq)
	if err != nil {
		return err
	}
	if n != 1 {
		return errMoved{}
	}
	return nil
}

func cursorOf(ctx context.Context, tx *db.Tx, orgID, name string) (p Position, err error) {
	err = tx.QueryRow(ctx, "SELECT xid, seq FROM timeline_cursor WHERE org_id = ? AND subscriber = ?", orgID, name).Scan(&p.XID, &p.Seq)
	if db.IsNoRows(err) {
		err = nil
	}
	return p, err
}

func (r *Runner) subscriber(name string) *Subscriber {
	for _, s := range r.subs {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Names lists the subscribers.
func (r *Runner) Names() []string {
	var out []string
	for _, s := range r.subs {
		out = append(out, s.Name)
	}
	return out
}

// Rebuild empties a subscriber's projection of an org and replays the log
// into it, up to its end. The parked events of that subscriber are forgotten:
// they are tried again on the way.
func (r *Runner) Rebuild(ctx context.Context, name, orgID string) error {
	s := r.subscriber(name)
	if s == nil || s.Reset == nil {
		return fmt.Errorf("timeline: no projection named %q", name)
	}
	err := r.db.Write(ctx, orgID, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "DELETE FROM timeline_cursor WHERE org_id = ? AND subscriber = ?", orgID, name); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM timeline_parked WHERE org_id = ? AND subscriber = ?", orgID, name); err != nil {
			return err
		}
		return s.Reset(ctx, tx, orgID)
	})
	if err != nil {
		return fmt.Errorf("timeline: rebuild %s: %w", name, err)
	}
	return r.catchUp(ctx, s, orgID)
}
