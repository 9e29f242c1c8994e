package survey

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// checker finds what a spec lacks before it can be published.
type checker struct {
	spec  *Spec
	words Words
	pages map[string]int
	found []errs.Field
}

func (c *checker) add(path string, t i18n.Text) {
	c.found = append(c.found, errs.Field{Path: path, Text: t})
}

func (c *checker) need(path, value, zh, en string) {
	if strings.TrimSpace(value) == "" {
		c.add(path, i18n.Text{ZH: "请填写" + zh, EN: "The " + en + " is missing"})
	}
}

// problems are what is wrong with a spec, field by field, as body.spec.…
func (s *Spec) problems(words Words) []errs.Field {
	c := &checker{spec: s, words: words, pages: s.pageOf()}
	c.need("body.spec.title", s.Title, "标题", "title")
	c.need("body.spec.intro", s.Intro, "说明", "introduction")
	if len(s.Questions) == 0 {
		c.add("body.spec.questions", i18n.T("至少要有一道题", "At least one question is needed"))
	}
	seen := map[string]bool{}
	for i := range s.Questions {
		q := &s.Questions[i]
		path := fmt.Sprintf("body.spec.questions[%d]", i)
		if seen[q.ID] {
			c.add(path+".id", i18n.T("题目编号重复", "Two questions have this id"))
		}
		seen[q.ID] = true
		c.question(path, q)
	}
	if s.Open == "phone" && !slices.ContainsFunc(s.Questions, func(q Question) bool { return q.Type == Phone && q.Required && q.ShowIf == nil }) {
		c.add("body.spec.open", i18n.T("公开链接要留手机号时，需要一道必答、总会显示的手机号题", "To ask for a phone over the open address there must be a required phone question that is always shown"))
	}
	seen = map[string]bool{}
	for i := range s.Endings {
		e := &s.Endings[i]
		path := fmt.Sprintf("body.spec.endings[%d]", i)
		if seen[e.ID] {
			c.add(path+".id", i18n.T("结束页编号重复", "Two endings have this id"))
		}
		seen[e.ID] = true
		c.need(path+".title", e.Title, "标题", "title")
		c.text(path+".title", e.Title, len(c.pages))
		c.text(path+".text", e.Text, len(c.pages))
		c.logic(path+".show_if", e.ShowIf, len(c.pages))
		if e.URL != "" {
			if u, err := url.Parse(e.URL); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
				c.add(path+".url", i18n.T("应为 https:// 开头的网址", "Expected an address that begins with https://"))
			}
			c.need(path+".button", e.Button, "按钮文字", "text of the button")
		}
	}
	return c.found
}

func (c *checker) question(path string, q *Question) {
	c.need(path+".title", q.Title, "题目", "question")
	c.text(path+".title", q.Title, c.pages[q.ID])
	c.text(path+".help", q.Help, c.pages[q.ID])
	c.logic(path+".show_if", q.ShowIf, c.pages[q.ID])
	switch q.Type {
	case Single, Multiple:
		c.options(path, q)
	case Scale:
		if q.To-q.From < 2 {
			c.add(path+".to", i18n.T("量表至少要有三档", "A scale needs three steps at least"))
		}
	case Phone:
		c.need(path+".consent", q.Consent, "征求同意的文字", "text of the consent")
	}
	for i := range q.Rules {
		c.rule(fmt.Sprintf("%s.rules[%d]", path, i), q, &q.Rules[i])
	}
}

func (c *checker) options(path string, q *Question) {
	if len(q.Options) < 2 {
		c.add(path+".options", i18n.T("至少要有两个选项", "At least two options are needed"))
	}
	ids, texts := map[string]bool{}, map[string]bool{}
	for i, o := range q.Options {
		at := fmt.Sprintf("%s.options[%d].text", path, i)
		c.need(at, o.Text, "选项", "text of an option")
		if ids[o.ID] || o.Text != "" && texts[line(o.Text)] {
			c.add(at, i18n.T("和前面的选项重复", "The same as an option before"))
		}
		ids[o.ID], texts[line(o.Text)] = true, true
	}
	if q.Type != Multiple {
		return
	}
	if q.Min > len(q.Options) {
		c.add(path+".min", i18n.T("超过了选项的个数", "More than there are options"))
	}
	if q.Max != 0 && q.Max < max(q.Min, 1) {
		c.add(path+".max", i18n.T("最多不能小于最少", "The most is less than the least"))
	}
}

