package predicate

import (
	"slices"
	"strings"
	"unicode"

	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate/plan"
)

// Decode reads the JSON form. What is wrong is an errs.CodeInvalid error with
// one field whose path is "tree" and a JSON pointer: tree/of/0/value.
func Decode(data []byte) (Expr, error) {
	v, bad := readJSON(data)
	if bad == nil {
		d := &decoder{}
		if e := d.expr(v, 1); d.bad == nil {
			return e, nil
		}
		bad = d.bad
	}
	return nil, inTree(*bad)
}

// decoder turns JSON values into a tree. After the first problem what it
// returns means nothing.
type decoder struct {
	nodes int
	bad   *problem
}

func (d *decoder) fail(v *value, t i18n.Text) {
	if d.bad == nil {
		d.bad = &problem{pointer: v.pointer(), text: t}
	}
}

// object looks at a value as an object; take each member, then call done.
func (d *decoder) object(v *value) *object {
	if v.kind != '{' {
		d.fail(v, i18n.T("应为对象", "expected an object"))
		return &object{d: d, v: &value{kind: '{'}}
	}
	return &object{d: d, v: v}
}

type object struct {
	d     *decoder
	v     *value
	taken []string
}

// member gives a member, or nil when there is none.
func (o *object) member(name string) *value {
	o.taken = append(o.taken, name)
	return o.v.member(name)
}

// must gives a member that has to be there.
func (o *object) must(name string) *value {
	v := o.member(name)
	if v == nil {
		o.d.fail(o.v, i18n.T("缺少 %s", "%s is missing", name))
		v = &value{}
	}
	return v
}

// done refuses members that nobody asked for.
func (o *object) done() {
	for i, name := range o.v.names {
		if !slices.Contains(o.taken, name) {
			o.d.fail(o.v.items[i], with(i18n.T("这里没有 %s 这一项", "there is no %s here", short(name)), nearest(name, o.taken)...))
		}
	}
}

// text reads a text that is there and not empty.
func (d *decoder) text(v *value) string {
	s := d.anyText(v)
	if s == "" {
		d.fail(v, i18n.T("应为不空的文本", "expected a text that is not empty"))
	}
	return s
}

func (d *decoder) anyText(v *value) string {
	if v.kind != '"' {
		d.fail(v, i18n.T("应为文本", "expected a text"))
	}
	if tooLong(v.text) {
		d.fail(v, valueTooLong)
	}
	if strings.IndexFunc(v.text, unicode.IsControl) >= 0 {
		d.fail(v, i18n.T("文字里不能有换行等控制字符", "A text cannot hold line breaks or control characters"))
	}
	return v.text
}

// optional reads a text that may be missing, but not be empty.
func (o *object) optional(name string) string {
	if v := o.member(name); v != nil {
		return o.d.text(v)
	}
	return ""
}

// list reads a list of at least some entries.
func (d *decoder) list(v *value, least int, each func(v *value)) {
	switch {
	case v.kind != '[':
		d.fail(v, i18n.T("应为列表", "expected a list"))
	case len(v.items) < least:
		d.fail(v, i18n.T("至少要有 %d 项", "expected at least %d entries", least))
	default:
		for _, item := range v.items {
			each(item)
		}
	}
}

func (d *decoder) count(v *value) {
	if d.nodes++; d.nodes > MaxNodes {
		d.fail(v, i18n.T("条件太多，最多 %d 个", "Too many conditions: at most %d", MaxNodes))
	}
}

func (d *decoder) expr(v *value, depth int) Expr {
	if d.count(v); depth > MaxDepth {
		d.fail(v, i18n.T("嵌套太深，最多 %d 层", "Nested too deeply: at most %d levels", MaxDepth))
	}
	if d.bad != nil {
		return &Nobody{}
	}
	o := d.object(v)
	op := o.must("op")
	e := d.node(o, d.text(op), depth)
	if e == nil {
		d.fail(op, with(i18n.T("没有 %s 这种条件", "there is no condition %s", short(op.text)), nearest(op.text, ops)...))
		return nil
	}
	o.done()
	return e
}

var ops = []string{"and", "or", "not", "everyone", "nobody", "compare", "during", "anniversary", "tag", "segment", "list", "random",
	"identity", "reachable", "consent", "did", "first", "last"}

