package acquisition

import (
	"context"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Payback follows the persons of each month: what they have brought until each
// month since, beside what it cost to win them.
type Payback struct {
	Model      string         `json:"model"`
	WindowDays int64          `json:"window_days"`
	TimeZone   string         `json:"time_zone"`
	Currency   string         `json:"currency"`
	Months     []PaybackMonth `json:"months" nullable:"false"`
}

// PaybackMonth is everybody whose first arrival was in one month.
type PaybackMonth struct {
	Month      string        `json:"month" example:"2026-03"`
	CostMinor  int64         `json:"cost_minor"`
	Persons    float64       `json:"persons"`
	CACMinor   *int64        `json:"cac_minor"`
	PaidBackIn *int64        `json:"paid_back_in" doc:"The first offset at which net_minor has reached cost_minor; null while it has not"`
	Cells      []PaybackCell `json:"cells" nullable:"false" doc:"Each month since, at most 60, up to the present one"`
}

// PaybackCell is what a month's persons have brought by some months later.
type PaybackCell struct {
	Offset         int64  `json:"offset" doc:"Months since the arrival, from 0"`
	NetMinor       int64  `json:"net_minor" doc:"Orders less refunds from the arrival to the end of this month"`
	PerPersonMinor *int64 `json:"per_person_minor" doc:"net_minor / persons, rounded"`
}

const maxOffset = 59

// Payback draws the payback of the months of a query.
func (s *Service) Payback(ctx context.Context, q ReportQuery) (out Payback, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		g, err := s.survey(ctx, tx, org, q)
		if err != nil {
			return err
		}
		out = Payback{Model: q.Model, WindowDays: q.WindowDays, TimeZone: g.set.Zone.String(), Currency: g.set.Currency, Months: []PaybackMonth{}}
		sums := map[int64]*sum{}
		at := func(month int64) *sum {
			if sums[month] == nil {
				sums[month] = &sum{}
			}
			return sums[month]
		}
		g.each(func(c cell, p *people) { at(c.month).addPeople(p) }, func(cell, *sales) {}, func(c cell, _ string, minor int64) { at(c.month).cost += minor })
		net := map[[2]int64]int64{} // month, offset
		for k, minor := range g.cube.payback {
			if g.sees(g.cube.sources[k[0]].channel) {
				net[[2]int64{k[1], min(k[2], maxOffset+1)}] += minor
			}
		}
		present := monthOf(clock.Micros(s.now()), g.set.Zone)
		for m := g.first; m <= g.last; m++ {
			f := at(m).figures()
			row := PaybackMonth{Month: monthName(m), CostMinor: f.CostMinor, Persons: f.Persons, CACMinor: f.CACMinor, Cells: []PaybackCell{}}
			var sofar int64
			for k := int64(0); k <= min(present-m, maxOffset); k++ {
				sofar += net[[2]int64{m, k}]
				cell := PaybackCell{Offset: k, NetMinor: sofar}
				if f.Persons > 0 {
					per := (&sum{cost: sofar, people: people{persons: at(m).persons}}).figures().CACMinor
					cell.PerPersonMinor = per
				}
				if row.PaidBackIn == nil && f.CostMinor > 0 && sofar >= f.CostMinor {
					row.PaidBackIn = &cell.Offset
				}
				row.Cells = append(row.Cells, cell)
			}
			out.Months = append(out.Months, row)
		}
		return nil
	})
	return out, err
}
