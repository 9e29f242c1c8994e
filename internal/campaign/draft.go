package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fishpond/internal/campaign/wording"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// Input is a campaign as it is written.
type Input struct {
	Name       string     `json:"name" minLength:"1" maxLength:"100"`
	SegmentID  string     `json:"segment_id,omitempty" maxLength:"64" doc:"Whom it goes to; may be empty in a draft"`
	Purpose    string     `json:"purpose" enum:"marketing,service" doc:"The gate asks for the consent of that purpose"`
	AccountIDs []string   `json:"account_ids" maxItems:"10" doc:"Over which accounts, the preferred one first; each person gets it over the first that reaches them"`
	Subject    string     `json:"subject,omitempty" maxLength:"300" doc:"Of e-mail; may hold variables"`
	Text       string     `json:"text" maxLength:"20000" doc:"May hold variables and conditions"`
	HTML       string     `json:"html,omitempty" maxLength:"500000" doc:"Of e-mail; without it the text alone is sent"`
	StartAt    *time.Time `json:"start_at,omitempty" doc:"Absent: as soon as it is submitted and approved"`
	// HoldoutBP is a pointer because none is not nought.
	HoldoutBP   *int `json:"holdout_bp,omitempty" minimum:"0" maximum:"5000" doc:"Share of people left out at random to measure against, in basis points. Absent: the org's"`
	MeasureDays int  `json:"measure_days,omitempty" minimum:"0" maximum:"60" doc:"How many days it is looked what came of it; 0: 14"`
	PerMinute   int  `json:"per_minute,omitempty" minimum:"0" maximum:"1000000" doc:"0: as fast as the carriers take it"`
	Options
}

const defaultDays = 14

// Campaign is a campaign as it is shown.
type Campaign struct {
	ID            string     `json:"id"`
	Kind          string     `json:"kind" enum:"broadcast,series"`
	Name          string     `json:"name"`
	SegmentID     string     `json:"segment_id"`
	SegmentName   string     `json:"segment_name" doc:"Empty: the segment is gone"`
	Purpose       string     `json:"purpose" enum:"marketing,service"`
	AccountIDs    []string   `json:"account_ids"`
	Subject       string     `json:"subject"`
	Text          string     `json:"text"`
	HTML          string     `json:"html"`
	StartAt       *time.Time `json:"start_at" doc:"Null: as soon as it is submitted and approved"`
	HoldoutBP     int64      `json:"holdout_bp"`
	MeasureDays   int64      `json:"measure_days"`
	PerMinute     int64      `json:"per_minute"`
	Status        string     `json:"status" enum:"draft,awaiting,planned,sending,paused,done,cancelled,running" doc:"running: a series that is on"`
	Why           string     `json:"why,omitempty" doc:"Why it waits for approval or ended without sending: size, grew, nobody, segment"`
	Version       int64      `json:"version" doc:"Goes up with every change of the draft"`
	FrozenAt      *time.Time `json:"frozen_at" doc:"When its people were fixed"`
	People        int64      `json:"people" doc:"How many were fixed; before, how many there were when it was submitted"`
	PlannedPeople int64      `json:"planned_people" doc:"Of those, how many are planned"`
	Treated       int64      `json:"treated" doc:"Are to get it"`
	HeldOut       int64      `json:"held_out" doc:"Left out to measure against"`
	GlobalOut     int64      `json:"global_out" doc:"In the quarter's global control group"`
	Unreachable   int64      `json:"unreachable" doc:"Cannot be reached over any of the accounts"`
	MeasuredFrom  *time.Time `json:"measured_from"`
	MeasuredUntil *time.Time `json:"measured_until"`
	CreatedAt     time.Time  `json:"created_at"`
	CreatedBy     string     `json:"created_by"`
	CreatedName   string     `json:"created_name"`
	SubmittedAt   *time.Time `json:"submitted_at"`
	SubmittedBy   string     `json:"submitted_by"`
	SubmittedName string     `json:"submitted_name"`
	ApprovedAt    *time.Time `json:"approved_at"`
	ApprovedBy    string     `json:"approved_by"`
	ApprovedName  string     `json:"approved_name"`
	FinishedAt    *time.Time `json:"finished_at"`
	ChangedAt     time.Time  `json:"changed_at"`
	Progress      *Progress  `json:"progress" doc:"How far it is sent; null before"`
	SeriesID      string     `json:"series_id" doc:"The series that made it; empty: none"`
	Occurrence    string     `json:"occurrence" doc:"The day for which a series made it"`
	NextAt        *time.Time `json:"next_at" doc:"When a series comes next"`
	Runs          int64      `json:"occurrences" doc:"How often a series was sent"`
	Skipped       int64      `json:"skipped" doc:"How often a series was left out because its hour had passed"`
	Clickers      int64      `json:"clickers" doc:"People who followed one of its links"`
	Clicks        int64      `json:"clicks" doc:"How often its links were followed"`
	Test          *Test      `json:"test" doc:"How the test of its variants stands; null without one"`
	OwnSubmission bool       `json:"own_submission" doc:"It waits for approval, and the actor may not give it, because they submitted it"`
	Options
}

