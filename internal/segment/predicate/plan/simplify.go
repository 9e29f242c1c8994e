package plan

import (
	"cmp"
	"slices"
)

// Simplify returns a plan that holds for the same persons with less work:
// nested and/or are flat, nothing is negated twice or said twice, constants
// are gone (unless nothing else is left), and what is cheap comes first.
func Simplify(n Node) Node {
	switch n := n.(type) {
	case And:
		return join(n.Of, true)
	case Or:
		return join(n.Of, false)
	case Not:
		switch of := Simplify(n.Of).(type) {
		case All:
			return None{}
		case None:
			return All{}
		case Not:
			return of.Of
		default:
			return Not{of}
		}
	case IsSet:
		if alwaysSet[n.Attr.Name] && !n.Attr.Trait {
			return All{}
		}
	case Tagged:
		if len(n.IDs) == 0 {
			return None{} // a group without tags
		}
	case Random:
		if n.Lo >= n.Hi {
			return None{}
		}
		if n.Lo == 0 && n.Hi == randomPrime {
			return All{}
		}
	case Measure:
		return simplifyMeasure(n)
	}
	return n
}

// alwaysSet are the built-in attributes that everybody has.
var alwaysSet = map[string]bool{"stage": true, "orders": true, "refunds": true, "gmv": true, "refunded": true}

func simplifyMeasure(n Measure) Node {
	spans := n.Spans
	if n.Of == HowMany { // there are never less than none
		spans = clip(spans, Span{0, Max})
	}
	switch {
	case len(spans) == 0:
		return None{}
	case n.Of == HowMany && spans[0] == Span{0, Max}:
		return All{}
	case n.Window.From >= n.Window.To: // no event is in it
		switch {
		case n.Of != HowMany && n.Of != Sum:
			return None{}
		case within(0, spans):
			return All{}
		}
		return None{}
	}
	n.Spans = spans
	return n
}

func clip(spans []Span, to Span) (out []Span) {
	for _, s := range spans {
		if s = (Span{max(s.Lo, to.Lo), min(s.Hi, to.Hi)}); s.Lo <= s.Hi {
			out = append(out, s)
		}
	}
	return out
}

// join simplifies the operands of and, or of or, and joins them.
func join(of []Node, and bool) Node {
	neutral, decides := Node(All{}), Node(None{})
	if !and {
		neutral, decides = decides, neutral
	}
	type operand struct {
		node Node
		key  string
		cost int
	}
	var out []operand
	seen := map[string]bool{}
	decided := false
	var add func(Node)
	add = func(m Node) {
		if inner := operands(m, and); inner != nil {
			for _, n := range inner {
				add(n)
			}
			return
		}
		switch m.(type) {
		case All, None:
			decided = decided || m == decides
			return
		}
		key := Key(m)
		opposite := "!" + key
		if not, ok := m.(Not); ok {
			opposite = Key(not.Of)
		}
		decided = decided || seen[opposite] // x and not x, x or not x
		if !seen[key] {
			seen[key] = true
			out = append(out, operand{m, key, Cost(m)})
		}
	}
	for _, n := range of {
		if add(Simplify(n)); decided {
			return decides
		}
	}
	switch len(out) {
	case 0:
		return neutral
	case 1:
		return out[0].node
	}
	slices.SortStableFunc(out, func(a, b operand) int { return cmp.Compare(a.cost, b.cost) })
	nodes := make([]Node, len(out))
	for i, o := range out {
		nodes[i] = o.node
	}
	if and {
		return And{nodes}
	}
	return Or{nodes}
}

func operands(n Node, and bool) []Node {
	switch n := n.(type) {
	case And:
		if and {
			return n.Of
		}
	case Or:
		if !and {
			return n.Of
		}
	}
	return nil
}

// Cost is a hint at how much work a plan is to a bitmap index, for putting
// cheap things first: 1 for one bitmap, more for ranges and windows, and
// [Events] and above for what needs the events themselves.
func Cost(n Node) int {
	switch n := n.(type) {
	case And:
		return costs(n.Of)
	case Or:
		return costs(n.Of)
	case Not:
		return 1 + Cost(n.Of)
	case Texts:
		return len(n.Values)
	case Has:
		return len(n.Values)
	case Tagged:
		return len(n.IDs)
	case Days:
		return 30 * len(n.Spans)
	case Match:
		return 20
	case Range:
		return 40 * len(n.Spans)
	case Random:
		return 60
	case Measure:
		if len(n.Where) > 0 || n.Window.Joined || n.Of == Least || n.Of == Greatest {
			return Events
		}
		return 100
	}
	return 1
}

// Events is the least [Cost] of a plan that looks at single events.
const Events = 10_000

func costs(of []Node) (sum int) {
	for _, n := range of {
		sum += Cost(n)
	}
	return sum
}
