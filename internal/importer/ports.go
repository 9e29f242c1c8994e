package importer

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
)

// Contact is what a file says about one person.
type Contact struct {
	Source   string // the source's name; numbers of different sources may overlap
	Customer string // the source's own number for the person, at most 128 bytes; may be empty
	Phone    string // as written, at most 64 bytes
	Email    string // as written, at most 254 bytes
	// SeenAt is when this was so: the time of the order, or when the person
	// joined; zero for now. A person was known from the earliest time on, and is
	// as the latest profile says.
	SeenAt time.Time
	// Profile is nil when the file has newer words about the same person
	// elsewhere; the identities above still count.
	Profile *Profile
}

// Profile is what is known of a person beyond identities. Empty fields leave
// what was known before.
type Profile struct {
	Name     string
	Region   string
	Gender   string         // male, female, other
	Birthday string         // YYYY-MM-DD
	OwnerID  string         // staff id
	Tags     []string       // names; those that do not exist are made
	Traits   map[string]any // declared key → string, float64, bool, []string, or YYYY-MM-DD for dates
}

// Found is who a contact is. New tells that nobody was known by it before.
type Found struct {
	PersonID string
	New      bool
}

// Came is somebody's first being heard of.
type Came struct {
	PersonID string
	At       time.Time
}

// Channels credits people to where they came from. Satisfied over acquisition.
type Channels interface {
	// Channel finds a channel that may be credited, by its id or by all names
	// from the platform down (Douyin/June/Live); an *errs.Error about the field
	// channel when there is none.
	Channel(ctx context.Context, tx *db.Tx, orgID, idOrPath string) (id string, err error)
	// Credit notes that people came through a channel. A person is credited once,
	// however often it is told.
	Credit(ctx context.Context, tx *db.Tx, orgID, channelID, source string, people []Came) error
}

// People finds and makes persons. Satisfied over pool.
type People interface {
	// Resolve returns the person of each contact, in the same order, as if they
	// came one after the other (the same person may come twice), making
	// those who are missing and bringing identities and profiles up to date.
	// A contact that says nothing new changes nothing.
	Resolve(ctx context.Context, tx *db.Tx, orgID string, contacts []Contact) ([]Found, error)
	// Checker returns a function that says what is wrong with a contact: an
	// *errs.Error, nil when Resolve will take it. The function is called from
	// several goroutines at once, outside of transactions.
	Checker(ctx context.Context, tx *db.Tx, orgID string) (func(Contact) error, error)
	// TraitTypes gives the declared traits: key → text, number, date, boolean or list.
	TraitTypes(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error)
}

// Staff finds the owners named in a file. Satisfied over org.
type Staff interface {
	// StaffByName gives the staff ids by lower-case e-mail and by name; a name
	// that two of them bear is left out.
	StaffByName(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error)
}

// Settings are what an import falls back to. Satisfied over org.
type Settings interface {
	// Locale gives the org's time zone (IANA) and currency (ISO 4217).
	Locale(ctx context.Context, tx *db.Tx, orgID string) (timeZone, currency string, err error)
}

// Auditor records what staff did. Satisfied by org.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Jobs runs imports later. Satisfied over platform/jobs, whose handler calls
// Service.Run, and Service.Abandon once it has given up.
type Jobs interface {
	// EnqueueImport asks, within tx, for Service.Run(ctx, orgID, importID); at
	// most one job of an import waits or runs.
	EnqueueImport(ctx context.Context, tx *db.Tx, orgID, importID string) error
}

// Ports are what the module needs of others.
type Ports struct {
	People   People
	Channels Channels
	Staff    Staff
	Settings Settings
	Auditor  Auditor
	Jobs     Jobs // nil: imports can only be run directly
}
