package insight

import (
	"fmt"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// A month is kept as year × 12 + month − 1, so that the next one is one more.

// none is the month of what there is not.
const none int64 = -1

func monthOf(us int64, zone *time.Location) int64 {
	y, m, _ := clock.Time(us).In(zone).Date()
	return int64(y)*12 + int64(m) - 1
}

func monthName(m int64) string {
	if m < 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d", m/12, m%12+1)
}

// monthStart is the first moment of a month in zone.
func monthStart(m int64, zone *time.Location) time.Time {
	return time.Date(int(m/12), time.Month(m%12+1), 1, 0, 0, 0, 0, zone).UTC()
}

func parseMonth(field, value string) (int64, error) {
	t, err := time.Parse("2006-01", value)
	if err != nil {
		return 0, errs.InvalidField(field, i18n.T("月份应写作 2026-03", "Write the month as 2026-03"))
	}
	return int64(t.Year())*12 + int64(t.Month()) - 1, nil
}

// maxMonths bounds what one request looks at.
const maxMonths = 120

// span is a range of whole months, both ends included.
type span struct{ from, to int64 }

func (s span) months() int64 { return s.to - s.from + 1 }

// before is the span of the same length that ends where s begins.
func (s span) before() span { return span{s.from - s.months(), s.from - 1} }

// spanOf reads a request's months. What is left empty comes from otherwise,
// the span's own length kept to twelve months.
func spanOf(from, to string, otherwise span) (s span, err error) {
	s = otherwise
	if to != "" {
		if s.to, err = parseMonth("query.to", to); err != nil {
			return s, err
		}
		s.from = s.to - 11
	}
	if from != "" {
		if s.from, err = parseMonth("query.from", from); err != nil {
			return s, err
		}
		if to == "" {
			s.to = max(s.to, s.from)
		}
	}
	if s.from > s.to || s.months() > maxMonths {
		return s, errs.InvalidField("query.from", i18n.T("起始月份应不晚于结束月份，且最多 %d 个月", "from must not be after to, and at most %d months can be shown", maxMonths))
	}
	return s, nil
}
