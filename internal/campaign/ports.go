package campaign

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// OrgSettings is what the module must know of an org.
type OrgSettings struct {
	Name     string
	Zone     *time.Location
	Currency string // ISO 4217; money in others is not added up
	Digits   int    // minor units of a unit, as a power of ten
}

// Orgs answers for the org module.
type Orgs interface {
	OrgIDs(ctx context.Context) ([]string, error)
	Settings(ctx context.Context, tx *db.Tx, orgID string) (OrgSettings, error)
	StaffNames(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error)
}

// Person is somebody as they are now.
type Person struct {
	Seq        uint32
	ID         string // who speaks for them
	Name       string
	Stage      string
	Region     string
	Birthday   string // YYYY-MM-DD or empty
	Orders     int64
	GMVMinor   int64
	FirstOrder int64 // UTC microseconds; 0: none
	LastOrder  int64
	Traits     map[string]any // those asked for
}

// Address is one way to a person.
type Address struct {
	AccountID string
	Carrier   string
	To        string
}

// Audience answers for segments and the pool.
type Audience interface {
	// Members returns who is in a segment now, and its name; errs.CodeNotFound.
	// The bitmap is the caller's.
	Members(ctx context.Context, orgID, segmentID string) (*roaring.Bitmap, string, error)
	// SegmentNames returns the names of the saved segments by id.
	SegmentNames(ctx context.Context, orgID string) (map[string]string, error)
	// Persons reads persons by number, in ascending order, with the traits of
	// these keys and whether regions are wanted; who is no longer in the pool is
	// left out.
	Persons(ctx context.Context, tx *db.Tx, orgID string, seqs []uint32, traits []string, region bool) ([]Person, error)
	// Names returns how people are called; who is no longer in the pool is left out.
	Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]string, error)
	// BySeq tells who speaks for the person of a number; errs.CodeNotFound.
	BySeq(ctx context.Context, tx *db.Tx, orgID string, seq uint32) (string, error)
	// Seq tells who speaks for a person; errs.CodeNotFound.
	Seq(ctx context.Context, tx *db.Tx, orgID, personID string) (uint32, error)
}

// Account is an account over which campaigns can go.
type Account struct {
	ID, Name, Carrier string
	Active            bool
	Subject           bool // its messages have a subject and may be pages: e-mail
	Template          bool // its messages use approved templates: SMS
	MaxText           int  // bytes; 0: not limited
}

// Accounts answers for the carriers.
type Accounts interface {
	// Accounts lists those over which a message can be sent without being asked.
	Accounts(ctx context.Context, tx *db.Tx, orgID string) ([]Account, error)
	// Addresses tells how people are reached over accounts, in the order of the
	// accounts.
	Addresses(ctx context.Context, tx *db.Tx, orgID string, accounts []Account, personIDs []string) (map[string][]Address, error)
	// CheckFiles says what is wrong with files that are to go along with mails.
	CheckFiles(ctx context.Context, tx *db.Tx, orgID string, ids []string) error
	// KeepFiles keeps files from being thrown away while a campaign has them.
	KeepFiles(ctx context.Context, tx *db.Tx, orgID, campaignID string, ids []string) error
}

// Plan is what reach is asked to send.
type Plan struct {
	ID, OrgID, OriginID, Purpose, Title string
	Test                                bool
	StartAt, EndAt                      time.Time
	PerMinute                           int
}

// Recipient is a person of a plan. LeftOut stays on record and gets nothing.
type Recipient struct {
	PersonID  string
	Addresses []Address
	LeftOut   bool
	Variant   string // of several texts, the one they were dealt
	Data      json.RawMessage
	NotBefore time.Time // zero: at once
}

// Tally says how many messages would do what.
type Tally struct {
	Go   int            `json:"go"`
	Wait map[string]int `json:"wait" doc:"By reason"`
	Held map[string]int `json:"held" doc:"By reason"`
}

// Progress is how far a plan is.
type Progress struct {
	Status     string           `json:"status"`
	Total      int64            `json:"total"`
	Planned    int64            `json:"planned" doc:"Not looked at yet"`
	Waiting    map[string]int64 `json:"waiting" doc:"By reason"`
	Held       map[string]int64 `json:"held" doc:"By reason"`
	Sending    int64            `json:"sending"`
	Asked      int64            `json:"asked" doc:"With the carrier, which waits until a member of staff confirms them"`
	Sent       int64            `json:"sent" doc:"Taken by the carrier, delivered and read ones included"`
	Delivered  int64            `json:"delivered"`
	Read       int64            `json:"read"`
	Failed     map[string]int64 `json:"failed" doc:"By reason"`
	Doubtful   int64            `json:"doubtful" doc:"May have arrived; not sent again by themselves"`
	Cancelled  int64            `json:"cancelled"`
	FinishedAt *time.Time       `json:"finished_at"`
}

// Over says whether nothing more will happen.
func (p Progress) Over() bool { return p.Status == "done" || p.Status == "cancelled" }

// Outbox is reach: nothing leaves by another door.
type Outbox interface {
	CreatePlan(ctx context.Context, tx *db.Tx, p Plan) error
	Add(ctx context.Context, tx *db.Tx, orgID, planID string, r []Recipient) error
	Start(ctx context.Context, tx *db.Tx, orgID, planID string) error
	Pause(ctx context.Context, tx *db.Tx, orgID, planID string) error
	Resume(ctx context.Context, tx *db.Tx, orgID, planID string) error
	Cancel(ctx context.Context, tx *db.Tx, orgID, planID string) error
	Preview(ctx context.Context, orgID, purpose string, at time.Time, r iter.Seq[Recipient]) (Tally, error)
	Progress(ctx context.Context, tx *db.Tx, orgID, planID string) (Progress, error)
}

// Jobs has work done later.
type Jobs interface {
	// EnqueueCampaign asks for Service.Plan of a campaign, not before a time.
	EnqueueCampaign(ctx context.Context, tx *db.Tx, orgID, campaignID string, at time.Time) error
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Ports are what the module needs from others.
type Ports struct {
	Orgs     Orgs
	Audience Audience
	Accounts Accounts
	Outbox   Outbox
	Jobs     Jobs
	People   People
	Auditor  Auditor
	Log      *timeline.Log
}
