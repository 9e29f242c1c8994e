package reach

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/killpoint"
	"fishpond/internal/reach/gate"
	"fishpond/internal/reach/journal"
	"fishpond/internal/timeline"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "reach", FS: migrations}

const (
	mayRead = "reach.read"
	maySend = "reach.send"
	maySet  = "reach.settings"
)

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: mayRead, Module: "reach", Text: i18n.T("查看触达闸门、发送进度和没有发出的消息", "See the gate, how sending goes, and what was not sent"), Roles: []string{"owner", "operator"}},
	{Key: maySend, Module: "reach", Text: i18n.T("暂停、继续、取消发送，管理勿扰名单", "Pause, resume and cancel sending, and keep the do-not-contact list"), Roles: []string{"owner", "operator"}},
	{Key: maySet, Module: "reach", Text: i18n.T("修改触达闸门的规则", "Change the rules of the gate"), Roles: []string{"owner"}},
}

// The states of a plan.
const (
	PlanDraft      = "draft" // people are being added
	PlanRunning    = "running"
	PlanPaused     = "paused"
	PlanCancelling = "cancelling" // what has not left is being called off
	PlanDone       = "done"
	PlanCancelled  = "cancelled"
)

// The states of a message.
const (
	Planned   = "planned"
	Waiting   = "waiting" // until a time, for a reason
	Held      = "held"    // it will not go, for a reason
	Sending   = "sending"
	Asked     = "asked" // the carrier has it; a member of staff must confirm it in their own app
	Sent      = "sent"  // the carrier has taken it
	Delivered = "delivered"
	ReadState = "read"
	Failed    = "failed"
	Doubtful  = "doubtful" // it may have arrived; nobody sends it again by itself
	Cancelled = "cancelled"
)

// Why a message waits or is held, besides the rules of the gate.
const (
	WhyHoldout   = "holdout"    // left out on purpose, to measure against
	WhyNoAddress = "no_address" // no account through which they can be reached
	WhyContent   = "content"    // it could not be made for this person
	WhyExpired   = "expired"    // the plan ended before it could go
	WhyDuplicate = "duplicate"  // the person turned out to be another of the plan
	WhyRetry     = "retry"      // the carrier did not take it for now
	WhyRate      = "rate"       // the account sends as fast as it may
	WhyAccount   = "account"    // the account does not work, or somebody paused it
	WhyBounced   = "bounced"    // mail to the address came back
	WhyLocalTime = "local_time" // its hour has not come where the person is
)

// Holdout as the variant of a recipient keeps the message from being sent: the
// person is left out on purpose, and stays on record.
const Holdout = "holdout"

// Plan is a set of messages that belong together.
type Plan struct {
	ID, OrgID, Origin, OriginID string
	Purpose                     string // gate.Marketing, gate.Service, gate.Transactional
	Title                       string
	StartAt                     time.Time // zero: at once
	EndAt                       time.Time // zero: a week after it starts; what could not go by then is held back
	PerMinute                   int       // messages; 0: as fast as the carriers take them
	Standing                    bool      // it does not end by itself, and people are added at any time; EndAt zero: never
}

// Address is one way to a person.
type Address struct {
	AccountID string `json:"account_id"`
	Carrier   string `json:"carrier"`
	To        string `json:"to"`
}

// Recipient is a person of a plan.
type Recipient struct {
	PersonID  string
	Addresses []Address // in order of preference; the first over which it may go is taken
	Variant   string    // Holdout: on record only
	Data      json.RawMessage
	NotBefore time.Time // zero: at once; it waits until then and is judged then
	Until     time.Time // zero: the plan's end; what could not go by then is held back
	Key       string    // the same twice in a plan is one message; empty: the same person is; up to 200 bytes
}

// Service is the module.
type Service struct {
	db     *db.DB
	log    *timeline.Log
	now    clock.Clock
	logger *slog.Logger
	Ports

	node  string
	bell  chan struct{}
	cache settingsCache
	seen  accountCache
	pace  paces
	o     Options

	journal *journal.Folder // nil: none is kept
	watch   *watch
}

