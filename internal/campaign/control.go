package campaign

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// quarterPrefix stands before a quarter in the place of a campaign's id.
const quarterPrefix = "quarter:"

func quarterOf(t time.Time) string {
	return fmt.Sprintf("%dQ%d", t.Year(), (int(t.Month())+2)/3)
}

// bounds are the first moments of a quarter and of the next.
func bounds(quarter string, zone *time.Location) (from, to time.Time, err error) {
	var year, n int
	if _, err = fmt.Sscanf(quarter, "%4dQ%1d", &year, &n); err != nil || n < 1 || n > 4 || quarter != fmt.Sprintf("%04dQ%d", year, n) {
		return from, to, errs.InvalidField("query.quarter", i18n.T("季度应写成 2026Q4 这样", "A quarter is written as 2026Q4"))
	}
	month := time.Month(3*n - 2)
	return wall{year, month, 1, 0, 0}.in(zone), wallOf(time.Date(year, month+3, 1, 0, 0, 0, 0, time.UTC)).in(zone), nil
}

// quarter is in which a campaign's people were fixed.
func (p *planner) quarter() string {
	return quarterOf(clock.Time(p.row.frozen).In(p.org.Zone))
}

// openQuarter notes that a quarter has a control group.
func (p *planner) openQuarter(ctx context.Context) error {
	if p.row.purpose != Marketing || p.set.GlobalBP == 0 {
		return nil
	}
	q := p.quarter()
	from, to, err := bounds(q, p.org.Zone)
	if err != nil {
		return err
	}
	return p.db.Write(ctx, p.orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO campaign_quarter (org_id, id, from_at, to_at) VALUES (?, ?, ?, ?) ON CONFLICT (org_id, id) DO NOTHING", p.orgID, quarterPrefix+q, clock.Micros(from), clock.Micros(to))
		return err
	})
}

// enrol notes who of a chunk is in the quarter's control group and who is not,
// from the first marketing campaign of the quarter on in which they are: then it
// is the same lot that decides for both, and what they do counts from the same
// day. Who was in a campaign's own hold-out is with those who get marketing: it
// is all of marketing, hold-outs included, that is measured.
func (p *planner) enrol(ctx context.Context, tx *db.Tx, m *remembered) error {
	if p.row.purpose != Marketing || p.set.GlobalBP == 0 || len(m.id) == 0 {
		return nil
	}
	k := len(m.id)
	group, zero, since := make([]string, k), make([]int64, k), make([]int64, k)
	for i, v := range m.variant {
		if group[i] = Treated; v == Global {
			group[i] = Global
		}
		since[i] = p.row.frozen
	}
	_, err := tx.BulkInsert(ctx, "campaign_person", "ON CONFLICT (org_id, campaign_id, person_id) DO NOTHING", db.Same("org_id", p.orgID, k), db.Same("campaign_id", quarterPrefix+p.quarter(), k), db.Text("person_id", m.id), db.Text("variant", group),
		db.Int("before_orders", m.orders), db.Int("before_minor", m.minor), db.Int("visits", zero), db.Int("orders", zero), db.Int("spent_minor", zero), db.Int("mixed", zero), db.Int("since_at", since))
	return err
}

// Control is what a quarter's marketing brought, measured against those who got
// none of it.
type Control struct {
	Quarter  string     `json:"quarter"`
	Quarters []string   `json:"quarters" doc:"Those with a control group, the newest first"`
	From     *time.Time `json:"from" doc:"Each counts from the first campaign that they would have been in"`
	Until    *time.Time `json:"until"`
	Final    bool       `json:"final" doc:"Nothing more is counted"`
	Currency string     `json:"currency"`
	Control  int64      `json:"control" doc:"People who got no marketing"`
	Marketed int64      `json:"marketed" doc:"People to whom marketing went, or a hold-out of it"`
	Mixed    int64      `json:"mixed" doc:"Not counted: turned out to be one with somebody of the other group"`
	Outcomes []Outcome  `json:"outcomes" doc:"Empty until both groups have people"`
}

// Control tells what a quarter's marketing brought. Empty: the present one.
func (s *Service) Control(ctx context.Context, quarter string) (out Control, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		org, err := s.Orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if quarter == "" {
			quarter = quarterOf(s.now().In(org.Zone))
		}
		from, to, err := bounds(quarter, org.Zone)
		if err != nil {
			return err
		}
		out = Control{Quarter: quarter, Quarters: []string{}, From: &from, Until: &to, Final: !s.now().Before(to), Currency: org.Currency, Outcomes: []Outcome{}}
		ids, err := texts(ctx, tx, "SELECT id FROM campaign_quarter WHERE org_id = ? ORDER BY id DESC", a.OrgID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			out.Quarters = append(out.Quarters, strings.TrimPrefix(id, quarterPrefix))
		}
		groups, mixed, err := groupsOf(ctx, tx, a.OrgID, quarterPrefix+quarter)
		if err != nil {
			return err
		}
		marketed, control := groups[Treated], groups[Global]
		out.Marketed, out.Control, out.Mixed = marketed.money.N(), control.money.N(), mixed
		if out.Marketed == 0 || out.Control == 0 {
			return nil
		}
		out.Outcomes = outcomes(control, marketed, float64(out.Control)/float64(out.Control+out.Marketed))
		return nil
	})
	return out, err
}
