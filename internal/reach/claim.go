package reach

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/killpoint"
	"fishpond/internal/reach/gate"
	"fishpond/internal/reach/journal"
)

// batch is what one node has taken to send: the messages are its own until the
// outcomes are written, and count against people's limits already.
type batch struct {
	id, orgID string
	plan      Plan
	messages  []*message
	journal   *journal.Batch
}

// errTaken: what was read is not what is there. It is tried again.
var errTaken = errors.New("reach: messages were taken by another")

// claim judges the next messages of a plan and takes those that may go now. It
// returns nil when there are none; the plan's row says when to look again.
func (s *Service) claim(ctx context.Context, orgID, planID string) (out *batch, err error) {
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		out = nil
		p, err := s.lockPlan(ctx, tx, orgID, planID)
		if err != nil {
			return err
		}
		c := &claiming{s: s, tx: tx, p: p, at: s.now(), tally: tally{}}
		var doubtful *doubt
		if c.at, doubtful = s.watch.look(); doubtful != nil {
			return nil // nobody knows who sleeps, and what is over
		}
		switch {
		case p.status == PlanCancelling:
			return c.callOff(ctx, Cancelled, "")
		case p.status != PlanRunning:
			return nil
		case clock.Micros(c.at) < p.start:
			return c.sleep(ctx, p.start)
		case p.end != 0 && clock.Micros(c.at) >= p.end:
			return c.callOff(ctx, Held, WhyExpired)
		}
		out, err = c.run(ctx)
		return err
	})
	if out != nil && len(out.messages) == 0 {
		out = nil
	}
	return out, err
}

// claiming is the work of one claim.
type claiming struct {
	s      *Service
	tx     *db.Tx
	p      *planRow
	at     time.Time
	tally  tally
	b      *bench
	gone   []*message // may go
	rest   []settled
	states map[string]*accountState
}

// settled is a message that does not go now.
type settled struct {
	m *message
	ruling
}

func (c *claiming) run(ctx context.Context) (*batch, error) {
	now := clock.Micros(c.at)
	most := int64(c.s.pace.size(c.p.id, c.s.o.BatchMost))
	if c.p.perMinute > 0 {
		n, next := allowance(c.p.rateAt, c.p.perMinute, now)
		if n == 0 {
			return nil, c.sleep(ctx, next)
		}
		most = min(most, n)
	}
	all, fresh, err := c.next(ctx, now, most)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, c.idle(ctx, now)
	}
	if c.b, err = c.s.newBench(ctx, c.tx, c.p.orgID, c.p.purpose, c.at, all, true); err != nil {
		return nil, err
	}
	if c.states, err = accountStates(ctx, c.tx, c.p.orgID, all, c.b.rules); err != nil {
		return nil, err
	}
	passed, wake := c.p.passed, int64(0)
	for i, m := range all {
		r, err := c.b.rule(m, c.p.end)
		if err != nil {
			return nil, err
		}
		if r.status == Sending {
			if why, until := c.states[m.address.AccountID].admit(now); why != "" {
				r = ruling{Waiting, why, clock.Time(until)}
				if i >= len(all)-fresh && c.allBlocked(all[i:], m) { // nobody else behind it: they stay where they are
					wake = until
					break
				}
			}
		}
		if m.n > passed && i >= len(all)-fresh {
			passed = m.n
		}
		c.settle(m, r)
	}
	return c.keep(ctx, passed, wake, now)
}

// allBlocked tells whether all messages go over the account of one that cannot
// go now.
func (c *claiming) allBlocked(all []*message, first *message) bool {
	for _, m := range all {
		if m.address.AccountID != first.address.AccountID || m.others != "" {
			return false
		}
	}
	return true
}