// Options change how the outbox works; the zero value is right for a server.
type Options struct {
	BatchMost int                  // messages a batch at most; 0: 600
	InFlight  int                  // batches at once; 0: 4, of which one plan has 3
	Lease     time.Duration        // how long a node that says nothing is taken to live; 0: 20 s
	Poll      time.Duration        // how often it looks for work that nobody announced; 0: 2 s
	Steady    func() time.Duration // time that has passed, whatever the clock is set to; nil: the clock is believed without it
	Journal   string               // folder of the journals of this machine's processes; empty: none is kept, and all that a process was sending when it was killed is doubtful
}

// New returns the module.
func New(d *db.DB, log *timeline.Log, now clock.Clock, logger *slog.Logger, p Ports, o Options) *Service {
	if o.BatchMost == 0 {
		o.BatchMost = 600
	}
	if o.InFlight == 0 {
		o.InFlight = 4
	}
	if o.Lease == 0 {
		o.Lease = 20 * time.Second
	}
	if o.Poll == 0 {
		o.Poll = 2 * time.Second
	}
	contents := map[string]Contents{PlainOrigin: plain{}}
	maps.Copy(contents, p.Contents)
	p.Contents = contents
	w := newWatch(now, o.Steady)
	return &Service{db: d, log: log, now: w.now, logger: logger, Ports: p, node: ids.New("nod"), bell: make(chan struct{}, 1), o: o, watch: w}
}

// SetContents says who makes the messages of plans of an origin. It is called
// before Run.
func (s *Service) SetContents(origin string, c Contents) { s.Contents[origin] = c }

func actor(ctx context.Context) access.Actor {
	a, _ := access.From(ctx)
	return a
}

func (s *Service) micros() int64 { return clock.Micros(s.now()) }

// ring wakes the outbox of this node.
func (s *Service) ring() {
	select {
	case s.bell <- struct{}{}:
	default: // awake already
	}
}

const defaultSpan = 7 * 24 * time.Hour

func validPurpose(p string) bool {
	return p == gate.Marketing || p == gate.Service || p == gate.Transactional
}

