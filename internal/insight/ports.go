package insight

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
)

// OrgSettings is what insight must know of an org.
type OrgSettings struct {
	Zone     *time.Location // decides where a month begins
	Currency string         // ISO 4217
}

// Orgs answers for the org module.
type Orgs interface {
	// OrgIDs lists all orgs.
	OrgIDs(ctx context.Context) ([]string, error)
	// Settings returns those of one org.
	Settings(ctx context.Context, tx *db.Tx, orgID string) (OrgSettings, error)
}