// node reads what belongs to op, or gives nil when there is no such op.
func (d *decoder) node(o *object, op string, depth int) Expr {
	switch op {
	case "and", "or":
		var of []Expr
		d.list(o.must("of"), 2, func(v *value) { of = append(of, d.expr(v, depth+1)) })
		if op == "and" {
			return &And{Of: of}
		}
		return &Or{Of: of}
	case "not":
		return &Not{Of: d.expr(o.must("of"), depth+1)}
	case "everyone":
		return &Everyone{}
	case "nobody":
		return &Nobody{}
	case "compare":
		e := &Compare{Field: d.field(o)}
		e.Is, e.Values = d.comparison(o, false)
		return e
	case "during":
		return &During{Field: d.field(o), Window: d.window(o.must("window"))}
	case "anniversary":
		return &Anniversary{Field: d.field(o), Window: d.window(o.must("window"))}
	case "tag":
		e := &Tag{}
		d.list(o.must("any"), 1, func(v *value) {
			r, group := d.ref(v, true)
			e.Any = append(e.Any, TagRef{Ref: r, Group: group})
		})
		return e
	case "segment":
		r, _ := d.ref(o.must("segment"), false)
		return &Segment{Ref: r}
	case "list":
		r, _ := d.ref(o.must("list"), false)
		return &List{Ref: r}
	case "random":
		e := &Random{From: d.share(o.member("from"), 0), To: d.share(o.must("to"), 10000), Salt: o.optional("salt")}
		if e.From >= e.To {
			d.fail(o.v, i18n.T("from 应小于 to", "from must be less than to"))
		}
		return e
	case "identity":
		return &Identity{Kind: d.text(o.must("kind"))}
	case "reachable":
		return &Reachable{Carrier: o.optional("carrier")}
	case "consent":
		e := &Consent{Purpose: d.text(o.must("purpose"))}
		state := o.must("state")
		if e.State = state.text; !slices.Contains(consentStates, e.State) {
			d.fail(state, i18n.T("应为 granted、withdrawn 或 none", "expected granted, withdrawn or none"))
		}
		return e
	case "did":
		return d.did(o)
	case "first", "last":
		return &Edge{Last: op == "last", Event: d.text(o.must("event")), Where: d.where(o), Window: d.window(o.must("window"))}
	}
	return nil
}

var consentStates = []string{"granted", "withdrawn", "none"}

func (d *decoder) did(o *object) Expr {
	e := &Did{Event: d.text(o.must("event")), Where: d.where(o), Measure: o.optional("measure")}
	switch e.Measure {
	case "count":
		e.Measure = ""
	case "":
	case "sum", "min", "max", "avg":
		e.Property = d.text(o.must("property"))
	default:
		d.fail(o.member("measure"), i18n.T("应为 count、sum、min、max 或 avg", "expected count, sum, min, max or avg"))
	}
	if is := o.member("is"); is != nil || e.Measure != "" {
		if e.Is, e.Values = d.comparison(o, true); is != nil && !counting(e.Is) {
			d.fail(is, i18n.T("这里只能用 =、!=、<、<=、>、>= 或 between", "only =, !=, <, <=, >, >= or between can stand here"))
		}
	}
	if w := o.member("window"); w != nil {
		window := d.window(w)
		e.Window = &window
	}
	return e
}

func (d *decoder) share(v *value, otherwise int) int {
	if v == nil {
		return otherwise
	}
	n, ok := scaled(v.text, 0)
	if v.kind != '0' || !ok || n < 0 || n > 10000 {
		d.fail(v, i18n.T("应为 0–10000 的整数（万分比）", "expected a whole number from 0 to 10000, in basis points"))
	}
	return int(n)
}

func (d *decoder) field(o *object) Field {
	builtin, trait := o.member("field"), o.member("trait")
	switch {
	case (builtin == nil) == (trait == nil):
		d.fail(o.v, i18n.T("应有 field 或 trait 之一", "expected either field or trait"))
		return Field{}
	case trait != nil:
		return Field{Name: d.text(trait), Trait: true}
	}
	f := Field{Name: d.text(builtin)}
	if _, ok := fields[f.Name]; !ok {
		d.fail(builtin, noField(f.Name))
	}
	return f
}

// comparison reads is, value and values.
func (d *decoder) comparison(o *object, numbers bool) (Op, []Value) {
	v := o.must("is")
	is := Op(d.text(v))
	least, most, ok := is.values()
	if !ok {
		d.fail(v, with(i18n.T("没有 %s 这种比较", "there is no comparison %s", short(string(is))), nearest(string(is), allOps)...))
		return is, nil
	}
	var values []Value
	each := func(v *value) {
		if numbers && v.kind != '0' {
			d.fail(v, i18n.T("应为数字", "expected a number"))
		}
		values = append(values, d.value(v))
	}
	switch {
	case most == 1:
		each(o.must("value"))
	case most > 1:
		list := o.must("values")
		if d.list(list, least, each); len(values) > most {
			d.fail(list, i18n.T("最多 %d 项", "expected at most %d entries", most))
		}
	}
	return is, values
}

