package journey

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/stats"
)

// passing is a way that was taken out of a step.
type passing struct {
	step string
	way  int
}

// branches tells what became of those who took each way out of steps that decide.
// How many took a way is kept count of, and of those who reached the goal, few
// against all, the walks are read: so a million walks cost little. With a span the
// walks of those who came in within it are read.
func (c *counting) branches(ctx context.Context, tx *db.Tx, steps []*graph.Step, out *Report) error {
	taken, won := map[passing]int64{}, map[passing]int64{}
	into := func(m map[passing]int64) func(*sql.Rows) error {
		return func(rows *sql.Rows) error {
			var p passing
			var n int64
			err := rows.Scan(&p.step, &p.way, &n)
			m[p] += n
			return err
		}
	}
	in := c.in
	if in.always() {
		for _, t := range c.tallied {
			if way, err := strconv.Atoi(t.part); t.what == "left" && err == nil {
				taken[passing{t.step, way}] += t.n
			}
		}
	} else if err := tx.Each(ctx, into(taken), `SELECT v.step, v.way, COUNT(*) FROM journey_run r JOIN journey_visit v ON v.org_id = r.org_id AND v.run_id = r.id
			WHERE r.org_id = ? AND r.journey_id = ? AND r.entered_at >= ? AND r.entered_at < ? AND (? = 0 OR v.version = ?) GROUP BY v.step, v.way`, c.orgID, c.id, in.from, in.to, in.version, in.version); err != nil {
		return err
	}
	if err := tx.Each(ctx, into(won), `SELECT v.step, v.way, COUNT(*) FROM journey_run r JOIN journey_visit v ON v.org_id = r.org_id AND v.run_id = r.id
		WHERE r.org_id = ? AND r.journey_id = ? AND r.converted_at > 0 AND r.entered_at >= ? AND r.entered_at < ? AND r.converted_at >= v.arrived_at AND (? = 0 OR v.version = ?) GROUP BY v.step, v.way`, c.orgID, c.id, in.from, in.to, in.version, in.version); err != nil {
		return err
	}
	for _, st := range steps {
		if len(st.Ways) == 0 {
			continue
		}
		b := Branching{Step: st.ID, Name: st.Name, Kind: string(st.Kind), Ways: []WayReport{}}
		for way := range len(st.Ways) + 1 {
			w := WayReport{Way: way}
			if way == len(st.Ways) {
				w.Way, w.Name = graph.Default, otherwise(st).In(i18n.From(ctx))
				if st.Kind == graph.Split && st.Next == "" {
					continue
				}
			} else {
				w.Name = st.Ways[way].Name
			}
			p := passing{st.ID, w.Way}
			w.People, w.Converted = taken[p], won[p]
			if w.People > 0 {
				w.Rate = float64(w.Converted) / float64(w.People)
			}
			w.Low, w.High = stats.Wilson(w.Converted, w.People)
			b.Ways = append(b.Ways, w)
		}
		out.Branches = append(out.Branches, b)
	}
	return nil
}

// otherwise is how the default way out of a step is called.
func otherwise(st *graph.Step) i18n.Text {
	switch st.Kind {
	case graph.WaitEvent:
		return i18n.T("没有发生", "It did not happen")
	case graph.Split:
		return i18n.T("其余", "The rest")
	}
	return i18n.T("其他", "Otherwise")
}

// mostDays is how many days are told.
const mostDays = 90

// quarter is into what the days are cut: no zone's midnight lies within one.
const quarter = int64(15 * time.Minute / time.Microsecond)

// days counts who came in and who reached the goal, by day where the brand is.
func (c *counting) days(ctx context.Context, tx *db.Tx, zone *time.Location, out *Report) error {
	by := map[string]*ReportDay{}
	of := func(day string) *ReportDay {
		if by[day] == nil {
			by[day] = &ReportDay{Day: day}
		}
		return by[day]
	}
	each := func(add func(*ReportDay, int64)) func(*sql.Rows) error {
		return func(rows *sql.Rows) error {
			var at, n int64
			err := rows.Scan(&at, &n)
			add(of(clock.Time(at*quarter).In(zone).Format(time.DateOnly)), n)
			return err
		}
	}
	came, args := c.in.came()
	args = append([]any{c.orgID, c.id}, args...)
	if c.in.always() {
		for _, t := range c.tallied {
			if t.what == "in" {
				of(t.part).Entered += t.n
			}
		}
	} else if err := tx.Each(ctx, each(func(d *ReportDay, n int64) { d.Entered += n }),
		"SELECT entered_at / "+strconv.FormatInt(quarter, 10)+", COUNT(*) FROM journey_run WHERE org_id = ? AND journey_id = ? AND "+came+" GROUP BY 1", args...); err != nil {
		return err
	}
	if err := tx.Each(ctx, each(func(d *ReportDay, n int64) { d.Converted += n }),
		"SELECT converted_at / "+strconv.FormatInt(quarter, 10)+", COUNT(*) FROM journey_run WHERE org_id = ? AND journey_id = ? AND converted_at > 0 AND "+came+" GROUP BY 1", args...); err != nil {
		return err
	}
	for _, d := range by {
		out.Days = append(out.Days, *d)
	}
	slices.SortFunc(out.Days, func(a, b ReportDay) int {
		if a.Day < b.Day {
			return -1
		}
		return 1
	})
	out.Days = out.Days[max(0, len(out.Days)-mostDays):]
	return nil
}
