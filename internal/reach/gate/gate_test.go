package gate

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v.UTC()
}

// careful is a brand with all rules.
func careful() *Rules {
	return &Rules{OptIn: map[string]bool{Marketing: true}, QuietFrom: 21 * 60, QuietTo: 9 * 60, QuietExempt: map[string]bool{}, Caps: []Limit{{2, 24 * time.Hour}, {4, 7 * 24 * time.Hour}},
		CarrierCaps: map[string][]Limit{"sms": {{1, 24 * time.Hour}}}, WecomPer: "day", Purse: PurseRules{Enabled: true, Size: 3, PerDay: 500, Reply: 2000, Order: 4000}}
}

func TestDecide(t *testing.T) {
	noon := at(t, "2026-03-02T04:00:00Z") // in Shanghai
	shanghai := zoneOf(t, "Asia/Shanghai")
	ago := func(d time.Duration, carrier string) Send { return Send{At: noon.Add(-d).Unix(), Carrier: carrier} }
	for _, c := range []struct {
		name  string
		facts Facts
		ask   Ask
		why   Reason
		until string
	}{
		{name: "agreed", facts: Facts{Consent: Granted}},
		{name: "said nothing", why: NoConsent},
		{name: "said nothing, service", ask: Ask{Purpose: Service}},
		{name: "refused, service", facts: Facts{Consent: Withdrawn}, ask: Ask{Purpose: Service}, why: NoConsent},
		{name: "refused, transactional", facts: Facts{Consent: Withdrawn}, ask: Ask{Purpose: Transactional}},
		{name: "do not contact", facts: Facts{Consent: Granted, DoNotContact: true}, why: DoNotContact},
		{name: "do not contact, transactional", facts: Facts{DoNotContact: true}, ask: Ask{Purpose: Transactional}, why: DoNotContact},
		{name: "window shut, transactional", facts: Facts{Window: &PlatformWindow{}}, ask: Ask{Purpose: Transactional}, why: Window},
		{name: "window shuts at noon", facts: Facts{Consent: Granted, Window: &PlatformWindow{Open: true, Until: noon}}, why: Window},
		{name: "window open", facts: Facts{Consent: Granted, Window: &PlatformWindow{Open: true, Until: noon.Add(time.Second)}}},
		{name: "at night", facts: Facts{Consent: Granted}, ask: Ask{At: at(t, "2026-03-02T14:30:00Z")}, why: QuietHours, until: "2026-03-03T01:00:00Z"},
		{name: "at night, transactional", ask: Ask{Purpose: Transactional, At: at(t, "2026-03-02T14:30:00Z")}},
		{name: "night in New York", facts: Facts{Consent: Granted, Zone: zoneOf(t, "America/New_York")}, why: QuietHours, until: "2026-03-02T14:00:00Z"},
		{name: "two today", facts: Facts{Consent: Granted, Sends: []Send{ago(20*time.Hour, "email"), ago(time.Hour, "web")}}, why: Cap, until: "2026-03-02T08:00:00Z"},
		{name: "two today, transactional", facts: Facts{Sends: []Send{ago(20*time.Hour, "email"), ago(time.Hour, "web")}}, ask: Ask{Purpose: Transactional}},
		{name: "transactional ones do not count", facts: Facts{Consent: Granted, Sends: []Send{ago(20*time.Hour, "email"), {At: noon.Unix() - 60, Carrier: "email", Exempt: true}}}},
		{name: "one text message today", facts: Facts{Consent: Granted, Sends: []Send{ago(time.Hour, "sms")}}, ask: Ask{Carrier: "sms"}, why: CarrierCap, until: "2026-03-03T03:00:00Z"},
		{name: "wecom once a day", facts: Facts{Consent: Granted, Sends: []Send{ago(time.Hour, "wecom")}}, ask: Ask{Carrier: "wecom"}, why: PlatformQuota, until: "2026-03-03T01:00:00Z"},
		{name: "wecom counts from midnight on", facts: Facts{Consent: Granted, Sends: []Send{ago(12*time.Hour, "wecom")}}, ask: Ask{Carrier: "wecom"}, why: PlatformQuota, until: "2026-03-03T01:00:00Z"},
		{name: "wecom does not count yesterday", facts: Facts{Consent: Granted, Sends: []Send{ago(12*time.Hour+time.Second, "wecom")}}, ask: Ask{Carrier: "wecom"}},
		{name: "wecom counts transactional ones", facts: Facts{Sends: []Send{{At: noon.Unix() - 60, Carrier: "wecom", Exempt: true}}}, ask: Ask{Purpose: Transactional, Carrier: "wecom"}, why: PlatformQuota, until: "2026-03-02T16:00:00Z"},
		{name: "attention used up", facts: Facts{Consent: Granted, Purse: Purse{Milli: 0, At: noon}}, why: Budget, until: "2026-03-04T04:00:00Z"},
		{name: "attention used up, service", facts: Facts{Consent: Granted, Purse: Purse{Milli: 0, At: noon}}, ask: Ask{Purpose: Service}},
		{name: "attention came back", facts: Facts{Consent: Granted, Purse: Purse{Milli: 0, At: noon.Add(-48 * time.Hour)}}},
		{name: "the clock was put back a day", facts: Facts{Consent: Granted, Sends: []Send{ago(-24*time.Hour, "email"), ago(-23*time.Hour, "email")}}, why: Cap, until: "2026-03-04T04:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.facts.Zone == nil {
				c.facts.Zone = shanghai
			}
			if c.ask.Purpose == "" {
				c.ask.Purpose = Marketing
			}
			if c.ask.Carrier == "" {
				c.ask.Carrier = "email"
			}
			if c.ask.At.IsZero() {
				c.ask.At = noon
			}
			d := careful().Decide(&c.facts, c.ask)
			until := ""
			if !d.Until.IsZero() {
				until = d.Until.Format(time.RFC3339)
			}
			if d.Why != c.why || d.Go != (c.why == "") || until != c.until {
				t.Errorf("%+v, want %q until %q", d, c.why, c.until)
			}
		})
	}
}

