package survey

import (
	"context"
	"crypto/rand"
	"embed"
	"log/slog"
	"strings"
	"unicode/utf8"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/limit"
	"fishpond/internal/platform/plaintext"
	"fishpond/internal/timeline"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "survey", FS: migrations}

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: "survey.read", Module: "survey", Text: i18n.T("查看问卷与回答", "See surveys and their answers"),
		Roles: []string{"owner", "operator", "associate", "finance", "viewer"}},
	{Key: "survey.share", Module: "survey", Text: i18n.T("给客户生成专属问卷链接", "Make personal survey links for customers"),
		Roles: []string{"owner", "operator", "associate"}},
	{Key: "survey.write", Module: "survey", Text: i18n.T("制作、发布问卷，导出与删除回答", "Make and publish surveys, export and delete answers"),
		Roles: []string{"owner", "operator"}},
}

// Config is what the module must know of the installation.
type Config struct {
	BaseURL    string // under which people reach the public pages, without a slash at its end
	TrustProxy bool   // take the caller's address from X-Forwarded-For
}

// Service is the module.
type Service struct {
	db     *db.DB
	log    *timeline.Log
	now    clock.Clock
	slog   *slog.Logger
	config Config
	limits limit.Counts
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

var (
	noSuchSurvey   = errs.NotFound(i18n.T("这份问卷", "survey"))
	noSuchResponse = errs.NotFound(i18n.T("这份回答", "response"))
	movedOn        = errs.Conflict(i18n.T("别人刚刚改过这份问卷，请刷新后再改", "Somebody else has just changed this survey; reload it and try again"))
)

// slug is an unguessable part of an address: 80 random bits.
func slug() string {
	const letters = "abcdefghijkmnpqrstuvwxyz23456789" // 32, without l, o, 0 and 1
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("survey: no randomness: " + err.Error()) // the system cannot run safely without it
	}
	for i := range b {
		b[i] = letters[b[i]%32]
	}
	return string(b[:])
}

// orgOf is the org of whoever acts in ctx.
func orgOf(ctx context.Context) string {
	a, _ := access.From(ctx)
	return a.OrgID
}

// line is tidy text of one line.
func line(s string) string { return strings.Join(strings.Fields(plaintext.Tidy(s)), " ") }

// short is a line of at most n characters and the sign that there was more.
func short(s string, n int) string {
	s = line(s)
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}
