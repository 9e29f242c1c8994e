package survey

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// outcome is what came of a page that was sent.
type outcome struct {
	spec  *Spec
	resp  *response
	page  int                  // to be shown next
	wrong map[string]i18n.Text // with which question
}

// take does what a page asks for, in one transaction.
func (s *Service) take(ctx context.Context, at *visit, form url.Values) (out outcome, err error) {
	v := at.v
	err = s.db.Write(ctx, v.org, func(tx *db.Tx) error {
		out = outcome{}
		resp, err := at.guest.latest(ctx, tx, v, s.People)
		if err != nil {
			return err
		}
		version := v.version
		if resp != nil && resp.status == respOpen {
			version = resp.version
		}
		if out.spec, err = versionSpec(ctx, tx, v.org, v.id, version); err != nil {
			return err
		}
		if at.guest.person == "" && out.spec.Open == "off" {
			return noSuchSurvey
		}
		do := form.Get("do")
		if do == "decline" || do == "accept" {
			if err := s.decline(ctx, tx, v, at.guest, resp, do == "accept"); err != nil {
				return err
			}
			out.resp, err = at.guest.latest(ctx, tx, v, s.People)
			return err
		}
		done := resp != nil && (resp.status == respDone || resp.status == respRepeated)
		if done && (!out.spec.Repeat || do != "start") {
			out.resp = resp // sent twice: what it came to
			return nil
		}
		if resp == nil || done || resp.status == respDeclined {
			if resp, err = s.begin(ctx, tx, v, at.guest, s.now()); err != nil {
				return err
			}
		}
		out.resp = resp
		if do != "next" && do != "back" {
			out.page = out.spec.settle(-1, resp.answers)
			return nil
		}
		return s.turn(ctx, tx, at, &out, form)
	})
	return out, err
}

// turn takes the answers of a page and goes on to the next or the one before.
func (s *Service) turn(ctx context.Context, tx *db.Tx, at *visit, out *outcome, form url.Values) error {
	spec, resp := out.spec, out.resp
	n, err := strconv.Atoi(form.Get("p"))
	if err != nil {
		n = -1
	}
	if n = spec.settle(n, resp.answers); form.Get("p") != strconv.Itoa(n) {
		out.page = n // a page that is not open to them: nothing of it is taken
		return nil
	}
	answers, wrong := spec.take(spec.pages()[n], resp.answers, form, func(raw string) (string, bool) {
		e164, err := s.People.Phone(ctx, tx, at.v.org, raw)
		return e164, err == nil
	})
	resp.answers, resp.updated = answers, clock.Micros(s.now())
	if won, err := resp.keep(ctx, tx, respOpen); err != nil || !won {
		if err == nil {
			return movedOn
		}
		return err
	}
	_, shown := spec.visible(answers)
	steps := spec.steps(shown)
	if form.Get("do") == "back" {
		for _, step := range steps {
			if step < n {
				out.page = step
			}
		}
		return nil
	}
	if out.page, out.wrong = n, wrong; len(wrong) > 0 {
		return nil
	}
	for _, step := range steps {
		if step > n {
			out.page = step
			return nil
		}
	}
	if reach := spec.reach(answers); reach < len(spec.pages()) {
		out.page = reach
		return nil
	}
	return s.finish(ctx, tx, at.v, spec, resp, s.now())
}

// view is what a page shows. What is empty is left out.
type view struct {
	Lang, Nonce, Color, OnColor, Brand    string
	Title, Text, Error, ErrorMark, Note   string
	LinkURL, LinkText                     string
	Form                                  bool
	Action, Browser, Do, Button, Back, No string
	Optional, Progress                    string
	Page, Step, Steps                     int
	Questions                             []questionView
}

type questionView struct {
	ID, Title, Help, Error, Describe string
	Required, Scale, Ticked          bool
	Input                            string // radio or checkbox
	Field                            string // text, tel, date, textarea; empty: something to choose
	Value, Low, High, Consent        string
	Options                          []optionView
}

type optionView struct {
	ID, Text string
	On       bool
}

// houseColor is that of buttons where a survey has none of its own.
const houseColor = "#0d6b68"

// paint picks the colour of text on the brand's colour: black or white,
// whichever can be read better.
func (p *view) paint() {
	if len(p.Color) != 7 {
		p.Color = houseColor
	}
	n, err := strconv.ParseUint(p.Color[1:], 16, 32)
	if err != nil {
		p.Color, n = houseColor, 0x0d6b68
	}
	if luminance(n) > 0.179 { // where black and white have the same contrast
		p.OnColor = "#000"
	} else {
		p.OnColor = "#fff"
	}
}

func (at *visit) say(zh, en string, args ...any) string { return i18n.T(zh, en, args...).In(at.lang) }

func (at *visit) plain(spec *Spec, title, text i18n.Text) view {
	return view{Color: spec.Color, Title: title.In(at.lang), Text: text.In(at.lang)}
}

