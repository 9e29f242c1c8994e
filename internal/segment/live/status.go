package live

import (
	"context"
	"sync"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/segment/facts"
)

// Where an index came from.
const (
	fromFile  = "snapshot"
	fromFacts = "facts"
)

// Status tells how an org's segments stand on this node.
type Status struct {
	Position     int64      `json:"position" doc:"Number of the last change of the facts that the index has read"`
	Behind       int64      `json:"behind" doc:"Changes that it has not read yet"`
	Persons      int        `json:"persons"`
	Bytes        int64      `json:"bytes" doc:"Memory that the index takes, about"`
	LoadedFrom   string     `json:"loaded_from" enum:"snapshot,facts"`
	SavedAt      *time.Time `json:"saved_at" doc:"When this process last saved the index; null: not yet"`
	Settled      bool       `json:"settled" doc:"Whether recorded members have come to where the index is"`
	Segments     int        `json:"segments"`
	Broken       []Broken   `json:"broken" doc:"Segments that nobody can tell the members of"`
	Error        string     `json:"error" doc:"Why the index stands still; empty: it does not"`
	Drift        []Drift    `json:"drift" doc:"What the last reconciliation found wrong, and put right"`
	ReconciledAt *time.Time `json:"reconciled_at" doc:"When that was; null: never"`
}

// Broken is a segment whose predicate no longer makes sense.
type Broken struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// status is what the engine notes for Status.
type status struct {
	mu      sync.Mutex
	from    string
	pending int  // segments that somebody may still have to enter or leave
	looked  mark // by what that was last worked out
	saveN   int64
	saveAt  time.Time
	err     error
}

func (s *status) loaded(from string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from = from
}

func (s *status) unsettled(n int, by mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending, s.looked = n, by
}

func (s *status) saved(n int64, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saveN, s.saveAt = n, at
}

func (s *status) savedUpTo() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saveN
}

func (s *status) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// Status tells how an org stands, without waiting for it to be caught up.
func (e *Engine) Status(ctx context.Context, orgID string) (Status, error) {
	o := e.org(orgID)
	v, err := o.current(ctx)
	if err != nil {
		return Status{}, err
	}
	out := Status{Position: v.snap.Position().Seq, Persons: v.snap.Len(), Bytes: v.snap.Bytes(), Segments: len(v.defs.segments), Broken: []Broken{}}
	is := v.mark()
	err = e.db.Read(ctx, orgID, func(tx *db.Tx) error {
		n, revision, err := facts.Position(ctx, tx, orgID)
		if err != nil {
			return err
		}
		is.revision = max(is.revision, revision)
		out.Behind = max(0, n-out.Position)
		var at int64
		out.Drift, at, err = lastDrift(ctx, tx, orgID)
		out.ReconciledAt = clock.Ptr(at)
		return err
	})
	for _, s := range v.defs.order {
		if s.broken != nil {
			out.Broken = append(out.Broken, Broken{s.ID, s.Name, s.broken.Error()})
		}
	}
	o.status.mu.Lock()
	defer o.status.mu.Unlock()
	out.LoadedFrom, out.SavedAt = o.status.from, clock.Ptr(clock.Micros(o.status.saveAt))
	// What has been read is seen before anybody has been moved by it.
	out.Settled = o.status.pending == 0 && out.Behind == 0 && !is.beyond(o.status.looked)
	if o.status.err != nil {
		out.Error = o.status.err.Error()
	}
	return out, wrap("status", err)
}
