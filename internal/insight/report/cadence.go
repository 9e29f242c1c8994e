package report

import (
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// ReportCadence is when a report comes round, by the clock on the org's wall.
type ReportCadence struct {
	Every   string `json:"every" enum:"daily,weekly,monthly"`
	Weekday int    `json:"weekday,omitempty" minimum:"0" maximum:"7" doc:"Of weekly: 1 is Monday"`
	Day     int    `json:"day,omitempty" minimum:"0" maximum:"31" doc:"Of monthly: the day; in a month without it, the last"`
	Hour    int    `json:"hour" minimum:"0" maximum:"23"`
	Minute  int    `json:"minute,omitempty" minimum:"0" maximum:"59"`
}

// Cadences.
const (
	Daily   = "daily"
	Weekly  = "weekly"
	Monthly = "monthly"
)

func (c ReportCadence) check() error {
	switch {
	case c.Every != Daily && c.Every != Weekly && c.Every != Monthly:
		return errs.InvalidField("body.cadence.every", i18n.T("请选择每天、每周或每月", "Choose daily, weekly or monthly"))
	case c.Every == Weekly && (c.Weekday < 1 || c.Weekday > 7):
		return errs.InvalidField("body.cadence.weekday", i18n.T("请选择星期几", "Choose the day of the week"))
	case c.Every == Monthly && (c.Day < 1 || c.Day > 31):
		return errs.InvalidField("body.cadence.day", i18n.T("请选择几号", "Choose the day of the month"))
	case c.Hour < 0 || c.Hour > 23 || c.Minute < 0 || c.Minute > 59:
		return errs.InvalidField("body.cadence.hour", i18n.T("请选择几点", "Choose the time"))
	}
	return nil
}

// Occurrence is one time that a cadence comes round.
type Occurrence struct {
	At  time.Time
	Day string // the day that it is of, as 2026-03-29: once a day whatever happens to the clock
}

const (
	farthest = 62 // days from one occurrence to the next, at most
)

// Next is the first occurrence after a moment.
func (c ReportCadence) Next(after time.Time, zone *time.Location) Occurrence {
	return c.find(after, zone, -2, 1, func(at time.Time) bool { return at.After(after) })
}

// Last is the latest occurrence that is not after a moment.
func (c ReportCadence) Last(until time.Time, zone *time.Location) Occurrence {
	return c.find(until, zone, 2, -1, func(at time.Time) bool { return !at.After(until) })
}

func (c ReportCadence) find(near time.Time, zone *time.Location, from, step int, ok func(time.Time) bool) Occurrence {
	y, m, d := near.In(zone).Date()
	for i := range farthest + 4 {
		date := time.Date(y, m, d+from+step*i, 0, 0, 0, 0, time.UTC)
		if !c.on(date) {
			continue
		}
		if at := clockAt(date.Add(time.Duration(c.Hour)*time.Hour+time.Duration(c.Minute)*time.Minute), zone); ok(at) {
			return Occurrence{at.UTC(), date.Format(time.DateOnly)}
		}
	}
	return Occurrence{} // there is no such cadence
}

// on tells whether the cadence comes round on a date.
func (c ReportCadence) on(date time.Time) bool {
	switch c.Every {
	case Daily:
		return true
	case Weekly:
		return int(date.Weekday()) == c.Weekday%7
	case Monthly:
		last := time.Date(date.Year(), date.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
		return date.Day() == min(c.Day, last)
	}
	return false
}

// clockAt is the first moment at which clocks in the zone show wall, or have
// gone past it where they were put forward over it. wall is written as if it
// were UTC.
func clockAt(wall time.Time, zone *time.Location) time.Time {
	var found, past time.Time
	earlier := func(a *time.Time, b time.Time) {
		if a.IsZero() || b.Before(*a) {
			*a = b
		}
	}
	// No clock is farther from UTC than 16 hours; each offset in use about then
	// offers one moment.
	for x := wall.Add(-30 * time.Hour).In(zone); ; {
		begin, end := x.ZoneBounds()
		_, offset := x.Zone()
		at := wall.Add(-time.Duration(offset) * time.Second)
		switch {
		case !begin.IsZero() && at.Before(begin): // by then the clock had already gone past it
			earlier(&past, begin)
		case end.IsZero() || at.Before(end):
			earlier(&found, at)
		}
		if end.IsZero() || end.After(wall.Add(30*time.Hour)) {
			break
		}
		x = end.In(zone)
	}
	if found.IsZero() || !past.IsZero() && past.Before(found) {
		return past
	}
	return found
}
