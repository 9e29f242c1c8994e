package plan

import (
	"fmt"
	"strconv"
)

// Key is a text that two plans share only if they are the same. It serves to
// find equal parts and to keep results; it is not stored and may change.
func Key(n Node) string { return string(appendKey(nil, n)) }

func appendKey(b []byte, n Node) []byte {
	switch n := n.(type) {
	case All:
		return append(b, 'T')
	case None:
		return append(b, 'F')
	case And:
		return appendKeys(append(b, '&'), n.Of)
	case Or:
		return appendKeys(append(b, '|'), n.Of)
	case Not:
		return appendKey(append(b, '!'), n.Of)
	case IsSet:
		return appendAttr(append(b, '?'), n.Attr)
	case Texts:
		return appendTexts(appendAttr(append(b, '='), n.Attr), n.Values)
	case Match:
		return strconv.AppendQuote(strconv.AppendBool(appendAttr(append(b, '~'), n.Attr), n.Prefix), n.Text)
	case Range:
		return appendSpans(appendAttr(append(b, '<'), n.Attr), n.Spans)
	case Flag:
		return strconv.AppendBool(appendAttr(append(b, 'b'), n.Attr), n.Want)
	case Has:
		return appendTexts(appendAttr(append(b, 'h'), n.Attr), n.Values)
	case Days:
		return appendSpans(appendAttr(append(b, 'y'), n.Attr), n.Spans)
	case Tagged:
		return appendTexts(append(b, '#'), n.IDs)
	case Identity:
		return strconv.AppendQuote(append(b, 'i'), n.Kind)
	case Reachable:
		return strconv.AppendQuote(append(b, 'r'), n.Carrier)
	case Consent:
		return strconv.AppendQuote(strconv.AppendQuote(append(b, 'c'), n.Purpose), n.State)
	case InSegment:
		return strconv.AppendQuote(append(b, 's'), n.ID)
	case InList:
		return strconv.AppendQuote(append(b, 'l'), n.ID)
	case Random:
		return fmt.Appendf(b, "%%%d,%d,%d,%d,%d,%d;", n.A, n.B, n.C, n.D, n.Lo, n.Hi)
	case Measure:
		return appendMeasure(append(b, 'm'), n)
	}
	panic(fmt.Sprintf("plan: unknown node %T", n))
}

func appendMeasure(b []byte, n Measure) []byte {
	b = strconv.AppendQuote(b, n.Kind)
	for _, c := range n.Where {
		b = fmt.Appendf(b, "w%q,%d,%d,%t,%t", c.Prop.Path, c.Prop.Type, c.Test, c.Not, c.Want)
		b = appendSpans(appendTexts(b, c.Values), c.Spans)
	}
	b = fmt.Appendf(b, "@%d,%d,%t,%d,%d,%q,%d", n.Window.From, n.Window.To, n.Window.Joined, n.Window.Within, n.Of, n.Prop.Path, n.Prop.Type)
	return appendSpans(b, n.Spans)
}

func appendKeys(b []byte, of []Node) []byte {
	b = append(b, '(')
	for _, n := range of {
		b = append(appendKey(b, n), ' ')
	}
	return append(b, ')')
}

func appendAttr(b []byte, a Attr) []byte {
	if a.Trait {
		b = append(b, '$')
	}
	return strconv.AppendQuote(strconv.AppendInt(b, int64(a.Type), 10), a.Name)
}

func appendTexts(b []byte, texts []string) []byte {
	b = append(b, '[')
	for _, s := range texts {
		b = strconv.AppendQuote(b, s)
	}
	return append(b, ']')
}

func appendSpans(b []byte, spans []Span) []byte {
	b = append(b, '[')
	for _, s := range spans {
		b = append(strconv.AppendInt(append(strconv.AppendInt(b, s.Lo, 10), ':'), s.Hi, 10), ' ')
	}
	return append(b, ']')
}
