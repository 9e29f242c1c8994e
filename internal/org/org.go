package org

import (
	"context"
	"embed"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "org", FS: migrations}

// Options are the service's surroundings.
type Options struct {
	BaseURL       string              // where people reach the console, e.g. https://pool.example; begins links
	Sealer        Sealer              // keeps OpenID Connect client secrets; nil refuses to store them
	Permissions   []access.Permission // all modules' permissions, this one's included
	SecureCookies bool                // cookies over https only
	// Changed, when set, is called in the transaction that changes an org's
	// settings, for those who keep something that depends on them.
	Changed func(ctx context.Context, tx *db.Tx, orgID string) error
}

// Service is the module. It is safe for concurrent use.
type Service struct {
	db          *db.DB
	log         *slog.Logger
	now         clock.Clock
	baseURL     string
	sealer      Sealer
	permissions []access.Permission
	roles       map[string][]string // role → sorted permission keys
	secure      bool
	changed     func(ctx context.Context, tx *db.Tx, orgID string) error

	hash    *hasher
	limits  *limits
	auth    *authCache
	loading singleflight.Group
	oidc    *providers
	members Members  // nil: nobody signs in through a platform
	zones   sync.Map // name → *time.Location; only names that were validated

	orgIDs orgIDCache
}

// New returns the service over a migrated database.
func New(d *db.DB, log *slog.Logger, now clock.Clock, opts Options) *Service {
	if opts.Changed == nil {
		opts.Changed = func(context.Context, *db.Tx, string) error { return nil }
	}
	return &Service{
		db: d, log: log, now: now, changed: opts.Changed,
		baseURL: strings.TrimRight(opts.BaseURL, "/"), sealer: opts.Sealer, secure: opts.SecureCookies,
		permissions: opts.Permissions, roles: rolePermissions(opts.Permissions),
		hash: newHasher(), limits: newLimits(), auth: newAuthCache(), oidc: newProviders(),
	}
}

// SetMembers connects who asks platforms for their members, when it is made
// after the service. Call it before serving.
func (s *Service) SetMembers(m Members) { s.members = m }

// Org is a brand, the tenant that every row belongs to.
type Org struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	TimeZone  string    `json:"time_zone" doc:"IANA name: days and months of reports begin there" example:"Asia/Shanghai"`
	Currency  string    `json:"currency" doc:"ISO 4217" example:"CNY"`
	Locale    string    `json:"locale" enum:"zh-CN,en"`
	Synthetic bool      `json:"synthetic" doc:"Its data is made up, for a demo"`
	CreatedAt time.Time `json:"created_at"`
}

// NewOrg is an org to be made. Empty TimeZone, Currency and Locale are
// Asia/Shanghai, CNY and zh-CN. Without OwnerEmail the org has no owner yet
// (see OwnerLink); without OwnerPassword the owner is invited only.
type NewOrg struct {
	Name          string
	TimeZone      string
	Currency      string
	Locale        string
	Synthetic     bool
	OwnerName     string
	OwnerEmail    string
	OwnerPassword string
}

// CreateOrg makes an org and, when given, its owner. A name that another org
// of the installation has is a conflict.
func (s *Service) CreateOrg(ctx context.Context, n NewOrg) (Org, Staff, error) {
	o, owner, err := s.prepareOrg(ctx, n)
	if err != nil {
		return Org{}, Staff{}, err
	}
	err = s.db.Write(ctx, o.ID, func(tx *db.Tx) error { return s.storeOrg(ctx, tx, o, owner) })
	if err != nil {
		return Org{}, Staff{}, err
	}
	if owner == nil {
		return o, Staff{}, nil
	}
	return o, owner.Staff, nil
}

// prepareOrg checks the input and hashes the password: all that should not
// happen inside a transaction. The owner is nil when there is none.
func (s *Service) prepareOrg(ctx context.Context, n NewOrg) (Org, *staffRow, error) {
	now := s.now()
	o := Org{ID: ids.New("org"), Synthetic: n.Synthetic, CreatedAt: now.Truncate(time.Microsecond)}
	var err error
	if o.Name, err = cleanName(n.Name); err != nil {
		return Org{}, nil, errs.InvalidField("body.org_name", errs.As(err).Text)
	}
	if o, err = withSettings(o, OrgPatch{TimeZone: orDefault(n.TimeZone, "Asia/Shanghai"),
		Currency: orDefault(n.Currency, "CNY"), Locale: orDefault(n.Locale, string(i18n.ZH))}); err != nil {
		return Org{}, nil, err
	}
	if n.OwnerEmail == "" {
		return o, nil, nil
	}
	owner, err := s.newStaffRow(o.ID, n.OwnerName, n.OwnerEmail, RoleOwner, o.Locale)
	if err != nil || n.OwnerPassword == "" {
		return o, owner, err
	}
	if err := checkPassword("body.password", n.OwnerPassword, owner.Email, owner.Name, o.Name); err != nil {
		return Org{}, nil, err
	}
	owner.Password, err = s.hash.hash(ctx, n.OwnerPassword)
	owner.Status = StatusActive
	return o, owner, err
}

