package predicate

import (
	"strings"

	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate/plan"
)

// field reads a built-in field or a trait.
func (p *parser) field() Field {
	t := p.peek()
	if t.is("trait") && p.ahead().mark(":") {
		p.take()
		p.take()
		name := p.name(i18n.T("属性名", "a trait"))
		return Field{p.upto(t.span), name, true}
	}
	if t.kind != wordToken || keywords[fold(t.text)] {
		p.expected(i18n.T("字段或属性名", "a field or a trait"))
		return Field{}
	}
	p.take()
	_, builtin := fields[t.text]
	return Field{t.span, t.text, !builtin}
}

var operatorMarks = map[string]Op{"=": Equal, "!=": NotEqual, "<": Less, "<=": AtMost, ">": Greater, ">=": AtLeast}

var anOperator = i18n.T("比较方式，例如 =、in、contains、between、is set、has any、in last 30d", "a comparison, such as =, in, contains, between, is set, has any, in last 30d")

// compare reads a condition on a field.
func (p *parser) compare() Expr {
	f := p.field()
	if p.bad == nil && p.windowAhead() {
		w := p.window()
		if f.yearly(w) {
			return &Anniversary{p.made(f.span), f, w}
		}
		return &During{p.made(f.span), f, w}
	}
	is, values := p.comparison()
	return &Compare{p.made(f.span), f, is, values}
}

// yearly reports whether a window directly behind the field is about the day
// of the year: nobody looks for those born within the next 7 days.
func (f Field) yearly(w Window) bool {
	return f.Name == "birthday" && !f.Trait && (w.Kind == Last || w.Kind == Next || w.Kind == Ago || w.Kind == Period)
}

// comparison reads an operator and its values.
func (p *parser) comparison() (is Op, values []Value) {
	t := p.peek()
	one := func() { values = append(values, p.value()) }
	switch {
	case t.kind == markToken && operatorMarks[t.text] != "":
		is = operatorMarks[p.take().text]
		one()
	case p.accept("between"):
		is = Between
		one()
		p.need("and")
		one()
	case p.accept("in"):
		is = In
		p.list(one)
	case t.is("not") && p.ahead().is("in"):
		p.take()
		p.take()
		is = NotIn
		p.list(one)
	case p.accept("contains"):
		is = Contains
		one()
	case p.accept("starts"):
		p.need("with")
		is = StartsWith
		one()
	case p.accept("has"):
		switch {
		case p.accept("any"):
			is = HasAny
		case p.accept("all"):
			is = HasAll
		case p.accept("none"):
			is = HasNone
		default:
			p.expected(i18n.T(" any、all 或 none", "any, all or none"))
		}
		p.accept("of")
		p.list(one)
	case p.accept("is"):
		return p.is()
	default:
		p.expected(anOperator)
	}
	return is, values
}

// is reads what follows is.
func (p *parser) is() (Op, []Value) {
	t := p.peek()
	switch {
	case p.accept("set"):
		return Set, nil
	case p.accept("unset"):
		return Unset, nil
	case t.is("not") && p.ahead().is("set"):
		p.take()
		p.take()
		return Unset, nil
	case t.is("true", "false"):
		return Equal, []Value{p.value()}
	}
	p.expected(i18n.T(" set、unset、true 或 false", "set, unset, true or false"))
	return "", nil
}

// value reads one value.
func (p *parser) value() Value {
	t := p.peek()
	switch {
	case t.mark("#"):
		r := p.ref()
		return Value{span: r.span, Kind: RefValue, ID: r.ID}
	case t.kind == stringToken:
		p.take()
		return Value{span: t.span, Kind: TextValue, Text: t.text}
	case t.kind != wordToken || t.is("and", "or", "not"):
		p.expected(i18n.T("一个值；文字若与关键字相同或有特殊字符，请加引号", "a value; put text in quotes when it is a keyword or has special characters"))
		return Value{}
	}
	p.take()
	if t.is("true", "false") {
		return Value{span: t.span, Kind: BoolValue, Text: strings.ToLower(t.text)}
	}
	if d, ok := decimal(t.text); ok {
		return Value{span: t.span, Kind: NumberValue, Text: d}
	}
	return Value{span: t.span, Kind: TextValue, Text: t.text}
}

// did reads did KIND [where (…)] [measure] [comparison] [window].
func (p *parser) did() Expr {
	from := p.take().span
	e := &Did{Event: p.name(anEvent), Where: p.where()}
	t := p.peek()
	compared := t.kind == markToken && operatorMarks[t.text] != ""
	switch {
	case t.is("sum", "min", "max", "avg"):
		e.Measure = strings.ToLower(p.take().text)
		e.Property = p.name(i18n.T("事件的数字字段，例如 amount", "a numeric property of the event, such as amount"))
		compared = true
	case p.accept("count"):
		compared = true
	case t.is("between"):
		_, compared = decimal(p.ahead().text)
	}
	if compared && p.bad == nil {
		at := p.peek()
		if e.Is, e.Values = p.comparison(); p.bad == nil && !counting(e.Is) {
			p.fail(at.span, i18n.T("这里只能用 =、!=、<、<=、>、>= 或 between", "only =, !=, <, <=, >, >= or between can stand here"))
		}
	}
	for _, v := range e.Values {
		if v.Kind != NumberValue {
			p.fail(v.span, i18n.T("应为数字", "expected a number"))
		}
	}
	if p.bad == nil && p.windowAhead() {
		w := p.window()
		e.Window = &w
	}
	e.span = p.made(from)
	return e
}

var anEvent = i18n.T("事件，例如 order.paid", "a kind of event, such as order.paid")

// counting reports whether is can compare a count.
func counting(is Op) bool {
	return is == Between || is == Equal || is == NotEqual || is == Less || is == AtMost || is == Greater || is == AtLeast
}

// edge reads first|last KIND [where (…)] window.
func (p *parser) edge() Expr {
	t := p.take()
	e := &Edge{Last: t.is("last"), Event: p.name(anEvent), Where: p.where()}
	e.Window = p.window()
	e.span = p.made(t.span)
	return e
}

// where reads where (condition and condition …).
func (p *parser) where() []Condition {
	if !p.accept("where") {
		return nil
	}
	var out []Condition
	p.needMark("(")
	for p.bad == nil {
		t := p.peek()
		property := p.name(i18n.T("事件的字段，例如 amount", "a property of the event, such as amount"))
		is, values := p.comparison()
		out = append(out, Condition{p.made(t.span), property, is, values})
		if !p.accept("and") {
			break
		}
	}
	p.needMark(")")
	return out
}

// windowAhead reports whether a window begins at the next token, and not a
// comparison.
func (p *parser) windowAhead() bool {
	t, next := p.peek(), p.ahead()
	switch {
	case t.is("in"):
		return !next.mark("(")
	case t.is("between"):
		if next.kind != wordToken {
			return false
		}
		_, length := parseSpan(next.text)
		_, date := plan.ParseDay(next.text)
		return length || date || p.look(2).is(unitWords...)
	}
	return t.is("today", "yesterday", "tomorrow", "this", "last", "next", "before", "after", "on", "since", "until", "within")
}
