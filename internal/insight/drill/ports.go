package drill

import (
	"context"
	"time"

	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// Account is an account over which people are reached.
type Account struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Active  bool     `json:"active"`
	Failing bool     `json:"failing,omitempty"`
	Members []Member `json:"members,omitempty"`
}

// Member is somebody through whom an account has friends.
type Member struct {
	UserID  string `json:"user_id"`
	Name    string `json:"name"`
	StaffID string `json:"staff_id,omitempty"` // empty: nobody here
}

// Tie is what there is between a person and an account.
type Tie struct {
	AccountID, UserID, PersonID string
	Direct, Waits               bool
	Why                         string // neither, or only the latter: why
}

// ValueStand says whether people's values are known, and as of when.
type ValueStand struct {
	Known    bool
	Why      i18n.Text // not known: why
	Currency string
	FittedAt int64 // UTC microseconds; 0: never
}

// Sources tell all that a run counts, each in one stream. Persons go by any of
// their ids.
type Sources interface {
	// Accounts lists those over which messages can go, the oldest first.
	Accounts(ctx context.Context, tx *db.Tx, orgID string) ([]Account, error)
	// Persons tells everybody with who speaks for them and their number.
	Persons(ctx context.Context, tx *db.Tx, orgID string, tell func(personID, speakerID string, seq uint32)) error
	// Ties tells who is tied to which account.
	Ties(ctx context.Context, tx *db.Tx, orgID string, tell func(Tie)) error
	// Addresses tells who has an address for a kind of accounts; returned ones
	// are those to which nothing more goes.
	Addresses(ctx context.Context, tx *db.Tx, orgID, kind string, tell func(personID string, returned bool)) error
	// Words tells of whom the gate knows something whether messages of the
	// purpose may go to them; of everybody else what it says is unknown.
	Words(ctx context.Context, tx *db.Tx, orgID, purpose string, tell func(personID, why string)) (unknown string, err error)
	// Values tells what those are worth of whom it is known, in minor units.
	Values(ctx context.Context, tx *db.Tx, orgID string, tell func(personID string, minor int64)) (ValueStand, error)
}

// Segments finds segments.
type Segments interface {
	// Segment finds a segment by its name; empty: there is none.
	Segment(ctx context.Context, orgID, name string) (segmentID string, err error)
}

// Draft is a campaign that asks people to add a second carrier.
type Draft struct {
	Name, SegmentID, Purpose, AccountID, Subject, Text string
	Parameters                                         []string // of a template of SMS that is still to be chosen; nil: not over SMS
}

// Campaigns answers for campaigns; the actor is in ctx.
type Campaigns interface {
	// Draft finds a draft of the name for the segment; empty: there is none.
	Draft(ctx context.Context, name, segmentID string) (campaignID string, err error)
	// Create makes one. It checks what the actor may do.
	Create(ctx context.Context, d Draft) (campaignID string, err error)
}

// Invites tells where people join an account: the address of a page with its code.
type Invites interface {
	Invite(ctx context.Context, orgID, accountID string) (url string, err error)
}

// Orgs answers for the org module.
type Orgs interface {
	// OrgIDs lists all orgs.
	OrgIDs(ctx context.Context) ([]string, error)
	// Zone is the org's time zone.
	Zone(ctx context.Context, tx *db.Tx, orgID string) (*time.Location, error)
}

// Jobs does runs later.
type Jobs interface {
	// EnqueueDrill asks for Service.Do of the run.
	EnqueueDrill(ctx context.Context, tx *db.Tx, orgID, runID string) error
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Ports are what the module needs of others.
type Ports struct {
	Sources   Sources
	Segments  Segments
	Desk      *behind.Desk
	Campaigns Campaigns
	Invites   Invites
	Orgs      Orgs
	Jobs      Jobs
	Auditor   Auditor
}
