package oracle

import (
	"strconv"
	"strings"

	"fishpond/internal/segment/predicate/plan"
)

// step is one name of a path; each: all elements of the list there.
type step struct {
	name string
	each bool
}

// steps reads a path. It reports false for one that leads nowhere: names are
// letters, digits and underscores, so that they need no escaping.
func steps(path string) (out []step, lists, ok bool) {
	for name := range strings.SplitSeq(path, ".") {
		name, each := strings.CutSuffix(name, "[]")
		if name == "" || strings.ContainsFunc(name, func(r rune) bool {
			return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			return nil, false, false
		}
		out, lists = append(out, step{name, each}), lists || each
	}
	return out, lists, true
}

// plainSteps are the steps of a property that is one value.
func plainSteps(p plan.Prop) ([]step, bool) {
	s, lists, ok := steps(p.Path)
	return s, ok && !lists
}

// listSteps are the steps to the elements of a list.
func listSteps(p plan.Prop) ([]step, bool) {
	s, lists, ok := steps(p.Path)
	if ok && !lists {
		s[len(s)-1].each = true
	}
	return s, ok
}

// route is a path for SQLite.
func route(s []step) string {
	var out strings.Builder
	out.WriteByte('$')
	for _, step := range s {
		out.WriteString(`."` + step.name + `"`)
	}
	return out.String()
}

// jsonpath is a path for PostgreSQL to the values that meet a filter. It fails
// nowhere, and unwraps nothing that plan.Eval does not.
func jsonpath(s []step, filter string) string {
	var out strings.Builder
	out.WriteString("strict $")
	for _, step := range s {
		out.WriteString(` ? (exists(@."` + step.name + `"))."` + step.name + `"`)
		if step.each {
			out.WriteString(` ? (@.type() == "array")[*]`)
		}
	}
	out.WriteString(" ? (" + filter + ")")
	return out.String()
}

// first writes the value at a path that meets a filter, or NULL. (PostgreSQL)
func (b *builder) first(s []step, filter, after string) {
	b.put("(jsonb_path_query_first(e.data::jsonb, ")
	b.path(jsonpath(s, filter))
	b.put(", '{}', TRUE))" + after)
}

// there writes whether a value at a path meets a filter. (PostgreSQL)
func (b *builder) there(s []step, filter string) {
	b.put("COALESCE(jsonb_path_exists(e.data::jsonb, ")
	b.path(jsonpath(s, filter))
	b.put(", '{}', TRUE), FALSE)")
}

// call writes a JSON function of SQLite on a path of the event's data.
func (b *builder) call(function string, s []step) {
	b.put(function + "(e.data, ")
	b.text(route(s))
	b.put(")")
}

const unset = "CAST(NULL AS BIGINT)"

// Numbers are compared as float64. The greatest that is not beyond a limit
// lies half a unit of its last place above it, and the least that is not 0 at
// about 2.5e-324; PostgreSQL refuses to convert what is beyond either.
const (
	tiny       = "3e-324"
	wholeLimit = "1000000000000000.0625"   // plan.MaxMoney
	fixedLimit = "100000000000000.0078125" // plan.MaxNumber
)

// number writes an ordered property in the units of its type, or NULL, also
// when beyond limit.
func (b *builder) number(p plan.Prop, limit int64) {
	s, ok := plainSteps(p)
	switch {
	case ok && (p.Type == plan.Count || p.Type == plan.Money):
		b.whole(s, min(limit, plan.MaxMoney))
	case ok && p.Type == plan.Number && limit < plan.Max:
		b.put("CASE WHEN ")
		b.fixed(s)
		b.put(" BETWEEN ")
		b.int(-limit)
		b.put(" AND ")
		b.int(limit)
		b.put(" THEN ")
		b.fixed(s)
		b.put(" END")
	case ok && p.Type == plan.Number:
		b.fixed(s)
	default:
		b.put(unset)
	}
}

func (b *builder) whole(s []step, limit int64) {
	if !b.pg {
		value := func() { b.call("json_extract", s) }
		b.put("CASE WHEN ")
		b.call("json_type", s)
		b.put(" IN ('integer', 'real') AND ")
		value()
		b.put(" BETWEEN ")
		b.int(-limit)
		b.put(" AND ")
		b.int(limit)
		b.put(" AND ")
		value()
		b.put(" = CAST(")
		value()
		b.put(" AS INTEGER) THEN CAST(")
		value()
		b.put(" AS INTEGER) END")
		return
	}
	// Nearly all numbers are plainly whole, and read once, as they are written.
	// Of others it must be seen what they are as float64.
	odd := func() {
		b.first(s, `@.type() == "number" && @.abs() >= `+tiny+` && @.abs() <= `+wholeLimit, "::float8")
	}
	b.put("COALESCE(substring((e.data::json")
	for _, step := range s {
		b.put(" -> ")
		b.text(step.name)
	}
	digits := len(strconv.FormatInt(limit, 10)) - 1
	b.put(")::text FROM '^-?[0-9]{1," + strconv.Itoa(digits) + "}$')::bigint")
	b.put(", CASE WHEN ")
	odd()
	b.put(" BETWEEN ")
	b.int(-limit)
	b.put(" AND ")
	b.int(limit)
	b.put(" AND ")
	odd()
	b.put(" = trunc(")
	odd()
	b.put(") THEN ")
	odd()
	b.put("::bigint WHEN ")
	b.there(s, `@.type() == "number" && @.abs() < `+tiny)
	b.put(" THEN 0 END)")
}

// fixed rounds as plan.Fixed does.
func (b *builder) fixed(s []step) {
	if !b.pg {
		value := func() { b.call("json_extract", s) }
		b.put("CASE WHEN ")
		b.call("json_type", s)
		b.put(" IN ('integer', 'real') AND ")
		value()
		b.put(" BETWEEN -1e14 AND 1e14 THEN CAST(")
		value()
		b.put(" * 10000.0 + CASE WHEN ")
		value()
		b.put(" < 0 THEN -0.5 ELSE 0.5 END AS INTEGER) END")
		return
	}
	b.put("COALESCE(trunc(")
	b.first(s, `@.type() == "number" && @ >= `+tiny+` && @ <= `+fixedLimit, "::float8 * 10000 + 0.5)::bigint")
	b.put(", trunc(")
	b.first(s, `@.type() == "number" && @ <= -`+tiny+` && @ >= -`+fixedLimit, "::float8 * 10000 - 0.5)::bigint")
	b.put(", CASE WHEN ")
	b.there(s, `@.type() == "number" && @.abs() < `+tiny)
	b.put(" THEN 0 END)")
}

// word writes a property that is a text, or NULL.
func (b *builder) word(p plan.Prop) {
	s, ok := plainSteps(p)
	switch {
	case !ok:
		b.put("CAST(NULL AS TEXT)")
	case b.pg:
		b.first(s, `@.type() == "string"`, " #>> '{}'")
	default:
		b.put("CASE ")
		b.call("json_type", s)
		b.put(" WHEN 'text' THEN ")
		b.call("json_extract", s)
		b.put(" END")
	}
}

// condition writes a condition on one property; NULL counts as false.
func (b *builder) condition(c plan.Cond) {
	if c.Test == plan.IsThere {
		if c.Not {
			b.put("NOT ")
		}
		b.present(c.Prop)
		return
	}
	b.put("(")
	if c.Not {
		b.present(c.Prop)
		b.put(" AND NOT ")
	}
	b.put("(")
	b.met(c)
	b.put("))")
}

// met writes whether a property that is set meets a test.
func (b *builder) met(c plan.Cond) {
	t := c.Prop.Type
	switch {
	case c.Test == plan.OneOf && t == plan.List:
		b.elements(c.Prop, func(value func()) {
			b.put(" AND ")
			b.oneOf(value, c.Values)
		})
	case c.Test == plan.OneOf && t == plan.Text:
		b.oneOf(func() { b.word(c.Prop) }, c.Values)
	case (c.Test == plan.Contains || c.Test == plan.Prefix) && t == plan.Text:
		b.matches(func() { b.word(c.Prop) }, c.Values[0], c.Test == plan.Prefix)
	case c.Test == plan.Within && t.Ordered():
		b.spans(func() { b.number(c.Prop, plan.Max) }, c.Spans)
	case c.Test == plan.Is && t == plan.Bool:
		b.truth(c.Prop, c.Want)
	default:
		b.put("FALSE")
	}
}

func (b *builder) truth(p plan.Prop, want bool) {
	s, ok := plainSteps(p)
	word := strconv.FormatBool(want)
	switch {
	case !ok:
		b.put("FALSE")
	case b.pg:
		b.there(s, "@ == "+word)
	default:
		b.put("COALESCE(")
		b.call("json_type", s)
		b.put(" = '" + word + "', FALSE)")
	}
}

// present writes whether a property is set: true or false, never NULL.
func (b *builder) present(p plan.Prop) {
	s, lists, ok := steps(p.Path)
	switch {
	case !ok:
		b.put("FALSE")
	case p.Type == plan.List:
		b.elements(p, func(func()) {})
	case p.Type == 0 && lists:
		b.put("TRUE") // as many as are found, if only none
	case p.Type == 0 && b.pg:
		b.there(s, `@.type() != "null"`)
	case p.Type == 0:
		b.put("(COALESCE(")
		b.call("json_type", s)
		b.put(", 'null') <> 'null')")
	case p.Type == plan.Text:
		b.put("(COALESCE(")
		b.word(p)
		b.put(", '') <> '')")
	case p.Type == plan.Bool && lists:
		b.put("FALSE")
	case p.Type == plan.Bool && b.pg:
		b.there(s, `@.type() == "boolean"`)
	case p.Type == plan.Bool:
		b.put("(COALESCE(")
		b.call("json_type", s)
		b.put(", '') IN ('true', 'false'))")
	default:
		b.put("(")
		b.number(p, plan.Max)
		b.put(" IS NOT NULL)")
	}
}

// elements writes whether a list has a text that meets a test, which writes a
// further condition on it.
func (b *builder) elements(p plan.Prop, test func(value func())) {
	s, ok := listSteps(p)
	if !ok {
		b.put("FALSE")
		return
	}
	if b.pg {
		b.put("EXISTS (SELECT 1 FROM jsonb_path_query(e.data::jsonb, ")
		b.path(jsonpath(s, `@.type() == "string"`))
		b.put(", '{}', TRUE) AS x(v) WHERE TRUE")
		test(func() { b.put("(x.v #>> '{}')") })
		b.put(")")
		return
	}
	// Of a list json_each gives the elements with their numbers, of an object
	// the members with their names.
	b.put("EXISTS (SELECT 1 FROM ")
	data, last, level := "e.data", []step(nil), 0
	for len(s) > 0 {
		n := 0
		for n < len(s) && !s[n].each {
			n++
		}
		if n == len(s) {
			last = s
			break
		}
		if level > 0 {
			b.put(" JOIN ")
		}
		name := "x" + strconv.Itoa(level)
		b.put("json_each(" + data + ", ")
		b.text(route(s[:n+1]))
		b.put(") " + name)
		if level > 0 {
			b.put(" ON typeof(" + name + ".key) = 'integer'")
		}
		data = "CASE " + name + ".type WHEN 'object' THEN " + name + ".value END"
		s, level = s[n+1:], level+1
	}
	x := "x" + strconv.Itoa(level-1)
	b.put(" WHERE typeof(x0.key) = 'integer' AND ")
	if last == nil {
		b.put(x + ".type = 'text'")
		test(func() { b.put(x + ".value") })
		b.put(")")
		return
	}
	value := func(function string) {
		b.put(function + "(" + data + ", ")
		b.text(route(last))
		b.put(")")
	}
	value("json_type")
	b.put(" = 'text'")
	test(func() { value("json_extract") })
	b.put(")")
}
