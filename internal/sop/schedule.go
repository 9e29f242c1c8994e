package sop

import (
	"time"

	"fishpond/internal/platform/clock"
)

// dueAt is when a step comes: so many days after the day of the anchor, at its
// hour, by the clock on the wall. An hour that the clock skips is the one after it.
func dueAt(anchor int64, zone *time.Location, day, minutes int) int64 {
	d := clock.Time(anchor).In(zone)
	return clock.Micros(time.Date(d.Year(), d.Month(), d.Day()+day, minutes/60, minutes%60, 0, 0, zone))
}

// untilOf is when a step may leave at the latest: so many hours after its time, or
// the end of its day.
func untilOf(due int64, zone *time.Location, hours int) int64 {
	if hours > 0 {
		return due + int64(hours)*int64(time.Hour/time.Microsecond)
	}
	d := clock.Time(due).In(zone)
	return clock.Micros(time.Date(d.Year(), d.Month(), d.Day()+1, 0, 0, 0, 0, zone))
}

// place is where somebody is in a series.
type place struct {
	anchor, start int64           // day 0; steps before start are passed over
	zone          *time.Location  // whose clock counts
	decided       map[string]bool // steps that are behind them, by id
	open          bool            // the last message may still leave by itself
}

// verdict is what becomes of a step now.
type verdict struct {
	step       *Step
	skip       string // why; empty: it goes
	due, until int64
}

// advance decides the steps that are due, in their order, and says which comes
// next and when to look again; nil: none is left.
//
// A message goes only when the one before is settled, so that they arrive in their
// order: at most one leaves at a time. How long it is waited grows with how long it
// has been waited, so that many who wait for the morning cost little.
func (e *edition) advance(p place, now int64) (out []verdict, next *Step, again int64) {
	late := int64(e.catchUp() / time.Microsecond)
	open := p.open
	for i := range e.Steps {
		st := &e.Steps[i]
		if p.decided[st.ID] {
			continue
		}
		due := dueAt(p.anchor, p.zone, st.Day, e.minutes[i])
		v := verdict{step: st, due: due, until: untilOf(due, p.zone, st.UntilHours)}
		switch {
		case due > now:
			return out, st, due
		case due < p.start:
			v.skip = WhyBefore
		case now-due > late || now >= v.until:
			if v.skip = WhyLate; p.open && st.Kind == "message" {
				v.skip = WhyOrder
			}
		case st.Kind == "message" && open:
			wait := min((now-due)/2, 60*minuteMicros, v.until-now-5*minuteMicros)
			return out, st, now + max(2*minuteMicros, wait)
		case st.Kind == "message":
			open = true
		}
		out = append(out, v)
	}
	return out, nil, 0
}

const minuteMicros = int64(time.Minute / time.Microsecond)

// begin is the step that comes first for somebody who comes in, and when.
func (e *edition) begin(anchor, start int64, zone *time.Location) (next *Step, due int64) {
	for i := range e.Steps {
		if at := dueAt(anchor, zone, e.Steps[i].Day, e.minutes[i]); at >= start {
			return &e.Steps[i], at
		}
	}
	return nil, 0
}
