package pool

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/resolve"
)

// IdentityDetail is an identity with where it comes from.
type IdentityDetail struct {
	Kind      string    `json:"kind"`
	Value     string    `json:"value" doc:"Masked for who lacks pool.reveal"`
	Strength  string    `json:"strength" enum:"strong,weak"`
	Source    string    `json:"source"`
	CreatedAt time.Time `json:"created_at"`
}

type identityRow struct {
	IdentityDetail
	person string
}

// shown is the value as the actor may see it.
func (i identityRow) shown(a access.Actor) string {
	if a.Can("pool.reveal") {
		return i.Value
	}
	return mask(i.Kind, i.Value)
}

func identities(ctx context.Context, tx *db.Tx, orgID string, persons []string) (out []identityRow, err error) {
	where, arg := tx.In("person_id", persons)
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var i identityRow
		var at int64
		if err := rows.Scan(&i.person, &i.Kind, &i.Value, &i.Source, &at); err != nil {
			return err
		}
		i.CreatedAt, i.Strength = clock.Time(at), "weak"
		if k, ok := resolve.Lookup(i.Kind); ok && k.Strong() {
			i.Strength = "strong"
		}
		out = append(out, i)
		return nil
	}, "SELECT person_id, kind, value, source, created_at FROM pool_identity WHERE org_id = ? AND "+where+" ORDER BY created_at, kind, value", orgID, arg)
	return out, err
}
