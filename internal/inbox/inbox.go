package inbox

import (
	"context"
	"embed"
	"encoding/json"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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

// Service is the module.
type Service struct {
	db     *db.DB
	log    *timeline.Log
	now    clock.Clock
	logger *slog.Logger
	ports  Ports
	hub    hub
	wake   chan struct{}
	poll   time.Duration // how often streams look for what other nodes changed; tests cannot wait
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

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// tidy makes hostile text fit to be kept and shown: valid UTF-8 without control
// characters and without those that turn the text around. Lines stay.
func tidy(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == utf8.RuneError {
			return -1
		}
		return r
	}, s))
}

// line is tidy text of one line with at most so many characters.
func line(s string, most int) string {
	s = strings.Join(strings.Fields(tidy(s)), " ")
	if utf8.RuneCountInString(s) > most {
		return string([]rune(s)[:most])
	}
	return s
}

// cut shortens s to so many bytes without breaking a character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// jsonOf writes what always can be: lists of texts and numbers, plain structs.
func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("inbox: " + err.Error())
	}
	return string(b)
}
