package journey

import (
	"context"
	"encoding/json"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/hook"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/secret"
	"fishpond/internal/timeline"
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

// Place is who speaks for a person, and their number.
type Place struct {
	ID  string
	Seq uint32
}

// People answers for the pool.
type People interface {
	// Persons reads persons by id, keyed by the ids that were asked for; who is no
	// longer in the pool is missing.
	Persons(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]Known, error)
	// Speakers tells who speaks for each person; unknown ids are left out.
	Speakers(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]Place, error)
	// BySeq tells who persons are by their numbers.
	BySeq(ctx context.Context, tx *db.Tx, orgID string, seqs []uint32) ([]string, error)
	// ByIdentities tells which persons have any of the identities.
	ByIdentities(ctx context.Context, tx *db.Tx, orgID string, of []Identity) ([]string, error)
	// Search finds persons by name or identity, a few.
	Names(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]string, error)
	// Lock makes the caller the only one who changes persons until tx ends; before
	// anything else is written.
	Lock(ctx context.Context, tx *db.Tx, orgID string) error
	// Tag gives or takes a tag; one that is gone is errs.CodeNotFound.
	Tag(ctx context.Context, tx *db.Tx, orgID string, ids []string, tagID string, off bool) error
	// SetTrait sets a trait, or takes its value away; one that is not declared, or
	// a value that does not fit, is passed over.
	SetTrait(ctx context.Context, tx *db.Tx, orgID string, ids []string, key string, value any) error
	Note(ctx context.Context, tx *db.Tx, orgID string, ids []string, text string) error
	// Tags and traits that there are.
	Tags(ctx context.Context, tx *db.Tx, orgID string) ([]Named, error)
	Traits(ctx context.Context, tx *db.Tx, orgID string) ([]Trait, error)
}

// Identity is by what a person is known somewhere.
type Identity struct {
	Kind  string `json:"kind" minLength:"1" maxLength:"40"`
	Value string `json:"value" minLength:"1" maxLength:"200"`
}

// Trait is a declared trait.
type Trait struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Type  string `json:"type" enum:"text,number,date,boolean,list"`
}

// Named is something to choose from.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Property is a property of events.
type Property struct {
	Path  string `json:"path"`
	Label string `json:"label"`
	Type  string `json:"type"`
}

// EventKind is a kind of events.
type EventKind struct {
	Kind       string     `json:"kind"`
	Label      string     `json:"label"`
	Properties []Property `json:"properties" nullable:"false"`
}

