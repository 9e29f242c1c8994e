package predicate_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/predicate/predicatetest"
)

// naive says whether a tree describes a person, straight from what the
// language promises, without plans: days are walked one by one, decimals are
// fractions. It judges Compile and plan.Eval together.
type naive struct {
	p   *plan.Person
	now time.Time // in the org's zone
}

func (n naive) holds(e predicate.Expr) bool {
	switch e := e.(type) {
	case *predicate.And:
		return !slices.ContainsFunc(e.Of, func(x predicate.Expr) bool { return !n.holds(x) })
	case *predicate.Or:
		return slices.ContainsFunc(e.Of, n.holds)
	case *predicate.Not:
		return !n.holds(e.Of)
	case *predicate.Everyone:
		return true
	case *predicate.Nobody:
		return false
	case *predicate.Compare:
		return n.compare(e)
	case *predicate.During:
		if d, ok := n.date(e.Field); ok {
			return n.in(d, !strings.Contains("birthday wedding", e.Field.Name), e.Window)
		}
		return false
	case *predicate.Anniversary:
		born, ok := n.date(e.Field)
		for d := n.today().AddDate(-2, 0, 0); ok && d.Before(n.today().AddDate(2, 0, 0)); d = d.AddDate(0, 0, 1) {
			if n.in(d, false, e.Window) && anniversary(born, d) {
				return true
			}
		}
		return false
	case *predicate.Tag:
		return slices.ContainsFunc(e.Any, n.tagged)
	case *predicate.Segment:
		return slices.ContainsFunc(n.p.Segments, func(id string) bool { return id == e.Ref.ID || id == "seg_2" && e.Ref.Name == "VIP (2026)" })
	case *predicate.List:
		return slices.ContainsFunc(n.p.Lists, func(id string) bool { return id == e.Ref.ID || id == "lst_2" && e.Ref.Name == "内测" })
	case *predicate.Random:
		h := plan.Share(0, 1, e.Salt).Hash(n.p.Seq)
		return h >= int64(e.From)*(1<<31-1)/10000 && h < int64(e.To)*(1<<31-1)/10000
	case *predicate.Identity:
		return slices.Contains(n.p.Identities, e.Kind)
	case *predicate.Reachable:
		return slices.ContainsFunc(n.p.Carriers, func(c string) bool { return e.Carrier == "" || c == e.Carrier })
	case *predicate.Consent:
		granted, said := n.p.Consents[e.Purpose]
		return map[string]bool{"granted": said && granted, "withdrawn": said && !granted, "none": !said}[e.State]
	case *predicate.Did:
		return n.did(e)
	case *predicate.Edge:
		return n.edge(e)
	}
	panic(fmt.Sprintf("%T", e))
}

func (n naive) tagged(r predicate.TagRef) bool {
	for _, t := range predicatetest.Definitions().Tags {
		meant := t.ID == r.ID || r.ID == "" && t.Group == r.Group && (t.Name == r.Name || r.Name == "")
		if meant && slices.Contains(n.p.Tags, t.ID) {
			return true
		}
	}
	return false
}

func (n naive) today() time.Time {
	return midnight(n.now)
}

// date is a date or an instant of the person.
func (n naive) date(f predicate.Field) (time.Time, bool) {
	text := ""
	switch f.Name {
	case "birthday":
		text = n.p.Birthday
	case "wedding":
		text, _ = n.p.Traits["wedding"].(string)
	default:
		us := map[string]int64{"first_order": n.p.FirstOrder, "last_order": n.p.LastOrder, "created": n.p.Created}[f.Name]
		return time.UnixMicro(us).In(n.now.Location()), us != 0
	}
	t, err := time.Parse(time.DateOnly, text)
	return t, err == nil
}

// midnight is the date of t where t is, as a day in UTC: there every day has
// a midnight.
func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// in reports whether t lies in a window; exact: hours can be told.
func (n naive) in(t time.Time, exact bool, w predicate.Window) bool {
	day, today := midnight(t), n.today()
	switch w.Kind {
	case predicate.Last:
		return n.back(t, w.N) && !n.future(t, w.N)
	case predicate.Ago:
		return n.back(t, w.N) && !n.back(t, w.M)
	case predicate.Older:
		return !n.back(t, w.N)
	case predicate.Next:
		if w.N.Unit == 'h' {
			from := n.now.Truncate(time.Minute)
			return !t.Before(from) && t.Sub(from) < time.Duration(w.N.N)*time.Hour
		}
		end := today
		switch w.N.Unit {
		case 'd':
			end = today.AddDate(0, 0, int(w.N.N))
		case 'w':
			end = today.AddDate(0, 0, 7*int(w.N.N))
		case 'm':
			end = months(today, int(w.N.N))
		}
		return !day.Before(today) && day.Before(end)
	case predicate.Period:
		return n.period(day, w.Name)
	}
	date := day.Format(time.DateOnly)
	switch w.Kind {
	case predicate.Dates:
		return date >= w.From && date <= w.To
	case predicate.On:
		return date == w.From
	case predicate.Since:
		return date >= w.From
	case predicate.After:
		return date > w.From
	case predicate.Until:
		return date <= w.To
	case predicate.Before:
		return date < w.To
	}
	panic("window")
}

