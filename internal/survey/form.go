package survey

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

const (
	maxShortText = 200
	maxLongText  = 2000
)

// normalPhone brings a phone number into E.164; ok is false where it is none.
type normalPhone func(raw string) (e164 string, ok bool)

// decode reads the answer to a question out of a form. What is wrong is said;
// what nobody gave is an answer without anything in it. Only what the question
// offers can come out, whatever was sent.
func (q *Question) decode(form url.Values, phone normalPhone) (a Answer, problem i18n.Text) {
	sent := form["a."+q.ID]
	switch q.Type {
	case Single, Multiple:
		for _, o := range q.Options { // in their own order, each once
			if slices.Contains(sent, o.ID) && (q.Type == Multiple || len(a.Options) == 0) {
				a.Options = append(a.Options, o.ID)
			}
		}
		n := len(a.Options)
		switch {
		case n == 0:
		case q.Type == Multiple && n < q.Min:
			return a, i18n.T("请至少选 %d 项", "Choose at least %d", q.Min)
		case q.Type == Multiple && q.Max > 0 && n > q.Max:
			return a, i18n.T("最多选 %d 项", "Choose at most %d", q.Max)
		}
	case Scale:
		text := first(sent)
		if n, err := strconv.Atoi(text); err == nil && n >= q.From && n <= q.To {
			a.Number = &n
		} else if text != "" {
			return a, i18n.T("请从 %d 到 %d 中选一个", "Choose from %d to %d", q.From, q.To)
		}
	case Text:
		most := maxShortText
		if a.Text = line(first(sent)); q.Long {
			most, a.Text = maxLongText, plaintext.Tidy(strings.ReplaceAll(first(sent), "\r\n", "\n"))
		}
		if utf8.RuneCountInString(a.Text) > most {
			a.Text = string([]rune(a.Text)[:most])
			return a, i18n.T("最多 %d 个字", "At most %d characters", most)
		}
	case Date:
		a.Text = line(first(sent))
		if a.Text == "" {
			break
		}
		if t, err := time.Parse(time.DateOnly, a.Text); err != nil || t.Year() < 1900 || t.Year() > 2100 {
			return Answer{}, i18n.T("请填写日期，例如 2026-01-31", "Write a date, as 2026-01-31")
		}
	case Phone:
		raw := line(first(sent))
		if raw == "" {
			break
		}
		e164, ok := phone(raw)
		if !ok || utf8.RuneCountInString(raw) > 40 {
			return Answer{}, i18n.T("手机号不正确，请检查", "The phone number is not right; please check it")
		}
		if first(form["c."+q.ID]) != "yes" {
			return Answer{}, i18n.T("请先阅读并勾选同意，未同意时我们不会保存手机号", "Please read and tick the consent; without it the number is not stored")
		}
		a.Text = e164
	}
	if q.Required && !a.given() {
		return a, i18n.T("这道题需要回答", "This question needs an answer")
	}
	return a, i18n.Text{}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// take reads the answers of a page and adds them to what was answered before.
// wrong says what is wrong with which question; the answers that are right are
// taken all the same.
func (s *Spec) take(p page, answers Answers, form url.Values, phone normalPhone) (out Answers, wrong map[string]i18n.Text) {
	out, wrong = Answers{}, map[string]i18n.Text{}
	for id, a := range answers {
		out[id] = a
	}
	_, shown := s.visible(answers)
	for _, q := range p {
		if !shown[q.ID] {
			continue
		}
		a, problem := q.decode(form, phone)
		if !problem.IsZero() {
			wrong[q.ID] = problem
			continue
		}
		delete(out, q.ID)
		if a.given() {
			out[q.ID] = a
		}
	}
	return out, wrong
}
