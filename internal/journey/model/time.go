package model

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

const (
	second = int64(1_000_000)
	hour   = 3600 * second
	day    = 24 * hour
)

// number is the stable number of some names, from 0 to 9,999.
func number(names ...string) int {
	sum := sha256.Sum256([]byte(strings.Join(names, "\x00") + "\x00"))
	return int(binary.BigEndian.Uint64(sum[:8]) % 10_000)
}

// shows is the first moment at which a clock in the zone shows the time at of a
// date, or a later one: every minute is looked at in turn. In UTC microseconds.
func shows(zone *time.Location, year int, month time.Month, date int, at string) int64 {
	var h, m int
	if _, err := fmt.Sscanf(at, "%d:%d", &h, &m); err != nil {
		panic(err)
	}
	want := time.Date(year, month, date, h, m, 0, 0, time.UTC)
	for t := want.Add(-27 * time.Hour); ; t = t.Add(time.Minute) {
		l := t.In(zone)
		wall := time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), 0, time.UTC)
		if !wall.Before(want) {
			return t.UnixMicro()
		}
	}
}

// NextHour is when it is next that hour, on one of the days if there are any
// (Monday is 1), strictly after a moment.
func NextHour(zone *time.Location, after int64, at string, days []int) int64 {
	l := time.UnixMicro(after).In(zone)
	for n := 0; ; n++ {
		d := time.Date(l.Year(), l.Month(), l.Day()+n, 0, 0, 0, 0, time.UTC)
		fits := len(days) == 0
		for _, w := range days {
			fits = fits || w%7 == int(d.Weekday())
		}
		if t := shows(zone, d.Year(), d.Month(), d.Day(), at); fits && t > after {
			return t
		}
	}
}

// InYears is that hour so many days after the day of a date in each year: the
// next strictly after a moment. 29 February is 28 February in other years.
func InYears(zone *time.Location, after int64, date string, offset int, at string) (int64, bool) {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0, false
	}
	for y := time.UnixMicro(after).UTC().Year() - 3; ; y++ {
		of := time.Date(y, d.Month(), d.Day(), 0, 0, 0, 0, time.UTC)
		if of.Month() != d.Month() {
			of = time.Date(y, 2, 28, 0, 0, 0, 0, time.UTC)
		}
		if t, _ := onDate(zone, of.Format(time.DateOnly), offset, at); t > after {
			return t, true
		}
	}
}

// onDate is that hour so many days after a date (YYYY-MM-DD); false: there is no
// such date.
func onDate(zone *time.Location, date string, offset int, at string) (int64, bool) {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0, false
	}
	if at == "" {
		at = "09:00"
	}
	d = d.AddDate(0, 0, offset)
	return shows(zone, d.Year(), d.Month(), d.Day(), at), true
}
