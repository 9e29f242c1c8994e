package timeline

import (
	"context"

	"fishpond/internal/platform/db"
)

// Orgs lists the ids of all orgs; the runner follows the log of each.
type Orgs interface {
	OrgIDs(ctx context.Context) ([]string, error)
}

// Auditor records what staff do.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}
