package report_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/insight/report"
)

// model walks minute by minute: the report of a day is due at the first minute
// at which the wall shows that day and that time, or anything later.
func model(c report.ReportCadence, after time.Time, zone *time.Location) (time.Time, string) {
	type due struct {
		at  time.Time
		day string
	}
	var best due
	y, m, d := after.In(zone).Date()
	wanted := c.Hour*60 + c.Minute
	minute := after.Add(-50 * time.Hour).Truncate(time.Minute)
	seen := map[string]bool{}
	pending := []time.Time{} // dates not yet reached, in order
	for i := -2; i < 40; i++ {
		date := time.Date(y, m, d+i, 0, 0, 0, 0, time.UTC)
		last := date.AddDate(0, 0, 1-date.Day()).AddDate(0, 1, -1).Day()
		if c.Every == report.Weekly && (int(date.Weekday())+6)%7+1 != c.Weekday || c.Every == report.Monthly && date.Day() != min(c.Day, last) {
			continue
		}
		pending = append(pending, date)
	}
	for len(pending) > 0 && best.day == "" {
		ly, lm, ld := minute.In(zone).Date()
		local := time.Date(ly, lm, ld, 0, 0, 0, 0, time.UTC)
		clock := minute.In(zone).Hour()*60 + minute.In(zone).Minute()
		rest := pending[:0:0]
		for _, date := range pending {
			if local.After(date) || local.Equal(date) && clock >= wanted {
				key := date.Format(time.DateOnly)
				if !seen[key] && minute.After(after) && best.day == "" {
					best = due{minute, key}
				}
				seen[key] = true
				continue
			}
			rest = append(rest, date)
		}
		pending = rest
		minute = minute.Add(time.Minute)
	}
	return best.at, best.day
}

var zones = []string{"Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "America/Santiago", "UTC"}

func TestCadenceAgainstEveryMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		c := report.ReportCadence{Every: rapid.SampledFrom([]string{report.Daily, report.Weekly, report.Monthly}).Draw(t, "every"), Weekday: rapid.IntRange(1, 7).Draw(t, "weekday"),
			Day: rapid.IntRange(1, 31).Draw(t, "day"), Hour: rapid.SampledFrom([]int{0, 1, 2, 3, 8, 23}).Draw(t, "hour"), Minute: rapid.SampledFrom([]int{0, 15, 30, 59}).Draw(t, "minute")}
		// Half of the moments are near a change of the clocks.
		after := time.Unix(rapid.Int64Range(1_262_304_000, 1_900_000_000).Draw(t, "after"), 0).UTC().Truncate(time.Minute)
		if rapid.Bool().Draw(t, "near a change") {
			if _, end := after.In(zone).ZoneBounds(); !end.IsZero() {
				after = end.UTC().Add(time.Duration(rapid.IntRange(-3000, 3000).Draw(t, "minutes")) * time.Minute)
			}
		}
		got := c.Next(after, zone)
		at, day := model(c, after, zone)
		if !got.At.Equal(at) || got.Day != day {
			t.Fatalf("after %s in %s: %s of %s, want %s of %s", after.In(zone), zone, got.At.In(zone), got.Day, at.In(zone), day)
		}
		if last := c.Last(got.At, zone); !last.At.Equal(got.At) {
			t.Fatalf("the last until %s is %s", got.At, last.At)
		}
		if last := c.Last(got.At.Add(-time.Minute), zone); last.At.IsZero() || last.At.After(after) {
			t.Fatalf("between %s and %s there is %s", after, got.At, last.At)
		}
	})
}

func TestCadence(t *testing.T) {
	for _, c := range []struct {
		name, zone, after, want, day string
		cadence                      report.ReportCadence
	}{
		{"clocks put forward over it", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29", report.ReportCadence{Every: report.Daily, Hour: 2, Minute: 30}},
		{"the first of two", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25", report.ReportCadence{Every: report.Daily, Hour: 2, Minute: 30}},
		{"between the two", "Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-26T01:30:00Z", "2026-10-26", report.ReportCadence{Every: report.Daily, Hour: 2, Minute: 30}},
		{"the last of a short month", "Asia/Shanghai", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z", "2026-02-28", report.ReportCadence{Every: report.Monthly, Day: 31, Hour: 8}},
		{"Sunday", "UTC", "2026-03-01T08:00:00Z", "2026-03-08T08:00:00Z", "2026-03-08", report.ReportCadence{Every: report.Weekly, Weekday: 7, Hour: 8}},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.cadence.Next(after, zone); got.At.Format(time.RFC3339) != c.want || got.Day != c.day {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
	}
}
