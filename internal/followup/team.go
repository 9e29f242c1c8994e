package followup

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

// Coverage is how lists were attended to, and what came of it.
type Coverage struct {
	Listed    int64 `json:"listed"`
	Beyond    int64 `json:"beyond" doc:"For whom the list had no room"`
	Open      int64 `json:"open" doc:"Not attended to, on the present list"`
	Missed    int64 `json:"missed" doc:"Not attended to when the next list came"`
	Done      int64 `json:"done"`
	Postponed int64 `json:"postponed"`
	Declined  int64 `json:"declined"`
	Answered  int64 `json:"answered" doc:"Waited for an answer and got it"`
	Converted int64 `json:"converted" doc:"Ordered after they were listed, whatever else was done"`
	Replied   int64 `json:"replied" doc:"Wrote after they were listed"`
	Orders    int64 `json:"orders"`
	GainMinor int64 `json:"gain_minor" doc:"Of these orders, less what was refunded"`
}

// Attended is how many were attended to, by staff or by themselves.
func (c Coverage) Attended() int64 { return c.Listed - c.Open - c.Missed }

func (c *Coverage) add(d Coverage) {
	c.Listed, c.Beyond, c.Open, c.Missed, c.Done, c.Postponed = c.Listed+d.Listed, c.Beyond+d.Beyond, c.Open+d.Open, c.Missed+d.Missed, c.Done+d.Done, c.Postponed+d.Postponed
	c.Declined, c.Answered, c.Converted, c.Replied, c.Orders, c.GainMinor = c.Declined+d.Declined, c.Answered+d.Answered, c.Converted+d.Converted, c.Replied+d.Replied, c.Orders+d.Orders, c.GainMinor+d.GainMinor
}

// StaffCoverage is that of one list.
type StaffCoverage struct {
	StaffID   string `json:"staff_id" doc:"Empty: of nobody's list"`
	StaffName string `json:"staff_name"`
	Coverage
}

// RuleCoverage is that of those who were listed by a rule; who was listed by
// two counts in both.
type RuleCoverage struct {
	RuleID string `json:"rule_id"`
	Rule   string `json:"rule"`
	Coverage
}

// TeamCoverage is how all lists of a day, or of some days, were attended to.
type TeamCoverage struct {
	From     string          `json:"from"`
	To       string          `json:"to"`
	Currency string          `json:"currency"`
	Days     int             `json:"days" doc:"Days that had lists"`
	Built    *Built          `json:"built" doc:"Of a single day: how its lists were made; null: they were not"`
	Total    Coverage        `json:"total"`
	Staff    []StaffCoverage `json:"staff" nullable:"false"`
	Rules    []RuleCoverage  `json:"rules" nullable:"false"`
}

const maxDays = 92

const coverage = ` count(*), SUM(CASE WHEN status = 'open' THEN 1 ELSE 0 END), SUM(CASE WHEN status IN ('carried', 'lapsed') THEN 1 ELSE 0 END), SUM(CASE WHEN status = 'done' THEN 1 ELSE 0 END),
	SUM(CASE WHEN status = 'postponed' THEN 1 ELSE 0 END), SUM(CASE WHEN status = 'declined' THEN 1 ELSE 0 END), SUM(CASE WHEN status = 'answered' THEN 1 ELSE 0 END),
	SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END), SUM(CASE WHEN replied_at > 0 THEN 1 ELSE 0 END), SUM(orders), SUM(gain_minor) `

func (c *Coverage) scan(rows *sql.Rows, first ...any) error {
	return rows.Scan(append(first, &c.Listed, &c.Open, &c.Missed, &c.Done, &c.Postponed, &c.Declined, &c.Answered, &c.Converted, &c.Replied, &c.Orders, &c.GainMinor)...)
}

// span reads the days that were asked for; empty: the latest lists.
func (s *Service) span(ctx context.Context, tx *db.Tx, orgID, from, to string) (first, last Day, err error) {
	var latest Day
	if err := tx.QueryRow(ctx, "SELECT COALESCE(MAX(day), 0) FROM followup_day WHERE org_id = ?", orgID).Scan(&latest); err != nil {
		return 0, 0, err
	}
	if latest == 0 {
		org, err := s.Orgs.Settings(ctx, tx, orgID)
		if err != nil {
			return 0, 0, err
		}
		latest = DayOf(s.now().In(org.Zone))
	}
	if first, err = dayField("query.day", from, latest); err != nil {
		return 0, 0, err
	}
	if last, err = dayField("query.to", to, first); err != nil {
		return 0, 0, err
	}
	if last < first || last-first >= maxDays {
		return 0, 0, errs.InvalidField("query.to", i18n.T("结束日期应不早于开始日期，最多 %d 天", "The end must not be before the start, and at most %d days can be shown", maxDays))
	}
	return first, last, nil
}

// Team tells how lists were attended to.
func (s *Service) Team(ctx context.Context, from, to string) (out TeamCoverage, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out = TeamCoverage{Staff: []StaffCoverage{}, Rules: []RuleCoverage{}}
		first, last, err := s.span(ctx, tx, a.OrgID, from, to)
		if err != nil {
			return err
		}
		org, err := s.Orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		out.From, out.To, out.Currency = first.String(), last.String(), org.Currency
		var b Built
		var took int64
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var day, at int64
			out.Days++
			err := rows.Scan(&day, &b.Run, &at, &took, &b.Listed, &b.Beyond)
			b.Day, b.BuiltAt, b.TookMS = Day(day).String(), clock.Time(at), took/1000
			return err
		}, "SELECT day, run, built_at, took_us, listed, beyond FROM followup_day WHERE org_id = ? AND day BETWEEN ? AND ? ORDER BY day", a.OrgID, int64(first), int64(last)); err != nil {
			return err
		}
		if first == last && out.Days == 1 {
			out.Built = &b
		}
		rows, err := s.perStaff(ctx, tx, a.OrgID, first, last, false)
		if err != nil {
			return err
		}
		for _, r := range rows {
			out.Staff = append(out.Staff, r.StaffCoverage)
			out.Total.add(r.Coverage)
		}
		return s.perRule(ctx, tx, a.OrgID, first, last, &out)
	})
	return out, err
}

