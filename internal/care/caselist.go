package care

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// CaseFilter selects cases; empty: all.
type CaseFilter struct {
	Q         string `query:"q" maxLength:"100" doc:"Part of the text or of a word"`
	Kind      string `query:"kind" enum:"word,complaint,"`
	Status    string `query:"status" enum:"open,taken,closed,unclosed," doc:"unclosed: open and taken"`
	Source    string `query:"source" enum:"message,archive,stopped,mail,staff,"`
	Direction string `query:"direction" enum:"in,out,"`
	Action    string `query:"action" enum:"alert,block,complaint,"`
	Outcome   string `query:"outcome" enum:"normal,warned,escalated,compensated,other,"`
	ListID    string `query:"list_id" maxLength:"64"`
	StaffID   string `query:"staff_id" maxLength:"64" doc:"Whose conversation it is"`
	HandlerID string `query:"handler_id" maxLength:"64" doc:"me: the caller"`
	Overdue   bool   `query:"overdue"`
	From      string `query:"from" maxLength:"10" doc:"First day, by when it was made; in the org's time zone"`
	To        string `query:"to" maxLength:"10" doc:"Last day, included"`
}

// casePlace is where a page goes on.
type casePlace struct {
	At int64  `json:"a"`
	ID string `json:"i"`
}

// where is the filter as a condition behind org_id.
func (s *Service) where(ctx context.Context, tx *db.Tx, f CaseFilter) (string, []any, error) {
	a := actor(ctx)
	cond, args := []string{"id <> ''"}, []any{}
	add := func(c string, v ...any) { cond, args = append(cond, c), append(args, v...) }
	if f.HandlerID == "me" {
		f.HandlerID = a.ID
	}
	for _, e := range []struct{ column, value string }{{"kind", f.Kind}, {"source", f.Source}, {"direction", f.Direction}, {"action", f.Action}, {"outcome", f.Outcome}, {"staff_id", f.StaffID}, {"handler_id", f.HandlerID}} {
		if e.value != "" {
			add(e.column+" = ?", e.value)
		}
	}
	switch f.Status {
	case "":
	case "unclosed":
		add("status IN ('open', 'taken')")
	default:
		add("status = ?", f.Status)
	}
	if f.ListID != "" {
		add(`list_ids LIKE ? ESCAPE '\'`, searchKey(`"`+f.ListID+`"`))
	}
	if f.Q != "" {
		add(`keys LIKE ? ESCAPE '\'`, searchKey(f.Q))
	}
	if f.Overdue {
		add("due_at > 0 AND closed_at = 0 AND due_at < ?", s.micros())
	}
	if f.From != "" || f.To != "" {
		from, to, err := s.days(ctx, tx, f.From, f.To)
		if err != nil {
			return "", nil, err
		}
		add("created_at >= ? AND created_at < ?", from, to)
	}
	return strings.Join(cond, " AND "), args, nil
}

// days turns a first and a last day into microseconds, the end not included;
// one left out is open.
func (s *Service) days(ctx context.Context, tx *db.Tx, from, to string) (start, end int64, err error) {
	zone, err := s.Orgs.Zone(ctx, tx, actor(ctx).OrgID)
	if err != nil {
		return 0, 0, err
	}
	end = 1 << 62
	for _, d := range []struct {
		name, text string
		to         *int64
		plus       int
	}{{"from", from, &start, 0}, {"to", to, &end, 1}} {
		if d.text == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, d.text, zone)
		if err != nil {
			return 0, 0, errs.InvalidField("query."+d.name, i18n.T("日期应写作 2026-03-08", "Write the day as 2026-03-08"))
		}
		*d.to = clock.Micros(day.AddDate(0, 0, d.plus))
	}
	return start, end, nil
}

// Cases returns a page of cases, the newest first, and how many there are.
func (s *Service) Cases(ctx context.Context, f CaseFilter, after casePlace, limit, most int) (out []Case, next casePlace, total int64, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out, next = nil, casePlace{}
		where, args, err := s.where(ctx, tx, f)
		if err != nil {
			return err
		}
		if most > 0 {
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM care_case WHERE org_id = ? AND "+where+" LIMIT ?) AS counted", append(append([]any{org}, args...), most+1)...).Scan(&total); err != nil {
				return fmt.Errorf("care: count cases: %w", err)
			}
		}
		if after.ID != "" {
			where, args = where+" AND (created_at, id) < (?, ?)", append(args, after.At, after.ID)
		}
		found, err := casesWhere(ctx, tx, org, where+" ORDER BY created_at DESC, id DESC LIMIT ?", append(args, limit+1)...)
		if err != nil {
			return err
		}
		if len(found) > limit {
			found = found[:limit]
			next = casePlace{found[limit-1].created, found[limit-1].id}
		}
		out, err = s.shownCases(ctx, tx, org, found, false)
		return err
	})
	return out, next, total, err
}

