package reach

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/killpoint"
	"fishpond/internal/timeline"
)

const (
	retries    = 6
	retryFirst = time.Minute
	retryMost  = 2 * time.Hour
	recordFor  = 30 * time.Second

	untriedRest = 2 * time.Second
)

// record writes down what became of messages. It tries until it succeeds or
// it has failed for long: what is not written is settled when this node is
// dead, as far as its journal tells.
func (s *Service) record(ctx context.Context, b *batch, all []outcome, last bool) bool {
	ctx = context.WithoutCancel(ctx)
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := s.db.Write(ctx, b.orgID, func(tx *db.Tx) error {
			return (&recording{s: s, tx: tx, b: b, now: s.now(), tally: tally{}, back: map[string][]returned{}}).run(ctx, all, last)
		})
		if err == nil {
			return true
		}
		s.logger.ErrorContext(ctx, "what became of messages could not be written, will try again", "plan", b.plan.ID, "error", err)
		if wait >= recordFor || !db.IsTransient(err) && wait > time.Second {
			return false
		}
		time.Sleep(wait) // between tries; nobody waits for it
	}
}

// recording is the work of writing outcomes down.
type recording struct {
	s     *Service
	tx    *db.Tx
	b     *batch
	now   time.Time
	tally tally
	facts []timeline.Fact
	back  map[string][]returned // reservations that end

	adopted bool // another process sent them: not now, but when they were claimed
}

func (r *recording) run(ctx context.Context, all []outcome, last bool) error {
	at := clock.Micros(r.now)
	taken := map[string][]outcome{}
	for _, o := range all {
		if o.taken() {
			taken[o.Status] = append(taken[o.Status], o)
		}
	}
	for _, status := range []string{Sent, Asked} {
		if err := r.taken(ctx, status, taken[status], at); err != nil {
			return err
		}
	}
	for _, o := range all {
		if o.taken() {
			continue
		}
		if err := r.other(ctx, o, at); err != nil {
			return err
		}
	}
	killpoint.Here("reach.recording")
	if err := r.accounts(ctx, all, at); err != nil {
		return err
	}
	if err := r.finish(ctx); err != nil {
		return err
	}
	if !last {
		return nil
	}
	if _, err := r.tx.Exec(ctx, "DELETE FROM reach_batch WHERE org_id = ? AND id = ?", r.b.orgID, r.b.id); err != nil {
		return err
	}
	// A plan whose last messages these are ends now.
	_, err := r.tx.Exec(ctx, "UPDATE reach_plan SET wake_at = 0 WHERE org_id = ? AND id = ? AND passed >= total AND wake_at > 0 AND status IN ('running', 'cancelling')", r.b.orgID, r.b.plan.ID)
	return err
}

// finish writes what the changes of messages bring about: people's limits, the
// plan's tally, the timeline.
func (r *recording) finish(ctx context.Context) error {
	if err := r.s.giveBack(ctx, r.tx, r.b.orgID, r.b.plan.Purpose, r.back, r.now); err != nil {
		return err
	}
	if len(r.facts) > 0 {
		if _, err := r.s.log.Append(ctx, r.tx, r.b.orgID, r.facts...); err != nil {
			return err
		}
	}
	// Last: its rows are what all batches of a plan wait for.
	return r.tally.keep(ctx, r.tx, r.b.orgID, r.b.plan.ID)
}

// taken notes what carriers have taken, for good or until somebody confirms it.
func (r *recording) taken(ctx context.Context, status string, all []outcome, at int64) error {
	if len(all) == 0 {
		return nil
	}
	ns := make([]int64, len(all))
	for i, o := range all {
		ns[i] = r.b.messages[o.i].n
	}
	slices.Sort(ns)
	where, args := "n BETWEEN ? AND ?", []any{ns[0], ns[len(ns)-1]}
	if len(all) != len(r.b.messages) { // others of the batch may not have been taken
		w, arg := inNumbers(r.tx, "n", ns)
		where, args = w, []any{arg}
	}
	n, err := r.tx.Changed(ctx, "UPDATE reach_message SET status = ?, changed_at = ? WHERE org_id = ? AND plan_id = ? AND status = 'sending' AND batch_id = ? AND "+where,
		append([]any{status, at, r.b.orgID, r.b.plan.ID, r.b.id}, args...)...)
	if err != nil {
		return fmt.Errorf("reach: %s: %w", status, err)
	}
	r.tally.move(Sending, "", status, "", n)
	if n != int64(len(all)) {
		if err := r.late(ctx, status, ns, at); err != nil {
			return err
		}
	}
	for _, o := range all {
		if m := r.b.messages[o.i]; status == Sent && !o.Told {
			at := r.now
			if r.adopted && m.reserved != 0 {
				at = time.Unix(m.reserved, 0).UTC()
			}
			r.tell(m, o.ID, at)
		}
	}
	return nil
}

