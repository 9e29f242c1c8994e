package care

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/timeline"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "care", FS: migrations}

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: mayRead, Module: "care", Text: i18n.T("查看敏感词、案件和收付款统计", "See sensitive words, cases and money"), Roles: []string{"owner", "operator"}},
	{Key: mayHandle, Module: "care", Text: i18n.T("处理案件和投诉，查看被遮挡的内容（留痕）", "Handle cases and complaints, and see what is masked (audited)"), Roles: []string{"owner", "operator"}},
	{Key: mayArchive, Module: "care", Text: i18n.T("查看会话存档（每次查看都留痕）", "Read the session archive (each look is audited)"), Roles: []string{"owner"}},
	{Key: maySettle, Module: "care", Text: i18n.T("维护敏感词和存档、关怀设置", "Keep sensitive words and the settings of archive and care"), Roles: []string{"owner", "operator"}},
	{Key: maySeek, Module: "care", Text: i18n.T("查看流失好友（导购只看自己的客户）", "See contacts that have gone (associates: their own customers)"), Roles: []string{"owner", "operator", "associate"}},
}

const (
	mayRead    = "care.read"
	mayHandle  = "care.handle"
	mayArchive = "care.archive"
	maySettle  = "care.settings"
	maySeek    = "care.zombies"
)

// Handlers are the roles that may handle cases.
func Handlers() []string {
	i := slices.IndexFunc(Permissions, func(p access.Permission) bool { return p.Key == mayHandle })
	return Permissions[i].Roles
}

// Service is the module.
type Service struct {
	db     *db.DB
	log    *timeline.Log
	now    clock.Clock
	logger *slog.Logger
	Ports
	client *http.Client // to the sidecar
	words  shelf
	pull   sync.Mutex // one pull at a time in this process
	base   atomic.Pointer[string]
}

// New returns the module. Run must be called for the archive to be taken and
// for words that another node changed to be noticed.
func New(d *db.DB, log *timeline.Log, now clock.Clock, logger *slog.Logger, ports Ports) *Service {
	return &Service{db: d, log: log, now: now, logger: logger, Ports: ports, client: sidecarClient()}
}

func (s *Service) micros() int64 { return clock.Micros(s.now()) }

func actor(ctx context.Context) access.Actor {
	a, _ := access.From(ctx)
	return a
}

// How often Run does what comes round.
const (
	wordsEvery   = time.Second
	archiveEvery = 5 * time.Second
	cleanEvery   = time.Hour
)

// Run notices words that other nodes have changed, takes the archive, tells
// handlers of new cases and deletes what is past its time, for all orgs, until
// ctx ends.
func (s *Service) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, r := range []struct {
		every time.Duration
		work  func(context.Context) error
	}{{wordsEvery, s.Refresh}, {archiveEvery, s.PullAll}, {alertEvery, s.AlertAll}, {cleanEvery, s.CleanAll}} {
		wg.Go(func() { s.round(ctx, r.every, r.work) })
	}
	wg.Wait()
}

func (s *Service) round(ctx context.Context, every time.Duration, work func(context.Context) error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			s.logger.ErrorContext(ctx, "care work failed, will try again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
