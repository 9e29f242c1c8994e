package predicatetest

import (
	"fmt"
	"strconv"

	"pgregory.net/rapid"

	"fishpond/internal/segment/predicate"
)

// Trees makes valid trees about the org of Definitions, at most so many
// levels of and, or and not deep. References are by name or by id, as in
// trees from text and from storage.
func Trees(depth int) *rapid.Generator[predicate.Expr] {
	return rapid.Custom(func(t *rapid.T) predicate.Expr { return tree(t, depth) })
}

func tree(t *rapid.T, depth int) predicate.Expr {
	if depth > 1 {
		switch of := func() []predicate.Expr {
			return rapid.SliceOfN(Trees(depth-1), 2, 4).Draw(t, "of")
		}; pick(t, "leaf", "leaf", "and", "or", "not") {
		case "and":
			return &predicate.And{Of: of()}
		case "or":
			return &predicate.Or{Of: of()}
		case "not":
			return &predicate.Not{Of: tree(t, depth-1)}
		}
	}
	return leaf(t)
}

func pick[T any](t *rapid.T, from ...T) T { return rapid.SampledFrom(from).Draw(t, "pick") }

func chance(t *rapid.T) bool { return rapid.Bool().Draw(t, "chance") }

func leaf(t *rapid.T) predicate.Expr {
	switch pick(t, "compare", "compare", "compare", "did", "did", "did", "edge", "during", "during", "anniversary", "tag", "tag", "ref", "random", "known", "constant") {
	case "compare":
		return compare(t)
	case "did":
		return did(t)
	case "edge":
		e := &predicate.Edge{Last: chance(t), Window: window(t, true, false)}
		e.Event, e.Where = event(t)
		return e
	case "during":
		field := dates(t)
		return &predicate.During{Field: field, Window: window(t, field.Name != "birthday" && field.Name != "wedding", false)}
	case "anniversary":
		return &predicate.Anniversary{Field: pick(t, builtin("birthday"), trait("wedding")), Window: yearly(t)}
	case "tag":
		return &predicate.Tag{Any: rapid.SliceOfN(rapid.SampledFrom([]predicate.TagRef{
			{Ref: predicate.Ref{Name: "母婴"}}, {Ref: predicate.Ref{ID: "tag_3"}}, {Ref: predicate.Ref{Name: "投诉"}, Group: "服务"},
			{Ref: predicate.Ref{Name: `and/or "x"`}, Group: "服务"}, {Group: "风险"}}), 1, 3).Draw(t, "tags")}
	case "ref":
		r := pick(t, predicate.Ref{Name: "VIP (2026)"}, predicate.Ref{ID: "seg_1"})
		if chance(t) {
			return &predicate.Segment{Ref: r}
		}
		return &predicate.List{Ref: pick(t, predicate.Ref{Name: "内测"}, predicate.Ref{ID: "lst_1"})}
	case "random":
		from := rapid.IntRange(0, 9999).Draw(t, "from")
		return &predicate.Random{From: from * pick(t, 0, 1), To: rapid.IntRange(from+1, 10000).Draw(t, "to"), Salt: pick(t, "", "x", "and", "第 2 次 \"试\"")}
	case "constant":
		return pick[predicate.Expr](t, &predicate.Everyone{}, &predicate.Nobody{})
	}
	return pick[predicate.Expr](t, &predicate.Identity{Kind: pick(t, "phone", "email")}, &predicate.Reachable{Carrier: pick(t, "", "sms")},
		&predicate.Consent{Purpose: "marketing", State: pick(t, "granted", "withdrawn", "none")})
}

func builtin(name string) predicate.Field { return predicate.Field{Name: name} }
func trait(key string) predicate.Field    { return predicate.Field{Name: key, Trait: true} }

func dates(t *rapid.T) predicate.Field {
	return pick(t, builtin("birthday"), builtin("first_order"), builtin("last_order"), builtin("created"), trait("wedding"))
}

// Texts are values of texts, some of them awkward. Persons have some of them.
var Texts = []string{"山东", "河南", "北京", "A-1", "a-1", "A", "in", "42", "90d", "2026-01-01", `say "hi" \o/`, "买买提·艾力", "它's", "%_", "全部，（不）"}

func texts(t *rapid.T, least, most int) []predicate.Value {
	out := make([]predicate.Value, rapid.IntRange(least, most).Draw(t, "n"))
	for i := range out {
		out[i] = predicate.Text(pick(t, Texts...))
	}
	return out
}

