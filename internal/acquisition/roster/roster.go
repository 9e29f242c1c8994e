// Package roster tells which of some staff members takes the next customer:
// by shifts in the org's time zone, daily caps and a strategy, with spare staff
// for when nobody is on duty. It is a function of what it is given.
package roster

import (
	"cmp"
	"slices"
	"time"
)

// Strategies.
const (
	RoundRobin  = "round_robin"  // one after the other
	Weighted    = "weighted"     // as often as their weights say
	LeastLoaded = "least_loaded" // who has had the fewest today
)

// Reasons why others than the members on duty take customers.
const (
	OffDuty = "off_duty" // no shift now
	Full    = "full"     // everybody on duty has had their day's customers
	Left    = "left"     // no member works here any longer
	Expired = "expired"  // the plan has ended
)

// Member is a staff member who takes customers.
type Member struct {
	StaffID  string
	Weight   int64 // 1–100; for Weighted
	DailyCap int64 // 0: no limit
}

// Shift is when some members are on duty.
type Shift struct {
	StaffIDs []string // none: all members
	Days     []int    // 1 Monday … 7 Sunday, the days on which it begins; none: every day
	From, To int      // minutes since midnight; To not after From: until To of the next day
}

// Plan is who takes customers when.
type Plan struct {
	Strategy  string
	Members   []Member
	Shifts    []Shift  // none: always on duty
	Spare     []string // take over when no member can
	ExpiresAt time.Time
}

// Usage is what has happened today, in the org's time zone.
type Usage struct {
	Today map[string]int64 // customers by staff
	Turns int64            // customers in all
	Last  string           // who took the latest customer ever
}

// Duty is who takes customers now.
type Duty struct {
	On   []string // who may; members in the plan's order, or spare staff
	Next string   // of these, whose turn it is; empty when nobody may
	// Reason is empty while members on duty are below their caps.
	Reason string
	Spare  bool // On are spare staff
	// Beyond: there is no spare staff either. On are those who are on duty and
	// full, or all members: a customer at the wrong time is better than none.
	Beyond bool
}

// At tells who takes customers at a moment, given in the org's time zone.
// active tells who works here.
func (p Plan) At(now time.Time, active func(staffID string) bool, use Usage) Duty {
	if !p.ExpiresAt.IsZero() && !now.Before(p.ExpiresAt) {
		return Duty{Reason: Expired}
	}
	var here, on, free []Member
	onDuty := p.onShift(now)
	for _, m := range p.Members {
		if !active(m.StaffID) {
			continue
		}
		here = append(here, m)
		if !onDuty(m.StaffID) {
			continue
		}
		on = append(on, m)
		if m.DailyCap == 0 || use.Today[m.StaffID] < m.DailyCap {
			free = append(free, m)
		}
	}
	if len(free) > 0 {
		return Duty{On: names(free), Next: p.next(free, use)}
	}
	d := Duty{Reason: Full, On: names(on)}
	switch {
	case len(here) == 0:
		d.Reason = Left
	case len(on) == 0:
		d.Reason, d.On = OffDuty, names(here)
	}
	var spare []string
	for _, id := range p.Spare {
		if active(id) {
			spare = append(spare, id)
		}
	}
	if len(spare) > 0 {
		d.On, d.Spare = spare, true
	} else if len(d.On) > 0 {
		d.Beyond = true
	}
	if len(d.On) > 0 {
		d.Next = fewest(d.On, use)
	}
	return d
}

func names(of []Member) []string {
	out := make([]string, len(of))
	for i, m := range of {
		out[i] = m.StaffID
	}
	return out
}

func fewest(of []string, use Usage) string {
	return slices.MinFunc(of, func(a, b string) int { return cmp.Compare(use.Today[a], use.Today[b]) })
}

func (p Plan) next(free []Member, use Usage) string {
	switch p.Strategy {
	case LeastLoaded:
		return fewest(names(free), use)
	case Weighted:
		return weighted(free, use.Turns)
	}
	// After the last one in the plan's order, also when that one is not free.
	last := slices.IndexFunc(p.Members, func(m Member) bool { return m.StaffID == use.Last })
	for i := range p.Members {
		next := p.Members[(last+1+i)%len(p.Members)].StaffID
		if slices.ContainsFunc(free, func(m Member) bool { return m.StaffID == next }) {
			return next
		}
	}
	return free[0].StaffID
}

// weighted spreads a round of as many turns as the weights add up to evenly:
// in each round everybody has as many turns as their weight.
func weighted(of []Member, turn int64) string {
	var sum int64
	for _, m := range of {
		sum += max(m.Weight, 1)
	}
	credit := make([]int64, len(of))
	best := 0
	for range turn%sum + 1 {
		best = 0
		for i, m := range of {
			credit[i] += max(m.Weight, 1)
			if credit[i] > credit[best] {
				best = i
			}
		}
		credit[best] -= sum
	}
	return of[best].StaffID
}

// onShift tells who is on duty by the wall clock of now's time zone. A clock
// that is put forward skips the shifts of the missing hour; one that is put
// back has them twice.
func (p Plan) onShift(now time.Time) func(staffID string) bool {
	if len(p.Shifts) == 0 {
		return func(string) bool { return true }
	}
	var on []Shift
	day, minute := Weekday(now), now.Hour()*60+now.Minute()
	for _, s := range p.Shifts {
		if s.Covers(day, minute) {
			on = append(on, s)
		}
	}
	return func(id string) bool {
		return slices.ContainsFunc(on, func(s Shift) bool { return len(s.StaffIDs) == 0 || slices.Contains(s.StaffIDs, id) })
	}
}

// Weekday is 1 for Monday … 7 for Sunday.
func Weekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

// Covers reports whether the shift is on at a minute of a weekday.
func (s Shift) Covers(day, minute int) bool {
	begins := func(day int) bool { return len(s.Days) == 0 || slices.Contains(s.Days, day) }
	if s.From < s.To {
		return begins(day) && s.From <= minute && minute < s.To
	}
	yesterday := (day+5)%7 + 1
	return begins(day) && minute >= s.From || begins(yesterday) && minute < s.To
}

// NextChange is when the shifts next put others on duty, within eight days of
// now; the zero time when they do not. It walks from minute to minute: where
// clocks change, any arithmetic on shifts would be wrong.
func (p Plan) NextChange(now time.Time) time.Time {
	if len(p.Shifts) == 0 {
		return time.Time{}
	}
	state := func(t time.Time) (on []bool) {
		day, minute := Weekday(t), t.Hour()*60+t.Minute()
		for _, s := range p.Shifts {
			on = append(on, s.Covers(day, minute))
		}
		return on
	}
	was := state(now)
	t := now.Truncate(time.Minute)
	for range 8 * 24 * 60 {
		t = t.Add(time.Minute)
		if !slices.Equal(state(t), was) {
			return t
		}
	}
	return time.Time{}
}
