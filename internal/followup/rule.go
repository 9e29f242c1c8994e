package followup

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// What the days of a rule are counted from.
const (
	Always      = "always"       // as long as somebody is in the segment
	Entered     = "entered"      // when they came into the saved segment
	FirstOrder  = "first_order"  //
	LastOrder   = "last_order"   //
	Created     = "created"      // when they became a customer
	FirstEvent  = "first_event"  // of a kind
	LastEvent   = "last_event"   //
	Birthday    = "birthday"     // of the year
	Date        = "date"         // a trait
	Anniversary = "anniversary"  // a trait, of the year
	StageChange = "stage_change" // the stage that time alone brings
	Waits       = "waiting"      // in a conversation
	Promised    = "promise"      // what was promised; of the built-in rule only
)

// Who gets people whom nobody owns.
const (
	Nobody     = "none" // the manager's list
	RoundRobin = "round_robin"
)

// RuleInput is a rule as somebody writes it.
type RuleInput struct {
	Name         string `json:"name,omitempty" maxLength:"60" doc:"Of a built-in rule empty: as it is called"`
	SegmentID    string `json:"segment_id,omitempty" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"A saved segment, or give text; neither: everybody whose day it is"`
	Text         string `json:"text,omitempty" maxLength:"8192" doc:"A predicate in the segment language"`
	Anchor       string `json:"anchor" enum:"always,entered,first_order,last_order,created,first_event,last_event,birthday,date,anniversary,stage_change,waiting,promise" doc:"What days are counted from"`
	AnchorName   string `json:"anchor_name,omitempty" maxLength:"100" doc:"Of events their kind, of date and anniversary the trait's key, of stage_change the stage to come"`
	OffsetDays   int    `json:"offset_days" minimum:"-365" maximum:"3650" doc:"From the anchor's day to the first day on the list; before it, if below 0"`
	WindowDays   int    `json:"window_days" minimum:"0" maximum:"365" doc:"Further days on which somebody may come on the list"`
	CarryDays    int    `json:"carry_days" minimum:"0" maximum:"365" doc:"Further days for who is on the list and was not attended to; then they fall away"`
	RestDays     int    `json:"rest_days" minimum:"0" maximum:"3650" doc:"Not again by this rule after it was done; for the same occasion never again"`
	DeclineDays  int    `json:"decline_days" minimum:"0" maximum:"3650" doc:"Not again by this rule after somebody was not interested"`
	Weight       int    `json:"weight" minimum:"1" maximum:"100" doc:"The heavier, the higher on the list; several reasons add up"`
	Suggestion   string `json:"suggestion,omitempty" maxLength:"500" doc:"What to do"`
	QuickReplyID string `json:"quick_reply_id,omitempty" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$"`
	Fallback     string `json:"fallback,omitempty" enum:"none,round_robin" default:"none" doc:"Who gets people whom nobody owns: none is the manager's list"`
	Enabled      bool   `json:"enabled"`
}

// Rule is why somebody is on a list.
type Rule struct {
	ID string `json:"id"`
	RuleInput
	Builtin     string    `json:"builtin" doc:"Key of a built-in rule; empty: made here"`
	Title       string    `json:"title" doc:"The name, or what the built-in rule is called"`
	Advice      string    `json:"advice" doc:"The suggestion, or that of the built-in rule"`
	SegmentName string    `json:"segment_name,omitempty"`
	Problem     string    `json:"problem,omitempty" doc:"Why the rule lists nobody: what it speaks of is gone"`
	Position    int       `json:"position"`
	Version     int64     `json:"version"`
	UpdatedAt   time.Time `json:"updated_at"`

	expr    string
	deleted bool
}

// title is the rule's name in a language.
func (r *Rule) title(lang i18n.Lang) string {
	if r.Name == "" {
		return builtinOf(r.Builtin).name.In(lang)
	}
	return r.Name
}

func (r *Rule) advice(lang i18n.Lang) string {
	if r.Suggestion == "" {
		return builtinOf(r.Builtin).advice.In(lang)
	}
	return r.Suggestion
}

const (
	ruleColumns = `id, builtin, name, segment_id, expr, anchor, anchor_name, offset_days, window_days, carry_days, rest_days, decline_days, weight, suggestion, quick_reply_id, fallback,
		enabled, position, version, updated_at, deleted_at`
	maxRules = 100
)

