package wording

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"fishpond/internal/platform/i18n"
)

// checker walks a text that was read, lets through what is known to be harmless,
// and refuses everything else.
type checker struct {
	source string
	tree   *parse.Tree
	uses   []string
}

func (c *checker) problem(at parse.Pos, t i18n.Text) *Problem {
	return &Problem{Line: 1 + strings.Count(c.source[:min(int(at), len(c.source))], "\n"), Text: t}
}

func (c *checker) list(l *parse.ListNode) error {
	if l == nil {
		return nil
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode, *parse.CommentNode:
		case *parse.ActionNode:
			if err := c.pipe(n.Pipe); err != nil {
				return err
			}
			c.guard(n.Pipe)
		case *parse.IfNode:
			if err := c.pipe(n.Pipe); err != nil {
				return err
			}
			if err := c.list(n.List); err != nil {
				return err
			}
			if err := c.list(n.ElseList); err != nil {
				return err
			}
		default:
			return c.problem(n.Position(), i18n.T("这里只能用变量和 if，不能用“%s”", "Only variables and if are known here, not “%s”", word(n.String())))
		}
	}
	return nil
}

// guard lets nothing be written that is not there.
func (c *checker) guard(p *parse.PipeNode) {
	label := p.String()
	must := parse.NewIdentifier(mustName).SetPos(p.Pos).SetTree(c.tree)
	p.Cmds = append(p.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: p.Pos,
		Args: []parse.Node{must, &parse.StringNode{NodeType: parse.NodeString, Pos: p.Pos, Quoted: strconv.Quote(label), Text: label}}})
}

func (c *checker) pipe(p *parse.PipeNode) error {
	if len(p.Decl) > 0 {
		return c.problem(p.Pos, i18n.T("不能定义变量", "Variables cannot be defined"))
	}
	for i, cmd := range p.Cmds {
		if err := c.command(cmd, i > 0); err != nil {
			return err
		}
	}
	return nil
}

// command checks one call. piped: it gets the value before the bar as its last.
func (c *checker) command(cmd *parse.CommandNode, piped bool) error {
	given := len(cmd.Args) - 1
	if piped {
		given++
	}
	for i, arg := range cmd.Args {
		switch n := arg.(type) {
		case *parse.IdentifierNode:
			if i > 0 {
				given := 0
				if err := c.call(n, given, nil); err != nil {
					return err
				}
				continue
			}
			if err := c.call(n, given, cmd.Args[1:]); err != nil {
				return err
			}
		case *parse.PipeNode:
			if err := c.pipe(n); err != nil {
				return err
			}
		case *parse.StringNode, *parse.NumberNode, *parse.BoolNode:
		default:
			return c.problem(arg.Position(), i18n.T("看不懂“%s”；变量直接写名字，如 {{ name }}", "Cannot make sense of “%s”; write variables by their name: {{ name }}", word(arg.String())))
		}
	}
	return nil
}

// call checks that there is such a variable or function, and how many values it
// is given.
func (c *checker) call(n *parse.IdentifierNode, given int, args []parse.Node) error {
	if slices.ContainsFunc(Variables, func(v Variable) bool { return v.Name == n.Ident }) {
		if given > 0 {
			return c.problem(n.Pos, i18n.T("“%s”是变量，后面不能直接跟内容；要写默认值请用 {{ %[1]s | default \"…\" }}", "“%s” is a variable and takes nothing; for a default write {{ %[1]s | default \"…\" }}", n.Ident))
		}
		c.uses = append(c.uses, n.Ident)
		return nil
	}
	want, ok := arity[n.Ident]
	if !ok {
		return c.problem(n.Pos, i18n.T("没有“%s”这个变量或写法", "There is no variable or function “%s”", n.Ident))
	}
	if given < want[0] || given > want[1] {
		return c.problem(n.Pos, i18n.T("“%s”后面的内容数目不对", "“%s” is given the wrong number of values", n.Ident))
	}
	if n.Ident == "trait" {
		key, ok := args[0].(*parse.StringNode)
		if !ok {
			return c.problem(n.Pos, i18n.T("trait 后面写属性的键，如 {{ trait \"size\" }}", "trait takes the key of a trait: {{ trait \"size\" }}"))
		}
		c.uses = append(c.uses, traitPrefix+key.Text)
	}
	return nil
}

// word is the beginning of what was written, for showing.
func word(s string) string {
	runes := []rune(strings.TrimSpace(s))
	if len(runes) > 30 {
		return string(runes[:30]) + "…"
	}
	return string(runes)
}

var place = regexp.MustCompile(`^template: [^:]*:(\d+):(?:\d+:)? ?(.*)`)

// syntax tells what the parser found.
func syntax(err error) *Problem {
	line, what := 1, err.Error()
	if m := place.FindStringSubmatch(what); m != nil {
		line, _ = strconv.Atoi(m[1])
		what = m[2]
	}
	return &Problem{Line: line, Text: i18n.T("写法不对：%s", "Not well formed: %s", what)}
}