// tell puts on the timeline that a message went.
func (r *recording) tell(m *message, carriersID string, at time.Time) {
	r.facts = append(r.facts, timeline.Fact{Kind: carrierevent.MessageSent, PersonID: m.person, Source: m.address.Carrier, OccurredAt: at, DedupeKey: "message.sent:" + m.id,
		Data: carrierevent.Message{AccountID: m.address.AccountID, MessageID: carriersID, ExternalID: externalID(m.address), Type: typeOf(m.address.Carrier), Text: r.b.plan.Title, SendID: m.id, Key: m.id}})
}

// externalID is what the account calls the person; over WeCom an address names
// the sender before it.
func externalID(a Address) string {
	if _, customer, ok := strings.Cut(a.To, "/"); ok && a.Carrier == "wecom" {
		return customer
	}
	return a.To
}

func typeOf(carrier string) string {
	switch carrier {
	case "email":
		return "mail"
	case "sms":
		return "template"
	}
	return "text"
}

// late notes what was taken of messages that others believed to be doubtful:
// this node was thought dead, and knows better.
func (r *recording) late(ctx context.Context, status string, ns []int64, at int64) error {
	where, arg := inNumbers(r.tx, "n", ns)
	for _, why := range []string{"lost"} {
		n, err := r.tx.Changed(ctx, "UPDATE reach_message SET status = ?, why = '', detail_zh = '', detail_en = '', changed_at = ? WHERE org_id = ? AND plan_id = ? AND status = 'doubtful' AND why = ? AND batch_id = ? AND "+where,
			status, at, r.b.orgID, r.b.plan.ID, why, r.b.id, arg)
		if err != nil {
			return err
		}
		r.tally.move(Doubtful, why, status, "", n)
	}
	return nil
}

// other notes what became of one message that was not taken, or perhaps not.
func (r *recording) other(ctx context.Context, o outcome, at int64) error {
	m := r.b.messages[o.i]
	next := verdict(m, o, r.b.plan, r.now)
	_, err := r.put(ctx, m, next, at)
	return err
}

// fate is what becomes of a message.
type fate struct {
	status, why string
	due         time.Time
	detail      i18n.Text
	outcome     string // of the attempt; empty: there was none
	code        string
	reserved    bool // it goes on counting
	address     *Address
	others      string
	tried       int64 // what is taken off the count of tries
}

// verdict decides what becomes of a message after an attempt.
func verdict(m *message, o outcome, p Plan, now time.Time) fate {
	switch {
	case o.held != nil:
		return fate{status: Held, why: WhyContent, detail: wordsOf(o.held), code: string(o.held.Code)}
	case o.Status == "": // it was not tried
		return fate{status: Waiting, why: WhyRetry, due: now.Add(untriedRest), reserved: true, tried: 1}
	case o.Status == Doubtful && o.Again && m.tries < retries: // the carrier knows the key: asking again tells, and sends nothing twice
		return fate{status: Waiting, why: WhyRetry, due: now.Add(backOff(m.tries) / 12), detail: o.Reason, outcome: "again", code: o.Code, reserved: true}
	case o.Status == Doubtful:
		return fate{status: Doubtful, why: orLost(o.Code), detail: o.Reason, outcome: Doubtful, code: o.Code, reserved: true}
	}
	f := fate{status: Failed, why: o.Code, detail: o.Reason, outcome: Failed, code: o.Code}
	if f.why == "" {
		f.why = "refused"
	}
	if o.Again {
		f.outcome = "again"
		due := now.Add(backOff(m.tries))
		if end := earlier(clock.Micros(p.EndAt), m.until); (o.Down || m.tries < retries) && (end == 0 || clock.Micros(due) < end) {
			f.status, f.why, f.due, f.reserved = Waiting, WhyRetry, due, true
			if o.Down { // not the message's fault
				f.tried = 1
			}
			return f
		}
	}
	all, err := m.addresses()
	if err == nil && len(all) > 1 { // the next way
		next := *m
		if next.take(all, 1) == nil {
			f.status, f.why, f.due, f.address, f.others = Waiting, WhyRetry, now, &next.address, next.others
		}
	}
	return f
}

func orLost(code string) string {
	if code == "" {
		return "lost"
	}
	return code
}

