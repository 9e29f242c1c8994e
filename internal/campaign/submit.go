package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/killpoint"
)

// Why a campaign waits for approval, or ended without sending.
const (
	WhySize    = "size"    // it goes to more people than one person may decide
	WhyGrew    = "grew"    // it did not when it was submitted, and does now
	WhyNobody  = "nobody"  // nobody was in the segment when it began
	WhySegment = "segment" // the segment was gone when it began
)

func conflict(status string) error {
	return errs.Conflict(i18n.T("群发现在的状态（%s）不能这样做", "The campaign is %s: that cannot be done now", status))
}

// complete says what a draft lacks to be sent.
func (s *Service) complete(ctx context.Context, tx *db.Tx, orgID string, r *row) error {
	var fields []errs.Field
	lack := func(path string, t i18n.Text) { fields = append(fields, errs.Field{Path: path, Text: t}) }
	if r.segment == "" {
		lack("segment_id", i18n.T("还没有选择人群", "No segment is chosen"))
	}
	accounts, err := s.chosen(ctx, tx, orgID, r)
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		lack("account_ids", i18n.T("还没有选择可用的账号", "No account that works is chosen"))
	}
	c, err := newContent(r, nil)
	if err != nil {
		return err
	}
	if c.uses[couponName] && c.pool == "" {
		lack("coupon_pool_id", i18n.T("正文用了优惠码，还没有选券码池", "The text holds a coupon code, and no pool is chosen"))
	}
	if w := r.opt.Winner; w != nil && w.Metric == ByClicks && (!r.opt.tracks() || len(linksOf(r.texts())) == 0) {
		lack("winner.metric", i18n.T("要比点击，正文里得有可追踪的链接", "To compare clicks the texts need links that are tracked"))
	}
	if len(r.opt.Attachments) > 0 {
		if err := s.Accounts.CheckFiles(ctx, tx, orgID, r.opt.Attachments); err != nil {
			return err
		}
	}
	mail := slices.ContainsFunc(accounts, func(a Account) bool { return a.Subject })
	if c.sms == nil && slices.ContainsFunc(accounts, func(a Account) bool { return a.Template }) {
		lack("sms.template_id", i18n.T("短信只能发审核过的模板，请填模板编号", "Only approved templates go over SMS: give the template's id"))
	}
	for i, t := range r.texts() {
		at := ""
		if t.name != "" {
			at = fmt.Sprintf("variants[%d].", i)
		}
		if strings.TrimSpace(t.text) == "" && !onlyTemplates(accounts) {
			lack(at+"text", i18n.T("还没有写正文", "There is no text"))
		}
		if mail && strings.TrimSpace(t.subject) == "" {
			lack(at+"subject", i18n.T("邮件要有标题", "Mail needs a subject"))
		}
	}
	if len(fields) > 0 {
		return errs.Invalid(i18n.T("还不能发送", "It cannot be sent yet"), fields...)
	}
	return nil
}

// approves tells whether a second person must approve a campaign that goes to so
// many people; a series also for how many it may go to later.
func (r *row) approves(people int64, set Settings) bool {
	over := int64(set.ApproveOver)
	return people > over || r.kind == Series && r.limit(set) > over
}

// onlyTemplates tells whether nothing of a campaign's own words is sent.
func onlyTemplates(accounts []Account) bool {
	return len(accounts) > 0 && !slices.ContainsFunc(accounts, func(a Account) bool { return !a.Template })
}

