// Package delivery sends callbacks the way the platform does: a POST that must be
// answered with 200 within five seconds, else up to three retries; messages of one
// customer in order, others beside each other. It keeps a record of what it sent
// and what came back. Documentation page: 「回调配置」.
package delivery

import (
	"bytes"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/simulator/fault"
)

const (
	retries  = 3
	patience = 5 * time.Second
	atOnce   = 64 // callbacks under way at the same time
)

// Message is a callback to send.
type Message struct {
	Scope string // corp id or app id
	Event string // for the record and for faults: add_external_contact
	Key   string // messages with the same key keep their order
	URL   string
	Plain string // what is inside, for the record
	// Build closes the envelope; a retry carries the same message in a new envelope.
	Build func(now time.Time) (query url.Values, body []byte, err error)
	// Answered is given the body of the answer, when the receiver took the message. May be nil.
	Answered func(body []byte)
}

// Dispatcher sends callbacks and runs what is due later. Make one with New and Close it.
type Dispatcher struct {
	now        clock.Clock
	retryAfter time.Duration
	faults     *fault.Set
	client     *http.Client
	ctx        context.Context
	stop       context.CancelFunc
	wake       chan struct{}
	slots      chan struct{}
	wg         sync.WaitGroup

	mu     sync.Mutex
	idle   *sync.Cond
	active int // jobs in lanes: waiting for their turn or being sent
	due    agenda
	serial int64
	lanes  map[string][]*job
	held   map[string]*job // by scope, waiting for the next one to pass
	log    journal
	closed bool
}

type job struct {
	Message
	record *Record
	then   *job // released after the first attempt
}

// New starts a dispatcher. retryAfter is the pause before a retry; 0 retries at once.
func New(now clock.Clock, faults *fault.Set, retryAfter time.Duration) *Dispatcher {
	ctx, stop := context.WithCancel(context.Background())
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // receivers are on this machine or beside it
	transport.MaxIdleConnsPerHost = atOnce
	d := &Dispatcher{
		now: now, retryAfter: retryAfter, faults: faults, ctx: ctx, stop: stop,
		client: &http.Client{Transport: transport, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
		wake: make(chan struct{}, 1), slots: make(chan struct{}, atOnce),
		lanes: map[string][]*job{}, held: map[string]*job{}, log: newJournal(),
	}
	d.idle = sync.NewCond(&d.mu)
	d.wg.Go(d.follow)
	return d
}

// Close stops sending; what was not sent is lost.
func (d *Dispatcher) Close() {
	d.mu.Lock()
	d.closed = true
	d.idle.Broadcast()
	d.mu.Unlock()
	d.stop()
	d.wg.Wait()
	d.client.CloseIdleConnections()
}

// Send takes a message; it does not wait until it is sent.
func (d *Dispatcher) Send(m Message) {
	rules := d.faults.Take(m.Scope, m.Event, true)
	d.mu.Lock()
	defer d.mu.Unlock()
	j := &job{Message: m, record: d.log.add(m, d.now())}
	copies, late := 1, time.Duration(0)
	for _, r := range rules {
		j.record.Faults = append(j.record.Faults, string(r.Kind))
		switch r.Kind {
		case fault.CallbackDrop:
			d.log.finish(j.record, Dropped)
			return
		case fault.CallbackTwice:
			copies++
		case fault.CallbackLate:
			late = max(late, time.Duration(r.Seconds*float64(time.Second)))
		case fault.CallbackSwap:
			if d.held[m.Scope] == nil {
				j.record.State = Held
				d.held[m.Scope] = j
				return
			}
		}
	}
	// One that was held goes after this one.
	j.then, d.held[m.Scope] = d.held[m.Scope], nil
	if copies > 1 {
		again := &job{Message: m, record: d.log.add(m, d.now()), then: j.then}
		again.record.Faults = []string{"copy"}
		j.then = again
	}
	if late > 0 {
		j.record.DueAt = d.now().Add(late)
		d.later(j.record.DueAt, func() { d.enqueue(j) })
		return
	}
	d.enqueue(j)
}

// After runs fn when the clock reaches due. fn must not block; it is lost on Close.
func (d *Dispatcher) After(due time.Time, fn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.later(due, func() {
		d.active++
		d.wg.Go(func() {
			fn()
			d.mu.Lock()
			defer d.mu.Unlock()
			d.done()
		})
	})
}

// Wake looks at the clock again: call it after moving a clock that is not the machine's.
func (d *Dispatcher) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Drain waits until everything that is due was sent, or failed. What is due later
// than the clock says, or held back, does not count.
func (d *Dispatcher) Drain(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.idle.Broadcast()
	})
	defer stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		d.runDue()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case d.closed:
			return errors.New("the simulator is closed")
		case d.active == 0:
			return nil
		}
		d.idle.Wait()
	}
}

// later puts fn on the agenda; fn is called with mu held.
func (d *Dispatcher) later(due time.Time, fn func()) {
	d.serial++
	heap.Push(&d.due, entry{due: due, serial: d.serial, run: fn})
	d.Wake()
}

