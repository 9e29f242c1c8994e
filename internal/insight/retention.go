package insight

import (
	"context"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight/steps"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// RetentionInput asks who came back.
type RetentionInput struct {
	Days              // of the first event
	First EventChoice `json:"first" doc:"A person's first of these, ever, begins"`
	Back  EventChoice `json:"back" doc:"One of these, at that moment or later and not the same event, is coming back"`
	Unit  string      `json:"unit,omitempty" enum:"day,week,month" default:"month" doc:"Of the calendar in the org's time zone; weeks begin on Monday"`
	Mode  string      `json:"mode,omitempty" enum:"classic,rolling" default:"classic" doc:"classic: came back in that very unit; rolling: in that unit or a later one"`
}

// Retention is a grid: a row for those who began in one unit, a cell for each
// unit since.
type Retention struct {
	Fresh
	Period DayPeriod      `json:"period" doc:"Made whole units"`
	Unit   string         `json:"unit"`
	Mode   string         `json:"mode"`
	Rows   []RetentionRow `json:"rows" nullable:"false"`
	Total  RetentionRow   `json:"total" doc:"All rows; a cell's share is of the rows that are so old"`
	cell   *roaring.Bitmap
}

// RetentionRow is those who began in one unit.
type RetentionRow struct {
	From  string          `json:"from" example:"2026-03-01" doc:"First day of the unit; empty for the total"`
	Size  int64           `json:"size"`
	Cells []RetentionCell `json:"cells" nullable:"false" doc:"Units since, from 0, as far as they have begun; at most 61"`
}

// RetentionCell is how many came back.
type RetentionCell struct {
	Persons int64    `json:"persons"`
	Share   *float64 `json:"share" doc:"Of the row; null for an empty one"`
	Partial bool     `json:"partial" doc:"The unit is not over: the figure may still rise"`
}

const maxRows = 120 // of a retention grid

// retentionCell names a cell: a row, and the units since; −1: the whole row.
type retentionCell struct{ row, offset int }

// Retention answers.
func (s *Service) Retention(ctx context.Context, orgID string, in RetentionInput) (out Retention, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		out, err = s.retention(ctx, tx, orgID, in, nil)
		return err
	})
	return out, err
}

func (s *Service) retention(ctx context.Context, tx *db.Tx, orgID string, in RetentionInput, want *retentionCell) (out Retention, err error) {
	q, err := s.ask(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	r := &steps.Retention{}
	if r.First, err = q.what(in.First, "body.first"); err != nil {
		return out, err
	}
	if r.Back, err = q.what(in.Back, "body.back"); err != nil {
		return out, err
	}
	out = Retention{Unit: in.Unit, Mode: in.Mode, Rows: []RetentionRow{}}
	if out.Unit == "" {
		out.Unit = "month"
	}
	if out.Mode == "" {
		out.Mode = "classic"
	}
	if out.Period, err = q.days(in.Days); err != nil {
		return out, err
	}
	rows, starts, err := q.units(&out.Period, out.Unit)
	if err != nil {
		return out, err
	}
	for _, t := range starts {
		r.Edges = append(r.Edges, clock.Micros(t))
	}
	q.nothing(ctx)
	out.Fresh = q.fresh
	counts := make([][]rowCount, sweepWorkers())
	cells := bitmaps(sweepWorkers())
	for i := range counts {
		counts[i] = make([]rowCount, rows)
	}
	// Who first did it earlier must be known as such: everything is read.
	if err := q.sweep(ctx, q.first, r.Edges[len(r.Edges)-1], func(worker int, seq uint32, lanes []steps.Lane) {
		st := r.Follow(lanes)
		if st.Unit < 0 || st.Unit >= rows {
			return
		}
		if out.Mode == "rolling" {
			st.Back = filled(st.Back)
		}
		counts[worker][st.Unit].add(st.Back)
		if want != nil && st.Unit == want.row && (want.offset < 0 || st.Back>>want.offset&1 == 1) {
			cells[worker].Add(seq)
		}
	}); err != nil {
		return out, err
	}
	out.cell = roaring.FastOr(cells...)
	out.fill(q, rows, starts, counts)
	return out, nil
}

// rowCount is what one worker found of a row.
type rowCount struct {
	size  int64
	cells [steps.MaxOffset + 1]int64
}

func (c *rowCount) add(back uint64) {
	c.size++
	for k := 0; back != 0; k, back = k+1, back>>1 {
		c.cells[k] += int64(back & 1) //nolint:gosec // 0 or 1
	}
}

// filled sets every bit below the highest.
func filled(v uint64) uint64 {
	for s := 1; s < 64; s <<= 1 {
		v |= v >> s
	}
	return v
}

// units makes a period whole units and lists where they begin, up to the one
// after the present; rows is how many of them are in the period.
func (q *question) units(p *DayPeriod, unit string) (rows int, starts []time.Time, err error) {
	begin := func(t time.Time) time.Time {
		t = t.In(q.zone)
		y, m, d := t.Date()
		switch unit {
		case "month":
			d = 1
		case "week":
			d -= (int(t.Weekday()) + 6) % 7
		}
		return time.Date(y, m, d, 0, 0, 0, 0, q.zone)
	}
	next := func(t time.Time) time.Time {
		switch unit {
		case "month":
			return t.AddDate(0, 1, 0)
		case "week":
			return t.AddDate(0, 0, 7)
		}
		return t.AddDate(0, 0, 1)
	}
	from := begin(p.StartAt)
	end := from
	for end.Before(p.EndAt) {
		if rows++; rows > maxRows {
			return 0, nil, errs.InvalidField("body.from", i18n.T("最多 %d 行：请缩短时间或改用更大的单位", "At most %d rows: choose fewer days or a larger unit", maxRows))
		}
		end = next(end)
	}
	p.From, p.To = from.Format(time.DateOnly), end.AddDate(0, 0, -1).Format(time.DateOnly)
	p.StartAt, p.EndAt = from.UTC(), end.UTC()
	now := clock.Time(q.now)
	for t := from; ; t = next(t) {
		starts = append(starts, t)
		if n := len(starts); n > rows && (t.After(now) || n > rows+steps.MaxOffset+1) {
			return rows, starts, nil
		}
	}
}

func (r *Retention) fill(q *question, rows int, starts []time.Time, counts [][]rowCount) {
	now := clock.Time(q.now)
	totals, bases := [steps.MaxOffset + 1]int64{}, [steps.MaxOffset + 1]int64{}
	r.Total.Cells = []RetentionCell{}
	widest := 0
	for i := range rows {
		var c rowCount
		for _, of := range counts {
			c.size += of[i].size
			for k, n := range of[i].cells {
				c.cells[k] += n
			}
		}
		if c.size == 0 && starts[i].After(now) {
			break // a period may end in the future: there is nothing to tell of it
		}
		row := RetentionRow{From: starts[i].Format(time.DateOnly), Size: c.size, Cells: []RetentionCell{}}
		for k := 0; k <= steps.MaxOffset && i+k+1 < len(starts) && !starts[i+k].After(now); k++ {
			row.Cells = append(row.Cells, RetentionCell{Persons: c.cells[k], Share: share(c.cells[k], c.size), Partial: starts[i+k+1].After(now)})
			totals[k], bases[k] = totals[k]+c.cells[k], bases[k]+c.size
			widest = max(widest, k+1)
		}
		r.Total.Size += c.size
		r.Rows = append(r.Rows, row)
	}
	for k := range widest {
		r.Total.Cells = append(r.Total.Cells, RetentionCell{Persons: totals[k], Share: share(totals[k], bases[k])})
	}
}
