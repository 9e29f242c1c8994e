package timeline

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
)

// Subscriber is a part that follows the log. Events that Handle gets are
// shared with other subscribers: their data is not to be changed.
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
	// Pace is how long it rests at most after it has come to the end, so that in
	// busy times many events share a transaction: for those whose rows nobody
	// waits for. 0: not at all.
	Pace time.Duration
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
	bells  []*bell // one a subscriber
	places places
	tails  tails
}

// NewRunner returns a runner for the subscribers. The log tells it when facts
// are appended in this process.
func NewRunner(d *db.DB, log *Log, orgs Orgs, logger *slog.Logger, now clock.Clock, subs ...*Subscriber) *Runner {
	r := &Runner{db: d, log: log, orgs: orgs, subs: subs, logger: logger, now: now, places: newPlaces(), tails: newTails()}
	for range subs {
		r.bells = append(r.bells, newBell())
	}
	log.notify = r.announce
	return r
}

// batch is what lies behind a cursor.
type batch struct {
	saved  Position // where the cursor is in the database
	from   Position // where it is in truth: nothing between is wanted
	to     Position
	events []Event // of the kinds that the subscriber wants
}

// step takes one batch and returns how many events it moved past, at least.
func (r *Runner) step(ctx context.Context, s *Subscriber, orgID string) (n int, err error) {
	b, n, err := r.next(ctx, s, orgID)
	if err != nil || n == 0 {
		return 0, err
	}
	if len(b.events) == 0 {
		r.places.pass(s.Name, orgID, b.saved, b.to)
		r.ringFollowers(s, orgID)
		return n, nil
	}
	r.places.going(s.Name, orgID, b.to)
	r.ringFollowers(s, orgID) // theirs may go into the same commit
	err = r.take(ctx, s, orgID, b)
	switch {
	case errors.Is(err, errNotYet):
		return 0, nil
	case err == nil, db.IsTransient(err), ctx.Err() != nil:
		return n, err
	}
	r.logger.WarnContext(ctx, "batch failed, trying its events one by one", "subscriber", s.Name, "org", orgID, "error", err)
	saved := b.saved
	for _, e := range b.events {
		err := r.takeOne(ctx, s, orgID, batch{saved: saved, from: saved, to: e.Position, events: []Event{e}})
		if errors.Is(err, errNotYet) {
			return n, nil
		} else if err != nil {
			return 0, err
		}
		saved = e.Position
	}
	r.places.pass(s.Name, orgID, saved, b.to)
	return n, nil
}

// next finds a subscriber's next batch, and how many events it spans, at
// least; 0 means that there is nothing for it to move past.
func (r *Runner) next(ctx context.Context, s *Subscriber, orgID string) (b batch, n int, err error) {
	limit, near := cmp.Or(s.Batch, batchSize), false
	if at, known := r.places.of(s.Name, orgID); known {
		b = batch{saved: at.saved, from: at.looked}
		near, n, err = r.fromTail(ctx, s, orgID, limit, &b)
		if err != nil || near && (n == 0 || len(s.After) == 0) {
			return b, n, err
		}
		if near && r.db.Engine() == db.SQLite && r.places.have(s.After, orgID) {
			// Where they are once they are written; [Runner.moving] makes sure.
			return b, b.waitFor(s.After, n, func(name string) Position { return r.places.soon(name, orgID) }), nil
		}
	}
	err = r.db.Read(ctx, orgID, func(tx *db.Tx) error {
		saved, err := cursors(ctx, tx, orgID)
		if err != nil {
			return err
		}
		if !near {
			b = batch{saved: saved[s.Name], from: r.places.seen(s.Name, orgID, saved[s.Name], r.now())}
			if b.events, b.to, n, err = r.log.after(ctx, tx, orgID, b.from, s.Kinds, limit, scanSize); err != nil || n == 0 {
				return err
			}
		}
		n = b.waitFor(s.After, n, func(name string) Position {
			return r.places.whole(name, orgID, saved[name])
		})
		return nil
	})
	return b, n, err
}

