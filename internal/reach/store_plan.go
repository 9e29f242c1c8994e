package reach

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// planRow is a plan as it is stored.
type planRow struct {
	orgID, id, origin, originID, purpose, title, status, why string
	start, end, perMinute, rateAt, total, passed, wake       int64
	created, changed, started, finished, standing            int64
}

const planColumns = "id, origin, origin_id, purpose, title, status, why, start_at, end_at, per_minute, rate_at, total, passed, wake_at, created_at, changed_at, started_at, finished_at, standing"

func (p *planRow) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&p.id, &p.origin, &p.originID, &p.purpose, &p.title, &p.status, &p.why, &p.start, &p.end, &p.perMinute, &p.rateAt, &p.total, &p.passed, &p.wake, &p.created, &p.changed, &p.started, &p.finished, &p.standing)
}

func (p *planRow) plan() Plan {
	return Plan{ID: p.id, OrgID: p.orgID, Origin: p.origin, OriginID: p.originID, Purpose: p.purpose, Title: p.title, StartAt: clock.Time(p.start), EndAt: clock.Time(p.end), PerMinute: int(p.perMinute), Standing: p.standing == 1}
}

var errNoPlan = errs.NotFound(i18n.T("这个发送计划", "plan"))

// lockPlan reads a plan that nobody else changes until tx ends.
func (s *Service) lockPlan(ctx context.Context, tx *db.Tx, orgID, planID string) (*planRow, error) {
	query := "SELECT " + planColumns + " FROM reach_plan WHERE org_id = ? AND id = ?"
	if tx.Engine() == db.Postgres {
		query += " FOR UPDATE"
	}
	p := &planRow{orgID: orgID}
	err := p.scan(tx.QueryRow(ctx, query, orgID, planID))
	if db.IsNoRows(err) {
		return nil, errNoPlan
	}
	return p, err
}

// tally collects how many messages came into states and left them.
type tally map[[2]string]int64

func (t tally) add(status, why string, n int64) {
	if n != 0 {
		t[[2]string{status, why}] += n
	}
}

func (t tally) move(fromStatus, fromWhy, toStatus, toWhy string, n int64) {
	t.add(fromStatus, fromWhy, -n)
	t.add(toStatus, toWhy, n)
}

// keep adds the tally to the plan's. Rows are touched in order: nobody waits
// for each other.
func (t tally) keep(ctx context.Context, tx *db.Tx, orgID, planID string) error {
	keys := slices.SortedFunc(maps.Keys(t), func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	var status, why []string
	var n []int64
	for _, k := range keys {
		if t[k] != 0 {
			status, why, n = append(status, k[0]), append(why, k[1]), append(n, t[k])
		}
	}
	_, err := tx.BulkInsert(ctx, "reach_tally", "ON CONFLICT (org_id, plan_id, status, why) DO UPDATE SET n = reach_tally.n + excluded.n",
		db.Same("org_id", orgID, len(n)), db.Same("plan_id", planID, len(n)), db.Text("status", status), db.Text("why", why), db.Int("n", n))
	return err
}

// texts reads one text column.
func texts(ctx context.Context, tx *db.Tx, query string, args ...any) (out []string, err error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// inNumbers gives the condition "column is one of the numbers", as [db.Tx.In]
// does for texts.
func inNumbers(tx *db.Tx, column string, n []int64) (string, any) {
	if tx.Engine() == db.Postgres {
		return column + " = ANY(?)", n
	}
	b, err := json.Marshal(n)
	if err != nil {
		panic("reach: numbers do not marshal: " + err.Error()) // cannot happen
	}
	return column + " IN (SELECT value FROM json_each(?))", string(b)
}
