package followup

import (
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Day is a date: the days since 1970-01-01.
type Day int64

// DayOf is the date of t where t is.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// dayAt is the date of an instant in a zone.
func dayAt(us int64, zone *time.Location) Day { return DayOf(time.UnixMicro(us).In(zone)) }

// ParseDay reads YYYY-MM-DD of the years 1900 to 2199.
func ParseDay(s string) (Day, bool) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1900 || t.Year() > 2199 {
		return 0, false
	}
	return DayOf(t), true
}

// dayField reads a day of a request; empty: otherwise.
func dayField(path, s string, otherwise Day) (Day, error) {
	if s == "" {
		return otherwise, nil
	}
	d, ok := ParseDay(s)
	if !ok {
		return 0, errs.InvalidField(path, i18n.T("日期应写作 2026-11-22", "Write the day as 2026-11-22"))
	}
	return d, nil
}

// Civil is the day as a time at midnight UTC.
func (d Day) Civil() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String is YYYY-MM-DD.
func (d Day) String() string { return d.Civil().Format(time.DateOnly) }

// At is a minute of the day in a zone. A minute that the clock jumps over is
// the moment after the jump; of one that comes twice it is the first.
func (d Day) At(minute int, zone *time.Location) time.Time {
	y, m, day := d.Civil().Date()
	t := time.Date(y, m, day, minute/60, minute%60, 0, 0, zone)
	const step = 15 * time.Minute // no zone changes by less in living memory
	wall := func(t time.Time) int64 {
		h, m, _ := t.Clock()
		return int64(DayOf(t))*1440 + int64(h*60+m)
	}
	want := int64(d)*1440 + int64(minute)
	for wall(t) < want {
		t = t.Add(step)
	}
	for earlier := t.Add(-3 * time.Hour); earlier.Before(t); earlier = earlier.Add(step) {
		if wall(earlier) >= want {
			return earlier
		}
	}
	return t
}

// Start is the first instant of the day in a zone.
func (d Day) Start(zone *time.Location) time.Time { return d.At(0, zone) }

// occurs is when a date (YYYY-MM-DD) comes round in a year nearest to today:
// who was born on 29 February has their day on the 28th in years without one.
// Of the years around, it is the one in from … to; false when there is none.
func occurs(date string, from, to Day) (Day, bool) {
	born, ok := ParseDay(date)
	if !ok {
		return 0, false
	}
	_, m, d := born.Civil().Date()
	for year := from.Civil().Year(); year <= to.Civil().Year(); year++ {
		at := Day(time.Date(year, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
		if m == time.February && d == 29 && at.Civil().Month() != time.February {
			at--
		}
		if at >= from && at <= to {
			return at, true
		}
	}
	return 0, false
}