// waitFor cuts a batch of n events at the place that all of the named
// subscribers have reached, and returns how many events are left, at least.
// The events of the batch stay as they are.
func (b *batch) waitFor(names []string, n int, place func(name string) Position) int {
	to := b.to
	for _, name := range names {
		if at := place(name); at.before(to) {
			to = at
		}
	}
	if to == b.to {
		return n
	}
	if !b.from.before(to) {
		return 0
	}
	b.to = to
	if end := slices.IndexFunc(b.events, func(e Event) bool { return to.before(e.Position) }); end >= 0 {
		b.events = b.events[:end]
	}
	return max(1, len(b.events))
}

var (
	errMoved  = errors.New("timeline: another node has moved the cursor")
	errNotYet = errors.New("timeline: others must take these events first")
)

// take handles a batch's events and moves the cursor past it, in one
// transaction.
func (r *Runner) take(ctx context.Context, s *Subscriber, orgID string, b batch) error {
	return r.moving(ctx, s, orgID, b, func(tx *db.Tx, events []Event) error {
		if len(events) == 0 {
			return nil
		}
		return s.Handle(ctx, tx, orgID, events)
	})
}

// moving moves the cursor past a batch and runs fn in the same transaction,
// with the events that the cursor passes. When another node has taken the
// batch, there is nothing to do.
func (r *Runner) moving(ctx context.Context, s *Subscriber, orgID string, b batch, fn func(tx *db.Tx, events []Event) error) error {
	var to Position
	err := r.db.Write(ctx, orgID, func(tx *db.Tx) error {
		b := b
		if err := r.among(ctx, tx, s, orgID, &b); err != nil {
			return err
		}
		to = b.to
		if err := s.lock(ctx, tx, orgID); err != nil {
			return err
		}
		if err := r.advance(ctx, tx, orgID, s.Name, b.saved, b.to); err != nil {
			return err
		}
		return fn(tx, b.events)
	})
	if errors.Is(err, errMoved) {
		r.places.forget(s.Name, orgID)
		return nil
	}
	if err == nil {
		r.places.moved(s.Name, orgID, to, r.now())
		r.ringFollowers(s, orgID)
	}
	return err
}

// among cuts a batch where those are whom the subscriber comes after. SQLite's
// one writer does in order what it is given and commits much of it together:
// what they have done in the same commit counts. On PostgreSQL only what is
// committed does, by which the batch was cut when it was read.
func (r *Runner) among(ctx context.Context, tx *db.Tx, s *Subscriber, orgID string, b *batch) error {
	if len(s.After) == 0 || tx.Engine() != db.SQLite {
		return nil
	}
	saved, err := cursors(ctx, tx, orgID)
	if err != nil {
		return err
	}
	if b.waitFor(s.After, 1, func(name string) Position { return r.places.whole(name, orgID, saved[name]) }) == 0 {
		return errNotYet
	}
	return nil
}

// takeOne takes a batch of one event, and parks the event when it keeps
// failing.
func (r *Runner) takeOne(ctx context.Context, s *Subscriber, orgID string, b batch) error {
	var err error
	for range parkAfter {
		err = r.take(ctx, s, orgID, b)
		if err == nil || db.IsTransient(err) || errors.Is(err, errNotYet) {
			return err
		}
	}
	e := b.events[0]
	r.logger.ErrorContext(ctx, "event parked", "subscriber", s.Name, "org", orgID, "event", e.ID, "kind", e.Kind, "error", err)
	cause := err.Error()
	return r.moving(ctx, s, orgID, b, func(tx *db.Tx, _ []Event) error {
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

// cursors tells where the subscribers are in the database, by name.
func cursors(ctx context.Context, tx *db.Tx, orgID string) (map[string]Position, error) {
	out := map[string]Position{}
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var name string
		var p Position
		err := rows.Scan(&name, &p.XID, &p.Seq)
		out[name] = p
		return err
	}, "SELECT subscriber, xid, seq FROM timeline_cursor WHERE org_id = ?", orgID)
	if err != nil {
		return nil, fmt.Errorf("timeline: cursors: %w", err)
	}
	return out, nil
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
	r.places.forget(name, orgID)
	if err := r.catchUp(ctx, s, orgID); err != nil {
		return err
	}
	return r.savePlaces(ctx, orgID, 0)
}
