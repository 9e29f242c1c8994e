package timeline

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fishpond/internal/platform/db"
)

// tailSize is up to how many events are read for all subscribers at once. Who
// is further behind reads on their own, only what they want, unless several
// are to catch up from the same place: see [Runner.page].
const tailSize = 5000

// tail is the newest part of an org's log, read once for all subscribers.
type tail struct {
	asked atomic.Int64 // how often there was reason to think that something is new
	again atomic.Bool  // somebody will look again in a moment

	mu       sync.Mutex // held while the log is read: who comes then waits, and finds it read
	answered int64      // up to here it has been looked for
	from, to Position
	events   []Event  // all behind from, up to to
	rested   Position // where to was at the last rest
}

// rest lets go of what nobody will want who keeps up, when nothing has come
// since it was last called.
func (t *tail) rest() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rested == t.to {
		t.from, t.events = t.to, nil
	}
	t.rested = t.to
}

// tails are the tails of the orgs.
type tails struct {
	mu *sync.Mutex
	by map[string]*tail
}

func newTails() tails { return tails{mu: &sync.Mutex{}, by: map[string]*tail{}} }

func (t tails) of(orgID string) *tail {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.by[orgID]
	if out == nil {
		out = &tail{}
		t.by[orgID] = out
	}
	return out
}

// fromTail fills a batch from the tail, and reports how many events it spans,
// at least. ok is false when the subscriber is too far behind for that.
func (r *Runner) fromTail(ctx context.Context, s *Subscriber, orgID string, limit int, b *batch) (ok bool, n int, err error) {
	t := r.tails.of(orgID)
	asked := t.asked.Load()
	t.mu.Lock()
	defer t.mu.Unlock()
	if b.from.before(t.from) {
		return false, 0, nil
	}
	if t.to.Compare(b.from) <= 0 {
		if t.to == b.from && t.answered >= asked {
			return true, 0, nil
		}
		if ok, err := t.extend(ctx, r, orgID, b.from); err != nil || !ok {
			return false, 0, err
		}
	}
	b.to = t.to
	first, _ := slices.BinarySearchFunc(t.events, b.from, func(e Event, p Position) int {
		if p.before(e.Position) {
			return 1
		}
		return -1 // the event at p itself is behind us
	})
	n = len(t.events) - first
	if len(s.Kinds) == 0 { // all of them, as they are: nobody changes them
		b.events = slices.Clip(t.events[first:min(first+limit, len(t.events))])
		if len(b.events) > 0 {
			b.to = b.events[len(b.events)-1].Position
		}
		return true, n, nil
	}
	for _, e := range t.events[first:] {
		if !slices.Contains(s.Kinds, e.Kind) {
			continue
		}
		if b.events = append(b.events, e); len(b.events) == limit {
			b.to = e.Position
			break
		}
	}
	return true, n, nil
}

// extend reads what is behind p, the end of the tail or beyond. It is false
// when that is too much.
func (t *tail) extend(ctx context.Context, r *Runner, orgID string, p Position) (ok bool, err error) {
	asked := t.asked.Load()
	if t.to != p {
		t.from, t.to, t.events = p, p, nil
	}
	var fresh []Event
	var n int
	var held bool
	if err := r.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		fresh, n, held, err = r.log.newest(ctx, tx, orgID, p, tailSize)
		return err
	}); err != nil {
		return false, err
	}
	if held && t.again.CompareAndSwap(false, true) {
		time.AfterFunc(lookAgain, func() { t.again.Store(false); r.announce(orgID) })
	}
	if n > tailSize {
		return false, nil
	}
	t.answered = asked
	if n == 0 {
		return true, nil
	}
	if cut := len(t.events) + n - 2*tailSize; cut > 0 {
		t.from, t.events = t.events[cut-1].Position, slices.Clone(t.events[cut:])
	}
	t.events, t.to = append(t.events, fresh...), fresh[n-1].Position
	return true, nil
}

// page is up to where several subscribers may go together: it reads the next
// events behind the last of them for all, so that a log which many have to
// catch up with is read once. ok is false when they stand apart, or at the end.
func (r *Runner) page(ctx context.Context, orgID string) (to Position, ok bool, err error) {
	const several = 3
	if len(r.subs) < several {
		return to, false, nil
	}
	t := r.tails.of(orgID)
	t.mu.Lock()
	defer t.mu.Unlock()
	err = r.db.Read(ctx, orgID, func(tx *db.Tx) error {
		saved, err := cursors(ctx, tx, orgID)
		if err != nil {
			return err
		}
		at := make([]Position, len(r.subs))
		for i, s := range r.subs {
			at[i] = r.places.whole(s.Name, orgID, saved[s.Name])
		}
		slices.SortFunc(at, Position.Compare)
		last := at[0]
		if !last.before(t.from) && last.before(t.to) {
			to, ok = t.to, true
			return nil
		}
		if last.before(at[several-1]) {
			return nil
		}
		events, err := r.log.first(ctx, tx, orgID, last, tailSize)
		if err != nil || len(events) == 0 {
			return err
		}
		to, ok = events[len(events)-1].Position, true
		t.from, t.to, t.events = last, to, events
		t.answered = t.asked.Load() - 1 // there may be more behind
		return nil
	})
	return to, ok, err
}
