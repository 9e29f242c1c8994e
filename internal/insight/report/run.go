package report

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// Statuses of runs and of their mails.
const (
	runOpen = "open"
	runDone = "done"

	MailWaiting  = "waiting"
	MailBegun    = "begun"
	MailSent     = "sent"
	MailFailed   = "failed"
	MailDoubtful = "doubtful"
	MailLeftOut  = "left_out"
)

const (
	mostTries = 5
	// lost is how long after a mail was begun nobody can still be at it: a
	// mail may take ten minutes, and the process that began it is dead.
	lost = 20 * time.Minute
)

var (
	whyDoubtful = i18n.T("交给邮件服务器时中断了，可能已送达，也可能没有；为免重复，不会自动再发", "It broke off while the mail server was taking it: it may have arrived or not, and is not sent again by itself")
	whyLeftOut  = i18n.T("收件人已不能查看分析，没有发送", "The recipient may no longer read analyses: nothing was sent")
	whyDeleted  = i18n.T("报表已删除，没有发送", "The report was deleted: nothing was sent")
	errTaken    = errors.New("report: somebody else sends this mail")
)

// ReportRun is a report that was due, or asked for, and what became of it.
type ReportRun struct {
	ID        string       `json:"id"`
	Period    string       `json:"period" doc:"The day it is of; empty when it was asked for at once"`
	DueAt     time.Time    `json:"due_at"`
	CreatedAt time.Time    `json:"created_at"`
	AskedBy   string       `json:"asked_by" doc:"Who asked for it at once; empty when it was due"`
	Status    string       `json:"status" enum:"open,done"`
	Reason    string       `json:"reason" doc:"Why it could not be made yet; empty when it could"`
	Rows      int64        `json:"rows" doc:"Of all tables"`
	Bytes     int64        `json:"bytes" doc:"Of the document; too large ones are not attached but linked"`
	Mails     []ReportMail `json:"mails" nullable:"false"`
}

// ReportMail is a run's mail to one colleague.
type ReportMail struct {
	StaffID string     `json:"staff_id"`
	Name    string     `json:"name"`
	Status  string     `json:"status" enum:"waiting,begun,sent,failed,doubtful,left_out"`
	Reason  string     `json:"reason"`
	ToldAt  *time.Time `json:"told_at" doc:"When its outcome was known"`
}

// Tick makes the runs that are due, and has those that are open worked on. Of
// times that went by while nothing ran, only the latest is made up for.
func (s *Service) Tick(ctx context.Context) error {
	orgs, err := s.Orgs.OrgIDs(ctx)
	for _, id := range orgs {
		if e := s.tick(ctx, id); e != nil {
			err = errors.Join(err, fmt.Errorf("org %s: %w", id, e))
		}
	}
	return err
}

func (s *Service) tick(ctx context.Context, orgID string) error {
	now := s.now()
	var due, open []string
	list := func(into *[]string) func(*sql.Rows) error {
		return func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			*into = append(*into, id)
			return err
		}
	}
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		return errors.Join(
			tx.Each(ctx, list(&due), "SELECT id FROM insight_report_schedule WHERE org_id = ? AND next_at > 0 AND next_at <= ?", orgID, clock.Micros(now)),
			tx.Each(ctx, list(&open), "SELECT id FROM insight_report_run WHERE org_id = ? AND status = 'open' AND try_at <= ?", orgID, clock.Micros(now)))
	}); err != nil {
		return err
	}
	for _, id := range due {
		if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error { return s.fall(ctx, tx, orgID, id, now) }); err != nil {
			return err
		}
	}
	for _, id := range open {
		if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error { return s.Later.EnqueueReport(ctx, tx, orgID, id) }); err != nil {
			return err
		}
	}
	return nil
}