// back reports whether t is no longer ago than a length of time.
func (n naive) back(t time.Time, s predicate.Span) bool {
	if s.Unit == 'h' {
		return n.now.Truncate(time.Minute).Add(time.Minute).Sub(t) <= time.Duration(s.N)*time.Hour
	}
	day := midnight(t)
	switch s.Unit {
	case 'd':
		return day.After(n.today().AddDate(0, 0, -int(s.N)))
	case 'w':
		return day.After(n.today().AddDate(0, 0, -7*int(s.N)))
	}
	return day.After(months(n.today(), -int(s.N)))
}

func (n naive) future(t time.Time, s predicate.Span) bool {
	if s.Unit == 'h' {
		return !t.Before(n.now.Truncate(time.Minute).Add(time.Minute))
	}
	return midnight(t).After(n.today())
}

// months is the same day so many months on, or the last one of that month.
func months(day time.Time, k int) time.Time {
	y, m, d := day.Date()
	for ; ; d-- {
		t := time.Date(y, m+time.Month(k), d, 0, 0, 0, 0, day.Location())
		if t.Day() == d {
			return t
		}
	}
}

func (n naive) period(day time.Time, name string) bool {
	shift := map[string]int{"last": -1, "this": 0, "next": 1}
	which, unit, _ := strings.Cut(name, " ")
	y, m, _ := n.today().Date()
	month := func(t time.Time) int { return t.Year()*12 + int(t.Month()) - 1 }
	switch unit {
	case "":
		return day.Equal(n.today().AddDate(0, 0, map[string]int{"today": 0, "yesterday": -1, "tomorrow": 1}[name]))
	case "week":
		wy, ww := n.today().AddDate(0, 0, 7*shift[which]).ISOWeek()
		dy, dw := day.ISOWeek()
		return wy == dy && ww == dw
	case "month":
		return month(day) == y*12+int(m)-1+shift[which]
	case "quarter":
		return month(day)/3 == (y*12+int(m)-1)/3+shift[which]
	}
	return day.Year() == y+shift[which]
}

func leap(y int) bool { return y%4 == 0 && y%100 != 0 || y%400 == 0 }

func anniversary(born, day time.Time) bool {
	if born.Month() == time.February && born.Day() == 29 && !leap(day.Year()) {
		return day.Month() == time.February && day.Day() == 28
	}
	return born.Month() == day.Month() && born.Day() == day.Day()
}

func (n naive) compare(e *predicate.Compare) bool {
	var have any
	digits := 0
	switch d, ok := n.date(e.Field); {
	case e.Field.Trait && e.Field.Name != "wedding":
		have, digits = n.p.Traits[e.Field.Name], 4
	case e.Field.Name == "age":
		if born, ok := n.date(predicate.Field{Name: "birthday"}); ok {
			age := int64(0)
			for d := born.AddDate(0, 0, 1); !d.After(n.today()); d = d.AddDate(0, 0, 1) {
				if anniversary(born, d) {
					age++
				}
			}
			have = age
		}
	case slices.Contains([]string{"birthday", "wedding", "first_order", "last_order", "created"}, e.Field.Name):
		if ok {
			have = d.Format(time.DateOnly)
		}
		if e.Is != predicate.Set && e.Is != predicate.Unset {
			return ok && dates(e, have.(string))
		}
	default:
		have, digits = n.builtin(e.Field.Name)
	}
	return compared(have, digits, e.Is, e.Values, func(v predicate.Value) string {
		for _, s := range predicatetest.Definitions().Staff {
			if e.Field.Name == "owner" && s.Name == v.Text {
				return s.ID
			}
		}
		return v.Text + v.ID
	})
}

func dates(e *predicate.Compare, have string) bool {
	list := func(v predicate.Value) bool { return v.Text == have }
	v := e.Values[0].Text
	return map[predicate.Op]bool{"=": have == v, "!=": have != v, "<": have < v, "<=": have <= v, ">": have > v, ">=": have >= v,
		"between": have >= v && have <= e.Values[len(e.Values)-1].Text, "in": slices.ContainsFunc(e.Values, list), "not in": !slices.ContainsFunc(e.Values, list)}[e.Is]
}