// check reads the texts and says what is wrong with an input.
func (in *Input) check(now time.Time) error {
	in.Name = strings.TrimSpace(in.Name)
	if in.Name == "" {
		return errs.InvalidField("body.name", i18n.T("请写名称", "A name is needed"))
	}
	if len(in.Variants) > 0 {
		in.Subject, in.Text, in.HTML = in.Variants[0].Subject, in.Variants[0].Text, in.Variants[0].HTML
	}
	fields := in.Options.check()
	for i, t := range in.texts() {
		path := "body"
		if len(in.Variants) > 0 {
			path = fmt.Sprintf("body.variants[%d]", i)
		}
		wrong, err := t.check(path)
		if err != nil {
			return err
		}
		fields = append(fields, wrong...)
	}
	if len(linksOf(in.texts())) > maxLinks {
		fields = append(fields, errs.Field{Path: "body.text", Text: i18n.T("链接太多，最多 %d 个", "There are too many links; %d at most", maxLinks)})
	}
	if in.LocalTime && in.StartAt == nil {
		fields = append(fields, errs.Field{Path: "body.start_at", Text: i18n.T("按各地时间发要写开始时间", "To go by each person's clock it needs a time to begin")})
	}
	seen := map[string]bool{}
	for _, id := range in.AccountIDs {
		if seen[id] {
			fields = append(fields, errs.Field{Path: "body.account_ids", Text: i18n.T("同一个账号选了两次", "An account is there twice")})
		}
		seen[id] = true
	}
	if in.StartAt != nil && in.StartAt.After(now.AddDate(1, 0, 0)) {
		fields = append(fields, errs.Field{Path: "body.start_at", Text: i18n.T("最多提前一年安排", "A year ahead at most")})
	}
	if len(fields) > 0 {
		return errs.Invalid(i18n.T("有几处要改", "Some things need mending"), fields...)
	}
	return nil
}

// said is one of the ways in which a campaign says it.
type said struct{ name, subject, text, html string }

// texts are all ways of saying it: one without a name, or the variants.
func (in *Input) texts() []said {
	if len(in.Variants) == 0 {
		return []said{{"", in.Subject, in.Text, in.HTML}}
	}
	return in.Options.texts()
}

func (o Options) texts() (out []said) {
	for _, v := range o.Variants {
		out = append(out, said{v.Name, v.Subject, v.Text, v.HTML})
	}
	return out
}

// texts are all ways of saying it: one without a name, or the variants.
func (r *row) texts() []said {
	if len(r.opt.Variants) == 0 {
		return []said{{"", r.subject, r.text, r.html}}
	}
	return r.opt.texts()
}

// check reads the texts and says what is wrong with them.
func (t said) check(path string) (fields []errs.Field, err error) {
	for _, part := range []struct {
		path, source string
		read         func(string) (*wording.Template, error)
	}{{".subject", t.subject, wording.Parse}, {".text", t.text, wording.Parse}, {".html", t.html, wording.ParseHTML}} {
		_, err := part.read(part.source)
		if p, ok := errors.AsType[*wording.Problem](err); ok {
			fields = append(fields, errs.Field{Path: path + part.path, Text: i18n.Text{ZH: fmt.Sprintf("第 %d 行：%s", p.Line, p.Text.ZH), EN: fmt.Sprintf("Line %d: %s", p.Line, p.Text.EN)}})
		} else if err != nil {
			return nil, err
		}
	}
	if strings.ContainsAny(t.subject, "\r\n") {
		fields = append(fields, errs.Field{Path: path + ".subject", Text: i18n.T("标题只能有一行", "A subject has one line")})
	}
	return fields, nil
}

