package inbox

import (
	"context"

	"fishpond/internal/platform/ids"
)

// assignment says who gives a conversation to somebody, and why.
type assignment struct {
	by, byID string // staff, desk or system
	note     string
	team     string // to which it is given; empty: it stays where it is
	at       int64  // 0: now
}

// assign gives a conversation to somebody; staff "" gives it back to all.
func (w *work) assign(ctx context.Context, c *conversation, staff string, a assignment) error {
	if a.at == 0 {
		a.at = w.now
	}
	if _, err := w.tx.Exec(ctx, "INSERT INTO inbox_assignment (org_id, id, conversation_id, staff_id, from_staff_id, by_kind, by_id, note, at, team_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		w.org, ids.New("asg"), c.id, staff, c.assignee, a.by, a.byID, a.note, a.at, a.team); err != nil {
		return err
	}
	w.touch(c)
	c.assignee, c.assignedAt = staff, a.at
	w.kind[c.id] = feedAssigned
	return nil
}
