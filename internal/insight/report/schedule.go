package report

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

// ReportPart is a page in a report, with its question.
type ReportPart struct {
	Page  string `json:"page" maxLength:"40" example:"overview"`
	Query string `json:"query,omitempty" maxLength:"8000" doc:"As in the page's address, without the question mark; empty: what the page shows by itself"`
	Span  string `json:"span,omitempty" enum:"last_month,last_3_months,last_12_months" doc:"Whole months before the day it is sent, instead of those of the query; empty: those of the query, or the page's own"`
}

// ReportInput is what a schedule is made of.
type ReportInput struct {
	Name       string        `json:"name" maxLength:"240"`
	Pages      []ReportPart  `json:"pages" minItems:"1" maxItems:"8" nullable:"false"`
	Cadence    ReportCadence `json:"cadence"`
	Recipients []string      `json:"recipients" minItems:"1" maxItems:"50" nullable:"false" doc:"Ids of staff who may read analyses"`
	AccountID  string        `json:"account_id,omitempty" maxLength:"64" doc:"Of the e-mail account to send by; empty: the first that works"`
}

// ReportSchedule is a report that goes out by itself.
type ReportSchedule struct {
	ID string `json:"id"`
	ReportInput
	Status    string     `json:"status" enum:"active,paused"`
	TimeZone  string     `json:"time_zone" doc:"In which the hour is meant: the org's"`
	NextAt    *time.Time `json:"next_at" doc:"null when it is paused"`
	Version   int64      `json:"version"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	LastRun   *ReportRun `json:"last_run" doc:"null before the first"`
	Cannot    string     `json:"cannot" doc:"Why nothing will go out as things stand; empty when it will"`
}

// Statuses of a schedule.
const (
	Active  = "active"
	Paused  = "paused"
	deleted = "deleted"
)

const (
	mostSchedules = 100
	mostName      = 60
)

var (
	errNoSchedule = errs.NotFound(i18n.T("这份报表", "report"))
	errNoMailbox  = i18n.T("品牌还没有能用的邮箱账号，请先在“账号”里接入一个", "The brand has no e-mail account that works: connect one under Accounts")
	errStale      = errs.Conflict(i18n.T("这份报表刚被别人改过，请刷新后再改", "Somebody has just changed this report: load it again"))
)

// check refuses what cannot be sent, and tidies the name.
func (s *Service) check(ctx context.Context, tx *db.Tx, orgID string, in *ReportInput) error {
	in.Name = strings.TrimSpace(plaintext.Tidy(in.Name))
	if in.Name == "" || utf8.RuneCountInString(in.Name) > mostName {
		return errs.InvalidField("body.name", i18n.T("名称应为 1 到 %d 个字", "A name has 1 to %d characters", mostName))
	}
	if err := in.Cadence.check(); err != nil {
		return err
	}
	for _, c := range in.Pages {
		if _, err := s.page(c.Page); err != nil {
			return errs.InvalidField("body.pages", i18n.T("没有页面“%.40s”", "There is no page %.40s", c.Page))
		}
		if _, err := url.ParseQuery(c.Query); err != nil {
			return errs.InvalidField("body.pages", i18n.T("页面地址读不懂", "The page's address cannot be read"))
		}
	}
	staff, err := s.Orgs.Staff(ctx, tx, orgID)
	if err != nil {
		return err
	}
	slices.Sort(in.Recipients)
	in.Recipients = slices.Compact(in.Recipients)
	for _, id := range in.Recipients {
		i := slices.IndexFunc(staff, func(c Colleague) bool { return c.ID == id })
		if i < 0 || !staff[i].MayRead {
			return errs.InvalidField("body.recipients", i18n.T("收件人只能是能查看分析的在职员工", "Recipients are active staff who may read analyses"))
		}
	}
	if in.AccountID == "" {
		return nil
	}
	boxes, err := s.Mailer.Mailboxes(ctx, tx, orgID)
	if err == nil && !slices.ContainsFunc(boxes, func(b ReportMailbox) bool { return b.ID == in.AccountID }) {
		err = errs.InvalidField("body.account_id", i18n.T("这个邮箱账号不能用", "This e-mail account does not work"))
	}
	return err
}

// Create makes a schedule.
func (s *Service) Create(ctx context.Context, in ReportInput) (out ReportSchedule, err error) {
	a, _ := access.From(ctx)
	id := ids.New("rps")
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.check(ctx, tx, a.OrgID, &in); err != nil {
			return err
		}
		n, err := countSchedules(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if n >= mostSchedules {
			return errs.Conflict(i18n.T("最多 %d 份定时报表", "At most %d scheduled reports", mostSchedules))
		}
		next, err := s.next(ctx, tx, a.OrgID, in.Cadence)
		if err != nil {
			return err
		}
		now := clock.Micros(s.now())
		r := scheduleRow{id: id, in: in, status: Active, next: next, version: 1, by: a.ID, created: now, updated: now}
		if err := r.insert(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "report.created", "report_schedule", id, map[string]any{"recipients": len(in.Recipients), "every": in.Cadence.Every}); err != nil {
			return err
		}
		out, err = s.schedule(ctx, tx, a.OrgID, id)
		return err
	})
	return out, err
}

// next is when a cadence comes round after now.
func (s *Service) next(ctx context.Context, tx *db.Tx, orgID string, c ReportCadence) (int64, error) {
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return 0, err
	}
	return clock.Micros(c.Next(s.now(), org.Zone).At), nil
}

// Change replaces what a schedule is made of. version is the one that was seen.
func (s *Service) Change(ctx context.Context, id string, version int64, in ReportInput) (ReportSchedule, error) {
	return s.alter(ctx, id, "report.changed", func(tx *db.Tx, orgID string, r *scheduleRow) error {
		if r.status == deleted {
			return errNoSchedule
		}
		if r.version != version {
			return errStale
		}
		if err := s.check(ctx, tx, orgID, &in); err != nil {
			return err
		}
		r.in = in
		return s.retime(ctx, tx, orgID, r)
	})
}

func (s *Service) retime(ctx context.Context, tx *db.Tx, orgID string, r *scheduleRow) (err error) {
	if r.next = 0; r.status == Active {
		r.next, err = s.next(ctx, tx, orgID, r.in.Cadence)
	}
	return err
}

// SetStatus pauses a schedule, or lets it go on: from the next time that it
// comes round.
func (s *Service) SetStatus(ctx context.Context, id, status string) (ReportSchedule, error) {
	return s.alter(ctx, id, "report."+status, func(tx *db.Tx, orgID string, r *scheduleRow) error {
		if r.status == deleted {
			return errNoSchedule
		}
		r.status = status
		return s.retime(ctx, tx, orgID, r)
	})
}

// Delete takes a schedule away; Restore brings it back, paused.
func (s *Service) Delete(ctx context.Context, id string) error {
	_, err := s.alter(ctx, id, "report.deleted", func(_ *db.Tx, _ string, r *scheduleRow) error {
		if r.status == deleted {
			return errNoSchedule
		}
		r.status, r.next = deleted, 0
		return nil
	})
	return err
}

// Restore brings a deleted schedule back as it was, active or paused as was.
func (s *Service) Restore(ctx context.Context, id, status string) (ReportSchedule, error) {
	return s.alter(ctx, id, "report.restored", func(tx *db.Tx, orgID string, r *scheduleRow) error {
		if r.status != deleted {
			return nil
		}
		r.status = status
		return s.retime(ctx, tx, orgID, r)
	})
}

func (s *Service) alter(ctx context.Context, id, action string, do func(tx *db.Tx, orgID string, r *scheduleRow) error) (out ReportSchedule, err error) {
	a, _ := access.From(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := scheduleByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		seen := r.version
		if err := do(tx, a.OrgID, &r); err != nil {
			return err
		}
		r.version, r.updated = seen+1, clock.Micros(s.now())
		if err := r.update(ctx, tx, a.OrgID, seen); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, action, "report_schedule", id, map[string]any{"status": r.status}); err != nil || r.status == deleted {
			return err
		}
		out, err = s.schedule(ctx, tx, a.OrgID, id)
		return err
	})
	return out, err
}

// Schedules lists an org's, by name.
func (s *Service) Schedules(ctx context.Context) (out []ReportSchedule, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		rows, err := schedules(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		out, err = s.views(ctx, tx, a.OrgID, rows)
		return err
	})
	return out, err
}

// Schedule returns one.
func (s *Service) Schedule(ctx context.Context, id string) (out ReportSchedule, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out, err = s.schedule(ctx, tx, a.OrgID, id)
		return err
	})
	return out, err
}

func (s *Service) schedule(ctx context.Context, tx *db.Tx, orgID, id string) (ReportSchedule, error) {
	r, err := scheduleByID(ctx, tx, orgID, id)
	if err != nil {
		return ReportSchedule{}, err
	}
	if r.status == deleted {
		return ReportSchedule{}, errNoSchedule
	}
	all, err := s.views(ctx, tx, orgID, []scheduleRow{r})
	if err != nil {
		return ReportSchedule{}, err
	}
	return all[0], nil
}

func (s *Service) views(ctx context.Context, tx *db.Tx, orgID string, rows []scheduleRow) ([]ReportSchedule, error) {
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	boxes, err := s.Mailer.Mailboxes(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	out := make([]ReportSchedule, len(rows))
	for i, r := range rows {
		v := ReportSchedule{ID: r.id, ReportInput: r.in, Status: r.status, TimeZone: org.Zone.String(), NextAt: clock.Ptr(r.next), Version: r.version, CreatedAt: clock.Time(r.created), UpdatedAt: clock.Time(r.updated)}
		if pick(boxes, r.in.AccountID) == "" {
			v.Cannot = errNoMailbox.In(i18n.From(ctx))
		}
		last, err := runsOf(ctx, tx, orgID, r.id, 1)
		if err != nil {
			return nil, err
		}
		if len(last) > 0 {
			runs, err := s.runViews(ctx, tx, orgID, last)
			if err != nil {
				return nil, err
			}
			v.LastRun = &runs[0]
		}
		out[i] = v
	}
	return out, nil
}

// pick is the mailbox that was chosen, or the first; empty when it is not there.
func pick(boxes []ReportMailbox, chosen string) string {
	for _, b := range boxes {
		if chosen == "" || b.ID == chosen {
			return b.ID
		}
	}
	return ""
}

// ReportChoices is what a schedule can be made of.
type ReportChoices struct {
	Pages      []ReportPage      `json:"pages" nullable:"false"`
	Recipients []ReportRecipient `json:"recipients" nullable:"false"`
	Accounts   []ReportMailbox   `json:"accounts" nullable:"false" doc:"E-mail accounts that work"`
	TimeZone   string            `json:"time_zone"`
	Cannot     string            `json:"cannot" doc:"Why nothing can be sent; empty when it can"`
}

// ReportRecipient is somebody who can be sent reports.
type ReportRecipient struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Choices lists what a schedule can be made of.
func (s *Service) Choices(ctx context.Context) (out ReportChoices, err error) {
	a, _ := access.From(ctx)
	out = ReportChoices{Pages: s.Pages(ctx), Recipients: []ReportRecipient{}}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		org, err := s.Orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		out.TimeZone = org.Zone.String()
		staff, err := s.Orgs.Staff(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		for _, c := range staff {
			if c.MayRead {
				out.Recipients = append(out.Recipients, ReportRecipient{c.ID, c.Name})
			}
		}
		if out.Accounts, err = s.Mailer.Mailboxes(ctx, tx, a.OrgID); err == nil && len(out.Accounts) == 0 {
			out.Accounts, out.Cannot = []ReportMailbox{}, errNoMailbox.In(i18n.From(ctx))
		}
		return err
	})
	return out, err
}