func TestWecomSpans(t *testing.T) {
	for _, c := range []struct {
		per, at, begin, end string
		most                int
	}{
		{"day", "2026-03-01T16:30:00Z", "2026-03-01T16:00:00Z", "2026-03-02T16:00:00Z", 1},
		{"week", "2026-03-01T15:59:00Z", "2026-02-22T16:00:00Z", "2026-03-01T16:00:00Z", 7}, // Sunday evening
		{"week", "2026-03-01T16:00:00Z", "2026-03-01T16:00:00Z", "2026-03-08T16:00:00Z", 7}, // Monday begins
		{"month", "2026-02-28T15:59:00Z", "2026-01-31T16:00:00Z", "2026-02-28T16:00:00Z", 28},
		{"month", "2028-02-10T00:00:00Z", "2028-01-31T16:00:00Z", "2028-02-29T16:00:00Z", 29},
	} {
		begin, end, most := wecomSpan(c.per, at(t, c.at))
		if !begin.Equal(at(t, c.begin)) || !end.Equal(at(t, c.end)) || most != c.most {
			t.Errorf("%s at %s: %v–%v %d", c.per, c.at, begin.UTC(), end.UTC(), most)
		}
	}
}

// The end of quiet hours is the first minute that is not quiet, whatever the
// clock on the wall does in between.
func TestQuietEndsWhenTheClockShowsIt(t *testing.T) {
	zones := []string{"Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		from, to := rapid.IntRange(0, 1439).Draw(t, "from"), rapid.IntRange(0, 1439).Draw(t, "to")
		if from == to {
			t.Skip("no quiet hours")
		}
		// Within two days of a change of the clock, or anywhere.
		when := time.Date(rapid.IntRange(2010, 2030).Draw(t, "year"), 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 365*1440).Draw(t, "minute")) * time.Minute)
		if _, change := when.In(zone).ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(t, "near") {
			when = change.Add(time.Duration(rapid.IntRange(-2880, 2880).Draw(t, "off")) * time.Minute).UTC()
		}
		when = when.Truncate(time.Minute)
		got := quietUntil(when, zone, from, to)
		want := time.Time{}
		for m := when; quiet(m, zone, from, to); m = m.Add(time.Minute) {
			want = m.Add(time.Minute)
		}
		if !got.Equal(want) {
			t.Fatalf("%v in %s, quiet %d–%d: until %v, want %v", when.In(zone), zone, from, to, got, want)
		}
	})
}

