package inbox

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Desks lists the desk of every account, also where none was set up.
func (s *Service) Desks(ctx context.Context) (out []Desk, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out = nil
		accounts, err := s.ports.Accounts.Accounts(ctx, tx, org)
		if err != nil {
			return err
		}
		desks, err := desksOf(ctx, tx, org)
		for _, id := range slices.Sorted(maps.Keys(accounts)) {
			d := Desk{AccountID: id, Strategy: StrategyOff, Members: []string{}, Hours: []Shift{}, Skills: []Skill{}}
			if set := desks[id]; set != nil {
				d = *set
			}
			out = append(out, d)
		}
		return err
	})
	return out, err
}

// SetDesk says how conversations of an account are given to staff.
func (s *Service) SetDesk(ctx context.Context, d Desk) (Desk, error) {
	org := actor(ctx).OrgID
	if d.Members == nil {
		d.Members = []string{}
	}
	if d.Hours == nil {
		d.Hours = []Shift{}
	}
	if d.Skills == nil {
		d.Skills = []Skill{}
	}
	slices.Sort(d.Members)
	d.Members = slices.Compact(d.Members)
	for _, h := range d.Hours {
		for _, day := range h.Days {
			if day < 1 || day > 7 {
				return d, errs.InvalidField("body.hours", i18n.T("星期应为 1–7", "Days are 1 to 7"))
			}
		}
		if h.From == h.To {
			return d, errs.InvalidField("body.hours", i18n.T("开始和结束时间不能相同", "A shift must not end when it begins"))
		}
	}
	return d, s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := lock(ctx, tx, org); err != nil {
			return err
		}
		accounts, err := s.ports.Accounts.Accounts(ctx, tx, org)
		if err != nil {
			return err
		}
		if _, ok := accounts[d.AccountID]; !ok {
			return errs.NotFound(i18n.T("这个账号", "account"))
		}
		staff, err := s.ports.Staff.Members(ctx, tx, org)
		if err != nil {
			return err
		}
		for _, id := range d.Members {
			if m := staff[id]; !m.Active || !m.Answer {
				return errs.InvalidField("body.members", i18n.T("没有这位可以接待的员工", "No such member of staff who may answer"))
			}
		}
		for i, k := range d.Skills {
			for _, w := range k.Words {
				if strings.TrimSpace(w) == "" {
					return errs.InvalidField(fmt.Sprintf("body.skills[%d].words", i), i18n.T("不能有空的词", "A word is empty"))
				}
			}
			for _, id := range k.Members {
				if m := staff[id]; !m.Active || !m.Answer || len(d.Members) > 0 && !slices.Contains(d.Members, id) {
					return errs.InvalidField(fmt.Sprintf("body.skills[%d].members", i), i18n.T("没有这位在这里接待的员工", "No such member of staff who answers here"))
				}
			}
		}
		if _, err := tx.Exec(ctx, `INSERT INTO inbox_desk (org_id, account_id, strategy, members, capacity, hours, skills, turn, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, '', ?)
			ON CONFLICT (org_id, account_id) DO UPDATE SET strategy = excluded.strategy, members = excluded.members, capacity = excluded.capacity, hours = excluded.hours, skills = excluded.skills, updated_at = excluded.updated_at`,
			org, d.AccountID, d.Strategy, db.JSON(d.Members), d.Capacity, db.JSON(d.Hours), db.JSON(d.Skills), s.micros()); err != nil {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "inbox.desk.set", "account", d.AccountID, map[string]any{"strategy": d.Strategy, "members": len(d.Members), "capacity": d.Capacity})
	})
}

// Away says whether whoever acts takes new conversations.
func (s *Service) Away(ctx context.Context, away bool) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO inbox_online (org_id, staff_id, seen_at, away) VALUES (?, ?, ?, ?)
			ON CONFLICT (org_id, staff_id) DO UPDATE SET away = excluded.away`, a.OrgID, a.ID, s.micros(), db.Bit(away))
		return err
	})
}

// Colleague is somebody who may answer, as those who hand over see them.
type Colleague struct {
	StaffID string `json:"staff_id"`
	Name    string `json:"name"`
	There   bool   `json:"there" doc:"Has the inbox open and takes conversations"`
	Away    bool   `json:"away"`
	Open    int64  `json:"open" doc:"Open conversations that are theirs"`
}

// Colleagues lists who may answer.
func (s *Service) Colleagues(ctx context.Context) (out []Colleague, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out = nil
		w := &work{s: s, tx: tx, org: org, now: s.micros()}
		d, err := w.desk(ctx)
		if err != nil {
			return err
		}
		away := map[string]bool{}
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			away[id] = true
			return err
		}, "SELECT staff_id FROM inbox_online WHERE org_id = ? AND away = 1", org); err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(d.staff)) {
			if m := d.staff[id]; m.Active && m.Answer {
				out = append(out, Colleague{id, m.Name, d.there[id], away[id], d.load[id]})
			}
		}
		return nil
	})
	return out, err
}
