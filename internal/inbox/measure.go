package inbox

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Measured is what stretches of conversations amount to: from a customer's first
// message until it is resolved. Times are seconds.
type Measured struct {
	Opened           int64 `json:"opened" doc:"Stretches that began in the period"`
	Replied          int64 `json:"replied" doc:"Of them, those that staff have answered"`
	Resolved         int64 `json:"resolved" doc:"Of them, those that were resolved"`
	Bought           int64 `json:"bought" doc:"Of them, those within seven days of whose beginning the customer paid for an order"`
	Replies          int64 `json:"replies" doc:"Messages that staff have sent in them"`
	FirstReplyMedian int64 `json:"first_reply_median_seconds" doc:"Half were answered within so many; 0 without any"`
	FirstReplyP90    int64 `json:"first_reply_p90_seconds"`
	ResolveMedian    int64 `json:"resolve_median_seconds"`
	ResolveP90       int64 `json:"resolve_p90_seconds"`
}

// MeasuredBy is Measured for one account, one team or one of the staff.
type MeasuredBy struct {
	Measured
	ID   string `json:"id" doc:"Of the account, the team or the staff member"`
	Name string `json:"name"`
	Open int64  `json:"open" doc:"Conversations that are open now"`
}

// Measures is how fast and how much customers were answered.
type Measures struct {
	From     time.Time    `json:"from"`
	To       time.Time    `json:"to"`
	All      Measured     `json:"all"`
	Accounts []MeasuredBy `json:"accounts" nullable:"false"`
	Teams    []MeasuredBy `json:"teams" nullable:"false" doc:"By the last team that had it in the stretch"`
	Staff    []MeasuredBy `json:"staff" nullable:"false" doc:"By who answered first; resolutions by who resolved"`
	Waiting  int64        `json:"waiting" doc:"Customers who wait now"`
	Talked   int64        `json:"talked" doc:"People who wrote in the period, over any account"`
	Persons  int64        `json:"persons" doc:"People in the pool; of associates, their own customers"`
	Complete bool         `json:"complete" doc:"False: there were more stretches than are counted; take a shorter period"`
}

const (
	maxMeasured = 200_000 // stretches that one answer looks at
	maxPeriod   = 366 * 24 * time.Hour
)

// stretch collects what is measured together.
type stretch struct {
	Measured
	first, resolve []int64
}

func (m *stretch) done() Measured {
	m.FirstReplyMedian, m.FirstReplyP90 = share(m.first, 50), share(m.first, 90)
	m.ResolveMedian, m.ResolveP90 = share(m.resolve, 50), share(m.resolve, 90)
	return m.Measured
}

// share is the least of the values that so many hundredths do not exceed.
func share(of []int64, percent int) int64 {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[(len(of)*percent+99)/100-1]
}

func seconds(from, to int64) int64 { return max(0, to-from) / 1_000_000 }

// Measure works out the measures of a period. Whoever sees their own customers
// only is measured alone.
func (s *Service) Measure(ctx context.Context, from, to time.Time, accountID string) (out Measures, err error) {
	a := actor(ctx)
	if !from.Before(to) || to.Sub(from) > maxPeriod {
		return out, errs.InvalidField("query.to", i18n.T("时段应在一年之内", "A period of at most a year, which begins before it ends"))
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out = Measures{From: from, To: to, Accounts: []MeasuredBy{}, Teams: []MeasuredBy{}, Staff: []MeasuredBy{}, Complete: true}
		all, accounts, teams, staff := &stretch{}, map[string]*stretch{}, map[string]*stretch{}, map[string]*stretch{}
		of := func(by map[string]*stretch, id string) *stretch {
			if by[id] == nil {
				by[id] = &stretch{}
			}
			return by[id]
		}
		n := 0
		err := tx.Each(ctx, func(rows *sql.Rows) error {
			var account, by, closer, team string
			var opened, first, replies, resolved, bought int64
			if err := rows.Scan(&account, &opened, &first, &by, &replies, &resolved, &closer, &bought, &team); err != nil {
				return err
			}
			if n++; n > maxMeasured {
				out.Complete = false
				return nil
			}
			for _, m := range []*stretch{all, of(accounts, account)} {
				m.add(opened, first, resolved, replies, bought)
			}
			if team != "" {
				of(teams, team).add(opened, first, resolved, replies, bought)
			}
			if first > 0 {
				of(staff, by).add(opened, first, 0, replies, bought)
			}
			if resolved > 0 && closer != "" {
				m := of(staff, closer)
				m.Resolved, m.resolve = m.Resolved+1, append(m.resolve, seconds(opened, resolved))
			}
			return nil
		}, `SELECT account_id, opened_at, first_reply_at, first_reply_by, replies, resolved_at, resolved_by, bought_at, team_id FROM inbox_spell WHERE org_id = ? AND opened_at >= ? AND opened_at < ?
			AND (? = '' OR account_id = ?) AND (? = 0 OR first_reply_by = ? OR resolved_by = ?) ORDER BY opened_at LIMIT ?`,
			a.OrgID, clock.Micros(from), clock.Micros(to), accountID, accountID, db.Bit(a.OwnOnly), a.ID, a.ID, maxMeasured+1)
		if err != nil {
			return err
		}
		out.All = all.done()
		if err := s.talked(ctx, tx, &out); err != nil {
			return err
		}
		return s.load(ctx, tx, &out, accounts, teams, staff)
	})
	return out, err
}

