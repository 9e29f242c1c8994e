package carrier

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// typingLives is how long somebody counts as typing after they last did.
const typingLives = 6 * time.Second

// typists are the chats in which staff are typing. Only this process knows: it
// is no loss when another's word is not heard.
type typists struct {
	mu   sync.Mutex
	till map[string]time.Time
}

func (t *typists) note(key string, till time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.till == nil || len(t.till) > 10_000 {
		t.till = map[string]time.Time{}
	}
	t.till[key] = till
}

func (t *typists) typing(key string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	till, ok := t.till[key]
	if ok && now.After(till) {
		delete(t.till, key)
	}
	return ok && !now.After(till)
}

// StaffTyping shows a visitor of a web chat for a few seconds that somebody is
// typing. Accounts of other kinds have nothing to show it on.
func (s *Service) StaffTyping(accountID, externalID string) {
	s.chat.typists.note(accountID+" "+externalID, s.now().Add(typingLives))
	s.chat.bells.ring(accountID, externalID)
}

// StaffSeen tells a visitor of a web chat, once the transaction commits, that
// staff have seen what they wrote. Accounts of other kinds cannot tell.
func (s *Service) StaffSeen(ctx context.Context, tx *db.Tx, orgID, accountID, externalID string) error {
	n, err := tx.Changed(ctx, `INSERT INTO carrier_web_mark (org_id, account_id, visitor, staff_seen)
		SELECT org_id, account_id, visitor, max(seq) FROM carrier_web_message WHERE org_id = ? AND account_id = ? AND visitor = ? AND sender = ? GROUP BY org_id, account_id, visitor
		ON CONFLICT (org_id, account_id, visitor) DO UPDATE SET staff_seen = excluded.staff_seen WHERE carrier_web_mark.staff_seen < excluded.staff_seen`, orgID, accountID, externalID, fromVisitor)
	if err == nil && n > 0 {
		tx.OnCommit(func() { s.chat.bells.ring(accountID, externalID) })
	}
	return err
}

// Typing hears that somebody is typing. The inbox may be one: see Talks.
type Typing interface {
	Typing(ctx context.Context, orgID, accountID, externalID string)
}

// chatTyping passes on that a visitor is typing.
func (s *Service) chatTyping(ctx context.Context, c request) (any, error) {
	if err := c.decode(&struct{}{}); err != nil {
		return nil, err
	}
	if err := s.limit("typing "+c.visitor, 30, time.Minute); err != nil {
		return nil, err
	}
	if hears, ok := s.ports.Talks.(Typing); ok {
		hears.Typing(ctx, c.site.org, c.site.id, c.visitor)
	}
	return nil, nil
}

// chatSeen notes up to which message a visitor has been shown.
func (s *Service) chatSeen(ctx context.Context, c request) (any, error) {
	var in struct {
		Seq int64 `json:"seq"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Seq < 0 {
		return nil, errs.InvalidField("body.seq", i18n.T("应大于 0", "More than 0"))
	}
	if err := s.limit("seen "+c.visitor, 60, time.Minute); err != nil {
		return nil, err
	}
	return nil, s.markChat(ctx, c.site.account, c.visitor, carrierevent.MessageRead, in.Seq)
}

// chatMark is how far a chat has come.
type chatMark struct{ delivered, seen, staff int64 }

func markOf(ctx context.Context, tx *db.Tx, a *account, visitor string) (m chatMark, err error) {
	err = tx.QueryRow(ctx, "SELECT delivered, seen, staff_seen FROM carrier_web_mark WHERE org_id = ? AND account_id = ? AND visitor = ?", a.org, a.id, visitor).Scan(&m.delivered, &m.seen, &m.staff)
	if db.IsNoRows(err) {
		err = nil
	}
	return m, err
}

const marksAtOnce = 200

// markChat notes that messages up to seq have reached the browser, or were
// shown, and tells of ours among them. What there is not counts for nothing.
func (s *Service) markChat(ctx context.Context, a *account, visitor, kind string, seq int64) error {
	return s.db.Write(ctx, a.org, func(tx *db.Tx) error {
		if err := lockTies(ctx, tx, a, visitor); err != nil {
			return err
		}
		m, err := markOf(ctx, tx, a, visitor)
		if err != nil {
			return err
		}
		from := m.delivered
		if kind == carrierevent.MessageRead {
			from = m.seen
		}
		type ourSend struct {
			send string
			seq  int64
		}
		var list []ourSend
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var x ourSend
			err := rows.Scan(&x.send, &x.seq)
			list = append(list, x)
			return err
		}, "SELECT key, seq FROM carrier_web_message WHERE org_id = ? AND account_id = ? AND visitor = ? AND sender = ? AND seq > ? AND seq <= ? ORDER BY seq DESC LIMIT ?",
			a.org, a.id, visitor, fromStaff, from, seq, marksAtOnce); err != nil || len(list) == 0 {
			return err
		}
		top := list[0].seq
		for _, x := range list {
			if err := s.outcome(ctx, tx, a, told{send: x.send, kind: kind, messageID: fmt.Sprint(x.seq), at: s.micros()}); err != nil {
				return err
			}
		}
		m.delivered = max(m.delivered, top)
		if kind == carrierevent.MessageRead {
			m.seen = max(m.seen, top)
		}
		_, err = tx.Exec(ctx, `INSERT INTO carrier_web_mark (org_id, account_id, visitor, delivered, seen) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (org_id, account_id, visitor) DO UPDATE SET delivered = excluded.delivered, seen = excluded.seen`, a.org, a.id, visitor, m.delivered, m.seen)
		return err
	})
}
