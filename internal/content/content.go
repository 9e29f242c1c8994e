package content

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
	"fishpond/internal/platform/pinyin"
	"fishpond/internal/platform/plaintext"
	"fishpond/internal/platform/wake"
	"fishpond/internal/timeline"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "content", FS: migrations}

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: "content.read", Module: "content", Text: i18n.T("查看素材、公文包与阅读效果", "See materials, briefcases and what came of them"),
		Roles: []string{"owner", "operator", "associate", "finance", "viewer"}},
	{Key: "content.use", Module: "content", Text: i18n.T("生成雷达链接、发送素材", "Make radar links and send materials"),
		Roles: []string{"owner", "operator", "associate"}},
	{Key: "content.write", Module: "content", Text: i18n.T("上传、修改、删除素材与公文包", "Upload, change and delete materials and briefcases"),
		Roles: []string{"owner", "operator"}},
}

// Config is what the module must know of the installation.
type Config struct {
	BaseURL    string // under which people reach the public pages, without a slash at its end
	TrustProxy bool   // take the caller's address from X-Forwarded-For
}

// Service is the module.
type Service struct {
	db      *db.DB
	log     *timeline.Log
	now     clock.Clock
	slog    *slog.Logger
	config  Config
	limits  limit.Counts
	streams wake.Wakers
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
	noSuchFolder    = errs.NotFound(i18n.T("这个文件夹", "folder"))
	noSuchMaterial  = errs.NotFound(i18n.T("这份素材", "material"))
	noSuchFile      = errs.NotFound(i18n.T("这个文件", "file"))
	noSuchBriefcase = errs.NotFound(i18n.T("这个公文包", "briefcase"))
	noSuchLink      = errs.NotFound(i18n.T("这条雷达链接", "radar link"))
	noSuchPerson    = errs.NotFound(i18n.T("这位客户", "person"))
	movedOn         = errs.Conflict(i18n.T("别人刚刚改过，请刷新后再改", "Somebody else has just changed this; reload it and try again"))
	expired         = errs.Conflict(i18n.T("这份内容已过期，不能再发送；请先延长有效期", "This has expired and cannot be sent any more; extend it first"))
)

// slug is an unguessable part of an address: 80 random bits.
func slug() string {
	const letters = "abcdefghijkmnpqrstuvwxyz23456789" // 32, without l, o, 0 and 1
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("content: no randomness: " + err.Error()) // the system cannot run safely without it
	}
	for i := range b {
		b[i] = letters[b[i]%32]
	}
	return string(b[:])
}

func actorOf(ctx context.Context) access.Actor {
	a, _ := access.From(ctx)
	return a
}

func (s *Service) micros() int64 { return clock.Micros(s.now()) }

// maxTitle is how many characters a title may have.
const maxTitle = 100

// titleOf is a title as it is kept, and what is wrong with it.
func titleOf(path, title string) (string, error) {
	title = plaintext.Line(title, 10*maxTitle)
	switch {
	case title == "":
		return "", errs.InvalidField(path, i18n.T("请填写标题", "Write a title"))
	case utf8.RuneCountInString(title) > maxTitle:
		return "", errs.InvalidField(path, i18n.T("标题最多 %d 个字", "A title may have %d characters at most", maxTitle))
	}
	return title, nil
}

// keysOf is what is searched for a title and some words more.
func keysOf(title, more string) string {
	return plaintext.Cut(plaintext.Fold(title)+" "+pinyin.Keys(title)+" "+plaintext.Fold(plaintext.Line(more, 300)), 2000)
}

// like is the pattern of a part of a text.
func like(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(plaintext.Fold(part)) + "%"
}
