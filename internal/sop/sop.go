package sop

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
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "sop", FS: migrations}

const (
	mayRead  = "sop.read"
	mayWrite = "sop.write"
	mayRun   = "sop.run"
	mayToday = "sop.today"
)

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: mayRead, Module: "sop", Text: i18n.T("查看 SOP 及其进展", "See SOPs and how far they are"), Roles: []string{"owner", "operator", "viewer"}},
	{Key: mayWrite, Module: "sop", Text: i18n.T("编写 SOP", "Write SOPs"), Roles: []string{"owner", "operator"}},
	{Key: mayRun, Module: "sop", Text: i18n.T("启用、暂停、停止 SOP，加入和移出客户与群", "Publish, pause and stop SOPs, put people and groups in and take them out"), Roles: []string{"owner", "operator"}},
	{Key: mayToday, Module: "sop", Text: i18n.T("查看自己今天要为 SOP 做的事", "See what SOPs ask of oneself today"), Roles: []string{"owner", "operator", "associate"}},
}

// Whom a series is for.
const (
	Person = "person"
	Group  = "group"
)

// The states of a series.
const (
	Draft   = "draft"
	Live    = "live"
	Paused  = "paused"
	Stopped = "stopped"
)

// The states of an enrolment.
const (
	Active = "active"
	Done   = "done"
	Ended  = "ended"
)

// Why an enrolment ended before its last step.
const (
	WhyReplied   = "replied"
	WhyOrdered   = "ordered"
	WhySegment   = "left_segment"
	WhyFriend    = "unfriended"
	WhyConsent   = "consent"
	WhyGone      = "gone"      // no longer in the pool, by erasure
	WhyMerged    = "merged"    // turned out to be another who is in it
	WhyDismissed = "dismissed" // the group is gone
	WhyStopped   = "stopped"   // the whole series
	WhyRemoved   = "removed"   // taken out by hand
)

// What became of a step.
const (
	Given   = "given"   // handed to the outbox, which knows the rest
	Asked   = "asked"   // a group's owner is asked to send it
	Tasked  = "tasked"  // on an associate's list
	Skipped = "skipped" // with the reason
)

// Why a step was skipped.
const (
	WhyBefore  = "before"   // its time was past when they came in
	WhyLate    = "late"     // nobody looked for longer than the series allows
	WhyOrder   = "order"    // the message before it was not settled in time
	WhyNoStaff = "no_staff" // there is nobody who could do it
	WhyContent = "content"  // it could not be made
)

// Purposes of messages.
const (
	Marketing = "marketing"
	Care      = "service"
)

// Service is the module.
type Service struct {
	db     *db.DB
	now    clock.Clock
	logger *slog.Logger
	Ports

	batch int // enrolments in one transaction
	mu    sync.Mutex
	specs map[string]*edition // published versions never change
	// decided runs after each batch; for tests that stop in the middle.
	decided func() error
}

// New returns the module.
func New(d *db.DB, now clock.Clock, logger *slog.Logger, p Ports) *Service {
	return &Service{db: d, now: now, logger: logger, Ports: p, batch: 200, specs: map[string]*edition{}}
}

func actor(ctx context.Context) access.Actor {
	a, _ := access.From(ctx)
	return a
}

func (s *Service) micros() int64 { return clock.Micros(s.now()) }

var (
	errNoSOP       = errs.NotFound(i18n.T("这个 SOP", "SOP"))
	errNoEnrolment = errs.NotFound(i18n.T("这条加入记录", "enrolment"))
	errMoved       = errs.Conflict(i18n.T("别人刚改过，请重新打开", "Somebody has changed it meanwhile; open it again"))
)
