package reach

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/reach/gate"
)

// message is one on its way through the gate.
type message struct {
	n               int64
	id, person      string
	address         Address // the first choice, then the one that was taken
	others          string
	variant, data   string
	status, why     string
	tries, reserved int64
	entry           string
	until           int64 // its own end; 0: the plan's
	changedAddress  bool
}

const messageColumns = "n, id, person_id, account_id, carrier, recipient, others, variant, data, status, why, tries, reserved_at, entry, until_at"

func (m *message) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&m.n, &m.id, &m.person, &m.address.AccountID, &m.address.Carrier, &m.address.To, &m.others, &m.variant, &m.data, &m.status, &m.why, &m.tries, &m.reserved, &m.entry, &m.until)
}

// addresses are all ways to the person that are left, the present one first.
func (m *message) addresses() ([]Address, error) {
	if m.others == "" {
		return []Address{m.address}, nil
	}
	var more []Address
	if err := json.Unmarshal([]byte(m.others), &more); err != nil {
		return nil, fmt.Errorf("reach: addresses of %s: %w", m.id, err)
	}
	return append([]Address{m.address}, more...), nil
}

// take makes one of the addresses the present one; those before it are given up.
func (m *message) take(all []Address, i int) error {
	if i == 0 {
		return nil
	}
	m.address, m.changedAddress, m.others = all[i], true, ""
	if i+1 < len(all) {
		b, err := json.Marshal(all[i+1:])
		if err != nil {
			return err
		}
		m.others = string(b)
	}
	return nil
}

func (m *message) recipient() Recipient {
	all, _ := m.addresses() // were read before
	r := Recipient{PersonID: m.person, Addresses: all, Variant: m.variant, Key: m.entry, Until: clock.Time(m.until)}
	if m.data != "" {
		r.Data = json.RawMessage(m.data)
	}
	return r
}

// accountCache keeps the accounts of orgs for a moment: they are asked for with
// every batch.
type accountCache struct {
	mu   sync.Mutex
	orgs map[string]seenAccounts
}

type seenAccounts struct {
	at  time.Time
	all map[string]Account
}

const accountsFor = 2 * time.Second