func (r *Rule) scan(rows *sql.Rows) error {
	var enabled, updated, deleted int64
	err := rows.Scan(&r.ID, &r.Builtin, &r.Name, &r.SegmentID, &r.expr, &r.Anchor, &r.AnchorName, &r.OffsetDays, &r.WindowDays, &r.CarryDays, &r.RestDays, &r.DeclineDays, &r.Weight, &r.Suggestion,
		&r.QuickReplyID, &r.Fallback, &enabled, &r.Position, &r.Version, &updated, &deleted)
	r.Enabled, r.UpdatedAt, r.deleted = enabled == 1, clock.Time(updated), deleted > 0
	return err
}

// rulesOf reads the rules of an org in their order, deleted ones last.
func rulesOf(ctx context.Context, tx *db.Tx, orgID string) (out []*Rule, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		r := &Rule{}
		out = append(out, r)
		return r.scan(rows)
	}, "SELECT "+ruleColumns+" FROM followup_rule WHERE org_id = ? ORDER BY CASE WHEN deleted_at > 0 THEN 1 ELSE 0 END, position, id", orgID)
}

func ruleByID(ctx context.Context, tx *db.Tx, orgID, id string) (*Rule, error) {
	all, err := rulesOf(ctx, tx, orgID)
	for _, r := range all {
		if r.ID == id && !r.deleted {
			return r, err
		}
	}
	if err == nil {
		err = errNoRule
	}
	return nil, err
}

func (s *Service) insertRule(ctx context.Context, tx *db.Tx, orgID string, r *Rule, id string) error {
	r.ID, r.Version = id, 1
	_, err := tx.Exec(ctx, `INSERT INTO followup_rule (org_id, id, builtin, name, segment_id, expr, anchor, anchor_name, offset_days, window_days, carry_days, rest_days, decline_days, weight, suggestion,
		quick_reply_id, fallback, enabled, position, version, updated_at, updated_by, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, 0)`,
		orgID, r.ID, r.Builtin, r.Name, r.SegmentID, r.expr, r.Anchor, r.AnchorName, r.OffsetDays, r.WindowDays, r.CarryDays, r.RestDays, r.DeclineDays, r.Weight, r.Suggestion,
		r.QuickReplyID, r.Fallback, db.Bit(r.Enabled), r.Position, clock.Micros(s.now()), actor(ctx).ID)
	return err
}

// names are the anchors that need a name of something.
var names = map[string]i18n.Text{
	FirstEvent: i18n.T("请写明哪一种事件", "Say which kind of event"), LastEvent: i18n.T("请写明哪一种事件", "Say which kind of event"),
	Date: i18n.T("请选一个日期属性", "Choose a trait that is a date"), Anniversary: i18n.T("请选一个日期属性", "Choose a trait that is a date"),
}