// next reads the messages that are due: those that waited, then those that were
// not looked at yet. fresh is how many of the latter there are, at the end.
func (c *claiming) next(ctx context.Context, now, most int64) (all []*message, fresh int, err error) {
	read := func(query string, args ...any) error {
		return c.tx.Each(ctx, func(rows *sql.Rows) error {
			m := &message{}
			err := m.scan(rows)
			all = append(all, m)
			return err
		}, "SELECT "+messageColumns+" FROM reach_message WHERE org_id = ? AND plan_id = ? AND "+query, append([]any{c.p.orgID, c.p.id}, args...)...)
	}
	if err := read("status = 'waiting' AND waits = 1 AND due_at <= ? ORDER BY due_at, n LIMIT ?", now, most); err != nil {
		return nil, 0, fmt.Errorf("reach: due: %w", err)
	}
	waited := len(all)
	if c.p.passed < c.p.total && int64(waited) < most {
		if err := read("n > ? AND n <= ? AND status = 'planned' ORDER BY n", c.p.passed, c.p.passed+most-int64(waited)); err != nil {
			return nil, 0, fmt.Errorf("reach: next: %w", err)
		}
		if len(all) == waited { // all of these were decided when they were added
			c.p.passed = min(c.p.total, c.p.passed+most-int64(waited))
			if waited == 0 {
				_, err := c.tx.Exec(ctx, "UPDATE reach_plan SET passed = ?, wake_at = 0 WHERE org_id = ? AND id = ?", c.p.passed, c.p.orgID, c.p.id)
				if err != nil {
					return nil, 0, err
				}
				if c.p.passed < c.p.total {
					return c.next(ctx, now, most)
				}
			}
		}
	}
	return all, len(all) - waited, nil
}

// settle notes what becomes of a message, and reserves for one that goes.
func (c *claiming) settle(m *message, r ruling) {
	if r.status != Sending {
		if r.status == Held && m.reserved != 0 {
			c.b.people[m.person].release(c.b.rules, c.p.purpose, c.b.reservation(m), c.at)
			m.reserved = 0
		}
		c.rest = append(c.rest, settled{m, r})
		return
	}
	if m.reserved == 0 {
		m.reserved = c.at.Unix()
		c.b.people[m.person].reserve(c.b.rules, c.p.purpose, c.b.reservation(m), c.at)
	}
	c.states[m.address.AccountID].take(clock.Micros(c.at))
	c.gone = append(c.gone, m)
}

// keep writes all of it.
func (c *claiming) keep(ctx context.Context, passed, wake, now int64) (*batch, error) {
	out := &batch{id: ids.New("bat"), orgID: c.p.orgID, plan: c.p.plan(), messages: c.gone}
	if err := c.keepRest(ctx, now); err != nil {
		return nil, err
	}
	if err := c.keepGone(ctx, out.id, now); err != nil {
		return nil, err
	}
	if err := keepPeople(ctx, c.tx, c.p.orgID, c.b.people, now); err != nil {
		return nil, err
	}
	if err := keepAccounts(ctx, c.tx, c.p.orgID, c.states, now); err != nil {
		return nil, err
	}
	if err := c.tally.keep(ctx, c.tx, c.p.orgID, c.p.id); err != nil {
		return nil, err
	}
	if len(c.gone) > 0 {
		if _, err := c.tx.Exec(ctx, "INSERT INTO reach_batch (org_id, id, plan_id, node, size, taken_at, lease_until) VALUES (?, ?, ?, ?, ?, ?, ?)",
			c.p.orgID, out.id, c.p.id, c.s.node, len(c.gone), now, clock.Micros(c.at.Add(c.s.o.Lease))); err != nil {
			return nil, err
		}
	}
	killpoint.Here("reach.claiming")
	rate := c.p.rateAt
	if c.p.perMinute > 0 {
		rate = spend(rate, c.p.perMinute, now, int64(len(c.gone)))
	}
	_, err := c.tx.Exec(ctx, "UPDATE reach_plan SET passed = ?, rate_at = ?, wake_at = ? WHERE org_id = ? AND id = ?", passed, rate, wake, c.p.orgID, c.p.id)
	return out, err
}

