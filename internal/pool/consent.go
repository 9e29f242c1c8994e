package pool

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Consent is what a person said about a purpose, with its proof: when, where,
// to which text, and who wrote it down.
type Consent struct {
	ID          string    `json:"id"`
	Purpose     string    `json:"purpose"`
	Granted     bool      `json:"granted"`
	TextVersion string    `json:"text_version"`
	Source      string    `json:"source" doc:"Where it was said"`
	At          time.Time `json:"at"`
	By          string    `json:"by" doc:"Staff or API key that recorded it"`
}

// consents lists all that the given persons said, newest first.
func consents(ctx context.Context, tx *db.Tx, orgID string, members []string) (out []Consent, err error) {
	where, arg := tx.In("person_id", members)
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var c Consent
		var granted, at int64
		if err := rows.Scan(&c.ID, &c.Purpose, &granted, &c.TextVersion, &c.Source, &at, &c.By); err != nil {
			return err
		}
		c.Granted, c.At = granted == 1, clock.Time(at)
		out = append(out, c)
		return nil
	}, "SELECT id, purpose, granted, text_version, source, at, by_id FROM pool_consent WHERE org_id = ? AND "+where+" ORDER BY at DESC, id DESC", orgID, arg)
	return out, err
}

// consentsNow is what holds: the latest word on each purpose.
func consentsNow(ctx context.Context, tx *db.Tx, orgID string, members []string) ([]Consent, error) {
	all, err := consents(ctx, tx, orgID, members)
	if err != nil {
		return nil, err
	}
	out := []Consent{}
	for _, c := range all {
		if !slices.ContainsFunc(out, func(o Consent) bool { return o.Purpose == c.Purpose }) {
			out = append(out, c)
		}
	}
	return out, nil
}
