package live

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/timeline"
)

// World is what is defined in an org.
type World struct {
	Catalogue *predicate.Catalogue
	Traits    []plan.Attr // declared
	Segments  []Segment   // saved, not deleted
	Revision  int64       // set by the engine: that of the facts it was read with
}

// Segment is a saved predicate.
type Segment struct {
	ID      string
	Version int64 // 1 and up
	Name    string
	Expr    predicate.Expr // its whole meaning, people put in and left out by hand included
}

// Source tells what is defined.
type Source interface {
	OrgIDs(ctx context.Context) ([]string, error)
	World(ctx context.Context, tx *db.Tx, orgID string) (World, error)
}

// Options of an engine.
type Options struct {
	// Dir is where the index of each org is kept between runs; empty: nowhere,
	// each start builds it from the facts.
	Dir string
	// SaveEvery is how long changes may go unsaved; 0: five minutes.
	SaveEvery time.Duration
	// Track are the properties of events that the index keeps, so that asking
	// for them needs no SQL; nil: [Tracked].
	Track []index.Property
}

// Tracked are the properties that are asked for most.
var Tracked = []index.Property{
	{Kind: "order.paid", Prop: plan.Prop{Path: "amount_minor", Type: plan.Money}},
	{Kind: "order.refunded", Prop: plan.Prop{Path: "amount_minor", Type: plan.Money}},
}

const (
	pollEvery  = time.Second // how long another node's changes may go unseen
	maxBackoff = time.Minute
)

// Engine keeps the segments of all orgs alive. It is safe for use by many at
// once.
type Engine struct {
	db      *db.DB
	log     *timeline.Log
	source  Source
	now     clock.Clock
	logger  *slog.Logger
	options Options

	mu   sync.Mutex
	orgs map[string]*org
	wake chan struct{} // an org that is not followed yet has changed
}

// New returns an engine that follows nothing yet: see [Engine.Run] and
// [Engine.CatchUp]. Asking for an org opens it.
func New(d *db.DB, log *timeline.Log, source Source, now clock.Clock, logger *slog.Logger, o Options) *Engine {
	if o.SaveEvery == 0 {
		o.SaveEvery = 5 * time.Minute
	}
	if o.Track == nil {
		o.Track = Tracked
	}
	return &Engine{db: d, log: log, source: source, now: now, logger: logger, options: o, orgs: map[string]*org{}, wake: make(chan struct{}, 1)}
}

func (e *Engine) org(id string) *org {
	e.mu.Lock()
	defer e.mu.Unlock()
	o := e.orgs[id]
	if o == nil {
		o = newOrg(e, id)
		e.orgs[id] = o
	}
	return o
}

// Run follows all orgs until ctx ends, and saves them on the way out.
func (e *Engine) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	followed := map[string]bool{}
	backoff := pollEvery
	for {
		ids, err := e.source.OrgIDs(ctx)
		wait := pollEvery
		switch {
		case err == nil:
			backoff = pollEvery
		case ctx.Err() == nil:
			e.logger.ErrorContext(ctx, "orgs cannot be listed, will try again", "error", err)
			wait, backoff = backoff, min(2*backoff, maxBackoff)
		}
		for _, id := range ids {
			if !followed[id] {
				followed[id] = true
				wg.Go(func() { e.org(id).run(ctx) })
			}
		}
		if !pause(ctx, wait, e.wake) {
			return
		}
	}
}

// pause waits to be woken, so long at most, and reports false once ctx has
// ended.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-wake:
	}
	return ctx.Err() == nil
}

// Wake tells that facts or definitions of an org have been changed by this
// process. What is asked from now on goes by the definitions of now.
func (e *Engine) Wake(orgID string) {
	e.mu.Lock()
	o := e.orgs[orgID]
	e.mu.Unlock()
	wake := e.wake
	if o != nil {
		o.stale.Store(true)
		wake = o.wake
	}
	select {
	case wake <- struct{}{}:
	default: // already awake
	}
}

// CatchUp brings an org's index to the end of the feed and settles all its
// memberships.
func (e *Engine) CatchUp(ctx context.Context, orgID string) error {
	return e.org(orgID).catchUp(ctx)
}

// Answer is who is described.
type Answer struct {
	Members  *roaring.Bitmap // shared: not to be changed
	Fallback bool            // the index alone could not tell
	Took     time.Duration
}

// Eval tells exactly who is described by a plan that was compiled a moment
// ago.
func (e *Engine) Eval(ctx context.Context, orgID string, n plan.Node) (Answer, error) {
	began := e.now()
	v, err := e.org(orgID).current(ctx)
	if err != nil {
		return Answer{}, err
	}
	members, fallback, err := v.eval(ctx, n)
	return Answer{members, fallback, e.now().Sub(began)}, err
}

// Members tells who is in a saved segment by its definition, now. The bitmap
// is shared: not to be changed.
func (e *Engine) Members(ctx context.Context, orgID, segmentID string) (*roaring.Bitmap, error) {
	v, err := e.org(orgID).current(ctx)
	if err != nil {
		return nil, err
	}
	return v.members(ctx, segmentID)
}

// Pool is everybody in the pool. The bitmap is shared: not to be changed.
func (e *Engine) Pool(ctx context.Context, orgID string) (*roaring.Bitmap, error) {
	v, err := e.org(orgID).current(ctx)
	if err != nil {
		return nil, err
	}
	return v.snap.Everyone(), nil
}

// World is what is defined, as answers go by it.
func (e *Engine) World(ctx context.Context, orgID string) (World, error) {
	v, err := e.org(orgID).current(ctx)
	if err != nil {
		return World{}, err
	}
	return v.defs.World, nil
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("segments: %s: %w", what, err)
}
