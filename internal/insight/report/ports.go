package report

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// Auditor records what was done, by whoever acts in ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// OrgSettings is what reports must know of an org.
type OrgSettings struct {
	Name string
	Zone *time.Location
}

// Colleague is one of the staff.
type Colleague struct {
	ID      string
	Name    string
	Address string
	Locale  i18n.Lang
	MayRead bool // is active and may see what the measuring pages show
}

// Orgs answers for the org module.
type Orgs interface {
	// OrgIDs lists all orgs.
	OrgIDs(ctx context.Context) ([]string, error)
	// Settings returns those of one org.
	Settings(ctx context.Context, tx *db.Tx, orgID string) (OrgSettings, error)
	// Staff lists an org's staff, by name.
	Staff(ctx context.Context, tx *db.Tx, orgID string) ([]Colleague, error)
}

// ReportMailbox is an account of the brand that mail can be sent by.
type ReportMailbox struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// File goes along with a mail.
type File struct {
	Name    string
	Type    string // of media
	Content []byte
}

// Mail is one mail to one colleague.
type Mail struct {
	Key     string // unique of the mail; the same for every try
	To      string
	Subject string
	Text    string
	HTML    string
	Files   []File
	// Begin is called before the server could have the mail; when it fails the
	// mail is not tried.
	Begin func() error
}

// Outcome is what became of a mail.
type Outcome string

// Outcomes.
const (
	OutSent     Outcome = "sent"
	OutLater    Outcome = "later"    // it was surely not taken, and may be tried again
	OutFailed   Outcome = "failed"   // it was refused, and will be
	OutDoubtful Outcome = "doubtful" // it may have been taken
)

// Mailer sends mail to staff.
type Mailer interface {
	// Mailboxes are the accounts that work, by name.
	Mailboxes(ctx context.Context, tx *db.Tx, orgID string) ([]ReportMailbox, error)
	// Send tries once.
	Send(ctx context.Context, orgID, mailboxID string, m Mail) (Outcome, i18n.Text)
}

// Later has work done after the transaction.
type Later interface {
	// EnqueueReport asks for [Service.Run] of the run.
	EnqueueReport(ctx context.Context, tx *db.Tx, orgID, runID string) error
}
