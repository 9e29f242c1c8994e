// Package limit keeps machines from asking too much of pages that need no
// sign-in: how much comes from one place in a while, and how many requests are
// held open. Both count in this process only.
package limit

import (
	"sync"
	"time"
)

// Counts says what comes from one place in a while, in this process: enough
// against machines, and nobody's address is written down. It is safe for
// concurrent use; the zero value is ready.
type Counts struct {
	mu   sync.Mutex
	seen map[string]*count
}

type count struct {
	n     int
	until time.Time
}

// maxPlaces bounds the memory; past it the older half is forgotten.
const maxPlaces = 50_000

// Allow counts one more for key and reports whether it is within most for the
// window that began with the first.
func (l *Counts) Allow(key string, most int, window time.Duration, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil || len(l.seen) >= maxPlaces {
		left := map[string]*count{}
		for k, c := range l.seen {
			if c.until.After(now) && len(left) < maxPlaces/2 {
				left[k] = c
			}
		}
		l.seen = left
	}
	c := l.seen[key]
	if c == nil || !c.until.After(now) {
		c = &count{until: now.Add(window)}
		l.seen[key] = c
	}
	c.n++
	return c.n <= most
}

// Places hands out a bounded number of places, some of them at most to each
// key: for requests that are held open.
type Places struct {
	mu    sync.Mutex
	taken int
	by    map[string]int
}

// Take takes a place for key and returns how to give it back, nil when there is
// none.
func (p *Places) Take(key string, each, all int) (leave func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.by == nil {
		p.by = map[string]int{}
	}
	if p.taken >= all || p.by[key] >= each {
		return nil
	}
	p.taken++
	p.by[key]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.taken--
		if p.by[key]--; p.by[key] == 0 {
			delete(p.by, key)
		}
	}
}
