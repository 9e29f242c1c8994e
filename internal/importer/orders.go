package importer

import (
	"container/heap"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"fishpond/internal/importer/table"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// How much is stored in one transaction: enough to be fast, little enough that
// other writers of an embedded database wait only moments.
const (
	storeOrders = 1000
	storeBytes  = 4 << 20
)

func (s *Service) importOrders(ctx context.Context, p *plan, t *table.Table) (r Result, err error) {
	out, err := newRejects(p.tmp, p.Lang)
	if err != nil {
		return r, err
	}
	defer out.spill.drop()

	parts, err := s.partition(ctx, p, t, out, &r)
	defer dropAll(parts)
	if err != nil {
		return Result{}, err
	}
	s.show(p, Progress{Phase: PhaseReading, RowsRead: r.Rows, BytesRead: p.size}, true)
	g, err := s.group(ctx, p, parts, out, &r)
	defer dropAll(g.runs)
	if err != nil {
		return Result{}, err
	}
	if p.RejectedPath != "" && out.count() > 0 {
		if err := out.save(p.RejectedPath, p.header); err != nil {
			return Result{}, err
		}
	}
	return r, s.store(ctx, p, g)
}

func dropAll(spills []*spill) {
	for _, sp := range spills {
		sp.drop()
	}
}

// storeBatch is what goes into one transaction.
type storeBatch struct {
	contacts []Contact
	facts    []timeline.Fact
	who      []int // of each fact, in contacts
	size     int
	seen     map[contact]int
}

// store does step three.
func (s *Service) store(ctx context.Context, p *plan, g *grouping) error {
	m, err := newMerge(g.runs)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	// One goroutine prepares the next batch while the database takes this one.
	batches := make(chan *storeBatch, 1)
	go func() {
		defer close(batches)
		for {
			b, err := p.nextBatch(m, g.seen)
			if err != nil {
				stop(err)
				return
			}
			if b == nil {
				return
			}
			select {
			case batches <- b:
			case <-ctx.Done():
				return
			}
		}
	}()
	progress := Progress{Phase: PhaseStoring, RowsRead: g.result.Rows, BytesRead: p.size, OrdersTotal: g.orders}
	s.show(p, progress, true)
	for b := range batches {
		if err := s.storeBatch(ctx, p, b); err != nil {
			stop(err)
			for range batches { // until the goroutine has ended: it reads files that are about to go
			}
			return err
		}
		progress.OrdersDone += int64(len(b.facts))
		s.show(p, progress, false)
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	s.show(p, progress, true)
	return nil
}

func (s *Service) storeBatch(ctx context.Context, p *plan, b *storeBatch) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return s.db.Write(ctx, p.orgID, func(tx *db.Tx) error {
		persons, err := s.resolve(ctx, tx, p, b.contacts)
		if err != nil {
			return err
		}
		for i := range b.facts {
			b.facts[i].PersonID = persons[b.who[i]].PersonID
		}
		_, err = s.log.Append(ctx, tx, p.orgID, b.facts...)
		return err
	})
}

// resolve finds who contacts are and, within the same transaction, credits
// those who are new to the channel that the import names, each from the earliest
// time that the contacts tell of them.
func (s *Service) resolve(ctx context.Context, tx *db.Tx, p *plan, contacts []Contact) ([]Found, error) {
	found, err := s.ports.People.Resolve(ctx, tx, p.orgID, contacts)
	if err != nil {
		return nil, err
	}
	if len(found) != len(contacts) {
		return nil, fmt.Errorf("importer: %d persons for %d contacts", len(found), len(contacts))
	}
	if p.Channel == "" {
		return found, nil
	}
	at := map[string]int{} // of who is new, in came
	var came []Came
	now := s.now()
	for _, f := range found {
		if _, ok := at[f.PersonID]; f.New && !ok {
			at[f.PersonID] = len(came)
			came = append(came, Came{f.PersonID, now})
		}
	}
	for i, f := range found {
		if n, ok := at[f.PersonID]; ok && !contacts[i].SeenAt.IsZero() && contacts[i].SeenAt.Before(came[n].At) {
			came[n].At = contacts[i].SeenAt
		}
	}
	return found, s.ports.Channels.Credit(ctx, tx, p.orgID, p.Channel, p.Source, came)
}

// nextBatch takes the next orders in time, nil after the last.
func (p *plan) nextBatch(m *merge, seen map[uint64]customer) (*storeBatch, error) {
	b := &storeBatch{seen: map[contact]int{}}
	for len(b.facts) < storeOrders && b.size < storeBytes {
		o, err := m.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		// A customer's first order says where they live until the last one does;
		// those between would only move them back and forth.
		c := seen[o.key]
		b.add(p, o, !c.known || c.last == moment{o.at, o.line})
		seen[o.key] = customer{c.last, true}
	}
	if len(b.facts) == 0 {
		return nil, nil
	}
	return b, nil
}

func (b *storeBatch) add(p *plan, o *order, describe bool) {
	ids := contact{customer: o.who.customer, phone: o.who.phone, email: o.who.email}
	c := Contact{Source: p.Source, Customer: ids.customer, Phone: ids.phone, Email: ids.email, SeenAt: clock.Time(o.at)}
	i, ok := b.seen[ids]
	if !ok {
		i = len(b.contacts)
		b.seen[ids] = i
		b.contacts = append(b.contacts, c)
	}
	if describe && (o.who.name != "" || o.who.region != "") {
		c.Profile = &Profile{Name: o.who.name, Region: o.who.region}
		b.contacts = append(b.contacts, c)
	}
	kind, key := mallevent.OrderPaid, "order:"
	if o.refund {
		kind, key = mallevent.OrderRefunded, "refund:"
	}
	b.facts = append(b.facts, timeline.Fact{Kind: kind, OccurredAt: clock.Time(o.at), DedupeKey: key + p.Source + ":" + o.id,
		Source: p.Source, Data: json.RawMessage(o.data)})
	b.who = append(b.who, i)
	b.size += len(o.data)
}

// merge reads sorted runs as one.
type merge struct{ heads []*mergeHead }

type mergeHead struct {
	in    *spillReader
	order order
	buf   []byte
}

func newMerge(runs []*spill) (*merge, error) {
	m := &merge{}
	for _, r := range runs {
		if r.n == 0 {
			continue
		}
		in, err := r.rewind(32 << 10)
		if err != nil {
			return nil, err
		}
		h := &mergeHead{in: in}
		if err := h.advance(); err != nil {
			return nil, err
		}
		m.heads = append(m.heads, h)
	}
	heap.Init(m)
	return m, nil
}

func (h *mergeHead) advance() (err error) {
	if h.buf, err = h.in.next(h.buf[:0]); err != nil {
		return err
	}
	h.order = order{}
	return h.order.parse(h.buf)
}

// next returns the earliest order that is left, io.EOF after the last.
func (m *merge) next() (*order, error) {
	if len(m.heads) == 0 {
		return nil, io.EOF
	}
	o := m.heads[0].order
	switch err := m.heads[0].advance(); {
	case err == io.EOF:
		heap.Pop(m)
	case err != nil:
		return nil, err
	default:
		heap.Fix(m, 0)
	}
	return &o, nil
}

// Len, Less, Swap, Push and Pop are those of container/heap.
func (m *merge) Len() int { return len(m.heads) }

// Less puts the head that is to be stored first in front.
func (m *merge) Less(i, j int) bool { return compare(&m.heads[i].order, &m.heads[j].order) < 0 }

// Swap exchanges two heads.
func (m *merge) Swap(i, j int) { m.heads[i], m.heads[j] = m.heads[j], m.heads[i] }

// Push is never called: runs are known from the start.
func (m *merge) Push(x any) { m.heads = append(m.heads, x.(*mergeHead)) }

// Pop drops the last head.
func (m *merge) Pop() any {
	h := m.heads[len(m.heads)-1]
	m.heads = m.heads[:len(m.heads)-1]
	return h
}
