package walk

import (
	"slices"
	"time"

	"fishpond/internal/platform/clock"
)

// defaultAt is the hour of dates for which none is said.
const defaultAt = "09:00"

func hourOf(at string) (hour, minute int) {
	if at == "" {
		at = defaultAt
	}
	t, err := time.Parse("15:04", at)
	if err != nil {
		t, _ = time.Parse("15:04", defaultAt) // checked before
	}
	return t.Hour(), t.Minute()
}

// Local is when a clock on the wall shows a time, UTC microseconds. One that it
// shows twice is the first; for one that it skips, the first that it shows after.
func Local(y int, m time.Month, d, hour, minute int, zone *time.Location) int64 {
	w := time.Date(y, m, d, hour, minute, 0, 0, time.UTC)
	best := time.Time{}
	var before time.Time
	for i, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, off := w.Add(near).In(zone).Zone()
		t := w.Add(-time.Duration(off) * time.Second).In(zone)
		if i == 0 {
			before = t
		}
		_, is := t.Zone()
		if is == off && (best.IsZero() || t.Before(best)) {
			best = t
		}
	}
	if !best.IsZero() {
		return clock.Micros(best)
	}
	if start, _ := before.ZoneBounds(); !start.IsZero() { // skipped: it goes on from there
		return clock.Micros(start)
	}
	return clock.Micros(before)
}

// NextAt is the next time strictly after from at which a clock in the zone shows
// the hour, on one of the days of the week (Monday is 1) if any are given.
func NextAt(from int64, zone *time.Location, at string, days []int) int64 {
	h, m := hourOf(at)
	d := clock.Time(from).In(zone)
	for i := range 9 {
		day := time.Date(d.Year(), d.Month(), d.Day()+i, 12, 0, 0, 0, time.UTC)
		week := int(day.Weekday()+6)%7 + 1
		if len(days) > 0 && !slices.Contains(days, week) {
			continue
		}
		if t := Local(day.Year(), day.Month(), day.Day(), h, m, zone); t > from {
			return t
		}
	}
	return from // cannot happen
}

// OnDate is an hour of the day so many days after a date.
func OnDate(date time.Time, offset int, zone *time.Location, at string) int64 {
	h, m := hourOf(at)
	return Local(date.Year(), date.Month(), date.Day()+offset, h, m, zone)
}

// NextYearly is the next time strictly after from that is so many days after the
// day of the year of a date. 29 February is 28 February in other years.
func NextYearly(from int64, date time.Time, offset int, zone *time.Location, at string) int64 {
	year := clock.Time(from).In(zone).Year()
	for y := year - 2; ; y++ {
		if t := OnDate(InYear(date, y), offset, zone, at); t > from || y > year+3 {
			return t
		}
	}
}

// InYear is a date's day in another year.
func InYear(date time.Time, year int) time.Time {
	t := time.Date(year, date.Month(), date.Day(), 0, 0, 0, 0, time.UTC)
	if t.Month() != date.Month() {
		t = t.AddDate(0, 0, -1)
	}
	return t
}