func compare(t *rapid.T) predicate.Expr {
	ordered := func(f predicate.Field, value func() predicate.Value) predicate.Expr {
		is, values := ordering(t, value)
		return &predicate.Compare{Field: f, Is: is, Values: values}
	}
	if f := pick(t, builtin("region"), builtin("name"), builtin("gmv"), trait("score"), builtin("last_order"), trait("wedding")); rapid.IntRange(0, 9).Draw(t, "unset") == 0 {
		return &predicate.Compare{Field: f, Is: pick(t, predicate.Set, predicate.Unset)}
	}
	switch pick(t, "text", "enum", "count", "money", "number", "date", "bool", "list", "ref", "age", "rfm") {
	case "text":
		is, values := textual(t)
		return &predicate.Compare{Field: pick(t, builtin("region"), builtin("name"), builtin("source"), trait("nickname")), Is: is, Values: values}
	case "enum":
		if chance(t) {
			return &predicate.Compare{Field: trait("skin"), Is: pick(t, predicate.Equal, predicate.NotEqual), Values: []predicate.Value{predicate.Text(pick(t, "油性", "干性"))}}
		}
		return &predicate.Compare{Field: builtin("stage"), Is: pick(t, predicate.In, predicate.NotIn),
			Values: []predicate.Value{predicate.Text(pick(t, "new", "silent")), predicate.Text(pick(t, "repeat", "lost"))}}
	case "count":
		return ordered(pick(t, builtin("orders"), builtin("refunds")), func() predicate.Value { return whole(t, -1, 6) })
	case "money":
		return ordered(pick(t, builtin("gmv"), builtin("refunded"), builtin("average_order")), func() predicate.Value { return decimal(t, -10, 700, 2) })
	case "number":
		return ordered(pick(t, trait("score"), trait("gmv")), func() predicate.Value { return decimal(t, -30, 30, 4) })
	case "date":
		return ordered(dates(t), func() predicate.Value { return predicate.Text(day(t)) })
	case "bool":
		return &predicate.Compare{Field: trait("vip"), Is: pick(t, predicate.Equal, predicate.NotEqual), Values: []predicate.Value{predicate.Bool(chance(t))}}
	case "list":
		return &predicate.Compare{Field: trait("interests"), Is: pick(t, predicate.HasAny, predicate.HasAll, predicate.HasNone), Values: texts(t, 1, 3)}
	case "ref":
		if chance(t) {
			return &predicate.Compare{Field: builtin("channel"), Is: pick(t, predicate.Equal, predicate.NotEqual), Values: []predicate.Value{{Kind: predicate.RefValue, ID: "chn_1"}}}
		}
		return &predicate.Compare{Field: builtin("owner"), Is: predicate.In, Values: []predicate.Value{predicate.Text("李雷"), {Kind: predicate.RefValue, ID: "stf_2"}}}
	case "age":
		return ordered(builtin("age"), func() predicate.Value { return whole(t, -1, 60) })
	}
	return ordered(pick(t, builtin("rfm.recency"), builtin("rfm.frequency"), builtin("rfm.monetary")), func() predicate.Value { return whole(t, 0, 6) })
}

func textual(t *rapid.T) (predicate.Op, []predicate.Value) {
	switch is := pick(t, predicate.Equal, predicate.NotEqual, predicate.In, predicate.NotIn, predicate.Contains, predicate.StartsWith); is {
	case predicate.In, predicate.NotIn:
		return is, texts(t, 1, 4)
	default:
		return is, texts(t, 1, 1)
	}
}

// ordering makes a comparison of values that have an order.
func ordering(t *rapid.T, value func() predicate.Value) (predicate.Op, []predicate.Value) {
	is := pick(t, predicate.Equal, predicate.NotEqual, predicate.Less, predicate.AtMost, predicate.Greater, predicate.AtLeast, predicate.Between, predicate.In, predicate.NotIn)
	switch is {
	case predicate.Between:
		a, b := value(), value()
		if less(b, a) {
			a, b = b, a
		}
		return is, []predicate.Value{a, b}
	case predicate.In, predicate.NotIn:
		return is, []predicate.Value{value(), value(), value()}
	}
	return is, []predicate.Value{value()}
}

func less(a, b predicate.Value) bool {
	if a.Kind == predicate.TextValue {
		return a.Text < b.Text // dates
	}
	x, _ := strconv.ParseFloat(a.Text, 64)
	y, _ := strconv.ParseFloat(b.Text, 64)
	return x < y
}

func whole(t *rapid.T, from, to int) predicate.Value {
	return predicate.Number(strconv.Itoa(rapid.IntRange(from, to).Draw(t, "whole")))
}

func decimal(t *rapid.T, from, to, digits int) predicate.Value {
	n := rapid.IntRange(from, to).Draw(t, "units")
	if n < 0 || chance(t) {
		return predicate.Number(strconv.Itoa(n))
	}
	return predicate.Number(fmt.Sprintf("%d.%0*d", n, digits, rapid.IntRange(0, 99).Draw(t, "part")))
}

// days are dates around which persons and events gather.
var days = []string{"1990-02-28", "1992-02-29", "2000-11-22", "2026-01-01", "2026-02-28", "2026-10-31", "2026-11-14", "2026-11-21", "2026-11-22", "2027-03-01"}

func day(t *rapid.T) string { return pick(t, days...) }

