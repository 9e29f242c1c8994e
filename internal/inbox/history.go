package inbox

import (
	"context"
	"database/sql"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// MessagePage says which messages of a conversation are wanted.
type MessagePage struct {
	After  int64       // by seq: what came to us after it, the oldest first; 0: the latest ones
	Before historyMark // the page of what happened before
	Limit  int
}

// historyMark is a place in a conversation as it happened.
type historyMark struct {
	At int64  `json:"at"`
	ID string `json:"id"`
}

// Messages lists messages in the order in which they happened; with After, in
// the order in which they came. before is where the page before goes on.
func (s *Service) Messages(ctx context.Context, id string, p MessagePage) (out []Message, before historyMark, more bool, err error) {
	a := actor(ctx)
	var chat *conversation // from the archive
	var staff map[string]Member
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		chat = nil
		if _, err := s.visible(ctx, tx, id); errs.Is(err, errs.CodeConflict) {
			if staff, err = s.ports.Staff.Members(ctx, tx, a.OrgID); err == nil {
				chat, err = s.chat(ctx, tx, a.OrgID, id)
			}
			return err
		} else if err != nil {
			return err
		}
		var found []*message
		var err error
		switch {
		case p.After > 0:
			found, err = messages(ctx, tx, a.OrgID, "conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?", id, p.After, p.Limit+1)
		case p.Before.ID != "":
			found, err = messages(ctx, tx, a.OrgID, "conversation_id = ? AND (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?", id, p.Before.At, p.Before.ID, p.Limit+1)
		default:
			found, err = messages(ctx, tx, a.OrgID, "conversation_id = ? ORDER BY at DESC, id DESC LIMIT ?", id, p.Limit+1)
		}
		if err != nil {
			return err
		}
		if more = len(found) > p.Limit; more {
			found = found[:p.Limit]
		}
		if p.After == 0 {
			for i, j := 0, len(found)-1; i < j; i, j = i+1, j-1 {
				found[i], found[j] = found[j], found[i]
			}
			if before = (historyMark{}); more {
				before = historyMark{found[0].at, found[0].id}
			}
		}
		out, err = s.shownMessages(ctx, tx, a.OrgID, found)
		return err
	})
	if err == nil && chat != nil {
		out, before, err = s.chatPage(ctx, chat, p, staff)
	}
	return out, before, more, err
}

// shownMessages shows messages with their attempts.
func (s *Service) shownMessages(ctx context.Context, tx *db.Tx, orgID string, of []*message) ([]Message, error) {
	out := make([]Message, len(of))
	if len(of) == 0 {
		return out, nil
	}
	staff, err := s.ports.Staff.Members(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	var sent []string
	for i, m := range of {
		out[i] = m.shown(staff)
		if m.state != "" && m.event == "" {
			at[m.id], sent = i, append(sent, m.id)
		}
	}
	if len(sent) == 0 {
		return out, nil
	}
	lang := i18n.From(ctx)
	where, arg := tx.In("message_id", sent)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var t Attempt
		var message string
		var reason i18n.Text
		var again, created, updated int64
		err := rows.Scan(&t.ID, &message, &t.Number, &t.Status, &t.Code, &reason.ZH, &reason.EN, &again, &t.PlatformID, &created, &updated)
		t.Reason, t.Again, t.CreatedAt, t.UpdatedAt = reason.In(lang), again == 1, clock.Time(created), clock.Time(updated)
		m := &out[at[message]]
		m.Attempts = append(m.Attempts, t)
		return err
	}, "SELECT id, message_id, number, status, code, reason_zh, reason_en, again, platform_id, created_at, updated_at FROM inbox_attempt WHERE org_id = ? AND "+where+" ORDER BY message_id, number", orgID, arg)
}
