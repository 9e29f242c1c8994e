package scorecard

import (
	"context"
	"time"

	"fishpond/internal/insight/follow"
)

// Orgs answers for the org module.
type Orgs = follow.Orgs

// Costs answers for the acquisition module.
type Costs interface {
	// Between is what all channels cost from a day to another (both included,
	// as dates of the org's zone), in minor units of the org's currency, and
	// on how many days of channels there is an entry.
	Between(ctx context.Context, orgID string, from, to time.Time) (minor, entries int64, err error)
}
