package care

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

const (
	alertEvery    = 20 * time.Second
	alertTries    = 6               // then it stays failed, and the settings say so
	alertPause    = 5 * time.Minute // between tries
	alertKept     = 90 * 24 * time.Hour
	maxAlertStaff = 20
)

// alerting is whom new cases are told to by mail, and how often at most.
type alerting struct {
	account             string
	staff               []string
	minutes, from, next int64
}

func alertingOf(ctx context.Context, tx *db.Tx, orgID string) (a alerting, err error) {
	var staff string
	err = tx.QueryRow(ctx, "SELECT alert_account, alert_staff, alert_minutes, alert_from, alert_next FROM care_org WHERE org_id = ?", orgID).Scan(&a.account, &staff, &a.minutes, &a.from, &a.next)
	if db.IsNoRows(err) {
		return alerting{staff: []string{}}, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(staff), &a.staff)
	}
	if err != nil {
		return a, fmt.Errorf("care: alerts: %w", err)
	}
	return a, nil
}

// AlertAll writes the mails that are due, in all orgs, and sends those that are
// written. A mail is stored, with what it says, in the transaction that marks
// its cases as told; it is sent under its own id. Whoever is killed in between
// leaves mails that the next round sends, and the carrier sends none twice.
func (s *Service) AlertAll(ctx context.Context) error {
	orgs, err := s.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		if err := s.alert(ctx, org); err != nil {
			return fmt.Errorf("care: alerts of %s: %w", org, err)
		}
	}
	return nil
}

func (s *Service) alert(ctx context.Context, orgID string) error {
	now := s.micros()
	var due, queued bool
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		a, err := alertingOf(ctx, tx, orgID)
		if err != nil {
			return err
		}
		if due = a.minutes > 0 && a.next <= now; due {
			if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM care_case WHERE org_id = ? AND alerted = 0 AND created_at >= ?)", orgID, a.from).Scan(&due); err != nil {
				return err
			}
		}
		return tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM care_alert WHERE org_id = ? AND status = 'queued' AND try_at <= ?)", orgID, now).Scan(&queued)
	})
	if err != nil || !due && !queued {
		return err
	}
	if due {
		if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error { return s.writeAlerts(ctx, tx, orgID) }); err != nil {
			return err
		}
	}
	return s.sendAlerts(ctx, orgID)
}

// digest is what a mail tells.
type digest struct {
	words, stopped, complaints int64
	due                        int64 // the first complaint's deadline
	unclosed, overdue          int64 // of all cases
}

// writeAlerts stores a mail for each handler about the cases that nobody was
// told of. It says how many, never what was said: mail is no place for that.
func (s *Service) writeAlerts(ctx context.Context, tx *db.Tx, orgID string) error {
	a, err := alertingOf(ctx, tx, orgID)
	now := s.micros()
	if err != nil || a.minutes == 0 || a.next > now {
		return err // another node was here
	}
	// Whoever waits for another's update sees the row as it is then.
	n, err := tx.Changed(ctx, "UPDATE care_org SET alert_next = ? WHERE org_id = ? AND alert_next = ?", now+a.minutes*60_000_000, orgID, a.next)
	if err != nil || n == 0 {
		return err
	}
	var d digest
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var kind, source string
		var due int64
		if err := rows.Scan(&kind, &source, &due); err != nil {
			return err
		}
		switch {
		case kind == kindComplaint:
			d.complaints++
			if d.due == 0 || due > 0 && due < d.due {
				d.due = due
			}
		case source == sourceStopped:
			d.stopped++
		default:
			d.words++
		}
		return nil
	}, "UPDATE care_case SET alerted = 1 WHERE org_id = ? AND alerted = 0 AND created_at >= ? RETURNING kind, source, due_at", orgID, a.from)
	if err != nil || d.words+d.stopped+d.complaints == 0 {
		return err
	}
	if err := tx.QueryRow(ctx, "SELECT count(*), COALESCE(SUM(CASE WHEN due_at > 0 AND due_at < ? THEN 1 ELSE 0 END), 0) FROM care_case WHERE org_id = ? AND status IN ('open', 'taken')", now, orgID).Scan(&d.unclosed, &d.overdue); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM care_alert WHERE org_id = ? AND created_at < ? AND status <> 'queued'", orgID, now-alertKept.Microseconds()); err != nil {
		return err
	}
	zone, err := s.Orgs.Zone(ctx, tx, orgID)
	if err != nil {
		return err
	}
	who, err := s.Staff.Handlers(ctx, tx, orgID)
	if err != nil {
		return err
	}
	for _, h := range who {
		if h.Email == "" || !slices.Contains(a.staff, h.StaffID) {
			continue
		}
		subject, body := d.mail(h.Lang, zone, s.consoleURL())
		if _, err := tx.Exec(ctx, `INSERT INTO care_alert (org_id, id, staff_id, account_id, address, subject, body, status, reason_zh, reason_en, tries, created_at, try_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', '', '', 0, ?, ?)`, orgID, ids.New("alt"), h.StaffID, a.account, h.Email, subject, body, now, now); err != nil {
			return err
		}
	}
	return nil
}

