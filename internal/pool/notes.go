package pool

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

const maxNote = 5000 // characters

// cleanNote keeps line breaks and drops what does not print.
func cleanNote(text string) (string, error) {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= ' ' && r != 0x7f {
			return r
		}
		return -1
	}, strings.ToValidUTF8(text, "\uFFFD")))
	if text == "" {
		return "", required("body.text")
	}
	if n := len([]rune(text)); n > maxNote {
		return "", errs.InvalidField("body.text", i18n.T("最多 %d 个字符", "At most %d characters", maxNote))
	}
	return text, nil
}

// Note is what staff wrote about a person.
type Note struct {
	ID        string    `json:"id"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by" doc:"Staff or API key"`
	UpdatedAt time.Time `json:"updated_at"`
}

// place is where a list by time goes on.
type place struct {
	At int64  `json:"t,omitempty"`
	ID string `json:"i,omitempty"`
}

// Notes lists what staff wrote about a person, newest first. next is zero on
// the last page.
func (s *Service) Notes(ctx context.Context, personID string, after place, limit int) (out []Note, next place, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		_, members, err := s.visible(ctx, tx, a, personID)
		if err != nil {
			return err
		}
		where, arg := tx.In("person_id", members)
		args := []any{a.OrgID, arg}
		if after != (place{}) {
			where, args = where+" AND (created_at, id) < (?, ?)", append(args, after.At, after.ID)
		}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var n Note
			var created, updated int64
			if err := rows.Scan(&n.ID, &n.Text, &created, &n.CreatedBy, &updated); err != nil {
				return err
			}
			n.CreatedAt, n.UpdatedAt = clock.Time(created), clock.Time(updated)
			out = append(out, n)
			return nil
		}, "SELECT id, text, created_at, created_by, updated_at FROM pool_note WHERE org_id = ? AND "+where+" ORDER BY created_at DESC, id DESC LIMIT ?", append(args, limit+1)...)
	})
	if len(out) > limit {
		out = out[:limit]
		next = place{clock.Micros(out[limit-1].CreatedAt), out[limit-1].ID}
	}
	return out, next, err
}

// AddNote writes a note.
func (s *Service) AddNote(ctx context.Context, personID, text string) (out Note, err error) {
	a, _ := access.From(ctx)
	if text, err = cleanNote(text); err != nil {
		return out, err
	}
	now := s.now()
	out = Note{ID: ids.New("not"), Text: text, CreatedAt: now, CreatedBy: a.ID, UpdatedAt: now}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		canonical, _, err := s.visible(ctx, tx, a, personID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO pool_note (org_id, id, person_id, text, created_at, created_by, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
			a.OrgID, out.ID, canonical, text, clock.Micros(now), a.ID, clock.Micros(now)); err != nil {
			return err
		}
		if _, err := s.log.Append(ctx, tx, a.OrgID, timeline.Fact{Kind: poolevent.NoteAdded, PersonID: canonical, Source: "console", Data: poolevent.Note{NoteID: out.ID}}); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, poolevent.NoteAdded, "person", canonical, map[string]any{"note_id": out.ID})
	})
	return out, err
}

// EditNote changes a note's text. Its author may, and who manages the pool.
func (s *Service) EditNote(ctx context.Context, personID, noteID, text string) (out Note, err error) {
	a, _ := access.From(ctx)
	if text, err = cleanNote(text); err != nil {
		return out, err
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		canonical, n, err := s.editable(ctx, tx, a, personID, noteID)
		if err != nil {
			return err
		}
		n.Text, n.UpdatedAt = text, s.now()
		out = n
		if _, err := tx.Exec(ctx, "UPDATE pool_note SET text = ?, updated_at = ? WHERE org_id = ? AND id = ?", text, clock.Micros(n.UpdatedAt), a.OrgID, noteID); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, "note.edited", "person", canonical, map[string]any{"note_id": noteID})
	})
	return out, err
}

// DeleteNote removes a note. Its author may, and who manages the pool.
func (s *Service) DeleteNote(ctx context.Context, personID, noteID string) error {
	a, _ := access.From(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		canonical, _, err := s.editable(ctx, tx, a, personID, noteID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM pool_note WHERE org_id = ? AND id = ?", a.OrgID, noteID); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, "note.deleted", "person", canonical, map[string]any{"note_id": noteID})
	})
}

func (s *Service) editable(ctx context.Context, tx *db.Tx, a access.Actor, personID, noteID string) (canonical string, n Note, err error) {
	canonical, members, err := s.visible(ctx, tx, a, personID)
	if err != nil {
		return "", n, err
	}
	where, arg := tx.In("person_id", members)
	var created int64
	err = tx.QueryRow(ctx, "SELECT id, created_at, created_by FROM pool_note WHERE org_id = ? AND id = ? AND "+where, a.OrgID, noteID, arg).Scan(&n.ID, &created, &n.CreatedBy)
	if db.IsNoRows(err) {
		return "", n, errs.NotFound(i18n.T("这条备注", "note"))
	}
	n.CreatedAt = clock.Time(created)
	if err == nil && n.CreatedBy != a.ID && !a.Can("pool.settings") {
		err = errs.Forbidden(i18n.T("只能修改自己写的备注", "Only your own notes can be changed"))
	}
	return canonical, n, err
}
