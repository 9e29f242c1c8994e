package acquisition

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
)

// OrgSettings is what acquisition must know of an org.
type OrgSettings struct {
	Name     string
	Zone     *time.Location // decides where days, months and shifts begin
	Currency string         // ISO 4217
	Locale   string         // zh-CN or en: the language of pages for those who ask for none
}

// Orgs answers for the org module.
type Orgs interface {
	// OrgIDs lists all orgs.
	OrgIDs(ctx context.Context) ([]string, error)
	// Settings returns those of one org.
	Settings(ctx context.Context, tx *db.Tx, orgID string) (OrgSettings, error)
}

// Member is somebody who works for the org.
type Member struct {
	Name   string
	Active bool // false: has left, or may not sign in
}

// Staff knows who works for an org.
type Staff interface {
	// Members returns everybody by staff id, those who left included.
	Members(ctx context.Context, tx *db.Tx, orgID string) (map[string]Member, error)
}

// Entrant is what somebody wrote into a form. Nothing of it is verified.
type Entrant struct {
	Name, Phone string
	SeenAt      time.Time
	Source      string // form
	// Consent, when Purpose is not empty, was given with the form.
	Purpose, TextVersion string
}

// Named is a person as a list shows them.
type Named struct {
	ID   string // who speaks for them now
	Name string
}

// People answers for the pool.
type People interface {
	// Enter finds or makes the person of a form. Somebody who is known keeps the
	// name that they have: whoever writes a phone number need not be its owner.
	// A phone that cannot be one is errs.CodeInvalid with the field body.phone.
	Enter(ctx context.Context, tx *db.Tx, orgID string, e Entrant) (personID string, err error)
	// Visible reports whether whoever acts in ctx may see a person.
	Visible(ctx context.Context, tx *db.Tx, orgID, personID string) (bool, error)
	// Names tells, for each id that there is, who speaks for it and their name.
	Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]Named, error)
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// ContactWay is a QR of a carrier that makes whoever scans it a friend of one
// of some staff members.
type ContactWay struct {
	ConfigID string   // empty: make one
	Key      string   // the same for the same way, also when its ConfigID was lost in a crash: an adapter that can finds it by this
	StaffIDs []string // whose accounts it leads to; 1–100
	State    string   // comes back with the friend; at most 30 characters
	Remark   string   // for the people at the platform's console
	Confirm  bool     // staff must accept each friend by hand
}

// JoinWay is a QR of a carrier that leads into one of some group chats.
type JoinWay struct {
	ConfigID string
	Key      string
	ChatIDs  []string // 1–5, the first with room is entered
	State    string
}

// Way is where a contact or join way was put. QRURL may be empty where a way
// was changed: its picture stays the same.
type Way struct{ ConfigID, QRURL string }

// Carrier answers for the carrier module. Its calls go to the platform and are
// made outside transactions.
type Carrier interface {
	PutContactWay(ctx context.Context, orgID, accountID string, w ContactWay) (Way, error)
	PutJoinWay(ctx context.Context, orgID, accountID string, w JoinWay) (Way, error)
	// PutServiceLink returns the address at which people enter a customer service
	// account; state comes back with who enters.
	PutServiceLink(ctx context.Context, orgID, accountID, state string) (address string, err error)
	// AccountKinds tells what kind of account each is, by id.
	AccountKinds(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error)
	// The ways are taken away; one that is gone is no error.
	DeleteContactWay(ctx context.Context, orgID, accountID, configID string) error
	DeleteJoinWay(ctx context.Context, orgID, accountID, configID string) error
	// Accounts names the org's accounts by id.
	Accounts(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error)
	// GroupSizes counts the members of group chats; those not known are missing.
	GroupSizes(ctx context.Context, tx *db.Tx, orgID, accountID string, chatIDs []string) (map[string]int, error)
}

// Later has work done after the caller's transaction.
type Later interface {
	// RefreshCode asks for Service.RefreshCode; asked twice it is done once.
	RefreshCode(ctx context.Context, tx *db.Tx, orgID, codeID string) error
}

// Tile is what a card shows of something in the content library.
type Tile struct {
	Kind, Title, Text string
	Shown             bool   // false: deleted or expired
	URL, CoverURL     string // of a staff member's link; empty: there is none, or no picture
}

// Library answers for the content library.
type Library interface {
	// Tiles tells of items by id, those that do not exist left out; with a staff
	// member with their links. It is called outside transactions.
	Tiles(ctx context.Context, orgID, staffID string, items []ShowcaseItem) (map[string]Tile, error)
	// PersonLink is the address at which a staff member shows an item to a person.
	PersonLink(ctx context.Context, tx *db.Tx, orgID, staffID, personID string, item ShowcaseItem) (string, error)
}

// Ports are what the module needs from others.
type Ports struct {
	Orgs    Orgs
	Staff   Staff
	People  People
	Auditor Auditor
	Library Library
	Carrier Carrier // nil: no carrier is connected; codes then have pages only
	Later   Later   // nil: codes are brought up to date by the minute only
	// Changed, when not nil, is called within the transaction that changes the
	// tree of channels, for those who keep something that refers to it.
	Changed func(ctx context.Context, tx *db.Tx, orgID string) error
}