// keepRest writes what waits and what is held, those with the same fate together.
func (c *claiming) keepRest(ctx context.Context, now int64) error {
	type fate struct {
		status, why string
		due         int64
		keeps       bool // its place among the person's messages
	}
	groups := map[fate][]int64{}
	var order []fate
	for _, r := range c.rest {
		f := fate{r.status, r.why, clock.Micros(r.until), r.m.reserved != 0}
		if groups[f] == nil {
			order = append(order, f)
		}
		groups[f] = append(groups[f], r.m.n)
		c.tally.move(r.m.status, r.m.why, r.status, r.why, 1)
	}
	for _, f := range order {
		where, arg := inNumbers(c.tx, "n", groups[f])
		keep := ", reserved_at = 0"
		if f.keeps {
			keep = ""
		}
		n, err := c.tx.Changed(ctx, "UPDATE reach_message SET status = ?, why = ?, due_at = ?, changed_at = ?"+keep+" WHERE org_id = ? AND plan_id = ? AND status IN ('planned', 'waiting') AND "+where,
			f.status, f.why, f.due, now, c.p.orgID, c.p.id, arg)
		if err != nil {
			return fmt.Errorf("reach: %s: %w", f.status, err)
		}
		if n != int64(len(groups[f])) {
			return errTaken
		}
	}
	return nil
}

// keepGone takes the messages that go.
func (c *claiming) keepGone(ctx context.Context, batchID string, now int64) error {
	if len(c.gone) == 0 {
		return nil
	}
	waited := map[int64][]int64{} // by when they were reserved
	for _, m := range c.gone {
		c.tally.move(m.status, m.why, Sending, "", 1)
		if m.status == Waiting {
			waited[m.reserved] = append(waited[m.reserved], m.n)
		}
		m.tries++
		if m.changedAddress {
			if _, err := c.tx.Exec(ctx, "UPDATE reach_message SET account_id = ?, carrier = ?, recipient = ?, others = ? WHERE org_id = ? AND plan_id = ? AND n = ?",
				m.address.AccountID, m.address.Carrier, m.address.To, m.others, c.p.orgID, c.p.id, m.n); err != nil {
				return err
			}
		}
	}
	// Of those that were not looked at before, what does not go has another
	// state by now.
	if first := slices.IndexFunc(c.gone, func(m *message) bool { return m.status == Planned }); first >= 0 {
		fresh := c.gone[first:]
		if err := c.taken(ctx, batchID, now, len(fresh), fresh[0].reserved, "status = 'planned' AND n BETWEEN ? AND ?", fresh[0].n, fresh[len(fresh)-1].n); err != nil {
			return err
		}
	}
	for reserved, ns := range waited {
		where, arg := inNumbers(c.tx, "n", ns)
		if err := c.taken(ctx, batchID, now, len(ns), reserved, "status = 'waiting' AND "+where, arg); err != nil {
			return err
		}
	}
	return nil
}

func (c *claiming) taken(ctx context.Context, batchID string, now int64, want int, reserved int64, where string, args ...any) error {
	n, err := c.tx.Changed(ctx, `UPDATE reach_message SET status = 'sending', why = '', detail_zh = '', detail_en = '', due_at = 0, batch_id = ?, tries = tries + 1, reserved_at = ?, changed_at = ?
		WHERE org_id = ? AND plan_id = ? AND `+where, append([]any{batchID, reserved, now, c.p.orgID, c.p.id}, args...)...)
	if err != nil {
		return fmt.Errorf("reach: take: %w", err)
	}
	if n != int64(want) {
		return errTaken
	}
	return nil
}

// sleep notes that there is nothing to do before a time.
func (c *claiming) sleep(ctx context.Context, until int64) error {
	_, err := c.tx.Exec(ctx, "UPDATE reach_plan SET wake_at = ? WHERE org_id = ? AND id = ?", until, c.p.orgID, c.p.id)
	return err
}

