package importer

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Layouts that are no pattern.
const (
	layoutUnix   = "unix"    // seconds since 1970
	layoutUnixMS = "unix_ms" // milliseconds since 1970
	layoutExcel  = "excel"   // days since 1899-12-30, as workbooks store times
)

// knownLayouts are tried on the first rows. Go's 1, 2 and 15 also take a
// leading zero, and seconds may have a fraction.
var knownLayouts = []string{
	"2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2", time.RFC3339, "2006-1-2T15:04:05", "2006-1-2T15:04", "2006-1-2 15:04:05 -0700", "2006-1-2 15:04:05Z07:00",
	"2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2", "2006.1.2 15:04:05", "2006.1.2 15:04", "2006.1.2",
	"2006年1月2日 15:04:05", "2006年1月2日 15:04", "2006年1月2日15:04:05", "2006年1月2日15:04", "2006年1月2日 15时04分05秒", "2006年1月2日",
	"20060102150405", "20060102",
	"1/2/2006 15:04:05", "1/2/2006 15:04", "1/2/2006", "1/2/2006 3:04:05 PM", "1/2/2006 3:04 PM", "1/2/06 15:04", "1/2/06",
	"2/1/2006 15:04:05", "2/1/2006 15:04", "2/1/2006", "2/1/2006 3:04:05 PM", "2/1/2006 3:04 PM", "2/1/06 15:04", "2/1/06",
	"2.1.2006 15:04:05", "2.1.2006 15:04", "2.1.2006", "2-1-2006 15:04:05", "2-1-2006 15:04", "2-1-2006",
	"2 Jan 2006 15:04:05", "2 Jan 2006 15:04", "2 Jan 2006", "Jan 2, 2006 15:04:05", "Jan 2, 2006 3:04:05 PM", "Jan 2, 2006", "Mon, 02 Jan 2006 15:04:05 -0700",
	layoutUnix, layoutUnixMS, layoutExcel,
}

// layout reads the times of one column.
type layout struct {
	pattern string
	loc     *time.Location
	last    []byte // the cell before and what it meant: lines of one order share it
	lastAt  int64
}

var strftime = map[byte]string{
	'Y': "2006", 'm': "01", 'd': "02", 'e': "_2", 'H': "15", 'M': "04", 'S': "05", 'y': "06", 'I': "03", 'p': "PM",
	'b': "Jan", 'h': "Jan", 'B': "January", 'a': "Mon", 'A': "Monday", 'z': "-0700", 'Z': "MST", 'f': "000000",
	'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'D': "01/02/06", '%': "%", 'n': "\n", 't': "\t",
}

// newLayout compiles a Go layout, an strftime pattern, or one of the names.
func newLayout(text string, loc *time.Location) (*layout, error) {
	bad := func() error {
		return errs.InvalidField("time_layout", i18n.T("不认识的时间格式“%s”；请写成 2006-01-02 15:04:05、%%Y-%%m-%%d %%H:%%M:%%S、unix、unix_ms 或 excel",
			"The time layout %s is not understood; write 2006-01-02 15:04:05, %%Y-%%m-%%d %%H:%%M:%%S, unix, unix_ms or excel", text))
	}
	switch text {
	case layoutUnix, layoutUnixMS, layoutExcel:
		return &layout{pattern: text, loc: loc}, nil
	}
	pattern := text
	if strings.Contains(text, "%") {
		var b strings.Builder
		for i := 0; i < len(text); i++ {
			if text[i] != '%' {
				b.WriteByte(text[i])
				continue
			}
			i++
			if i == len(text) || strftime[text[i]] == "" {
				return nil, bad()
			}
			b.WriteString(strftime[text[i]])
		}
		pattern = b.String()
	}
	// A layout must tell days apart, and read what it writes.
	a, b := time.Date(2011, 3, 14, 15, 9, 26, 0, time.UTC), time.Date(2012, 4, 25, 15, 9, 26, 0, time.UTC)
	back, err := time.Parse(pattern, a.Format(pattern))
	if err != nil || back.Format("2006-01-02") != "2011-03-14" || a.Format(pattern) == b.Format(pattern) || len(text) > 100 {
		return nil, bad()
	}
	return &layout{pattern: pattern, loc: loc}, nil
}

// Years outside of these are typing errors and broken exports.
const firstYear, lastYear = 1970, 2199

// parse reads a cell as UTC microseconds.
func (l *layout) parse(cell []byte) (int64, bool) {
	cell = bytes.TrimSpace(cell)
	if len(l.last) > 0 && bytes.Equal(cell, l.last) {
		return l.lastAt, true
	}
	if len(cell) == 0 || len(cell) > 64 {
		return 0, false
	}
	t, ok := l.time(string(cell))
	if !ok || t.Year() < firstYear || t.Year() > lastYear {
		return 0, false
	}
	l.last, l.lastAt = append(l.last[:0], cell...), t.UnixMicro()
	return l.lastAt, true
}

func (l *layout) time(s string) (time.Time, bool) {
	switch l.pattern {
	case layoutUnix, layoutUnixMS:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 0 || n > 1e13 {
			return time.Time{}, false
		}
		if l.pattern == layoutUnix {
			return time.Unix(n, 0).UTC(), true
		}
		return time.UnixMilli(n).UTC(), true
	case layoutExcel:
		days, err := strconv.ParseFloat(s, 64)
		if err != nil || !(days >= 1 && days < 200_000) {
			return time.Time{}, false
		}
		// The serial says what the clock on the wall showed, to the second.
		seconds := int64(math.Round(days * 86400))
		return time.Date(1899, 12, 30+int(seconds/86400), 0, 0, int(seconds%86400), 0, l.loc), true
	}
	t, err := time.ParseInLocation(l.pattern, s, l.loc)
	return t, err == nil
}

// guessLayout finds the layout that reads all samples (empty ones aside).
// second is another one that would read them all as different days: it is
// then for a person to choose. Both are empty when none fits.
func guessLayout(samples [][]byte) (first, second string) {
	fits := make([]*layout, 0, len(knownLayouts))
	for _, p := range knownLayouts {
		fits = append(fits, &layout{pattern: p, loc: time.UTC})
	}
	seen := 0
	differ := map[string]bool{}
	for _, s := range samples {
		s = bytes.TrimSpace(s)
		if len(s) == 0 {
			continue
		}
		seen++
		kept := fits[:0]
		var at int64
		for _, l := range fits {
			t, ok := l.parse(s)
			if !ok || !plausible(l.pattern, s) {
				continue
			}
			kept = append(kept, l)
			if len(kept) == 1 {
				at = t
			} else if t != at {
				differ[l.pattern] = true
			}
		}
		if fits = kept; len(fits) == 0 {
			return "", ""
		}
	}
	if seen == 0 {
		return "", ""
	}
	for _, l := range fits[1:] {
		if differ[l.pattern] {
			return fits[0].pattern, l.pattern
		}
	}
	return fits[0].pattern, ""
}

// plausible keeps numbers that mean something else from passing for times.
func plausible(pattern string, s []byte) bool {
	switch pattern {
	case layoutUnix:
		return len(s) == 10
	case layoutUnixMS:
		return len(s) == 13
	case layoutExcel:
		whole, _, _ := bytes.Cut(s, []byte("."))
		return len(whole) == 5
	}
	return true
}
