package delivery

import (
	"slices"
	"time"
)

// State is how far a callback has come.
type State string

// The states.
const (
	Waiting   State = "waiting"   // for its time or its retry
	Held      State = "held"      // until the next one has passed
	Sending   State = "sending"   // in the lane or on the line
	Delivered State = "delivered" // answered with 200
	Failed    State = "failed"    // given up after all retries
	Dropped   State = "dropped"   // lost on request
)

// Record tells what became of a callback.
type Record struct {
	ID       int64     `json:"id"`
	Scope    string    `json:"scope"`
	Event    string    `json:"event"`
	URL      string    `json:"url"`
	Plain    string    `json:"plain"` // the message inside the envelope
	State    State     `json:"state"`
	MadeAt   time.Time `json:"made_at"`
	DueAt    time.Time `json:"due_at,omitzero"`
	Attempts []Attempt `json:"attempts"`
	Faults   []string  `json:"faults,omitempty"`
}

// Attempt is one POST.
type Attempt struct {
	At     time.Time `json:"at"`
	Status int       `json:"status"` // 0 when there was no answer
	Millis int64     `json:"millis"`
	OK     bool      `json:"ok"`
	Error  string    `json:"error,omitempty"`
}

// Counts are totals since the start.
type Counts struct {
	Made      int64 `json:"made"`
	Delivered int64 `json:"delivered"`
	Failed    int64 `json:"failed"`
	Dropped   int64 `json:"dropped"`
	Open      int64 `json:"open"` // not finished yet
}

// kept is how many records are remembered; the totals count all.
const kept = 2000

type journal struct {
	last    int64
	records []*Record // a ring
	counts  map[string]*Counts
}

func newJournal() journal { return journal{counts: map[string]*Counts{}} }

func (j *journal) add(m Message, now time.Time) *Record {
	r := &Record{ID: j.last + 1, Scope: m.Scope, Event: m.Event, URL: m.URL, Plain: m.Plain, State: Waiting, MadeAt: now}
	j.last++
	if len(j.records) < kept {
		j.records = append(j.records, r)
	} else {
		j.records[(r.ID-1)%kept] = r
	}
	if j.counts[m.Scope] == nil {
		j.counts[m.Scope] = &Counts{}
	}
	j.counts[m.Scope].Made++
	j.counts[m.Scope].Open++
	return r
}

func (j *journal) finish(r *Record, s State) {
	c := j.counts[r.Scope]
	r.State = s
	c.Open--
	switch s {
	case Delivered:
		c.Delivered++
	case Failed:
		c.Failed++
	case Dropped:
		c.Dropped++
	}
}

// Records returns the last callbacks of a scope ("" for all), the newest first.
func (d *Dispatcher) Records(scope string, limit int) []Record {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := []Record{}
	for id := d.log.last; id > 0 && id > d.log.last-kept && len(out) < limit; id-- {
		r := d.log.records[(id-1)%kept]
		if scope == "" || r.Scope == scope {
			c := *r
			c.Attempts, c.Faults = slices.Clone(r.Attempts), slices.Clone(r.Faults)
			out = append(out, c)
		}
	}
	return out
}

// Counts returns the totals of a scope, or of all for "".
func (d *Dispatcher) Counts(scope string) Counts {
	d.mu.Lock()
	defer d.mu.Unlock()
	var sum Counts
	for s, c := range d.log.counts {
		if scope == "" || s == scope {
			sum.Made += c.Made
			sum.Delivered += c.Delivered
			sum.Failed += c.Failed
			sum.Dropped += c.Dropped
			sum.Open += c.Open
		}
	}
	return sum
}
