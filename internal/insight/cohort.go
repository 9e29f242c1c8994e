package insight

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/db"
)

// Cohorts is a retention grid: a row for the people whose first order was in
// one month, a cell for each month since.
type Cohorts struct {
	TimeZone string   `json:"time_zone" doc:"Decides where a month begins"`
	Currency string   `json:"currency"`
	Months   []Cohort `json:"months" nullable:"false"`

	CountedTo *time.Time `json:"counted_to" doc:"Events recorded up to here are counted; null when there are none"`
}

// Cohort is everybody whose first order was in one month.
type Cohort struct {
	Month string `json:"month" example:"2026-03" doc:"Of the first order"`
	Size  int64  `json:"size" doc:"Persons; merged ones are one, with the first order of all"`
	Cells []Cell `json:"cells" nullable:"false" doc:"Every month from that of the first order to the last with orders, at most 60"`
}

// Cell is a cohort in a later month.
type Cell struct {
	Offset   int64   `json:"offset" doc:"Months since that of the first order, from 0"`
	Persons  int64   `json:"persons" doc:"Of the cohort, with an order in the month"`
	Share    float64 `json:"share" minimum:"0" maximum:"1" doc:"persons / size; 0 for an empty cohort"`
	GMVMinor int64   `json:"gmv_minor" doc:"Of the cohort's orders in the month, before refunds"`
}

// maxOffset bounds a cohort's row.
const maxOffset = 59

// Cohorts returns the cohorts of the months from … to (YYYY-MM, both
// included; empty: the last twelve months with orders), each followed to the
// last month with orders.
func (s *Service) Cohorts(ctx context.Context, orgID, from, to string) (out Cohorts, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		c, err := s.calendar(ctx, tx, orgID)
		if err != nil {
			return err
		}
		period, err := spanOf(from, to, c.usual())
		if err != nil {
			return err
		}
		out = Cohorts{TimeZone: c.zone.String(), Currency: c.currency, CountedTo: c.countedTo, Months: []Cohort{}}
		if c.last == none {
			return nil
		}
		until := max(min(c.last, c.present), period.to)
		for m := period.from; m <= period.to; m++ {
			row := Cohort{Month: monthName(m), Cells: make([]Cell, min(until-m, maxOffset)+1)}
			for k := range row.Cells {
				row.Cells[k].Offset = int64(k)
			}
			out.Months = append(out.Months, row)
		}
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var cohort, month, persons, gmv int64
			if err := rows.Scan(&cohort, &month, &persons, &gmv); err != nil {
				return err
			}
			row := &out.Months[cohort-period.from]
			if k := month - cohort; k < int64(len(row.Cells)) {
				row.Cells[k].Persons, row.Cells[k].GMVMinor = persons, gmv
			}
			return nil
		}, "SELECT cohort, month, persons, gmv_minor FROM insight_cohort WHERE org_id = ? AND cohort BETWEEN ? AND ?", orgID, period.from, period.to); err != nil {
			return err
		}
		for i := range out.Months {
			row := &out.Months[i]
			if row.Size = row.Cells[0].Persons; row.Size == 0 {
				continue
			}
			for k := range row.Cells {
				row.Cells[k].Share = float64(row.Cells[k].Persons) / float64(row.Size)
			}
		}
		return nil
	})
	return out, err
}