// fall makes the run of a schedule that has come round.
func (s *Service) fall(ctx context.Context, tx *db.Tx, orgID, id string, now time.Time) error {
	r, err := scheduleByID(ctx, tx, orgID, id)
	if err != nil || r.next == 0 || r.next > clock.Micros(now) { // somebody was quicker
		return err
	}
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return err
	}
	at := r.in.Cadence.Last(now, org.Zone)
	if _, err := tx.Exec(ctx, "UPDATE insight_report_schedule SET next_at = ? WHERE org_id = ? AND id = ?", clock.Micros(r.in.Cadence.Next(now, org.Zone).At), orgID, id); err != nil {
		return err
	}
	_, err = s.open(ctx, tx, orgID, r, at.Day, at.At, "")
	return err
}

// open makes a run of a period, once.
func (s *Service) open(ctx context.Context, tx *db.Tx, orgID string, r scheduleRow, period string, due time.Time, by string) (runRow, error) {
	run := runRow{id: ids.New("rpr"), schedule: r.id, period: period, due: clock.Micros(due), created: clock.Micros(s.now()), askedBy: by, status: runOpen}
	added, err := run.insert(ctx, tx, orgID)
	if err != nil {
		return run, err
	}
	if !added {
		return runOfPeriod(ctx, tx, orgID, r.id, period)
	}
	for _, staff := range r.in.Recipients {
		if _, err := tx.Exec(ctx, "INSERT INTO insight_report_mail (org_id, run_id, staff_id, address, status, reason, attempts, begun_at, told_at) VALUES (?, ?, ?, '', ?, '', 0, 0, 0)", orgID, run.id, staff, MailWaiting); err != nil {
			return run, err
		}
	}
	return run, s.Later.EnqueueReport(ctx, tx, orgID, run.id)
}

// nowPrefix begins the periods of runs that were asked for at once.
const nowPrefix = "now:"

// SendNow sends a report at once, beside its times. The same key asks once.
func (s *Service) SendNow(ctx context.Context, id, key string) (out ReportRun, err error) {
	a, _ := access.From(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := scheduleByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if r.status == deleted {
			return errNoSchedule
		}
		boxes, err := s.Mailer.Mailboxes(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if pick(boxes, r.in.AccountID) == "" {
			return errs.Conflict(errNoMailbox)
		}
		run, err := s.open(ctx, tx, a.OrgID, r, nowPrefix+key, s.now(), a.ID)
		if err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "report.sent_now", "report_schedule", id, map[string]any{"run": run.id}); err != nil {
			return err
		}
		views, err := s.runViews(ctx, tx, a.OrgID, []runRow{run})
		if err == nil {
			out = views[0]
		}
		return err
	})
	return out, err
}

// Runs are the latest runs of a schedule, the newest first; 60 at most.
func (s *Service) Runs(ctx context.Context, id string) (out []ReportRun, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := scheduleByID(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		rows, err := runsOf(ctx, tx, a.OrgID, id, 60)
		if err == nil {
			out, err = s.runViews(ctx, tx, a.OrgID, rows)
		}
		return err
	})
	return out, err
}

func (s *Service) runViews(ctx context.Context, tx *db.Tx, orgID string, rows []runRow) ([]ReportRun, error) {
	lang := i18n.From(ctx)
	staff, err := s.Orgs.Staff(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	name := func(id string) string {
		if i := slices.IndexFunc(staff, func(c Colleague) bool { return c.ID == id }); i >= 0 {
			return staff[i].Name
		}
		return id
	}
	out := make([]ReportRun, len(rows))
	for i, r := range rows {
		v := ReportRun{ID: r.id, Period: r.period, DueAt: clock.Time(r.due), CreatedAt: clock.Time(r.created), Status: r.status, Reason: r.reason.In(lang), Rows: r.rows, Bytes: r.bytes, Mails: []ReportMail{}}
		if r.askedBy != "" {
			v.Period, v.AskedBy = "", name(r.askedBy)
		}
		mails, err := mailsOf(ctx, tx, orgID, r.id)
		if err != nil {
			return nil, err
		}
		for _, m := range mails {
			v.Mails = append(v.Mails, ReportMail{StaffID: m.staff, Name: name(m.staff), Status: m.status, Reason: m.reason.In(lang), ToldAt: clock.Ptr(m.told)})
		}
		out[i] = v
	}
	return out, nil
}
