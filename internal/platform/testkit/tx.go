package testkit

import (
	"context"
	"database/sql"
	"encoding/json"
	"testing"

	"fishpond/internal/platform/db"
)

// Write is one transaction that must succeed.
func Write(tb testing.TB, d *db.DB, orgID string, fn func(ctx context.Context, tx *db.Tx) error) {
	tb.Helper()
	ctx := context.Background()
	Must(tb, d.Write(ctx, orgID, func(tx *db.Tx) error { return fn(ctx, tx) }))
}

// Texts reads one column of texts.
func Texts(tb testing.TB, d *db.DB, orgID, query string, args ...any) (out []string) {
	tb.Helper()
	ctx := context.Background()
	Must(tb, d.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		out, err = db.All(ctx, tx, func(r *sql.Rows, s *string) error { return r.Scan(s) }, query, args...)
		return err
	}))
	return out
}

// Audits is an audit log in memory: a line an entry, "action object detail".
type Audits []string

// Add is what modules ask of their Auditor.
func (a *Audits) Add(action, objectID string, detail any) error {
	b, err := json.Marshal(detail)
	*a = append(*a, action+" "+objectID+" "+string(b))
	return err
}