func (s *Service) accounts(ctx context.Context, tx *db.Tx, orgID string) (map[string]Account, error) {
	now := s.now()
	s.seen.mu.Lock()
	c, ok := s.seen.orgs[orgID]
	s.seen.mu.Unlock()
	if age := now.Sub(c.at); ok && age >= 0 && age < accountsFor {
		return c.all, nil
	}
	all, err := s.Accounts.Accounts(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	if s.seen.orgs == nil {
		s.seen.orgs = map[string]seenAccounts{}
	}
	s.seen.orgs[orgID] = seenAccounts{now, all}
	return all, nil
}

// bench knows all that is needed to judge a batch of messages.
type bench struct {
	s        *Service
	rules    *rules
	purpose  string
	now      time.Time
	people   map[string]*person
	accounts map[string]Account
	windows  map[string]map[string]gate.PlatformWindow // account → recipient
	returned map[string]string                         // mail address → why
}

// newBench reads all that is needed. With lock the persons are the caller's
// until tx ends.
func (s *Service) newBench(ctx context.Context, tx *db.Tx, orgID, purpose string, now time.Time, all []*message, lock bool) (*bench, error) {
	b := &bench{s: s, purpose: purpose, now: now, windows: map[string]map[string]gate.PlatformWindow{}}
	var err error
	if b.rules, err = s.rulesOf(ctx, tx, orgID); err != nil {
		return nil, err
	}
	if b.accounts, err = s.accounts(ctx, tx, orgID); err != nil {
		return nil, err
	}
	persons := make([]string, len(all))
	windows, mail := map[string][]string{}, []string(nil)
	for i, m := range all {
		persons[i] = m.person
		addresses, err := m.addresses()
		if err != nil {
			return nil, err
		}
		for _, a := range addresses {
			if b.accounts[a.AccountID].Window {
				windows[a.AccountID] = append(windows[a.AccountID], a.To)
			}
			if a.Carrier == "email" {
				mail = append(mail, a.To)
			}
		}
	}
	if b.people, err = s.people(ctx, tx, orgID, persons, b.rules, lock); err != nil {
		return nil, err
	}
	for account, to := range windows {
		if b.windows[account], err = s.Accounts.Windows(ctx, tx, orgID, account, to); err != nil {
			return nil, err
		}
	}
	if len(mail) > 0 {
		b.returned, err = s.Accounts.Returned(ctx, tx, orgID, mail)
	}
	return b, err
}

// factsFor are what the gate asks about a message over an address.
func (b *bench) factsFor(m *message, a Address, f *gate.Facts) {
	p := b.people[m.person]
	p.facts(b.purpose, b.rules.zone, b.now, f)
	if m.reserved != 0 { // it counts already
		f.Sends = gate.AsOf(gate.Without(p.sends, b.reservation(m)), b.now)
		if b.purpose == gate.Marketing && b.rules.Purse.Enabled {
			f.Purse = b.rules.Purse.Add(f.Purse, gate.Whole, b.now)
		}
	}
	// What was tried before counts there already: the carrier knows best.
	if b.accounts[a.AccountID].Window && m.reserved == 0 {
		w := b.windows[a.AccountID][a.To] // none: shut
		f.Window = &w
	}
}

func (b *bench) reservation(m *message) gate.Send {
	return reservation(m.reserved, m.address.Carrier, b.purpose)
}

// ruling is what is to become of a message.
type ruling struct {
	status string // Sending, Waiting, Held
	why    string
	until  time.Time // Waiting
}

// rule decides on a message and takes the first address over which it may go.
func (b *bench) rule(m *message, end int64) (ruling, error) {
	if end = earlier(end, m.until); end != 0 && clock.Micros(b.now) >= end {
		return ruling{status: Held, why: WhyExpired}, nil
	}
	all, err := m.addresses()
	if err != nil {
		return ruling{}, err
	}
	var f gate.Facts
	best := ruling{status: Held, why: WhyNoAddress}
	for i, a := range all {
		acc, ok := b.accounts[a.AccountID]
		if !ok || !acc.Active || a.To == "" {
			continue
		}
		if why := b.returned[a.To]; why != "" {
			if best.why == WhyNoAddress {
				best.why = WhyBounced
			}
			continue
		}
		b.factsFor(m, a, &f)
		d := b.rules.Decide(&f, gate.Ask{Purpose: b.purpose, Carrier: a.Carrier, At: b.now})
		if d.Go {
			return ruling{status: Sending}, m.take(all, i)
		}
		waits := !d.Until.IsZero() && (end == 0 || clock.Micros(d.Until) < end)
		switch {
		case waits && (best.status != Waiting || d.Until.Before(best.until)):
			best = ruling{Waiting, string(d.Why), d.Until}
		case best.status == Held && (best.why == WhyNoAddress || best.why == WhyBounced):
			best.why = string(d.Why)
		}
	}
	return best, nil
}

// preview adds what would become of recipients to a tally.
func (s *Service) preview(ctx context.Context, tx *db.Tx, orgID, purpose string, at time.Time, chunk []Recipient, out *Tally) error {
	rows, err := newRows(chunk, 0, clock.Micros(at.Add(defaultSpan)))
	if err != nil {
		return err
	}
	var all []*message
	for i := range rows.person {
		m := &message{person: rows.person[i], others: rows.others[i], until: rows.until[i], address: Address{rows.account[i], rows.carrier[i], rows.recipient[i]}}
		switch rows.status[i] {
		case Held:
			out.Held[rows.why[i]]++
			continue
		case Waiting:
			if until := clock.Time(rows.due[i]); until.After(at) {
				out.Wait[rows.why[i]]++
				if until.After(out.Until) {
					out.Until = until
				}
				continue
			}
		}
		all = append(all, m)
	}
	b, err := s.newBench(ctx, tx, orgID, purpose, at, all, false)
	if err != nil {
		return err
	}
	for _, m := range all {
		r, err := b.rule(m, clock.Micros(at.Add(defaultSpan)))
		if err != nil {
			return err
		}
		switch r.status {
		case Sending:
			out.Go++
		case Waiting:
			out.Wait[r.why]++
			if r.until.After(out.Until) {
				out.Until = r.until
			}
		default:
			out.Held[r.why]++
		}
	}
	return nil
}
