package segment

import (
	"context"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

// Auditor records what staff do.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// OrgSettings is what segments must know of an org.
type OrgSettings struct {
	Zone     *time.Location // in which days begin
	Currency string         // ISO 4217
	Digits   int            // of the currency behind the point
}

// Orgs answers for the org module.
type Orgs interface {
	// OrgIDs lists all orgs.
	OrgIDs(ctx context.Context) ([]string, error)
	// Settings returns those of one org.
	Settings(ctx context.Context, tx *db.Tx, orgID string) (OrgSettings, error)
	// Staff lists who works or worked for the org.
	Staff(ctx context.Context, tx *db.Tx, orgID string) ([]predicate.Named, error)
}

// Speaker is who speaks for a person.
type Speaker struct {
	PersonID string
	Seq      uint32
}

// Identity is a (kind, value) that points to a person.
type Identity struct {
	Kind  string `json:"kind" minLength:"1" maxLength:"40"`
	Value string `json:"value" minLength:"1" maxLength:"512"`
}

// People answers for the pool.
type People interface {
	// Definitions returns what the pool defines: traits, tags, channels, kinds
	// of identities, carriers and purposes of consent. The rest is empty.
	Definitions(ctx context.Context, tx *db.Tx, orgID string) (predicate.Definitions, error)
	// TagColors returns the colour of each tag that has one, by id.
	TagColors(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error)
	// Speakers tells who speaks for each person now. Ids that are unknown, or
	// of whom the actor in ctx may see nothing, are not in the answer.
	Speakers(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]Speaker, error)
	// Members tells for whom each of the speakers speaks, themselves included.
	Members(ctx context.Context, tx *db.Tx, orgID string, speakers []string) (map[string][]string, error)
	// ByIdentities finds the person for each identity, as a source would write
	// it; the answer has an empty id where nobody, or more than one, is known.
	ByIdentities(ctx context.Context, tx *db.Tx, orgID string, ids []Identity) ([]string, error)
	// Identities returns those of speakers, as the actor in ctx may see them.
	Identities(ctx context.Context, tx *db.Tx, orgID string, speakers []string) (map[string][]Identity, error)
}

// Later has work of an org done soon, outside the caller's transaction.
type Later interface {
	// Reconcile calls the live engine's Reconcile for the org once the
	// transaction has committed. Calls while one waits are one.
	Reconcile(ctx context.Context, tx *db.Tx, orgID string) error
}

// User is something else that a segment stands in: a journey that runs, a series.
type User interface {
	// SegmentUsed tells what of it is in use and refers to a segment, for people.
	SegmentUsed(ctx context.Context, orgID, segmentID string) ([]i18n.Text, error)
}

// Live answers from the index in memory and keeps the recorded members. A
// segment whose predicate no longer makes sense is a conflict. Bitmaps are
// shared: nobody changes them.
type Live interface {
	// Wake tells that facts or definitions of an org have changed.
	Wake(orgID string)
	// CatchUp brings an org's index to where its facts are.
	CatchUp(ctx context.Context, orgID string) error
	// Eval tells exactly who is in a plan.
	Eval(ctx context.Context, orgID string, n plan.Node) (live.Answer, error)
	// Members tells who is in a saved segment by its definition, now.
	Members(ctx context.Context, orgID, segmentID string) (*roaring.Bitmap, error)
	// Sizes tells how many recorded members segments had on each day from … to.
	Sizes(ctx context.Context, tx *db.Tx, orgID string, segmentIDs []string, from, to plan.Day) (map[string][]live.Size, error)
	// Status tells how the engine stands.
	Status(ctx context.Context, orgID string) (live.Status, error)
}
