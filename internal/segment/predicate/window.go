package predicate

import (
	"strconv"
	"strings"
	"time"

	"fishpond/internal/segment/predicate/plan"
)

// Window is a stretch of time.
type Window struct {
	span
	Kind WindowKind
	N, M Span   // of Last, Next, Ago (N to M), Older and WithinJoining
	Name string // of Period: today, yesterday, tomorrow, this|last|next week|month|quarter|year
	From string // YYYY-MM-DD, of Dates, On, Since and After
	To   string // YYYY-MM-DD, of Dates, Until and Before
}

// WindowKind is how a window is given.
type WindowKind uint8

// The kinds of windows.
const (
	Last          WindowKind = iota + 1 // the last N, today included
	Next                                // the next N, today included
	Ago                                 // from N ago to M ago: in the last N, not in the last M
	Older                               // before the last N
	Period                              // of the calendar
	Dates                               // from From to To, both included
	On                                  // the day From
	Since                               // the day From and later
	Until                               // the day To and earlier
	After                               // later than the day From
	Before                              // earlier than the day To
	SinceJoining                        // since the person became known
	WithinJoining                       // in the first N since then
)

// Span is a length of time: N hours (h), days (d), weeks (w) or months (m).
type Span struct {
	N    int64
	Unit byte
}

// String is as written: 90d.
func (s Span) String() string {
	if s.Unit == 0 {
		return ""
	}
	return strconv.FormatInt(s.N, 10) + string(s.Unit)
}

// longest is the most of each unit: ten years.
var longest = map[byte]int64{'h': 87600, 'd': 3650, 'w': 520, 'm': 120}

// parseSpan reads 90d. N may be out of range, also negative.
func parseSpan(s string) (Span, bool) {
	if len(s) < 2 || len(s) > 12 || longest[s[len(s)-1]|0x20] == 0 {
		return Span{}, false
	}
	n, err := strconv.ParseInt(s[:len(s)-1], 10, 64)
	return Span{n, s[len(s)-1] | 0x20}, err == nil && s[0] != '+'
}

var periods = []string{"today", "yesterday", "tomorrow", "this week", "last week", "next week", "this month", "last month", "next month",
	"this quarter", "last quarter", "next quarter", "this year", "last year", "next year"}

// stretch is a window at a moment: days, or instants for hours. Ends that
// are open are plan.Min and plan.Max.
type stretch struct {
	days     bool
	from, to int64 // days: both included; otherwise microseconds, to not included
	until    int64 // microseconds: the first moment at which the stretch is another; plan.Max: never
}

// instants is the stretch in UTC microseconds, the end not included.
func (s stretch) instants(zone *time.Location) (from, to int64) {
	from, to = s.from, s.to
	if s.days && from != plan.Min {
		from = plan.Day(from).Start(zone)
	}
	if s.days && to != plan.Max {
		to = plan.Day(to + 1).Start(zone)
	}
	return from, to
}

// resolve works out a window other than those of joining for the moment now,
// which is in the org's time zone. It is valid.
func (w Window) resolve(now time.Time) stretch {
	today := plan.DayOf(now)
	s := stretch{days: true, from: plan.Min, to: plan.Max, until: plan.Max}
	day := func(text string) int64 {
		d, _ := plan.ParseDay(text)
		return int64(d)
	}
	switch w.Kind {
	case Last, Next, Ago, Older:
		if w.N.Unit == 'h' {
			return w.hours(now)
		}
		s.until = (today + 1).Start(now.Location())
		switch w.Kind {
		case Last:
			s.from, s.to = int64(back(today, w.N))+1, int64(today)
		case Next:
			s.from, s.to = int64(today), int64(forth(today, w.N))-1
		case Ago:
			s.from, s.to = int64(back(today, w.N))+1, int64(back(today, w.M))
		case Older:
			s.to = int64(back(today, w.N))
		}
	case Period:
		first, last, until := period(w.Name, today)
		s.from, s.to, s.until = int64(first), int64(last), until.Start(now.Location())
	case Dates:
		s.from, s.to = day(w.From), day(w.To)
	case On:
		s.from, s.to = day(w.From), day(w.From)
	case Since:
		s.from = day(w.From)
	case Until:
		s.to = day(w.To)
	case After:
		s.from = day(w.From) + 1
	case Before:
		s.to = day(w.To) - 1
	}
	return s
}

