package campaign

import (
	"context"
	"embed"
	"log/slog"
	"sync"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/limit"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "campaign", FS: migrations}

const (
	mayRead    = "campaign.read"
	mayWrite   = "campaign.write"
	maySend    = "campaign.send"
	mayApprove = "campaign.approve"
	maySet     = "campaign.settings"
	mayRedeem  = "campaign.redeem"
)

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: mayRead, Module: "campaign", Text: i18n.T("查看群发及其效果", "See campaigns and what they brought"), Roles: []string{"owner", "operator", "viewer", "finance"}},
	{Key: mayWrite, Module: "campaign", Text: i18n.T("编写群发", "Write campaigns"), Roles: []string{"owner", "operator"}},
	{Key: maySend, Module: "campaign", Text: i18n.T("提交、暂停、继续和取消群发", "Submit, pause, resume and cancel campaigns"), Roles: []string{"owner", "operator"}},
	{Key: mayApprove, Module: "campaign", Text: i18n.T("批准别人提交的大型群发", "Approve large campaigns that somebody else submitted"), Roles: []string{"owner", "operator"}},
	{Key: mayRedeem, Module: "campaign", Text: i18n.T("核销优惠码", "Redeem coupon codes"), Roles: []string{"owner", "operator"}},
	{Key: maySet, Module: "campaign", Text: i18n.T("修改群发的审批人数和对照组", "Change from which size campaigns need approval, and the control groups"), Roles: []string{"owner"}},
}

// The states of a campaign.
const (
	Draft     = "draft"
	Awaiting  = "awaiting" // a second person
	Planned   = "planned"  // its time has not come, or its people are being planned
	Sending   = "sending"
	Paused    = "paused"
	Done      = "done"
	Cancelled = "cancelled"
)

// Purposes of campaigns.
const (
	Marketing = "marketing"
	Care      = "service"
)

// The groups of a campaign's people.
const (
	Treated = "treated"
	Holdout = "holdout"
	Global  = "global"
)

// Service is the module.
type Service struct {
	db     *db.DB
	now    clock.Clock
	logger *slog.Logger
	Ports
	asking

	limits     limit.Counts // of clicks that are noted
	trustProxy bool
	baseURL    string // under which people reach the public pages

	senders map[string]Sender // who else sends what people can say no to, by the prefix of the ids of what they send

	chunk int // people planned in one transaction
	mu    sync.Mutex
	texts map[string]*content // of campaigns that are being sent, by org and id
	// planned runs after each chunk; for tests that stop in the middle.
	planned func() error
}

// New returns the module.
func New(d *db.DB, now clock.Clock, logger *slog.Logger, p Ports) *Service {
	return &Service{db: d, now: now, logger: logger, Ports: p, chunk: 5000, texts: map[string]*content{}}
}

func actor(ctx context.Context) access.Actor {
	a, _ := access.From(ctx)
	return a
}

func (s *Service) micros() int64 { return clock.Micros(s.now()) }

var errNoCampaign = errs.NotFound(i18n.T("这个群发", "campaign"))

// Settings are an org's for campaigns.
type Settings struct {
	ApproveOver int `json:"approve_over" minimum:"0" maximum:"100000000" doc:"A campaign to more people needs the approval of a second person"`
	HoldoutBP   int `json:"holdout_bp" minimum:"0" maximum:"5000" doc:"Share of people that new campaigns leave out to measure against, in basis points"`
	GlobalBP    int `json:"global_bp" minimum:"0" maximum:"2000" doc:"Share of people who get no marketing at all for a quarter, in basis points"`
}

var defaultSettings = Settings{ApproveOver: 5000, HoldoutBP: 1000, GlobalBP: 200}

func settingsOf(ctx context.Context, tx *db.Tx, orgID string) (Settings, error) {
	s := defaultSettings
	err := tx.QueryRow(ctx, "SELECT approve_over, holdout_bp, global_bp FROM campaign_settings WHERE org_id = ?", orgID).Scan(&s.ApproveOver, &s.HoldoutBP, &s.GlobalBP)
	if db.IsNoRows(err) {
		return defaultSettings, nil
	}
	return s, err
}

// Settings returns those of the actor's org.
func (s *Service) Settings(ctx context.Context) (out Settings, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out, err = settingsOf(ctx, tx, org)
		return err
	})
	return out, err
}

// PutSettings changes those of the actor's org. Campaigns that were submitted
// keep theirs.
func (s *Service) PutSettings(ctx context.Context, in Settings) (Settings, error) {
	a := actor(ctx)
	err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO campaign_settings (org_id, approve_over, holdout_bp, global_bp, updated_at, updated_by) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (org_id) DO UPDATE SET approve_over = excluded.approve_over, holdout_bp = excluded.holdout_bp, global_bp = excluded.global_bp, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
			a.OrgID, in.ApproveOver, in.HoldoutBP, in.GlobalBP, s.micros(), a.ID); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "campaign.settings", "settings", "campaign", in)
	})
	return in, err
}

// shown is a moment for JSON, nil for none.
func shown(us int64) *time.Time {
	return clock.Ptr(us)
}
