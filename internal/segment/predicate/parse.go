package predicate

import (
	"strings"

	"fishpond/internal/platform/i18n"
)

// Parse reads the text form. What is wrong is an errs.CodeInvalid error with
// one field whose path is "text" and whose Value is a [Position].
func Parse(text string) (Expr, error) {
	e, bad := parse(text)
	if bad != nil {
		return nil, inText(text, *bad)
	}
	return e, nil
}

func parse(text string) (Expr, *problem) {
	lexer, bad := begin(text)
	if bad != nil {
		return nil, bad
	}
	p := &parser{lexer: lexer}
	e := p.or()
	if p.bad == nil && p.peek().kind != endToken {
		p.expected(i18n.T("and、or 或条件结束", "and, or, or the end"))
	}
	if p.bad == nil && deep(e, MaxDepth) {
		p.tooDeep(e.at())
	}
	return e, p.bad
}

// deep reports whether a tree is deeper than n.
func deep(e Expr, n int) bool {
	if n == 0 {
		return true
	}
	switch e := e.(type) {
	case *And:
		for _, x := range e.Of {
			if deep(x, n-1) {
				return true
			}
		}
	case *Or:
		for _, x := range e.Of {
			if deep(x, n-1) {
				return true
			}
		}
	case *Not:
		return deep(e.Of, n-1)
	}
	return false
}

// parser walks the tokens. After the first problem every token is the end, so
// that everything above it comes to its end too.
type parser struct {
	lexer *lexer
	ready []token // lexed and not taken; at most three
	to    int     // where the last token taken ends
	depth int
	nodes int
	bad   *problem
}

// look gives the token so many places ahead.
func (p *parser) look(places int) token {
	for len(p.ready) <= places {
		if p.bad != nil {
			end := len(p.lexer.text)
			return token{span: span{end, end}}
		}
		t, bad := p.lexer.next()
		if bad != nil {
			p.fail(bad.span, bad.text)
			continue
		}
		p.ready = append(p.ready, t)
	}
	return p.ready[places]
}

func (p *parser) peek() token { return p.look(0) }

func (p *parser) ahead() token { return p.look(1) }

func (p *parser) take() token {
	t := p.look(0)
	if len(p.ready) > 0 {
		p.ready = p.ready[:copy(p.ready, p.ready[1:])]
		p.to = t.to
	}
	return t
}

// accept takes the next token if it is one of the keywords.
func (p *parser) accept(keywords ...string) bool {
	if p.peek().is(keywords...) {
		p.take()
		return true
	}
	return false
}

func (p *parser) acceptMark(mark string) bool {
	if p.peek().mark(mark) {
		p.take()
		return true
	}
	return false
}

// need takes a keyword that must stand here.
func (p *parser) need(keyword string) {
	if !p.accept(keyword) {
		p.expected(i18n.Text{ZH: " " + keyword, EN: keyword})
	}
}

func (p *parser) needMark(mark string) {
	if !p.acceptMark(mark) {
		p.expected(i18n.Text{ZH: "“" + mark + "”", EN: `"` + mark + `"`})
	}
}

func (p *parser) fail(at span, t i18n.Text) {
	if p.bad == nil {
		p.bad = &problem{span: at, text: t}
	}
	p.ready = nil
}

// expected fails at the next token.
func (p *parser) expected(what i18n.Text) {
	t := p.peek()
	if t.kind == endToken {
		p.fail(t.span, i18n.Text{ZH: "条件还没写完，这里应有" + what.ZH, EN: "the condition ends too early: expected " + what.EN})
		return
	}
	found := short(t.text)
	p.fail(t.span, i18n.Text{ZH: "这里应有" + what.ZH + "，而不是 " + found, EN: "expected " + what.EN + ", found " + found})
}

func (p *parser) tooDeep(at span) {
	p.fail(at, i18n.T("嵌套太深，最多 %d 层", "Nested too deeply: at most %d levels", MaxDepth))
}

// made counts a part of the tree and says where it stands: from a token up to
// what was read last.
func (p *parser) made(from span) span {
	if p.nodes++; p.nodes > MaxNodes {
		p.fail(from, i18n.T("条件太多，最多 %d 个", "Too many conditions: at most %d", MaxNodes))
	}
	return p.upto(from)
}

func (p *parser) upto(from span) span {
	return span{from.from, max(from.to, p.to)}
}

func (p *parser) or() Expr {
	from := p.peek().span
	e := p.and()
	if !p.peek().is("or") {
		return e
	}
	of := []Expr{e}
	for p.accept("or") {
		of = append(of, p.and())
	}
	return &Or{p.made(from), of}
}

func (p *parser) and() Expr {
	from := p.peek().span
	e := p.not()
	if !p.peek().is("and") {
		return e
	}
	of := []Expr{e}
	for p.accept("and") {
		of = append(of, p.not())
	}
	return &And{p.made(from), of}
}

func (p *parser) not() Expr {
	t := p.peek()
	open := t.mark("(")
	if !open && !t.is("not") {
		return p.condition()
	}
	if p.depth++; p.depth >= MaxDepth {
		p.tooDeep(t.span)
		return &Nobody{}
	}
	defer func() { p.depth-- }()
	p.take()
	if open {
		e := p.or()
		p.needMark(")")
		return e
	}
	e := p.not()
	return &Not{p.made(t.span), e}
}

