package inbox

import (
	"context"
	"encoding/json"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// attachments is what came with a message, as it is stored: at most so many,
// and nothing where there are none.
func attachments(m carrierevent.Message) string {
	if len(m.Attachments) == 0 {
		return ""
	}
	b, err := json.Marshal(m.Attachments[:min(len(m.Attachments), maxAttached)])
	if err != nil {
		return "" // strings and numbers cannot fail
	}
	return string(b)
}

const maxAttached = 50

// tried is an attempt as the carriers' facts name it.
type tried struct{ id, message, conversation, status string }

// attempt finds the last attempt of ours that the carrier knows by a key or by
// its own id; without a message: none of ours.
func (w *work) attempt(ctx context.Context, conversation, key, sendID string) (t tried, err error) {
	const columns = "SELECT id, message_id, conversation_id, status FROM inbox_attempt WHERE org_id = ? AND "
	row := w.tx.QueryRow(ctx, columns+"key = ? ORDER BY number DESC LIMIT 1", w.org, key)
	if key == "" {
		if sendID == "" {
			return t, nil
		}
		row = w.tx.QueryRow(ctx, columns+"conversation_id = ? AND send_id = ? AND send_id <> '' ORDER BY number DESC LIMIT 1", w.org, conversation, sendID)
	}
	if err = row.Scan(&t.id, &t.message, &t.conversation, &t.status); db.IsNoRows(err) {
		err = nil
	}
	return t, err
}

// The states after which a fact can still say more.
var before = map[string]string{
	carrierevent.MessageDelivered: "('sent', 'doubtful')",
	carrierevent.MessageRead:      "('sent', 'doubtful', 'delivered')",
	carrierevent.MessageFailed:    "('sent', 'doubtful')",
}

var becomes = map[string]string{carrierevent.MessageDelivered: stateDelivered, carrierevent.MessageRead: stateRead, carrierevent.MessageFailed: SendFailed}

// outcome keeps what a carrier told of a message after it had taken it.
func (w *work) outcome(ctx context.Context, e timeline.Event) error {
	var o carrierevent.Outcome
	if err := e.Decode(&o); err != nil {
		return err
	}
	conv := conversationID(o.AccountID, o.ExternalID)
	state, from := becomes[e.Kind], before[e.Kind]
	t, err := w.attempt(ctx, conv, o.Key, o.SendID)
	if err != nil {
		return err
	}
	where, args := "id = ?", []any{state, w.org, t.message}
	if t.message == "" { // sent by another part of the house
		if o.SendID == "" {
			return nil
		}
		where, args = "conversation_id = ? AND event_id <> '' AND send_id = ?", []any{state, w.org, conv, o.SendID}
	} else {
		conv = t.conversation
		n, err := w.tx.Changed(ctx, "UPDATE inbox_attempt SET status = ?, code = ?, reason_zh = ?, reason_en = ?, again = 0, updated_at = ? WHERE org_id = ? AND id = ? AND status IN "+from,
			state, o.Code, o.Reason, o.ReasonEN, w.now, w.org, t.id)
		if err != nil {
			return err
		}
		if n == 0 { // the sender has not heard yet that it was taken
			_, err := w.tx.Exec(ctx, "UPDATE inbox_attempt SET told = ?, code = ?, reason_zh = ?, reason_en = ? WHERE org_id = ? AND id = ? AND status IN ('queued', 'sending') AND told NOT IN ('read', 'failed')",
				state, o.Code, o.Reason, o.ReasonEN, w.org, t.id)
			return err
		}
	}
	c, err := w.conversation(ctx, conv)
	if err != nil || c == nil {
		return err
	}
	var m message
	err = w.tx.QueryRow(ctx, "UPDATE inbox_message SET state = ? WHERE org_id = ? AND "+where+" AND state IN "+from+" RETURNING seq, sender_kind, at", args...).Scan(&m.seq, &m.senderKind, &m.at)
	if db.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	w.retell(c, m.seq)
	if state != SendFailed || m.senderKind != senderStaff {
		return nil
	}
	if _, err := w.tx.Exec(ctx, `UPDATE inbox_spell SET replies = replies - 1, first_reply_by = CASE WHEN first_reply_at = ? THEN '' ELSE first_reply_by END, first_reply_at = CASE WHEN first_reply_at = ? THEN 0 ELSE first_reply_at END
		WHERE org_id = ? AND conversation_id = ? AND number = ? AND replies > 0`, m.at, m.at, w.org, c.id, c.spell); err != nil {
		return err
	}
	return w.unanswer(ctx, c)
}
