// Package gate decides whether a message may go to a person now, and why not.
// It is arithmetic over facts: no database, no clock, no side effects.
package gate

import (
	"time"
)

// The purposes of messages.
const (
	Marketing     = "marketing"
	Service       = "service"
	Transactional = "transactional" // what somebody asked for or bought: exempt from all but do-not-contact and the platform
)

// Reason is the rule that stands in the way; empty: none does.
type Reason string

// The rules, in the order in which they are asked.
const (
	DoNotContact  Reason = "do_not_contact"
	NoConsent     Reason = "consent"
	Window        Reason = "window"         // the platform lets us write only for so long after they wrote
	PlatformQuota Reason = "platform_quota" // the platform takes no more for this person
	QuietHours    Reason = "quiet_hours"
	Cap           Reason = "cap"         // messages to the person over all carriers
	CarrierCap    Reason = "carrier_cap" // and over this one
	Budget        Reason = "budget"      // their attention is used up
)

// Order lists the rules in the order in which they are asked.
var Order = []Reason{DoNotContact, NoConsent, Window, PlatformQuota, QuietHours, Cap, CarrierCap, Budget}

// Word is what a person said about a purpose.
type Word int8

// What they can have said.
const (
	Unknown   Word = 0
	Granted   Word = 1
	Withdrawn Word = -1
)

// Send is a message that went to a person, or is on its way.
type Send struct {
	At      int64 // UTC seconds
	Carrier string
	Exempt  bool // was not held to the brand's own limits; the platform counts it all the same
	Open    bool // it has not gone yet and may at any time
}

// Purse is a person's attention in thousandths of a message, as it was at a time.
type Purse struct {
	Milli int64
	At    time.Time // zero: full
}

// Facts are what is known of a person.
type Facts struct {
	DoNotContact bool
	Consent      Word // for the purpose that is asked about
	Zone         *time.Location
	Sends        []Send // oldest first
	Purse        Purse
	Window       *PlatformWindow // nil: the platform has none
}

// PlatformWindow is how long the platform lets us write.
type PlatformWindow struct {
	Open  bool
	Until time.Time // open: its end
}

// Ask is what is asked of the gate.
type Ask struct {
	Purpose string
	Carrier string
	At      time.Time
}

// Limit is so many messages in any span of that length.
type Limit struct {
	Most int           `json:"most"`
	Span time.Duration `json:"span"`
}

// Rules are what a brand has set.
type Rules struct {
	OptIn       map[string]bool // purposes that need a yes; others only must not have been refused
	QuietFrom   int             // minute of the day; the same as QuietTo: no quiet hours
	QuietTo     int
	QuietExempt map[string]bool // purposes that may go in quiet hours
	Caps        []Limit
	CarrierCaps map[string][]Limit
	WecomPer    string // day, week or month: what a customer gets of WeCom's mass messages
	Purse       PurseRules
}

// PurseRules say how attention is used up and comes back.
type PurseRules struct {
	Enabled bool
	Size    int64 // messages
	PerDay  int64 // thousandths that come back in a day
	Reply   int64 // thousandths for a reply
	Order   int64 // thousandths for an order
}

// Exempt tells whether a purpose is exempt from the brand's own limits.
func Exempt(purpose string) bool { return purpose == Transactional }

// Decision is the gate's word.
type Decision struct {
	Go    bool
	Why   Reason    // the first rule that stands in the way
	Until time.Time // when it would pass as things stand; zero: not by waiting
}

// Decide says whether a message may go, and otherwise from when on it might,
// all rules taken together.
func (r *Rules) Decide(f *Facts, a Ask) Decision {
	why, until := r.first(f, a)
	if why == "" {
		return Decision{Go: true}
	}
	d := Decision{Why: why}
	const farthest = 400 // rules in turn; each goes forward in time
	for range farthest {
		if until.IsZero() || !until.After(a.At) {
			return d
		}
		a.At = until
		if why, until = r.first(f, a); why == "" {
			d.Until = a.At
			return d
		}
	}
	return d
}

// first finds the first rule that does not pass, and when it alone would.
func (r *Rules) first(f *Facts, a Ask) (Reason, time.Time) {
	for _, why := range Order {
		if ok, until := r.passes(why, f, a); !ok {
			return why, until
		}
	}
	return "", time.Time{}
}

// Check is one rule's word.
type Check struct {
	Rule   Reason
	Passed bool
	Exempt bool      // it is not asked of such messages
	Until  time.Time // not passed: when it would, alone; zero: not by waiting
}

// Explain asks every rule.
func (r *Rules) Explain(f *Facts, a Ask) (out []Check) {
	for _, why := range Order {
		c := Check{Rule: why, Exempt: r.exempt(why, a)}
		c.Passed, c.Until = r.passes(why, f, a)
		out = append(out, c)
	}
	return out
}

// exempt tells whether a rule is not asked of a message.
func (r *Rules) exempt(why Reason, a Ask) bool {
	switch why {
	case NoConsent, Cap, CarrierCap:
		return Exempt(a.Purpose)
	case Budget:
		return a.Purpose != Marketing || !r.Purse.Enabled
	case QuietHours:
		return Exempt(a.Purpose) || r.QuietExempt[a.Purpose] || r.QuietFrom == r.QuietTo
	}
	return false
}