// condition reads one condition.
func (p *parser) condition() Expr {
	t := p.peek()
	if t.kind != wordToken {
		p.expected(i18n.T("一个条件，例如 stage = silent", "a condition, such as stage = silent"))
		return &Nobody{}
	}
	switch strings.ToLower(t.text) {
	case "everyone":
		p.take()
		return &Everyone{p.made(t.span)}
	case "nobody":
		p.take()
		return &Nobody{p.made(t.span)}
	case "tag":
		return p.tag()
	case "segment", "list":
		p.take()
		p.needMark(":")
		ref := p.ref()
		if t.is("segment") {
			return &Segment{p.made(t.span), ref}
		}
		return &List{p.made(t.span), ref}
	case "random":
		return p.random()
	case "has":
		p.take()
		p.need("identity")
		kind := p.name(i18n.T("身份类型，例如 phone", "a kind of identity, such as phone"))
		return &Identity{p.made(t.span), kind}
	case "reachable":
		p.take()
		carrier := ""
		if !p.accept("any") {
			carrier = p.name(i18n.T("载体，例如 wecom，或 any", "a carrier, such as wecom, or any"))
		}
		return &Reachable{p.made(t.span), carrier}
	case "consent":
		p.take()
		purpose := p.name(i18n.T("用途，例如 marketing", "a purpose, such as marketing"))
		state := p.peek()
		if !p.accept("granted", "withdrawn", "none") {
			p.expected(i18n.T(" granted、withdrawn 或 none", "granted, withdrawn or none"))
		}
		return &Consent{p.made(t.span), purpose, strings.ToLower(state.text)}
	case "did":
		return p.did()
	case "first", "last":
		return p.edge()
	case "anniversary":
		p.take()
		p.need("of")
		f := p.field()
		w := p.window()
		return &Anniversary{p.made(t.span), f, w}
	case "date":
		if p.ahead().is("of") {
			p.take()
			p.take()
			f := p.field()
			w := p.window()
			return &During{p.made(t.span), f, w}
		}
	}
	return p.compare()
}

func (p *parser) tag() Expr {
	from := p.take().span
	var any []TagRef
	if p.acceptMark(":") {
		any = append(any, p.tagRef())
	} else {
		if !p.accept("in") {
			p.expected(i18n.T("“:”或 in", `":" or in`))
		}
		p.list(func() { any = append(any, p.tagRef()) })
	}
	return &Tag{p.made(from), any}
}

// tagRef reads #id, name, group/name or group/*.
func (p *parser) tagRef() TagRef {
	r := TagRef{Ref: p.ref()}
	if r.ID == "" && p.acceptMark("/") {
		r.Group, r.Name = r.Name, ""
		if !p.acceptMark("*") {
			r.Name = p.ref().Name
		}
		r.span = p.upto(r.span)
	}
	return r
}

// ref reads a name or #id.
func (p *parser) ref() Ref {
	t := p.peek()
	if p.acceptMark("#") {
		id := p.name(i18n.T("编号", "an id"))
		return Ref{p.upto(t.span), id, ""}
	}
	name := p.name(i18n.T("名称", "a name"))
	return Ref{p.upto(t.span), "", name}
}

// name reads a word or a quoted text, not empty.
func (p *parser) name(what i18n.Text) string {
	switch t := p.peek(); {
	case t.is("and", "or", "not"), t.kind != wordToken && t.kind != stringToken, t.text == "":
		p.expected(what)
		return ""
	default:
		return p.take().text
	}
}

func (p *parser) random() Expr {
	from := p.take().span
	r := &Random{}
	ranged := p.accept("from")
	r.To = p.share()
	if ranged {
		p.need("to")
		r.From, r.To = r.To, p.share()
	}
	if r.From >= r.To && p.bad == nil {
		p.fail(p.upto(from), i18n.Text{ZH: "比例应大于 0%，且从小到大", EN: "the share must be above 0%, from the smaller to the greater"})
	}
	if p.accept("salt") {
		r.Salt = p.name(i18n.T("一段文字作为盐", "a text as the salt"))
	}
	r.span = p.made(from)
	return r
}

// share reads a percentage as basis points.
func (p *parser) share() int {
	t := p.peek()
	d, ok := decimal(t.text)
	n, fits := scaled(d, 2)
	if t.kind != wordToken || !ok || !fits || n < 0 || n > 10000 {
		p.expected(i18n.Text{ZH: " 0%–100% 的比例，最多两位小数", EN: "a share from 0% to 100%, with at most two decimals"})
		return 0
	}
	p.take()
	p.needMark("%")
	return int(n)
}

// list reads ( one or more things, separated by commas ).
func (p *parser) list(each func()) {
	p.needMark("(")
	for n := 0; p.bad == nil; n++ {
		if n >= MaxItems {
			p.fail(p.peek().span, i18n.T("列表太长，最多 %d 项", "The list is too long: at most %d entries", MaxItems))
			return
		}
		each()
		if !p.acceptMark(",") {
			break
		}
	}
	p.needMark(")")
}
