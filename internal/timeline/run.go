package timeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"fishpond/internal/platform/db"
)

const (
	pollEvery  = time.Second          // how long another node's events may go unseen
	lookAgain  = 3 * time.Millisecond // when the log holds back what is committed already
	stopWithin = 5 * time.Second      // to save places on the way out
)

// bell wakes a subscriber for the orgs that have something new for it.
type bell struct {
	mu    sync.Mutex
	orgs  map[string]bool
	awake chan struct{}
}

func newBell() *bell { return &bell{orgs: map[string]bool{}, awake: make(chan struct{}, 1)} }

func (b *bell) ring(orgID string) {
	b.mu.Lock()
	b.orgs[orgID] = true
	b.mu.Unlock()
	select {
	case b.awake <- struct{}{}:
	default: // already awake
	}
}

// rung takes the orgs that it was rung for.
func (b *bell) rung() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]string, 0, len(b.orgs))
	for id := range b.orgs {
		out = append(out, id)
	}
	clear(b.orgs)
	return out
}

// ringFollowers has those look again who come after a subscriber.
func (r *Runner) ringFollowers(of *Subscriber, orgID string) {
	for i, s := range r.subs {
		if slices.Contains(s.After, of.Name) {
			r.bells[i].ring(orgID)
		}
	}
}

// announce has all subscribers look at an org's log.
func (r *Runner) announce(orgID string) {
	r.tails.of(orgID).asked.Add(1)
	for _, b := range r.bells {
		b.ring(orgID)
	}
}

// Run follows the log until ctx ends.
func (r *Runner) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for i, s := range r.subs {
		wg.Go(func() { r.follow(ctx, s, r.bells[i]) })
	}
	r.poll(ctx)
	wg.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	for _, orgID := range r.places.orgs() {
		if err := r.savePlaces(last, orgID, 0); err != nil { // they are looked through again
			r.logger.WarnContext(last, "places in the timeline were not saved", "org", orgID, "error", err)
		}
	}
}

// poll finds what other processes have appended.
func (r *Runner) poll(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		orgs, err := r.orgs.OrgIDs(ctx)
		if err != nil && ctx.Err() == nil {
			r.logger.ErrorContext(ctx, "orgs cannot be listed, will try again", "error", err)
		}
		for _, orgID := range orgs {
			r.tails.of(orgID).rest()
			r.announce(orgID)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (r *Runner) follow(ctx context.Context, s *Subscriber, b *bell) {
	for {
		var pause <-chan time.Time
		for _, orgID := range b.rung() {
			if err := r.catchUp(ctx, s, orgID); err != nil && ctx.Err() == nil {
				r.logger.ErrorContext(ctx, "subscriber failed, will try again", "subscriber", s.Name, "org", orgID, "error", err)
				b.ring(orgID)
				pause = time.After(retryBackoff)
			}
		}
		if pause != nil {
			select {
			case <-ctx.Done():
			case <-pause:
			}
		}
		if rest := s.Pace; rest > 0 {
			if r.db.Engine() == db.SQLite { // all with the same pace wake together: its one writer gives them one commit
				now := r.now()
				rest = now.Truncate(rest).Add(rest).Sub(now)
			}
			select {
			case <-ctx.Done():
			case <-time.After(rest):
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-b.awake:
		}
	}
}

// catchUp moves a subscriber to the end of an org's log.
func (r *Runner) catchUp(ctx context.Context, s *Subscriber, orgID string) error {
	for ctx.Err() == nil {
		n, err := r.step(ctx, s, orgID)
		if err != nil {
			return err
		}
		if n == 0 {
			return r.savePlaces(ctx, orgID, saveEvery, s)
		}
	}
	return nil
}

// CatchUp moves every subscriber to the end of the org's log, again and
// again until none of them has appended more.
func (r *Runner) CatchUp(ctx context.Context, orgID string) error {
	for {
		r.tails.of(orgID).asked.Add(1) // others may have appended
		page, together, err := r.page(ctx, orgID)
		if err != nil {
			return err
		}
		var moved atomic.Bool
		g, work := errgroup.WithContext(ctx)
		for _, s := range r.subs {
			g.Go(func() error {
				for !together || r.places.before(s.Name, orgID, page) {
					n, err := r.step(work, s, orgID)
					if err != nil {
						return fmt.Errorf("subscriber %s: %w", s.Name, err)
					}
					if n == 0 {
						return nil
					}
					moved.Store(true)
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		if moved.Load() {
			continue
		}
		if err := r.savePlaces(ctx, orgID, 0); err != nil {
			return err
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
		saved, err := cursors(ctx, tx, orgID)
		for _, s := range r.subs {
			held = held || saved[s.Name].before(end)
		}
		return err
	})
	return held, err
}

// savePlaces saves how far subscribers have looked without finding anything
// that they want; all of them unless some are named. Those whose cursor was
// saved less than due ago are left out.
func (r *Runner) savePlaces(ctx context.Context, orgID string, due time.Duration, subs ...*Subscriber) error {
	if len(subs) == 0 {
		subs = r.subs
	}
	now := r.now()
	unsaved := map[string]place{}
	for _, s := range subs {
		if p, known := r.places.of(s.Name, orgID); known && p.saved != p.looked && now.Sub(p.savedAt) >= due {
			unsaved[s.Name] = p
		}
	}
	if len(unsaved) == 0 {
		return nil
	}
	var elsewhere []string
	err := r.db.Write(ctx, orgID, func(tx *db.Tx) error {
		elsewhere = nil
		for _, s := range subs { // in one order: nobody waits for each other
			p, ok := unsaved[s.Name]
			if !ok {
				continue
			}
			err := r.advance(ctx, tx, orgID, s.Name, p.saved, p.looked)
			if errors.Is(err, errMoved) {
				elsewhere = append(elsewhere, s.Name)
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for name, p := range unsaved {
		if slices.Contains(elsewhere, name) {
			r.places.forget(name, orgID)
		} else {
			r.places.moved(name, orgID, p.looked, now)
		}
	}
	return nil
}