// runDue runs what is due. mu is held.
func (d *Dispatcher) runDue() {
	for now := d.now(); len(d.due) > 0 && !d.due[0].due.After(now) && !d.closed; {
		heap.Pop(&d.due).(entry).run()
	}
}

// follow runs the agenda until Close.
func (d *Dispatcher) follow() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		d.mu.Lock()
		d.runDue()
		wait := time.Hour
		if len(d.due) > 0 {
			wait = max(d.due[0].due.Sub(d.now()), time.Millisecond)
		}
		d.mu.Unlock()
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-d.wake:
		case <-d.ctx.Done():
			return
		}
	}
}

// enqueue appends a job to its lane and starts the lane. mu is held.
func (d *Dispatcher) enqueue(j *job) {
	if d.closed {
		return
	}
	d.active++
	j.record.State = Sending
	lane := j.Scope + "\x00" + j.URL + "\x00" + j.Key
	d.lanes[lane] = append(d.lanes[lane], j)
	if len(d.lanes[lane]) == 1 {
		d.wg.Go(func() { d.run(lane) })
	}
}

// run sends what is in a lane, one after the other, until it is empty.
func (d *Dispatcher) run(lane string) {
	for {
		d.mu.Lock()
		j := d.lanes[lane][0]
		d.mu.Unlock()
		select {
		case d.slots <- struct{}{}:
		case <-d.ctx.Done():
			return
		}
		attempt, answer := d.attempt(j)
		<-d.slots
		if attempt.OK && j.Answered != nil {
			j.Answered(answer)
		}
		d.mu.Lock()
		d.settle(j, attempt)
		rest := d.lanes[lane][1:]
		if len(rest) == 0 {
			delete(d.lanes, lane)
			d.mu.Unlock()
			return
		}
		d.lanes[lane] = rest
		d.mu.Unlock()
	}
}

// settle records an attempt, and plans the retry. mu is held.
func (d *Dispatcher) settle(j *job, a Attempt) {
	defer d.done()
	j.record.Attempts = append(j.record.Attempts, a)
	switch {
	case a.OK:
		d.log.finish(j.record, Delivered)
	case len(j.record.Attempts) > retries:
		d.log.finish(j.record, Failed)
	case d.retryAfter == 0:
		d.enqueue(j)
	default:
		j.record.State, j.record.DueAt = Waiting, d.now().Add(d.retryAfter)
		d.later(j.record.DueAt, func() { d.enqueue(j) })
	}
	if j.then != nil {
		d.enqueue(j.then)
		j.then = nil
	}
}

// done counts a job as finished. mu is held.
func (d *Dispatcher) done() {
	d.active--
	if d.active == 0 {
		d.idle.Broadcast()
	}
}

func (d *Dispatcher) attempt(j *job) (Attempt, []byte) {
	began := d.now()
	status, answer, err := d.post(j)
	a := Attempt{At: began, Status: status, Millis: d.now().Sub(began).Milliseconds(), OK: err == nil && status == http.StatusOK}
	if err != nil {
		a.Error = err.Error()
	}
	return a, answer
}

func (d *Dispatcher) post(j *job) (status int, answer []byte, err error) {
	query, body, err := j.Build(d.now())
	if err != nil {
		return 0, nil, err
	}
	target, err := url.Parse(j.URL)
	if err != nil {
		return 0, nil, err
	}
	values := target.Query()
	for k := range query {
		values.Set(k, query.Get(k))
	}
	target.RawQuery = values.Encode()
	req, err := http.NewRequestWithContext(d.ctx, http.MethodPost, target.String(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "text/xml")
	req.Header.Set("User-Agent", "Mozilla/4.0")
	return d.do(req)
}

// Verify asks a receiver to prove that it holds the token and the key: a GET that is
// to be answered with the text echo. Documentation page: 「回调配置」, 验证URL有效性.
func (d *Dispatcher) Verify(ctx context.Context, target string, query url.Values, echo string) error {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is not an address that begins with http:// or https://", target)
	}
	values := u.Query()
	for k := range query {
		values.Set(k, query.Get(k))
	}
	u.RawQuery = values.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	status, answer, err := d.do(req)
	switch {
	case err != nil:
		return fmt.Errorf("the address did not answer: %w", err)
	case status != http.StatusOK:
		return fmt.Errorf("the address answered with status %d instead of 200", status)
	case string(answer) != echo:
		return errors.New("the address answered, but not with the decrypted echostr alone; no quotes, no line end, no byte order mark")
	}
	return nil
}

func (d *Dispatcher) do(req *http.Request) (int, []byte, error) {
	resp, err := d.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, answer, err
}

// agenda is what is due later, soonest first.
type agenda []entry

type entry struct {
	due    time.Time
	serial int64
	run    func()
}

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].due.Before(a[j].due) || a[i].due.Equal(a[j].due) && a[i].serial < a[j].serial
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(entry)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}