func (n naive) builtin(name string) (any, int) {
	p := n.p
	if text, ok := map[string]string{"stage": p.Stage, "region": p.Region, "gender": p.Gender, "name": p.Name, "owner": p.Owner, "channel": p.Channel, "source": p.Source}[name]; ok {
		return text, 0
	}
	if name == "average_order" {
		if p.Orders == 0 {
			return nil, 0
		}
		return p.GMV / p.Orders, 2
	}
	if minor, ok := map[string]int64{"gmv": p.GMV, "refunded": p.Refunded}[name]; ok {
		return minor, 2
	}
	if count, ok := map[string]int64{"orders": p.Orders, "refunds": p.Refunds}[name]; ok {
		return count, 0
	}
	if score := map[string]int64{"rfm.recency": p.Recency, "rfm.frequency": p.Frequency, "rfm.monetary": p.Monetary}[name]; score != 0 {
		return score, 0
	}
	return nil, 0
}

// compared compares one value; digits are those behind the point that an
// int64 stands for, and those that a float64 is rounded to.
func compared(have any, digits int, is predicate.Op, values []predicate.Value, text func(predicate.Value) string) bool {
	equal := func(s string) bool {
		return slices.ContainsFunc(values, func(v predicate.Value) bool { return text(v) == s })
	}
	set, list := false, []string(nil)
	var number *big.Rat
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	switch h := have.(type) {
	case string:
		set = h != ""
	case []string:
		set, list = len(h) > 0, h
	case bool:
		set = true
	case int64:
		set, number = true, new(big.Rat).SetFrac(big.NewInt(h), scale)
	case float64:
		fixed, ok := plan.Fixed(h)
		set, number = ok, new(big.Rat).SetFrac64(fixed, plan.Scale)
	}
	switch {
	case is == predicate.Unset:
		return !set
	case is == predicate.Set || !set:
		return set
	case number != nil:
		return sizes(number, is, values)
	}
	holds := func(v predicate.Value) bool { return slices.Contains(list, v.Text) }
	s := fmt.Sprint(have)
	switch is {
	case predicate.Equal, predicate.In:
		return equal(s)
	case predicate.NotEqual, predicate.NotIn:
		return !equal(s)
	case predicate.Contains:
		return strings.Contains(s, values[0].Text)
	case predicate.StartsWith:
		return strings.HasPrefix(s, values[0].Text)
	case predicate.HasAny:
		return slices.ContainsFunc(values, holds)
	case predicate.HasNone:
		return !slices.ContainsFunc(values, holds)
	case predicate.HasAll:
		return !slices.ContainsFunc(values, func(v predicate.Value) bool { return !holds(v) })
	}
	panic(is)
}

func sizes(have *big.Rat, is predicate.Op, values []predicate.Value) bool {
	cmp := func(i int) int {
		want, _ := new(big.Rat).SetString(values[i].Text)
		return have.Cmp(want)
	}
	in := false
	for i := range values {
		in = in || cmp(i) == 0
	}
	switch is {
	case predicate.Equal, predicate.In:
		return in
	case predicate.NotEqual, predicate.NotIn:
		return !in
	case predicate.Less:
		return cmp(0) < 0
	case predicate.AtMost:
		return cmp(0) <= 0
	case predicate.Greater:
		return cmp(0) > 0
	case predicate.AtLeast:
		return cmp(0) >= 0
	}
	return cmp(0) >= 0 && cmp(1) <= 0
}

// events are those of a kind that meet conditions.
func (n naive) events(kind string, where []predicate.Condition, w *predicate.Window) (out []plan.Event) {
	for _, e := range n.p.Events {
		good := e.Kind == kind && (w == nil || n.during(e.At, *w))
		for _, c := range where {
			have, digits := property(e, c.Property)
			is := c.Is
			if c.Property == "sku" {
				is = map[predicate.Op]predicate.Op{"in": "has any", "not in": "has none", "=": "has any", "!=": "has none"}[is]
				if is == "" {
					is = c.Is
				}
			}
			good = good && compared(have, digits, is, c.Values, func(v predicate.Value) string { return v.Text })
		}
		if good {
			out = append(out, e)
		}
	}
	return out
}

func (n naive) during(at int64, w predicate.Window) bool {
	switch w.Kind {
	case predicate.SinceJoining:
		return n.p.Created != 0 && at >= n.p.Created
	case predicate.WithinJoining:
		unit := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 168 * time.Hour}[w.N.Unit]
		return n.p.Created != 0 && at >= n.p.Created && time.Duration(at-n.p.Created)*time.Microsecond < time.Duration(w.N.N)*unit
	}
	return n.in(time.UnixMicro(at).In(n.now.Location()), true, w)
}