// backOff is how long a message rests after so many tries.
func backOff(tries int64) time.Duration {
	d := retryFirst
	for range min(tries-1, 10) {
		d *= 2
	}
	return min(d, retryMost)
}

// put moves a message of the batch to its fate, unless it is no longer being
// sent.
func (r *recording) put(ctx context.Context, m *message, f fate, at int64) (bool, error) {
	return r.move(ctx, m, Sending, "", f, at)
}

// move moves a message from a state that it is in to its fate; false: it is not
// in that state, or another batch has it.
func (r *recording) move(ctx context.Context, m *message, from, fromWhy string, f fate, at int64) (bool, error) {
	reserved, address, others := m.reserved, m.address, m.others
	if !f.reserved {
		reserved = 0
	}
	if f.address != nil {
		address, others = *f.address, f.others
	}
	n, err := r.tx.Changed(ctx, `UPDATE reach_message SET status = ?, why = ?, due_at = ?, detail_zh = ?, detail_en = ?, reserved_at = ?, account_id = ?, carrier = ?, recipient = ?, others = ?, tries = tries - ?, changed_at = ?
		WHERE org_id = ? AND plan_id = ? AND n = ? AND status = ? AND why = ? AND batch_id = ?`, f.status, f.why, clock.Micros(f.due), f.detail.ZH, f.detail.EN, reserved, address.AccountID, address.Carrier, address.To, others, f.tried, at,
		r.b.orgID, r.b.plan.ID, m.n, from, fromWhy, r.b.id)
	if err != nil || n == 0 {
		return false, err
	}
	r.tally.move(from, fromWhy, f.status, f.why, 1)
	if reserved == 0 && m.reserved != 0 {
		r.back[m.person] = append(r.back[m.person], returned{Send: reservation(m.reserved, m.address.Carrier, r.b.plan.Purpose)})
	}
	if f.outcome != "" {
		if _, err := r.tx.Exec(ctx, `INSERT INTO reach_attempt (org_id, plan_id, n, try, account_id, outcome, code, detail_zh, detail_en, at) VALUES (?, ?, ?, (SELECT COUNT(*) + 1 FROM reach_attempt WHERE org_id = ? AND plan_id = ? AND n = ?), ?, ?, ?, ?, ?, ?)`,
			r.b.orgID, r.b.plan.ID, m.n, r.b.orgID, r.b.plan.ID, m.n, m.address.AccountID, f.outcome, f.code, f.detail.ZH, f.detail.EN, at); err != nil {
			return false, err
		}
	}
	if f.status == Failed {
		r.facts = append(r.facts, timeline.Fact{Kind: carrierevent.MessageFailed, PersonID: m.person, Source: m.address.Carrier, OccurredAt: r.now, DedupeKey: "message.failed:" + m.id,
			Data: carrierevent.Outcome{AccountID: m.address.AccountID, SendID: m.id, Key: m.id, ExternalID: externalID(m.address), Code: f.why, Reason: f.detail.ZH, ReasonEN: f.detail.EN}})
	}
	return true, nil
}

// accounts notes which accounts work and which do not.
func (r *recording) accounts(ctx context.Context, all []outcome, at int64) error {
	type count struct {
		works, down int
		carrier     string
		reason      i18n.Text
	}
	counts := map[string]*count{}
	for _, o := range all {
		if o.held != nil || o.Status == "" {
			continue
		}
		a := r.b.messages[o.i].address
		c := counts[a.AccountID]
		if c == nil {
			c = &count{carrier: a.Carrier}
			counts[a.AccountID] = c
		}
		switch {
		case o.Down:
			c.down++
			c.reason = o.Reason
		case o.Status == Sent || o.Status == Asked || o.Status == Failed: // it answers
			c.works++
		}
	}
	if len(counts) == 0 {
		return nil
	}
	states := map[string]*accountState{}
	for id, c := range counts {
		states[id] = &accountState{id: id, carrier: c.carrier}
	}
	if err := loadChanging(ctx, r.tx, r.b.orgID, states, func(a *accountState) bool { return a.cares(counts[a.id].works, counts[a.id].down) }); err != nil {
		return err
	}
	for id, c := range counts {
		if states[id].heard(c.works, c.down, c.reason, at) {
			r.s.logger.WarnContext(ctx, "an account does not work; sending over it rests", "org", r.b.orgID, "account", id, "until", clock.Time(states[id].openUntil), "reason", c.reason.EN)
		}
	}
	return keepAccounts(ctx, r.tx, r.b.orgID, states, at)
}
