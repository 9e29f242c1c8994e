package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// A batch closes when this many callers are in it or when it is this old,
// whichever comes first: enough to share one fsync among a burst, short enough
// that nobody notices.
const (
	maxBatch     = 256
	maxBatchTime = 10 * time.Millisecond
)

// ErrClosed is returned by Write once Close has begun.
var ErrClosed = errors.New("db: closed")

const (
	waiting int32 = iota
	running
	withdrawn
)

type writeRequest struct {
	ctx   context.Context
	fn    func(*Tx) error
	state atomic.Int32
	done  chan error
	tx    *Tx
	panic any // what fn panicked with, raised again in the caller
}

func (d *DB) enqueue(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil { // a select of several that are ready takes any
		return err
	}
	r := &writeRequest{ctx: context.WithoutCancel(ctx), fn: fn, done: make(chan error, 1)}
	select {
	case d.queue <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-d.stop:
		return ErrClosed
	}
	select {
	case err := <-r.done:
		return r.finish(err)
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, withdrawn) {
			return ctx.Err()
		}
		return r.finish(<-r.done)
	case <-d.idle:
		// The writer has ended; it may have answered just before.
		select {
		case err := <-r.done:
			return r.finish(err)
		default:
			return ErrClosed
		}
	}
}

func (r *writeRequest) finish(err error) error {
	if r.panic != nil {
		panic(r.panic)
	}
	if err == nil {
		r.tx.committed()
	}
	return err
}

func (d *DB) writeLoop() {
	defer close(d.idle)
	for {
		select {
		case r := <-d.queue:
			d.writeBatch(r)
		case <-d.stop:
			for { // what was accepted is still done
				select {
				case r := <-d.queue:
					d.writeBatch(r)
				default:
					return
				}
			}
		}
	}
}

// writeBatch runs first and whoever else is waiting in one transaction.
func (d *DB) writeBatch(first *writeRequest) {
	began := time.Now()
	err := d.makeRoom(began)
	var t *sql.Tx
	if err == nil {
		t, err = d.write.BeginTx(context.Background(), nil)
	}
	if err != nil {
		if first.state.CompareAndSwap(waiting, running) {
			first.done <- fmt.Errorf("db: begin: %w", err)
		}
		return
	}
	defer d.kept.keep()
	shared := &Tx{tx: t, engine: SQLite, stmts: map[string]*sql.Stmt{}, kept: d.kept}
	var kept []*writeRequest
	broken := error(nil)
	for r := first; r != nil && broken == nil; {
		if r.state.CompareAndSwap(waiting, running) {
			var err error
			if broken, err = d.runOne(shared, r); broken == nil && err == nil {
				kept = append(kept, r)
			} else {
				r.done <- errors.Join(err, broken)
			}
		}
		r = nil
		if len(kept) < maxBatch && time.Since(began) < maxBatchTime {
			select {
			case r = <-d.queue:
			default:
			}
		}
	}
	if broken == nil {
		if err := t.Commit(); err != nil {
			broken = fmt.Errorf("db: commit: %w", err)
		}
	}
	if broken != nil {
		_ = t.Rollback()
	}
	for _, r := range kept {
		r.done <- broken
	}
}

// runOne runs r in a savepoint. broken is set when the transaction itself is
// lost (disk full, I/O error), which takes the whole batch down.
func (d *DB) runOne(shared *Tx, r *writeRequest) (broken, err error) {
	if _, err := shared.Exec(r.ctx, "SAVEPOINT one"); err != nil {
		return fmt.Errorf("db: savepoint: %w", err), nil
	}
	r.tx = &Tx{tx: shared.tx, engine: SQLite, stmts: shared.stmts, kept: d.kept, shared: true}
	err = func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				r.panic = fmt.Sprintf("%v\n%s", p, debug.Stack())
				err = errors.New("db: panic in transaction")
			}
		}()
		return r.fn(r.tx)
	}()
	if err != nil {
		if _, e := shared.Exec(r.ctx, "ROLLBACK TO one"); e != nil {
			return fmt.Errorf("db: transaction lost: %w", e), err
		}
	}
	if _, e := shared.Exec(r.ctx, "RELEASE one"); e != nil {
		return fmt.Errorf("db: transaction lost: %w", e), err
	}
	return nil, err
}
