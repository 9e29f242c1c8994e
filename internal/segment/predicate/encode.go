package predicate

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Encode gives the JSON form of a tree. The same tree always gives the same
// bytes.
func Encode(e Expr) []byte {
	var w writer
	w.expr(e)
	return w.b
}

// Tree is an Expr as a field of a struct that is encoded and decoded with
// encoding/json. The zero Tree is null.
type Tree struct{ Expr Expr }

// MarshalJSON is Encode.
func (t Tree) MarshalJSON() ([]byte, error) {
	if t.Expr == nil {
		return []byte("null"), nil
	}
	return Encode(t.Expr), nil
}

// UnmarshalJSON is Decode.
func (t *Tree) UnmarshalJSON(b []byte) (err error) {
	if string(b) == "null" {
		t.Expr = nil
		return nil
	}
	t.Expr, err = Decode(b)
	return err
}

// writer writes JSON objects member by member.
type writer struct{ b []byte }

func (w *writer) open(op string) {
	w.b = append(w.b, `{"op":`...)
	w.b = append(appendString(w.b, op), ',')
}

func (w *writer) close() {
	if w.b[len(w.b)-1] == ',' {
		w.b = w.b[:len(w.b)-1]
	}
	w.b = append(w.b, '}')
}

func (w *writer) name(name string) { w.b = append(appendString(w.b, name), ':') }

// text writes a member unless it is empty.
func (w *writer) text(name, v string) {
	if v != "" {
		w.name(name)
		w.b = append(appendString(w.b, v), ',')
	}
}

func (w *writer) member(name string, value func()) {
	w.name(name)
	value()
	w.b = append(w.b, ',')
}

func (w *writer) integer(name string, v int) {
	w.name(name)
	w.b = append(strconv.AppendInt(w.b, int64(v), 10), ',')
}

func (w *writer) list(name string, n int, each func(i int)) {
	w.member(name, func() {
		w.b = append(w.b, '[')
		for i := range n {
			if i > 0 {
				w.b = append(w.b, ',')
			}
			each(i)
		}
		w.b = append(w.b, ']')
	})
}

func (w *writer) expr(e Expr) {
	switch e := e.(type) {
	case *And:
		w.open("and")
		w.list("of", len(e.Of), func(i int) { w.expr(e.Of[i]) })
	case *Or:
		w.open("or")
		w.list("of", len(e.Of), func(i int) { w.expr(e.Of[i]) })
	case *Not:
		w.open("not")
		w.member("of", func() { w.expr(e.Of) })
	case *Everyone:
		w.open("everyone")
	case *Nobody:
		w.open("nobody")
	case *Compare:
		w.open("compare")
		w.field(e.Field)
		w.comparison(e.Is, e.Values)
	case *During:
		w.open("during")
		w.field(e.Field)
		w.member("window", func() { w.window(e.Window) })
	case *Anniversary:
		w.open("anniversary")
		w.field(e.Field)
		w.member("window", func() { w.window(e.Window) })
	case *Tag:
		w.open("tag")
		w.list("any", len(e.Any), func(i int) { w.ref(e.Any[i].Ref, e.Any[i].Group) })
	case *Segment:
		w.open("segment")
		w.member("segment", func() { w.ref(e.Ref, "") })
	case *List:
		w.open("list")
		w.member("list", func() { w.ref(e.Ref, "") })
	case *Random:
		w.open("random")
		w.integer("from", e.From)
		w.integer("to", e.To)
		w.text("salt", e.Salt)
	case *Identity:
		w.open("identity")
		w.text("kind", e.Kind)
	case *Reachable:
		w.open("reachable")
		w.text("carrier", e.Carrier)
	case *Consent:
		w.open("consent")
		w.text("purpose", e.Purpose)
		w.text("state", e.State)
	case *Did:
		w.open("did")
		w.text("event", e.Event)
		w.where(e.Where)
		w.text("measure", e.Measure)
		w.text("property", e.Property)
		if e.Is != "" {
			w.comparison(e.Is, e.Values)
		}
		if e.Window != nil {
			w.member("window", func() { w.window(*e.Window) })
		}
	case *Edge:
		w.open(edgeName(e.Last))
		w.text("event", e.Event)
		w.where(e.Where)
		w.member("window", func() { w.window(e.Window) })
	default:
		panic(fmt.Sprintf("predicate: unknown expression %T", e))
	}
	w.close()
}

func edgeName(last bool) string {
	if last {
		return "last"
	}
	return "first"
}

func (w *writer) field(f Field) {
	if f.Trait {
		w.text("trait", f.Name)
	} else {
		w.text("field", f.Name)
	}
}

// comparison writes the operator and its values: one as "value", several as
// "values".
func (w *writer) comparison(is Op, values []Value) {
	w.text("is", string(is))
	switch _, most, _ := is.values(); {
	case most == 1 && len(values) == 1:
		w.member("value", func() { w.value(values[0]) })
	case most > 0:
		w.list("values", len(values), func(i int) { w.value(values[i]) })
	}
}

func (w *writer) value(v Value) {
	switch v.Kind {
	case NumberValue, BoolValue:
		w.b = append(w.b, v.Text...)
	case RefValue:
		w.ref(Ref{ID: v.ID, Name: v.Text}, "")
	default:
		w.b = appendString(w.b, v.Text)
	}
}

func (w *writer) ref(r Ref, group string) {
	w.b = append(w.b, '{')
	w.text("id", r.ID)
	w.text("group", group)
	w.text("name", r.Name)
	w.close()
}

func (w *writer) where(where []Condition) {
	if len(where) == 0 {
		return
	}
	w.list("where", len(where), func(i int) {
		w.b = append(w.b, '{')
		w.text("property", where[i].Property)
		w.comparison(where[i].Is, where[i].Values)
		w.close()
	})
}

func (w *writer) window(v Window) {
	w.b = append(w.b, '{')
	switch v.Kind {
	case Last:
		w.text("last", v.N.String())
	case Next:
		w.text("next", v.N.String())
	case Ago:
		w.text("from_ago", v.N.String())
		w.text("to_ago", v.M.String())
	case Older:
		w.text("before_ago", v.N.String())
	case Period:
		w.text("period", v.Name)
	case Dates:
		w.text("from", v.From)
		w.text("to", v.To)
	case On:
		w.text("on", v.From)
	case Since:
		w.text("since", v.From)
	case Until:
		w.text("until", v.To)
	case After:
		w.text("after", v.From)
	case Before:
		w.text("before", v.To)
	case SinceJoining:
		w.b = append(w.b, `"since_joining":true`...)
	case WithinJoining:
		w.text("within_joining", v.N.String())
	}
	w.close()
}

// appendString writes a JSON string as encoding/json does, but leaves <, > and
// & as they are: operators are read by people.
func appendString(b []byte, s string) []byte {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= ' ' && s[i] != '"' && s[i] != '\\' && s[i] < 0x7f
	}
	if plain {
		return append(append(append(b, '"'), s...), '"')
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return append(b, strings.TrimSuffix(out.String(), "\n")...)
}