// idle ends a plan of which nothing is left, and otherwise notes when something
// is due.
func (c *claiming) idle(ctx context.Context, now int64) error {
	counts, err := countsOf(ctx, c.tx, c.p.orgID, c.p.id)
	if err != nil {
		return err
	}
	switch {
	case counts[Waiting] > 0:
		var due int64
		if err := c.tx.QueryRow(ctx, "SELECT COALESCE(MIN(due_at), 0) FROM reach_message WHERE org_id = ? AND plan_id = ? AND status = 'waiting' AND waits = 1", c.p.orgID, c.p.id).Scan(&due); err != nil {
			return err
		}
		return c.sleep(ctx, min(due, cmp.Or(c.p.end, due)))
	case counts[Sending] > 0:
		return c.sleep(ctx, now+time.Second.Microseconds()) // their outcomes wake it before
	case c.p.standing == 1:
		return c.sleep(ctx, cmp.Or(c.p.end, never)) // whoever is added wakes it before
	case counts[Asked] > 0 && c.p.end > now:
		return c.sleep(ctx, c.p.end) // Told wakes it before
	}
	_, err = c.tx.Exec(ctx, "UPDATE reach_plan SET status = 'done', finished_at = ?, changed_at = ?, wake_at = 0, passed = total WHERE org_id = ? AND id = ? AND status = 'running'", now, now, c.p.orgID, c.p.id)
	return err
}

// never is the time at which plans are looked at that only wait for people to
// be added: the end of the year 9999.
const never = 253402300799 * second

const callOffMost = 5000

// callOff gives up what has not left, a part at a time; at the end the plan is over.
func (c *claiming) callOff(ctx context.Context, status, why string) error {
	now := clock.Micros(c.at)
	some, err := c.left(ctx, "n > 0 ORDER BY n LIMIT ?", callOffMost)
	if err != nil {
		return err
	}
	if len(some) == 0 {
		counts, err := countsOf(ctx, c.tx, c.p.orgID, c.p.id)
		if err != nil {
			return err
		}
		if counts[Sending] > 0 {
			return c.sleep(ctx, now+time.Second.Microseconds())
		}
		to := PlanDone
		if status == Cancelled {
			to = PlanCancelled
			if counts[Asked] > 0 {
				if err := c.s.recall(ctx, c.tx, c.p.orgID, c.p.id); err != nil {
					return err
				}
			}
		}
		_, err = c.tx.Exec(ctx, "UPDATE reach_plan SET status = ?, finished_at = ?, changed_at = ?, wake_at = 0, passed = total WHERE org_id = ? AND id = ? AND status IN ('running', 'cancelling')", to, now, now, c.p.orgID, c.p.id)
		return err
	}
	if err := c.giveUp(ctx, some, status, why); err != nil {
		return err
	}
	killpoint.Here("reach.callingoff")
	c.tx.OnCommit(c.s.ring)
	return c.tally.keep(ctx, c.tx, c.p.orgID, c.p.id)
}

// returned is a reservation that ends: the message did not go, or went at a
// time in seconds.
type returned struct {
	gate.Send
	went int64
}

// giveBack takes reservations back of messages that did not go, and notes when
// others went.
func (s *Service) giveBack(ctx context.Context, tx *db.Tx, orgID, purpose string, back map[string][]returned, at time.Time) error {
	if len(back) == 0 {
		return nil
	}
	var who []string
	for p := range back {
		who = append(who, p)
	}
	r, err := s.rulesOf(ctx, tx, orgID)
	if err != nil {
		return err
	}
	people, err := s.people(ctx, tx, orgID, who, r, true)
	if err != nil {
		return err
	}
	for p, sends := range back {
		for _, one := range sends {
			if one.went != 0 {
				people[p].went(one.Send, one.went)
			} else {
				people[p].release(r, purpose, one.Send, at)
			}
		}
	}
	return keepPeople(ctx, tx, orgID, people, clock.Micros(at))
}

// countsOf tells how many messages of a plan are in which state.
func countsOf(ctx context.Context, tx *db.Tx, orgID, planID string) (map[string]int64, error) {
	out := map[string]int64{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var status string
		var n int64
		err := rows.Scan(&status, &n)
		out[status] = n
		return err
	}, "SELECT status, SUM(n) FROM reach_tally WHERE org_id = ? AND plan_id = ? GROUP BY status", orgID, planID)
}
