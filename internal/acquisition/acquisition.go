package acquisition

import (
	"context"
	"embed"
	"log/slog"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/limit"
	"fishpond/internal/platform/plaintext"
	"fishpond/internal/platform/wake"
	"fishpond/internal/timeline"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "acquisition", FS: migrations}

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: "acquisition.read", Module: "acquisition", Text: i18n.T("查看渠道、活码、链接与到达记录", "See channels, live codes, links and arrivals"),
		Roles: []string{"owner", "operator", "associate", "finance", "viewer"}},
	{Key: "acquisition.write", Module: "acquisition", Text: i18n.T("管理渠道、费用、活码、链接、卡片与表单", "Manage channels, costs, live codes, links, cards and forms"),
		Roles: []string{"owner", "operator"}},
	{Key: "acquisition.report", Module: "acquisition", Text: i18n.T("查看渠道费用与归因报表", "See costs of channels and the attribution report"),
		Roles: []string{"owner", "operator", "finance", "viewer"}},
	{Key: "acquisition.share", Module: "acquisition", Text: i18n.T("制作自己的名片、活码和链接", "Make one's own business card, code and link"),
		Roles: []string{"owner", "operator", "associate"}},
	{Key: "acquisition.redeem", Module: "acquisition", Text: i18n.T("核对客户出示的奖励凭证", "Confirm the receipts of rewards that customers show"),
		Roles: []string{"owner", "operator", "associate"}},
}

// Config is what the module must know of the installation.
type Config struct {
	BaseURL    string // under which people reach the public pages, without a slash at its end
	TrustProxy bool   // take the caller's address from X-Forwarded-For
}

// Service is the module.
type Service struct {
	db         *db.DB
	log        *timeline.Log
	now        clock.Clock
	slog       *slog.Logger
	config     Config
	cubes      cubes
	limits     limit.Counts
	streams    wake.Wakers
	streamPoll time.Duration // 0: as usual; tests cannot wait
	Ports
}

// New returns the module.
func New(d *db.DB, log *timeline.Log, now clock.Clock, logger *slog.Logger, ports Ports, config Config) *Service {
	config.BaseURL = strings.TrimSuffix(config.BaseURL, "/")
	return &Service{db: d, log: log, now: now, slog: logger, config: config, Ports: ports}
}

// SetBaseURL says under which address people reach the public pages, once that
// is known. Call it before requests come.
func (s *Service) SetBaseURL(url string) { s.config.BaseURL = strings.TrimSuffix(url, "/") }

// orgOf is the org of whoever acts in ctx.
func orgOf(ctx context.Context) string {
	a, _ := access.From(ctx)
	return a.OrgID
}

func required(path string) error {
	return errs.InvalidField(path, i18n.T("不能为空", "This is needed"))
}

// line is tidy text of one line.
func line(s string) string { return strings.Join(strings.Fields(plaintext.Tidy(s)), " ") }
