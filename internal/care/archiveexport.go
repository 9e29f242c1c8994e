package care

import (
	"context"

	"fishpond/internal/platform/db"
)

// ExportFilter selects archived messages; empty: all.
type ExportFilter struct {
	ThreadFilter
	ThreadID string `query:"thread_id" maxLength:"64" json:"thread_id"`
	From     string `query:"from" maxLength:"10" json:"from" doc:"First day, in the org's time zone"`
	To       string `query:"to" maxLength:"10" json:"to" doc:"Last day, included"`
	Reveal   bool   `query:"reveal" json:"revealed" doc:"With nothing hidden; it is audited as such"`
}

// ArchivePage returns the next messages behind a place, the oldest first. That
// they leave is in the audit log before the first of them does.
func (s *Service) ArchivePage(ctx context.Context, f ExportFilter, after casePlace, limit int) (out []FoundMessage, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out = []FoundMessage{}
		from, to, err := s.days(ctx, tx, f.From, f.To)
		if err != nil {
			return err
		}
		where, args := "at >= ? AND at < ?", []any{from, to}
		if after.ID != "" {
			where, args = where+" AND (at, id) > (?, ?)", append(args, after.At, after.ID)
		}
		if f.ThreadID != "" {
			where, args = where+" AND thread_id = ?", append(args, f.ThreadID)
		}
		for _, c := range []struct{ column, value string }{{"staff_id", f.StaffID}, {"person_id", f.PersonID}} {
			if c.value != "" {
				where, args = where+" AND thread_id IN (SELECT id FROM care_thread WHERE org_id = ? AND "+c.column+" = ?)", append(args, org, c.value)
			}
		}
		rows, err := archivedWhere(ctx, tx, org, where+" ORDER BY at, id LIMIT ?", append(args, limit)...)
		if err != nil {
			return err
		}
		known := map[string]Thread{}
		if err := s.addThreads(ctx, tx, org, rows, known); err != nil {
			return err
		}
		for _, m := range rows {
			hideIn(ctx, &m.ArchivedMessage, f.Reveal)
			out = append(out, FoundMessage{ArchivedMessage: m.ArchivedMessage, Thread: known[m.ThreadID]})
		}
		return nil
	})
	return out, err
}
