package inbox

import (
	"context"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

// Patch changes a conversation; nil fields stay.
type Patch struct {
	Status       *string    `json:"status,omitempty" enum:"open,pending,snoozed,resolved"`
	SnoozedUntil *time.Time `json:"snoozed_until,omitempty" doc:"With snoozed: when it comes back"`
	Priority     *int64     `json:"priority,omitempty" minimum:"0" maximum:"3"`
	AssigneeID   *string    `json:"assignee_staff_id,omitempty" maxLength:"64" doc:"Empty: given back to the team, or to all"`
	TeamID       *string    `json:"team_id,omitempty" maxLength:"64" doc:"Handed to a team, which gives it to one of its members unless assignee_staff_id says to whom; empty: to the account's desk"`
}

const maxSnooze = 366 * 24 * time.Hour

// Update changes a conversation's status, priority or assignee.
func (s *Service) Update(ctx context.Context, id string, p Patch) (out Conversation, err error) {
	a := actor(ctx)
	if (p.SnoozedUntil != nil) != (p.Status != nil && *p.Status == StatusSnoozed) {
		return out, errs.InvalidField("body.snoozed_until", i18n.T("稍后处理要说明时间", "Snoozing needs a time, and nothing else takes one"))
	}
	if p.SnoozedUntil != nil && (!p.SnoozedUntil.After(s.now()) || p.SnoozedUntil.Sub(s.now()) > maxSnooze) {
		return out, errs.InvalidField("body.snoozed_until", i18n.T("时间应在一年之内的将来", "A time in the future, at most a year ahead"))
	}
	err = s.change(ctx, a.OrgID, func(w *work) error {
		c, err := w.mine(ctx, id)
		if err != nil {
			return err
		}
		detail := map[string]any{}
		if p.Priority != nil && *p.Priority != c.priority {
			w.touch(c)
			c.priority = *p.Priority
			detail["priority"] = c.priority
		}
		if p.TeamID != nil && *p.TeamID != c.team {
			if *p.TeamID != "" {
				if _, err := w.team(ctx, *p.TeamID, "body.team_id"); err != nil {
					return err
				}
			}
			if err := w.toTeam(ctx, c, *p.TeamID, assignment{by: "staff", byID: a.ID}); err != nil {
				return err
			}
			detail["team"] = c.team
		}
		if p.AssigneeID != nil && *p.AssigneeID != c.assignee {
			if err := w.mayAnswer(ctx, *p.AssigneeID, "body.assignee_staff_id"); err != nil {
				return err
			}
			if err := w.assign(ctx, c, *p.AssigneeID, assignment{by: "staff", byID: a.ID}); err != nil {
				return err
			}
			detail["assignee"] = c.assignee
		}
		if p.Status != nil && (*p.Status != c.status || p.SnoozedUntil != nil) {
			if err := w.setStatus(ctx, c, *p.Status, p.SnoozedUntil, a); err != nil {
				return err
			}
			detail["status"] = c.status
		}
		if len(detail) > 0 {
			if err := s.ports.Auditor.Audit(ctx, w.tx, "inbox.conversation.update", "conversation", c.id, detail); err != nil {
				return err
			}
		}
		out, err = w.show(ctx, c)
		return err
	})
	return out, err
}

// show is the conversation as it will be saved.
func (w *work) show(ctx context.Context, c *conversation) (Conversation, error) {
	c.settle(w.now)
	if err := w.waiting(ctx, c); err != nil {
		return Conversation{}, err
	}
	shown, err := w.s.showAll(ctx, w.tx, []*conversation{c})
	if err != nil {
		return Conversation{}, err
	}
	return shown[0], nil
}

// status sets a conversation's status as of all that has come in.
func (w *work) status(c *conversation, status string) {
	w.touch(c)
	w.waits[c.id] = true
	c.status, c.statusN, c.statusAt, c.snoozedUntil = status, c.incoming, w.now, 0
}

func (w *work) setStatus(ctx context.Context, c *conversation, status string, until *time.Time, a access.Actor) error {
	was := c.status
	w.status(c, status)
	if until != nil {
		c.snoozedUntil = clock.Micros(*until)
	}
	if status != StatusResolved || was == StatusResolved {
		return nil
	}
	_, err := w.tx.Exec(ctx, "UPDATE inbox_spell SET resolved_at = ?, resolved_by = ? WHERE org_id = ? AND conversation_id = ? AND number = ? AND resolved_at = 0", w.now, a.ID, w.org, c.id, c.spell)
	c.spell++
	c.answeredN = c.incoming // what was dealt with without an answer
	c.handedOver = false
	return err
}

// mayAnswer checks that somebody can be given a conversation; nobody can.
func (w *work) mayAnswer(ctx context.Context, staff, field string) error {
	if staff == "" {
		return nil
	}
	all, err := w.s.ports.Staff.Members(ctx, w.tx, w.org)
	if err != nil {
		return err
	}
	if m := all[staff]; !m.Active || !m.Answer {
		return errs.InvalidField(field, i18n.T("没有这位可以接待的员工", "No such member of staff who may answer"))
	}
	return nil
}

// Transfer gives a conversation to a colleague or to a team, one of them, with
// a note that only staff see.
func (s *Service) Transfer(ctx context.Context, id, staff, team, note string) (out Conversation, err error) {
	a := actor(ctx)
	note = plaintext.Cut(plaintext.Tidy(note), 4000)
	if (staff == "") == (team == "") {
		return out, errs.InvalidField("body.staff_id", i18n.T("请选择转给一位同事或一个团队", "Name a colleague or a team, one of them"))
	}
	err = s.change(ctx, a.OrgID, func(w *work) error {
		c, err := w.mine(ctx, id)
		if err != nil {
			return err
		}
		how := assignment{by: "staff", byID: a.ID, note: note}
		if team != "" {
			if _, err := w.team(ctx, team, "body.team_id"); err != nil {
				return err
			}
			err = w.toTeam(ctx, c, team, how)
		} else if err = w.mayAnswer(ctx, staff, "body.staff_id"); err == nil {
			err = w.assign(ctx, c, staff, how)
		}
		if err != nil {
			return err
		}
		if note != "" {
			m, _, err := w.draftMessage(ctx, c, Post{Parts: []Part{{Kind: "text", Text: note}}}, DirectionNote, a)
			if err != nil {
				return err
			}
			if err := w.add(ctx, c, m); err != nil {
				return err
			}
		}
		if err := s.ports.Auditor.Audit(ctx, w.tx, "inbox.conversation.transfer", "conversation", c.id, map[string]any{"to": staff, "team": team}); err != nil {
			return err
		}
		out, err = w.show(ctx, c)
		return err
	})
	return out, err
}

// Read notes that whoever acts has read up to the n-th incoming message. It
// never goes back, and never beyond what there is.
func (s *Service) Read(ctx context.Context, id string, n int64) (unread int64, err error) {
	a := actor(ctx)
	err = s.change(ctx, a.OrgID, func(w *work) error {
		c, err := w.mine(ctx, id)
		if err != nil {
			return err
		}
		had, err := reads(ctx, w.tx, a.OrgID, a.ID, []string{c.id})
		if err != nil {
			return err
		}
		n = min(n, c.incoming)
		if n > had[c.id] {
			w.touch(c) // the same staff's other windows
			if err := w.read(ctx, c, a.ID, n); err != nil {
				return err
			}
		}
		unread = c.unreadBy(max(n, had[c.id]))
		return nil
	})
	return unread, err
}

func (w *work) read(ctx context.Context, c *conversation, staff string, n int64) error {
	if err := w.s.ports.Signs.Seen(ctx, w.tx, w.org, c.account, c.external); err != nil {
		return err
	}
	_, err := w.tx.Exec(ctx, `INSERT INTO inbox_reader (org_id, conversation_id, staff_id, read_n, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (org_id, conversation_id, staff_id) DO UPDATE SET read_n = excluded.read_n, at = excluded.at WHERE inbox_reader.read_n < excluded.read_n`, w.org, c.id, staff, n, w.now)
	return err
}

// Draft keeps what whoever acts has begun to write; empty: nothing.
func (s *Service) Draft(ctx context.Context, id, text string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		c, err := s.visible(ctx, tx, id)
		if err != nil {
			return err
		}
		if text == "" {
			_, err = tx.Exec(ctx, "DELETE FROM inbox_draft WHERE org_id = ? AND staff_id = ? AND conversation_id = ?", a.OrgID, a.ID, c.id)
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO inbox_draft (org_id, staff_id, conversation_id, text, updated_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (org_id, staff_id, conversation_id) DO UPDATE SET text = excluded.text, updated_at = excluded.updated_at`, a.OrgID, a.ID, c.id, text, s.micros())
		return err
	})
}
