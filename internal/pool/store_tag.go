package pool

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// tagging is a canonical person and a tag.
type tagging struct{ person, tag string }

// tagsOf calls fn for every tag of the given canonical persons, once each.
func tagsOf(ctx context.Context, tx *db.Tx, orgID string, canonicals []string, fn func(person string, t TagBrief)) error {
	where, arg := tx.In("l.canonical_id", canonicals)
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var person string
		var t TagBrief
		if err := rows.Scan(&person, &t.ID, &t.Name, &t.Color); err != nil {
			return err
		}
		fn(person, t)
		return nil
	}, `SELECT DISTINCT l.canonical_id, t.id, t.name, t.color FROM pool_tag_link l JOIN pool_tag t ON t.org_id = l.org_id AND t.id = l.tag_id
		WHERE l.org_id = ? AND `+where+" ORDER BY l.canonical_id, t.name, t.id", orgID, arg)
}

// link gives persons tags, each pair once, and tells of those that are new.
// The caller holds the lock.
func (s *Service) link(ctx context.Context, tx *db.Tx, orgID string, pairs []tagging, nameOf map[string]string, source string) error {
	slices.SortFunc(pairs, func(a, b tagging) int { return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.tag, b.tag)) })
	pairs = slices.Compact(pairs)
	if len(pairs) == 0 {
		return nil
	}
	persons := make([]string, len(pairs))
	for i, p := range pairs {
		persons[i] = p.person
	}
	had := map[tagging]bool{}
	err := tagsOf(ctx, tx, orgID, slices.Compact(slices.Clone(persons)), func(person string, t TagBrief) { had[tagging{person, t.ID}] = true })
	if err != nil {
		return err
	}
	pairs = slices.DeleteFunc(pairs, func(p tagging) bool { return had[p] })
	n := len(pairs)
	if n == 0 {
		return nil
	}
	person, tag, at := make([]string, n), make([]string, n), make([]int64, n)
	facts := make([]timeline.Fact, n)
	for i, p := range pairs {
		person[i], tag[i], at[i] = p.person, p.tag, clock.Micros(s.now())
		facts[i] = timeline.Fact{Kind: poolevent.TagAdded, PersonID: p.person, Source: source, Data: poolevent.Tag{TagID: p.tag, Name: nameOf[p.tag]}}
	}
	if _, err := tx.BulkInsert(ctx, "pool_tag_link", "ON CONFLICT (org_id, person_id, tag_id) DO NOTHING", db.Same("org_id", orgID, n),
		db.Text("person_id", person), db.Text("tag_id", tag), db.Text("canonical_id", person), db.Int("at", at), db.Same("by_id", actorID(ctx), n)); err != nil {
		return err
	}
	_, err = s.log.Append(ctx, tx, orgID, facts...)
	return err
}

// unlink takes tags from persons and tells of those that they had.
func (s *Service) unlink(ctx context.Context, tx *db.Tx, orgID, source string, canonicals, tags []string, nameOf map[string]string) error {
	if len(canonicals) == 0 || len(tags) == 0 {
		return nil
	}
	who, whoArg := tx.In("canonical_id", canonicals)
	what, whatArg := tx.In("tag_id", tags)
	var gone []tagging
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var t tagging
		err := rows.Scan(&t.person, &t.tag)
		gone = append(gone, t)
		return err
	}, "DELETE FROM pool_tag_link WHERE org_id = ? AND "+who+" AND "+what+" RETURNING canonical_id, tag_id", orgID, whoArg, whatArg)
	if err != nil {
		return err
	}
	slices.SortFunc(gone, func(a, b tagging) int { return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.tag, b.tag)) })
	var facts []timeline.Fact
	for _, t := range slices.Compact(gone) { // two merged persons may both have had it
		facts = append(facts, timeline.Fact{Kind: poolevent.TagRemoved, PersonID: t.person, Source: source, Data: poolevent.Tag{TagID: t.tag, Name: nameOf[t.tag]}})
	}
	_, err = s.log.Append(ctx, tx, orgID, facts...)
	return err
}

// writeTags gives the resolved persons the tags that their contacts name.
func (w *work) writeTags(ctx context.Context) error {
	if len(w.tags) == 0 {
		return nil
	}
	byName, nameOf := map[string]string{}, map[string]string{}
	err := w.tx.Each(ctx, func(rows *sql.Rows) error {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		if byName[name] == "" { // of the same name in two groups the older one
			byName[name] = id
		}
		nameOf[id] = name
		return nil
	}, "SELECT id, name FROM pool_tag WHERE org_id = ? ORDER BY created_at, id", w.orgID)
	if err != nil {
		return err
	}
	pairs := make([]tagging, len(w.tags))
	for i, t := range w.tags {
		if byName[t.tag] == "" {
			id := ids.New("tag")
			if err := w.s.insertTag(ctx, w.tx, w.orgID, id, t.tag, "", "", w.now); err != nil {
				return err
			}
			byName[t.tag], nameOf[id] = id, t.tag
		}
		pairs[i] = tagging{t.person, byName[t.tag]}
	}
	return w.s.link(ctx, w.tx, w.orgID, pairs, nameOf, w.current.source)
}

func (s *Service) insertTag(ctx context.Context, tx *db.Tx, orgID, id, name, group, color string, at time.Time) error {
	if _, err := tx.Exec(ctx, "INSERT INTO pool_tag (org_id, id, name, group_name, color, created_at) VALUES (?, ?, ?, ?, ?, ?)",
		orgID, id, name, group, color, clock.Micros(at)); err != nil {
		return err
	}
	return s.tell(ctx, tx, orgID, poolevent.TagDefined, poolevent.Tag{TagID: id, Name: name})
}

// tell appends an event that concerns nobody in particular.
func (s *Service) tell(ctx context.Context, tx *db.Tx, orgID, kind string, data any) error {
	_, err := s.log.Append(ctx, tx, orgID, timeline.Fact{Kind: kind, Data: data})
	return err
}

// actorID is who acts, system when nobody in particular.
func actorID(ctx context.Context) string {
	if a, ok := access.From(ctx); ok {
		return a.ID
	}
	return "system"
}
