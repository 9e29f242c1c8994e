package inbox

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// Part is one piece of a message: the same shape as carrier's.
type Part struct {
	Kind    string `json:"kind" enum:"text,image,voice,video,file,link,mini_program"`
	Text    string `json:"text,omitempty" maxLength:"65536" doc:"The text, or the few words of a link"`
	Title   string `json:"title,omitempty" maxLength:"128"`
	URL     string `json:"url,omitempty" maxLength:"2048"`
	PicURL  string `json:"pic_url,omitempty" maxLength:"2048"`
	MediaID string `json:"media_id,omitempty" maxLength:"256" doc:"Of an uploaded picture, voice, video or file"`
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

// Why nothing can be sent to somebody over an account now, as Window.Why.
const (
	WhyWindow = "window" // they have not written for too long
	WhyLimit  = "limit"  // as much as may be was sent since they wrote
	WhyServed = "served" // a colleague serves them on the platform
	WhyQueued = "queued" // they wait in the platform's queue
	WhyEnded  = "ended"  // the platform's session has ended
)

// Window is what the carrier knows of what may still be sent to one person over
// an account. The platform decides in the end.
type Window struct {
	Open    bool
	Until   *time.Time // nil: at any time, or the time is over
	Left    int        // messages until they write again; -1: not limited
	Why     string     // not open: see WhyWindow and the others; empty: the account
	UserID  string     // served: by whom, as the platform calls them
	StaffID string     // … and who that is here; empty: nobody of the staff
}

// Windows answers for the carriers.
type Windows interface {
	Window(ctx context.Context, tx *db.Tx, orgID, accountID, externalID string) (Window, error)
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
	// Count returns how many people the pool has; of one staff member's own unless
	// ownerStaffID is empty.
	Count(ctx context.Context, tx *db.Tx, orgID, ownerStaffID string) (int64, error)
}

// Signs shows customers what staff do, where their carrier has something to show
// it on.
type Signs interface {
	// Seen says, once the transaction commits, that staff have read what was written.
	Seen(ctx context.Context, tx *db.Tx, orgID, accountID, externalID string) error
	// Typing says that somebody is writing.
	Typing(accountID, externalID string)
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

// Chat is a private chat of a member of the staff with a customer, from the
// platform's archive.
type Chat struct {
	ID         string
	AccountID  string // empty: not known
	UserID     string // the member, as the platform calls them
	StaffID    string // the member here; empty: nobody of the staff
	ExternalID string // the customer, as the platform calls them
	PersonID   string // who speaks for them now; empty: not known here
	Messages   int64
	LastAt     int64 // UTC microseconds
}

// ChatFilter selects chats; empty: all.
type ChatFilter struct {
	IDs       []string
	AccountID string
	StaffID   string
	PersonID  string
	Before    Place // those behind it
}

// ChatMessage is a message of a chat, with personal data hidden as far as the
// role of whoever acts does not see it.
type ChatMessage struct {
	ID, Direction, Type, Text string
	Hidden                    bool
	AmountMinor               int64 // of money that was sent; 0: none
	Currency                  string
	At                        int64 // UTC microseconds
}

// Archive answers for private chats that the platform lets be read and not
// written. It decides what whoever acts may read, and audits each look.
type Archive interface {
	// Chats lists chats without what was said in them, the latest first.
	Chats(ctx context.Context, tx *db.Tx, orgID string, f ChatFilter, limit int) ([]Chat, error)
	// ChatMessages returns messages of a chat, the latest first, behind a place
	// unless beforeID is empty. It opens a transaction of its own.
	ChatMessages(ctx context.Context, orgID, id string, before int64, beforeID string, limit int) ([]ChatMessage, error)
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Ports are what the module needs from others.
type Ports struct {
	Sender   Sender
	Accounts Accounts
	Windows  Windows
	People   People
	Staff    Staff
	Signs    Signs
	Orgs     Orgs
	Archive  Archive
	Auditor  Auditor
}