// Conditions answers for segments. A predicate about persons is a text, in which
// tags, segments and the like are named as today, or what Bind made of one.
type Conditions interface {
	// Bind makes a form of a predicate that is kept: it names by id, and means the
	// same whatever is renamed. errs.CodeInvalid: it cannot be read.
	Bind(ctx context.Context, orgID, text string) (string, error)
	// Words gives a bound predicate as text: by the names of when it was bound, and
	// by those of today. Names that are gone stay as they were.
	Words(ctx context.Context, orgID, bound string) (then, now string, err error)
	// Check says what is wrong with a predicate about persons; errs.CodeInvalid.
	Check(ctx context.Context, orgID, text string) error
	// Event reads a condition on the properties of an event of a kind; an empty one
	// is met by all. errs.CodeInvalid: it cannot be read.
	Event(ctx context.Context, orgID, kind, where string) (func(data json.RawMessage) bool, error)
	// Among tells who of some persons a predicate describes; errs.CodeInvalid and
	// errs.CodeConflict: it means nothing any more.
	Among(ctx context.Context, orgID, text string, of *roaring.Bitmap) (*roaring.Bitmap, error)
	// Known tells up to where in the timeline Among knows.
	Known(ctx context.Context, tx *db.Tx, orgID string) (timeline.Position, error)
	// Segments lists the segments that a predicate names, by id; errs.CodeInvalid.
	Segments(ctx context.Context, orgID, text string) ([]string, error)
	// Names returns the names of the saved segments by id.
	Names(ctx context.Context, orgID string) (map[string]string, error)
	// Members tells who is in a saved segment; errs.CodeNotFound.
	Members(ctx context.Context, orgID, segmentID string) (*roaring.Bitmap, error)
	// Kinds lists the kinds of events that conditions may speak of.
	Kinds(ctx context.Context, orgID string) ([]EventKind, error)
	// Dates tells the dates that persons have in a trait, or as their birthday, of
	// those for whom it lies on one of the days (MM-DD when yearly, else YYYY-MM-DD).
	Dates(ctx context.Context, orgID, trait string, yearly bool, days []string) (map[string]string, error)
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

// Plan is a standing plan of the outbox.
type Plan struct{ ID, OrgID, JourneyID, Purpose, Title string }

// Recipient is a message of a plan.
type Recipient struct {
	Key       string // the same again is not added twice
	PersonID  string
	Addresses []Address
	Until     time.Time // after that it is held back as expired
	Data      json.RawMessage
}

// Letter is what became of a message.
type Letter struct {
	Status string // as the outbox says
	Why    string
	Open   bool // it may still leave, or is on its way
}

// Outbox is reach: nothing leaves to a person by another door.
type Outbox interface {
	// CreatePlan makes a standing plan and starts it.
	CreatePlan(ctx context.Context, tx *db.Tx, p Plan) error
	Add(ctx context.Context, tx *db.Tx, orgID, planID string, r []Recipient) error
	// Letters tells what became of messages by their keys.
	Letters(ctx context.Context, tx *db.Tx, orgID, planID string, keys []string) (map[string]Letter, error)
	// CallOff cancels those that have not left.
	CallOff(ctx context.Context, tx *db.Tx, orgID, planID string, keys []string) error
	Pause(ctx context.Context, tx *db.Tx, orgID, planID string) error
	Resume(ctx context.Context, tx *db.Tx, orgID, planID string) error
	Cancel(ctx context.Context, tx *db.Tx, orgID, planID string) error
	// Explain says what the gate would say of a message at a time: a verdict such as
	// go, wait or held, and why.
	Explain(ctx context.Context, orgID, personID, purpose string, to []Address, at time.Time) (verdict, why string, err error)
	// Trust tells whether the clock is believed. While it is not, nobody walks.
	Trust() bool
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
	Card(ctx context.Context, orgID string, m graph.Material, staffID, personID string) ([]Part, error)
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
	// Out is such a page of one person, proved by the journey's secret; "" where
	// there is none.
	Out(orgID, journeyID, secret, personID string) string
}

// Calls answers for the caller of other systems.
type Calls interface {
	// Seal makes a secret unreadable for whoever reads the database.
	Seal(orgID string, plain secret.Redacted) string
	// CheckURL says what is wrong with an address; zero: nothing.
	CheckURL(address string) i18n.Text
	Enqueue(ctx context.Context, tx *db.Tx, orgID string, calls ...hook.Call) error
	// CallOff drops those that were not begun.
	CallOff(ctx context.Context, tx *db.Tx, orgID string, runIDs ...string) (int64, error)
}

// Reading tells how far the module has read the timeline.
type Reading interface {
	// Unread is when the oldest event was recorded that it has not read; 0: it has
	// read all.
	Unread(ctx context.Context, tx *db.Tx, orgID string) (int64, error)
	// End is the position of the last event.
	End(ctx context.Context, tx *db.Tx, orgID string) (timeline.Position, error)
}

// Work is what is done after a transaction, in chunks.
type Work struct {
	What      string `json:"what"` // enter, move, end
	JourneyID string `json:"journey_id"`
	SegmentID string `json:"segment_id,omitempty"` // enter: whose members come in
	Source    string `json:"source,omitempty"`     // enter: how they come in
	Version   int64  `json:"version,omitempty"`    // move: to which
}

// Later has work done after the transaction.
type Later interface {
	// JourneyWork asks for Service.Do.
	JourneyWork(ctx context.Context, tx *db.Tx, orgID string, w Work) error
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Ports are what the module needs from others.
type Ports struct {
	Orgs       Orgs
	People     People
	Conditions Conditions
	Accounts   Accounts
	Outbox     Outbox
	Wording    Wording
	Coupons    Coupons
	Library    Library
	Tasks      Tasks
	Ways       Ways
	Calls      Calls
	Reading    Reading
	Later      Later
	Auditor    Auditor
}
