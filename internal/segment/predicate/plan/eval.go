package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Eval reports whether the plan holds for a person. It is the definition that
// other evaluators are tested against: it looks at everything, every time.
func Eval(n Node, p *Person) bool {
	switch n := n.(type) {
	case All:
		return true
	case None:
		return false
	case And:
		for _, m := range n.Of {
			if !Eval(m, p) {
				return false
			}
		}
		return true
	case Or:
		return slices.ContainsFunc(n.Of, func(m Node) bool { return Eval(m, p) })
	case Not:
		return !Eval(n.Of, p)
	case IsSet:
		return isSet(n.Attr.Type, p.value(n.Attr))
	case Texts:
		s, _ := p.value(n.Attr).(string)
		return slices.Contains(n.Values, s)
	case Match:
		s, _ := p.value(n.Attr).(string)
		if n.Prefix {
			return strings.HasPrefix(s, n.Text)
		}
		return strings.Contains(s, n.Text)
	case Range:
		v, ok := n.Attr.Type.ordered(p.value(n.Attr))
		return ok && within(v, n.Spans)
	case Flag:
		b, ok := p.value(n.Attr).(bool)
		return ok && b == n.Want
	case Has:
		return anyOf(elements(p.value(n.Attr)), n.Values)
	case Days:
		v, ok := Date.ordered(p.value(n.Attr))
		return ok && within(Day(v).OfYear(), n.Spans)
	case Tagged:
		return anyOf(p.Tags, n.IDs)
	case Identity:
		return slices.Contains(p.Identities, n.Kind)
	case Reachable:
		return n.Carrier == "" && len(p.Carriers) > 0 || slices.Contains(p.Carriers, n.Carrier)
	case Consent:
		granted, said := p.Consents[n.Purpose]
		switch n.State {
		case "granted":
			return said && granted
		case "withdrawn":
			return said && !granted
		}
		return !said
	case InSegment:
		return slices.Contains(p.Segments, n.ID)
	case InList:
		return slices.Contains(p.Lists, n.ID)
	case Random:
		return n.Holds(p.Seq)
	case Measure:
		v, ok := n.value(p)
		return ok && within(v, n.Spans)
	}
	panic(fmt.Sprintf("plan: unknown node %T", n))
}

func isSet(t Type, v any) bool {
	switch t {
	case 0:
		return v != nil
	case Text:
		s, _ := v.(string)
		return s != ""
	case List:
		return len(elements(v)) > 0
	case Bool:
		_, ok := v.(bool)
		return ok
	}
	_, ok := t.ordered(v)
	return ok
}

func within(v int64, spans []Span) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return v >= s.Lo && v <= s.Hi })
}

func anyOf(have, want []string) bool {
	return slices.ContainsFunc(have, func(s string) bool { return slices.Contains(want, s) })
}

// elements are the texts in a list; what is not a text is passed over.
func elements(v any) (out []string) {
	switch l := v.(type) {
	case []string:
		return l
	case []any:
		for _, e := range l {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// value measures a person's events.
func (n Measure) value(p *Person) (v int64, ok bool) {
	var count, sum, least, greatest, values int64
	first, last := int64(Max), int64(Min)
	for _, e := range p.Events {
		if e.Kind != n.Kind || !n.Window.holds(e.At, p.Created) ||
			slices.ContainsFunc(n.Where, func(c Cond) bool { return !c.holds(e.Data) }) {
			continue
		}
		count++
		first, last = min(first, e.At), max(last, e.At)
		x, there := n.Prop.Type.ordered(n.Prop.of(e.Data))
		if !there || (n.Of == Sum || n.Of == Average) && (x > MaxSummand || x < -MaxSummand) {
			continue
		}
		if values == 0 || x < least {
			least = x
		}
		if values == 0 || x > greatest {
			greatest = x
		}
		values++
		sum += x
	}
	switch n.Of {
	case HowMany:
		return count, true
	case Sum:
		return sum, true
	case Least:
		return least, values > 0
	case Greatest:
		return greatest, values > 0
	case Average:
		if values == 0 {
			return 0, false
		}
		return sum / values, true
	case First:
		return first, count > 0
	}
	return last, count > 0
}

func (w Window) holds(at, created int64) bool {
	if at < w.From || at >= w.To {
		return false
	}
	return !w.Joined || created != 0 && at >= created && (w.Within == 0 || at-created < w.Within)
}

func (c Cond) holds(data map[string]any) bool {
	v := c.Prop.of(data)
	if !isSet(c.Prop.Type, v) {
		return c.Test == IsThere && c.Not
	}
	met := true
	switch s, _ := v.(string); c.Test {
	case OneOf:
		if c.Prop.Type == List {
			met = anyOf(elements(v), c.Values)
		} else {
			met = slices.Contains(c.Values, s)
		}
	case Contains:
		met = strings.Contains(s, c.Values[0])
	case Prefix:
		met = strings.HasPrefix(s, c.Values[0])
	case Within:
		n, _ := c.Prop.Type.ordered(v)
		met = within(n, c.Spans)
	case Is:
		met = v == any(c.Want)
	}
	return met != c.Not
}

// of finds the property in an event's data. A list comes as []any of all that
// the path reaches.
func (p Prop) of(data map[string]any) any {
	if p.Path == "" {
		return nil
	}
	found := []any{any(data)}
	list := false
	for name := range strings.SplitSeq(p.Path, ".") {
		name, each := strings.CutSuffix(name, "[]")
		list = list || each
		var next []any
		for _, v := range found {
			object, _ := v.(map[string]any)
			v, ok := object[name]
			if elements, isList := v.([]any); ok && each {
				if isList {
					next = append(next, elements...)
				}
			} else if ok {
				next = append(next, v)
			}
		}
		found = next
	}
	switch {
	case list:
		return found
	case len(found) == 0:
		return nil
	}
	return found[0]
}
