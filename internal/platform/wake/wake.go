// Package wake wakes those who follow what happens in an org.
package wake

import "sync"

// Wakers wakes those who follow a stream of events of an org, and lets a server
// that stops end them all: it waits for requests, and these would not end by
// themselves. The zero Wakers is ready.
type Wakers struct {
	mu      sync.Mutex
	by      map[string]map[chan struct{}]bool // org → who waits
	stopped chan struct{}
	stop    sync.Once
}

// Ended is closed once Stop was called.
func (w *Wakers) Ended() <-chan struct{} { return w.ended() }

func (w *Wakers) ended() chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped == nil {
		w.stopped = make(chan struct{})
	}
	return w.stopped
}

// Stop ends all streams.
func (w *Wakers) Stop() {
	ended := w.ended()
	w.stop.Do(func() { close(ended) })
}

// Join adds somebody who waits for something of an org; ok is false when there
// are most already. leave is to be called in the end.
func (w *Wakers) Join(orgID string, most int) (wake <-chan struct{}, leave func(), ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.by[orgID]) >= most {
		return nil, nil, false
	}
	if w.by == nil {
		w.by = map[string]map[chan struct{}]bool{}
	}
	if w.by[orgID] == nil {
		w.by[orgID] = map[chan struct{}]bool{}
	}
	c := make(chan struct{}, 1)
	w.by[orgID][c] = true
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.by[orgID], c)
		if len(w.by[orgID]) == 0 {
			delete(w.by, orgID)
		}
	}, true
}

// Wake wakes who waits for something of an org.
func (w *Wakers) Wake(orgID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for wake := range w.by[orgID] {
		select {
		case wake <- struct{}{}:
		default: // is about to look anyway
		}
	}
}