// dayCoverage is a line of an export.
type dayCoverage struct {
	day Day
	StaffCoverage
}

// perStaff adds up lists by staff, or by day and staff.
func (s *Service) perStaff(ctx context.Context, tx *db.Tx, orgID string, first, last Day, daily bool) ([]dayCoverage, error) {
	members, err := s.Staff.Members(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	day := "0"
	if daily {
		day = "day"
	}
	type key struct {
		day   Day
		staff string
	}
	found := map[key]*dayCoverage{}
	at := func(d Day, staff string) *dayCoverage {
		k := key{d, staff}
		if found[k] == nil {
			found[k] = &dayCoverage{d, StaffCoverage{StaffID: staff, StaffName: members[staff].Name}}
		}
		return found[k]
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var d Day
		var staff string
		var c Coverage
		err := c.scan(rows, &d, &staff)
		at(d, staff).Coverage = c
		return err
	}, "SELECT "+day+" AS d, staff_id,"+coverage+"FROM followup_item WHERE org_id = ? AND day BETWEEN ? AND ? AND status <> 'merged' GROUP BY d, staff_id", orgID, int64(first), int64(last)); err != nil {
		return nil, err
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var d Day
		var staff string
		var beyond int64
		err := rows.Scan(&d, &staff, &beyond)
		if beyond > 0 {
			at(d, staff).Beyond = beyond
		}
		return err
	}, "SELECT "+day+" AS d, staff_id, SUM(beyond) FROM followup_list WHERE org_id = ? AND day BETWEEN ? AND ? GROUP BY d, staff_id", orgID, int64(first), int64(last)); err != nil {
		return nil, err
	}
	var out []dayCoverage
	for _, c := range slices.Collect(maps.Values(found)) {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(x, y dayCoverage) int {
		return cmp.Or(cmp.Compare(x.day, y.day), cmp.Compare(db.Bit(x.StaffID == ""), db.Bit(y.StaffID == "")), cmp.Compare(x.StaffName, y.StaffName), cmp.Compare(x.StaffID, y.StaffID))
	})
	return out, nil
}

func (s *Service) perRule(ctx context.Context, tx *db.Tx, orgID string, first, last Day, out *TeamCoverage) error {
	rules, err := rulesOf(ctx, tx, orgID)
	if err != nil {
		return err
	}
	found := map[string]Coverage{}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var rule string
		var c Coverage
		err := c.scan(rows, &rule)
		found[rule] = c
		return err
	}, "SELECT rule_id,"+coverage+`FROM (SELECT DISTINCT r.rule_id AS rule_id, i.id AS id, i.status AS status, i.orders AS orders, i.replied_at AS replied_at, i.gain_minor AS gain_minor
		FROM followup_item i JOIN followup_reason r ON r.org_id = i.org_id AND r.item_id = i.id WHERE i.org_id = ? AND i.day BETWEEN ? AND ? AND i.status <> 'merged') AS each_one GROUP BY rule_id`,
		orgID, int64(first), int64(last)); err != nil {
		return err
	}
	for _, r := range rules {
		if c, ok := found[r.ID]; ok {
			out.Rules = append(out.Rules, RuleCoverage{r.ID, r.title(i18n.From(ctx)), c})
		}
	}
	return nil
}

// TeamSheet is the coverage as a table: its header, and its rows by day and
// staff.
func (s *Service) TeamSheet(ctx context.Context, from, to string) (header []string, rows func(sheet.Row) error, err error) {
	a := actor(ctx)
	var all []dayCoverage
	var unit string
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		first, last, err := s.span(ctx, tx, a.OrgID, from, to)
		if err != nil {
			return err
		}
		org, err := s.Orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		unit = org.Currency
		all, err = s.perStaff(ctx, tx, a.OrgID, first, last, true)
		return err
	})
	lang := i18n.From(ctx)
	for _, t := range []i18n.Text{i18n.T("日期", "Day"), i18n.T("员工", "Staff"), i18n.T("上名单", "Listed"), i18n.T("超出上限", "Beyond the cap"), i18n.T("已处理", "Attended to"), i18n.T("完成", "Done"), i18n.T("推迟", "Postponed"),
		i18n.T("不感兴趣", "Not interested"), i18n.T("已回复", "Answered"), i18n.T("未处理", "Not attended to"), i18n.T("客户有回应", "Wrote back"), i18n.T("成交人数", "Bought"), i18n.T("订单数", "Orders"), i18n.T("成交额（%s）", "Amount (%s)", unit)} {
		header = append(header, t.In(lang))
	}
	return header, func(row sheet.Row) error {
		for _, c := range all {
			name := c.StaffName
			if c.StaffID == "" {
				name = i18n.T("无人负责", "Nobody's").In(lang)
			}
			if err := row(c.day.String(), name, c.Listed, c.Beyond, c.Attended(), c.Done, c.Postponed, c.Declined, c.Answered, c.Open+c.Missed, c.Replied, c.Converted, c.Orders, sheet.Number(currency.Decimal(c.GainMinor, currency.Digits(unit)))); err != nil {
				return err
			}
		}
		return nil
	}, err
}
