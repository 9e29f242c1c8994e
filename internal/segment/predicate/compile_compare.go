package predicate

import (
	"slices"
	"strings"

	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate/plan"
)

// may are the operators for each type.
var may = map[plan.Type][]Op{
	plan.Text: {Equal, NotEqual, In, NotIn, Contains, StartsWith, Set, Unset},
	plan.Bool: {Equal, NotEqual, Set, Unset},
	plan.List: {HasAny, HasAll, HasNone, Set, Unset},
}

var mayOrdered = []Op{Equal, NotEqual, Less, AtMost, Greater, AtLeast, Between, In, NotIn, Set, Unset}

// suits checks that an operator goes with a type and has its values.
func (b *compiler) suits(s span, is Op, values []Value, t plan.Type, name string) bool {
	if least, most, ok := is.values(); ok && (len(values) < least || len(values) > most) {
		b.fail(s, i18n.T("%[1]s 的值不能少于 %[2]d 个，多于 %[3]d 个", "%[1]s takes from %[2]d to %[3]d values", is, least, most), "/is")
		return false
	}
	ops := may[t]
	if t.Ordered() {
		ops = mayOrdered
	}
	if slices.Contains(ops, is) {
		return true
	}
	names := make([]string, len(ops))
	for i, o := range ops {
		names[i] = string(o)
	}
	b.fail(s, i18n.Text{ZH: typeZH[t] + " " + short(name) + " 不能用 " + string(is) + "，可以用：" + strings.Join(names, "、"),
		EN: short(name) + " is a " + t.String() + ": " + string(is) + " does not go with it; use one of " + strings.Join(names, ", ")}, "/is")
	return false
}

var typeZH = map[plan.Type]string{plan.Text: "文本", plan.Count: "整数", plan.Money: "金额", plan.Number: "数字", plan.Date: "日期", plan.Instant: "时间", plan.Bool: "是非", plan.List: "列表"}

// path of value i below a comparison.
func valuePath(is Op, i int) []string {
	if _, most, _ := is.values(); most == 1 {
		return []string{"/value"}
	}
	return []string{"/values", index(i)}
}

func (b *compiler) compare(e *Compare) (Expr, plan.Node) {
	f, m, ok := b.field(e.Field)
	bound := &Compare{e.span, f, e.Is, e.Values}
	if !ok || !b.suits(e.span, e.Is, e.Values, m.attr.Type, f.Name) {
		return bound, plan.None{}
	}
	a := m.attr
	if m.age {
		a = plan.Attr{Name: "birthday", Type: plan.Date}
	}
	switch e.Is {
	case Set:
		return bound, plan.IsSet{Attr: a}
	case Unset:
		return bound, plan.Not{Of: plan.IsSet{Attr: a}}
	}
	if a.Type.Ordered() {
		return bound, b.ordered(e, m, a)
	}
	if a.Type == plan.Bool {
		v := e.Values[0]
		if v.Kind != BoolValue {
			b.wrong(v, f.Name, plan.Bool, "/value")
		}
		return bound, plan.Flag{Attr: a, Want: (v.Text == "true") == (e.Is == Equal)}
	}
	texts := b.texts(e, f.Name, m, bound)
	switch e.Is {
	case NotEqual, NotIn:
		return bound, plan.And{Of: []plan.Node{plan.IsSet{Attr: a}, plan.Not{Of: plan.Texts{Attr: a, Values: texts}}}}
	case Contains, StartsWith:
		return bound, plan.Match{Attr: a, Prefix: e.Is == StartsWith, Text: texts[0]}
	case HasAny:
		return bound, plan.Has{Attr: a, Values: texts}
	case HasNone:
		return bound, plan.And{Of: []plan.Node{plan.IsSet{Attr: a}, plan.Not{Of: plan.Has{Attr: a, Values: texts}}}}
	case HasAll:
		all := make([]plan.Node, len(texts))
		for i, t := range texts {
			all[i] = plan.Has{Attr: a, Values: []string{t}}
		}
		return bound, plan.And{Of: all}
	}
	return bound, plan.Texts{Attr: a, Values: texts}
}

// texts reads the values of a comparison of texts, and binds those that refer
// to things.
func (b *compiler) texts(e *Compare, name string, m meaning, bound *Compare) []string {
	partial := e.Is == Contains || e.Is == StartsWith
	out := make([]string, len(e.Values))
	var below []string
	for i, v := range e.Values {
		at := valuePath(e.Is, i)
		if m.refers != NoThing && !partial {
			if v.Kind != TextValue && v.Kind != RefValue {
				b.wrong(v, name, plan.Text, at...)
				continue
			}
			if i == 0 {
				bound.Values = slices.Clone(e.Values)
			}
			r := Ref{Name: v.Text, ID: v.ID}
			r, bad := b.c.find(m.refers, r)
			b.fail(v.span, bad, at...)
			bound.Values[i] = Value{v.span, RefValue, r.Name, r.ID}
			out[i], below = r.ID, append(below, b.c.below[r.ID]...)
			continue
		}
		if !b.text(v, name, at...) {
			continue
		}
		if out[i] = v.Text; !partial && len(m.options) > 0 && !slices.Contains(m.options, v.Text) {
			near := nearest(v.Text, m.options)
			if same := alike[fold(v.Text)]; slices.Contains(m.options, same) {
				near = []string{same}
			}
			b.fail(v.span, with(i18n.T("%[2]s 没有 %[1]s 这个值", "%[1]s is not a value of %[2]s", short(v.Text), name), near...), at...)
		}
	}
	if partial {
		return out
	}
	return sorted(append(out, below...))
}