var allOps = []string{"=", "!=", "<", "<=", ">", ">=", "between", "in", "not in", "contains", "starts with", "set", "unset", "has any", "has all", "has none"}

func (d *decoder) value(v *value) Value {
	switch v.kind {
	case '"':
		return Value{Kind: TextValue, Text: d.anyText(v)}
	case '0':
		return Value{Kind: NumberValue, Text: v.text}
	case 't':
		return Value{Kind: BoolValue, Text: v.text}
	case '{':
		r, _ := d.ref(v, false)
		if r.ID == "" {
			d.fail(v, i18n.T("缺少 id；只写名称时直接用文本", "id is missing; a name alone is written as a text"))
		}
		return Value{Kind: RefValue, ID: r.ID, Text: r.Name}
	}
	d.fail(v, i18n.T("应为文本、数字、true、false 或 {id, name}", "expected a text, a number, true, false or {id, name}"))
	return Value{}
}

func (d *decoder) ref(v *value, tag bool) (r Ref, group string) {
	o := d.object(v)
	r.ID, r.Name = o.optional("id"), o.optional("name")
	if tag {
		group = o.optional("group")
	}
	if o.done(); r.ID == "" && r.Name == "" && group == "" {
		d.fail(v, i18n.T("应有 id 或 name", "expected an id or a name"))
	}
	return r, group
}

func (d *decoder) where(o *object) (out []Condition) {
	v := o.member("where")
	if v == nil {
		return nil
	}
	d.list(v, 1, func(v *value) {
		d.count(v)
		c := d.object(v)
		condition := Condition{Property: d.text(c.must("property"))}
		condition.Is, condition.Values = d.comparison(c, false)
		c.done()
		out = append(out, condition)
	})
	return out
}

// window reads {"last":"90d"} and its like: exactly one way of saying when.
func (d *decoder) window(v *value) (w Window) {
	o := d.object(v)
	names := slices.Clone(o.v.names)
	slices.Sort(names)
	switch key := strings.Join(names, " "); key {
	case "last":
		w.Kind, w.N = Last, d.length(o.member("last"))
	case "next":
		w.Kind, w.N = Next, d.length(o.member("next"))
	case "from_ago to_ago":
		w.Kind, w.N, w.M = Ago, d.length(o.member("from_ago")), d.length(o.member("to_ago"))
	case "before_ago":
		w.Kind, w.N = Older, d.length(o.member("before_ago"))
	case "period":
		name := o.member("period")
		if w.Kind, w.Name = Period, d.text(name); !slices.Contains(periods, w.Name) {
			d.fail(name, with(i18n.T("没有 %s 这个时段", "there is no period %s", short(w.Name)), nearest(w.Name, periods)...))
		}
	case "from to":
		w.Kind, w.From, w.To = Dates, d.date(o.member("from")), d.date(o.member("to"))
	case "on":
		w.Kind, w.From = On, d.date(o.member("on"))
	case "since":
		w.Kind, w.From = Since, d.date(o.member("since"))
	case "until":
		w.Kind, w.To = Until, d.date(o.member("until"))
	case "after":
		w.Kind, w.From = After, d.date(o.member("after"))
	case "before":
		w.Kind, w.To = Before, d.date(o.member("before"))
	case "since_joining":
		w.Kind = SinceJoining
		if v := o.member(key); v.text != "true" || v.kind != 't' {
			d.fail(v, i18n.T("应为 true", "expected true"))
		}
	case "within_joining":
		w.Kind, w.N = WithinJoining, d.length(o.member(key))
	default:
		d.fail(v, i18n.T("时间应只用一种写法：last、next、from_ago 与 to_ago、before_ago、period、from 与 to、on、since、until、after、before、since_joining 或 within_joining",
			"say when in one way: last, next, from_ago and to_ago, before_ago, period, from and to, on, since, until, after, before, since_joining or within_joining"))
	}
	return w
}

func (d *decoder) length(v *value) Span {
	s, ok := parseSpan(d.text(v))
	if problem := s.check(); !ok || !problem.IsZero() {
		d.fail(v, problem)
	}
	return s
}

func (d *decoder) date(v *value) string {
	s := d.text(v)
	if _, ok := plan.ParseDay(s); !ok {
		d.fail(v, i18n.T("应为日期，例如 2026-01-02", "expected a date, such as 2026-01-02"))
	}
	return s
}

func noField(name string) i18n.Text {
	var known []string
	for _, f := range BuiltIns {
		known = append(known, f.Name)
	}
	if same, ok := alike[strings.ToLower(name)]; ok {
		return with(i18n.T("没有 %s 这个字段", "there is no field %s", short(name)), same)
	}
	return with(i18n.T("没有 %s 这个字段", "there is no field %s", short(name)), nearest(name, known)...)
}
