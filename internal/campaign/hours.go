package campaign

import (
	"time"
)

// wall is what a clock on the wall shows.
type wall struct {
	year      int
	month     time.Month
	day       int
	hour, min int
}

func wallOf(t time.Time) wall {
	return wall{t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute()}
}

// in is the first moment at which clocks in a zone show w or later: of an hour
// that comes twice the first one, and of one that is skipped the moment at which
// the clock jumps over it.
func (w wall) in(zone *time.Location) time.Time {
	t := time.Date(w.year, w.month, w.day, w.hour, w.min, 0, 0, zone)
	shown := wallOf(t)
	from, until := t.ZoneBounds()
	switch {
	case shown == w && !from.IsZero():
		// Before the last change the same may have been shown already.
		_, offset := from.Add(-time.Nanosecond).Zone()
		if first := w.utc().Add(-time.Duration(offset) * time.Second); first.Before(from) {
			return first
		}
	case shown == w:
	case w.utc().Before(shown.utc()) && !from.IsZero(): // it lies behind the jump
		return from.UTC()
	case !until.IsZero():
		return until.UTC()
	}
	return t.UTC()
}

// utc is the moment at which a clock in UTC shows w: for comparing.
func (w wall) utc() time.Time {
	return time.Date(w.year, w.month, w.day, w.hour, w.min, 0, 0, time.UTC)
}

// eastmost is where a day begins first: UTC+14, Kiritimati.
var eastmost = time.FixedZone("UTC+14", 14*60*60)

// zoneKey is the trait that names a person's time zone, and carrierKey the one
// that names the carrier they prefer.
const (
	zoneKey    = "time_zone"
	carrierKey = "preferred_carrier"
)

// zoneOf is where a person is: by their trait, else where the brand is.
func (o *one) zoneOf(org OrgSettings, zones map[string]*time.Location) *time.Location {
	name, _ := o.Traits[zoneKey].(string)
	if name == "" || name == "Local" {
		return org.Zone
	}
	zone, ok := zones[name]
	if !ok {
		if found, err := time.LoadLocation(name); err == nil {
			zone = found
		}
		zones[name] = zone // nil: there is no such zone
	}
	if zone == nil {
		return org.Zone
	}
	return zone
}

// begins is from when a campaign's people are fixed. One that goes by each
// person's clock begins where the day begins first.
func (s *Service) begins(r *row, zone *time.Location) time.Time {
	if r.start == 0 {
		return s.now()
	}
	start := r.startAt()
	if r.opt.LocalTime {
		return wallOf(start.In(zone)).in(eastmost)
	}
	return start
}