// CreatePlan stores a plan to which people are then added. Its id is the
// caller's, 1–64 characters; the same id again is errs.CodeConflict.
func (s *Service) CreatePlan(ctx context.Context, tx *db.Tx, p Plan) error {
	if p.ID == "" || len(p.ID) > 64 {
		return errs.InvalidField("id", i18n.T("编号应为 1–64 个字符", "1 to 64 characters"))
	}
	if !validPurpose(p.Purpose) {
		return errs.InvalidField("purpose", i18n.T("用途应为 marketing、service 或 transactional", "A purpose is marketing, service or transactional"))
	}
	if p.StartAt.IsZero() {
		p.StartAt = s.now()
	}
	if p.EndAt.IsZero() && !p.Standing {
		p.EndAt = p.StartAt.Add(defaultSpan)
	}
	if !p.EndAt.IsZero() && !p.EndAt.After(p.StartAt) || p.PerMinute < 0 {
		return errs.InvalidField("end_at", i18n.T("结束时间应晚于开始时间", "It ends after it starts"))
	}
	now := s.micros()
	n, err := tx.Changed(ctx, `INSERT INTO reach_plan (org_id, id, origin, origin_id, purpose, title, status, why, start_at, end_at, per_minute, rate_at, total, passed, wake_at, created_at, changed_at, started_at, finished_at, standing)
		VALUES (?, ?, ?, ?, ?, ?, 'draft', '', ?, ?, ?, 0, 0, 0, 0, ?, ?, 0, 0, ?) ON CONFLICT (org_id, id) DO NOTHING`,
		p.OrgID, p.ID, p.Origin, p.OriginID, p.Purpose, p.Title, clock.Micros(p.StartAt), clock.Micros(p.EndAt), p.PerMinute, now, now, flag(p.Standing))
	if err == nil && n == 0 {
		err = errs.Conflict(i18n.T("这个发送计划已经有了", "There is such a plan already"))
	}
	return err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Add adds people to a plan that has not ended, a few thousand at a time. Who
// is in it already, or whose key is, is passed over.
func (s *Service) Add(ctx context.Context, tx *db.Tx, orgID, planID string, r []Recipient) error {
	p, err := s.lockPlan(ctx, tx, orgID, planID)
	if err != nil {
		return err
	}
	if p.status == PlanDone || p.status == PlanCancelled || p.status == PlanCancelling {
		return errs.Conflict(i18n.T("发送计划已经结束", "The plan has ended"))
	}
	rows, err := newRows(r, p.total, p.end)
	if err != nil {
		return err
	}
	if err := rows.leaveOut(ctx, tx, orgID, planID); err != nil {
		return err
	}
	if err := rows.insert(ctx, tx, orgID, planID, s.micros()); err != nil {
		return fmt.Errorf("reach: add: %w", err)
	}
	p.total += int64(len(rows.person))
	t := tally{}
	for i, status := range rows.status {
		t.add(status, rows.why[i], 1)
	}
	if err := t.keep(ctx, tx, orgID, planID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE reach_plan SET total = ?, wake_at = 0, changed_at = ? WHERE org_id = ? AND id = ?", p.total, s.micros(), orgID, planID); err != nil {
		return err
	}
	if p.status == PlanRunning {
		tx.OnCommit(s.ring)
	}
	return nil
}

// Start lets a plan run from its start time on.
func (s *Service) Start(ctx context.Context, tx *db.Tx, orgID, planID string) error {
	return s.turn(ctx, tx, orgID, planID, PlanRunning, "", PlanDraft)
}

// Pause stops a plan. What is on its way still arrives.
func (s *Service) Pause(ctx context.Context, tx *db.Tx, orgID, planID string) error {
	return s.turn(ctx, tx, orgID, planID, PlanPaused, "", PlanRunning)
}

// Resume lets a paused plan go on.
func (s *Service) Resume(ctx context.Context, tx *db.Tx, orgID, planID string) error {
	return s.turn(ctx, tx, orgID, planID, PlanRunning, "", PlanPaused)
}

// Cancel calls off what has not left.
func (s *Service) Cancel(ctx context.Context, tx *db.Tx, orgID, planID string) error {
	if err := s.turn(ctx, tx, orgID, planID, PlanCancelling, "", PlanDraft, PlanRunning, PlanPaused); err != nil {
		return err
	}
	return s.recall(ctx, tx, orgID, planID)
}

// turn moves a plan to a state by compare-and-set on the old one.
func (s *Service) turn(ctx context.Context, tx *db.Tx, orgID, planID, to, why string, from ...string) error {
	where, arg := tx.In("status", from)
	now := s.micros()
	n, err := tx.Changed(ctx, `UPDATE reach_plan SET status = ?, why = ?, wake_at = 0, changed_at = ?, started_at = CASE WHEN started_at = 0 AND ? = 'running' THEN ? ELSE started_at END
		WHERE org_id = ? AND id = ? AND `+where, to, why, now, to, now, orgID, planID, arg)
	if err != nil {
		return err
	}
	if n == 0 {
		p, err := s.lockPlan(ctx, tx, orgID, planID)
		if err != nil {
			return err
		}
		return errs.Conflict(i18n.T("发送计划现在的状态（%s）不能这样做", "The plan is %s: that cannot be done now", p.status))
	}
	killpoint.Here("reach.turning")
	tx.OnCommit(s.ring)
	return nil
}

// Tally says how many messages would do what.
type Tally struct {
	Go    int            `json:"go"`
	Wait  map[string]int `json:"wait"` // by reason
	Until time.Time      `json:"until"`
	Held  map[string]int `json:"held"`
}

// Preview says how many of the recipients a message would reach at a time, how
// many would wait and how many would be held back, and why. Nothing is stored.
// It is told of each recipient as if no other got one.
func (s *Service) Preview(ctx context.Context, orgID, purpose string, at time.Time, all iter.Seq[Recipient]) (Tally, error) {
	out := Tally{Wait: map[string]int{}, Held: map[string]int{}}
	for chunk := range chunks(all, 1000) {
		err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
			return s.preview(ctx, tx, orgID, purpose, at, chunk, &out)
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func chunks(all iter.Seq[Recipient], size int) iter.Seq[[]Recipient] {
	return func(yield func([]Recipient) bool) {
		var chunk []Recipient
		for r := range all {
			if chunk = append(chunk, r); len(chunk) == size {
				if !yield(chunk) {
					return
				}
				chunk = nil
			}
		}
		if len(chunk) > 0 {
			yield(chunk)
		}
	}
}