// Create makes a draft.
func (s *Service) Create(ctx context.Context, in Input) (out Campaign, err error) {
	a := actor(ctx)
	if err := in.check(s.now()); err != nil {
		return out, err
	}
	if err := s.known(ctx, a.OrgID, in.SegmentID); err != nil {
		return out, err
	}
	id := ids.New("cmp")
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		holdout, accounts, err := s.resolve(ctx, tx, a.OrgID, in)
		if err != nil {
			return err
		}
		options, err := in.stored()
		if err != nil {
			return err
		}
		now := s.micros()
		r := row{id: id, name: in.Name, kind: in.kind(), segment: in.SegmentID, purpose: in.Purpose, accounts: accounts, subject: in.Subject, text: in.Text, html: in.HTML, start: startOf(in),
			holdout: int64(holdout), measureDays: int64(days(in)), perMinute: int64(in.PerMinute), status: Draft, version: 1, carry: "{}", created: now, createdBy: a.ID, changed: now, options: options}
		if err := r.insert(ctx, tx, a.OrgID); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "campaign.created", "campaign", id, map[string]any{"name": in.Name})
	})
	if err != nil {
		return out, err
	}
	return s.Get(ctx, id)
}

func (o Options) kind() string {
	if o.Schedule != nil {
		return Series
	}
	return Once
}

// known refuses a segment that there is not.
func (s *Service) known(ctx context.Context, orgID, segmentID string) error {
	if segmentID == "" {
		return nil
	}
	names, err := s.Audience.SegmentNames(ctx, orgID)
	if err != nil {
		return err
	}
	if _, ok := names[segmentID]; !ok {
		return errs.InvalidField("body.segment_id", i18n.T("没有这个人群", "There is no such segment"))
	}
	return nil
}

func startOf(in Input) int64 {
	if in.StartAt == nil {
		return 0
	}
	return clock.Micros(*in.StartAt)
}

func days(in Input) int {
	if in.MeasureDays == 0 {
		return defaultDays
	}
	return in.MeasureDays
}

// resolve checks what an input refers to.
func (s *Service) resolve(ctx context.Context, tx *db.Tx, orgID string, in Input) (holdout int, accounts string, err error) {
	set, err := settingsOf(ctx, tx, orgID)
	if err != nil {
		return 0, "", err
	}
	if holdout = set.HoldoutBP; in.HoldoutBP != nil {
		holdout = *in.HoldoutBP
	}
	known, err := s.Accounts.Accounts(ctx, tx, orgID)
	if err != nil {
		return 0, "", err
	}
	for _, id := range in.AccountIDs {
		if !slices.ContainsFunc(known, func(a Account) bool { return a.ID == id }) {
			return 0, "", errs.InvalidField("body.account_ids", i18n.T("没有这个账号，或不能用它主动发消息", "There is no such account, or nothing can be sent over it unasked"))
		}
	}
	if len(in.Attachments) > 0 {
		if err := s.Accounts.CheckFiles(ctx, tx, orgID, in.Attachments); err != nil {
			return 0, "", err
		}
	}
	if in.CouponPoolID != "" {
		if _, err := pool(ctx, tx, orgID, in.CouponPoolID, false); errs.Is(err, errs.CodeNotFound) {
			return 0, "", errs.InvalidField("body.coupon_pool_id", i18n.T("没有这个券码池", "There is no such coupon pool"))
		} else if err != nil {
			return 0, "", err
		}
	}
	b, err := json.Marshal(append([]string{}, in.AccountIDs...))
	return holdout, string(b), err
}

// Update changes a draft, if it is still as the caller saw it.
func (s *Service) Update(ctx context.Context, id string, version int64, in Input) (out Campaign, err error) {
	a := actor(ctx)
	if err := in.check(s.now()); err != nil {
		return out, err
	}
	if err := s.known(ctx, a.OrgID, in.SegmentID); err != nil {
		return out, err
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if in.HoldoutBP == nil {
			holdout := int(r.holdout)
			in.HoldoutBP = &holdout
		}
		holdout, accounts, err := s.resolve(ctx, tx, a.OrgID, in)
		if err != nil {
			return err
		}
		options, err := in.stored()
		if err != nil {
			return err
		}
		n, err := tx.Changed(ctx, `UPDATE campaign_campaign SET name = ?, segment_id = ?, purpose = ?, accounts = ?, subject = ?, body_text = ?, body_html = ?, start_at = ?, holdout_bp = ?, measure_days = ?, per_minute = ?, options = ?, kind = ?,
			version = version + 1, changed_at = ? WHERE org_id = ? AND id = ? AND status = 'draft' AND version = ?`,
			in.Name, in.SegmentID, in.Purpose, accounts, in.Subject, in.Text, in.HTML, startOf(in), holdout, days(in), in.PerMinute, options, in.kind(), s.micros(), a.OrgID, id, version)
		if err != nil {
			return fmt.Errorf("campaign: update: %w", err)
		}
		if n == 0 {
			if r.status != Draft {
				return errs.Conflict(i18n.T("已经提交，不能再改", "It was submitted and cannot be changed"))
			}
			return errs.Conflict(i18n.T("别人刚改过，请重新打开", "Somebody has changed it meanwhile; open it again"))
		}
		return s.Auditor.Audit(ctx, tx, "campaign.changed", "campaign", id, map[string]any{"version": version + 1})
	})
	if err != nil {
		return out, err
	}
	return s.Get(ctx, id)
}

