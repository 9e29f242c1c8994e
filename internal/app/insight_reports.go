package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"fishpond/internal/carrier"
	"fishpond/internal/insight"
	"fishpond/internal/insight/report"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/jobs"
)

// reportPages are the pages that can be exported and sent on a schedule. A
// part that offers pages adds its line here.
func (a *App) reportPages() []report.Page {
	var all []report.Page
	all = append(all, a.Insight.ReportPages()...)
	all = append(all, a.Economics.ReportPages()...)
	all = append(all, a.newLookalike().ReportPages()...)
	all = append(all, a.Drill.ReportPages()...)
	all = append(all, a.Scorecard.ReportPages()...)
	all = append(all, a.Playbook.ReportPages()...)
	return all
}

func (a *App) newReports(later *later) *report.Service {
	return report.New(a.DB, a.now, a.Log, a.reportPages(), figures(), report.Ports{Auditor: a.Org, Orgs: reportOrgs{a.Org},
		Mailer: reportMailer{a.Carrier.NewOutbox(reportLines), a.Carrier}, Later: later})
}

// reportLines is how many connections reports open to one mail server.
const reportLines = 2

// reportTickArgs makes the reports that are due.
type reportTickArgs struct{}

func (reportTickArgs) Kind() string { return "report.tick" }

// reportRunArgs sends what a report still has to send.
type reportRunArgs struct {
	RunID string `json:"run_id"`
}

func (reportRunArgs) Kind() string { return "report.run" }

// EnqueueReport asks for report.Service.Run of the run.
func (l *later) EnqueueReport(ctx context.Context, tx *db.Tx, orgID, runID string) error {
	_, _, err := l.jobs.Enqueue(ctx, tx, orgID, reportRunArgs{RunID: runID}, jobs.Opts{UniqueKey: runID})
	return err
}

func (a *App) registerReportJobs(r *jobs.Registry) {
	long := jobs.Limits{Timeout: -1, Queue: jobs.Long}
	jobs.Register(r, long, func(ctx context.Context, _ jobs.Job[reportTickArgs]) error { return a.Reports.Tick(ctx) })
	jobs.Register(r, long, func(ctx context.Context, j jobs.Job[reportRunArgs]) error {
		return a.Reports.Run(ctx, j.OrgID, j.Args.RunID)
	})
	r.Every(time.Minute, reportTickArgs{})
}

// reportOrgs answers for the org module.
type reportOrgs struct{ *org.Service }

func (o reportOrgs) Settings(ctx context.Context, tx *db.Tx, orgID string) (report.OrgSettings, error) {
	s, err := o.Service.Settings(ctx, tx, orgID)
	return report.OrgSettings{Name: s.Name, Zone: s.TimeZone}, err
}

func (o reportOrgs) Staff(ctx context.Context, tx *db.Tx, orgID string) ([]report.Colleague, error) {
	all, err := o.StaffOf(ctx, tx, orgID)
	out := make([]report.Colleague, len(all))
	for i, st := range all {
		out[i] = report.Colleague{ID: st.ID, Name: st.Name, Address: st.Email, Locale: i18n.Match(st.Locale), MayRead: st.Status == org.StatusActive && reads(st.Role)}
	}
	slices.SortStableFunc(out, func(a, b report.Colleague) int { return strings.Compare(a.Name, b.Name) })
	return out, err
}

// reads tells whether a role may read analyses.
func reads(role string) bool {
	return slices.ContainsFunc(insight.Permissions, func(p access.Permission) bool { return p.Key == "insight.read" && slices.Contains(p.Roles, role) })
}

// reportMailer sends by the brand's own e-mail accounts.
type reportMailer struct {
	outbox  *carrier.Outbox
	carrier *carrier.Service
}

func (m reportMailer) Mailboxes(ctx context.Context, tx *db.Tx, orgID string) ([]report.ReportMailbox, error) {
	infos, err := m.carrier.AccountInfos(ctx, tx, orgID)
	out := []report.ReportMailbox{}
	for id, i := range infos {
		if i.Kind == carrier.KindEmail && i.Active {
			out = append(out, report.ReportMailbox{ID: id, Name: i.Name})
		}
	}
	slices.SortFunc(out, func(a, b report.ReportMailbox) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return out, err
}

func (m reportMailer) Send(ctx context.Context, orgID, mailboxID string, mail report.Mail) (report.Outcome, i18n.Text) {
	out := carrier.StaffMail{Key: mail.Key, To: mail.To, Subject: mail.Subject, Text: mail.Text, HTML: mail.HTML, Begin: mail.Begin}
	for _, f := range mail.Files {
		out.Files = append(out.Files, carrier.StaffFile(f))
	}
	d := m.outbox.MailStaff(ctx, orgID, mailboxID, out)
	switch {
	case d.Status == carrier.SendSent:
		return report.OutSent, i18n.Text{}
	case d.Status == carrier.SendDoubtful:
		return report.OutDoubtful, d.Reason
	case d.Untried || d.Again:
		return report.OutLater, d.Reason
	}
	return report.OutFailed, d.Reason
}
