// Package wording is the language in which staff write what each person reads:
//
//	{{ name | default "朋友" }}，您好！{{ if gt orders 2 }}谢谢您一直支持。{{ end }}
//
// It is a part of the standard library's template language: variables,
// conditions, comparisons, defaults and a few ways to write a value. There are no
// loops, no definitions, no access to anything but the values of one person, so
// rendering ends, takes time and memory in proportion to the text, and cannot
// reach anything else. HTML is escaped by where a value stands (html/template).
//
// A value that a person does not have and that has no default keeps the message
// from that person; the others get theirs.
package wording

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"slices"
	"strings"
	texttemplate "text/template"
	"text/template/parse"

	"fishpond/internal/platform/i18n"
)

// Variable is a value that a text may hold.
type Variable struct {
	Name string
	Text i18n.Text
}

// Variables are the values of a person that texts may hold, besides their traits.
var Variables = []Variable{
	{"name", i18n.T("姓名", "Name")},
	{"region", i18n.T("地区", "Region")},
	{"stage", i18n.T("生命周期阶段，如 new、repeat", "Stage, such as new or repeat")},
	{"orders", i18n.T("订单数", "How many orders")},
	{"spent", i18n.T("累计消费", "Money spent")},
	{"first_order", i18n.T("首次下单日期", "Day of the first order")},
	{"last_order", i18n.T("最近下单日期", "Day of the last order")},
	{"birthday", i18n.T("生日", "Birthday")},
	{"brand", i18n.T("品牌名", "The brand's name")},
	{"coupon", i18n.T("这位客户自己的优惠码", "This person's own coupon code")},
}

// Values are those of one person: text, numbers as float64, true or false. Traits
// stand under "trait." and their key. Absent is nil or not there.
type Values map[string]any

// Problem is what is wrong with a text, and where.
type Problem struct {
	Line int // from 1
	Text i18n.Text
}

func (p *Problem) Error() string { return fmt.Sprintf("line %d: %s", p.Line, p.Text.EN) }

// Missing is the error of a person who lacks a value that has no default.
type Missing struct{ Of string }

func (m *Missing) Error() string { return "no value for " + m.Of }

// Template is a text that has been read and found good. It may be shared.
type Template struct {
	text *texttemplate.Template
	html *htmltemplate.Template
	uses []string
}

// Uses names the values that the text holds, in the form of [Values].
func (t *Template) Uses() []string { return t.uses }

// Parse reads a plain text, ParseHTML a page. Errors are of type *Problem.
func Parse(source string) (*Template, error) { return read(source, false) }

// ParseHTML reads a page; see Parse.
func ParseHTML(source string) (*Template, error) { return read(source, true) }

func read(source string, html bool) (*Template, error) {
	if err := links(source); err != nil {
		return nil, err
	}
	tree := parse.New("text")
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(source, "{{", "}}", trees); err != nil {
		return nil, syntax(err)
	}
	c := &checker{source: source, tree: tree}
	for name, t := range trees {
		if name != "text" {
			return nil, c.problem(t.Root.Pos, i18n.T("不能定义片段", "Parts cannot be defined"))
		}
	}
	t := &Template{}
	if tree.Root == nil || parse.IsEmptyTree(tree.Root) && strings.TrimSpace(source) == "" {
		tree.Root = &parse.ListNode{NodeType: parse.NodeList}
	}
	if err := c.list(tree.Root); err != nil {
		return nil, err
	}
	slices.Sort(c.uses)
	t.uses = slices.Compact(c.uses)
	var err error
	if html {
		if t.html, err = htmltemplate.New("text").Funcs(new(person).functions()).AddParseTree("text", tree); err == nil {
			err = tryHTML(t.html)
		}
	} else {
		t.text, err = texttemplate.New("text").Funcs(new(person).functions()).AddParseTree("text", tree)
	}
	if err != nil {
		return nil, &Problem{Line: 1, Text: i18n.T("网页不完整：%v", "The page is not whole: %v", err)}
	}
	return t, nil
}

// tryHTML finds what html/template refuses, such as a value between half a tag;
// it is told only when a page is made.
func tryHTML(t *htmltemplate.Template) error {
	once, err := t.Clone()
	if err != nil {
		return err
	}
	err = once.Execute(io.Discard, nil)
	if refused, ok := errors.AsType[*htmltemplate.Error](err); ok {
		return errors.New(refused.Description)
	}
	return nil // what one person lacks is no fault of the page
}

// Writer makes texts of a template for one person after the other. It is not for
// several goroutines.
type Writer struct {
	of   person
	make func(w io.Writer) error
}

// NewWriter returns a writer of its own.
func (t *Template) NewWriter() (*Writer, error) {
	w := &Writer{}
	if t.html != nil {
		own, err := t.html.Clone()
		if err != nil {
			return nil, fmt.Errorf("wording: %w", err)
		}
		own.Funcs(w.of.functions())
		w.make = func(out io.Writer) error { return own.Execute(out, nil) }
		return w, nil
	}
	own, err := t.text.Clone()
	if err != nil {
		return nil, fmt.Errorf("wording: %w", err)
	}
	own.Funcs(w.of.functions())
	w.make = func(out io.Writer) error { return own.Execute(out, nil) }
	return w, nil
}

// Write makes the text of one person. The error is a *Missing where that person
// lacks a value.
func (w *Writer) Write(v Values) (string, error) {
	w.of.values = v
	var out strings.Builder
	err := w.make(&out)
	w.of.values = nil
	if err != nil {
		if m, ok := errors.AsType[*Missing](err); ok {
			return "", m
		}
		return "", fmt.Errorf("wording: %w", err)
	}
	return out.String(), nil
}
