package economics

import (
	"fmt"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// EconomicsPeriod is the span of whole months that an answer is about.
type EconomicsPeriod struct {
	From     string    `json:"from" example:"2026-01"`
	To       string    `json:"to" example:"2026-06" doc:"Included"`
	TimeZone string    `json:"time_zone" doc:"Decides where a month begins"`
	StartAt  time.Time `json:"start_at"`
	EndAt    time.Time `json:"end_at" doc:"Not included"`
}

// span is a range of whole months, both ends included.
type span struct{ from, to int64 }

func (s span) in(month int64) bool { return month >= s.from && month <= s.to }

// maxMonths bounds what one request looks at.
const maxMonths = 120

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
	if err != nil || t.Year() < 2000 || t.Year() > 2100 {
		return 0, errs.InvalidField(field, i18n.T("月份应写作 2026-03，且在 2000 年到 2100 年之间", "Write the month as 2026-03, between the years 2000 and 2100"))
	}
	return int64(t.Year())*12 + int64(t.Month()) - 1, nil
}

// span reads a request's months. Empty: the last twelve with an order, an
// arrival or a cost, up to the present one. where is before the fields' names.
func (c *cube) span(where, from, to string) (s span, err error) {
	present := monthOf(c.asOf, c.zone)
	s.to = present
	if c.last != noMonth {
		s.to = min(c.last, present)
	}
	if to != "" {
		if s.to, err = parseMonth(where+"to", to); err != nil {
			return s, err
		}
	}
	s.from = s.to - 11
	if to == "" && c.first != noMonth {
		s.from = min(s.to, max(s.from, c.first))
	}
	if from != "" {
		if s.from, err = parseMonth(where+"from", from); err != nil {
			return s, err
		}
		if to == "" {
			s.to = max(s.to, s.from)
		}
	}
	if s.from > s.to || s.to-s.from >= maxMonths {
		return s, errs.InvalidField(where+"from", i18n.T("起始月份应不晚于结束月份，且最多 %d 个月", "from must not be after to, and at most %d months can be shown", maxMonths))
	}
	return s, nil
}

func (c *cube) period(s span) EconomicsPeriod {
	return EconomicsPeriod{From: monthName(s.from), To: monthName(s.to), TimeZone: c.zone.String(), StartAt: monthStart(s.from, c.zone), EndAt: monthStart(s.to+1, c.zone)}
}

func (c *cube) counted() time.Time { return clock.Time(c.asOf) }