func (m *stretch) add(opened, first, resolved, replies, bought int64) {
	m.Opened++
	m.Bought += min(bought, 1)
	m.Replies += replies
	if first > 0 {
		m.Replied, m.first = m.Replied+1, append(m.first, seconds(opened, first))
	}
	if resolved > 0 {
		m.Resolved, m.resolve = m.Resolved+1, append(m.resolve, seconds(opened, resolved))
	}
}

// talked adds how many of the pool's people wrote.
func (s *Service) talked(ctx context.Context, tx *db.Tx, out *Measures) error {
	a := actor(ctx)
	v, err := s.viewer(ctx, tx, a)
	if err != nil {
		return err
	}
	from, to := clock.Micros(out.From), clock.Micros(out.To)
	mine, args := v.where(tx, "c.")
	if err := tx.QueryRow(ctx, `SELECT count(DISTINCT c.person_id) FROM inbox_conversation c WHERE c.org_id = ? AND c.last_in_at >= ? AND c.first_in_at < ? AND EXISTS (
		SELECT 1 FROM inbox_message m WHERE m.org_id = c.org_id AND m.conversation_id = c.id AND m.at >= ? AND m.at < ? AND m.direction = 'in')`+mine,
		append([]any{a.OrgID, from, to, from, to}, args...)...).Scan(&out.Talked); err != nil {
		return err
	}
	owner := ""
	if a.OwnOnly {
		owner = a.ID
	}
	out.Persons, err = s.ports.People.Count(ctx, tx, a.OrgID, owner)
	return err
}

// load adds how much is open now, and names.
func (s *Service) load(ctx context.Context, tx *db.Tx, out *Measures, accounts, teams, staff map[string]*stretch) error {
	a := actor(ctx)
	openAccount, openTeam, openStaff := map[string]int64{}, map[string]int64{}, map[string]int64{}
	v, err := s.viewer(ctx, tx, a)
	if err != nil {
		return err
	}
	mine, args := v.where(tx, "")
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var account, assignee, team string
		var n, waiting int64
		err := rows.Scan(&account, &assignee, &team, &n, &waiting)
		openAccount[account] += n
		openStaff[assignee] += n
		openTeam[team] += n
		out.Waiting += waiting
		return err
	}, "SELECT account_id, assignee_staff_id, team_id, count(*), SUM(CASE WHEN waiting_since > 0 THEN 1 ELSE 0 END) FROM inbox_conversation WHERE org_id = ? AND status = 'open' AND assignee_staff_id >= ''"+mine+" GROUP BY account_id, assignee_staff_id, team_id", append([]any{a.OrgID}, args...)...); err != nil {
		return err
	}
	names, err := s.ports.Accounts.Accounts(ctx, tx, a.OrgID)
	if err != nil {
		return err
	}
	members, err := s.ports.Staff.Members(ctx, tx, a.OrgID)
	if err != nil {
		return err
	}
	crews, err := teamsOf(ctx, tx, a.OrgID)
	if err != nil {
		return err
	}
	delete(openStaff, "")
	for id := range openAccount {
		if accounts[id] == nil {
			accounts[id] = &stretch{}
		}
	}
	for id := range openStaff {
		if staff[id] == nil {
			staff[id] = &stretch{}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(accounts)) {
		out.Accounts = append(out.Accounts, MeasuredBy{accounts[id].done(), id, names[id].Name, openAccount[id]})
	}
	for id := range openTeam {
		if id != "" && teams[id] == nil {
			teams[id] = &stretch{}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(teams)) {
		if t := crews[id]; t != nil { // one that was taken away is in the sums only
			out.Teams = append(out.Teams, MeasuredBy{teams[id].done(), id, t.Name, openTeam[id]})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(staff)) {
		if !a.OwnOnly || id == a.ID {
			out.Staff = append(out.Staff, MeasuredBy{staff[id].done(), id, members[id].Name, openStaff[id]})
		}
	}
	return nil
}
