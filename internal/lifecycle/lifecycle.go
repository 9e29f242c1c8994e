package lifecycle

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"fishpond/internal/lifecycle/lifecycleevent"
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
var Migration = db.Migration{Module: "lifecycle", FS: migrations}

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: "lifecycle.read", Module: "lifecycle", Text: i18n.T("查看客户的生命周期阶段、RFM 与阶段流转", "See stages, RFM and the flow between stages"),
		Roles: []string{"owner", "operator", "associate", "finance", "viewer"}},
	{Key: "lifecycle.settings", Module: "lifecycle", Text: i18n.T("设置沉默与流失的天数", "Set after how many days customers are silent or lost"),
		Roles: []string{"owner", "operator"}},
}

// Service is the module.
type Service struct {
	db     *db.DB
	log    *timeline.Log
	now    clock.Clock
	logger *slog.Logger
	people People
	orgs   Orgs
	audit  Auditor
	later  Later
	odds   Odds
}

// New returns the module. later may be nil: a change of thresholds then waits
// for the next sweep.
func New(d *db.DB, log *timeline.Log, now clock.Clock, logger *slog.Logger, people People, orgs Orgs, audit Auditor, later Later) *Service {
	return &Service{db: d, log: log, now: now, logger: logger, people: people, orgs: orgs, audit: audit, later: later}
}

// SetOdds tells the module who knows how probable it is that somebody still buys,
// once, before it is used. Without it stages follow days only.
func (s *Service) SetOdds(o Odds) { s.odds = o }

// Life is a person's stage, what comes next, and what has been.
type Life struct {
	Stage        string     `json:"stage" enum:"new,first_order,repeat,silent,lost"`
	Since        *time.Time `json:"since" doc:"When the person came into the stage; null while they are not placed yet"`
	RFM          *RFM       `json:"rfm" doc:"Null for who has not bought"`
	NextChangeAt *time.Time `json:"next_change_at" doc:"When time alone will change the stage; null when it will not"`
	NextStage    string     `json:"next_stage" doc:"The stage at next_change_at; empty when there is none"`
	Orders       int64      `json:"orders" doc:"Purchases: paid orders that were not refunded in full"`
	FirstOrderAt *time.Time `json:"first_order_at"`
	LastOrderAt  *time.Time `json:"last_order_at"`
	History      []Spell    `json:"history" nullable:"false" doc:"Oldest first, as the present thresholds see it"`
}

// Spell is a time spent in one stage.
type Spell struct {
	Stage string     `json:"stage" enum:"new,first_order,repeat,silent,lost"`
	At    time.Time  `json:"at"`
	Until *time.Time `json:"until" doc:"Null for the present stage"`
}

var noSuchPerson = errs.NotFound(i18n.T("这位客户", "customer"))

// Of returns the life of a person whom the actor in ctx may see. A merged
// person's is that of who speaks for them. A person whom lifecycle has not
// come to yet is new without a history.
func (s *Service) Of(ctx context.Context, orgID, personID string) (Life, error) {
	life := Life{Stage: lifecycleevent.New, History: []Spell{}}
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		id, _, err := s.people.Members(ctx, tx, orgID, personID)
		if err != nil {
			return err
		}
		if seen, err := s.people.Visible(ctx, tx, orgID, id); err != nil {
			return err
		} else if !seen {
			return noSuchPerson
		}
		rows, err := persons(ctx, tx, orgID, []string{id})
		if err != nil || rows[id].stage == "" {
			return err
		}
		p := rows[id]
		st, err := settingsOf(ctx, tx, orgID)
		if err != nil {
			return err
		}
		steps, err := histories(ctx, tx, orgID, []string{id})
		if err != nil {
			return err
		}
		life.Stage, life.Since, life.NextStage, life.NextChangeAt = p.stage, clock.Ptr(p.since), p.next.Stage, clock.Ptr(p.next.At)
		life.Orders, life.FirstOrderAt, life.LastOrderAt = p.orders, clock.Ptr(p.first), clock.Ptr(p.last)
		life.RFM = st.quintiles.score(p, clock.Micros(s.now()))
		for i, step := range steps[id] {
			spell := Spell{Stage: step.Stage, At: clock.Time(step.At)}
			if i+1 < len(steps[id]) {
				spell.Until = clock.Ptr(steps[id][i+1].At)
			}
			life.History = append(life.History, spell)
		}
		return nil
	})
	return life, err
}

// StageCount is how many persons are in a stage.
type StageCount struct {
	Stage   string `json:"stage" enum:"new,first_order,repeat,silent,lost"`
	Persons int64  `json:"persons"`
}

