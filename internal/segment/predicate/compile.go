package predicate

import (
	"slices"
	"time"

	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate/plan"
)

// Compiled is what a predicate means at one moment.
type Compiled struct {
	// Expr is the tree with every reference bound: ids, and the names of
	// today. This is the form to store.
	Expr Expr
	// Plan is what evaluators walk, simplified.
	Plan plan.Node
	// Needs is what the truth depends on besides time. It also knows of parts
	// that Plan has lost because they decide nothing now, such as a group that
	// has no tag yet.
	Needs plan.Needs
	// Until is the first moment at which compiling again may give another
	// plan, whatever happens to persons; zero when time alone changes nothing.
	// Days begin at midnight in the org's zone; where hours are counted, it is
	// the next full minute. Segments referred to have an Until of their own.
	Until time.Time
}

// Compile checks a tree against what is defined, looks up its names, and
// gives the plan for the moment now. What is wrong is an errs.CodeInvalid
// error with a field for each problem (at most 20), whose path is "tree" and a
// JSON pointer.
func Compile(e Expr, c *Catalogue, now time.Time) (Compiled, error) {
	out, problems := compile(e, c, now)
	if len(problems) > 0 {
		return Compiled{}, inTree(problems...)
	}
	return out, nil
}

// CompileText is Parse and Compile in one, with the positions of problems in
// the text.
func CompileText(text string, c *Catalogue, now time.Time) (Compiled, error) {
	e, bad := parse(text)
	if bad != nil {
		return Compiled{}, inText(text, *bad)
	}
	out, problems := compile(e, c, now)
	if len(problems) > 0 {
		return Compiled{}, inText(text, problems...)
	}
	return out, nil
}

func compile(e Expr, c *Catalogue, now time.Time) (Compiled, []problem) {
	b := &compiler{c: c, now: now.In(c.zone), until: plan.Max}
	bound, node := b.expr(e)
	if len(b.problems) > 0 {
		return Compiled{}, b.problems
	}
	out := Compiled{Expr: bound, Plan: plan.Simplify(node), Needs: plan.NeedsOf(node)}
	if b.until != plan.Max {
		out.Until = time.UnixMicro(b.until).UTC()
	}
	return out, nil
}

// compiler walks a tree once. path is where it is.
type compiler struct {
	c        *Catalogue
	now      time.Time
	until    int64
	path     []string
	problems []problem
}

// fail notes a problem at the given members below the present path.
func (b *compiler) fail(s span, t i18n.Text, below ...string) {
	if len(b.problems) >= maxProblems || t.IsZero() {
		return
	}
	pointer := ""
	for _, p := range slices.Concat(b.path, below) {
		pointer += p
	}
	b.problems = append(b.problems, problem{s, pointer, t})
}

func (b *compiler) all(of []Expr) (bound []Expr, nodes []plan.Node) {
	bound, nodes = make([]Expr, len(of)), make([]plan.Node, len(of))
	for i, e := range of {
		b.path = append(b.path, "/of", index(i))
		bound[i], nodes[i] = b.expr(e)
		b.path = b.path[:len(b.path)-2]
	}
	return bound, nodes
}

func (b *compiler) expr(e Expr) (Expr, plan.Node) {
	switch e := e.(type) {
	case *And:
		bound, nodes := b.all(e.Of)
		return &And{e.span, bound}, plan.And{Of: nodes}
	case *Or:
		bound, nodes := b.all(e.Of)
		return &Or{e.span, bound}, plan.Or{Of: nodes}
	case *Not:
		b.path = append(b.path, "/of")
		bound, node := b.expr(e.Of)
		b.path = b.path[:len(b.path)-1]
		return &Not{e.span, bound}, plan.Not{Of: node}
	case *Nobody:
		return e, plan.None{}
	case *Compare:
		return b.compare(e)
	case *During:
		return b.during(e)
	case *Anniversary:
		return b.anniversary(e)
	case *Tag:
		return b.tag(e)
	case *Segment:
		r, bad := b.c.find(Segments, e.Ref)
		b.fail(e.Ref.span, bad, "/segment")
		return &Segment{e.span, r}, plan.InSegment{ID: r.ID}
	case *List:
		r, bad := b.c.find(Lists, e.Ref)
		b.fail(e.Ref.span, bad, "/list")
		return &List{e.span, r}, plan.InList{ID: r.ID}
	case *Random:
		return e, plan.Share(e.From, e.To, e.Salt)
	case *Identity:
		b.known(e.span, "/kind", e.Kind, b.c.def.Identities, i18n.T("没有 %s 这种身份", "there is no kind of identity %s", short(e.Kind)))
		return e, plan.Identity{Kind: e.Kind}
	case *Reachable:
		if e.Carrier != "" {
			b.known(e.span, "/carrier", e.Carrier, b.c.def.Carriers, i18n.T("没有 %s 这个载体", "there is no carrier %s", short(e.Carrier)))
		}
		return e, plan.Reachable{Carrier: e.Carrier}
	case *Consent:
		if len(b.c.def.Purposes) > 0 {
			b.known(e.span, "/purpose", e.Purpose, b.c.def.Purposes, i18n.T("没有 %s 这个用途", "there is no purpose %s", short(e.Purpose)))
		}
		return e, plan.Consent{Purpose: e.Purpose, State: e.State}
	case *Did:
		return b.did(e)
	case *Edge:
		return b.edge(e)
	}
	return e, plan.All{} // Everyone
}