// mail puts a digest into words.
func (d digest) mail(l i18n.Lang, zone *time.Location, console string) (subject, body string) {
	all := d.words + d.stopped + d.complaints
	text := func(zh, en string, args ...any) string { return i18n.T(zh, en, args...).In(l) }
	subject = text("有 %d 个新案件要处理", "New cases to handle: %d", all)
	if d.complaints > 0 {
		subject = text("有 %d 个新案件要处理，其中投诉 %d 个", "New cases to handle: %d, complaints among them: %d", all, d.complaints)
	}
	body = subject + "\n\n"
	for _, line := range []struct {
		n      int64
		zh, en string
	}{{d.words, "命中敏感词：%d", "Sensitive words: %d"}, {d.stopped, "发送前被拦下：%d", "Stopped before they were sent: %d"}, {d.complaints, "投诉：%d", "Complaints: %d"}} {
		if line.n > 0 {
			body += text(line.zh, line.en, line.n) + "\n"
		}
	}
	if d.due > 0 {
		body += text("最早的投诉期限：%s", "The first complaint is due: %s", clock.Time(d.due).In(zone).Format("2006-01-02 15:04")) + "\n"
	}
	body += "\n" + text("还没有关闭的案件：%d，其中已过期限：%d", "Cases that are not closed: %d, past their deadline: %d", d.unclosed, d.overdue) + "\n"
	if console != "" {
		body += console + "/care?tab=cases&status=unclosed\n"
	}
	return subject, body + "\n" + text("这封邮件由“存档与关怀”的设置发出，不含聊天内容。", "This mail comes from the settings of archive and care. It holds nothing of what was said.") + "\n"
}

// sendAlerts sends what is written and due.
func (s *Service) sendAlerts(ctx context.Context, orgID string) error {
	var todo []Mail
	now := s.micros()
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		todo, err = db.All(ctx, tx, func(rows *sql.Rows, m *Mail) error {
			return rows.Scan(&m.Key, &m.AccountID, &m.To, &m.Subject, &m.Text, &m.tries)
		}, "SELECT id, account_id, address, subject, body, tries FROM care_alert WHERE org_id = ? AND status = 'queued' AND try_at <= ? ORDER BY try_at, id LIMIT 100", orgID, now)
		return err
	})
	for _, m := range todo {
		if err != nil {
			return err
		}
		var o MailOutcome
		if o, err = s.Mailer.Mail(ctx, orgID, m); errs.Is(err, errs.CodeUnavailable) {
			err = nil // another node is at it
			continue
		} else if err != nil {
			o = MailOutcome{Status: "failed", Reason: errs.As(err).Text, Again: true}
		}
		err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
			status, tryAt := o.Status, int64(0)
			if status == "failed" && o.Again && m.tries+1 < alertTries {
				status, tryAt = "queued", now+alertPause.Microseconds()
			}
			_, err := tx.Exec(ctx, "UPDATE care_alert SET status = ?, reason_zh = ?, reason_en = ?, tries = tries + 1, try_at = ? WHERE org_id = ? AND id = ? AND status = 'queued' AND tries = ?",
				status, o.Reason.ZH, o.Reason.EN, tryAt, orgID, m.Key, m.tries)
			return err
		})
	}
	return err
}

// SetBaseURL says where people reach the console, for links in mails.
func (s *Service) SetBaseURL(address string) { s.base.Store(&address) }

func (s *Service) consoleURL() string {
	p := s.base.Load()
	if p == nil {
		return ""
	}
	if u, err := url.Parse(*p); err != nil || u.Host == "" {
		return ""
	}
	return *p
}

