package care

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
)

// Chat is a conversation of the archive between two, without what was said.
type Chat struct {
	ID         string
	UserID     string // the member on the platform
	StaffID    string // the member here; empty: nobody of the staff
	ExternalID string // the customer on the platform
	PersonID   string // who speaks for them now; empty: not known here
	Messages   int64
	LastAt     time.Time
}

// ChatFilter selects chats; empty: all. IDs and Externals that are there but
// empty select none.
type ChatFilter struct {
	IDs       []string
	Externals []string // customers as the platform names them
	StaffID   string
	Before    int64 // a place in the order: UTC microseconds of the last message, and
	BeforeID  string
}

// Chats lists the chats that whoever acts may read, the latest first: whoever
// may read the archive all of them, others those that are their own. What was
// said in them is not told, so that nothing needs to be audited.
func (s *Service) Chats(ctx context.Context, tx *db.Tx, orgID string, f ChatFilter, limit int) ([]Chat, error) {
	a := actor(ctx)
	where, args := "last_at >= 0 AND room_id = ''", []any{}
	and := func(condition string, arg ...any) { where, args = where+" AND "+condition, append(args, arg...) }
	if !a.Can(mayArchive) || a.OwnOnly {
		if a.ID == "" {
			return nil, nil
		}
		and("staff_id = ? AND staff_id <> ''", a.ID)
	}
	if f.StaffID != "" {
		and("staff_id = ? AND staff_id <> ''", f.StaffID)
	}
	for column, list := range map[string][]string{"id": f.IDs, "external_id": f.Externals} {
		if list == nil {
			continue
		}
		if len(list) == 0 {
			return nil, nil
		}
		in, arg := tx.In(column, list)
		and(column+" <> '' AND "+in, arg)
	}
	if f.BeforeID != "" {
		and("(last_at, id) < (?, ?)", f.Before, f.BeforeID)
	}
	found, err := s.threads(ctx, tx, orgID, where+" ORDER BY last_at DESC, id DESC LIMIT ?", append(args, limit)...)
	out := make([]Chat, len(found))
	for i, t := range found {
		out[i] = Chat{t.ID, t.UserID, t.StaffID, t.ExternalID, t.PersonID, t.Messages, t.LastAt}
	}
	return out, err
}

// ChatMessages returns at most limit messages of a chat that whoever acts may
// read, the latest first, behind a place unless beforeID is empty. Personal
// data is hidden as far as their role does not see it. Each look is in the
// audit log. A chat that they may not read does not exist.
func (s *Service) ChatMessages(ctx context.Context, orgID, id string, before int64, beforeID string, limit int) (out []ArchivedMessage, err error) {
	return out, s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		out = nil
		found, err := s.Chats(ctx, tx, orgID, ChatFilter{IDs: []string{id}}, 1)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return noThread()
		}
		where, args := "thread_id = ?", []any{id}
		if beforeID != "" {
			where, args = where+" AND (at, id) < (?, ?)", append(args, before, beforeID)
		}
		rows, err := archivedWhere(ctx, tx, orgID, where+" ORDER BY at DESC, id DESC LIMIT ?", append(args, limit)...)
		if err != nil {
			return err
		}
		for _, m := range rows {
			hideIn(ctx, &m.ArchivedMessage, false)
			out = append(out, m.ArchivedMessage)
		}
		return s.Auditor.Audit(ctx, tx, "care.archive.read", "archive_thread", id, map[string]any{"messages": len(out), "revealed": false})
	})
}
