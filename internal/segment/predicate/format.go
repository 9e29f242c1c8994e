package predicate

import (
	"strconv"
	"strings"
)

// Format gives the text form of a tree on one line, the same for the same
// tree. References are written by name where the tree knows it, else by id.
// Parse reads it back into the same tree, but for the ids of references that
// have a name.
func Format(e Expr) string {
	var f formatter
	f.expr(e, loosest)
	return f.String()
}

type formatter struct{ strings.Builder }

// How tightly an expression holds together.
const (
	loosest = iota
	inOr
	inAnd
	inNot
)

func (f *formatter) put(parts ...string) {
	for _, p := range parts {
		f.WriteString(p)
	}
}

// joined writes and or or, in parentheses where it stands in something that
// holds tighter or is of its own kind.
func (f *formatter) joined(of []Expr, word string, own, around int) {
	if around >= own {
		f.put("(")
		defer f.put(")")
	}
	for i, e := range of {
		if i > 0 {
			f.put(" ", word, " ")
		}
		f.expr(e, own)
	}
}

func (f *formatter) expr(e Expr, around int) {
	switch e := e.(type) {
	case *And:
		f.joined(e.Of, "and", inAnd, around)
	case *Or:
		f.joined(e.Of, "or", inOr, around)
	case *Not:
		f.put("not ")
		f.expr(e.Of, inNot)
	case *Everyone:
		f.put("everyone")
	case *Nobody:
		f.put("nobody")
	case *Compare:
		f.field(e.Field)
		f.comparison(e.Is, e.Values)
	case *During:
		if e.Field.yearly(e.Window) {
			f.put("date of ")
		}
		f.field(e.Field)
		f.window(e.Window)
	case *Anniversary:
		if !e.Field.yearly(e.Window) {
			f.put("anniversary of ")
		}
		f.field(e.Field)
		f.window(e.Window)
	case *Tag:
		if len(e.Any) == 1 {
			f.put("tag:", tagRef(e.Any[0]))
			return
		}
		f.put("tag in")
		f.list(len(e.Any), func(i int) string { return tagRef(e.Any[i]) })
	case *Segment:
		f.put("segment:", ref(e.Ref))
	case *List:
		f.put("list:", ref(e.Ref))
	case *Random:
		f.put("random ")
		if e.From > 0 {
			f.put("from ", percent(e.From), " to ")
		}
		f.put(percent(e.To))
		if e.Salt != "" {
			f.put(" salt ", quote(e.Salt))
		}
	case *Identity:
		f.put("has identity ", quote(e.Kind))
	case *Reachable:
		if e.Carrier == "" {
			f.put("reachable any")
			return
		}
		f.put("reachable ", quote(e.Carrier))
	case *Consent:
		f.put("consent ", quote(e.Purpose), " ", e.State)
	case *Did:
		f.put("did ", quote(e.Event))
		f.where(e.Where)
		if e.Measure != "" {
			f.put(" ", e.Measure, " ", quote(e.Property))
		}
		if e.Is != "" {
			f.comparison(e.Is, e.Values)
		}
		if e.Window != nil {
			f.window(*e.Window)
		}
	case *Edge:
		f.put(edgeName(e.Last), " ", quote(e.Event))
		f.where(e.Where)
		f.window(e.Window)
	}
}

func (f *formatter) field(x Field) {
	_, builtin := fields[x.Name]
	switch {
	case !x.Trait:
		f.put(x.Name)
	case builtin || !bare(x.Name) || x.Name[0] == '-' || fold(x.Name) == "date" || fold(x.Name) == "reachable":
		f.put("trait:", quote(x.Name))
	default:
		f.put(x.Name)
	}
}

func (f *formatter) list(n int, each func(i int) string) {
	f.put(" (")
	for i := range n {
		if i > 0 {
			f.put(", ")
		}
		f.put(each(i))
	}
	f.put(")")
}

func (f *formatter) comparison(is Op, values []Value) {
	switch is {
	case Set, Unset:
		f.put(" is ", string(is))
	case Between:
		f.put(" between ", between(values[0]), " and ", between(values[1]))
	case HasAny, HasAll, HasNone:
		f.put(" ", string(is), " of")
		f.list(len(values), func(i int) string { return literal(values[i]) })
	case In, NotIn:
		f.put(" ", string(is))
		f.list(len(values), func(i int) string { return literal(values[i]) })
	default:
		f.put(" ", string(is), " ", literal(values[0]))
	}
}

// between quotes texts, which without quotes could begin a window.
func between(v Value) string {
	if v.Kind == TextValue && bare(v.Text) {
		return `"` + v.Text + `"`
	}
	return literal(v)
}

func literal(v Value) string {
	switch v.Kind {
	case NumberValue, BoolValue:
		return v.Text
	case RefValue:
		if v.Text == "" {
			return "#" + quote(v.ID)
		}
	}
	return quote(v.Text)
}

func ref(r Ref) string {
	if r.Name == "" {
		return "#" + quote(r.ID)
	}
	return quote(r.Name)
}

func tagRef(r TagRef) string {
	switch {
	case r.ID != "" && r.Name == "":
		return "#" + quote(r.ID)
	case r.Name == "":
		return quote(r.Group) + "/*"
	case r.Group != "":
		return quote(r.Group) + "/" + quote(r.Name)
	}
	return quote(r.Name)
}

func percent(basis int) string {
	s, _ := decimal(strconv.Itoa(basis/100) + "." + strconv.Itoa(100 + basis%100)[1:])
	return s + "%"
}

func (f *formatter) where(where []Condition) {
	if len(where) == 0 {
		return
	}
	f.put(" where (")
	for i, c := range where {
		if i > 0 {
			f.put(" and ")
		}
		f.put(quote(c.Property))
		f.comparison(c.Is, c.Values)
	}
	f.put(")")
}

func (f *formatter) window(w Window) {
	switch w.Kind {
	case Last:
		f.put(" in ", w.N.String())
	case Next:
		f.put(" in next ", w.N.String())
	case Ago:
		f.put(" between ", w.N.String(), " and ", w.M.String(), " ago")
	case Older:
		f.put(" before ", w.N.String(), " ago")
	case Period:
		f.put(" ", w.Name)
	case Dates:
		f.put(" between ", w.From, " and ", w.To)
	case On:
		f.put(" on ", w.From)
	case Since:
		f.put(" since ", w.From)
	case Until:
		f.put(" until ", w.To)
	case After:
		f.put(" after ", w.From)
	case Before:
		f.put(" before ", w.To)
	case SinceJoining:
		f.put(" since joining")
	case WithinJoining:
		f.put(" within ", w.N.String(), " of joining")
	}
}
