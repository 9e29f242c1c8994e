package inbox

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

const (
	lookingFor = 30 * time.Second // without another word; browsers say so every ten seconds
	typingFor  = 8 * time.Second
)

// Presence is somebody who looks at a conversation.
type Presence struct {
	StaffID   string    `json:"staff_id"`
	StaffName string    `json:"staff_name"`
	Typing    bool      `json:"typing"`
	Until     time.Time `json:"until" doc:"Then it is over, unless they say so again"`
}

// Look says that whoever acts is looking at a conversation, and whether they
// are typing; gone: not any more.
func (s *Service) Look(ctx context.Context, id string, typing, gone bool) (out []Presence, err error) {
	a := actor(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		c, err := s.visible(ctx, tx, id)
		if err != nil {
			return err
		}
		now := s.micros()
		var looking, typed int64
		err = tx.QueryRow(ctx, "SELECT looking_until, typing_until FROM inbox_presence WHERE org_id = ? AND conversation_id = ? AND staff_id = ?", a.OrgID, c.id, a.ID).Scan(&looking, &typed)
		if err != nil && !db.IsNoRows(err) {
			return err
		}
		if typing && !gone {
			tx.OnCommit(func() { s.ports.Signs.Typing(c.account, c.external) })
		}
		changed := (looking > now) == gone || (typed > now) != (typing && !gone)
		looking, typed = clock.Micros(s.now().Add(lookingFor)), 0
		if typing {
			typed = clock.Micros(s.now().Add(typingFor))
		}
		if gone {
			looking, typed = 0, 0
		}
		if _, err := tx.Exec(ctx, `INSERT INTO inbox_presence (org_id, conversation_id, staff_id, looking_until, typing_until) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (org_id, conversation_id, staff_id) DO UPDATE SET looking_until = excluded.looking_until, typing_until = excluded.typing_until`, a.OrgID, c.id, a.ID, looking, typed); err != nil {
			return err
		}
		if changed {
			w, err := s.begin(ctx, tx, a.OrgID)
			if err != nil {
				return err
			}
			w.dirty[c.id], w.kind[c.id] = c.lastSeq, feedPresence
			if err := w.tell(ctx, []string{c.id}); err != nil {
				return err
			}
		}
		staff, err := s.ports.Staff.Members(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		out, err = s.presenceOf(ctx, tx, a.OrgID, c.id, a.ID, staff)
		return err
	})
	return out, err
}

// presenceOf lists who looks at a conversation besides one.
func (s *Service) presenceOf(ctx context.Context, tx *db.Tx, orgID, id, but string, staff map[string]Member) ([]Presence, error) {
	out := []Presence{}
	now := s.micros()
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var p Presence
		var looking, typing int64
		err := rows.Scan(&p.StaffID, &looking, &typing)
		p.StaffName, p.Typing, p.Until = staff[p.StaffID].Name, typing > now, clock.Time(looking)
		if p.Typing {
			p.Until = clock.Time(typing)
		}
		out = append(out, p)
		return err
	}, "SELECT staff_id, looking_until, typing_until FROM inbox_presence WHERE org_id = ? AND conversation_id = ? AND looking_until > ? AND staff_id <> ? AND staff_id <> '' ORDER BY staff_id", orgID, id, now, but)
	return out, err
}

// customer is under whose name it is kept that the customer is writing.
const customer = ""

// Typing hears from a carrier that a customer is writing. It is forgotten after
// some seconds, unless it is said again. What is said of somebody who has no
// conversation is nobody's business.
func (s *Service) Typing(ctx context.Context, orgID, accountID, externalID string) {
	id := conversationID(accountID, externalID)
	err := s.change(ctx, orgID, func(w *work) error {
		c, err := w.conversation(ctx, id)
		if err != nil || c == nil {
			return err
		}
		until := clock.Micros(s.now().Add(typingFor))
		if _, err := w.tx.Exec(ctx, `INSERT INTO inbox_presence (org_id, conversation_id, staff_id, looking_until, typing_until) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (org_id, conversation_id, staff_id) DO UPDATE SET looking_until = excluded.looking_until, typing_until = excluded.typing_until`, orgID, id, customer, until, until); err != nil {
			return err
		}
		w.dirty[id], w.kind[id] = c.lastSeq, feedPresence
		err = w.tell(ctx, []string{id})
		clear(w.dirty) // nothing of the conversation has changed
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.logger.WarnContext(ctx, "that a customer is writing could not be told", "org", orgID, "error", err)
	}
}

// customerTypes is until when the customer is writing; nil: they are not.
func (s *Service) customerTypes(ctx context.Context, tx *db.Tx, orgID, id string) (*time.Time, error) {
	var until int64
	err := tx.QueryRow(ctx, "SELECT typing_until FROM inbox_presence WHERE org_id = ? AND conversation_id = ? AND staff_id = ? AND typing_until > ?", orgID, id, customer, s.micros()).Scan(&until)
	if db.IsNoRows(err) {
		err = nil
	}
	return clock.Ptr(until), err
}
