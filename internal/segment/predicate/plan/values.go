package plan

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

const (
	// Scale is how many units of a Number are one.
	Scale = 10_000
	// MaxNumber is the greatest magnitude of a number; beyond it is unset.
	MaxNumber = 1e14
	// MaxSummand is the greatest magnitude, in the units of its type, of a
	// value that a sum or an average takes in, so that no sum overflows:
	// 10¹³ minor units, or 10⁹ as a number.
	MaxSummand = 10_000_000_000_000
	// MaxMoney is the greatest magnitude of an amount in minor units, as the
	// pool accepts it.
	MaxMoney = 1_000_000_000_000_000
)

// Fixed brings a JSON number into ten-thousandths: f·10000 in float64, half
// away from zero. In SQL: CAST of (f * 10000.0 + 0.5) cut towards zero for f
// not negative, - 0.5 otherwise. It reports false beyond ±MaxNumber.
func Fixed(f float64) (int64, bool) {
	if !(math.Abs(f) <= MaxNumber) {
		return 0, false
	}
	scaled := float64(f * Scale) // the conversion forbids fused rounding
	if scaled < 0 {
		return int64(scaled - 0.5), true
	}
	return int64(scaled + 0.5), true
}

// Day is a date: the days since 1970-01-01, negative before.
type Day int64

// DayOf is the date of t where t is.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Civil(y, m, d)
}

// Civil is the day of a date; days beyond the month's end run on, as in
// time.Date.
func Civil(y int, m time.Month, d int) Day {
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads YYYY-MM-DD of the years 0001 to 9999.
func ParseDay(s string) (Day, bool) {
	if len(s) != 10 || s[0] == '0' && s[:4] == "0000" {
		return 0, false
	}
	t, err := time.Parse(time.DateOnly, s)
	return Day(floorDiv(t.Unix(), 86400)), err == nil
}

// Civil is the day as a time at midnight UTC.
func (d Day) Civil() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String is YYYY-MM-DD.
func (d Day) String() string { return d.Civil().Format(time.DateOnly) }

// OfYear is month·100+day.
func (d Day) OfYear() int64 {
	_, m, day := d.Civil().Date()
	return int64(m)*100 + int64(day)
}

// Start is the first instant of the day in a zone, in UTC microseconds. Where
// the clock is put forward at midnight, that is not 00:00.
func (d Day) Start(zone *time.Location) int64 {
	y, m, day := d.Civil().Date()
	t := time.Date(y, m, day, 0, 0, 0, 0, zone)
	const step = 15 * time.Minute // no zone changes by less in living memory
	for DayOf(t) < d {
		t = t.Add(step)
	}
	for DayOf(t.Add(-step)) >= d {
		t = t.Add(-step)
	}
	return t.UnixMicro()
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// ordered brings a JSON value into the int64 of an ordered type, and reports
// false when it is not one.
func (t Type) ordered(v any) (int64, bool) {
	switch t {
	case Count, Money:
		return whole(v)
	case Number:
		switch n := v.(type) {
		case float64:
			return Fixed(n)
		case int64:
			return Fixed(float64(n))
		case json.Number:
			f, err := strconv.ParseFloat(string(n), 64)
			if err != nil {
				return 0, false
			}
			return Fixed(f)
		}
	case Date:
		s, _ := v.(string)
		d, ok := ParseDay(s)
		return int64(d), ok
	case Instant:
		n, ok := v.(int64)
		return n, ok && n != 0
	}
	return 0, false
}

// whole reads a whole number; one from JSON within ±MaxMoney.
func whole(v any) (int64, bool) {
	f := 0.0
	switch x := v.(type) {
	case int64:
		return x, true
	case float64:
		f = x
	case json.Number:
		var err error
		if f, err = strconv.ParseFloat(string(x), 64); err != nil {
			return 0, false
		}
	default:
		return 0, false
	}
	if f != math.Trunc(f) || math.Abs(f) > MaxMoney {
		return 0, false
	}
	return int64(f), true
}
