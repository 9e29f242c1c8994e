package pool

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
var Migration = db.Migration{Module: "pool", FS: migrations}

// Permissions are what roles may do in the pool.
var Permissions = []access.Permission{
	{Key: "pool.read", Module: "pool", Text: i18n.T("查看客户", "See customers"), Roles: []string{"owner", "operator", "associate", "finance", "viewer"}},
	{Key: "pool.write", Module: "pool", Text: i18n.T("新建和修改客户、标签、备注、授权", "Create and change customers, their tags, notes and consent"), Roles: []string{"owner", "operator", "associate"}},
	{Key: "pool.reveal", Module: "pool", Text: i18n.T("查看完整手机号、邮箱等身份", "See phone numbers, addresses and ids in full"), Roles: []string{"owner", "operator", "associate"}},
	{Key: "pool.export", Module: "pool", Text: i18n.T("导出客户", "Export customers"), Roles: []string{"owner", "operator"}},
	{Key: "pool.merge", Module: "pool", Text: i18n.T("合并与拆分客户", "Merge and split customers"), Roles: []string{"owner", "operator"}},
	{Key: "pool.settings", Module: "pool", Text: i18n.T("管理标签与属性的定义", "Manage the definitions of tags and traits"), Roles: []string{"owner", "operator"}},
	{Key: "pool.track", Module: "pool", Text: i18n.T("上报事件", "Record events"), Roles: []string{"owner", "operator"}},
}

// Service is the pool.
type Service struct {
	db    *db.DB
	log   *timeline.Log
	orgs  Orgs
	audit Auditor
	now   clock.Clock
	slog  *slog.Logger
	most  int64 // how far lists count exactly
}

// New returns the pool on top of d.
func New(d *db.DB, log *timeline.Log, orgs Orgs, audit Auditor, now clock.Clock, logger *slog.Logger) *Service {
	return &Service{db: d, log: log, orgs: orgs, audit: audit, now: now, slog: logger, most: maxCount}
}

// errNoPerson is the answer for unknown, foreign and invisible persons alike.
func errNoPerson() error { return errs.NotFound(i18n.T("这位客户", "person")) }

func required(path string) error {
	return errs.InvalidField(path, i18n.T("不能为空", "This is needed"))
}

// lock makes the caller the only one who changes persons, identities or
// merges of the org until its transaction ends. Take it before the first
// write to those tables. The counter's row serves: who makes persons must
// hold it anyway, so that seq has no gaps. On SQLite there is one writer.
func (s *Service) lock(ctx context.Context, tx *db.Tx, orgID string) error {
	if tx.Engine() != db.Postgres {
		return nil
	}
	if _, err := tx.Exec(ctx, "INSERT INTO pool_counter (org_id, next_seq) VALUES (?, 1) ON CONFLICT (org_id) DO NOTHING", orgID); err != nil {
		return err
	}
	var n int64
	return tx.QueryRow(ctx, "SELECT next_seq FROM pool_counter WHERE org_id = ? FOR UPDATE", orgID).Scan(&n)
}

// Members finds who speaks for a person and all ids that they speak for,
// themselves first. An unknown id is errs.CodeNotFound.
func (s *Service) Members(ctx context.Context, tx *db.Tx, orgID, personID string) (canonical string, members []string, err error) {
	err = tx.QueryRow(ctx, "SELECT canonical_id FROM pool_person WHERE org_id = ? AND person_id = ?", orgID, personID).Scan(&canonical)
	if db.IsNoRows(err) {
		return "", nil, errNoPerson()
	}
	if err != nil {
		return "", nil, err
	}
	members = []string{canonical}
	return canonical, members, tx.Each(ctx, func(r *sql.Rows) error {
		var id string
		if err := r.Scan(&id); err != nil {
			return err
		}
		members = append(members, id)
		return nil
	}, "SELECT person_id FROM pool_person WHERE org_id = ? AND canonical_id = ? AND is_canonical = 0 ORDER BY seq", orgID, canonical)
}

// Visible reports whether whoever acts in ctx may see a person: somebody who
// sees only the customers that they own sees nobody else, and no one sees
// another org's. An unknown person is not visible.
func (s *Service) Visible(ctx context.Context, tx *db.Tx, orgID, personID string) (bool, error) {
	a, ok := access.From(ctx)
	if !ok || a.OrgID != orgID {
		return false, nil
	}
	_, _, err := s.visible(ctx, tx, a, personID)
	if errs.Is(err, errs.CodeNotFound) {
		return false, nil
	}
	return err == nil, err
}

// visible is Members for somebody who looks: whom they may not see is
// errs.CodeNotFound, as if they were not there.
func (s *Service) visible(ctx context.Context, tx *db.Tx, a access.Actor, personID string) (canonical string, members []string, err error) {
	canonical, members, err = s.Members(ctx, tx, a.OrgID, personID)
	if err != nil || !a.OwnOnly {
		return canonical, members, err
	}
	var owner string
	err = tx.QueryRow(ctx, "SELECT owner_staff_id FROM pool_person WHERE org_id = ? AND person_id = ?", a.OrgID, canonical).Scan(&owner)
	if err == nil && owner != a.ID {
		err = errNoPerson()
	}
	if err != nil {
		return "", nil, err
	}
	return canonical, members, nil
}

// Resolved is whom a contact turned out to be.
type Resolved struct {
	PersonID string // who speaks for them now
	Created  bool   // nobody was known by these identities before, nor by those that the same call tells of them
}

// Contact is what a source knows about somebody at one moment.
type Contact struct {
	Identities   []Identity // at least one
	Name         string     // what is empty stays as it was
	Region       string
	Gender       string         // male, female or other
	Birthday     string         // YYYY-MM-DD
	Traits       map[string]any // declared key → value; nil takes it back
	Tags         []string       // names, added; those that do not exist are made
	SeenAt       time.Time      // when the source met them; zero: now
	Source       string         // import, track, console, wecom, …
	OwnerStaffID string
}

// Identity is a (kind, value) that points to a person, as a source writes it.
type Identity struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}
