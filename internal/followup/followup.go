package followup

import (
	"context"
	"database/sql"
	"embed"
	"log/slog"
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
var Migration = db.Migration{Module: "followup", FS: migrations}

const (
	mayRead  = "followup.read"
	mayWrite = "followup.write"
	mayTeam  = "followup.team"
	maySet   = "followup.settings"
)

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: mayRead, Module: "followup", Text: i18n.T("查看自己的今日名单", "See their own list of the day"), Roles: []string{"owner", "operator", "associate"}},
	{Key: mayWrite, Module: "followup", Text: i18n.T("处理名单上的客户、记下承诺", "Attend to people on the list and note promises"), Roles: []string{"owner", "operator", "associate"}},
	{Key: mayTeam, Module: "followup", Text: i18n.T("查看团队的名单、覆盖与结果，改派客户", "See the lists, coverage and results of the team, and give people to somebody else"), Roles: []string{"owner", "operator"}},
	{Key: maySet, Module: "followup", Text: i18n.T("修改今日名单的规则与设置", "Change the rules and settings of the lists"), Roles: []string{"owner", "operator"}},
}

// Service is the module.
type Service struct {
	db     *db.DB
	log    *timeline.Log
	now    clock.Clock
	logger *slog.Logger
	Ports

	poll  time.Duration
	chunk int // persons that are read at a time
	// between runs after a build has gathered and before it writes; for tests.
	between func()
}

// New returns the module.
func New(d *db.DB, log *timeline.Log, now clock.Clock, logger *slog.Logger, p Ports) *Service {
	return &Service{db: d, log: log, now: now, logger: logger, Ports: p, poll: 20 * time.Second, chunk: 5000}
}

func actor(ctx context.Context) access.Actor {
	a, _ := access.From(ctx)
	return a
}

// lock makes the caller the only one who changes the org's lists until its
// transaction ends, and sees to it that the org has settings and rules. On
// SQLite there is one writer.
func (s *Service) lock(ctx context.Context, tx *db.Tx, orgID string) error {
	if err := s.found(ctx, tx, orgID); err != nil {
		return err
	}
	if tx.Engine() != db.Postgres {
		return nil
	}
	var one int
	return tx.QueryRow(ctx, "SELECT 1 FROM followup_org WHERE org_id = ? FOR UPDATE", orgID).Scan(&one)
}

// found makes the settings and built-in rules of an org that has none yet.
func (s *Service) found(ctx context.Context, tx *db.Tx, orgID string) error {
	d := defaultSettings
	n, err := tx.Changed(ctx, `INSERT INTO followup_org (org_id, build_minute, staff_cap, credit_days, updated_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (org_id) DO NOTHING`,
		orgID, d.minute(), d.Cap, d.CreditDays, clock.Micros(s.now()))
	if err != nil || n == 0 {
		return err
	}
	for i, b := range builtins {
		r := b.rule
		r.Builtin, r.Position = b.key, i+1
		if err := s.insertRule(ctx, tx, orgID, &r, builtinID(b.key)); err != nil {
			return err
		}
	}
	return nil
}

// ready founds an org outside of a transaction, for those who only read.
func (s *Service) ready(ctx context.Context, orgID string) error {
	var there bool
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM followup_org WHERE org_id = ?)", orgID).Scan(&there)
	})
	if err != nil || there {
		return err
	}
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error { return s.found(ctx, tx, orgID) })
}

// Settings are when and how long lists are.
type Settings struct {
	BuildAt    string `json:"build_at" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"HH:MM in the org's time zone: lists are made then" example:"07:00"`
	Cap        int    `json:"cap" minimum:"1" maximum:"500" doc:"People on one list; who is beyond is counted"`
	CreditDays int    `json:"credit_days" minimum:"1" maximum:"60" doc:"An order up to so many days after somebody was listed counts as the list's result"`
}

var defaultSettings = Settings{BuildAt: "07:00", Cap: 50, CreditDays: 7}

func (s Settings) minute() int {
	t, err := time.Parse("15:04", s.BuildAt)
	if err != nil {
		return 7 * 60
	}
	return t.Hour()*60 + t.Minute()
}

func settingsOf(ctx context.Context, tx *db.Tx, orgID string) (Settings, error) {
	var minute int
	s := defaultSettings
	err := tx.QueryRow(ctx, "SELECT build_minute, staff_cap, credit_days FROM followup_org WHERE org_id = ?", orgID).Scan(&minute, &s.Cap, &s.CreditDays)
	if db.IsNoRows(err) {
		return s, nil
	}
	s.BuildAt = time.Date(0, 1, 1, minute/60, minute%60, 0, 0, time.UTC).Format("15:04")
	return s, err
}

// Settings returns those of the actor's org.
func (s *Service) Settings(ctx context.Context) (out Settings, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out, err = settingsOf(ctx, tx, a.OrgID)
		return err
	})
	return out, err
}

// PutSettings changes those of the actor's org. They count from the next
// lists on.
func (s *Service) PutSettings(ctx context.Context, in Settings) (Settings, error) {
	a := actor(ctx)
	err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE followup_org SET build_minute = ?, staff_cap = ?, credit_days = ?, updated_at = ? WHERE org_id = ?",
			in.minute(), in.Cap, in.CreditDays, clock.Micros(s.now()), a.OrgID); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "followup.settings", "settings", "today", in)
	})
	return in, err
}

// strings1 reads one text column.
func strings1(ctx context.Context, tx *db.Tx, query string, args ...any) (out []string, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var s string
		err := rows.Scan(&s)
		out = append(out, s)
		return err
	}, query, args...)
}

var (
	errNoItem    = errs.NotFound(i18n.T("名单上的这一项", "item on a list"))
	errNoRule    = errs.NotFound(i18n.T("这条规则", "rule"))
	errNoPromise = errs.NotFound(i18n.T("这个约定", "promise"))
	errNoPerson  = errs.NotFound(i18n.T("这位客户", "person"))
	errNoStaff   = errs.NotFound(i18n.T("这位员工", "member of staff"))
)

// Able lists the roles that may attend to people on lists.
func Able() []string {
	for _, p := range Permissions {
		if p.Key == mayWrite {
			return p.Roles
		}
	}
	return nil
}
