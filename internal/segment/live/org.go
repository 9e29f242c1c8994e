package live

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/index"
)

// org is what the engine keeps of one org.
type org struct {
	*Engine

	id    string
	wake  chan struct{}
	stale atomic.Bool  // definitions may have changed
	floor atomic.Int64 // UTC microseconds: others have settled by a clock that is ahead

	view       atomic.Pointer[view] // nil until the org is open
	redefining sync.Mutex           // held by the reader who reads definitions
	publishing sync.Mutex           // held while view is replaced

	mu       sync.Mutex // held by who follows and settles; guards what is below
	x        *index.Index
	ahead    map[uint32]int64 // who was read with what is up to this number in the feed
	record   *record
	settling *definitions        // by which pending was last worked out
	pending  map[string]*pending // by segment
	ids      map[uint32]string   // of some who are in the pool, lately asked for

	status status
}

func newOrg(e *Engine, id string) *org {
	return &org{Engine: e, id: id, wake: make(chan struct{}, 1), ahead: map[uint32]int64{}, record: newRecord(), pending: map[string]*pending{}, ids: map[uint32]string{}}
}

// moment is the time by which the org is settled.
func (o *org) moment() time.Time {
	now := o.now()
	if floor := o.floor.Load(); floor > clock.Micros(now) {
		return clock.Time(floor)
	}
	return now
}

// current is the view of now, by the definitions of now.
func (o *org) current(ctx context.Context) (*view, error) {
	v := o.view.Load()
	if v == nil {
		if err := o.opened(ctx); err != nil {
			return nil, err
		}
		v = o.view.Load()
	}
	if !o.stale.Load() && v.defs.stillAt(o.moment()) {
		return v, nil
	}
	o.redefining.Lock()
	defer o.redefining.Unlock()
	if o.stale.Swap(false) || !o.view.Load().defs.stillAt(o.moment()) {
		if err := o.redefine(ctx); err != nil {
			o.stale.Store(true)
			return nil, err
		}
	}
	return o.view.Load(), nil
}

func (o *org) opened(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.open(ctx)
}

// redefine brings the definitions up to date for who cannot wait for the
// follower.
func (o *org) redefine(ctx context.Context) error {
	was := o.view.Load().defs
	w := was.World
	err := o.db.Read(ctx, o.id, func(tx *db.Tx) error {
		_, revision, err := facts.Position(ctx, tx, o.id)
		if err != nil || revision == was.Revision {
			return err
		}
		w, err = o.world(ctx, tx, revision)
		return err
	})
	switch {
	case err != nil:
		return wrap("definitions", err)
	case !sameTraits(w.Traits, was.Traits): // the index lacks a column
		o.mu.Lock()
		defer o.mu.Unlock()
		if _, err := o.follow(ctx); !errors.Is(err, errRebuilding) {
			return err
		}
	case w.Revision != was.Revision || !was.stillAt(o.moment()):
		o.publish(define(w, o.moment()))
	}
	return nil
}

func (o *org) world(ctx context.Context, tx *db.Tx, revision int64) (World, error) {
	w, err := o.source.World(ctx, tx, o.id)
	w.Revision = revision
	return w, err
}

// publish lets readers see the newest version of the index, and definitions
// unless they have newer ones; nil: as they are.
func (o *org) publish(defs *definitions) {
	o.publishing.Lock()
	defer o.publishing.Unlock()
	snap, is := o.x.Snapshot(), o.view.Load()
	if is != nil {
		if defs == nil || defs.Revision < is.defs.Revision || defs.Revision == is.defs.Revision && defs.moment.Before(is.defs.moment) {
			defs = is.defs
		}
		if is.snap == snap && is.defs == defs {
			return
		}
	}
	o.view.Store(&view{o: o, snap: snap, defs: defs, known: map[string]*known{}})
}

// install replaces the index.
func (o *org) install(x *index.Index, defs *definitions, from string) {
	o.publishing.Lock()
	o.x = x
	o.view.Store(&view{o: o, snap: x.Snapshot(), defs: defs, known: map[string]*known{}})
	o.publishing.Unlock()
	clear(o.ahead)
	clear(o.ids)
	o.settling = nil // look at everybody
	o.status.loaded(from)
}

// step follows a little and settles a little; more tells whether there is
// something left to do.
func (o *org) step(ctx context.Context) (more bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stepLocked(ctx)
}

func (o *org) stepLocked(ctx context.Context) (more bool, err error) {
	if o.view.Load() == nil { // to open it from half of the facts would be in vain
		if waiting, err := o.rebuilding(ctx); waiting || err != nil {
			return false, err
		}
		if err := o.open(ctx); err != nil {
			return false, err
		}
	}
	followed, err := o.follow(ctx)
	switch {
	case errors.Is(err, errRebuilding):
		return false, nil
	case err != nil:
		return false, err
	}
	settled, err := o.settle(ctx)
	return followed || settled, err
}

// errRebuilding is that the facts are being built anew: until that ends,
// everything stays as it is.
var errRebuilding = errors.New("segments: the facts are being built anew")

func (o *org) rebuilding(ctx context.Context) (yes bool, err error) {
	err = o.db.Read(ctx, o.id, func(tx *db.Tx) error {
		yes, err = facts.Rebuilding(ctx, tx, o.id)
		return err
	})
	return yes, wrap("rebuilding", err)
}

func (o *org) catchUp(ctx context.Context) error {
	for {
		more, err := o.step(ctx)
		switch {
		case err != nil:
			return err
		case !more:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

// run follows the org until ctx ends.
func (o *org) run(ctx context.Context) {
	var saving sync.WaitGroup
	defer func() {
		saving.Wait()
		o.save(context.WithoutCancel(ctx))
	}()
	saved, backoff := o.now(), pollEvery
	for ctx.Err() == nil {
		more, err := o.step(ctx)
		wait := o.patience()
		switch {
		case err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled):
			o.logger.ErrorContext(ctx, "segments stand still, will try again", "org", o.id, "error", err)
			o.status.failed(err)
			wait, backoff = backoff, min(2*backoff, maxBackoff)
		case err == nil:
			backoff = pollEvery
			o.status.failed(nil)
		}
		if now := o.now(); now.Sub(saved) >= o.options.SaveEvery {
			saved = now
			saving.Wait()
			saving.Go(func() { o.save(ctx) })
		}
		if err == nil && more {
			continue
		}
		pause(ctx, wait, o.wake)
	}
}

// patience is how long there is nothing to do unless somebody wakes the org.
func (o *org) patience() time.Duration {
	v := o.view.Load()
	if v == nil || v.defs.until.IsZero() {
		return pollEvery
	}
	return max(time.Millisecond, min(pollEvery, v.defs.until.Sub(o.moment())))
}
