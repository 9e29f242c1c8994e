package survey

import (
	"context"
	"encoding/json"
	"time"

	"fishpond/internal/platform/db"
)

// OrgSettings is what surveys must know of an org.
type OrgSettings struct {
	Name   string
	Zone   *time.Location
	Locale string // zh-CN or en
}

// Orgs answers for the org module.
type Orgs interface {
	Settings(ctx context.Context, tx *db.Tx, orgID string) (OrgSettings, error)
}

// Named is a person as a list shows them.
type Named struct {
	ID           string // who speaks for them now
	Name         string
	OwnerStaffID string
}

// TagWord is a tag that rules can give and take.
type TagWord struct{ Name, Group string }

// TraitWord is a trait that rules can set.
type TraitWord struct {
	Label   string
	Type    string // text, number, date, boolean, list
	Options []string
}

// Words are what a brand says of its people.
type Words struct {
	Tags   map[string]TagWord   // by id
	Traits map[string]TraitWord // by key
}

// Lesson is what a person's answers say of them.
type Lesson struct {
	Add, Remove []string            // ids of tags
	Alone       []string            // ids of tags that are given while others of their groups are taken
	Set         map[string]any      // traits by key
	Append      map[string][]string // what is added to traits that are lists
}

// Tagged is a tag that was given or taken.
type Tagged struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// TraitChange is a trait that was set. Before and After are JSON, null for
// none.
type TraitChange struct {
	Key    string          `json:"key"`
	Label  string          `json:"label"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
	Added  []string        `json:"added,omitempty" nullable:"false" doc:"To a list that had others"`
}

// Effects are what a response has changed of its person.
type Effects struct {
	TagsAdded   []Tagged      `json:"tags_added" nullable:"false"`
	TagsRemoved []Tagged      `json:"tags_removed" nullable:"false"`
	Traits      []TraitChange `json:"traits" nullable:"false"`
	Remark      string        `json:"remark,omitempty" doc:"As which staff's address books were asked to call them"`
}

// People answers for the pool. All calls are within the caller's transaction.
type People interface {
	// Phone brings a phone number into E.164; what cannot be one is errs.CodeInvalid.
	Phone(ctx context.Context, tx *db.Tx, orgID, raw string) (string, error)
	// Enter finds or makes the person of a phone number, and notes their consent
	// to a purpose with the version of the text that they agreed to.
	Enter(ctx context.Context, tx *db.Tx, orgID, phone, purpose, textVersion string, seenAt time.Time) (personID string, err error)
	// Speaks finds who speaks for a person and all for whom they speak. An
	// unknown person is errs.CodeNotFound.
	Speaks(ctx context.Context, tx *db.Tx, orgID, personID string) (canonical string, members []string, err error)
	// Visible reports whether whoever acts in ctx may see a person.
	Visible(ctx context.Context, tx *db.Tx, orgID, personID string) (bool, error)
	// Names tells of each person that there is who speaks for them.
	Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]Named, error)
	// Words are the org's tags and traits.
	Words(ctx context.Context, tx *db.Tx, orgID string) (Words, error)
	// Declare makes a trait unless there is one of its key.
	Declare(ctx context.Context, tx *db.Tx, orgID, key, label, kind string) error
	// Learn changes a person. What is not declared, or does not fit, is passed over.
	Learn(ctx context.Context, tx *db.Tx, orgID, personID string, l Lesson) (Effects, error)
	// Unlearn takes back what still is as Learn has left it.
	Unlearn(ctx context.Context, tx *db.Tx, orgID, personID string, e Effects) error
	// Consent notes a person's own word on a purpose.
	Consent(ctx context.Context, tx *db.Tx, orgID, personID, purpose string, granted bool, textVersion string) error
}

// Remarker has platforms call people as brands know them.
type Remarker interface {
	// Remark asks for a new remark in the address books of the staff members
	// whose friends the persons are.
	Remark(ctx context.Context, tx *db.Tx, orgID string, personIDs []string, text string) error
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Ports are what the module needs from others.
type Ports struct {
	Orgs     Orgs
	People   People
	Auditor  Auditor
	Remarker Remarker // nil: no platform is told of remarks
	// QR draws a text as a QR code of size pixels, as png or svg.
	QR func(text, format string, size int) ([]byte, error)
}
