package content

import (
	"context"
	"net/http"
	"time"

	"fishpond/internal/platform/db"
)

// OrgSettings is what the module must know of an org.
type OrgSettings struct {
	Name string
	Zone *time.Location
}

// Orgs answers for the org module.
type Orgs interface {
	OrgIDs(ctx context.Context) ([]string, error)
	Settings(ctx context.Context, tx *db.Tx, orgID string) (OrgSettings, error)
	// Insider reports whether a request comes from staff who are signed in: what
	// they look at is nobody's reading.
	Insider(r *http.Request) bool
}

// Member is somebody who works for the org.
type Member struct {
	Name   string
	Active bool // false: has left, or may not sign in
}

// Staff knows who works for an org.
type Staff interface {
	// Members returns everybody by staff id, those who left included.
	Members(ctx context.Context, tx *db.Tx, orgID string) (map[string]Member, error)
}

// Named is a person as a list shows them.
type Named struct {
	ID   string // who speaks for them now
	Name string
}

// People answers for the pool, within the caller's transaction.
type People interface {
	// Visible reports whether whoever acts in ctx may see a person.
	Visible(ctx context.Context, tx *db.Tx, orgID, personID string) (bool, error)
	// Names tells of each person that there is who speaks for them.
	Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]Named, error)
}

// Contact is how a staff member is reached. Everything may be empty.
type Contact struct {
	Name     string
	Title    string // what they are
	PhotoURL string
	CardURL  string // their business card
	QRURL    string // a picture that adds them as a friend
}

// Contacts knows how staff are reached. It is called outside transactions.
type Contacts interface {
	Contact(ctx context.Context, orgID, staffID string) (Contact, error)
}

// Types decides what files are.
type Types struct {
	// Sniff tells the media type of content and its kind: image, voice, video, file.
	Sniff func(content []byte) (mediaType, kind string)
	// Name makes a file's name harmless.
	Name func(name, mediaType string) string
	// Served is the type under which content may be given to a browser.
	Served func(mediaType string) string
	// Shown reports whether a browser may show content of the type.
	Shown func(mediaType string) bool
}

// Carrier takes files to be sent in a conversation. Called outside transactions.
type Carrier interface {
	// Carry keeps a file for whoever acts in ctx, to be sent as a message.
	Carry(ctx context.Context, name string, content []byte) (mediaID string, err error)
}

// Auditor writes the audit log. Who acts, and from where, it reads from ctx.
type Auditor interface {
	Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error
}

// Ports are what the module needs from others.
type Ports struct {
	Orgs     Orgs
	Staff    Staff
	People   People
	Contacts Contacts // nil: briefcases show names only
	Carrier  Carrier  // nil: files go as links only
	Auditor  Auditor
	Types    Types
	// QR draws a text as a QR code of size pixels, as png or svg.
	QR func(text, format string, size int) ([]byte, error)
}