// AlertState is how alerts are set, and how the last one went.
type AlertState struct {
	Minutes   int64      `json:"minutes" doc:"One mail in so many at most; 0: off"`
	AccountID string     `json:"account_id" doc:"The e-mail account that they leave by"`
	StaffIDs  []string   `json:"staff_ids" nullable:"false" doc:"Who gets them"`
	SentAt    *time.Time `json:"sent_at" doc:"When the last one was sent; null: none was"`
	Problem   string     `json:"problem" doc:"Why the last one was not; empty: it was"`
}

// AlertPatch changes alerts; what is left out stays.
type AlertPatch struct {
	Minutes   *int64    `json:"minutes,omitempty" minimum:"0" maximum:"1440" doc:"One mail in so many minutes at most (5 at least); 0: off"`
	AccountID *string   `json:"account_id,omitempty" maxLength:"64"`
	StaffIDs  *[]string `json:"staff_ids,omitempty" maxItems:"20" doc:"Who handles cases and is active"`
}

func (s *Service) alertState(ctx context.Context, tx *db.Tx, orgID string) (out AlertState, err error) {
	a, err := alertingOf(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	out = AlertState{Minutes: a.minutes, AccountID: a.account, StaffIDs: a.staff}
	var at int64
	if err := tx.QueryRow(ctx, "SELECT COALESCE(MAX(created_at), 0) FROM care_alert WHERE org_id = ? AND status = 'sent'", orgID).Scan(&at); err != nil {
		return out, err
	}
	out.SentAt = clock.Ptr(at)
	var reason i18n.Text
	err = tx.QueryRow(ctx, "SELECT reason_zh, reason_en FROM care_alert WHERE org_id = ? ORDER BY created_at DESC, id DESC LIMIT 1", orgID).Scan(&reason.ZH, &reason.EN)
	if db.IsNoRows(err) {
		err = nil
	}
	out.Problem = reason.In(i18n.From(ctx))
	return out, err
}

// setAlerts changes alerts within the transaction that changes the settings.
func (s *Service) setAlerts(ctx context.Context, tx *db.Tx, orgID string, p AlertPatch, detail map[string]any) error {
	a, err := alertingOf(ctx, tx, orgID)
	if err != nil {
		return err
	}
	was := a.minutes
	if p.Minutes != nil {
		a.minutes = *p.Minutes
	}
	if p.AccountID != nil {
		a.account = *p.AccountID
	}
	if p.StaffIDs != nil {
		a.staff = slices.Compact(slices.Sorted(slices.Values(*p.StaffIDs)))
	}
	field := func(name, zh, en string) error {
		return errs.InvalidField("body.alerts."+name, i18n.Text{ZH: zh, EN: en})
	}
	if a.minutes > 0 {
		accounts, err := s.Carriers.Accounts(ctx, tx, orgID)
		if err != nil {
			return err
		}
		who, err := s.Staff.Handlers(ctx, tx, orgID)
		if err != nil {
			return err
		}
		switch {
		case a.minutes < 5:
			return field("minutes", "至少间隔 5 分钟", "At least 5 minutes apart")
		case accounts[a.account].Kind != "email":
			return field("account_id", "请选择一个邮箱账号", "Choose an e-mail account")
		case len(a.staff) == 0 || len(a.staff) > maxAlertStaff:
			return field("staff_ids", "请选择 1–20 位收件人", "Choose 1 to 20 people")
		}
		for _, id := range a.staff {
			if !slices.ContainsFunc(who, func(h Handler) bool { return h.StaffID == id }) {
				return field("staff_ids", "只能选能处理案件的在职员工", "Only active staff who may handle cases")
			}
		}
		if was == 0 {
			a.from, a.next = s.micros(), 0
		}
	}
	if a.minutes == 0 { // nobody is told what was written before either
		if _, err := tx.Exec(ctx, "UPDATE care_alert SET status = 'cancelled' WHERE org_id = ? AND status = 'queued'", orgID); err != nil {
			return err
		}
	}
	detail["alerts"] = map[string]any{"minutes": a.minutes, "account_id": a.account, "staff_ids": a.staff}
	_, err = tx.Exec(ctx, "UPDATE care_org SET alert_account = ?, alert_staff = ?, alert_minutes = ?, alert_from = ?, alert_next = ? WHERE org_id = ?", a.account, db.JSON(a.staff), a.minutes, a.from, a.next, orgID)
	return err
}