// Stages counts the persons in each stage now, in the order of the loop.
func (s *Service) Stages(ctx context.Context, orgID string) ([]StageCount, error) {
	counts := map[string]int64{}
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		st, err := settingsOf(ctx, tx, orgID)
		if err != nil || st.zone == "" {
			return err
		}
		zone, err := time.LoadLocation(st.zone) // the sum over all months is the same in any zone
		if err != nil {
			return err
		}
		flow, err := flowOf(ctx, tx, orgID, zone, never)
		for m, n := range flow {
			counts[m.to] += n
			counts[m.from] -= n
		}
		return err
	})
	out := make([]StageCount, len(lifecycleevent.Stages))
	for i, stage := range lifecycleevent.Stages {
		out[i] = StageCount{Stage: stage, Persons: counts[stage]}
	}
	return out, err
}

// Flow is the stages month by month.
type Flow struct {
	TimeZone string      `json:"time_zone" doc:"Decides where a month begins"`
	Months   []FlowMonth `json:"months" nullable:"false"`
}

// FlowMonth is one month: who is where at its end, and who moved during it.
// The counts of a month are those of the month before, less the moves out of
// a stage and plus those into it.
type FlowMonth struct {
	Month  string           `json:"month" example:"2026-03"`
	Counts map[string]int64 `json:"counts" doc:"Persons in each stage at the end of the month, or now in the present one"`
	Moves  []Move           `json:"moves" nullable:"false" doc:"Who moves twice in a month is in both moves"`
}

// Move is a step between two stages that some persons took.
type Move struct {
	From    string `json:"from" doc:"Empty for who became known"`
	To      string `json:"to"`
	Persons int64  `json:"persons"`
}

// maxMonths bounds what one request looks at.
const maxMonths = 120

// Flow returns the months from … to (YYYY-MM, both included) in the org's
// time zone. Empty: the last twelve up to the present month.
func (s *Service) Flow(ctx context.Context, orgID, from, to string) (Flow, error) {
	out := Flow{Months: []FlowMonth{}}
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		org, err := s.orgs.Settings(ctx, tx, orgID)
		if err != nil {
			return err
		}
		out.TimeZone = org.Zone.String()
		first, last, err := span(from, to, monthOf(clock.Micros(s.now()), org.Zone))
		if err != nil {
			return err
		}
		flow, err := flowOf(ctx, tx, orgID, org.Zone, last)
		if err != nil {
			return err
		}
		out.Months = months(flow, first, last)
		return nil
	})
	return out, err
}

func span(from, to string, present int64) (first, last int64, err error) {
	last, err = parseMonth("query.to", to, present)
	if err != nil {
		return 0, 0, err
	}
	first, err = parseMonth("query.from", from, last-11)
	if err != nil {
		return 0, 0, err
	}
	if first > last || last-first >= maxMonths {
		return 0, 0, errs.InvalidField("query.from", i18n.T("起始月份应不晚于结束月份，且最多 %d 个月", "from must not be after to, and at most %d months can be shown", maxMonths))
	}
	return first, last, nil
}

func parseMonth(field, value string, otherwise int64) (int64, error) {
	if value == "" {
		return otherwise, nil
	}
	t, err := time.Parse("2006-01", value)
	if err != nil {
		return 0, errs.InvalidField(field, i18n.T("月份应写作 2026-03", "Write the month as 2026-03"))
	}
	return int64(t.Year())*12 + int64(t.Month()) - 1, nil
}

func months(flow map[move]int64, first, last int64) []FlowMonth {
	counts := map[string]int64{}
	byMonth := map[int64]map[[2]string]int64{}
	for m, n := range flow {
		if m.month < first {
			counts[m.to] += n
			counts[m.from] -= n
			continue
		}
		if byMonth[m.month] == nil {
			byMonth[m.month] = map[[2]string]int64{}
		}
		byMonth[m.month][[2]string{m.from, m.to}] += n
	}
	var out []FlowMonth
	for month := first; month <= last; month++ {
		f := FlowMonth{Month: monthName(month), Counts: map[string]int64{}, Moves: []Move{}}
		for _, from := range append([]string{""}, lifecycleevent.Stages...) {
			for _, to := range lifecycleevent.Stages {
				if n := byMonth[month][[2]string{from, to}]; n != 0 {
					counts[to] += n
					counts[from] -= n
					f.Moves = append(f.Moves, Move{from, to, n})
				}
			}
		}
		for _, stage := range lifecycleevent.Stages {
			f.Counts[stage] = counts[stage]
		}
		out = append(out, f)
	}
	return out
}
