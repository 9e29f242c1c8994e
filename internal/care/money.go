package care

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// money is a row of care_money.
type money struct {
	id, source, kind, direction string
	staff, account, person      string
	minor                       int64
	currency                    string
	at                          int64
}

func putMoney(ctx context.Context, tx *db.Tx, orgID string, zone *time.Location, m money) error {
	_, err := tx.Exec(ctx, `INSERT INTO care_money (org_id, id, source, kind, direction, staff_id, account_id, person_id, amount_minor, currency, day, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		orgID, m.id, m.source, m.kind, m.direction, m.staff, m.account, m.person, m.minor, m.currency, clock.Time(m.at).In(zone).Format(time.DateOnly), m.at)
	if err != nil {
		return fmt.Errorf("care: money: %w", err)
	}
	return nil
}

// MoneyQuery selects money.
type MoneyQuery struct {
	By        string `query:"by" enum:"staff,account,day" default:"staff"`
	From      string `query:"from" maxLength:"10" doc:"First day, in the org's time zone"`
	To        string `query:"to" maxLength:"10" doc:"Last day, included"`
	StaffID   string `query:"staff_id" maxLength:"64"`
	AccountID string `query:"account_id" maxLength:"64"`
}

// MoneyRow is what was received and sent, in one currency.
type MoneyRow struct {
	Key           string `json:"key" doc:"Staff id, account id or day; empty: not known"`
	Name          string `json:"name"`
	Currency      string `json:"currency"`
	Received      int64  `json:"received" doc:"How often"`
	ReceivedMinor int64  `json:"received_minor"`
	Sent          int64  `json:"sent"`
	SentMinor     int64  `json:"sent_minor"`
}

// Money are totals.
type Money struct {
	Items  []MoneyRow `json:"items" nullable:"false"`
	Totals []MoneyRow `json:"totals" nullable:"false" doc:"One for each currency"`
}

// MoneyTotals adds up what was received and sent over staff accounts: red
// packets and transfers of the archive, and orders that say over whom they went.
func (s *Service) MoneyTotals(ctx context.Context, q MoneyQuery) (out Money, err error) {
	org := actor(ctx).OrgID
	key := map[string]string{"staff": "staff_id", "account": "account_id", "day": "day"}[q.By]
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out = Money{Items: []MoneyRow{}, Totals: []MoneyRow{}}
		if _, _, err := s.days(ctx, tx, q.From, q.To); err != nil {
			return err
		}
		where, args := "org_id = ?", []any{org}
		for _, c := range []struct{ cond, value string }{{"day >= ?", q.From}, {"day <= ?", q.To}, {"staff_id = ?", q.StaffID}, {"account_id = ?", q.AccountID}} {
			if c.value != "" {
				where, args = where+" AND "+c.cond, append(args, c.value)
			}
		}
		const sums = `sum(CASE WHEN direction = 'in' THEN 1 ELSE 0 END), sum(CASE WHEN direction = 'in' THEN amount_minor ELSE 0 END),
			sum(CASE WHEN direction = 'out' THEN 1 ELSE 0 END), sum(CASE WHEN direction = 'out' THEN amount_minor ELSE 0 END)`
		scan := func(rows *sql.Rows, r *MoneyRow) error {
			return rows.Scan(&r.Key, &r.Currency, &r.Received, &r.ReceivedMinor, &r.Sent, &r.SentMinor)
		}
		var err error
		order := " ORDER BY 4 DESC, 1"
		if q.By == "day" {
			order = " ORDER BY 1 DESC"
		}
		if out.Items, err = db.All(ctx, tx, scan, "SELECT "+key+", currency, "+sums+" FROM care_money WHERE "+where+" GROUP BY "+key+", currency"+order+" LIMIT 1000", args...); err != nil {
			return fmt.Errorf("care: money: %w", err)
		}
		if out.Totals, err = db.All(ctx, tx, scan, "SELECT '', currency, "+sums+" FROM care_money WHERE "+where+" GROUP BY currency ORDER BY currency", args...); err != nil {
			return fmt.Errorf("care: money: %w", err)
		}
		if out.Items == nil { // no money, no totals
			out.Items, out.Totals = []MoneyRow{}, []MoneyRow{}
		}
		f, err := s.faces(ctx, tx, org, nil)
		if err != nil {
			return err
		}
		for i := range out.Items {
			switch r := &out.Items[i]; q.By {
			case "staff":
				r.Name = f.staff[r.Key]
			case "account":
				r.Name = r.Key
				if a, ok := f.accounts[r.Key]; ok {
					r.Name = a.Name
				}
			default:
				r.Name = r.Key
			}
		}
		return nil
	})
	return out, err
}