// text checks that a value is a text that can be compared with.
func (b *compiler) text(v Value, name string, at ...string) bool {
	switch {
	case v.Kind != TextValue:
		b.wrong(v, name, plan.Text, at...)
	case v.Text == "":
		b.fail(v.span, i18n.T("文本不能为空；要找没有填写的，用 is unset", "a text to compare with cannot be empty; for what is not filled in, use is unset"), at...)
	case tooLong(v.Text):
		b.fail(v.span, valueTooLong, at...)
	default:
		return true
	}
	return false
}

// wrong tells that a value is not of the type that is needed.
func (b *compiler) wrong(v Value, name string, t plan.Type, at ...string) {
	example := map[plan.Type]string{plan.Text: quote(v.Text), plan.Count: "2", plan.Money: "99.50", plan.Number: "1.5", plan.Date: "2026-01-02", plan.Instant: "2026-01-02", plan.Bool: "true"}[t]
	if t == plan.Text && example == v.Text {
		example = `"` + v.Text + `"`
	}
	b.fail(v.span, i18n.Text{ZH: short(name) + " 是" + typeZH[t] + "，应写作例如 " + short(example), EN: short(name) + " is a " + t.String() + ", to be written as " + short(example)}, at...)
}

// ordered compares what has a size.
func (b *compiler) ordered(e *Compare, m meaning, a plan.Attr) plan.Node {
	spans, ok := b.spans(e.Is, e.Values, e.Field.Name, m.attr.Type)
	if !ok {
		return plan.None{}
	}
	if m.age {
		spans = b.birthdays(spans)
	}
	return ranged(a, spans...)
}

// spans reads the values of an ordered type.
func (b *compiler) spans(is Op, values []Value, name string, t plan.Type) ([]plan.Span, bool) {
	read := make([]plan.Span, len(values))
	good := true
	for i, v := range values {
		s, ok := b.point(v, t)
		if !ok {
			good = false
			b.wrong(v, name, t, valuePath(is, i)...)
		}
		read[i] = s
	}
	if good && is == Between && read[0].Lo > read[1].Lo {
		b.fail(values[1].span, i18n.T("between 应从小到大", "between goes from the smaller to the greater"), "/values/1")
		good = false
	}
	if !good {
		return nil, false
	}
	return spansOf(is, read), true
}

// point reads one value: what it stands for has some width when a date is
// compared with an instant.
func (b *compiler) point(v Value, t plan.Type) (plan.Span, bool) {
	digits, most := 0, int64(plan.MaxMoney)
	switch t {
	case plan.Date, plan.Instant:
		d, ok := plan.ParseDay(v.Text)
		if v.Kind != TextValue || !ok {
			return plan.Span{}, false
		}
		if t == plan.Date {
			return plan.Span{Lo: int64(d), Hi: int64(d)}, true
		}
		return plan.Span{Lo: d.Start(b.c.zone), Hi: (d + 1).Start(b.c.zone) - 1}, true
	case plan.Money:
		digits = b.c.def.CurrencyDigits
	case plan.Number:
		digits, most = MaxDecimals, plan.MaxNumber*plan.Scale
	}
	if v.Kind != NumberValue {
		return plan.Span{}, false
	}
	n, ok := scaled(v.Text, digits)
	if t == plan.Number && ok {
		// The way that data takes, so that equal numbers stay equal.
		n, ok = plan.Fixed(float(v.Text))
	}
	return plan.Span{Lo: n, Hi: n}, ok && n <= most && n >= -most
}

// birthdays turns ages into the birthdays of who is so old today.
func (b *compiler) birthdays(ages []plan.Span) []plan.Span {
	const eldest = 200
	today := plan.DayOf(b.now)
	b.until = min(b.until, (today + 1).Start(b.c.zone))
	var out []plan.Span
	for _, s := range slices.Backward(ages) {
		born := plan.Span{Lo: plan.Min, Hi: plan.Max}
		if s.Hi < 0 || s.Lo > eldest {
			continue
		}
		if s.Hi < eldest {
			born.Lo = int64(oldest(today, s.Hi+1)) + 1
		}
		if s.Lo > 0 {
			born.Hi = int64(oldest(today, s.Lo))
		}
		out = append(out, born)
	}
	return tidy(out, consecutive)
}