// text sees to it that only answers of earlier pages stand in a text.
func (c *checker) text(path, text string, page int) {
	for _, m := range pipes.FindAllStringSubmatch(text, -1) {
		at, ok := c.pages[m[1]]
		switch {
		case !ok:
			c.add(path, i18n.T("没有 {{%s}} 这道题", "There is no question {{%s}}", m[1]))
		case at >= page:
			c.add(path, i18n.T("{{%s}} 要到后面才会回答", "{{%s}} is only answered later", m[1]))
		case c.spec.question(m[1]).Type == Phone:
			c.add(path, i18n.T("手机号不能写进文字里", "A phone number cannot stand in a text"))
		}
	}
}

func (c *checker) logic(path string, l *Logic, page int) {
	if l == nil {
		return
	}
	for i, cond := range l.Conditions {
		at := fmt.Sprintf("%s.conditions[%d]", path, i)
		q := c.spec.question(cond.Question)
		if q == nil {
			c.add(at+".question", i18n.T("请选择一道题", "Choose a question"))
			continue
		}
		if c.pages[q.ID] >= page {
			c.add(at+".question", i18n.T("条件只能看前面页上的题", "A condition can only look at a question of an earlier page"))
		}
		of := cond.Op == "any_of" || cond.Op == "none_of" || cond.Op == "equals" && q.choice()
		if of {
			if !q.choice() {
				c.add(at+".op", i18n.T("这道题没有选项", "This question has no options"))
			} else if len(cond.Options) == 0 || slices.ContainsFunc(cond.Options, func(o string) bool { return q.label(o) == "" }) {
				c.add(at+".options", i18n.T("请选择选项", "Choose options"))
			}
		} else if cond.Op != "answered" && q.Type != Scale && q.Type != Multiple {
			c.add(at+".op", i18n.T("这道题不能比大小", "This question has no number"))
		}
	}
}

func (c *checker) rule(path string, q *Question, r *Rule) {
	if slices.ContainsFunc(r.Options, func(o string) bool { return q.label(o) == "" }) {
		c.add(path+".options", i18n.T("请选择选项", "Choose options"))
	}
	if r.Min != nil && r.Max != nil && *r.Min > *r.Max {
		c.add(path+".max", i18n.T("最多不能小于最少", "The most is less than the least"))
	}
	c.text(path+".value", r.Value, len(c.pages))
	switch r.Do {
	case AddTag, RemoveTag, GroupTag:
		t, ok := c.words.Tags[r.TagID]
		if !ok {
			c.add(path+".tag_id", i18n.T("没有这个标签，请重新选择", "There is no such tag; choose another"))
		} else if r.Do == GroupTag && t.Group == "" {
			c.add(path+".tag_id", i18n.T("这个标签不在任何分组里", "This tag is in no group"))
		}
	case SetTrait:
		t, ok := c.words.Traits[r.Trait]
		if !ok {
			c.add(path+".trait", i18n.T("没有这个属性，请重新选择", "There is no such trait; choose another"))
		} else if _, ok := t.value(q, r, sample(q)); !ok && r.Value == "" {
			c.add(path+".trait", i18n.T("这道题的回答放不进这个属性（类型不同）", "The answers to this question do not fit this trait's type"))
		} else if !ok && !strings.Contains(r.Value, "{{") {
			c.add(path+".value", i18n.T("这个值放不进该属性", "This value does not fit the trait"))
		}
	case PainPoint:
		if r.Value == "" && q.Type != Single && q.Type != Multiple && q.Type != Text {
			c.add(path+".value", i18n.T("请写下痛点", "Write the pain point"))
		}
	case Remark:
		if q.Type == Phone && r.Value == "" {
			c.add(path+".value", i18n.T("手机号不能用作备注名", "A phone number cannot be the remark"))
		}
	}
}

// sample is an answer of the kind that a question gets.
func sample(q *Question) Answer {
	switch {
	case q.choice() && len(q.Options) > 0:
		return Answer{Options: []string{q.Options[0].ID}}
	case q.Type == Scale:
		n := q.From
		return Answer{Number: &n}
	case q.Type == Date:
		return Answer{Text: "2000-01-02"}
	}
	return Answer{Text: "x"}
}