func event(t *rapid.T) (string, []predicate.Condition) {
	kind := pick(t, "order.paid", "order.paid", "message.opened", "page.viewed")
	var where []predicate.Condition
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		switch kind {
		case "order.paid":
			where = append(where, condition(t))
		case "page.viewed":
			where = append(where, predicate.Condition{Property: "url", Is: predicate.Equal, Values: texts(t, 1, 1)})
		}
	}
	return kind, where
}

func condition(t *rapid.T) predicate.Condition {
	c := predicate.Condition{Property: pick(t, "amount", "region", "sku", "weight", "lines", "gift")}
	if rapid.IntRange(0, 5).Draw(t, "unset") == 0 {
		c.Is = pick(t, predicate.Set, predicate.Unset)
		return c
	}
	switch c.Property {
	case "amount":
		c.Is, c.Values = ordering(t, func() predicate.Value { return decimal(t, 0, 200, 2) })
	case "weight":
		c.Is, c.Values = ordering(t, func() predicate.Value { return decimal(t, -3, 3, 4) })
	case "lines":
		c.Is, c.Values = ordering(t, func() predicate.Value { return whole(t, 0, 4) })
	case "region":
		c.Is, c.Values = textual(t)
	case "sku":
		c.Is, c.Values = pick(t, predicate.HasAny, predicate.HasAll, predicate.HasNone, predicate.In, predicate.NotIn), texts(t, 1, 2)
	case "gift":
		c.Is, c.Values = predicate.Equal, []predicate.Value{predicate.Bool(chance(t))}
	}
	return c
}

func did(t *rapid.T) predicate.Expr {
	e := &predicate.Did{}
	e.Event, e.Where = event(t)
	value := func() predicate.Value { return whole(t, -1, 4) }
	if e.Event == "order.paid" && chance(t) {
		e.Measure, e.Property = pick(t, "sum", "min", "max", "avg"), pick(t, "amount", "weight", "lines")
		value = func() predicate.Value { return decimal(t, -5, 300, 2) }
		if e.Property == "lines" && e.Measure != "avg" {
			value = func() predicate.Value { return whole(t, 0, 6) }
		}
	}
	if e.Measure != "" || chance(t) {
		for e.Is = predicate.In; e.Is == predicate.In || e.Is == predicate.NotIn; {
			e.Is, e.Values = ordering(t, value)
		}
	}
	if chance(t) {
		w := window(t, true, true)
		e.Window = &w
	}
	return e
}

// window makes a window: with hours for instants, with joining for events,
// which in turn have no future.
func window(t *rapid.T, hours, joining bool) predicate.Window {
	kinds := []predicate.WindowKind{predicate.Last, predicate.Ago, predicate.Older, predicate.Period, predicate.Dates, predicate.On, predicate.Since, predicate.Until, predicate.After, predicate.Before}
	if joining {
		kinds = append(kinds, predicate.SinceJoining, predicate.WithinJoining)
	} else {
		kinds = append(kinds, predicate.Next)
	}
	w := predicate.Window{Kind: pick(t, kinds...)}
	unit := pick(t, byte('d'), 'd', 'w', 'm')
	if hours && w.Kind != predicate.WithinJoining && chance(t) {
		unit = 'h'
	}
	switch w.Kind {
	case predicate.Last, predicate.Next, predicate.Older:
		w.N = predicate.Span{N: pick(t, int64(1), 2, 7, 30, 120), Unit: unit}
	case predicate.WithinJoining:
		w.N = predicate.Span{N: pick(t, int64(1), 7, 36), Unit: pick(t, byte('h'), 'd', 'w')}
	case predicate.Ago:
		w.M = predicate.Span{N: pick(t, int64(1), 7, 24), Unit: unit}
		w.N = predicate.Span{N: w.M.N + pick(t, int64(1), 30), Unit: unit}
	case predicate.Period:
		w.Name = period(t)
	case predicate.Dates:
		w.From, w.To = day(t), day(t)
		if w.From > w.To {
			w.From, w.To = w.To, w.From
		}
	case predicate.On, predicate.Since, predicate.After:
		w.From = day(t)
	case predicate.Until, predicate.Before:
		w.To = day(t)
	}
	return w
}

func period(t *rapid.T) string {
	return pick(t, "today", "yesterday", "tomorrow", "this week", "last week", "next week", "this month", "last month", "next month",
		"this quarter", "last quarter", "next quarter", "this year", "last year", "next year")
}

func yearly(t *rapid.T) predicate.Window {
	switch pick(t, "last", "next", "ago", "period") {
	case "last":
		return predicate.Window{Kind: predicate.Last, N: predicate.Span{N: pick(t, int64(1), 7, 11), Unit: pick(t, byte('d'), 'w', 'm')}}
	case "next":
		return predicate.Window{Kind: predicate.Next, N: predicate.Span{N: pick(t, int64(1), 7, 14), Unit: pick(t, byte('d'), 'w', 'm')}}
	case "ago":
		return predicate.Window{Kind: predicate.Ago, N: predicate.Span{N: 9, Unit: 'd'}, M: predicate.Span{N: 3, Unit: 'd'}}
	}
	return predicate.Window{Kind: predicate.Period, Name: period(t)}
}
