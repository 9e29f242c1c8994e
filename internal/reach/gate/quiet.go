package gate

import "time"

const dayMinutes = 24 * 60

// quietUntil is when the quiet hours end in which a moment lies; zero when it
// lies in none. Quiet is what the clock on the wall shows, from ≤ t < to, so
// that an hour that is skipped or comes twice is treated as it is shown.
func quietUntil(at time.Time, zone *time.Location, from, to int) time.Time {
	if !quiet(at, zone, from, to) {
		return time.Time{}
	}
	const changes = 8 // of the clock within a few days; no zone has that many
	t := at
	for range changes {
		local := t.In(zone)
		into := time.Duration(local.Hour()*60+local.Minute())*time.Minute + time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
		left := time.Duration(to)*time.Minute - into
		if left <= 0 {
			left += 24 * time.Hour
		}
		end := t.Add(left)
		_, change := local.ZoneBounds()
		if change.IsZero() || !end.After(change) && !quiet(end, zone, from, to) {
			return end.UTC()
		}
		if t = change; !quiet(t, zone, from, to) { // the clock jumped out of the quiet hours
			return t.UTC()
		}
	}
	return t.UTC()
}

func quiet(at time.Time, zone *time.Location, from, to int) bool {
	l := at.In(zone)
	m := l.Hour()*60 + l.Minute()
	switch {
	case from == to:
		return false
	case from < to:
		return from <= m && m < to
	}
	return m >= from || m < to
}
