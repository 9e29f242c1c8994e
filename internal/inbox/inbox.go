package inbox

import (
	"context"
	"embed"
	"log/slog"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/timeline"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "inbox", FS: migrations}

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: mayRead, Module: "inbox", Text: i18n.T("查看会话与消息", "See conversations and messages"), Roles: []string{"owner", "operator", "associate"}},
	{Key: mayWrite, Module: "inbox", Text: i18n.T("回复客户、写备注、分配和关闭会话", "Answer customers, write notes, assign and resolve conversations"), Roles: []string{"owner", "operator", "associate"}},
	{Key: maySettle, Module: "inbox", Text: i18n.T("设置分配、自动回复和团队快捷回复", "Set up assignment, automatic answers and quick replies for all"), Roles: []string{"owner", "operator"}},
}

const (
	mayRead   = "inbox.read"
	mayWrite  = "inbox.write"
	maySettle = "inbox.settings"
)

// Answering returns the roles that may answer customers.
func Answering() []string {
	return Permissions[slices.IndexFunc(Permissions, func(p access.Permission) bool { return p.Key == mayWrite })].Roles
}

// Service is the module.
type Service struct {
	db     *db.DB
	log    *timeline.Log
	now    clock.Clock
	logger *slog.Logger
	ports  Ports
	hub    hub

	assistant Assistant // nil: there is none
	wake      chan struct{}
	poll      time.Duration // how often streams look for what other nodes changed; tests cannot wait
}

// New returns the module. Run must be called for messages to be sent.
func New(d *db.DB, log *timeline.Log, now clock.Clock, logger *slog.Logger, ports Ports) *Service {
	return &Service{db: d, log: log, now: now, logger: logger, ports: ports, hub: newHub(), wake: make(chan struct{}, 1), poll: streamPoll}
}

func (s *Service) micros() int64 { return clock.Micros(s.now()) }

func actor(ctx context.Context) access.Actor {
	a, _ := access.From(ctx)
	return a
}

// lock lets one transaction at a time change an org's inbox. On SQLite there is
// one writer anyway. An advisory lock writes nothing by itself (see
// timeline.Subscriber.Lock).
func lock(ctx context.Context, tx *db.Tx, orgID string) error {
	if tx.Engine() == db.SQLite {
		return nil
	}
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", "inbox "+orgID)
	return err
}

func noConversation() error { return errs.NotFound(i18n.T("这个会话", "conversation")) }
