package reach

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/killpoint"
	"fishpond/internal/reach/journal"
)

// notes are what the journal of a node that died says of a batch.
type notes struct {
	count bool // they can be relied on
	of    map[int64]byte
}

// begun tells whether the carrier may have a message.
func (n notes) begun(m *message) bool { return !n.count || n.of[m.n] == journal.Begun }

// taken tells whether the carrier surely has it.
func (n notes) taken(m *message) bool { return n.count && n.of[m.n] == journal.Taken }

// grave is a batch of a node that died.
type grave struct{ orgID, id, planID string }

func graves(ctx context.Context, tx *db.Tx, where string, args ...any) (out []grave, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var b grave
		err := rows.Scan(&b.orgID, &b.id, &b.planID)
		out = append(out, b)
		return err
	}, "SELECT org_id, id, plan_id FROM reach_batch WHERE "+where+" ORDER BY org_id, id", args...)
}

func (s *Service) graves(ctx context.Context, where string, args ...any) (out []grave, err error) {
	err = s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) (err error) {
		out, err = graves(ctx, tx, where, args...)
		return err
	})
	return out, err
}

// adopt settles what processes that are no more were sending, by the journals
// that they left on this machine.
func (s *Service) adopt(ctx context.Context) {
	if s.o.Journal == "" {
		return
	}
	found, err := journal.Find(s.o.Journal)
	for _, left := range found {
		e := s.adoptOne(ctx, left)
		if e == nil {
			e = left.Forget()
		} else if e2 := left.Leave(); e2 != nil {
			e = fmt.Errorf("%w; %w", e, e2)
		}
		if e != nil {
			err = e
		}
	}
	if err != nil && ctx.Err() == nil {
		s.logger.WarnContext(ctx, "the journal of a process that died could not be dealt with, will try again", "error", err)
	}
	if len(found) > 0 {
		s.ring()
	}
}

func (s *Service) adoptOne(ctx context.Context, left *journal.Left) error {
	dead, err := s.graves(ctx, "node = ?", left.Node)
	if err != nil {
		return err
	}
	for _, g := range dead {
		n := notes{count: left.Counts}
		if n.count {
			if n.of, err = left.Batch(g.id); err != nil { // nothing of it can be relied on
				s.logger.ErrorContext(ctx, "a journal cannot be read; all that its process was sending by mail is doubtful", "batch", g.id, "error", err)
				n.count = false
			}
		}
		if err := s.buryOne(ctx, g, n, "DELETE FROM reach_batch WHERE org_id = ? AND id = ?"); err != nil {
			return err
		}
		killpoint.Here("reach.adopting")
	}
	return nil
}

// bury settles the batches of nodes that died, and whose journal is not at
// hand: what can be tried again without sending anything twice is, and of the
// rest nobody knows whether it arrived, unless the journal turns up.
func (s *Service) bury(ctx context.Context, where string, args ...any) {
	dead, err := s.graves(ctx, "buried_at = 0 AND "+where, args...)
	for _, g := range dead {
		if e := s.buryOne(ctx, g, notes{}, "UPDATE reach_batch SET buried_at = ? WHERE org_id = ? AND id = ? AND buried_at = 0", s.micros()); e != nil {
			err = e
		}
	}
	if err != nil && ctx.Err() == nil {
		s.logger.WarnContext(ctx, "what a node that died was sending could not be settled, will try again", "error", err)
	}
	if len(dead) > 0 {
		s.ring()
	}
}

const journalFor = 30 * 24 * time.Hour

// forget drops batches whose nodes have been dead for so long that no journal
// of theirs will turn up.
func (s *Service) forget(ctx context.Context) error {
	old, err := s.graves(ctx, "buried_at > 0 AND buried_at < ?", clock.Micros(s.now().Add(-journalFor)))
	for _, g := range old {
		if err = s.db.Write(ctx, g.orgID, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM reach_batch WHERE org_id = ? AND id = ?", g.orgID, g.id)
			return err
		}); err != nil {
			return err
		}
	}
	return err
}

var stopped = i18n.T("发送时系统中断，可能已经送达；系统不会自动重发", "The system stopped while sending; it may have arrived, and is not sent again by itself")

// buryOne settles a batch once: claim is the statement that finds it unsettled.
func (s *Service) buryOne(ctx context.Context, g grave, known notes, claim string, before ...any) error {
	return s.db.Write(ctx, g.orgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, claim, append(before, g.orgID, g.id)...)
		if err != nil || n == 0 { // another node was here before
			return err
		}
		p, err := s.lockPlan(ctx, tx, g.orgID, g.planID)
		if err != nil {
			return err
		}
		all, err := s.inBatch(ctx, tx, g)
		if err != nil {
			return err
		}
		r := &recording{s: s, tx: tx, b: &batch{id: g.id, orgID: g.orgID, plan: p.plan(), messages: all}, now: s.now(), tally: tally{}, back: map[string][]returned{}, adopted: true}
		var taken []outcome
		reopen := false
		for i, m := range all {
			switch {
			case known.taken(m):
				taken = append(taken, outcome{i: i, Result: Result{Status: Sent}})
			case !known.begun(m) || m.status == Sending && s.Transport.Repeatable(m.address.Carrier):
				f := s.again(p, m, r.now)
				reopen = reopen || f.status == Waiting
				if _, err := r.move(ctx, m, m.status, m.why, f, clock.Micros(r.now)); err != nil {
					return err
				}
			case m.status == Sending:
				if _, err := r.put(ctx, m, fate{status: Doubtful, why: "lost", detail: stopped, outcome: Doubtful, code: "lost", reserved: true}, clock.Micros(r.now)); err != nil {
					return err
				}
			}
		}
		if err := r.taken(ctx, Sent, taken, clock.Micros(r.now)); err != nil {
			return err
		}
		if err := r.finish(ctx); err != nil {
			return err
		}
		killpoint.Here("reach.burying")
		query := "UPDATE reach_plan SET wake_at = 0 WHERE org_id = ? AND id = ? AND status IN ('running', 'cancelling')"
		if reopen { // it was taken for done, with these doubtful
			query = "UPDATE reach_plan SET wake_at = 0, status = CASE WHEN status = 'done' THEN 'running' ELSE status END, finished_at = CASE WHEN status = 'done' THEN 0 ELSE finished_at END WHERE org_id = ? AND id = ?"
		}
		_, err = tx.Exec(ctx, query, g.orgID, g.planID)
		return err
	})
}

// inBatch reads the messages of a batch that are on their way, or of which it
// is not known whether they arrived.
func (s *Service) inBatch(ctx context.Context, tx *db.Tx, g grave) (all []*message, err error) {
	return all, tx.Each(ctx, func(rows *sql.Rows) error {
		m := &message{}
		err := m.scan(rows)
		all = append(all, m)
		return err
	}, "SELECT "+messageColumns+" FROM reach_message WHERE org_id = ? AND plan_id = ? AND (status = 'sending' OR status = 'doubtful' AND why = 'lost') AND batch_id = ? ORDER BY n", g.orgID, g.planID, g.id)
}

// again is what becomes of a message that a node had taken and that the carrier
// surely does not have, or will know again.
func (s *Service) again(p *planRow, m *message, now time.Time) fate {
	end := earlier(p.end, m.until)
	switch {
	case p.status == PlanCancelled:
		return fate{status: Cancelled}
	case p.status == PlanDone && end != 0 && clock.Micros(now) >= end:
		return fate{status: Held, why: WhyExpired}
	}
	return fate{status: Waiting, why: WhyRetry, due: now, reserved: true, tried: 1}
}