// property is a property as its declaration promises, or nil.
func property(e plan.Event, name string) (any, int) {
	v := e.Data[map[string]string{"amount": "amount_minor"}[name]]
	if name != "amount" {
		v = e.Data[name]
	}
	f, isNumber := v.(float64)
	switch name {
	case "amount", "lines":
		if !isNumber || f != float64(int64(f)) {
			return nil, 0
		}
		return int64(f), map[string]int{"amount": 2}[name]
	case "weight":
		if !isNumber {
			return nil, 0
		}
		return f, 4
	case "region", "url":
		s, _ := v.(string)
		return s, 0
	case "gift":
		if b, ok := v.(bool); ok {
			return b, 0
		}
		return nil, 0
	}
	var skus []string
	items, _ := e.Data["items"].([]any)
	for _, item := range items {
		skus = append(skus, item.(map[string]any)["sku"].(string))
	}
	return skus, 0
}

func (n naive) did(e *predicate.Did) bool {
	events := n.events(e.Event, e.Where, e.Window)
	var numbers []int64
	digits := 0
	for _, event := range events {
		have, d := property(event, e.Property)
		if f, ok := event.Data["lines"].(float64); ok && e.Property == "lines" && e.Measure == "avg" {
			have = f // an average takes whole numbers as numbers
		}
		switch h := have.(type) {
		case int64:
			numbers, digits = append(numbers, h), d
		case float64:
			if fixed, ok := plan.Fixed(h); ok && (fixed <= plan.MaxSummand || e.Measure == "min" || e.Measure == "max") {
				numbers, digits = append(numbers, fixed), 4
			}
		}
	}
	sum := int64(0)
	for _, x := range numbers {
		sum += x
	}
	var have any
	switch {
	case e.Measure == "" && e.Is == "":
		return len(events) > 0
	case e.Measure == "":
		have, digits = int64(len(events)), 0
	case e.Measure == "sum":
		have = sum
	case len(numbers) == 0:
		return false
	case e.Measure == "avg":
		have = sum / int64(len(numbers))
	case e.Measure == "min":
		have = slices.Min(numbers)
	case e.Measure == "max":
		have = slices.Max(numbers)
	}
	return compared(have, digits, e.Is, e.Values, nil)
}

func (n naive) edge(e *predicate.Edge) bool {
	events := n.events(e.Event, e.Where, nil)
	if len(events) == 0 {
		return false
	}
	edge := events[0].At
	for _, event := range events {
		if event.At > edge == e.Last {
			edge = event.At
		}
	}
	return n.in(time.UnixMicro(edge).In(n.now.Location()), true, e.Window)
}

// TestMeaning: compiled plans hold for exactly the persons whom the tree
// describes.
func TestMeaning(t *testing.T) {
	zones := []*time.Location{predicatetest.Zone}
	for _, name := range []string{"America/New_York", "Asia/Beirut", "Pacific/Kiritimati"} { // summer time, also at midnight
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, zone)
	}
	rapid.Check(t, func(t *rapid.T) {
		now := predicatetest.Moments().Draw(t, "now")
		e := predicatetest.Trees(3).Draw(t, "tree")
		def := predicatetest.Definitions()
		def.Zone = rapid.SampledFrom(zones).Draw(t, "zone")
		compiled, err := predicate.Compile(e, predicate.NewCatalogue(def), now)
		if err != nil {
			t.Fatalf("%s: %v", predicate.Format(e), err)
		}
		for range 4 {
			p := predicatetest.Persons(now).Draw(t, "person")
			want := naive{&p, now.In(def.Zone)}.holds(e)
			if got := plan.Eval(compiled.Plan, &p); got != want {
				t.Fatalf("%s\nat %s\nplan %s\nsays %v, want %v, of %+v", predicate.Format(e), now, plan.Key(compiled.Plan), got, want, p)
			}
		}
	})
}

// TestUntil: until the moment that Compile names, time alone changes no plan.
func TestUntil(t *testing.T) {
	c := predicatetest.Catalogue()
	rapid.Check(t, func(t *rapid.T) {
		now := predicatetest.Moments().Draw(t, "now")
		e := predicatetest.Trees(2).Draw(t, "tree")
		first, err := predicate.Compile(e, c, now)
		if err != nil {
			t.Fatal(err)
		}
		end := first.Until
		if end.IsZero() {
			end = now.AddDate(30, 0, 0)
		} else if !end.After(now) || end.After(now.AddDate(1, 0, 1)) {
			t.Fatalf("%s at %s: until %s", predicate.Format(e), now, end)
		}
		later := now.Add(time.Duration(rapid.Float64Range(0, 1).Draw(t, "share") * float64(end.Sub(now)-time.Microsecond)))
		for _, at := range []time.Time{later, end.Add(-time.Microsecond)} {
			second, err := predicate.Compile(e, c, at)
			if err != nil || plan.Key(first.Plan) != plan.Key(second.Plan) {
				t.Fatalf("%s: at %s it is %s, at %s already %s (%v)", predicate.Format(e), now, plan.Key(first.Plan), at, plan.Key(second.Plan), err)
			}
		}
	})
}