// CaseCounts are what asks for somebody.
type CaseCounts struct {
	Open       int64 `json:"open" doc:"Nobody has taken them"`
	Taken      int64 `json:"taken"`
	Mine       int64 `json:"mine" doc:"Taken by the caller"`
	Complaints int64 `json:"complaints" doc:"Not closed"`
	Overdue    int64 `json:"overdue"`
}

// Counts tells how many cases ask for somebody.
func (s *Service) Counts(ctx context.Context) (c CaseCounts, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT COALESCE(sum(CASE WHEN status = 'open' THEN 1 ELSE 0 END), 0), COALESCE(sum(CASE WHEN status = 'taken' THEN 1 ELSE 0 END), 0),
			COALESCE(sum(CASE WHEN status = 'taken' AND handler_id = ? THEN 1 ELSE 0 END), 0), COALESCE(sum(CASE WHEN kind = 'complaint' THEN 1 ELSE 0 END), 0),
			COALESCE(sum(CASE WHEN due_at > 0 AND due_at < ? THEN 1 ELSE 0 END), 0) FROM care_case WHERE org_id = ? AND status IN ('open', 'taken')`, a.ID, s.micros(), a.OrgID).
			Scan(&c.Open, &c.Taken, &c.Mine, &c.Complaints, &c.Overdue)
	})
	return c, err
}

// StaffCases are the cases of one staff member in a span of days.
type StaffCases struct {
	StaffID    string `json:"staff_id" doc:"Empty: of nobody in particular"`
	StaffName  string `json:"staff_name"`
	Cases      int64  `json:"cases" doc:"In their conversations"`
	Incoming   int64  `json:"incoming" doc:"Said by customers"`
	Outgoing   int64  `json:"outgoing" doc:"Said by staff"`
	Stopped    int64  `json:"stopped" doc:"Not sent"`
	Complaints int64  `json:"complaints"`
	Warned     int64  `json:"warned" doc:"Closed as warned or escalated"`
	Handled    int64  `json:"handled" doc:"Closed by them, whosever they were"`
}

// PerStaff counts cases by whose conversations they are in.
func (s *Service) PerStaff(ctx context.Context, from, to string) (out []StaffCases, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		start, end, err := s.days(ctx, tx, from, to)
		if err != nil {
			return err
		}
		names, err := s.Staff.Names(ctx, tx, org)
		if err != nil {
			return err
		}
		out = nil
		at := map[string]int{}
		row := func(id string) *StaffCases {
			i, ok := at[id]
			if !ok {
				i, at[id] = len(out), len(out)
				out = append(out, StaffCases{StaffID: id, StaffName: names[id]})
			}
			return &out[i]
		}
		err = tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			var c StaffCases
			if err := rows.Scan(&id, &c.Cases, &c.Incoming, &c.Outgoing, &c.Stopped, &c.Complaints, &c.Warned); err != nil {
				return err
			}
			c.StaffID, c.StaffName = id, names[id]
			*row(id) = c
			return nil
		}, `SELECT staff_id, count(*), sum(CASE WHEN direction = 'in' THEN 1 ELSE 0 END), sum(CASE WHEN direction = 'out' THEN 1 ELSE 0 END), sum(CASE WHEN source = 'stopped' THEN 1 ELSE 0 END),
			sum(CASE WHEN kind = 'complaint' THEN 1 ELSE 0 END), sum(CASE WHEN outcome IN ('warned', 'escalated') THEN 1 ELSE 0 END)
			FROM care_case WHERE org_id = ? AND created_at >= ? AND created_at < ? GROUP BY staff_id ORDER BY count(*) DESC, staff_id`, org, start, end)
		if err != nil {
			return err
		}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			var n int64
			err := rows.Scan(&id, &n)
			row(id).Handled = n
			return err
		}, "SELECT handler_id, count(*) FROM care_case WHERE org_id = ? AND status = 'closed' AND closed_at >= ? AND closed_at < ? GROUP BY handler_id", org, start, end)
	})
	return out, err
}

// OpenCases returns the newest cases that nobody has taken, at most so many.
func (s *Service) OpenCases(ctx context.Context, most int) ([]Case, error) {
	out, _, _, err := s.Cases(ctx, CaseFilter{Status: statusOpen}, casePlace{}, most, 0)
	return out, err
}