// chosen are the campaign's accounts that work, in its order.
func (s *Service) chosen(ctx context.Context, tx *db.Tx, orgID string, r *row) (out []Account, err error) {
	known, err := s.Accounts.Accounts(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	for _, id := range r.accountIDs() {
		if i := slices.IndexFunc(known, func(a Account) bool { return a.ID == id && a.Active }); i >= 0 {
			out = append(out, known[i])
		}
	}
	return out, nil
}

// Submit hands a draft in for sending, if it is still as the caller saw it. A
// large one then waits for a second person.
func (s *Service) Submit(ctx context.Context, id string, version int64) (Campaign, error) {
	a := actor(ctx)
	var segment string
	err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if r.status != Draft {
			return conflict(r.status)
		}
		segment = r.segment
		return s.complete(ctx, tx, a.OrgID, r)
	})
	if err != nil {
		return Campaign{}, err
	}
	members, _, err := s.Audience.Members(ctx, a.OrgID, segment)
	if err != nil {
		return Campaign{}, err
	}
	size := int64(members.GetCardinality())
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		set, err := settingsOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if r.status == Draft && (r.version != version || r.segment != segment) {
			return errs.Conflict(i18n.T("别人刚改过，请重新打开", "Somebody has changed it meanwhile; open it again"))
		}
		to, why := Planned, ""
		if r.approves(size, set) {
			to, why = Awaiting, WhySize
		}
		const note = "why = ?, people = ?, submitted_at = ?, submitted_by = ?"
		var ok bool
		if r.kind == Series && to == Planned {
			to = Running
			ok, err = s.begin(ctx, tx, a.OrgID, r, []string{Draft}, note, why, size, s.micros(), a.ID)
		} else {
			ok, err = s.turn(ctx, tx, a.OrgID, id, to, []string{Draft}, note, why, size, s.micros(), a.ID)
		}
		if err != nil {
			return err
		}
		if !ok {
			return conflict(r.status)
		}
		if to == Planned {
			org, err := s.Orgs.Settings(ctx, tx, a.OrgID)
			if err != nil {
				return err
			}
			if err := s.Jobs.EnqueueCampaign(ctx, tx, a.OrgID, id, s.begins(r, org.Zone)); err != nil {
				return err
			}
		}
		if err := s.keepAttached(ctx, tx, a.OrgID, r); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "campaign.submitted", "campaign", id, map[string]any{"people": size, "awaiting": to == Awaiting})
	})
	if err != nil {
		return Campaign{}, err
	}
	return s.Get(ctx, id)
}

func (s *Service) keepAttached(ctx context.Context, tx *db.Tx, orgID string, r *row) error {
	if len(r.opt.Attachments) == 0 {
		return nil
	}
	return s.Accounts.KeepFiles(ctx, tx, orgID, r.id, r.opt.Attachments)
}

// Approve lets a campaign go that somebody else submitted.
func (s *Service) Approve(ctx context.Context, id string) (Campaign, error) {
	a := actor(ctx)
	err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		set, err := settingsOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if r.status != Awaiting {
			return conflict(r.status)
		}
		if r.submittedBy == a.ID {
			return errs.Forbidden(i18n.T("要由提交人以外的人批准", "Somebody else than who submitted it must approve"))
		}
		const note = "why = '', approved_at = ?, approved_by = ?, allowed = 0"
		var ok bool
		if r.kind == Series {
			ok, err = s.begin(ctx, tx, a.OrgID, r, []string{Awaiting}, note, s.micros(), a.ID)
		} else {
			ok, err = s.turn(ctx, tx, a.OrgID, id, Planned, []string{Awaiting}, note, s.micros(), a.ID)
		}
		if err != nil {
			return err
		}
		if !ok {
			return conflict(r.status)
		}
		if r.kind == Series {
			return s.Auditor.Audit(ctx, tx, "campaign.approved", "campaign", id, map[string]any{"people": r.limit(set)})
		}
		org, err := s.Orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if err := s.Jobs.EnqueueCampaign(ctx, tx, a.OrgID, id, s.begins(r, org.Zone)); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "campaign.approved", "campaign", id, map[string]any{"people": r.people})
	})
	if err != nil {
		return Campaign{}, err
	}
	return s.Get(ctx, id)
}

// Withdraw makes a draft of a campaign whose people are not fixed yet.
func (s *Service) Withdraw(ctx context.Context, id string) (Campaign, error) {
	a := actor(ctx)
	err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if r.frozen > 0 || r.runs > 0 || r.series != "" {
			return conflict(r.status)
		}
		ok, err := s.turn(ctx, tx, a.OrgID, id, Draft, []string{Awaiting, Planned, Running}, "next_at = 0, why = '', people = 0, submitted_at = 0, submitted_by = '', approved_at = 0, approved_by = '', version = version + 1")
		if err != nil {
			return err
		}
		if !ok {
			return conflict(r.status)
		}
		return s.Auditor.Audit(ctx, tx, "campaign.withdrawn", "campaign", id, nil)
	})
	if err != nil {
		return Campaign{}, err
	}
	return s.Get(ctx, id)
}

