package reach

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/killpoint"
)

// Told is what a carrier says later of a message that it had taken but not
// sent: a member of staff confirmed it in their own app, or did not.
type Told struct {
	Key    string    // the message's id
	Status string    // Sent, Failed, Cancelled
	Code   string    // failed: the carrier's word
	Reason i18n.Text // failed: for people
	At     time.Time // when it happened; zero: now
}

// Recalls is what a transport can do besides: take back what waits for a member
// of staff when its plan is cancelled.
type Recalls interface {
	// Recall notes in tx that nothing of a plan is wanted any more. It is called
	// when the plan is cancelled, and again when its last messages have left this
	// house. What becomes of the messages is told by [Service.Told]; some may go
	// all the same.
	Recall(ctx context.Context, tx *db.Tx, orgID, planID string) error
}

// Told notes what became of messages that were asked. One that is in no state
// from which it could come to that is passed over, so that telling twice is
// harmless; one of which nobody knew whether it had been taken is settled by it.
// What has failed goes over the person's next address if there is one and time
// for it. The facts message.sent and message.failed are put on the timeline here.
func (s *Service) Told(ctx context.Context, tx *db.Tx, orgID string, all []Told) error {
	if len(all) == 0 {
		return nil
	}
	said := make(map[string]Told, len(all))
	keys := make([]string, 0, len(all))
	for _, t := range all {
		switch t.Status {
		case Sent, Failed, Cancelled:
		default:
			return fmt.Errorf("reach: told that %s is %q", t.Key, t.Status)
		}
		if _, twice := said[t.Key]; !twice {
			keys = append(keys, t.Key)
		}
		said[t.Key] = t
	}
	found, err := askedMessages(ctx, tx, orgID, keys)
	if err != nil {
		return err
	}
	for len(found) > 0 {
		n := 1
		for n < len(found) && found[n].plan == found[0].plan {
			n++
		}
		if err := s.toldOf(ctx, tx, orgID, found[:n], said); err != nil {
			return err
		}
		found = found[n:]
	}
	return nil
}

// askedMessage is a message of which a carrier may tell something.
type askedMessage struct {
	*message
	plan, batch string
}

// askedMessages reads those of the messages that a carrier may have, in the
// order of their plans.
func askedMessages(ctx context.Context, tx *db.Tx, orgID string, keys []string) (out []askedMessage, err error) {
	const most = 1000
	for part := range slices.Chunk(keys, most) {
		where, arg := tx.In("id", part)
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			a := askedMessage{message: &message{}}
			err := a.scan(extra{rows, []any{&a.plan, &a.batch}})
			out = append(out, a)
			return err
		}, "SELECT "+messageColumns+", plan_id, batch_id FROM reach_message WHERE org_id = ? AND status IN ('asked', 'sending', 'doubtful') AND "+where, orgID, arg); err != nil {
			return nil, fmt.Errorf("reach: asked: %w", err)
		}
	}
	slices.SortFunc(out, func(a, b askedMessage) int { return cmp.Or(strings.Compare(a.plan, b.plan), cmp.Compare(a.n, b.n)) })
	return out, nil
}

// extra scans further columns after those that somebody knows.
type extra struct {
	rows *sql.Rows
	more []any
}

// Scan fills in what is asked for, and what was wanted besides.
func (e extra) Scan(dest ...any) error { return e.rows.Scan(append(dest, e.more...)...) }

// toldOf is Told for the messages of one plan.
func (s *Service) toldOf(ctx context.Context, tx *db.Tx, orgID string, found []askedMessage, said map[string]Told) error {
	p, err := s.lockPlan(ctx, tx, orgID, found[0].plan)
	if err != nil {
		return err
	}
	r := &recording{s: s, tx: tx, b: &batch{orgID: orgID, plan: p.plan()}, now: s.now(), tally: tally{}, back: map[string][]returned{}}
	at := clock.Micros(r.now)
	for _, a := range found {
		t := said[a.id]
		r.b.id = a.batch
		moved, err := r.move(ctx, a.message, a.status, a.why, toldFate(a.message, t, p, r.now), at)
		if err != nil {
			return err
		}
		if moved && t.Status == Sent {
			when := t.At
			if when.IsZero() {
				when = r.now
			}
			if a.reserved != 0 {
				r.back[a.person] = append(r.back[a.person], returned{Send: reservation(a.reserved, a.address.Carrier, p.purpose), went: when.Unix()})
			}
			r.tell(a.message, "", when)
		}
	}
	killpoint.Here("reach.telling")
	if err := r.finish(ctx); err != nil {
		return err
	}
	// Something may be due now, or it was the last.
	if _, err := tx.Exec(ctx, "UPDATE reach_plan SET wake_at = 0 WHERE org_id = ? AND id = ? AND wake_at > 0 AND status IN ('running', 'cancelling')", orgID, p.id); err != nil {
		return err
	}
	tx.OnCommit(s.ring)
	return nil
}

// toldFate decides what becomes of a message of which a carrier tells.
func toldFate(m *message, t Told, p *planRow, now time.Time) fate {
	switch t.Status {
	case Sent:
		return fate{status: Sent, reserved: true}
	case Cancelled:
		return fate{status: Cancelled}
	}
	f := verdict(m, outcome{Result: Result{Status: Failed, Code: t.Code, Reason: t.Reason}}, p.plan(), now)
	over := p.status != PlanRunning && p.status != PlanPaused || p.end != 0 && clock.Micros(now) >= p.end
	if f.status == Waiting && over { // nobody would send it any more
		f.status, f.why, f.due, f.address, f.others = Failed, t.Code, time.Time{}, nil, ""
		if f.why == "" {
			f.why = "refused"
		}
	}
	return f
}

// recall takes back what waits for staff, as far as the transport can.
func (s *Service) recall(ctx context.Context, tx *db.Tx, orgID, planID string) error {
	if t, ok := s.Transport.(Recalls); ok {
		return t.Recall(ctx, tx, orgID, planID)
	}
	return nil
}
