package sop

import (
	"context"
	"encoding/json"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// OrgSettings is what the module must know of an org.
type OrgSettings struct {
	Name     string
	Zone     *time.Location
	Currency string
	Digits   int // minor units of a unit, as a power of ten
}

// Orgs answers for the org module.
type Orgs interface {
	OrgIDs(ctx context.Context) ([]string, error)
	Settings(ctx context.Context, tx *db.Tx, orgID string) (OrgSettings, error)
	StaffNames(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error)
}

// Known is a person as they are now.
type Known struct {
	ID         string // who speaks for them
	Name       string
	Owner      string // staff id; empty: nobody's
	Stage      string
	Region     string
	Birthday   string // YYYY-MM-DD or empty
	Zone       string // IANA name of the trait time_zone; empty: not known
	Orders     int64
	GMVMinor   int64
	FirstOrder int64 // UTC microseconds; 0: none
	LastOrder  int64
	Traits     map[string]any
}

// People answers for the pool.
type People interface {
	// Persons reads persons by id, keyed by the ids that were asked for; who is no
	// longer in the pool is missing.
	Persons(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]Known, error)
	// Speakers tells who speaks for each person; unknown ids are left out.
	Speakers(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]string, error)
}

// Segments answers for segments.
type Segments interface {
	// Names returns the names of the saved segments by id.
	Names(ctx context.Context, orgID string) (map[string]string, error)
	// Each calls fn with everybody in a segment, some hundred at a time;
	// errs.CodeNotFound.
	Each(ctx context.Context, orgID, segmentID string, fn func(personIDs []string) error) error
}

// Named is something to choose from.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Channels answers for acquisition.
type Channels interface {
	Channels(ctx context.Context, tx *db.Tx, orgID string) ([]Named, error)
}

// Account is an account over which messages can go.
type Account struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Carrier string `json:"carrier"`
	Active  bool   `json:"active"`
	Subject bool   `json:"subject" doc:"Its messages have a subject: e-mail"`
	Confirm bool   `json:"confirm" doc:"Staff confirm each message in their own app"`
}

// Address is one way to a person.
type Address struct{ AccountID, Carrier, To string }

// Accounts answers for the carriers.
type Accounts interface {
	// Accounts lists those over which a person can be written to unasked.
	Accounts(ctx context.Context, tx *db.Tx, orgID string) ([]Account, error)
	// Addresses tells how people are reached, in the order of the accounts.
	Addresses(ctx context.Context, tx *db.Tx, orgID string, accounts []Account, personIDs []string) (map[string][]Address, error)
}

// Chat is a group chat.
type Chat struct {
	AccountID string
	ChatID    string
	Name      string
	Owner     string // the member on the platform
	OwnerName string
	OwnerID   string // staff id; empty: not known here
	Members   int64
	Created   time.Time // zero: not known
	Dismissed bool
}

// ChatFilter selects group chats that there are; of ChatIDs also those that are
// no more.
type ChatFilter struct {
	AccountID string
	ChatIDs   []string
	Q         string // part of the name
	After     string
	Limit     int // 0: 1,000
}

// GroupAsk asks the owners of groups to send something there.
type GroupAsk struct {
	OrgID, Key, AccountID string
	ChatIDs               []string
	Parts                 []Part
	At, EndAt             time.Time
}

// GroupState is how far such a request is: queued, asked, sent, failed or
// cancelled, by chat.
type GroupState map[string]string

// Groups answers for the carriers about group chats.
type Groups interface {
	// Accounts lists the accounts that have groups.
	Accounts(ctx context.Context, tx *db.Tx, orgID string) ([]Named, error)
	Chats(ctx context.Context, tx *db.Tx, orgID string, f ChatFilter) ([]Chat, error)
	Ask(ctx context.Context, tx *db.Tx, a GroupAsk) error
	// States tells of requests by key.
	States(ctx context.Context, tx *db.Tx, orgID string, keys []string) (map[string]GroupState, error)
	// Cancel calls off what is not confirmed yet.
	Cancel(ctx context.Context, tx *db.Tx, orgID, key string) error
}

// Plan is a standing plan of the outbox: people are added as they come due.
type Plan struct{ ID, OrgID, SOPID, Purpose, Title string }

