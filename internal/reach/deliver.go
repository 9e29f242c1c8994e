package reach

import (
	"context"
	"slices"
	"sync"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/killpoint"
	"fishpond/internal/reach/journal"
)

// paces finds how many messages the batches of a plan should have: as many as
// are sent in a moment. Those of a slow server are small, so that what it does
// not answer holds few up; large ones cost less a message.
type paces struct {
	mu sync.Mutex
	of map[string]int // plan → messages a batch; only of plans that were sent lately
}

const (
	paceFirst = 50
	paceLeast = 10
	paceFast  = 400 * time.Millisecond
	paceSlow  = 2 * time.Second
	pacesMost = 200
)

func (p *paces) size(plan string, most int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.of[plan]
	if n == 0 {
		n = paceFirst
	}
	return min(n, most)
}

func (p *paces) took(plan string, n, most int, d time.Duration) {
	size := p.size(plan, most)
	next := size
	switch {
	case n < size/2: // the last few; those who are left out do not make it one
	case d < paceFast:
		next = min(2*size, most)
	case d > paceSlow:
		next = max(size/2, paceLeast)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil || len(p.of) >= pacesMost {
		p.of = map[string]int{}
	}
	p.of[plan] = next
}

// outcome is what became of one message of a batch.
type outcome struct {
	i int // its place in the batch
	Result
	held *errs.Error // it cannot be made for this person; Result is empty
}

// taken tells whether the carrier has the message, for good or until somebody
// confirms it.
func (o outcome) taken() bool { return o.held == nil && (o.Status == Sent || o.Status == Asked) }

const flushEvery = 500 * time.Millisecond

// deliver makes the messages of a batch, hands them to the carriers and writes
// down what became of each.
func (s *Service) deliver(ctx context.Context, b *batch) {
	killpoint.Here("reach.claimed")
	began := clock.System() // how long work takes, whatever time it is
	var err error
	if b.journal, err = s.journal.Batch(b.id); err != nil { // nothing may be begun that could not be noted
		s.logger.ErrorContext(ctx, "a batch has no journal, will try again", "org", b.orgID, "plan", b.plan.ID, "error", err)
		all := make([]outcome, len(b.messages))
		for i := range all {
			all[i].i = i
		}
		s.record(ctx, b, all, true)
		return
	}
	told := make(chan outcome, len(b.messages))
	go s.hand(ctx, b, told)
	pending, left := make([]outcome, 0, len(b.messages)), len(b.messages)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	whole := true
	flush := func() {
		if len(pending) > 0 {
			whole = s.record(ctx, b, pending, left == 0) && whole
			pending = pending[:0]
		}
	}
	for left > 0 {
		select {
		case o := <-told:
			pending = append(pending, o)
			left--
		case <-tick.C:
			flush()
		}
	}
	s.pace.took(b.plan.ID, len(b.messages), s.o.BatchMost, clock.System().Sub(began))
	killpoint.Here("reach.handed")
	asked := slices.ContainsFunc(pending, func(o outcome) bool { return o.Status == Asked })
	flush()
	killpoint.Here("reach.recorded")
	if asked {
		killpoint.Here("reach.asked")
	}
	end := b.journal.Done
	if !whole {
		end = b.journal.Keep
	}
	if err := end(); err != nil {
		s.logger.WarnContext(ctx, "the journal of a batch could not be ended", "batch", b.id, "error", err)
	}
}

// hand makes a batch's messages and gives them to the carriers, account by
// account. Each is told of exactly once.
func (s *Service) hand(ctx context.Context, b *batch, told chan<- outcome) {
	contents := s.Contents[b.plan.Origin]
	if contents == nil {
		for i := range b.messages {
			told <- outcome{i: i, held: errNoContents}
		}
		return
	}
	recipients := make([]Recipient, len(b.messages))
	for i, m := range b.messages {
		recipients[i] = m.recipient()
	}
	rendered := contents.Render(ctx, b.orgID, b.plan, recipients)
	groups := map[string]*handing{}
	for i, m := range b.messages {
		if i >= len(rendered) {
			told <- outcome{i: i, held: errNoContents}
			continue
		}
		if err := rendered[i].Err; err != nil {
			o := outcome{i: i}
			if e := errs.As(err); e.Code == errs.CodeInvalid || e.Code == errs.CodeNotFound {
				o.held = e
			} else { // ours, not that person's: it was not tried
				s.logger.WarnContext(ctx, "a message could not be made, will try again", "org", b.orgID, "plan", b.plan.ID, "message", m.id, "error", err)
			}
			told <- o
			continue
		}
		g := groups[m.address.AccountID]
		if g == nil {
			g = &handing{}
			groups[m.address.AccountID] = g
		}
		g.at = append(g.at, i)
		g.deliveries = append(g.deliveries, Delivery{Key: m.id, PersonID: m.person, To: m.address.To, PlanID: b.plan.ID, Begin: func() error { return b.begin(m) }, EndAt: clock.Time(earlier(clock.Micros(b.plan.EndAt), m.until)), Rendered: rendered[i]})
	}
	var wg sync.WaitGroup
	for account, g := range groups {
		wg.Go(func() {
			var once sync.Mutex
			done := make([]bool, len(g.at))
			tell := func(i int, r Result) {
				once.Lock()
				defer once.Unlock()
				if !done[i] {
					done[i] = true
					b.ended(b.messages[g.at[i]], r)
					told <- outcome{i: g.at[i], Result: r}
				}
			}
			deliveries := g.deliveries
			g.deliveries = nil // what is sent need not be kept
			s.Transport.Deliver(ctx, b.orgID, account, deliveries, tell)
			for i := range done { // what the carrier said nothing of was not tried
				tell(i, Result{})
			}
		})
	}
	wg.Wait()
}

// begin notes that a message begins to be handed over.
func (b *batch) begin(m *message) error {
	if err := b.journal.Note(m.n, journal.Begun); err != nil {
		return err
	}
	killpoint.Here("reach.begun")
	return nil
}

// ended notes what became of it. When that fails, it is doubtful after a death
// as if it had just been begun.
func (b *batch) ended(m *message, r Result) {
	killpoint.Here("reach.told")
	switch r.Status {
	case Sent:
		_ = b.journal.Note(m.n, journal.Taken)
	case Failed, "":
		_ = b.journal.Note(m.n, journal.NotTaken)
	}
}

type handing struct {
	at         []int
	deliveries []Delivery
}

var errNoContents = errs.Invalid(i18n.T("没有可发的内容", "There is nothing to send"))

// wordsOf says to people why a message cannot be made.
func wordsOf(e *errs.Error) i18n.Text {
	if len(e.Fields) > 0 {
		return e.Fields[0].Text
	}
	return e.Text
}