func (at *visit) intro(spec *Spec) view {
	return view{Color: spec.Color, Title: spec.Title, Text: spec.Intro, Form: true, Do: "start", Button: at.say("开始", "Begin"),
		No:   at.say("不想再收到问卷", "I want no more surveys"),
		Note: at.say("%[1]s 请你回答 %[2]d 道题，随时可以退出。", "%[1]s asks %[2]d questions; you can stop at any time.", at.set.Name, len(spec.Questions))}
}

func (at *visit) declined(spec *Spec) view {
	return view{Color: spec.Color, Title: at.say("好的，不再打扰", "All right"), Text: at.say("已经记下，我们不会再给你发问卷。", "It is noted: we will send you no more surveys."),
		Form: true, Do: "accept", Button: at.say("我还是想填", "I do want to answer")}
}

func (at *visit) ended(spec *Spec, r *response, now bool) view {
	p := view{Color: spec.Color, Title: at.say("已经收到，谢谢你", "We have it, thank you")}
	for _, e := range spec.Endings {
		if e.ID == r.ending {
			p.Title, p.Text, p.LinkURL, p.LinkText = spec.piped(e.Title, r.answers), spec.piped(e.Text, r.answers), e.URL, e.Button
		}
	}
	if r.person != "" && r.way == "open" && spec.Open == "phone" && !spec.Repeat { // the same for all, so that nobody learns whose phone has answered
		p.Note = at.say("同一个手机号只计第一次回答。", "Of one phone number only the first answer counts.")
	} else if !now {
		p.Note = at.say("你已经填过这份问卷，回答都收到了。", "You have answered this survey; we have your answers.")
	}
	return p
}

// page shows the questions of a page, with what was answered or, where that
// was wrong, with what was sent.
func (at *visit) page(spec *Spec, answers Answers, n int, wrong map[string]i18n.Text, sent url.Values) view {
	kept, shown := spec.visible(answers)
	steps := spec.steps(shown)
	p := view{Color: spec.Color, Title: spec.Title, Form: true, Do: "next", Button: at.say("下一步", "Next"), Page: n, Steps: len(steps), Optional: at.say("（选填）", "(optional)"),
		No: at.say("不想再收到问卷", "I want no more surveys")}
	for i, step := range steps {
		if step == n {
			p.Step = i + 1
			if i > 0 {
				p.Back = at.say("上一步", "Back")
			}
		}
	}
	p.Progress = at.say("第 %d 步，共 %d 步", "Step %d of %d", p.Step, p.Steps)
	if spec.last(n, answers) {
		p.Button = at.say("提交", "Send")
	}
	if len(wrong) > 0 {
		p.Error, p.ErrorMark = at.say("有内容需要改一下", "Something needs to be mended"), at.say("请改正 · ", "Please mend · ")
	}
	for _, q := range spec.pages()[n] {
		if shown[q.ID] {
			p.Questions = append(p.Questions, at.question(spec, q, kept, wrong[q.ID], sent))
		}
	}
	return p
}

func (at *visit) question(spec *Spec, q *Question, kept Answers, problem i18n.Text, sent url.Values) questionView {
	a := kept[q.ID]
	out := questionView{ID: q.ID, Title: spec.piped(q.Title, kept), Help: spec.piped(q.Help, kept), Error: problem.In(at.lang), Required: q.Required, Low: q.LowLabel, High: q.HighLabel,
		Value: a.Text, Consent: q.Consent, Ticked: a.given()}
	if out.Error != "" {
		out.Value, out.Ticked = first(sent["a."+q.ID]), first(sent["c."+q.ID]) == "yes"
	}
	on := map[string]bool{}
	for _, o := range a.Options {
		on[o] = true
	}
	if out.Error != "" {
		for _, o := range sent["a."+q.ID] {
			on[o] = true
		}
	}
	switch q.Type {
	case Single, Multiple:
		out.Input = "radio"
		if q.Type == Multiple {
			out.Input = "checkbox"
			if out.Help == "" {
				out.Help = at.howMany(q)
			}
		}
		for _, o := range q.Options {
			out.Options = append(out.Options, optionView{ID: o.ID, Text: o.Text, On: on[o.ID]})
		}
	case Scale:
		out.Scale = true
		for n := q.From; n <= q.To; n++ {
			out.Options = append(out.Options, optionView{ID: strconv.Itoa(n), Text: strconv.Itoa(n), On: a.Number != nil && *a.Number == n})
		}
	case Text:
		out.Field = "text"
		if q.Long {
			out.Field = "textarea"
		}
	case Phone:
		out.Field = "tel"
	case Date:
		out.Field = "date"
	}
	if out.Help != "" {
		out.Describe = "h-" + q.ID
	}
	if out.Error != "" {
		out.Describe = strings.TrimSpace(out.Describe + " e-" + q.ID)
	}
	return out
}

// howMany says how many options may be chosen.
func (at *visit) howMany(q *Question) string {
	switch {
	case q.Min > 0 && q.Max > 0:
		return at.say("请选 %d–%d 项", "Choose %d to %d", q.Min, q.Max)
	case q.Max > 0:
		return at.say("最多选 %d 项", "Choose at most %d", q.Max)
	case q.Min > 0:
		return at.say("至少选 %d 项", "Choose at least %d", q.Min)
	}
	return at.say("可以选多项", "Choose as many as you like")
}