func orDefault(v, otherwise string) *string {
	if v == "" {
		return &otherwise
	}
	return &v
}

var errNameTaken = errs.Conflict(i18n.T("已有同名的企业，请换一个名称", "Another org has this name; choose a different one"))

func (s *Service) storeOrg(ctx context.Context, tx *db.Tx, o Org, owner *staffRow) error {
	if err := insertOrg(ctx, tx, o); err != nil {
		if db.IsUnique(err) {
			return errNameTaken
		}
		return err
	}
	if err := s.auditIn(ctx, tx, o.ID, "org.created", "org", o.ID, map[string]any{"name": o.Name, "synthetic": o.Synthetic}); err != nil {
		return err
	}
	if owner != nil {
		if err := insertStaff(ctx, tx, owner); err != nil {
			return err
		}
		if err := s.auditIn(ctx, tx, o.ID, "staff.created", "staff", owner.ID, map[string]any{"role": owner.Role}); err != nil {
			return err
		}
	}
	tx.OnCommit(s.orgIDs.forget)
	return nil
}

var orgThing = i18n.T("企业", "org")

// Org returns an org by id.
func (s *Service) Org(ctx context.Context, orgID string) (Org, error) {
	var o Org
	err := s.db.Read(ctx, nonEmpty(orgID), func(tx *db.Tx) (err error) {
		o, err = orgByID(ctx, tx, orgID)
		return err
	})
	return o, err
}

// FindOrg returns the org with this id or, ignoring case and space at the
// ends, this name.
func (s *Service) FindOrg(ctx context.Context, nameOrID string) (Org, error) {
	var o Org
	err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) (err error) {
		if o, err = orgByID(ctx, tx, nameOrID); errs.Is(err, errs.CodeNotFound) {
			o, err = orgByName(ctx, tx, nameOrID)
		}
		return err
	})
	return o, err
}

// UpdateOrg changes the actor's org.
func (s *Service) UpdateOrg(ctx context.Context, p OrgPatch) (Org, error) {
	actor, err := actorOf(ctx)
	if err != nil {
		return Org{}, err
	}
	var o Org
	err = s.db.Write(ctx, actor.OrgID, func(tx *db.Tx) error {
		before, err := orgByID(ctx, tx, actor.OrgID)
		if err != nil {
			return err
		}
		if o, err = withSettings(before, p); err != nil || o == before {
			return err
		}
		if err := updateOrg(ctx, tx, o, s.now()); err != nil {
			if db.IsUnique(err) {
				return errNameTaken
			}
			return err
		}
		if err := s.changed(ctx, tx, o.ID); err != nil {
			return err
		}
		return s.Audit(ctx, tx, "org.updated", "org", o.ID, changes(
			change{"name", before.Name, o.Name}, change{"time_zone", before.TimeZone, o.TimeZone},
			change{"currency", before.Currency, o.Currency}, change{"locale", before.Locale, o.Locale}))
	})
	return o, err
}

// nonEmpty keeps an empty org id from being an error of the caller's: it
// matches nothing instead.
func nonEmpty(orgID string) string {
	if orgID == "" || orgID == db.AllOrgs {
		return "-"
	}
	return orgID
}

// actorOf is the signed-in actor, or an error where there is none.
func actorOf(ctx context.Context) (access.Actor, error) {
	a, ok := access.From(ctx)
	if !ok || a.OrgID == "" {
		return access.Actor{}, errs.Unauthenticated(i18n.T("请先登录", "Please sign in"))
	}
	return a, nil
}

// person is actorOf for what no API key may do: whatever could hand out more
// than the key itself holds.
func person(ctx context.Context) (access.Actor, error) {
	a, err := actorOf(ctx)
	if err == nil && a.Kind != access.Staff {
		return a, errs.Forbidden(i18n.T("这项操作只能由员工登录后进行，不能使用 API 密钥", "Only a signed-in member of staff can do this, not an API key"))
	}
	return a, err
}

// orgIDCache keeps the ids of all orgs for at most orgIDsFor.
type orgIDCache struct {
	mu  sync.Mutex
	ids []string
	at  time.Time
	gen int
}

const orgIDsFor = time.Second

func (c *orgIDCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids, c.at = nil, time.Time{}
	c.gen++
}

// OrgIDs lists the ids of all orgs, oldest first, at most a second old and
// never older than the last CreateOrg of this node.
func (s *Service) OrgIDs(ctx context.Context) ([]string, error) {
	c := &s.orgIDs
	c.mu.Lock()
	gen, now := c.gen, s.now()
	if age := now.Sub(c.at); !c.at.IsZero() && age >= 0 && age < orgIDsFor {
		defer c.mu.Unlock()
		return append([]string(nil), c.ids...), nil
	}
	c.mu.Unlock()
	var all []string
	err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) (err error) {
		all, err = orgIDs(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gen == gen { // else an org was made while we read
		c.ids, c.at = all, now
	}
	return append([]string(nil), all...), nil
}
