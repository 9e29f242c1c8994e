package timeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
)

// Subscriber is a part that follows the log.
type Subscriber struct {
	Name  string   // unique and lasting: the cursor is kept under it
	Kinds []string // empty: every kind
	Batch int      // events a transaction at most; 0: 1,000. More serve counters that many events share
	// Lock, when set, runs first in the transactions that call Handle, before
	// anything is written. A subscriber that appends events about rows which
	// others change too takes its lock here: PostgreSQL numbers a transaction
	// when it first writes, and the log is in the order of these numbers. With
	// a lock taken later, the log could tell of two changes the wrong way round.
	Lock func(ctx context.Context, tx *db.Tx, orgID string) error
	// Handle takes events in order, within the transaction that also moves
	// the cursor. An error undoes it; the events are then tried one by one.
	Handle func(ctx context.Context, tx *db.Tx, orgID string, events []Event) error
	// After names subscribers whose projections this one reads: it takes an
	// event only when all of them have, so that it finds them up to date.
	After []string
	// Reset empties the projection before a rebuild; nil when the subscriber
	// has none to rebuild.
	Reset func(ctx context.Context, tx *db.Tx, orgID string) error
}

func (s *Subscriber) lock(ctx context.Context, tx *db.Tx, orgID string) error {
	if s.Lock == nil {
		return nil
	}
	return s.Lock(ctx, tx, orgID)
}

const (
	batchSize    = 1000            // events a transaction, unless a subscriber says otherwise
	scanSize     = 10_000          // events looked at for them: other kinds are passed over by their index entries
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
		for i := range r.subs {
			r.rouse(i)
		}
	}
	return r
}

// rouse has a subscriber look at the log.
func (r *Runner) rouse(i int) {
	select {
	case r.wake[i] <- struct{}{}:
	default: // already awake
	}
}

// rouseFollowers has those look again who come after a subscriber.
func (r *Runner) rouseFollowers(of *Subscriber) {
	for i, s := range r.subs {
		if slices.Contains(s.After, of.Name) {
			r.rouse(i)
		}
	}
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
		var moved atomic.Bool
		g, work := errgroup.WithContext(ctx)
		for _, s := range r.subs {
			g.Go(func() error {
				for {
					n, err := r.step(work, s, orgID)
					if err != nil {
						return fmt.Errorf("subscriber %s: %w", s.Name, err)
					}
					if n == 0 {
						return nil
					}
					moved.Store(true)
				}
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		if moved.Load() {
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
		end, err := r.log.End(ctx, tx, orgID)
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

// batch is what lies behind a cursor.
type batch struct {
	from, to Position
	events   []Event // of the kinds that the subscriber wants
}

// step takes one batch and returns how many events it moved past, at least.
func (r *Runner) step(ctx context.Context, s *Subscriber, orgID string) (n int, err error) {
	var b batch
	err = r.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		if b.from, err = cursorOf(ctx, tx, orgID, s.Name); err != nil {
			return err
		}
		if b.events, b.to, n, err = r.log.after(ctx, tx, orgID, b.from, s.Kinds, cmp.Or(s.Batch, batchSize), scanSize); err != nil || n == 0 {
			return err
		}
		n, err = b.waitFor(ctx, tx, orgID, s.After, n)
		return err
	})
	if err != nil || n == 0 {
		return 0, err
	}
	err = r.take(ctx, s, orgID, b)
	if err == nil || db.IsTransient(err) || ctx.Err() != nil {
		return n, err
	}
	r.logger.WarnContext(ctx, "batch failed, trying its events one by one", "subscriber", s.Name, "org", orgID, "error", err)
	from := b.from
	for _, e := range b.events {
		if err := r.takeOne(ctx, s, orgID, batch{from: from, to: e.Position, events: []Event{e}}); err != nil {
			return 0, err
		}
		from = e.Position
	}
	if from != b.to {
		err = r.take(ctx, s, orgID, batch{from: from, to: b.to})
	} else {
		err = nil
	}
	return n, err
}

// waitFor cuts a batch of n events at the place that all of the named
// subscribers have reached, and returns how many events are left, at least.
func (b *batch) waitFor(ctx context.Context, tx *db.Tx, orgID string, names []string, n int) (int, error) {
	to := b.to
	for _, name := range names {
		at, err := cursorOf(ctx, tx, orgID, name)
		if err != nil {
			return 0, err
		}
		if at.before(to) {
			to = at
		}
	}
	if to == b.to {
		return n, nil
	}
	if !b.from.before(to) {
		return 0, nil
	}
	b.to = to
	b.events = slices.DeleteFunc(b.events, func(e Event) bool { return to.before(e.Position) })
	return max(1, len(b.events)), nil
}

var errMoved = errors.New("timeline: another node has moved the cursor")

// take handles a batch's events and moves the cursor past it, in one
// transaction.
func (r *Runner) take(ctx context.Context, s *Subscriber, orgID string, b batch) error {
	return r.moving(ctx, s, orgID, b, func(tx *db.Tx) error {
		if len(b.events) == 0 {
			return nil
		}
		return s.Handle(ctx, tx, orgID, b.events)
	})
}

// moving moves the cursor past a batch and runs fn in the same transaction.
// When another node has taken the batch, there is nothing to do.
func (r *Runner) moving(ctx context.Context, s *Subscriber, orgID string, b batch, fn func(tx *db.Tx) error) error {
	err := r.db.Write(ctx, orgID, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, orgID); err != nil {
			return err
		}
		if err := r.advance(ctx, tx, orgID, s.Name, b.from, b.to); err != nil {
			return err
		}
		return fn(tx)
	})
	if errors.Is(err, errMoved) {
		return nil
	}
	if err == nil {
		r.rouseFollowers(s)
	}
	return err
}

// takeOne takes a batch of one event, and parks the event when it keeps
// failing.
func (r *Runner) takeOne(ctx context.Context, s *Subscriber, orgID string, b batch) error {
	var err error
	for range parkAfter {
		err = r.take(ctx, s, orgID, b)
		if err == nil || db.IsTransient(err) {
			return err
		}
	}
	e := b.events[0]
	r.logger.ErrorContext(ctx, "event parked", "subscriber", s.Name, "org", orgID, "event", e.ID, "kind", e.Kind, "error", err)
	cause := err.Error()
	return r.moving(ctx, s, orgID, b, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO timeline_parked (org_id, id, subscriber, event_id, error, attempts, parked_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org_id, subscriber, event_id) DO NOTHING`,
			orgID, ids.New("prk"), s.Name, e.ID, cause, parkAfter, clock.Micros(r.now()))
		return err
	})
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
		return errMoved
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
