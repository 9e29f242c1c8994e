package playbook

import (
	"context"

	"fishpond/internal/insight/follow"
	"fishpond/internal/platform/db"
)

// Orgs answers for the org module.
type Orgs = follow.Orgs

// PlaybookJourney is a journey of the library.
type PlaybookJourney struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	Text string `json:"text" doc:"What it is for"`
}

// Journeys answers for the journey module.
type Journeys interface {
	// Ready lists the library, in the language of ctx.
	Ready(ctx context.Context) []PlaybookJourney
}

// Auditor is how changes made by staff are recorded.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}
