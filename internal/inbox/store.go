package inbox

import (
	"context"
	"database/sql"
	"fmt"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/fulltext"
)

const conversationColumns = `id, account_id, account_kind, external_id, spoken_id, spoken_at, person_id, owner_staff_id, status, status_n, status_at, snoozed_until,
	assignee_staff_id, assigned_at, priority, handed_over, spell, incoming, answered_n, answered_at, waiting_since, first_in_at, last_in_at, last_at, last_id, last_direction, last_type, last_text, last_seq, created_at, updated_at, team_id`

func scanConversation(rows interface{ Scan(...any) error }) (*conversation, error) {
	var c conversation
	var handed int64
	err := rows.Scan(&c.id, &c.account, &c.kind, &c.external, &c.spoken, &c.spokenAt, &c.person, &c.owner, &c.status, &c.statusN, &c.statusAt, &c.snoozedUntil,
		&c.assignee, &c.assignedAt, &c.priority, &handed, &c.spell, &c.incoming, &c.answeredN, &c.answeredAt, &c.waitingSince, &c.firstIn, &c.lastIn, &c.lastAt, &c.lastID, &c.lastDirection, &c.lastType, &c.lastText, &c.lastSeq, &c.created, &c.updated, &c.team)
	c.handedOver = handed == 1
	return &c, err
}

// Conditions such as at > 0 and last_at >= 0, which always hold, tell SQLite
// which index to walk: it knows nothing of how many rows an org has, and takes
// the primary key for good enough.

// conversations reads those that a condition selects; it begins behind org_id.
func conversations(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []*conversation, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		c, err := scanConversation(rows)
		out = append(out, c)
		return err
	}, "SELECT "+conversationColumns+" FROM inbox_conversation WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("inbox: conversations: %w", err)
	}
	return out, nil
}

func conversationsByID(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]*conversation, error) {
	where, arg := tx.In("id", ids)
	found, err := conversations(ctx, tx, orgID, where, arg)
	out := make(map[string]*conversation, len(found))
	for _, c := range found {
		out[c.id] = c
	}
	return out, err
}

func conversationByID(ctx context.Context, tx *db.Tx, orgID, id string) (*conversation, error) {
	found, err := conversations(ctx, tx, orgID, "id = ?", id)
	if err == nil && len(found) == 0 {
		err = noConversation()
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func saveConversation(ctx context.Context, tx *db.Tx, orgID string, c *conversation) error {
	_, err := tx.Exec(ctx, `INSERT INTO inbox_conversation (org_id, `+conversationColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id, id) DO UPDATE SET spoken_id = excluded.spoken_id, spoken_at = excluded.spoken_at, person_id = excluded.person_id, owner_staff_id = excluded.owner_staff_id, status = excluded.status,
		account_kind = excluded.account_kind, status_n = excluded.status_n, status_at = excluded.status_at, snoozed_until = excluded.snoozed_until, assignee_staff_id = excluded.assignee_staff_id, assigned_at = excluded.assigned_at,
		priority = excluded.priority, handed_over = excluded.handed_over, spell = excluded.spell, incoming = excluded.incoming, answered_n = excluded.answered_n, answered_at = excluded.answered_at, waiting_since = excluded.waiting_since,
		first_in_at = excluded.first_in_at, last_in_at = excluded.last_in_at, last_at = excluded.last_at, last_id = excluded.last_id, last_direction = excluded.last_direction, last_type = excluded.last_type,
		last_text = excluded.last_text, last_seq = excluded.last_seq, updated_at = excluded.updated_at, team_id = excluded.team_id`,
		orgID, c.id, c.account, c.kind, c.external, c.spoken, c.spokenAt, c.person, c.owner, c.status, c.statusN, c.statusAt, c.snoozedUntil,
		c.assignee, c.assignedAt, c.priority, db.Bit(c.handedOver), c.spell, c.incoming, c.answeredN, c.answeredAt, c.waitingSince, c.firstIn, c.lastIn, c.lastAt, c.lastID, c.lastDirection, c.lastType, c.lastText, c.lastSeq, c.created, c.updated, c.team)
	if err != nil {
		return fmt.Errorf("inbox: save conversation: %w", err)
	}
	return nil
}

const messageColumns = `id, conversation_id, seq, n_in, direction, sender_kind, sender_id, type, parts, attachments, text, cut, collapsed, state, send, event_id, send_id, client_key, doc, at`

func scanMessage(rows interface{ Scan(...any) error }) (*message, error) {
	var m message
	var cut int64
	err := rows.Scan(&m.id, &m.conversation, &m.seq, &m.n, &m.direction, &m.senderKind, &m.sender, &m.kind, &m.parts, &m.attachments, &m.text, &cut, &m.collapsed, &m.state, &m.send, &m.event, &m.sendID, &m.key, &m.doc, &m.at)
	m.cut = cut == 1
	return &m, err
}

// messages reads those that a condition selects; it begins behind org_id.
func messages(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []*message, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		m, err := scanMessage(rows)
		out = append(out, m)
		return err
	}, "SELECT "+messageColumns+" FROM inbox_message WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("inbox: messages: %w", err)
	}
	return out, nil
}

func messageByID(ctx context.Context, tx *db.Tx, orgID, id string) (*message, error) {
	found, err := messages(ctx, tx, orgID, "id = ?", id)
	if err == nil && len(found) == 0 {
		err = noMessage()
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// insertMessage stores a message with what it is found by.
func insertMessage(ctx context.Context, tx *db.Tx, orgID string, m *message) error {
	m.doc = fulltext.Doc(m.id, m.at)
	if _, err := tx.Exec(ctx, "INSERT INTO inbox_message (org_id, "+messageColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		orgID, m.id, m.conversation, m.seq, m.n, m.direction, m.senderKind, m.sender, m.kind, m.parts, m.attachments, m.text, db.Bit(m.cut), m.collapsed, m.state, m.send, m.event, m.sendID, m.key, m.doc, m.at); err != nil {
		return fmt.Errorf("inbox: message: %w", err)
	}
	if m.direction == DirectionSystem {
		return nil
	}
	return index.Put(ctx, tx, orgID, m.doc, m.text)
}

// index is what messages are found by.
const index = fulltext.Index("inbox_message_fts")

// deleteMessages takes messages away together with what they are found by.
func deleteMessages(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) error {
	args = append([]any{orgID}, args...)
	var docs []int64
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var doc int64
		err := rows.Scan(&doc)
		docs = append(docs, doc)
		return err
	}, "SELECT doc FROM inbox_message WHERE org_id = ? AND "+where, args...); err != nil {
		return err
	}
	if err := index.Remove(ctx, tx, orgID, docs); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "DELETE FROM inbox_message WHERE org_id = ? AND "+where, args...)
	return err
}