func (r *Rules) passes(why Reason, f *Facts, a Ask) (bool, time.Time) {
	if r.exempt(why, a) {
		return true, time.Time{}
	}
	switch why {
	case DoNotContact:
		return !f.DoNotContact, time.Time{}
	case NoConsent:
		return f.Consent == Granted || f.Consent == Unknown && !r.OptIn[a.Purpose], time.Time{}
	case Window:
		return f.Window == nil || f.Window.Open && (f.Window.Until.IsZero() || a.At.Before(f.Window.Until)), time.Time{}
	case PlatformQuota:
		return platformQuota(r.WecomPer, f.Sends, a)
	case QuietHours:
		until := quietUntil(a.At, zone(f), r.QuietFrom, r.QuietTo)
		return until.IsZero(), until
	case Cap:
		return within(r.Caps, f.Sends, a.At, func(s Send) bool { return !s.Exempt })
	case CarrierCap:
		return within(r.CarrierCaps[a.Carrier], f.Sends, a.At, func(s Send) bool { return !s.Exempt && s.Carrier == a.Carrier })
	case Budget:
		return r.Purse.enough(f.Purse, a.At)
	}
	return true, time.Time{}
}

func zone(f *Facts) *time.Location {
	if f.Zone == nil {
		return time.UTC
	}
	return f.Zone
}

// within tells whether one more message keeps all limits. What lies ahead of
// the time counts too: a clock that was put back lets nothing more through.
func within(limits []Limit, sends []Send, at time.Time, counts func(Send) bool) (bool, time.Time) {
	now, until := at.Unix(), int64(0)
	for _, l := range limits {
		span, left := int64(l.Span/time.Second), l.Most
		if left <= 0 {
			return false, time.Time{}
		}
		for i := len(sends) - 1; i >= 0; i-- {
			if s := sends[i]; counts(s) && s.At > now-span {
				if left--; left == 0 { // this one must be over
					until = max(until, s.At+span)
				}
			}
		}
	}
	if until == 0 {
		return true, time.Time{}
	}
	return false, time.Unix(until, 0).UTC()
}

// shanghai is where WeCom's days begin; China has had no daylight saving since 1991.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// SMSLimits are what providers let through to a number unless told otherwise.
var SMSLimits = []Limit{{5, time.Hour}, {10, 24 * time.Hour}}

// platformQuota is what platforms take for one person.
func platformQuota(per string, sends []Send, a Ask) (bool, time.Time) {
	switch a.Carrier {
	case "sms":
		return within(SMSLimits, sends, a.At, func(s Send) bool { return s.Carrier == "sms" })
	case "wecom":
	default:
		return true, time.Time{}
	}
	begin, end, most := wecomSpan(per, a.At)
	n := 0
	for _, s := range sends {
		if s.Carrier == "wecom" && s.At >= begin.Unix() {
			n++
		}
	}
	if n < most {
		return true, time.Time{}
	}
	return false, end.UTC()
}

// wecomSpan is the day, week (from Monday) or month that counts, and how many
// messages a customer may get in it.
func wecomSpan(per string, at time.Time) (begin, end time.Time, most int) {
	y, m, d := at.In(shanghai).Date()
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, shanghai) }
	switch per {
	case "day":
		return day(y, m, d), day(y, m, d+1), 1
	case "week":
		back := (int(day(y, m, d).Weekday()) + 6) % 7
		return day(y, m, d-back), day(y, m, d-back+7), 7
	}
	begin, end = day(y, m, 1), day(y, m+1, 1)
	return begin, end, int(end.Sub(begin).Hours()+12) / 24
}

// Whole is one message's worth of attention.
const Whole = 1000

// At is what a purse holds at a time, in thousandths.
func (p PurseRules) At(f Purse, at time.Time) int64 {
	full := p.Size * Whole
	if f.At.IsZero() {
		return full
	}
	days := max(0, at.Sub(f.At))
	if days > 400*24*time.Hour {
		return full
	}
	return min(full, f.Milli+int64(days/time.Second)*p.PerDay/86400)
}

func (p PurseRules) enough(f Purse, at time.Time) (bool, time.Time) {
	have := p.At(f, at)
	if have >= Whole {
		return true, time.Time{}
	}
	if p.PerDay <= 0 || p.Size <= 0 {
		return false, time.Time{}
	}
	seconds := ((Whole-f.Milli)*86400 + p.PerDay - 1) / p.PerDay
	return false, f.At.Add(time.Duration(seconds) * time.Second)
}

// Add puts attention into a purse or takes it out, as of a time; never above
// full, never below nothing.
func (p PurseRules) Add(f Purse, milli int64, at time.Time) Purse {
	if at.Before(f.At) {
		at = f.At // a clock that was put back does not give twice
	}
	return Purse{Milli: max(0, min(p.Size*Whole, p.At(f, at)+milli)), At: at}
}