// check looks over what somebody wrote and binds it. It must run outside of a
// transaction.
func (s *Service) check(ctx context.Context, orgID string, in *RuleInput, builtin string) (expr string, err error) {
	in.Name, in.Suggestion, in.Text = strings.TrimSpace(in.Name), strings.TrimSpace(in.Suggestion), strings.TrimSpace(in.Text)
	bad := func(path string, t i18n.Text) error { return errs.InvalidField("body."+path, t) }
	if in.Fallback == "" {
		in.Fallback = Nobody
	}
	switch {
	case in.Name == "" && builtin == "":
		return "", bad("name", i18n.T("请起一个名字", "Give it a name"))
	case !utf8.ValidString(in.Name + in.Suggestion + in.AnchorName):
		return "", bad("name", i18n.T("含有无法识别的字符", "It holds characters that cannot be read"))
	case in.SegmentID != "" && in.Text != "":
		return "", bad("text", i18n.T("人群和条件只能给一个", "Give either a segment or a predicate, not both"))
	case in.Anchor == Promised && builtinOf(builtin).rule.Anchor != Promised:
		return "", bad("anchor", i18n.T("约定由内置规则列出", "Promises are listed by the built-in rule"))
	case builtinOf(builtin).rule.Anchor == Promised && (in.Anchor != Promised || in.SegmentID != "" || in.Text != ""):
		return "", bad("anchor", i18n.T("这条规则只列出约定", "This rule lists promises and nothing else"))
	case in.Anchor == Entered && in.SegmentID == "":
		return "", bad("segment_id", i18n.T("“进入人群”要选一个已保存的人群", "To count from entering, choose a saved segment"))
	case in.Anchor == Always && in.SegmentID == "" && in.Text == "":
		return "", bad("segment_id", i18n.T("没有日期就要有人群，否则所有人每天都在名单上", "Without a day it needs a segment, or everybody is listed every day"))
	case !names[in.Anchor].IsZero() && in.AnchorName == "":
		return "", bad("anchor_name", names[in.Anchor])
	case in.Anchor == StageChange && in.AnchorName != "" && in.AnchorName != "silent" && in.AnchorName != "lost":
		return "", bad("anchor_name", i18n.T("时间只会带来沉默（silent）或流失（lost）", "Time alone brings silent or lost"))
	case in.OffsetDays < 0 && !slices.Contains([]string{Birthday, Anniversary, Date, StageChange}, in.Anchor):
		return "", bad("offset_days", i18n.T("已经发生的事不能提前列出", "What has happened cannot be listed beforehand"))
	case in.WindowDays+in.CarryDays > 360 && (in.Anchor == Birthday || in.Anchor == Anniversary):
		return "", bad("window_days", i18n.T("每年一次的日子，窗口要短于一年", "Of a day of the year, the window must be shorter than a year"))
	}
	if in.Anchor == Date || in.Anchor == Anniversary {
		traits, err := s.Audience.Traits(ctx, orgID)
		if err != nil {
			return "", err
		}
		if _, ok := traits[in.AnchorName]; !ok {
			return "", bad("anchor_name", i18n.T("没有这个日期属性", "There is no such trait that is a date"))
		}
	}
	if in.Text != "" {
		return s.Audience.Bind(ctx, orgID, in.Text)
	}
	if in.SegmentID != "" {
		if _, err := s.Audience.SegmentName(ctx, orgID, in.SegmentID); err != nil {
			return "", err
		}
	}
	return "", nil
}

// Rules lists the rules of the actor's org.
func (s *Service) Rules(ctx context.Context) (out []Rule, err error) {
	a := actor(ctx)
	if err := s.ready(ctx, a.OrgID); err != nil {
		return nil, err
	}
	var all []*Rule
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		all, err = rulesOf(ctx, tx, a.OrgID)
		return err
	})
	for _, r := range all {
		if r.deleted {
			continue
		}
		if err := s.show(ctx, a.OrgID, r); err != nil {
			return nil, err
		}
		out = append(out, *r)
	}
	return out, err
}

// show fills in what depends on language and on what there is today.
func (s *Service) show(ctx context.Context, orgID string, r *Rule) error {
	lang := i18n.From(ctx)
	r.Title, r.Advice = r.title(lang), r.advice(lang)
	problem := func(err error) error {
		if e := errs.As(err); err != nil && (e.Code == errs.CodeInvalid || e.Code == errs.CodeNotFound || e.Code == errs.CodeConflict) {
			r.Problem = e.Text.In(lang)
			if len(e.Fields) > 0 {
				r.Problem = e.Fields[0].Text.In(lang)
			}
			return nil
		}
		return err
	}
	var err error
	if r.expr != "" {
		r.Text, err = s.Audience.Text(ctx, orgID, r.expr)
	}
	if r.SegmentID != "" {
		r.SegmentName, err = s.Audience.SegmentName(ctx, orgID, r.SegmentID)
	}
	return problem(err)
}

// CreateRule makes a rule. It counts from the next lists on.
func (s *Service) CreateRule(ctx context.Context, in RuleInput) (Rule, error) {
	a := actor(ctx)
	expr, err := s.check(ctx, a.OrgID, &in, "")
	if err != nil {
		return Rule{}, err
	}
	r := Rule{RuleInput: in, expr: expr, UpdatedAt: s.now()}
	r.Text = ""
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		all, err := rulesOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(r *Rule) bool { return r.deleted })
		if len(all) >= maxRules {
			return errs.Conflict(i18n.T("最多 %d 条规则", "There can be at most %d rules", maxRules))
		}
		r.Position = len(all) + 1
		if err := s.insertRule(ctx, tx, a.OrgID, &r, ids.New("flr")); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "followup.rule_created", "rule", r.ID, map[string]any{"name": r.Name})
	})
	if err != nil {
		return Rule{}, err
	}
	return r, s.show(ctx, a.OrgID, &r)
}

