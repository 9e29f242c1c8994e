package segment

import (
	"embed"
	"log/slog"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the tables of the module and of the packages below it.
var Migration = db.Migration{Module: "segment", FS: migrations}

// Permissions are those that the module checks. An export also needs the
// pool's.
var Permissions = []access.Permission{
	{Key: "segment.read", Module: "segment", Text: i18n.T("查看人群及其成员、画像与走势", "See segments, their members, profiles and history"),
		Roles: []string{"owner", "operator", "associate", "finance", "viewer"}},
	{Key: "segment.write", Module: "segment", Text: i18n.T("新建、修改和删除人群与名单", "Create, change and delete segments and lists"),
		Roles: []string{"owner", "operator"}},
}

// Service is the module: what is defined, and what is asked of it. Who is in
// is for the live engine to say.
type Service struct {
	db     *db.DB
	now    clock.Clock
	logger *slog.Logger
	people People
	orgs   Orgs
	audit  Auditor
	later  Later
	live   Live
	users  []User
	seen   seenValues
	// partsFor is how long the parts of a preview are counted: those that SQL
	// has to tell about may take long, and somebody waits for the whole.
	partsFor time.Duration
}

// New returns the module. The live engine needs it as its source of
// definitions, and so comes afterwards: see [Service.Follow].
func New(d *db.DB, now clock.Clock, logger *slog.Logger, people People, orgs Orgs, audit Auditor, later Later) *Service {
	return &Service{db: d, now: now, logger: logger, people: people, orgs: orgs, audit: audit, later: later, partsFor: 3 * time.Second}
}

// Follow tells the module its live engine, once, before it is used.
func (s *Service) Follow(l Live) { s.live = l }
