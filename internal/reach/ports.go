package reach

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/reach/gate"
)

// Rendered is what one person gets to read.
type Rendered struct {
	Subject string
	Text    string
	HTML    string
	Parts   any // for carriers whose messages have parts; the transport knows their form. nil: the text alone

	Template   string   // of a text message: its id at the provider
	Parameters []string // of the template

	Headers map[string]string
	Err     error // this one is held back, with its reason; the others go
}

// Contents makes what people get to read.
type Contents interface {
	Render(ctx context.Context, orgID string, p Plan, r []Recipient) []Rendered
}

// Delivery is one message on its way to a carrier.
type Delivery struct {
	Key      string // the message's id: the same for every try
	PersonID string
	To       string
	PlanID   string
	EndAt    time.Time // it is not wanted after that; zero: at any time
	// Begin is called before the carrier could have the message; when it fails,
	// the message is not tried. Transports of carriers that are not repeatable
	// must call it: what was not begun is sent again after a death.
	Begin func() error
	Rendered
}

// Result is what became of a delivery.
type Result struct {
	Status string    // Sent, Asked, Failed, Doubtful; empty: it was not tried, and may be again
	Again  bool      // failed: it may succeed later; doubtful: trying again under the key tells, and sends nothing twice
	Down   bool      // the account is what does not work, not this message
	Code   string    // failed, doubtful: the carrier's word
	Reason i18n.Text // failed, doubtful: for people
	Told   bool      // the carrier's own module has put the fact on the timeline
	ID     string    // the carrier's id of the message
}

// Transport hands messages to carriers.
type Transport interface {
	// Deliver tries many messages over one account and tells of each as soon as
	// its outcome is known, from any goroutine; each exactly once.
	Deliver(ctx context.Context, orgID, accountID string, m []Delivery, told func(i int, r Result))
	// Repeatable tells whether a delivery over a carrier can be tried again
	// under its key without sending anything twice.
	Repeatable(carrier string) bool
}

// Account is an account as the outbox sees it.
type Account struct {
	Name   string
	Kind   string
	Active bool
	Window bool // the platform lets us write only for a while after they wrote
}

// Accounts answers for the carriers.
type Accounts interface {
	Accounts(ctx context.Context, tx *db.Tx, orgID string) (map[string]Account, error)
	// Windows tells for accounts with windows how it stands with each recipient.
	Windows(ctx context.Context, tx *db.Tx, orgID, accountID string, to []string) (map[string]gate.PlatformWindow, error)
	// WindowOf is how it stands with a person over an account, whatever the
	// account calls them; shut when it does not know them.
	WindowOf(ctx context.Context, tx *db.Tx, orgID, accountID, personID string) (gate.PlatformWindow, error)
	// Returned tells which mail addresses nothing more goes to, and why.
	Returned(ctx context.Context, tx *db.Tx, orgID string, addresses []string) (map[string]string, error)
}

// Orgs answers for the org module.
type Orgs interface {
	OrgIDs(ctx context.Context) ([]string, error)
	Zone(ctx context.Context, tx *db.Tx, orgID string) (*time.Location, error)
}

// Named is a person as lists show them.
type Named struct {
	Name  string
	Owner string // staff id
}

// People answers for the pool.
type People interface {
	Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]Named, error)
	// Speaker tells who speaks for a person whom the actor may see;
	// errs.CodeNotFound.
	Speaker(ctx context.Context, tx *db.Tx, orgID, personID string) (string, error)
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Ports are what the module needs from others.
type Ports struct {
	Contents  map[string]Contents // by the plans' origin
	Transport Transport
	Accounts  Accounts
	Orgs      Orgs
	People    People
	Auditor   Auditor
}
