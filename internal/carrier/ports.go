package carrier

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
)

// Identity is a (kind, value) that points to a person, in the pool's kinds:
// unionid, wecom_external_userid, openid, phone, email, cookie.
type Identity struct{ Kind, Value string }

// Contact is what a platform says about one person.
type Contact struct {
	Source       string // the account's kind
	Identities   []Identity
	Name         string
	Gender       string   // male, female or empty
	OwnerStaffID string   // empty: as it was
	Tags         []string // names, added; those that do not exist are made
	SeenAt       time.Time
}

// People answers for the pool.
type People interface {
	// Resolve returns the person of each contact in the same order, making those
	// who are missing. Single fields that cannot be used (a remark that is no
	// telephone number) are left out, not refused. A contact that says nothing
	// new changes nothing.
	Resolve(ctx context.Context, tx *db.Tx, orgID string, contacts []Contact) ([]string, error)
	// Untag takes tags, by name, from a person.
	Untag(ctx context.Context, tx *db.Tx, orgID, source, personID string, names []string) error
	// Find returns who speaks for the person that has each identity; empty where
	// nobody does.
	Find(ctx context.Context, tx *db.Tx, orgID string, of []Identity) ([]string, error)
	// Members returns who speaks for personID now and all ids that stand for the
	// same person; errs.NotFound for an unknown one.
	Members(ctx context.Context, tx *db.Tx, orgID, personID string) (canonical string, members []string, err error)
	// Visible reports whether the actor in ctx may see the person.
	Visible(ctx context.Context, tx *db.Tx, orgID, personID string) (bool, error)
	// Names gives the names of persons, for lists.
	Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]string, error)
}

// StaffMember is somebody who works for the brand and may sign in.
type StaffMember struct{ ID, Name, Email string }

// Staff answers for the org module.
type Staff interface {
	// ActiveStaff lists who may sign in.
	ActiveStaff(ctx context.Context, tx *db.Tx, orgID string) ([]StaffMember, error)
}

// Orgs lists all orgs.
type Orgs interface {
	OrgIDs(ctx context.Context) ([]string, error)
}

// Arrival is somebody who has become a friend of an account.
type Arrival struct {
	AccountID   string
	AccountKind string
	UserID      string // the member on the platform; empty where the account is one sender
	StaffID     string // who that is here; empty when not known
	StaffName   string
	ExternalID  string
	PersonID    string
	PersonName  string
	State       string // what the code or link that was used carries
	AddWay      int64  // the platform's number for the way; 0 unknown
	At          time.Time
	First       bool // nobody of the account was their friend before
	Historic    bool // found by a sync: it is too late to greet
}

// Greeting is what an arrival means and what to say to it.
type Greeting struct {
	Channel  string // id; empty: not known
	Entrance string // id
	CodeID   string
	Tags     []string // names, for the person here and on the platform
	Remark   string   // what the member's address book shall call them; empty: nothing
	Welcome  []Part   // empty: no welcome. Not read for historic arrivals
}

// Greeter says what an arrival means. Satisfied by acquisition; nil: nothing.
type Greeter interface {
	Greet(ctx context.Context, tx *db.Tx, orgID string, a Arrival) (Greeting, error)
}

// Sealer keeps secrets at rest. Satisfied by *secret.Keyring.
type Sealer interface {
	SealString(orgID, purpose string, plain secret.Redacted) string
	OpenString(orgID, purpose, sealed string) (secret.Redacted, error)
}

// Auditor records what staff do. Satisfied by org.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Links ties what somebody told of themselves to their person, in the pool. All
// of it happens within tx and on behalf of the actor in ctx, whom it is audited
// under; persons whom they may not see are errs.CodeNotFound.
type Links interface {
	// Attach gives a person an identity that nobody has. One that another person
	// has, or of which a person has no more than one, is errs.CodeConflict.
	Attach(ctx context.Context, tx *db.Tx, orgID, personID string, id Identity) error
	// Detach takes an identity from a person; errs.CodeNotFound when they do not have it.
	Detach(ctx context.Context, tx *db.Tx, orgID, personID string, id Identity) error
	// Merge makes two persons one.
	Merge(ctx context.Context, tx *db.Tx, orgID, personID, otherID, reason string) (mergeID string, err error)
	// Split undoes a merge; errs.CodeConflict when that is not possible (any more).
	Split(ctx context.Context, tx *db.Tx, orgID, mergeID string) error
}

// Jobs has work done soon, outside the caller's transaction. Satisfied over
// platform/jobs; nil in tests: what is asked for then waits for Tick.
type Jobs interface {
	// EnqueueSync asks, within tx, for Service.Sync(ctx, orgID, syncID).
	EnqueueSync(ctx context.Context, tx *db.Tx, orgID, syncID string) error
	// EnqueueTransfer asks, within tx, for Service.RunTransfer(ctx, orgID, transferID).
	EnqueueTransfer(ctx context.Context, tx *db.Tx, orgID, transferID string) error
}

// Talks answers for the inbox.
type Talks interface {
	// MaySee reports whether the actor in ctx may see the conversation with
	// externalID over an account.
	MaySee(ctx context.Context, tx *db.Tx, orgID, accountID, externalID string) (bool, error)
}

// Ports are what the module needs of others.
type Ports struct {
	People  People
	Staff   Staff
	Orgs    Orgs
	Sealer  Sealer
	Auditor Auditor
	Greeter Greeter // nil: arrivals mean nothing in particular
	Jobs    Jobs    // nil: somebody calls Sync and RunTransfer by hand
	Links   Links   // nil: nothing is made of what people tell in chats
	Talks   Talks   // nil: who sees only their own customers sees only their files
	Bulk    Bulk
	Told    MassTeller // nil: nobody asks what became of mass messages
}

// BulkMail is a mail that an [Outbox] sent.
type BulkMail struct{ OrgID, AccountID, PersonID, To string }

// Bulk answers for the module that sends many messages. A nil one has sent none.
type Bulk interface {
	// Mail finds a mail of any org by its key, which nobody can guess; the zero
	// value when there is none.
	Mail(ctx context.Context, key string) (BulkMail, error)
}
