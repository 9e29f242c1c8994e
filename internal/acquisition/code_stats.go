package acquisition

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// CodeStatistics is who came through a code, and when.
type CodeStatistics struct {
	TimeZone string       `json:"time_zone"`
	From     string       `json:"from"`
	To       string       `json:"to"`
	Arrivals int64        `json:"arrivals"`
	Views    int64        `json:"views" doc:"Of the code's own page"`
	ByHour   []HourCount  `json:"by_hour" nullable:"false" doc:"All 24 hours of the day"`
	ByDay    []DayCount   `json:"by_day" nullable:"false" doc:"Every day of the span"`
	ByStaff  []StaffCount `json:"by_staff" nullable:"false"`
}

// HourCount counts arrivals in one hour of the day.
type HourCount struct {
	Hour     int   `json:"hour"`
	Arrivals int64 `json:"arrivals"`
}

// DayCount counts arrivals on one day.
type DayCount struct {
	Day      string `json:"day"`
	Arrivals int64  `json:"arrivals"`
}

// StaffCount counts the arrivals of one staff member.
type StaffCount struct {
	StaffID  string  `json:"staff_id"`
	Name     string  `json:"name"`
	Arrivals int64   `json:"arrivals"`
	Hours    []int64 `json:"hours" nullable:"false" doc:"By hour of the day, 24 of them"`
}

// quarter is how finely arrivals are counted in the database: the offset of
// every time zone is a multiple of it.
const quarter = 15 * 60 * 1_000_000

// CodeStatistics counts the arrivals through a code from … to (days, both
// included; empty: the last 30), at most 366 days.
func (s *Service) CodeStatistics(ctx context.Context, id, from, to string) (out CodeStatistics, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := codeByID(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		set, err := s.Orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		today := dayOf(s.now().In(set.Zone))
		span, err := days(from, to, [2]int64{today - 29, today}, maxCostDays)
		if err != nil {
			return prefixed(err, "query.")
		}
		members, err := s.Staff.Members(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		out = CodeStatistics{TimeZone: set.Zone.String(), From: dayName(span[0]), To: dayName(span[1]), ByStaff: []StaffCount{}}
		for h := range 24 {
			out.ByHour = append(out.ByHour, HourCount{Hour: h})
		}
		for d := span[0]; d <= span[1]; d++ {
			out.ByDay = append(out.ByDay, DayCount{Day: dayName(d)})
		}
		by := map[string]*StaffCount{}
		begin, end := dayStart(span[0], set.Zone), dayStart(span[1]+1, set.Zone)
		if err := eachQuarter(ctx, tx, a.OrgID, id, begin, end, func(staff string, at, n int64) {
			if a.OwnOnly && staff != a.ID {
				return
			}
			local := clock.Time(at).In(set.Zone)
			out.Arrivals += n
			out.ByHour[local.Hour()].Arrivals += n
			out.ByDay[dayOf(local)-span[0]].Arrivals += n
			if by[staff] == nil {
				by[staff] = &StaffCount{StaffID: staff, Name: members[staff].Name, Hours: make([]int64, 24)}
			}
			by[staff].Arrivals += n
			by[staff].Hours[local.Hour()] += n
		}); err != nil {
			return err
		}
		for _, c := range by {
			out.ByStaff = append(out.ByStaff, *c)
		}
		slices.SortFunc(out.ByStaff, func(a, b StaffCount) int {
			return cmp.Or(-cmp.Compare(a.Arrivals, b.Arrivals), cmp.Compare(a.StaffID, b.StaffID))
		})
		out.Views, err = hitsOf(ctx, tx, a.OrgID, id, begin, end)
		return err
	})
	return out, err
}

// eachQuarter counts the arrivals through a code by staff and quarter of an hour.
func eachQuarter(ctx context.Context, tx *db.Tx, orgID, codeID string, from, to int64, fn func(staff string, at, n int64)) error {
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var staff string
		var q, n int64
		err := rows.Scan(&staff, &q, &n)
		fn(staff, q*quarter, n)
		return err
	}, `SELECT s.staff_id, f.at / 900000000, count(*) FROM acquisition_source s JOIN acquisition_arrival f ON f.org_id = s.org_id AND f.source = s.no
		WHERE s.org_id = ? AND s.code_id = ? AND f.at >= ? AND f.at < ? GROUP BY s.staff_id, f.at / 900000000`, orgID, codeID, from, to)
}