// Delete throws a draft away.
func (s *Service) Delete(ctx context.Context, id string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		n, err := tx.Changed(ctx, "DELETE FROM campaign_campaign WHERE org_id = ? AND id = ? AND status = 'draft'", a.OrgID, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.Conflict(i18n.T("只有草稿能删除", "Only drafts can be deleted"))
		}
		return s.Auditor.Audit(ctx, tx, "campaign.deleted", "campaign", id, nil)
	})
}

// Get shows a campaign with how far it is.
func (s *Service) Get(ctx context.Context, id string) (out Campaign, err error) {
	a := actor(ctx)
	var r *row
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if r, err = load(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		all, err := s.show(ctx, tx, a.OrgID, []*row{r})
		if err == nil {
			out = all[0]
		}
		return err
	})
	if err != nil {
		return out, err
	}
	return out, s.nameSegments(ctx, a.OrgID, []*Campaign{&out})
}

// List shows campaigns, the newest first.
func (s *Service) List(ctx context.Context, f Filter, after place, most int) (out []Campaign, next place, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		var rows []*row
		if rows, next, err = page(ctx, tx, a.OrgID, f, after, most); err != nil {
			return err
		}
		out, err = s.show(ctx, tx, a.OrgID, rows)
		return err
	})
	if err != nil {
		return nil, next, err
	}
	at := make([]*Campaign, len(out))
	for i := range out {
		out[i].HTML, at[i] = "", &out[i] // half a megabyte each, and no list shows it
		for j := range out[i].Variants {
			out[i].Variants[j].HTML = ""
		}
	}
	return out, next, s.nameSegments(ctx, a.OrgID, at)
}

// nameSegments is apart from the transaction: segments read for themselves.
func (s *Service) nameSegments(ctx context.Context, orgID string, all []*Campaign) error {
	names, err := s.Audience.SegmentNames(ctx, orgID)
	for _, c := range all {
		c.SegmentName = names[c.SegmentID]
	}
	return err
}

func (s *Service) show(ctx context.Context, tx *db.Tx, orgID string, rows []*row) ([]Campaign, error) {
	names, err := s.Orgs.StaffNames(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	out := make([]Campaign, len(rows))
	for i, r := range rows {
		out[i] = Campaign{ID: r.id, Kind: r.kind, Name: r.name, SegmentID: r.segment, Purpose: r.purpose, AccountIDs: r.accountIDs(), Subject: r.subject, Text: r.text, HTML: r.html, StartAt: shown(r.start),
			HoldoutBP: r.holdout, MeasureDays: r.measureDays, PerMinute: r.perMinute, Status: r.status, Why: r.why, Version: r.version, FrozenAt: shown(r.frozen), People: r.people,
			PlannedPeople: r.treated + r.heldOut + r.globalOut + r.unreachable, Treated: r.treated, HeldOut: r.heldOut, GlobalOut: r.globalOut, Unreachable: r.unreachable,
			MeasuredFrom: shown(r.measureFrom), MeasuredUntil: shown(r.measureTo), CreatedAt: clock.Time(r.created), CreatedBy: r.createdBy, CreatedName: names[r.createdBy],
			SubmittedAt: shown(r.submitted), SubmittedBy: r.submittedBy, SubmittedName: names[r.submittedBy], ApprovedAt: shown(r.approved), ApprovedBy: r.approvedBy, ApprovedName: names[r.approvedBy],
			FinishedAt: shown(r.finished), ChangedAt: clock.Time(r.changed), OwnSubmission: r.status == Awaiting && r.submittedBy == actor(ctx).ID, Options: r.opt,
			SeriesID: r.series, Occurrence: r.occurrence, NextAt: shown(r.next), Runs: r.runs, Skipped: r.skipped}
		if r.kind == Series {
			out[i].Occurrence = ""
		}
		tracks := r.opt.tracks()
		out[i].TrackLinks = &tracks
		if r.frozen > 0 && r.people > 0 {
			p, err := s.progress(ctx, tx, orgID, r)
			if err != nil {
				return nil, err
			}
			out[i].Progress = &p
		}
		if r.frozen > 0 {
			if out[i].Clickers, out[i].Clicks, err = clickers(ctx, tx, orgID, r.id); err != nil {
				return nil, err
			}
		}
		if out[i].Test, err = s.test(ctx, tx, orgID, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}