// Steer pauses, resumes or cancels a campaign.
func (s *Service) Steer(ctx context.Context, id, what string) (Campaign, error) {
	a := actor(ctx)
	err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		var ok bool
		if r.kind == Series {
			if ok, err = s.steerSeries(ctx, tx, a.OrgID, r, what); err != nil {
				return err
			}
			what, r.frozen = "series_"+what, 0
		}
		switch what {
		case "pause":
			if ok, err = s.turn(ctx, tx, a.OrgID, id, Paused, []string{Sending}, ""); ok {
				err = s.steer(ctx, tx, a.OrgID, r, s.Outbox.Pause, "running")
			}
		case "resume":
			if ok, err = s.turn(ctx, tx, a.OrgID, id, Sending, []string{Paused}, ""); ok {
				err = s.steer(ctx, tx, a.OrgID, r, s.Outbox.Resume, "paused")
			}
		case "cancel":
			ok, err = s.turn(ctx, tx, a.OrgID, id, Cancelled, []string{Awaiting, Planned, Sending, Paused}, "finished_at = ?", s.micros())
			if ok && r.frozen > 0 {
				err = s.steer(ctx, tx, a.OrgID, r, s.Outbox.Cancel, "draft", "running", "paused")
			}
		}
		if err != nil {
			return err
		}
		if !ok {
			return conflict(r.status)
		}
		return s.Auditor.Audit(ctx, tx, "campaign."+map[string]string{"pause": "paused", "resume": "resumed", "cancel": "cancelled"}[strings.TrimPrefix(what, "series_")], "campaign", id, nil)
	})
	if err != nil {
		return Campaign{}, err
	}
	return s.Get(ctx, id)
}

// steer does something with those plans of a campaign that are in one of the
// states.
func (s *Service) steer(ctx context.Context, tx *db.Tx, orgID string, r *row, do func(ctx context.Context, tx *db.Tx, orgID, planID string) error, from ...string) error {
	for _, id := range r.plans() {
		p, err := s.Outbox.Progress(ctx, tx, orgID, id)
		if err != nil {
			return err
		}
		if slices.Contains(from, p.Status) {
			if err := do(ctx, tx, orgID, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// Tick notes which campaigns are through, follows what was done to their plans
// in the outbox itself, and decides the tests whose time has come.
func (s *Service) Tick(ctx context.Context) error {
	orgs, err := s.Orgs.OrgIDs(ctx)
	for _, org := range orgs {
		ctx := access.With(ctx, access.ForSystem(org, "campaign"))
		ticked := s.db.Write(ctx, org, func(tx *db.Tx) error { return s.tick(ctx, tx, org) })
		killpoint.Here("campaign.ticked")
		err = errors.Join(err, ticked, s.settle(ctx, org))
	}
	return err
}

func (s *Service) tick(ctx context.Context, tx *db.Tx, orgID string) error {
	if err := s.recur(ctx, tx, orgID); err != nil {
		return err
	}
	where, arg := tx.In("status", []string{Sending, Paused})
	ids, err := texts(ctx, tx, "SELECT id FROM campaign_campaign WHERE org_id = ? AND kind <> 'series' AND "+where+" ORDER BY id", orgID, arg)
	if err != nil {
		return err
	}
	for _, id := range ids {
		r, err := load(ctx, tx, orgID, id)
		if err != nil {
			return err
		}
		p, err := s.progress(ctx, tx, orgID, r)
		if err != nil {
			return err
		}
		to, from, set, args := "", []string{Sending, Paused}, "", []any(nil)
		switch p.Status {
		case "done":
			to, set, args = Done, "finished_at = ?", []any{s.micros()}
		case "cancelled", "cancelling":
			to, set, args = Cancelled, "finished_at = ?", []any{s.micros()}
		case "paused":
			to, from = Paused, []string{Sending}
		case "running":
			to, from = Sending, []string{Paused}
		}
		if to == "" {
			continue
		}
		ok, err := s.turn(ctx, tx, orgID, id, to, from, set, args...)
		if err == nil && ok && to == Cancelled { // one of its plans was: so is the other
			err = s.steer(ctx, tx, orgID, r, s.Outbox.Cancel, "draft", "running", "paused")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