// hours are counted back from the end of the present minute, so that the
// stretch stays the same for a minute.
func (w Window) hours(now time.Time) stretch {
	const minute, hour = int64(time.Minute / time.Microsecond), int64(time.Hour / time.Microsecond)
	at := now.UnixMicro()
	at -= (at%minute + minute) % minute
	end := at + minute
	s := stretch{from: plan.Min, to: plan.Max, until: end}
	switch w.Kind {
	case Last:
		s.from, s.to = end-w.N.N*hour, end
	case Next:
		s.from, s.to = at, at+w.N.N*hour
	case Ago:
		s.from, s.to = end-w.N.N*hour, end-w.M.N*hour
	case Older:
		s.to = end - w.N.N*hour
	}
	return s
}

// back is the day so long before; a month that is too short gives its last day.
func back(d plan.Day, s Span) plan.Day { return forth(d, Span{-s.N, s.Unit}) }

func forth(d plan.Day, s Span) plan.Day {
	switch s.Unit {
	case 'w':
		return d + plan.Day(7*s.N)
	case 'm':
		return addMonths(d, int(s.N))
	}
	return d + plan.Day(s.N)
}

func addMonths(d plan.Day, n int) plan.Day {
	y, m, day := d.Civil().Date()
	first := plan.Civil(y, m+time.Month(n), 1)
	next := plan.Civil(y, m+time.Month(n)+1, 1)
	return min(first+plan.Day(day)-1, next-1)
}

// period gives the first and last day of a period of the calendar around
// today, and the day on which it will be another one.
func period(name string, today plan.Day) (first, last, until plan.Day) {
	switch name {
	case "today":
		return today, today, today + 1
	case "yesterday":
		return today - 1, today - 1, today + 1
	case "tomorrow":
		return today + 1, today + 1, today + 1
	}
	which, unit, _ := strings.Cut(name, " ")
	y, m, _ := today.Civil().Date()
	step := 0
	switch which {
	case "last":
		step = -1
	case "next":
		step = 1
	}
	start := func(k int) plan.Day { return plan.Civil(y, m+time.Month(k), 1) }
	switch unit {
	case "week": // from Monday
		monday := today - plan.Day((int(today.Civil().Weekday())+6)%7)
		start = func(k int) plan.Day { return monday + plan.Day(7*k) }
	case "quarter":
		start = func(k int) plan.Day { return plan.Civil(y, (m-1)/3*3+1+time.Month(3*k), 1) }
	case "year":
		start = func(k int) plan.Day { return plan.Civil(y+k, 1, 1) }
	}
	return start(step), start(step+1) - 1, start(1)
}

// YearDays are the days of the year from … to, as [plan.Days] takes them. Who
// was born on 29 February has their day on the 28th in years without one.
func YearDays(from, to plan.Day) []plan.Span { return yearDays(from, to) }

// yearDays are the days of the year in a stretch of days, for anniversaries:
// closed spans of month·100+day. Who was born on 29 February has their day on
// the 28th in years without one.
func yearDays(from, to plan.Day) []plan.Span {
	if to-from >= 366 {
		return []plan.Span{{Lo: 101, Hi: 1231}}
	}
	var out []plan.Span
	for d := from; d <= to; d++ {
		day := d.OfYear()
		if day == 228 && (d+1).OfYear() == 301 {
			out = append(out, plan.Span{Lo: 228, Hi: 229})
			continue
		}
		out = append(out, plan.Span{Lo: day, Hi: day})
	}
	return tidy(out, func(a, b int64) bool { // whether b may follow a without a gap
		return a/100 == b/100 && b == a+1 || b%100 == 1 && b/100 == a/100+1 && a%100 >= monthEnd[a/100-1]
	})
}

var monthEnd = [12]int64{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// oldest is the latest birthday of who is at least so many years old today.
// Who was born on 29 February comes of a year on the 28th in years without one.
func oldest(today plan.Day, years int64) plan.Day {
	y, m, d := today.Civil().Date()
	year := y - int(years)
	if m == time.February && (today+1).OfYear() == 301 {
		return plan.Civil(year, 3, 1) - 1
	}
	return plan.Civil(year, m, d)
}
