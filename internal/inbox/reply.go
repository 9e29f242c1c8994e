package inbox

import (
	"context"
	"fmt"
	"slices"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

// rule finds the first rule that speaks of a message.
func (d *deskWork) rule(account, text string, first bool) *Rule {
	text = plaintext.Cut(text, maxMatched*4)
	for _, r := range d.rules {
		if r.AccountID != "" && r.AccountID != account {
			continue
		}
		switch r.Kind {
		case RuleFirst:
			if first {
				return r
			}
		case RuleClosed:
			if !d.open(account) {
				return r
			}
		case RuleSilence:
		default:
			if r.matches(text) {
				return r
			}
		}
	}
	return nil
}

// answer answers a message by itself, if a rule says so and no human is at it.
func (d *deskWork) answer(ctx context.Context, c *conversation, m told) error {
	if c.handedOver || m.data.Automatic || d.s.now().Sub(m.OccurredAt) > ruleFresh {
		return nil // old news is not answered by a machine, nor is another machine
	}
	r := d.rule(c.account, m.data.Text, c.firstIn == m.at && c.incoming <= floodKept)
	if asksForHuman(m.data.Text) || r != nil && r.Handover {
		d.handOver(c)
	}
	if r == nil || len(r.Parts) == 0 {
		return nil
	}
	pause := rulePause
	if r.Kind == RuleClosed {
		pause = closedPause
	}
	return d.reply(ctx, c, r, d.now-pause.Microseconds(), m.ID)
}

// handOver says that a human must come, at once.
func (d *deskWork) handOver(c *conversation) {
	d.touch(c)
	c.handedOver, c.priority = true, max(c.priority, 2)
}

// reply sends the answer of a rule, unless it has answered since, staff are
// talking, or too much was answered already.
func (d *deskWork) reply(ctx context.Context, c *conversation, r *Rule, since int64, cause string) error {
	var hit, human, hour int64
	err := d.tx.QueryRow(ctx, "SELECT COALESCE((SELECT at FROM inbox_hit WHERE org_id = ? AND conversation_id = ? AND rule_id = ?), 0)", d.org, c.id, r.ID).Scan(&hit)
	if err != nil || hit > since {
		return err
	}
	if err := d.tx.QueryRow(ctx, `SELECT COALESCE(max(CASE WHEN sender_kind = 'staff' THEN at END), 0), COALESCE(SUM(CASE WHEN sender_kind = 'rule' THEN 1 ELSE 0 END), 0)
		FROM inbox_message WHERE org_id = ? AND conversation_id = ? AND direction = 'out' AND at > ?`, d.org, c.id, d.now-3_600_000_000).Scan(&human, &hour); err != nil {
		return err
	}
	if human > d.now-ruleHuman.Microseconds() || hour >= maxRuleHour {
		return nil
	}
	p := Post{Parts: slices.Clone(r.Parts)}
	m := &message{id: ids.New("msg"), conversation: c.id, n: c.incoming, direction: DirectionOut, senderKind: senderRule, sender: r.ID, kind: p.kind(), parts: db.JSON(p.Parts), text: textOf(p.Parts), send: "{}",
		key: "rule " + r.ID + " " + cause, at: d.now}
	before, err := messages(ctx, d.tx, d.org, "client_key = ? AND client_key <> ''", m.key)
	if err != nil || len(before) > 0 {
		return err
	}
	switch err := d.post(ctx, c, m, &p); {
	case errs.Is(err, errs.CodeConflict) || errs.Is(err, errs.CodeInvalid):
		return nil // it cannot be sent here and now
	case err != nil:
		return err
	}
	_, err = d.tx.Exec(ctx, "INSERT INTO inbox_hit (org_id, conversation_id, rule_id, at) VALUES (?, ?, ?, ?) ON CONFLICT (org_id, conversation_id, rule_id) DO UPDATE SET at = excluded.at", d.org, c.id, r.ID, d.now)
	return err
}

// silence answers those whom nobody has answered for too long, once.
func (s *Service) silence(ctx context.Context, org string) error {
	found, err := s.any(ctx, org, "SELECT 1 FROM inbox_rule WHERE org_id = ? AND kind = 'no_answer' AND enabled = 1", org)
	if err != nil || !found {
		return err
	}
	var due []*conversation
	var by []*Rule
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		due, by = nil, nil
		rules, err := rulesOf(ctx, tx, org, true)
		if err != nil {
			return err
		}
		for _, r := range rules {
			if r.Kind != RuleSilence {
				continue
			}
			now := s.micros()
			late := now - r.Minutes*60_000_000
			theirs, err := conversations(ctx, tx, org, `status = 'open' AND handed_over = 0 AND waiting_since > ? AND waiting_since <= ? AND (? = '' OR account_id = ?)
				AND NOT EXISTS (SELECT 1 FROM inbox_hit h WHERE h.org_id = inbox_conversation.org_id AND h.conversation_id = inbox_conversation.id AND h.rule_id = ? AND h.at >= inbox_conversation.waiting_since)
				ORDER BY waiting_since LIMIT ?`, clock.Micros(s.now())-r.Minutes*60_000_000-3_600_000_000, late, r.AccountID, r.AccountID, r.ID, dueTurn)
			if err != nil {
				return err
			}
			for _, c := range theirs {
				due, by = append(due, c), append(by, r)
			}
		}
		return nil
	}); err != nil || len(due) == 0 {
		return err
	}
	return s.change(ctx, org, func(w *work) error {
		d, err := w.desk(ctx)
		if err != nil {
			return err
		}
		for i, was := range due {
			c, err := w.conversation(ctx, was.id)
			if err != nil {
				return err
			}
			if c == nil || c.waitingSince != was.waitingSince || c.handedOver {
				continue
			}
			if by[i].Handover {
				d.handOver(c)
			}
			if len(by[i].Parts) > 0 {
				if err := d.reply(ctx, c, by[i], c.waitingSince-1, fmt.Sprint("silence ", c.id, " ", c.waitingSince)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
