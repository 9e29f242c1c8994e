package predicatetest

import (
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/segment/predicate/plan"
)

// Moments are presents worth trying: ends of days, weeks, months, of
// Februaries with and without a 29th, and any second of twenty years.
func Moments() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		if chance(t) {
			return time.Unix(rapid.Int64Range(1767225600, 2398377600).Draw(t, "second"), 0).UTC()
		}
		local := pick(t, "2026-11-21 20:00:00", "2026-02-28 23:59:59", "2028-02-28 12:00:00", "2028-02-29 00:00:00", "2026-03-01 00:00:00",
			"2026-12-31 23:59:59", "2027-01-01 00:00:00", "2026-11-23 00:00:00", "2026-05-31 08:30:30")
		at, _ := time.ParseInLocation(time.DateTime, local, Zone)
		return at.UTC()
	})
}

// Persons makes persons whom trees about the moment now may or may not
// describe: many values lie on the edges of windows.
func Persons(now time.Time) *rapid.Generator[plan.Person] {
	return rapid.Custom(func(t *rapid.T) plan.Person {
		p := plan.Person{
			Seq:      rapid.Uint32Range(1, 1<<32-1).Draw(t, "seq"),
			Stage:    pick(t, "new", "first_order", "repeat", "silent", "lost"),
			Region:   pick(t, append([]string{""}, Texts...)...),
			Gender:   pick(t, "", "male", "female"),
			Birthday: date(t, now),
			Owner:    pick(t, "", "stf_1", "stf_2"), Name: pick(t, "", "山东大汉", "李雷", "A-1 in"), Channel: pick(t, "", "chn_1", "chn_2"),
			Source: pick(t, "", "A-1", "import"),
			Orders: rapid.Int64Range(0, 5).Draw(t, "orders"), Refunds: rapid.Int64Range(0, 2).Draw(t, "refunds"),
			GMV: rapid.Int64Range(0, 70000).Draw(t, "gmv"), Refunded: pick(t, int64(0), 1000, 10001),
			FirstOrder: instant(t, now), LastOrder: instant(t, now), Created: instant(t, now),
			Traits: map[string]any{}, Consents: map[string]bool{},
		}
		if chance(t) {
			p.Recency, p.Frequency, p.Monetary = rapid.Int64Range(1, 5).Draw(t, "r"), rapid.Int64Range(1, 5).Draw(t, "f"), rapid.Int64Range(1, 5).Draw(t, "m")
		}
		some := func(all ...string) (out []string) {
			for _, s := range all {
				if chance(t) {
					out = append(out, s)
				}
			}
			return out
		}
		p.Tags, p.Identities, p.Carriers = some("tag_1", "tag_2", "tag_3", "tag_4", "tag_5"), some("phone", "email"), some("sms", "wecom")
		p.Segments, p.Lists = some("seg_1", "seg_2"), some("lst_1", "lst_2")
		traits(t, &p, now)
		if chance(t) {
			p.Consents["marketing"] = chance(t)
		}
		for range rapid.IntRange(0, 6).Draw(t, "events") {
			p.Events = append(p.Events, fact(t, now))
		}
		return p
	})
}

func traits(t *rapid.T, p *plan.Person, now time.Time) {
	set := func(key string, v any) {
		if chance(t) {
			p.Traits[key] = v
		}
	}
	set("skin", pick(t, "油性", "干性"))
	set("nickname", pick(t, append([]string{""}, Texts...)...))
	set("score", number(t))
	set("gmv", number(t))
	set("vip", chance(t))
	set("interests", rapid.SliceOfNDistinct(rapid.SampledFrom(Texts), 0, 3, rapid.ID[string]).Draw(t, "interests"))
	if d := date(t, now); d != "" {
		set("wedding", d)
	}
}

// number is a JSON number; some have more digits than are looked at.
func number(t *rapid.T) float64 {
	return pick(t, 0.0, 1, -1, 0.5, 2.25, 29.99, 0.00005, -0.00005, 1.00004, 3e15, rapid.Float64Range(-30, 30).Draw(t, "number"))
}

// date is a date near an anniversary of now, or one that trees name.
func date(t *rapid.T, now time.Time) string {
	switch pick(t, "unset", "leap", "near", "named") {
	case "leap":
		return pick(t, "1992-02-29", "2004-02-29", "2024-02-29", "1996-02-28", "1996-03-01")
	case "near":
		d := plan.DayOf(now.In(Zone)) + plan.Day(rapid.IntRange(-40, 40).Draw(t, "days"))
		at := d.Civil()
		return plan.Civil(at.Year()-rapid.IntRange(0, 60).Draw(t, "years"), at.Month(), at.Day()).String()
	case "named":
		return day(t)
	}
	return ""
}

// instant is a time at or beside the edges of windows, or 0.
func instant(t *rapid.T, now time.Time) int64 {
	if rapid.IntRange(0, 4).Draw(t, "unset") == 0 {
		return 0
	}
	return moment(t, now)
}

func moment(t *rapid.T, now time.Time) int64 {
	beside := pick(t, int64(0), -1, 1)
	if chance(t) {
		back := pick(t, 0, 0, 1, 2, 7, 24, 30, 31, 36, 120, 168)
		return now.Truncate(time.Minute).Add(time.Minute).Add(-time.Duration(back)*time.Hour).UnixMicro() + beside
	}
	d := plan.DayOf(now.In(Zone)) - plan.Day(rapid.IntRange(-2, 130).Draw(t, "days"))
	if rapid.IntRange(0, 3).Draw(t, "named") == 0 {
		d, _ = plan.ParseDay(day(t))
	}
	return d.Start(Zone) + beside
}

func fact(t *rapid.T, now time.Time) plan.Event {
	e := plan.Event{Kind: pick(t, "order.paid", "order.paid", "message.opened", "page.viewed"), At: moment(t, now), Data: map[string]any{}}
	set := func(name string, v any) {
		if rapid.IntRange(0, 3).Draw(t, name) > 0 {
			e.Data[name] = v
		}
	}
	switch e.Kind {
	case "order.paid":
		set("amount_minor", pick[any](t, 0.0, 9950.0, 9951.0, 20000.0, float64(rapid.IntRange(0, 20000).Draw(t, "minor")), "9951", nil))
		set("region", pick(t, append([]string{""}, Texts...)...))
		set("weight", pick[any](t, (number(t)), "1", nil))
		set("lines", pick[any](t, (1.0), 2.0, 2.5, true))
		set("gift", pick[any](t, (true), false, "true"))
		var items []any
		for range rapid.IntRange(0, 2).Draw(t, "items") {
			items = append(items, map[string]any{"sku": pick(t, Texts...)})
		}
		set("items", items)
	case "page.viewed":
		set("url", pick(t, append([]string{""}, Texts...)...))
	}
	return e
}
