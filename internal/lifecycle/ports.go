package lifecycle

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// People answers for the pool.
type People interface {
	// Members returns who speaks for personID now and all ids that stand for
	// the same person, the speaker included; errs.NotFound for an unknown one.
	Members(ctx context.Context, tx *db.Tx, orgID, personID string) (canonical string, members []string, err error)
	// Visible reports whether the actor in ctx may see the person.
	Visible(ctx context.Context, tx *db.Tx, orgID, canonical string) (bool, error)
}

// OrgSettings is what lifecycle must know of an org.
type OrgSettings struct {
	Zone     *time.Location // decides where a month begins
	Currency string         // ISO 4217; money in others is not added up
}

// Orgs answers for the org module.
type Orgs interface {
	// OrgIDs lists all orgs.
	OrgIDs(ctx context.Context) ([]string, error)
	// Settings returns those of one org.
	Settings(ctx context.Context, tx *db.Tx, orgID string) (OrgSettings, error)
}

// Survival is what a fitted model says of people who have not bought for a while.
type Survival interface {
	// Alive is the probability, 0 to 1, that who bought on repeats more days after the
	// first, on the last of them recency days after it, still buys age days after
	// the first. It never rises with age.
	Alive(repeats, recency, age int64) float64
}

// Odds answers for the models of what people are worth.
type Odds interface {
	// Newest is an org's newest model as a text to be kept; empty where it cannot say,
	// with the reason.
	Newest(ctx context.Context, tx *db.Tx, orgID string) (model string, why i18n.Text, err error)
	// Survival reads such a text.
	Survival(model string) (Survival, error)
}

// Auditor records what staff do.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Later has work of an org done soon, outside the caller's transaction.
type Later interface {
	// Redraw calls Service.Redraw for the org once the transaction has
	// committed. Calls while one waits are one.
	Redraw(ctx context.Context, tx *db.Tx, orgID string) error
}
