package content

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/plaintext"
)

// MaterialFilter selects materials.
type MaterialFilter struct {
	Q        string `query:"q" maxLength:"60" doc:"A part of the title, its pinyin or initials, or of its words"`
	FolderID string `query:"folder_id" maxLength:"64" doc:"Right in this folder; root: in none"`
	Kind     string `query:"kind" enum:",text,picture,video,file,link,mini_program,article"`
	State    string `query:"state" enum:",valid,expired,deleted" doc:"Empty: all that are not deleted"`
	Sort     string `query:"sort" enum:",-created_at,-used,title" default:"-created_at"`
}

// listPlace is where a page of a list ends.
type listPlace struct {
	N    int64
	Text string
	ID   string
}

func (f MaterialFilter) where(orgID string, now int64) (where string, args []any) {
	where, args = "org_id = ?", []any{orgID}
	add := func(clause string, more ...any) { where, args = where+" AND "+clause, append(args, more...) }
	switch f.State {
	case "deleted":
		add("deleted_at <> 0")
	case "expired":
		add("deleted_at = 0 AND expires_at <> 0 AND expires_at <= ?", now)
	case "valid":
		add("deleted_at = 0 AND (expires_at = 0 OR expires_at > ?)", now)
	default:
		add("deleted_at = 0")
	}
	switch f.FolderID {
	case "":
	case "root":
		add("folder_id = ''")
	default:
		add("folder_id = ?", f.FolderID)
	}
	if f.Kind != "" {
		add("kind = ?", f.Kind)
	}
	if q := plaintext.Line(f.Q, 60); q != "" {
		add(`keys LIKE ? ESCAPE '\'`, like(q))
	}
	return where, args
}

// Materials lists materials; after is where the page before has ended.
func (s *Service) Materials(ctx context.Context, f MaterialFilter, after listPlace, limit int) (out []MaterialBrief, next listPlace, more bool, total int64, err error) {
	org := actorOf(ctx).OrgID
	where, args := f.where(org, s.micros())
	order, beyond, from := "id DESC", "id < ?", []any{after.ID}
	switch f.Sort {
	case "-used":
		order, beyond, from = "used DESC, id DESC", "(used < ? OR used = ? AND id < ?)", []any{after.N, after.N, after.ID}
	case "title":
		order, beyond, from = "title, id", "(title > ? OR title = ? AND id > ?)", []any{after.Text, after.Text, after.ID}
	}
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM content_material WHERE "+where, args...).Scan(&total); err != nil {
			return err
		}
		if after.ID != "" {
			where, args = where+" AND "+beyond, append(args, from...)
		}
		var all []*material
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			m := &material{}
			all = append(all, m)
			return m.scan(rows)
		}, "SELECT "+materialColumns+" FROM content_material WHERE "+where+" ORDER BY "+order+" LIMIT ?", append(args, limit+1)...); err != nil {
			return err
		}
		if more = len(all) > limit; more {
			all = all[:limit]
			last := all[limit-1]
			next = listPlace{N: last.used, Text: last.title, ID: last.id}
		}
		out, _, err = s.briefs(ctx, tx, org, all)
		return err
	})
	return out, next, more, total, err
}

// briefs shows materials with what has come of them; bodies are their newest.
func (s *Service) briefs(ctx context.Context, tx *db.Tx, orgID string, all []*material) (out []MaterialBrief, bodies []Body, err error) {
	now := s.micros()
	at := map[string]int{}
	var list, files []string
	out, bodies = make([]MaterialBrief, len(all)), make([]Body, len(all))
	for i, m := range all {
		out[i] = MaterialBrief{ID: m.id, FolderID: m.folder, Kind: m.kind, Title: m.title, Version: m.version, Revision: m.revision, ExpiresAt: clock.Ptr(m.expires), Expired: m.expiredAt(now),
			Used: m.used, CreatedAt: clock.Time(m.created), UpdatedAt: clock.Time(m.updated), DeletedAt: clock.Ptr(m.deleted)}
		at[m.id], list = i, append(list, m.id)
	}
	if len(all) == 0 {
		return out, bodies, nil
	}
	where, arg := tx.In("material_id", list)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id, text string
		var version int64
		if err := rows.Scan(&id, &version, &text); err != nil {
			return err
		}
		i := at[id]
		if version != out[i].Version {
			return nil
		}
		if err := json.Unmarshal([]byte(text), &bodies[i]); err != nil {
			return fmt.Errorf("content: %s version %d: %w", id, version, err)
		}
		out[i].Preview, out[i].CoverID = bodies[i].preview(), bodies[i].cover(out[i].Kind)
		if f := bodies[i].FileID; f != "" {
			files = append(files, f)
		}
		return nil
	}, `SELECT v.material_id, v.version, v.body FROM content_version v WHERE v.org_id = ? AND `+where+`
		AND v.version = (SELECT m.version FROM content_material m WHERE m.org_id = v.org_id AND m.id = v.material_id)`, orgID, arg); err != nil {
		return nil, nil, err
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var opens, visitors int64
		err := rows.Scan(&id, &opens, &visitors)
		out[at[id]].Opens, out[at[id]].Visitors = opens, visitors
		return err
	}, "SELECT material_id, count(*), count(DISTINCT who) FROM content_visit WHERE org_id = ? AND "+where+" GROUP BY material_id", orgID, arg); err != nil {
		return nil, nil, err
	}
	if len(files) == 0 {
		return out, bodies, nil
	}
	where, arg = tx.In("id", files)
	type fact struct {
		kind  string
		bytes int64
	}
	facts := map[string]fact{}
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var f fact
		err := rows.Scan(&id, &f.kind, &f.bytes)
		facts[id] = f
		return err
	}, "SELECT id, type, bytes FROM content_file WHERE org_id = ? AND "+where, orgID, arg)
	for i := range out {
		f := facts[bodies[i].FileID]
		out[i].FileType, out[i].FileBytes = f.kind, f.bytes
	}
	return out, bodies, err
}

// showMaterial shows one material with what it says.
func (s *Service) showMaterial(ctx context.Context, tx *db.Tx, m *material) (out Material, err error) {
	briefs, bodies, err := s.briefs(ctx, tx, m.org, []*material{m})
	if err != nil {
		return out, err
	}
	out = Material{MaterialBrief: briefs[0], Body: bodies[0], CreatedBy: m.createdBy}
	if id := out.Body.FileID; id != "" {
		f, err := fileByID(ctx, tx, m.org, id)
		if err != nil {
			return out, err
		}
		out.File = &f
	}
	return out, nil
}

// preview is a body's first words.
func (b *Body) preview() string {
	text := b.Summary
	if text == "" {
		text = b.Text
	}
	if text == "" && b.HTML != "" {
		text = words(b.HTML)
	}
	if text == "" {
		text = b.URL
	}
	return short(text, 80)
}

// cover is the picture that a card of the body shows.
func (b *Body) cover(kind string) string {
	if kind == Picture {
		return b.FileID
	}
	if all := picturesOf(b.HTML); b.CoverID == "" && len(all) > 0 {
		return all[0]
	}
	return b.CoverID
}

// short is one line of at most n characters and the sign that there was more.
func short(text string, n int) string {
	line := plaintext.Line(text, n+1)
	if r := []rune(line); len(r) > n {
		return string(r[:n]) + "…"
	}
	return line
}
