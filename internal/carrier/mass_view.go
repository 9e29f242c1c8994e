package carrier

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// MassTask is what one member was asked to send, and how far they are.
type MassTask struct {
	ID, AccountID, Kind          string // kind: single (customers), group
	UserID, UserName, StaffID    string // the member, and who of the staff that is; empty: not known
	Status                       string // queued, asked, confirmed, done, cancelled, failed
	Text                         string // the beginning of what they are to send
	Size                         int64  // receivers
	Waiting, Sent, NotFriend     int64
	TooMany, Failed, Cancelled   int64
	AskedAt, ConfirmedAt, DoneAt *time.Time
	EndAt                        time.Time
	Reminders                    []time.Time // of the last 24 hours
	Code                         string      // failed, or why it is not asked yet
	Reason                       i18n.Text
}

// massShown is a task's state for people.
func (m *mass) shown() string {
	switch {
	case m.status == massGathering || m.status == massAsking:
		return "queued"
	case m.status == massAsked && m.confirmed > 0:
		return "confirmed"
	}
	return m.status
}

const massTextShown = 120

// MassTasks lists what members were asked to send for plans or keys, in the
// order in which they were, after a task of the page before.
func (s *Service) MassTasks(ctx context.Context, tx *db.Tx, orgID string, origins []string, after string, limit int) (out []MassTask, err error) {
	where, arg := tx.In("t.origin", origins)
	return s.massTasks(ctx, tx, orgID, where+" AND t.id > ? ORDER BY t.id LIMIT ?", arg, after, limit)
}

// MassTask is one of [Service.MassTasks]; errs.CodeNotFound when it belongs to
// another origin.
func (s *Service) MassTask(ctx context.Context, tx *db.Tx, orgID string, origins []string, id string) (MassTask, error) {
	where, arg := tx.In("t.origin", origins)
	list, err := s.massTasks(ctx, tx, orgID, where+" AND t.id = ?", arg, id)
	if err == nil && len(list) == 0 {
		err = errs.NotFound(i18n.T("这个群发任务", "mass message"))
	}
	if err != nil {
		return MassTask{}, err
	}
	return list[0], nil
}

func (s *Service) massTasks(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []MassTask, err error) {
	at := map[string]int{}
	var list []string
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		m := &mass{org: orgID}
		var name, staff string
		if err := m.scan(massExtra{rows, []any{&name, &staff}}); err != nil {
			return err
		}
		t := MassTask{ID: m.id, AccountID: m.account, Kind: m.kind, UserID: m.sender, UserName: name, StaffID: staff, Status: m.shown(), Size: m.size, AskedAt: clock.Ptr(m.asked), ConfirmedAt: clock.Ptr(m.confirmed),
			DoneAt: clock.Ptr(m.done), EndAt: clock.Time(m.end), Reminders: []time.Time{}, Code: m.code, Reason: m.reason}
		var parts []Part
		if err := json.Unmarshal([]byte(m.content), &parts); err != nil {
			return err
		}
		for _, p := range parts {
			if p.Kind == PartText && t.Text == "" {
				t.Text = oneLine(p.Text, massTextShown)
			}
		}
		var reminded []int64
		if err := json.Unmarshal([]byte(m.reminded), &reminded); err != nil {
			return err
		}
		for _, r := range reminded {
			if s.micros()-r < remindWithin.Microseconds() {
				t.Reminders = append(t.Reminders, clock.Time(r))
			}
		}
		at[t.ID], list, out = len(out), append(list, t.ID), append(out, t)
		return nil
	}, "SELECT "+prefixed("t.", massColumns)+`, COALESCE(m.name, ''), COALESCE(m.staff_id, '') FROM carrier_mass t
		LEFT JOIN carrier_staff m ON m.org_id = t.org_id AND m.account_id = t.account_id AND m.user_id = t.sender WHERE t.org_id = ? AND `+where, append([]any{orgID}, args...)...); err != nil || len(list) == 0 {
		return out, err
	}
	in, arg := tx.In("mass_id", list)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, status, code string
		var n int64
		err := rows.Scan(&id, &status, &code, &n)
		t := &out[at[id]]
		switch {
		case status == "waiting":
			t.Waiting += n
		case status == SendSent:
			t.Sent += n
		case status == SendCancelled:
			t.Cancelled += n
		case code == "not_friend":
			t.NotFriend += n
		case code == "too_many":
			t.TooMany += n
		default:
			t.Failed += n
		}
		return err
	}, "SELECT mass_id, status, code, count(*) FROM carrier_mass_send WHERE org_id = ? AND "+in+" GROUP BY mass_id, status, code", orgID, arg)
}

// massExtra scans further columns after those that a mass knows.
type massExtra struct {
	rows *sql.Rows
	more []any
}

// Scan fills in what is asked for, and what was wanted besides.
func (e massExtra) Scan(dest ...any) error { return e.rows.Scan(append(dest, e.more...)...) }

// prefixed puts an alias before each of a list of columns.
func prefixed(alias, columns string) string {
	out, start := alias, true
	for _, r := range columns {
		if start && (r == ' ' || r == '\n' || r == '\t') {
			continue
		}
		start = false
		out += string(r)
		if r == ',' {
			out += " " + alias
			start = true
		}
	}
	return out
}

// MassToConfirm counts, by staff, the mass messages that wait for them in WeCom.
func (s *Service) MassToConfirm(ctx context.Context, tx *db.Tx, orgID string) (map[string]int, error) {
	out := map[string]int{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var staff string
		var n int
		err := rows.Scan(&staff, &n)
		out[staff] = n
		return err
	}, `SELECT m.staff_id, count(*) FROM carrier_mass t JOIN carrier_staff m ON m.org_id = t.org_id AND m.account_id = t.account_id AND m.user_id = t.sender
		WHERE t.org_id = ? AND t.status = 'asked' AND t.confirmed_at = 0 AND t.called_off = 0 AND m.staff_id <> '' GROUP BY m.staff_id`, orgID)
}
