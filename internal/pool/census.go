package pool

import (
	"context"
	"database/sql"

	"fishpond/internal/platform/db"
)

// EachPerson tells all persons of an org, in no order: their number, and who
// speaks for them, which are themselves unless they were merged.
func (s *Service) EachPerson(ctx context.Context, tx *db.Tx, orgID string, tell func(personID, speakerID string, seq uint32)) error {
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var id, speaker string
		var seq uint32
		err := rows.Scan(&id, &speaker, &seq)
		if err == nil {
			tell(id, speaker, seq)
		}
		return err
	}, "SELECT person_id, canonical_id, seq FROM pool_person WHERE org_id = ?", orgID)
}

// EachIdentity tells all identities of a kind, each with the person of whom it
// was learned. The values are for the house itself and no answer to anybody.
func (s *Service) EachIdentity(ctx context.Context, tx *db.Tx, orgID, kind string, tell func(personID, value string)) error {
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var id, value string
		err := rows.Scan(&id, &value)
		if err == nil {
			tell(id, value)
		}
		return err
	}, "SELECT person_id, value FROM pool_identity WHERE org_id = ? AND kind = ?", orgID, kind)
}
