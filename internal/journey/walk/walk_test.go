package walk

import (
	"testing"
	"time"

	"fishpond/internal/platform/clock"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// By the clock on the wall: an hour that it skips is the first that it shows
// after; one that it shows twice is the first; and never the present moment.
func TestNextAt(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from, at, want string
		zone           *time.Location
		days           []int
	}{
		"later today":      {"2026-11-22T00:00:00Z", "10:00", "2026-11-22T02:00:00Z", shanghai, nil},
		"now is over":      {"2026-11-22T02:00:00Z", "10:00", "2026-11-23T02:00:00Z", shanghai, nil},
		"just before":      {"2026-11-22T01:59:59Z", "10:00", "2026-11-22T02:00:00Z", shanghai, nil},
		"on a Monday":      {"2026-11-22T00:00:00Z", "10:00", "2026-11-23T02:00:00Z", shanghai, []int{1}},
		"in a week":        {"2026-11-22T03:00:00Z", "10:00", "2026-11-29T02:00:00Z", shanghai, []int{7}},
		"skipped":          {"2026-03-28T12:00:00Z", "02:30", "2026-03-29T01:00:00Z", berlin, nil},
		"twice: the first": {"2026-10-24T12:00:00Z", "02:30", "2026-10-25T00:30:00Z", berlin, nil},
		"between the two":  {"2026-10-25T00:45:00Z", "02:30", "2026-10-26T01:30:00Z", berlin, nil},
		"summer":           {"2026-07-01T12:00:00Z", "02:30", "2026-07-02T00:30:00Z", berlin, nil},
	} {
		if got := clock.Time(NextAt(clock.Micros(at(t, c.from)), c.zone, c.at, c.days)); !got.Equal(at(t, c.want)) {
			t.Errorf("%s: %s, not %s", name, got.Format(time.RFC3339), c.want)
		}
	}
	leap := time.Date(2000, 2, 29, 0, 0, 0, 0, time.UTC)
	if got := clock.Time(NextYearly(clock.Micros(at(t, "2026-11-22T00:00:00Z")), leap, -1, shanghai, "")).Format(time.RFC3339); got != "2027-02-27T01:00:00Z" {
		t.Errorf("the day before a birthday on 29 February: %s", got)
	}
	if got := clock.Time(NextYearly(clock.Micros(at(t, "2026-01-01T00:00:00Z")), time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), 0, shanghai, "09:00")).Format(time.RFC3339); got != "2026-01-01T01:00:00Z" {
		t.Errorf("a birthday today: %s", got)
	}
}
