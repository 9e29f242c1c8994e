package survey

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// met reports whether a condition holds of answers.
func (c Condition) met(answers Answers) bool {
	a, ok := answers[c.Question]
	if !ok || !a.given() {
		return false
	}
	number := len(a.Options)
	if a.Number != nil {
		number = *a.Number
	}
	switch c.Op {
	case "answered":
		return true
	case "equals":
		if a.Number != nil {
			return number == c.Number
		}
		return len(a.Options) == len(c.Options) && !slices.ContainsFunc(c.Options, func(o string) bool { return !slices.Contains(a.Options, o) })
	case "any_of":
		return slices.ContainsFunc(c.Options, func(o string) bool { return slices.Contains(a.Options, o) })
	case "none_of":
		return !slices.ContainsFunc(c.Options, func(o string) bool { return slices.Contains(a.Options, o) })
	case "at_least":
		return number >= c.Number
	case "at_most":
		return number <= c.Number
	}
	return false
}

// met reports whether what the logic asks for holds of answers; nothing asked
// for always does.
func (l *Logic) met(answers Answers) bool {
	if l == nil || len(l.Conditions) == 0 {
		return true
	}
	for _, c := range l.Conditions {
		if c.met(answers) == l.Any {
			return l.Any
		}
	}
	return !l.Any
}

// visible returns the answers to those questions that are shown, given all
// that was answered so far, and which questions those are. An answer to a
// question that is not shown any more counts for nothing.
func (s *Spec) visible(answers Answers) (kept Answers, shown map[string]bool) {
	kept, shown = Answers{}, map[string]bool{}
	for i := range s.Questions {
		q := &s.Questions[i]
		if !q.ShowIf.met(kept) {
			continue
		}
		shown[q.ID] = true
		if a, ok := answers[q.ID]; ok && a.given() {
			kept[q.ID] = a
		}
	}
	return kept, shown
}

// page is a run of questions that are shown together.
type page []*Question

func (s *Spec) pages() (out []page) {
	for i := range s.Questions {
		q := &s.Questions[i]
		if len(out) == 0 || !q.SamePage {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], q)
	}
	return out
}

// pageOf tells on which page each question is.
func (s *Spec) pageOf() map[string]int {
	out := map[string]int{}
	for n, p := range s.pages() {
		for _, q := range p {
			out[q.ID] = n
		}
	}
	return out
}

// steps are the pages with something to show, by their numbers.
func (s *Spec) steps(shown map[string]bool) (out []int) {
	for n, p := range s.pages() {
		if slices.ContainsFunc(p, func(q *Question) bool { return shown[q.ID] }) {
			out = append(out, n)
		}
	}
	return out
}

// reach is the first page on which something is missing that must be
// answered, or the number of pages: nobody gets past it.
func (s *Spec) reach(answers Answers) int {
	kept, shown := s.visible(answers)
	pages := s.pages()
	for n, p := range pages {
		for _, q := range p {
			if shown[q.ID] && q.Required && !kept[q.ID].given() {
				return n
			}
		}
	}
	return len(pages)
}

// last reports whether nothing can come after page n, whatever is answered on it.
func (s *Spec) last(n int, answers Answers) bool {
	_, shown := s.visible(answers)
	for _, p := range s.pages()[n+1:] {
		for _, q := range p {
			if shown[q.ID] || q.ShowIf != nil && len(q.ShowIf.Conditions) > 0 {
				return false
			}
		}
	}
	return true
}

// ending picks what is shown after the last question.
func (s *Spec) ending(kept Answers) Ending {
	for _, e := range s.Endings {
		if e.ShowIf.met(kept) {
			return e
		}
	}
	return Ending{}
}

// pipes are the places where an answer stands in a text.
var pipes = regexp.MustCompile(`\{\{\s*([a-z][a-z0-9_]{0,19})\s*\}\}`)

// piped puts answers into a text. Where there is none, nothing stands.
func (s *Spec) piped(text string, kept Answers) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	return pipes.ReplaceAllStringFunc(text, func(m string) string {
		q := s.question(pipes.FindStringSubmatch(m)[1])
		if q == nil || q.Type == Phone {
			return ""
		}
		return short(q.words(kept[q.ID]), 60)
	})
}

// words is an answer as people read it.
func (q *Question) words(a Answer) string {
	switch {
	case len(a.Options) > 0:
		var out []string
		for _, o := range a.Options {
			if t := q.label(o); t != "" {
				out = append(out, t)
			}
		}
		return strings.Join(out, "、")
	case a.Number != nil:
		return strconv.Itoa(*a.Number)
	}
	return a.Text
}