// Recipient is a message of a plan.
type Recipient struct {
	Key       string // the same again is not added twice
	PersonID  string
	Addresses []Address
	Until     time.Time // after that it is held back as expired
	Data      json.RawMessage
}

// Progress is what became of a plan's messages.
type Progress struct {
	Total     int64
	Planned   int64
	Waiting   map[string]int64 // by reason
	Held      map[string]int64
	Sending   int64
	Asked     int64 // staff have not confirmed yet
	Sent      int64
	Failed    map[string]int64
	Doubtful  int64
	Cancelled int64
}

// Outbox is reach: nothing leaves to a person by another door.
type Outbox interface {
	// CreatePlan makes a standing plan and starts it.
	CreatePlan(ctx context.Context, tx *db.Tx, p Plan) error
	Add(ctx context.Context, tx *db.Tx, orgID, planID string, r []Recipient) error
	// Open tells which of the messages may still leave by themselves.
	Open(ctx context.Context, tx *db.Tx, orgID, planID string, keys []string) (map[string]bool, error)
	// CallOff cancels those that have not left.
	CallOff(ctx context.Context, tx *db.Tx, orgID, planID string, keys []string) error
	Pause(ctx context.Context, tx *db.Tx, orgID, planID string) error
	Resume(ctx context.Context, tx *db.Tx, orgID, planID string) error
	Cancel(ctx context.Context, tx *db.Tx, orgID, planID string) error
	Progress(ctx context.Context, tx *db.Tx, orgID, planID string) (Progress, error)
}

// Text is a text of the templates' language that has been read and found good.
type Text interface {
	// Uses names the values that it holds; traits as "trait." and their key.
	Uses() []string
	// Write makes one person's text; errs.CodeInvalid says what they lack.
	Write(values map[string]any) (string, error)
}

// Variable is a value that texts may hold.
type Variable struct {
	Name string    `json:"name"`
	Text i18n.Text `json:"-"`
}

// Wording answers for the templates' language.
type Wording interface {
	// Parse reads a text; errs.CodeInvalid says what is wrong, and in which line.
	Parse(source string) (Text, error)
	Variables() []Variable
}

// Part is a part of a message.
type Part struct {
	Kind    string `json:"kind"`
	Text    string `json:"text,omitempty"`
	Title   string `json:"title,omitempty"`
	URL     string `json:"url,omitempty"`
	PicURL  string `json:"pic_url,omitempty"`
	MediaID string `json:"media_id,omitempty"`
	AppID   string `json:"app_id,omitempty"`
	Page    string `json:"page,omitempty"`
}

// Library answers for the content library.
type Library interface {
	// Card makes what is sent of a material: a card that leads to a radar link of
	// that staff member for that person; without a person, for nobody in
	// particular. Deleted and expired ones are errs.CodeNotFound or CodeInvalid.
	Card(ctx context.Context, orgID string, m Material, staffID, personID string) ([]Part, error)
	// Titles tells what materials are called; unknown ones are missing.
	Titles(ctx context.Context, orgID string, ids []string) (map[string]string, error)
}

// Task is something for an associate to do.
type Task struct {
	PersonID, StaffID, Text string
	Due                     time.Time
}

// Tasks answers for today's lists.
type Tasks interface {
	// Assign puts a task on somebody's list and returns its id; errs.CodeNotFound
	// when they do not work here any more.
	Assign(ctx context.Context, tx *db.Tx, orgID string, t Task) (string, error)
	// Withdraw takes open tasks off the lists.
	Withdraw(ctx context.Context, tx *db.Tx, orgID string, ids []string) error
}

// Ways answers for pages on which people say that they want no more.
type Ways interface {
	// Out is such a page of one person, proved by the series' secret; "" where
	// there is none.
	Out(orgID, sopID, secret, personID string) string
}

// Later has work done after the transaction.
type Later interface {
	// EnrolSegment asks for Service.EnrolSegment.
	EnrolSegment(ctx context.Context, tx *db.Tx, orgID, sopID, segmentID string) error
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Ports are what the module needs from others.
type Ports struct {
	Orgs     Orgs
	People   People
	Segments Segments
	Channels Channels
	Accounts Accounts
	Groups   Groups
	Outbox   Outbox
	Wording  Wording
	Library  Library
	Tasks    Tasks
	Ways     Ways
	Later    Later
	Auditor  Auditor
}
