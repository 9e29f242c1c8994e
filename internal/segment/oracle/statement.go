package oracle

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"fishpond/internal/segment/predicate/plan"
)

// statement is what all parts of one statement share.
type statement struct {
	pg       bool
	orgID    string
	o        Options
	inline   bool              // segments referred to are written in place
	tables   [][]part          // of each segment referred to, in the order of definition
	segments map[string]string // id → name of its table; empty: nobody
}

// part is constant text, or an argument with its type.
type part struct {
	text string
	cast string // not empty: an argument
	arg  any
}

// builder writes one SELECT.
type builder struct {
	*statement
	lookup bool // each person is looked up, for there are few
	tests  int  // sub-selects so far
	parts  []part
}

func (b *builder) put(text string) { b.parts = append(b.parts, part{text: text}) }

func (b *builder) text(v string) { b.parts = append(b.parts, part{cast: "text", arg: v}) }

func (b *builder) path(v string) {
	cast := "text"
	if b.pg {
		cast = "jsonpath"
	}
	b.parts = append(b.parts, part{cast: cast, arg: v})
}

func (b *builder) int(v int64) { b.parts = append(b.parts, part{cast: "bigint", arg: v}) }

// org binds the org to a column.
func (b *builder) org(column string) {
	b.put(column + " = ")
	b.text(b.orgID)
}

// ints binds any number of integers as one argument.
func (b *builder) ints(v []int64) {
	if b.pg {
		b.parts = append(b.parts, part{cast: "bigint[]", arg: v})
		return
	}
	b.parts = append(b.parts, part{cast: "text", arg: list(v)})
}

// list is a JSON list, for SQLite to read.
func list(v any) string {
	j, err := json.Marshal(v)
	if err != nil {
		panic("oracle: texts and integers do not marshal: " + err.Error()) // cannot happen
	}
	return string(j)
}

// oneOf is whether what expr writes is one of some texts. Those that cannot be
// stored are nobody's.
func (b *builder) oneOf(expr func(), values []string) {
	known := make([]string, 0, len(values))
	for _, v := range values {
		if storable(v) {
			known = append(known, v)
		}
	}
	switch {
	case len(known) == 0:
		b.put("FALSE")
	case len(known) == 1:
		expr()
		b.put(" = ")
		b.text(known[0])
	case b.pg:
		expr()
		b.put(" = ANY(")
		b.parts = append(b.parts, part{cast: "text[]", arg: known})
		b.put(")")
	default:
		expr()
		b.put(" IN (SELECT value FROM json_each(")
		b.text(list(known))
		b.put("))")
	}
}

func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// matches is whether what expr writes contains a text or starts with it, byte
// by byte.
func (b *builder) matches(expr func(), text string, prefix bool) {
	if !storable(text) {
		b.put("FALSE")
		return
	}
	switch {
	case b.pg && prefix:
		b.put("starts_with(")
	case b.pg:
		b.put("strpos(")
	case prefix:
		b.put("substr(")
	default:
		b.put("instr(")
	}
	expr()
	b.put(", ")
	if !b.pg && prefix {
		b.put("1, length(")
		b.text(text)
		b.put(")) = ")
		b.text(text)
		return
	}
	b.text(text)
	b.put(")")
	if !prefix {
		b.put(" > 0")
	}
}

// fewSpans are written out; more go into one argument.
const fewSpans = 4