// plain is the same gate, told simply: whether one more message now would break
// a rule, by counting.
func plain(r *Rules, f *Facts, a Ask) bool {
	exempt := a.Purpose == Transactional
	count := func(span time.Duration, counts func(Send) bool) (n int) {
		for _, s := range f.Sends {
			if counts(s) && time.Unix(s.At, 0).Add(span).After(a.At) {
				n++
			}
		}
		return n
	}
	if f.DoNotContact || f.Window != nil && (!f.Window.Open || !f.Window.Until.IsZero() && !a.At.Before(f.Window.Until)) {
		return false
	}
	if a.Carrier == "sms" && (count(time.Hour, func(s Send) bool { return s.Carrier == "sms" }) >= 5 || count(24*time.Hour, func(s Send) bool { return s.Carrier == "sms" }) >= 10) {
		return false
	}
	if a.Carrier == "wecom" {
		begin, _, most := wecomSpan(r.WecomPer, a.At)
		if n := len(slices.DeleteFunc(slices.Clone(f.Sends), func(s Send) bool { return s.Carrier != "wecom" || s.At < begin.Unix() })); n >= most {
			return false
		}
	}
	if exempt {
		return true
	}
	if f.Consent == Withdrawn || r.OptIn[a.Purpose] && f.Consent != Granted || quiet(a.At, zone(f), r.QuietFrom, r.QuietTo) {
		return false
	}
	for _, l := range r.Caps {
		if count(l.Span, func(s Send) bool { return !s.Exempt }) >= l.Most {
			return false
		}
	}
	for _, l := range r.CarrierCaps[a.Carrier] {
		if count(l.Span, func(s Send) bool { return !s.Exempt && s.Carrier == a.Carrier }) >= l.Most {
			return false
		}
	}
	return a.Purpose != Marketing || !r.Purse.Enabled || r.Purse.At(f.Purse, a.At) >= Whole
}

// What the gate says agrees with counting; a time from which on a message may
// go is one at which it may, and the minute before it may not.
func TestGateAgreesWithCounting(t *testing.T) {
	carriers := []string{"email", "sms", "wecom", "web"}
	rapid.Check(t, func(t *rapid.T) {
		r := careful()
		r.WecomPer = rapid.SampledFrom([]string{"day", "week", "month"}).Draw(t, "per")
		now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 60*1440).Draw(t, "now")) * time.Minute)
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"Asia/Shanghai", "Europe/London", "America/New_York"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		f := Facts{Zone: zone, Consent: Word(rapid.IntRange(-1, 1).Draw(t, "consent")), DoNotContact: rapid.IntRange(0, 9).Draw(t, "dnc") == 0} //nolint:gosec // -1…1
		for range rapid.IntRange(0, 12).Draw(t, "sends") {
			f.Sends = append(f.Sends, Send{At: now.Add(-time.Duration(rapid.IntRange(-1440, 32*1440).Draw(t, "ago")) * time.Minute).Unix(), Carrier: rapid.SampledFrom(carriers).Draw(t, "sent"), Exempt: rapid.IntRange(0, 3).Draw(t, "exempt") == 0})
		}
		SortSends(f.Sends)
		if rapid.Bool().Draw(t, "purse") {
			f.Purse = Purse{Milli: int64(rapid.IntRange(0, 3000).Draw(t, "milli")), At: now.Add(-time.Duration(rapid.IntRange(-60, 5000).Draw(t, "since")) * time.Minute)}
		}
		if rapid.IntRange(0, 3).Draw(t, "window") == 0 {
			f.Window = &PlatformWindow{Open: rapid.Bool().Draw(t, "open"), Until: now.Add(time.Duration(rapid.IntRange(-60, 3000).Draw(t, "left")) * time.Minute)}
		}
		a := Ask{Purpose: rapid.SampledFrom([]string{Marketing, Service, Transactional}).Draw(t, "purpose"), Carrier: rapid.SampledFrom(carriers).Draw(t, "carrier"), At: now}
		d := r.Decide(&f, a)
		if d.Go != plain(r, &f, a) {
			t.Fatalf("the gate says %+v", d)
		}
		passed := true
		for _, c := range r.Explain(&f, a) {
			passed = passed && c.Passed
		}
		if passed != d.Go {
			t.Fatalf("%+v, and the rules say %v", d, passed)
		}
		if d.Until.IsZero() {
			return
		}
		if then := (Ask{a.Purpose, a.Carrier, d.Until}); !plain(r, &f, then) {
			t.Fatalf("%+v: it may not go then", d)
		}
		for m := now; m.Before(d.Until); m = m.Add(30 * time.Minute) {
			if plain(r, &f, Ask{a.Purpose, a.Carrier, m}) {
				t.Fatalf("%+v: it might have gone at %v", d, m)
			}
		}
		if before := d.Until.Add(-time.Second); before.After(now) && plain(r, &f, Ask{a.Purpose, a.Carrier, before}) {
			t.Fatalf("%+v: it might have gone a second before", d)
		}
	})
}