// same keeps the stored predicate of a rule where only its text came back:
// built-in ones are known by it.
func (s *Service) same(ctx context.Context, orgID string, was *Rule, in RuleInput, expr string) (string, error) {
	if was.expr == "" || in.Text == "" {
		return expr, nil
	}
	text, err := s.Audience.Text(ctx, orgID, was.expr)
	if err != nil && !broken(err) {
		return "", err
	}
	if err == nil && text == in.Text {
		return was.expr, nil
	}
	return expr, nil
}

// UpdateRule changes a rule; version is the one that was looked at, 0: any.
func (s *Service) UpdateRule(ctx context.Context, id string, version int64, in RuleInput) (Rule, error) {
	a := actor(ctx)
	var was *Rule
	err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		was, err = ruleByID(ctx, tx, a.OrgID, id)
		return err
	})
	if err != nil {
		return Rule{}, err
	}
	expr, err := s.check(ctx, a.OrgID, &in, was.Builtin)
	if err != nil {
		return Rule{}, err
	}
	if expr, err = s.same(ctx, a.OrgID, was, in, expr); err != nil {
		return Rule{}, err
	}
	if version == 0 {
		version = was.Version
	}
	r := *was
	r.RuleInput, r.expr, r.Version, r.UpdatedAt = in, expr, version+1, s.now()
	r.Text = ""
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, `UPDATE followup_rule SET name = ?, segment_id = ?, expr = ?, anchor = ?, anchor_name = ?, offset_days = ?, window_days = ?, carry_days = ?, rest_days = ?, decline_days = ?,
			weight = ?, suggestion = ?, quick_reply_id = ?, fallback = ?, enabled = ?, version = version + 1, updated_at = ?, updated_by = ? WHERE org_id = ? AND id = ? AND version = ? AND deleted_at = 0`,
			r.Name, r.SegmentID, r.expr, r.Anchor, r.AnchorName, r.OffsetDays, r.WindowDays, r.CarryDays, r.RestDays, r.DeclineDays,
			r.Weight, r.Suggestion, r.QuickReplyID, r.Fallback, db.Bit(r.Enabled), clock.Micros(r.UpdatedAt), a.ID, a.OrgID, id, version)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.Conflict(i18n.T("这条规则已被别人修改，请刷新后再试", "Somebody else has changed this rule; reload it and try again"))
		}
		return s.Auditor.Audit(ctx, tx, "followup.rule_changed", "rule", id, map[string]any{"name": r.Name, "enabled": r.Enabled})
	})
	if err != nil {
		return Rule{}, err
	}
	return r, s.show(ctx, a.OrgID, &r)
}

// DeleteRule takes a rule away. Built-in ones can only be switched off.
func (s *Service) DeleteRule(ctx context.Context, id string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := ruleByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if r.Builtin != "" {
			return errs.Conflict(i18n.T("内置规则不能删除，可以停用", "A built-in rule cannot be deleted; switch it off"))
		}
		n, err := tx.Changed(ctx, "UPDATE followup_rule SET deleted_at = ?, enabled = 0, version = version + 1 WHERE org_id = ? AND id = ? AND deleted_at = 0", clock.Micros(s.now()), a.OrgID, id)
		if err == nil && n == 0 {
			err = errNoRule
		}
		if err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "followup.rule_deleted", "rule", id, map[string]any{"name": r.Name})
	})
}

// OrderRules puts the rules into an order; those not named stay behind them.
func (s *Service) OrderRules(ctx context.Context, order []string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		all, err := rulesOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		place := map[string]int{}
		for _, id := range order {
			if _, twice := place[id]; twice || !slices.ContainsFunc(all, func(r *Rule) bool { return r.ID == id && !r.deleted }) {
				return errNoRule
			}
			place[id] = len(place) + 1
		}
		for _, r := range all {
			if r.deleted {
				continue
			}
			at, ok := place[r.ID]
			if !ok {
				at = len(place) + 1
				place[r.ID] = at
			}
			if _, err := tx.Exec(ctx, "UPDATE followup_rule SET position = ? WHERE org_id = ? AND id = ?", at, a.OrgID, r.ID); err != nil {
				return err
			}
		}
		detail, err := json.Marshal(order)
		if err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "followup.rules_ordered", "rule", "", json.RawMessage(detail))
	})
}