func (b *compiler) known(s span, member, name string, known []string, t i18n.Text) {
	if !slices.Contains(known, name) {
		b.fail(s, with(t, nearest(name, known)...), member)
	}
}

func (b *compiler) tag(e *Tag) (Expr, plan.Node) {
	bound := &Tag{e.span, make([]TagRef, len(e.Any))}
	var node plan.Tagged
	for i, r := range e.Any {
		if r.ID == "" && r.Name == "" {
			ids, ok := b.c.groups[r.Group]
			if !ok {
				b.fail(r.span, b.c.noGroup(r.Group), "/any", index(i))
			}
			bound.Any[i] = r
			node.IDs, node.Groups = append(node.IDs, ids...), append(node.Groups, r.Group)
			continue
		}
		r, bad := b.c.tag(r)
		b.fail(r.span, bad, "/any", index(i))
		bound.Any[i] = r
		node.IDs = append(node.IDs, r.ID)
	}
	node.IDs, node.Groups = sorted(node.IDs), sorted(node.Groups)
	return bound, node
}

func sorted(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

// meaning is what a field is: the attribute behind it, and what values it may
// be compared with.
type meaning struct {
	attr    plan.Attr
	options []string
	refers  Thing
	age     bool
}

// field looks a field up and gives it with its key.
func (b *compiler) field(f Field) (Field, meaning, bool) {
	if !f.Trait {
		built, ok := fields[f.Name]
		if !ok {
			b.fail(f.span, noField(f.Name), "/field")
			return f, meaning{}, false
		}
		return f, meaning{plan.Attr{Name: built.Name, Type: built.Type}, built.Values, built.Refers, built.Name == "age"}, true
	}
	t, bad := b.c.trait(f.Name)
	if t == nil {
		b.fail(f.span, bad, "/trait")
		return f, meaning{}, false
	}
	f.Name = t.Key
	return f, meaning{plan.Attr{Name: t.Key, Trait: true, Type: t.Type}, t.Options, NoThing, false}, true
}

func (b *compiler) during(e *During) (Expr, plan.Node) {
	f, m, ok := b.field(e.Field)
	bound := &During{e.span, f, e.Window}
	if !ok {
		return bound, plan.None{}
	}
	if m.attr.Type != plan.Date && m.attr.Type != plan.Instant {
		b.fail(e.Field.span, i18n.T("%[1]s 不是日期", "%[1]s is not a date", f.Name), "/window")
		return bound, plan.None{}
	}
	w, ok := b.window(e.Window)
	switch {
	case !ok:
		return bound, plan.None{}
	case m.attr.Type == plan.Instant:
		from, to := w.instants(b.c.zone)
		if to != plan.Max {
			to--
		}
		return bound, ranged(m.attr, plan.Span{Lo: from, Hi: to})
	case !w.days:
		b.fail(e.Window.span, i18n.T("%[1]s 只有日期，没有钟点，请用 d、w 或 m", "%[1]s is a day without a time: use d, w or m", f.Name), "/window")
	}
	return bound, ranged(m.attr, plan.Span{Lo: w.from, Hi: w.to})
}

func ranged(a plan.Attr, spans ...plan.Span) plan.Node {
	spans = slices.DeleteFunc(spans, func(s plan.Span) bool { return s.Lo > s.Hi })
	if len(spans) == 0 {
		return plan.None{}
	}
	return plan.Range{Attr: a, Spans: spans}
}

// window checks and resolves a window other than those of joining.
func (b *compiler) window(w Window) (stretch, bool) {
	bad := i18n.Text{}
	switch w.Kind {
	case SinceJoining, WithinJoining:
		bad = i18n.T("这里不能用 joining", "joining has no meaning here")
	case Ago:
		if w.N.Unit != w.M.Unit {
			bad = i18n.T("两个时长应用同一个单位", "both lengths of time must have the same unit")
		} else if w.N.N <= w.M.N {
			bad = i18n.T("应从较早到较晚，例如 between 60d and 30d ago", "write the earlier first: between 60d and 30d ago")
		}
	case Dates:
		if w.From > w.To {
			bad = i18n.T("开始日期晚于结束日期", "it ends before it begins")
		}
	}
	if !bad.IsZero() {
		b.fail(w.span, bad, "/window")
		return stretch{}, false
	}
	s := w.resolve(b.now)
	b.until = min(b.until, s.until)
	return s, true
}

func (b *compiler) anniversary(e *Anniversary) (Expr, plan.Node) {
	f, m, ok := b.field(e.Field)
	bound := &Anniversary{e.span, f, e.Window}
	if !ok {
		return bound, plan.None{}
	}
	if m.attr.Type != plan.Date {
		b.fail(e.Field.span, i18n.T("%[1]s 不是不带钟点的日期，没有周年", "%[1]s is not a plain date and has no anniversary", f.Name), "/window")
		return bound, plan.None{}
	}
	switch e.Window.Kind {
	case Last, Next, Ago, Period:
	default:
		b.fail(e.Window.span, i18n.T("周年应在今天前后的一段时间，例如 today、this month、in next 7d", "an anniversary lies in a time around today, such as today, this month, in next 7d"), "/window")
		return bound, plan.None{}
	}
	w, ok := b.window(e.Window)
	if ok && !w.days {
		b.fail(e.Window.span, i18n.T("周年按天计算，请用 d、w 或 m", "anniversaries go by days: use d, w or m"), "/window")
	}
	if len(b.problems) > 0 {
		return bound, plan.None{}
	}
	return bound, plan.Days{Attr: m.attr, Spans: yearDays(plan.Day(w.from), plan.Day(w.to))}
}
