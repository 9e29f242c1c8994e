package predicate

import (
	"strconv"
	"time"

	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate/plan"
)

func float(decimal string) float64 {
	f, _ := strconv.ParseFloat(decimal, 64) // a decimal always parses
	return f
}

var quantities = map[string]plan.Quantity{"": plan.HowMany, "sum": plan.Sum, "min": plan.Least, "max": plan.Greatest, "avg": plan.Average}

func (b *compiler) did(e *Did) (Expr, plan.Node) {
	node := plan.Measure{Kind: e.Event, Window: plan.Always, Of: quantities[e.Measure], Spans: []plan.Span{{Lo: 1, Hi: plan.Max}}}
	event := b.events(e.span, e.Event, e.Where, &node)
	t := plan.Count
	if event != nil && e.Measure != "" {
		p, bad := event.property(e.Property)
		switch {
		case p.Type == 0:
			p.Type = plan.Number
		case p.Type != plan.Count && p.Type != plan.Money && p.Type != plan.Number:
			bad = i18n.T("%s 不是数字，不能用 "+e.Measure, "%s is not a number: "+e.Measure+" does not go with it", p.Name)
		}
		b.fail(e.span, bad, "/property")
		node.Prop, t = plan.Prop{Path: p.Path, Type: p.Type}, p.Type
	}
	if e.Measure == "avg" && t == plan.Count {
		// An average takes whole numbers as numbers, or it would be cut to one.
		node.Prop.Type, t = plan.Number, plan.Number
	}
	if e.Is != "" {
		name := e.Event
		if e.Measure != "" {
			name = e.Property
		}
		if b.suits(e.span, e.Is, e.Values, t, name) {
			node.Spans, _ = b.spans(e.Is, e.Values, name, t)
		}
	}
	if e.Window != nil {
		b.eventWindow(*e.Window, &node)
	}
	if len(b.problems) == 0 && len(node.Spans) == 0 {
		return e, plan.None{}
	}
	return e, node
}

func (b *compiler) edge(e *Edge) (Expr, plan.Node) {
	node := plan.Measure{Kind: e.Event, Window: plan.Always, Of: plan.First}
	if e.Last {
		node.Of = plan.Last
	}
	b.events(e.span, e.Event, e.Where, &node)
	w, ok := b.window(e.Window)
	if !ok {
		return e, plan.None{}
	}
	from, to := w.instants(b.c.zone)
	if to != plan.Max {
		to--
	}
	if from > to {
		return e, plan.None{}
	}
	node.Spans = []plan.Span{{Lo: from, Hi: to}}
	return e, node
}

// events checks kind and conditions.
func (b *compiler) events(s span, kind string, where []Condition, node *plan.Measure) *Event {
	event, bad := b.c.event(kind)
	b.fail(s, bad, "/event")
	if event == nil {
		return nil
	}
	for i, c := range where {
		b.path = append(b.path, "/where", index(i))
		node.Where = append(node.Where, b.condition(event, c)...)
		b.path = b.path[:len(b.path)-2]
	}
	return event
}

func (b *compiler) condition(event *Event, c Condition) []plan.Cond {
	p, bad := event.property(c.Property)
	if !bad.IsZero() {
		b.fail(c.span, bad, "/property")
		return nil
	}
	is := c.Is
	if is == Set || is == Unset {
		return []plan.Cond{{Prop: plan.Prop{Path: p.Path, Type: p.Type}, Not: is == Unset}}
	}
	if p.Type == 0 {
		if p.Type = supposed(c); p.Type == plan.List {
			p.Path += "[]"
		}
	}
	if p.Type == plan.List { // of a list, = means that it is in there
		switch is {
		case Equal, In:
			is = HasAny
		case NotEqual, NotIn:
			is = HasNone
		}
	}
	if !b.suits(c.span, is, c.Values, p.Type, c.Property) {
		return nil
	}
	cond := plan.Cond{Prop: plan.Prop{Path: p.Path, Type: p.Type}}
	if is == NotEqual || is == NotIn || is == HasNone {
		cond.Not = !p.Type.Ordered()
	}
	switch {
	case p.Type.Ordered():
		spans, ok := b.spans(is, c.Values, c.Property, p.Type)
		if cond.Test, cond.Spans = plan.Within, spans; ok && len(spans) == 0 {
			cond.Spans = []plan.Span{{Lo: plan.Min, Hi: plan.Min}} // nothing is so small
		}
		return []plan.Cond{cond}
	case p.Type == plan.Bool:
		if c.Values[0].Kind != BoolValue {
			b.wrong(c.Values[0], c.Property, plan.Bool, "/value")
		}
		cond.Test, cond.Want = plan.Is, c.Values[0].Text == "true"
		return []plan.Cond{cond}
	}
	var texts []string
	for i, v := range c.Values {
		if b.text(v, c.Property, valuePath(c.Is, i)...) {
			texts = append(texts, v.Text)
		}
	}
	switch is {
	case Contains:
		cond.Test = plan.Contains
	case StartsWith:
		cond.Test = plan.Prefix
	case HasAll:
		all := make([]plan.Cond, len(texts))
		for i, t := range sorted(texts) {
			all[i] = plan.Cond{Prop: cond.Prop, Test: plan.OneOf, Values: []string{t}}
		}
		return all[:len(sorted(texts))]
	default:
		cond.Test, texts = plan.OneOf, sorted(texts)
	}
	cond.Values = texts
	return []plan.Cond{cond}
}

// supposed is the type of a property that is not declared: that of what it is
// compared with.
func supposed(c Condition) plan.Type {
	switch c.Is {
	case HasAny, HasAll, HasNone:
		return plan.List
	}
	if len(c.Values) > 0 {
		switch c.Values[0].Kind {
		case NumberValue:
			return plan.Number
		case BoolValue:
			return plan.Bool
		}
	}
	return plan.Text
}

// eventWindow sets the window of a measure.
func (b *compiler) eventWindow(w Window, node *plan.Measure) {
	switch w.Kind {
	case Next:
		b.fail(w.span, i18n.T("事件都在过去，请用 in last", "events lie in the past: use in last"), "/window")
	case SinceJoining:
		node.Window.Joined = true
	case WithinJoining:
		node.Window.Joined = true
		unit, ok := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[w.N.Unit]
		if !ok {
			b.fail(w.span, i18n.T("从成为客户起算的时长请用 h、d 或 w", "counted from joining, use h, d or w"), "/window")
		}
		node.Window.Within = w.N.N * unit.Microseconds()
	default:
		if s, ok := b.window(w); ok {
			node.Window.From, node.Window.To = s.instants(b.c.zone)
		}
	}
}
