// Package poolevent holds the events that the pool emits.
package poolevent

import (
	"encoding/json"
	"time"
)

// Kinds of the pool's events.
const (
	Created          = "person.created"
	Updated          = "person.updated"
	Merged           = "person.merged"
	Split            = "person.split"
	IdentityAdded    = "identity.added"
	IdentityRemoved  = "identity.removed"
	TagAdded         = "tag.added"
	TagRemoved       = "tag.removed"
	NoteAdded        = "note.added"
	ConsentGranted   = "consent.granted"
	ConsentWithdrawn = "consent.withdrawn"

	// What can be said of persons changed; these concern nobody in particular.
	TagDefined   = "tag.defined" // made, or called otherwise
	TagDeleted   = "tag.deleted"
	TraitDefined = "trait.defined"
	TraitDeleted = "trait.deleted"
)

// Person is the data of person.created and person.updated: the person as it
// is afterwards.
type Person struct {
	Seq          uint32 `json:"seq"` // dense per org
	Name         string `json:"name,omitempty"`
	Region       string `json:"region,omitempty"`
	Gender       string `json:"gender,omitempty"`
	Birthday     string `json:"birthday,omitempty"` // YYYY-MM-DD
	OwnerStaffID string `json:"owner_staff_id,omitempty"`
	// CreatedAt is since when the person is known. A source that tells of
	// older times moves it back, with a person.updated.
	CreatedAt time.Time `json:"created_at"`
	// Traits, in person.updated, are those that changed; null: taken back.
	Traits map[string]json.RawMessage `json:"traits,omitempty"`
}

// Merge is the data of person.merged and person.split. A merge changes who
// speaks for ids, not the log: after person.merged all of Members are known
// as WinnerID; after person.split they are known as LoserID again.
type Merge struct {
	MergeID  string   `json:"merge_id"`
	WinnerID string   `json:"winner_id"`
	LoserID  string   `json:"loser_id"`
	Members  []string `json:"members"` // the loser and all who were merged into it before
	Reason   string   `json:"reason,omitempty"`
}

// Identity is the data of identity.added and identity.removed.
type Identity struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// Tag is the data of tag.added and tag.removed.
type Tag struct {
	TagID string `json:"tag_id"`
	Name  string `json:"name"`
}

// Trait is the data of trait.defined and trait.deleted. Data of the two kinds
// about tags is Tag.
type Trait struct {
	Key string `json:"key"`
}

// Note is the data of note.added.
type Note struct {
	NoteID string `json:"note_id"`
}

// Consent is the data of consent.granted and consent.withdrawn.
type Consent struct {
	Purpose     string `json:"purpose"`
	TextVersion string `json:"text_version,omitempty"`
	Source      string `json:"source,omitempty"`
}
