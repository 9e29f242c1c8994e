package carrier

import (
	"context"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/timeline"
)

// told is what a platform says of a message after it has taken it.
type told struct {
	send      string // our id of it
	kind      string // of the event
	messageID string // the platform's
	code      string
	reason    i18n.Text
	at        int64
}

// outcome notes what became of a message and tells of it, once. What comes in
// another order ends the same: read counts as delivered, and what has been
// delivered has not failed.
func (s *Service) outcome(ctx context.Context, tx *db.Tx, a *account, t told) error {
	var person, recipient, key, staff, status string
	var delivered, read int64
	err := tx.QueryRow(ctx, "SELECT person_id, recipient, key, staff_id, status, delivered_at, read_at FROM carrier_send WHERE org_id = ? AND account_id = ? AND id = ?", a.org, a.id, t.send).
		Scan(&person, &recipient, &key, &staff, &status, &delivered, &read)
	if db.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	at := max(t.at, 1)
	switch t.kind {
	case carrierevent.MessageFailed:
		if delivered > 0 || status == SendFailed {
			return nil
		}
		_, err = tx.Exec(ctx, "UPDATE carrier_send SET status = 'failed', again = 0, code = ?, error_zh = ?, error_en = ?, updated_at = ? WHERE org_id = ? AND id = ?", t.code, t.reason.ZH, t.reason.EN, s.micros(), a.org, t.send)
	case carrierevent.MessageDelivered:
		if delivered > 0 {
			return nil
		}
		_, err = tx.Exec(ctx, "UPDATE carrier_send SET status = 'sent', delivered_at = ?, updated_at = ? WHERE org_id = ? AND id = ?", at, s.micros(), a.org, t.send)
	case carrierevent.MessageRead:
		if read > 0 {
			return nil
		}
		_, err = tx.Exec(ctx, "UPDATE carrier_send SET status = 'sent', read_at = ?, delivered_at = CASE WHEN delivered_at = 0 THEN ? ELSE delivered_at END, updated_at = ? WHERE org_id = ? AND id = ?", at, at, s.micros(), a.org, t.send)
	}
	if err != nil || person == "" {
		return err
	}
	_, err = s.log.Append(ctx, tx, a.org, timeline.Fact{Kind: t.kind, PersonID: person, Source: a.kind, OccurredAt: clock.Time(at), DedupeKey: t.kind + ":" + t.send,
		Data: carrierevent.Outcome{AccountID: a.id, SendID: t.send, Key: key, MessageID: t.messageID, ExternalID: recipient, Code: t.code, Reason: t.reason.ZH, ReasonEN: t.reason.EN}})
	return err
}