// spans is whether what expr writes lies in one of some spans; NULL does not,
// and may make the whole NULL.
func (b *builder) spans(expr func(), spans []plan.Span) {
	points := make([]int64, 0, len(spans))
	var wide []plan.Span
	for _, s := range spans {
		if s.Lo == s.Hi {
			points = append(points, s.Lo)
		} else {
			wide = append(wide, s)
		}
	}
	if len(spans) == 0 {
		b.put("FALSE")
		return
	}
	b.put("(")
	switch {
	case len(points) == 0:
	case len(points) == 1:
		expr()
		b.put(" = ")
		b.int(points[0])
	case b.pg:
		expr()
		b.put(" = ANY(")
		b.ints(points)
		b.put(")")
	default:
		expr()
		b.put(" IN (SELECT value FROM json_each(")
		b.ints(points)
		b.put("))")
	}
	if len(points) > 0 && len(wide) > 0 {
		b.put(" OR ")
	}
	switch {
	case len(wide) == 0:
	case len(wide) <= fewSpans:
		for i, s := range wide {
			if i > 0 {
				b.put(" OR ")
			}
			b.span(expr, s)
		}
	case b.pg:
		lo, hi := make([]int64, len(wide)), make([]int64, len(wide))
		for i, s := range wide {
			lo[i], hi[i] = s.Lo, s.Hi
		}
		b.put("EXISTS (SELECT 1 FROM unnest(")
		b.ints(lo)
		b.put(", ")
		b.ints(hi)
		b.put(") AS s(lo, hi) WHERE ")
		expr()
		b.put(" BETWEEN s.lo AND s.hi)")
	default:
		pairs := make([][2]int64, len(wide))
		for i, s := range wide {
			pairs[i] = [2]int64{s.Lo, s.Hi}
		}
		b.put("EXISTS (SELECT 1 FROM json_each(")
		b.text(list(pairs))
		b.put(") s WHERE ")
		expr()
		b.put(" BETWEEN s.value ->> 0 AND s.value ->> 1)")
	}
	b.put(")")
}

func (b *builder) span(expr func(), s plan.Span) {
	expr()
	switch {
	case s.Lo == plan.Min && s.Hi == plan.Max:
		b.put(" IS NOT NULL")
	case s.Lo == plan.Min:
		b.put(" <= ")
		b.int(s.Hi)
	case s.Hi == plan.Max:
		b.put(" >= ")
		b.int(s.Lo)
	default:
		b.put(" BETWEEN ")
		b.int(s.Lo)
		b.put(" AND ")
		b.int(s.Hi)
	}
}

// gaps are the spans between spans.
func gaps(spans []plan.Span) (out []plan.Span) {
	from, open := int64(plan.Min), true
	for _, s := range spans {
		if s.Lo > from {
			out = append(out, plan.Span{Lo: from, Hi: s.Lo - 1})
		}
		if open = s.Hi != plan.Max; !open {
			break
		}
		from = s.Hi + 1
	}
	if open {
		out = append(out, plan.Span{Lo: from, Hi: plan.Max})
	}
	return out
}

// render joins the parts. PostgreSQL's placeholders are numbered here, the
// same argument once: db.Tx would keep every text that it numbers.
func (s *statement) render(main []part) (string, []any) {
	var out strings.Builder
	var args []any
	type known struct {
		cast string
		arg  any
	}
	seen := map[known]int{}
	write := func(parts []part) {
		for _, p := range parts {
			switch {
			case p.cast == "":
				out.WriteString(p.text)
			case !s.pg:
				out.WriteByte('?')
				args = append(args, p.arg)
			default:
				n := 0
				key := known{p.cast, nil}
				switch p.arg.(type) {
				case string, int64:
					key.arg = p.arg
					n = seen[key]
				}
				if n == 0 {
					args = append(args, p.arg)
					if n = len(args); key.arg != nil {
						seen[key] = n
					}
				}
				out.WriteByte('$')
				out.WriteString(strconv.Itoa(n))
				out.WriteString("::")
				out.WriteString(p.cast)
			}
		}
	}
	with := "WITH "
	begin := func(name string) {
		out.WriteString(with + name + "(seq) AS (")
		with = ", "
	}
	if s.o.Among != nil && !s.pg {
		begin("among")
		write([]part{{text: "SELECT value FROM json_each("}, {cast: "text", arg: list(s.o.Among)}, {text: "))"}})
	}
	for i, t := range s.tables {
		begin(tableName(i))
		write(t)
		out.WriteString(")")
	}
	if with != "WITH " {
		out.WriteByte(' ')
	}
	write(main)
	return out.String(), args
}

func tableName(i int) string { return "s" + strconv.Itoa(i) }
