package care

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// Card is a person as a list shows them.
type Card struct {
	ID           string // who speaks for them now
	Name         string
	OwnerStaffID string
}

// People answers for the pool.
type People interface {
	// Cards returns, for each id that there is, who speaks for it.
	Cards(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]Card, error)
	// ByExternal finds who has an external user id of WeCom; unknown ones are left out.
	ByExternal(ctx context.Context, tx *db.Tx, orgID string, externalIDs []string) (map[string]string, error)
	// Ways says by which of phone and email each person could be written to.
	Ways(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string][]string, error)
}

// Account is a sender on a carrier.
type Account struct{ Name, Kind string }

// Carriers answers for the carriers.
type Carriers interface {
	// Accounts returns the org's accounts by id.
	Accounts(ctx context.Context, tx *db.Tx, orgID string) (map[string]Account, error)
}

// Pair is a member of the corp and a customer of theirs, both as the platform
// names them.
type Pair struct{ UserID, ExternalID string }

// Consent knows who has agreed that what they say to a member is archived.
// Pairs that are left out have not.
type Consent interface {
	Agreed(ctx context.Context, orgID string, pairs []Pair) (map[Pair]bool, error)
}

// Staff answers for the org module.
type Staff interface {
	// Names returns everybody's name by staff id, those who left included.
	Names(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error)
	// ByUserID says whom of the staff the members of the corp are; unknown ones are left out.
	ByUserID(ctx context.Context, tx *db.Tx, orgID string, userIDs []string) (map[string]string, error)
	// Handlers returns the active staff who may handle cases, in a steady order.
	Handlers(ctx context.Context, tx *db.Tx, orgID string) ([]Handler, error)
}

// Handler is somebody who may handle cases.
type Handler struct {
	StaffID, Email string
	Lang           i18n.Lang
}

// Mail is a mail to staff.
type Mail struct {
	Key                          string // the same again is not sent again
	AccountID, To, Subject, Text string

	tries int64
}

// MailOutcome is what became of a mail.
type MailOutcome struct {
	Status string    // sent, failed, doubtful
	Reason i18n.Text // why it was not sent
	Again  bool      // failed: trying again under the same key may succeed
}

// Mailer sends mail by an account of the org's. The error says that nothing was
// tried; errs.CodeUnavailable that somebody else is trying.
type Mailer interface {
	Mail(ctx context.Context, orgID string, m Mail) (MailOutcome, error)
}

// Orgs answers for the org module.
type Orgs interface {
	OrgIDs(ctx context.Context) ([]string, error)
	// Zone decides when a day ends.
	Zone(ctx context.Context, tx *db.Tx, orgID string) (*time.Location, error)
}

// Lists keeps lists of persons that are made by hand.
type Lists interface {
	// MakeList makes a list and puts persons on it. It acts for whoever ctx says.
	MakeList(ctx context.Context, name string, personIDs []string) (listID string, err error)
}

// Sealer keeps the sidecar's token from whoever finds a copy of the database.
type Sealer interface {
	Seal(orgID, purpose string, plain []byte) string
	Open(orgID, purpose, sealed string) ([]byte, error)
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Ports are what the module needs from others.
type Ports struct {
	People   People
	Carriers Carriers
	Consent  Consent
	Staff    Staff
	Orgs     Orgs
	Lists    Lists
	Sealer   Sealer
	Mailer   Mailer
	Auditor  Auditor
}
