package carrier

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Alert is something that is wrong with an account at present.
type Alert struct {
	AccountID      string     `json:"account_id"`
	AccountName    string     `json:"account_name"`
	OwnerStaffID   string     `json:"owner_staff_id" doc:"Who looks after the account; empty: nobody"`
	Code           string     `json:"code"`
	Level          string     `json:"level" enum:"warning,failing"`
	Text           string     `json:"text" doc:"What it is and what to do"`
	Since          time.Time  `json:"since"`
	AcknowledgedBy string     `json:"acknowledged_by" doc:"Who has seen it; empty: nobody yet"`
	AcknowledgedAt *time.Time `json:"acknowledged_at"`
}

// alert is a row of carrier_alert.
type alert struct {
	finding
	since int64
}

// change is what a look at an account changes in its alerts.
type change struct {
	finding
	over bool
}

// alerts are the org's present ones, by account and code.
func alerts(ctx context.Context, tx *db.Tx, org string) (map[string]map[string]alert, error) {
	out := map[string]map[string]alert{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var account string
		var a alert
		if err := rows.Scan(&account, &a.code, &a.level, &a.text.ZH, &a.text.EN, &a.since); err != nil {
			return err
		}
		if out[account] == nil {
			out[account] = map[string]alert{}
		}
		out[account][a.code] = a
		return nil
	}, "SELECT account_id, code, level, text_zh, text_en, since FROM carrier_alert WHERE org_id = ?", org)
}

// changes compares what was found with what is known.
func (v verdict) changes(open map[string]alert) (out []change) {
	is := map[string]bool{}
	for _, f := range v.found {
		is[f.code] = true
		if had, ok := open[f.code]; !ok || had.finding != f {
			out = append(out, change{finding: f})
		}
	}
	for _, code := range keysOf(open) {
		if !is[code] {
			out = append(out, change{finding: open[code].finding, over: true})
		}
	}
	return out
}

// keep writes a change down and reports whether an alert has begun. One that
// becomes worse is nobody's acknowledged any more.
func (c change) keep(ctx context.Context, tx *db.Tx, a *account, now int64) (began bool, err error) {
	if c.over {
		_, err := tx.Exec(ctx, "DELETE FROM carrier_alert WHERE org_id = ? AND account_id = ? AND code = ?", a.org, a.id, c.code)
		return false, err
	}
	n, err := tx.Changed(ctx, "INSERT INTO carrier_alert (org_id, account_id, code, level, text_zh, text_en, since) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org_id, account_id, code) DO NOTHING",
		a.org, a.id, c.code, c.level, c.text.ZH, c.text.EN, now)
	if err != nil || n == 1 {
		return n == 1, err
	}
	_, err = tx.Exec(ctx, `UPDATE carrier_alert SET text_zh = ?, text_en = ?, level = ?, acknowledged_by = CASE WHEN level = ? THEN acknowledged_by ELSE '' END,
		acknowledged_at = CASE WHEN level = ? THEN acknowledged_at ELSE 0 END WHERE org_id = ? AND account_id = ? AND code = ?`,
		c.text.ZH, c.text.EN, c.level, c.level, c.level, a.org, a.id, c.code)
	return false, err
}

// Alerts lists what is wrong with the org's accounts as of the last look, the
// worst and oldest first.
func (s *Service) Alerts(ctx context.Context) (out []Alert, err error) {
	org, lang := actor(ctx).OrgID, i18n.From(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var a Alert
			var text i18n.Text
			var since, at int64
			err := rows.Scan(&a.AccountID, &a.AccountName, &a.OwnerStaffID, &a.Code, &a.Level, &text.ZH, &text.EN, &since, &a.AcknowledgedBy, &at)
			a.Text, a.Since, a.AcknowledgedAt = text.In(lang), clock.Time(since), clock.Ptr(at)
			out = append(out, a)
			return err
		}, `SELECT l.account_id, a.name, a.owner_staff_id, l.code, l.level, l.text_zh, l.text_en, l.since, l.acknowledged_by, l.acknowledged_at
			FROM carrier_alert l JOIN carrier_account a ON a.org_id = l.org_id AND a.id = l.account_id WHERE l.org_id = ?
			ORDER BY CASE l.level WHEN 'failing' THEN 0 ELSE 1 END, l.since, l.account_id, l.code`, org)
	})
	return out, err
}

// Acknowledge notes that somebody has seen an alert and deals with it.
func (s *Service) Acknowledge(ctx context.Context, accountID, code string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "UPDATE carrier_alert SET acknowledged_by = ?, acknowledged_at = ? WHERE org_id = ? AND account_id = ? AND code = ?", a.ID, s.micros(), a.OrgID, accountID, code)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.NotFound(i18n.T("这条提醒", "alert"))
		}
		return s.ports.Auditor.Audit(ctx, tx, "carrier.alert_acknowledged", "account", accountID, map[string]any{"code": code})
	})
}
