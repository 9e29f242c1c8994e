package timeline

import (
	"sync"
	"time"
)

// saveEvery is how long the place of a subscriber that finds nothing it wants
// may go unsaved.
const saveEvery = time.Second

// place is what is known of a subscriber's way: its cursor was once saved at
// saved, and between there and looked is nothing that it wants. As the log
// never changes, that stays true whatever becomes of the cursor: other nodes
// may move it, a rebuild may set it back.
type place struct {
	saved, looked Position
	savedAt       time.Time
	going         Position // where a write that has begun will take it
}

// places are the places of this process. Moving a cursor each time a
// subscriber has passed over events of others' kinds would cost a write each;
// what is lost with the process is looked through again.
type places struct {
	mu *sync.Mutex
	by map[[2]string]place // by subscriber and org
}

func newPlaces() places { return places{mu: &sync.Mutex{}, by: map[[2]string]place{}} }

func (p places) of(name, orgID string) (place, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, known := p.by[[2]string{name, orgID}]
	return at, known
}

// before tells whether a subscriber is, for all that is known, before a place.
func (p places) before(name, orgID string, at Position) bool {
	is, _ := p.of(name, orgID)
	return is.looked.before(at)
}

// have tells whether the places of all of the subscribers are known.
func (p places) have(names []string, orgID string) bool {
	for _, name := range names {
		if _, known := p.of(name, orgID); !known {
			return false
		}
	}
	return true
}

// going notes where a write that is about to begin will take the cursor.
func (p places) going(name, orgID string, to Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := [2]string{name, orgID}
	if at, known := p.by[key]; known {
		at.going = to
		p.by[key] = at
	}
}

// soon is where a subscriber is once what has begun is done.
func (p places) soon(name, orgID string) Position {
	at, _ := p.of(name, orgID)
	if at.looked.before(at.going) {
		return at.going
	}
	return at.looked
}

// whole is where a subscriber is whose cursor was just read.
func (p places) whole(name, orgID string, cursor Position) Position {
	if at, known := p.of(name, orgID); known && !cursor.before(at.saved) && cursor.before(at.looked) {
		return at.looked
	}
	return cursor
}

// seen notes a cursor as it was just read, and tells where the subscriber is.
func (p places) seen(name, orgID string, cursor Position, now time.Time) Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := [2]string{name, orgID}
	at, known := p.by[key]
	if known && at.saved == cursor {
		return at.looked
	}
	p.by[key] = place{saved: cursor, looked: cursor, savedAt: now}
	return cursor
}

// moved notes that the cursor was saved.
func (p places) moved(name, orgID string, to Position, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.by[[2]string{name, orgID}] = place{saved: to, looked: to, savedAt: now}
}

// pass notes that there is nothing wanted from a saved place up to another.
func (p places) pass(name, orgID string, saved, to Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := [2]string{name, orgID}
	if at, known := p.by[key]; known && at.saved == saved && at.looked.before(to) {
		at.looked = to
		p.by[key] = at
	}
}

// forget has the cursor be read again.
func (p places) forget(name, orgID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.by, [2]string{name, orgID})
}

// orgs lists the orgs in which subscribers have a place.
func (p places) orgs() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	had, out := map[string]bool{}, []string(nil)
	for key := range p.by {
		if !had[key[1]] {
			had[key[1]] = true
			out = append(out, key[1])
		}
	}
	return out
}
