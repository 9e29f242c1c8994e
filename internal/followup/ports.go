package followup

import (
	"context"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/db"
)

// OrgSettings is what the module must know of an org.
type OrgSettings struct {
	Zone     *time.Location // in which days begin
	Currency string         // ISO 4217; money in others is not added up
}

// Orgs answers for the org module.
type Orgs interface {
	OrgIDs(ctx context.Context) ([]string, error)
	Settings(ctx context.Context, tx *db.Tx, orgID string) (OrgSettings, error)
}

// Member is somebody who works for the org.
type Member struct {
	Name      string
	Able      bool // may sign in and holds followup.write
	Associate bool // sees only the customers that they own
}

// Staff answers for the org module.
type Staff interface {
	// Members returns everybody by staff id, those who left included.
	Members(ctx context.Context, tx *db.Tx, orgID string) (map[string]Member, error)
}

// Query asks who meets a predicate, and of those only whose anchor is on a day
// from From to To. Anchors other than those that Known names are not looked at.
type Query struct {
	SegmentID string // or Expr; neither: everybody
	Expr      string // bound predicate, as Bind gives it
	Anchor    string
	Name      string // of the trait or the kind of event
	From, To  Day
}

// Described is what is known of a person now.
type Described struct {
	Seq        uint32
	ID         string // who speaks for them
	Name       string
	Owner      string // staff id
	Stage      string
	Birthday   string // YYYY-MM-DD or empty
	Orders     int64
	GMVMinor   int64
	FirstOrder int64 // UTC microseconds; 0: none
	LastOrder  int64
	Created    int64
	Dates      map[string]string   // trait key → YYYY-MM-DD, of those asked for
	Events     map[string][2]int64 // kind → first and last, of those asked for
}

// Wanted is what [Audience.Described] should tell besides.
type Wanted struct {
	Dates  []string // keys of traits that are dates
	Events []string // kinds
}

// Place is a person's number among those who speak for themselves.
type Place struct {
	ID  string
	Seq uint32
}

// Audience answers for segments and the pool.
type Audience interface {
	// Bind checks a predicate in the segment language and gives its lasting
	// form; what is wrong is told as errs.CodeInvalid at body.text.
	Bind(ctx context.Context, orgID, text string) (expr string, err error)
	// Text is a bound predicate with the names of today.
	Text(ctx context.Context, orgID, expr string) (string, error)
	// SegmentName returns the name of a saved segment; errs.CodeNotFound.
	SegmentName(ctx context.Context, orgID, segmentID string) (string, error)
	// Traits lists the keys of the traits that are dates, with their labels.
	Traits(ctx context.Context, orgID string) (map[string]string, error)
	// Members answers a query. The bitmap is the caller's.
	Members(ctx context.Context, orgID string, q Query) (*roaring.Bitmap, error)
	// Described reads persons by number, in ascending order; who is no longer
	// in the pool is left out.
	Described(ctx context.Context, tx *db.Tx, orgID string, seqs []uint32, w Wanted) ([]Described, error)
	// Places tells who speaks for each person; unknown ids are left out.
	Places(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]Place, error)
	// Entered tells, for members of a segment, when each came in last; who was
	// there before that was recorded is left out.
	Entered(ctx context.Context, tx *db.Tx, orgID, segmentID string, personIDs []string) (map[string]int64, error)
}

// Change is a stage that somebody comes to by time alone.
type Change struct {
	PersonID string
	Stage    string // silent or lost
	At       int64  // UTC microseconds
}

// Lives answers for lifecycle.
type Lives interface {
	// Upcoming lists who comes to a stage (empty: any) from … to, as UTC
	// microseconds, to not included.
	Upcoming(ctx context.Context, tx *db.Tx, orgID, stage string, from, to int64) ([]Change, error)
}

// Waiting is a conversation in which a customer waits for an answer.
type Waiting struct {
	PersonID       string
	ConversationID string
	AccountName    string
	Since          int64    // UTC microseconds
	Staff          []string // who is to answer: the assignee, or else the account's desk
}

// Conversations answers for the inbox. A nil one has no conversations.
type Conversations interface {
	// Waiting lists conversations in which somebody waits; of some persons only
	// unless personIDs is nil.
	Waiting(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) ([]Waiting, error)
}

// Masses answers for what members of staff are asked to send. A nil one asks
// for nothing.
type Masses interface {
	// ToConfirm counts, by staff, the mass messages that wait for them in WeCom.
	ToConfirm(ctx context.Context, tx *db.Tx, orgID string) (map[string]int, error)
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Ports are what the module needs from others.
type Ports struct {
	Orgs          Orgs
	Staff         Staff
	Audience      Audience
	Lives         Lives
	Conversations Conversations
	Masses        Masses
	Auditor       Auditor
}
