package pool

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// Lock makes the caller the only one who changes persons of the org until tx
// ends. Who also writes elsewhere takes it first, so that the log tells of changes
// in their order.
func (s *Service) Lock(ctx context.Context, tx *db.Tx, orgID string) error {
	return s.lock(ctx, tx, orgID)
}

// Label gives many persons a tag, or takes it from them; a tag that is not there
// is errs.CodeNotFound, persons who are not are passed over. source is who says
// so, as in Contact.
func (s *Service) Label(ctx context.Context, tx *db.Tx, orgID, source string, personIDs []string, tagID string, off bool) error {
	if err := s.lock(ctx, tx, orgID); err != nil {
		return err
	}
	// Not tagByID, which counts: that costs more the more people have the tag.
	var name string
	err := tx.QueryRow(ctx, "SELECT name FROM pool_tag WHERE org_id = ? AND id = ?", orgID, tagID).Scan(&name)
	if db.IsNoRows(err) {
		err = errNoTag()
	}
	if err != nil {
		return err
	}
	canonicals, err := canonicalOf(ctx, tx, orgID, personIDs)
	if err != nil {
		return err
	}
	names := map[string]string{tagID: name}
	if off {
		return s.unlink(ctx, tx, orgID, source, canonicals, []string{tagID}, names)
	}
	pairs := make([]tagging, len(canonicals))
	for i, p := range canonicals {
		pairs[i] = tagging{p, tagID}
	}
	return s.link(ctx, tx, orgID, pairs, names, source)
}

// Remark writes the same note about many persons; those who are not there are
// passed over. by is who wrote it.
func (s *Service) Remark(ctx context.Context, tx *db.Tx, orgID, source, by string, personIDs []string, text string) error {
	text, err := cleanNote(text)
	if err != nil {
		return err
	}
	canonicals, err := canonicalOf(ctx, tx, orgID, personIDs)
	if err != nil || len(canonicals) == 0 {
		return err
	}
	slices.Sort(canonicals)
	n, now := len(canonicals), clock.Micros(s.now())
	id, at, facts := make([]string, n), make([]int64, n), make([]timeline.Fact, n)
	for i, p := range canonicals {
		id[i], at[i] = ids.New("not"), now
		facts[i] = timeline.Fact{Kind: poolevent.NoteAdded, PersonID: p, Source: source, Data: poolevent.Note{NoteID: id[i]}}
	}
	if _, err := tx.BulkInsert(ctx, "pool_note", "", db.Same("org_id", orgID, n), db.Text("id", id), db.Text("person_id", canonicals), db.Same("text", text, n), db.Int("created_at", at),
		db.Same("created_by", by, n), db.Int("updated_at", at)); err != nil {
		return err
	}
	_, err = s.log.Append(ctx, tx, orgID, facts...)
	return err
}

// Ascribe sets one trait of many persons, or takes its value back when it is nil, as
// [Service.Learn] does for one. What is not declared or does not fit its declaration
// is passed over, and so are persons who are not there. source is who says so, as in
// Contact.
func (s *Service) Ascribe(ctx context.Context, tx *db.Tx, orgID, source string, personIDs []string, key string, value any) error {
	if err := s.lock(ctx, tx, orgID); err != nil {
		return err
	}
	check, err := s.Checker(ctx, tx, orgID)
	if err != nil {
		return err
	}
	clean, wrong := check.cleanTraits(map[string]any{key: value}, "")
	text, declared := clean[key]
	if len(wrong) > 0 || !declared {
		return nil
	}
	canonicals, err := canonicalOf(ctx, tx, orgID, personIDs)
	if err != nil || len(canonicals) == 0 {
		return err
	}
	if canonicals, err = otherwise(ctx, tx, orgID, canonicals, key, text); err != nil || len(canonicals) == 0 {
		return err
	}
	lines := make([]traitRow, len(canonicals))
	for i, p := range canonicals {
		lines[i] = traitRow{p, key, text, clock.Micros(s.now())}
	}
	where, arg := tx.In("person_id", canonicals)
	if _, err := tx.Exec(ctx, "DELETE FROM pool_trait WHERE org_id = ? AND trait_key = ? AND "+where, orgID, key, arg); err != nil {
		return err
	}
	if err := saveTraits(ctx, tx, orgID, lines); err != nil {
		return err
	}
	fresh, err := s.refresh(ctx, tx, orgID, canonicals)
	if err != nil {
		return err
	}
	facts := make([]timeline.Fact, len(canonicals))
	for i, p := range canonicals {
		data := fresh[p].event()
		if data.Traits == nil {
			data.Traits = map[string]json.RawMessage{}
		}
		data.Traits[key] = fact{v: text}.json()
		facts[i] = timeline.Fact{Kind: poolevent.Updated, PersonID: p, Source: source, Data: data}
	}
	_, err = s.log.Append(ctx, tx, orgID, facts...)
	return err
}

// otherwise are those of whom a trait is not known to be so, in order: of several who
// are one person the newest value counts.
func otherwise(ctx context.Context, tx *db.Tx, orgID string, canonicals []string, key, value string) (out []string, err error) {
	newest := map[string]fact{}
	where, arg := tx.In("p.canonical_id", canonicals)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var canonical string
		var f fact
		if err := rows.Scan(&canonical, &f.v, &f.at); err != nil {
			return err
		}
		if old, ok := newest[canonical]; !ok || f.at > old.at || f.at == old.at && f.v > old.v {
			newest[canonical] = f
		}
		return nil
	}, "SELECT p.canonical_id, t.value, t.updated_at FROM pool_person p JOIN pool_trait t ON t.org_id = p.org_id AND t.person_id = p.person_id WHERE p.org_id = ? AND t.trait_key = ? AND "+where, orgID, key, arg); err != nil {
		return nil, err
	}
	for _, p := range canonicals {
		if newest[p].v != value {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
