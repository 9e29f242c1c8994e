package journey

import (
	"context"
	"embed"
	"log/slog"
	"sync"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/timeline"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "journey", FS: migrations}

const (
	mayRead    = "journey.read"
	mayWrite   = "journey.write"
	mayPublish = "journey.publish"
)

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: mayRead, Module: "journey", Text: i18n.T("查看旅程及其进展", "See journeys and how they fare"), Roles: []string{"owner", "operator", "viewer"}},
	{Key: mayWrite, Module: "journey", Text: i18n.T("绘制旅程", "Draw journeys"), Roles: []string{"owner", "operator"}},
	{Key: mayPublish, Module: "journey", Text: i18n.T("发布、暂停、结束旅程，加入和移出客户", "Publish, pause and end journeys, put people in and take them out"), Roles: []string{"owner", "operator"}},
}

// The states of a journey.
const (
	Draft  = "draft"
	Live   = "live"
	Paused = "paused"
	Ended  = "ended"
)

// The states of a run.
const (
	Active    = "active"
	Done      = "done"
	Exited    = "exited"
	Cancelled = "cancelled"
	Failed    = "failed"
	Holdout   = "holdout" // left out on purpose: on record only
)

// The arms of a journey.
const (
	Treated = "treated"
	// Holdout is the other.
)

// Why a run ended, besides what steps say.
const (
	WhyGoal    = "goal"    // it was reached
	WhyEvent   = "event"   // an exit of the journey
	WhySegment = "segment" // an exit of the journey
	WhyConsent = "consent" // was taken back
	WhyGone    = "gone"    // no longer in the pool
	WhyMerged  = "merged"  // turned out to be another who walks
	WhyEnded   = "ended"   // the whole journey was
	WhyRemoved = "removed" // taken out by hand
	WhyMapped  = "mapped"  // the new version has no place for them
)

// How people came in.
const (
	FromSegment = "segment"
	FromEvent   = "event"
	FromDate    = "date"
	FromHand    = "hand"
	FromAPI     = "api"
	FromJourney = "journey"
)

// Service is the module.
type Service struct {
	db     *db.DB
	log    *timeline.Log
	now    clock.Clock
	logger *slog.Logger
	Ports

	o     Options
	newID func(prefix string) string
	bell  chan struct{}
	mu    sync.Mutex
	specs map[string]*edition // published versions never change
}

// Options change how the engine works; the zero value is right for a server.
type Options struct {
	Batch int // walks in one transaction; 0: 1,000
	// Walked runs after each batch; for tests that stop in the middle.
	Walked func() error
	// Planned runs when it is known how far those of a batch would walk, before any of
	// it is written; for tests of what happens in between.
	Planned func()
}

// New returns the module.
func New(d *db.DB, log *timeline.Log, now clock.Clock, logger *slog.Logger, p Ports, o Options) *Service {
	if o.Batch == 0 {
		o.Batch = 1000
	}
	return &Service{db: d, log: log, now: now, logger: logger, Ports: p, o: o, newID: ids.New, bell: make(chan struct{}, 1), specs: map[string]*edition{}}
}

func actor(ctx context.Context) access.Actor {
	a, _ := access.From(ctx)
	return a
}

func (s *Service) micros() int64 { return clock.Micros(s.now()) }

// ring wakes the engine of this node.
func (s *Service) ring() {
	select {
	case s.bell <- struct{}{}:
	default: // awake already
	}
}

var (
	errNoJourney = errs.NotFound(i18n.T("这个旅程", "journey"))
	errNoVersion = errs.NotFound(i18n.T("这个版本", "version"))
	errNoRun     = errs.NotFound(i18n.T("这条行走记录", "walk"))
	errNoPerson  = errs.NotFound(i18n.T("这位客户", "person"))
	errTaken     = errs.Unavailable(i18n.T("有人正在走，请再试一次", "Somebody is walking just now; try again"), nil)
	errMoved     = errs.Conflict(i18n.T("别人刚改过，请重新打开", "Somebody has changed it meanwhile; open it again"))
)
