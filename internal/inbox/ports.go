package inbox

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// Part is one piece of a message: the same shape as carrier's.
type Part struct {
	Kind    string `json:"kind" enum:"text,image,link,mini_program"`
	Text    string `json:"text,omitempty" maxLength:"65536" doc:"The text, or the few words of a link"`
	Title   string `json:"title,omitempty" maxLength:"128"`
	URL     string `json:"url,omitempty" maxLength:"2048"`
	PicURL  string `json:"pic_url,omitempty" maxLength:"2048"`
	MediaID string `json:"media_id,omitempty" maxLength:"256" doc:"Of an uploaded picture"`
	AppID   string `json:"app_id,omitempty" maxLength:"64"`
	Page    string `json:"page,omitempty" maxLength:"1024"`
}

// Outgoing is one message to one person over one account.
type Outgoing struct {
	Key        string // 1–128 characters: the same again is not sent again
	AccountID  string
	PersonID   string
	To         string // openid, visitor, address or number
	Parts      []Part
	Subject    string   // of a mail
	Template   string   // of a text message: its id at the provider
	Parameters []string // of the template
	StaffID    string   // who wrote it; empty: a rule
}

// What became of a message, as Receipt.Status.
const (
	SendSent     = "sent"     // the platform has taken it
	SendFailed   = "failed"   // it has not, and says so
	SendDoubtful = "doubtful" // no answer came: it may have arrived
)

// Receipt is what became of a message.
type Receipt struct {
	ID         string // the sender's id of it, as in message.sent
	Status     string
	PlatformID string
	Code       string    // failed, doubtful: the reason in a word
	Reason     i18n.Text // failed, doubtful: for people
	Again      bool      // failed: the same key may be tried again, and goes on where it ended
	At         time.Time
}

// Sender sends messages. The same key with the same content gives the same
// receipt and sends nothing, unless the last try failed and may be tried again.
// An error of errs.CodeInvalid, CodeConflict, CodeNotFound or CodeForbidden
// says that nothing was tried; any other that the outcome is not known yet: it
// is asked again with the same key.
type Sender interface {
	Send(ctx context.Context, orgID string, o Outgoing) (Receipt, error)
}

// Account is a sender on a carrier.
type Account struct {
	Name   string
	Kind   string
	Active bool
	Can    Capability
}

// Capability is what can be sent to one person over an account.
type Capability struct {
	Direct         bool     // one message to one person can be sent
	Parts          []string // kinds of parts
	MaxParts       int      // 0: not limited
	MaxText        int      // bytes of all texts; 0: not limited
	WindowHours    int      // for so long after the person wrote; 0: at any time
	WindowMessages int      // at most so many in that time; 0: not limited
	Needs          []string // subject, template
	Note           i18n.Text
}

// Accounts answers for the carriers.
type Accounts interface {
	// Accounts returns the org's accounts by id, those that are switched off included.
	Accounts(ctx context.Context, tx *db.Tx, orgID string) (map[string]Account, error)
}

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
}

// Member is somebody who works for the org.
type Member struct {
	Name   string
	Active bool // may sign in
	Answer bool // holds inbox.write
}

// Staff answers for the org module.
type Staff interface {
	// Members returns everybody by staff id, those who left included.
	Members(ctx context.Context, tx *db.Tx, orgID string) (map[string]Member, error)
}

// Orgs answers for the org module.
type Orgs interface {
	OrgIDs(ctx context.Context) ([]string, error)
	// Zone decides when business hours begin.
	Zone(ctx context.Context, tx *db.Tx, orgID string) (*time.Location, error)
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Ports are what the module needs from others.
type Ports struct {
	Sender   Sender
	Accounts Accounts
	People   People
	Staff    Staff
	Orgs     Orgs
	Auditor  Auditor
}
