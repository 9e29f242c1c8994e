package pool

import (
	"context"
	"database/sql"
	"slices"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// Named is who speaks for a person, as a list shows them.
type Named struct{ ID, Name, OwnerStaffID string }

// Names tells, for each of the persons that there is, who speaks for them. It
// asks nobody whether they may see it: callers show lists of their own.
func (s *Service) Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]Named, error) {
	out := make(map[string]Named, len(personIDs))
	if len(personIDs) == 0 {
		return out, nil
	}
	where, arg := tx.In("p.person_id", personIDs)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var n Named
		err := rows.Scan(&id, &n.ID, &n.Name, &n.OwnerStaffID)
		out[id] = n
		return err
	}, `SELECT p.person_id, c.person_id, c.name, c.owner_staff_id FROM pool_person p JOIN pool_person c ON c.org_id = p.org_id AND c.person_id = p.canonical_id
		WHERE p.org_id = ? AND `+where, orgID, arg)
}

// Standing tells, for each of the persons that there is, who speaks for them,
// and that one's number. Like Names, it asks nobody whether they may see it.
func (s *Service) Standing(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]Place, error) {
	out := make(map[string]Place, len(personIDs))
	if len(personIDs) == 0 {
		return out, nil
	}
	where, arg := tx.In("p.person_id", personIDs)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var p Place
		err := rows.Scan(&id, &p.ID, &p.Seq)
		p.Canonical = p.Seq
		out[id] = p
		return err
	}, `SELECT p.person_id, c.person_id, c.seq FROM pool_person p JOIN pool_person c ON c.org_id = p.org_id AND c.person_id = p.canonical_id
		WHERE p.org_id = ? AND `+where, orgID, arg)
}

// BySeq tells who speaks for the person of a number; empty for a number that
// nobody has. It asks nobody whether they may see it.
func (s *Service) BySeq(ctx context.Context, tx *db.Tx, orgID string, seq uint32) (id string, err error) {
	err = tx.QueryRow(ctx, "SELECT canonical_id FROM pool_person WHERE org_id = ? AND seq = ?", orgID, seq).Scan(&id)
	if db.IsNoRows(err) {
		return "", nil
	}
	return id, err
}

// Count returns how many people the pool has; of one staff member's own unless
// ownerStaffID is empty.
func (s *Service) Count(ctx context.Context, tx *db.Tx, orgID, ownerStaffID string) (n int64, err error) {
	err = tx.QueryRow(ctx, "SELECT count(*) FROM pool_person WHERE org_id = ? AND canonical_id = person_id AND (? = '' OR owner_staff_id = ?)", orgID, ownerStaffID, ownerStaffID).Scan(&n)
	return n, err
}

// Untag takes tags, by their names in any group, from a person and all who
// they speak for. Names that nobody has declared are passed over; an unknown
// person is errs.CodeNotFound. source is who says so, as in Contact.
func (s *Service) Untag(ctx context.Context, tx *db.Tx, orgID, source, personID string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	if err := s.lock(ctx, tx, orgID); err != nil {
		return err
	}
	canonical, _, err := s.Members(ctx, tx, orgID, personID)
	if err != nil {
		return err
	}
	nameOf := map[string]string{}
	var tags []string
	where, arg := tx.In("name", names)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id, name string
		err := rows.Scan(&id, &name)
		nameOf[id], tags = name, append(tags, id)
		return err
	}, "SELECT id, name FROM pool_tag WHERE org_id = ? AND "+where, orgID, arg); err != nil {
		return err
	}
	slices.Sort(tags)
	return s.unlink(ctx, tx, orgID, source, []string{canonical}, tags, nameOf)
}

// NoteConsent adds a person's word to the ledger within the caller's
// transaction, for channels on which people speak for themselves. A word that
// changes nothing is not repeated.
func (s *Service) NoteConsent(ctx context.Context, tx *db.Tx, orgID, personID string, in ConsentInput) error {
	in, err := cleanConsent(in)
	if err != nil {
		return err
	}
	canonical, members, err := s.Members(ctx, tx, orgID, personID)
	if err != nil {
		return err
	}
	now, err := consentsNow(ctx, tx, orgID, members)
	if err != nil {
		return err
	}
	for _, c := range now {
		if c.Purpose == in.Purpose && c.Granted == in.Granted && c.TextVersion == in.TextVersion {
			return nil
		}
	}
	_, err = s.addConsent(ctx, tx, orgID, canonical, in.Source, in)
	return err
}

// addConsent writes one word of canonical into the ledger and tells of it.
func (s *Service) addConsent(ctx context.Context, tx *db.Tx, orgID, canonical, source string, in ConsentInput) (Consent, error) {
	out := Consent{ID: ids.New("con"), Purpose: in.Purpose, Granted: in.Granted, TextVersion: in.TextVersion, Source: in.Source, At: s.now(), By: actorID(ctx)}
	if _, err := tx.Exec(ctx, "INSERT INTO pool_consent (org_id, id, person_id, purpose, granted, text_version, source, at, by_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		orgID, out.ID, canonical, in.Purpose, truth(in.Granted), in.TextVersion, in.Source, clock.Micros(out.At), out.By); err != nil {
		return out, err
	}
	_, err := s.log.Append(ctx, tx, orgID, timeline.Fact{Kind: consentKind(in.Granted), PersonID: canonical, Source: source,
		Data: poolevent.Consent{Purpose: in.Purpose, TextVersion: in.TextVersion, Source: in.Source}})
	return out, err
}

func consentKind(granted bool) string {
	if granted {
		return poolevent.ConsentGranted
	}
	return poolevent.ConsentWithdrawn
}