func TestSendsArePacked(t *testing.T) {
	now := int64(1_772_424_000)
	all := []Send{{now - 40*86400, "email", false, false}, {now - 86400, "email", false, false}, {now - 50, "wecom_kf", true, false}, {now - 20, "wecom", false, true}, {now - 10, "wecom", true, true}, {now, "sms", false, false}}
	if got := UnpackSends(PackSends(all, now)); !slices.Equal(got, all[1:]) {
		t.Errorf("%v", got)
	}
	if got := UnpackSends("x,,12,!,99999999999999999999e,1772424000e"); !slices.Equal(got, []Send{{now, "email", false, false}}) {
		t.Errorf("of what cannot be read: %v", got)
	}
	if got := Without(all, all[2]); len(got) != 5 || len(all) != 6 || slices.Contains(got, all[2]) {
		t.Errorf("without one: %v", got)
	}
	var many []Send
	for i := range 3000 {
		many = append(many, Send{now - int64(3000-i), "web", false, false})
	}
	if got := UnpackSends(PackSends(many, now)); len(got) != mostSends || got[mostSends-1] != many[2999] {
		t.Errorf("of many, %d", len(got))
	}
}

func TestPurse(t *testing.T) {
	p, now := PurseRules{Enabled: true, Size: 3, PerDay: 500}, at(t, "2026-03-02T04:00:00Z")
	full := p.Add(Purse{}, -Whole, now)
	if full.Milli != 2000 || !full.At.Equal(now) {
		t.Errorf("of a full one: %+v", full)
	}
	if back := p.Add(full, 5000, now.Add(-24*time.Hour)); back.Milli != 3000 || !back.At.Equal(now) {
		t.Errorf("with the clock put back: %+v", back)
	}
	if got := p.At(Purse{0, now}, now.Add(36*time.Hour)); got != 750 {
		t.Errorf("%d came back in a day and a half", got)
	}
	if ok, until := (PurseRules{Enabled: true, Size: 3}).enough(Purse{0, now}, now); ok || !until.IsZero() {
		t.Error("without time nothing comes back by itself", fmt.Sprint(until))
	}
}

// A message that staff have not confirmed counts as if it went now, whenever
// now is; once it went, it counts from then on.
func TestOpenSendsCountAsOfNow(t *testing.T) {
	r := &Rules{Caps: []Limit{{1, 24 * time.Hour}}, WecomPer: "day"}
	asked := Send{At: 1_772_424_000, Carrier: "wecom", Open: true} // noon in Shanghai
	for _, days := range []int{0, 1, 5, 30} {
		at := time.Unix(asked.At, 0).Add(time.Duration(days)*24*time.Hour + time.Hour)
		f := &Facts{Sends: AsOf([]Send{{asked.At - 40*86400, "email", false, false}, asked}, at)}
		if d := r.Decide(f, Ask{Service, "wecom", at}); d.Go || d.Why != PlatformQuota || d.Until.IsZero() {
			t.Errorf("after %d days: %+v", days, d)
		}
	}
	later := time.Unix(asked.At, 0).Add(50 * time.Hour)
	then := asked
	then.At, then.Open = asked.At+3600, false
	f := &Facts{Sends: AsOf(Replaced([]Send{asked}, asked, then), later)}
	if d := r.Decide(f, Ask{Service, "wecom", later}); !d.Go {
		t.Errorf("two days after it went: %+v", d)
	}
}
