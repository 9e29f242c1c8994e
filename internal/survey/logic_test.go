package survey

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// anySpec draws a survey with logic, and anyAnswers answers to it, also to
// questions that are not shown and with options that are not there.
func anySpec(t *rapid.T) *Spec {
	s := &Spec{}
	n := rapid.IntRange(1, 8).Draw(t, "questions")
	for i := range n {
		q := Question{ID: fmt.Sprint("q", i), Type: rapid.SampledFrom([]string{Single, Multiple, Scale, Text}).Draw(t, "type"), From: 0, To: 10,
			Required: rapid.Bool().Draw(t, "required"), SamePage: rapid.Bool().Draw(t, "same"), Options: []Option{{"a", "A"}, {"b", "B"}, {"c", "C"}}}
		if i > 0 && rapid.Bool().Draw(t, "conditional") {
			q.ShowIf = &Logic{Any: rapid.Bool().Draw(t, "any")}
			for range rapid.IntRange(0, 3).Draw(t, "conditions") {
				q.ShowIf.Conditions = append(q.ShowIf.Conditions, Condition{Question: fmt.Sprint("q", rapid.IntRange(0, i-1).Draw(t, "on")),
					Op:      rapid.SampledFrom([]string{"answered", "equals", "any_of", "none_of", "at_least", "at_most"}).Draw(t, "op"),
					Options: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.ID[string]).Draw(t, "options"), Number: rapid.IntRange(0, 10).Draw(t, "number")})
			}
		}
		s.Questions = append(s.Questions, q)
	}
	return s
}

func anyAnswers(t *rapid.T, s *Spec) Answers {
	out := Answers{}
	for _, q := range s.Questions {
		if !rapid.Bool().Draw(t, "given") {
			continue
		}
		switch q.Type {
		case Scale:
			n := rapid.IntRange(0, 10).Draw(t, "n")
			out[q.ID] = Answer{Number: &n}
		case Text:
			out[q.ID] = Answer{Text: rapid.SampledFrom([]string{"", "x"}).Draw(t, "text")}
		default:
			out[q.ID] = Answer{Options: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c", "gone"}), rapid.ID[string]).Draw(t, "chosen")}
		}
	}
	return out
}

// naive says the same as visible, by asking back from the question instead of
// going on from the first.
func naive(s *Spec, answers Answers, i int) bool {
	q := s.Questions[i]
	if q.ShowIf == nil || len(q.ShowIf.Conditions) == 0 {
		return true
	}
	yes := 0
	for _, c := range q.ShowIf.Conditions {
		j := slices.IndexFunc(s.Questions, func(x Question) bool { return x.ID == c.Question })
		a := answers[c.Question]
		if j < 0 || j >= i || !naive(s, answers, j) || len(a.Options) == 0 && a.Number == nil && a.Text == "" {
			continue
		}
		n, common := len(a.Options), 0
		for _, o := range c.Options {
			if slices.Contains(a.Options, o) {
				common++
			}
		}
		if a.Number != nil {
			n = *a.Number
		}
		ok := map[string]bool{"answered": true, "any_of": common > 0, "none_of": common == 0, "at_least": n >= c.Number, "at_most": n <= c.Number,
			"equals": a.Number != nil && n == c.Number || a.Number == nil && common == len(c.Options) && common == len(a.Options)}[c.Op]
		if ok {
			yes++
		}
	}
	if q.ShowIf.Any {
		return yes > 0
	}
	return yes == len(q.ShowIf.Conditions)
}

func TestVisibleIsWhatTheOracleSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySpec(t)
		answers := anyAnswers(t, s)
		kept, shown := s.visible(answers)
		for i, q := range s.Questions {
			want := naive(s, answers, i)
			if shown[q.ID] != want {
				t.Fatalf("%s shown %v, should be %v", q.ID, shown[q.ID], want)
			}
			if _, ok := kept[q.ID]; ok != (want && answers[q.ID].given()) {
				t.Fatalf("%s kept %v", q.ID, ok)
			}
		}
		again, _ := s.visible(kept)
		if !reflect.DeepEqual(again, kept) {
			t.Fatalf("what is kept changes what is shown: %v, then %v", kept, again)
		}
	})
}

// Whoever answers each page as it is shown comes to the end: in no more pages
// than there are, past nothing that must be answered.
func TestEveryPathEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySpec(t)
		for i := range s.Questions { // as what is published is
			q := &s.Questions[i]
			first := i
			for first > 0 && s.Questions[first].SamePage {
				first--
			}
			if q.ShowIf != nil {
				q.ShowIf.Conditions = slices.DeleteFunc(q.ShowIf.Conditions, func(c Condition) bool { return c.Question >= fmt.Sprint("q", first) })
			}
		}
		answers, at := Answers{}, s.settle(-1, Answers{})
		for range len(s.Questions) + 1 {
			if at > s.reach(answers) {
				t.Fatalf("on page %d, past %d", at, s.reach(answers))
			}
			form := url.Values{}
			_, shown := s.visible(answers)
			for _, q := range s.pages()[at] {
				if !shown[q.ID] {
					continue
				}
				if v := rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "choice"); q.choice() && (v != "" || q.Required) {
					form.Set("a."+q.ID, strings.TrimSpace(v + "a")[:1])
				} else if !q.choice() {
					form.Set("a."+q.ID, "7")
				}
			}
			var wrong map[string]any
			out, bad := s.take(s.pages()[at], answers, form, nil)
			if len(bad) > 0 {
				t.Fatalf("refused: %v %v", bad, wrong)
			}
			answers = out
			_, shown = s.visible(answers)
			next := -1
			for _, step := range s.steps(shown) {
				if step > at {
					next = step
					break
				}
			}
			if next < 0 {
				if s.reach(answers) != len(s.pages()) {
					t.Fatalf("ended with page %d unanswered", s.reach(answers))
				}
				return
			}
			at = next
		}
		t.Fatal("no end")
	})
}

func TestPipes(t *testing.T) {
	s := feeding()
	kept := Answers{"q1": {Options: []string{"b"}}, "q5": {Text: "+8613800138000"}}
	if got := s.piped("用{{ q1 }}、{{q5}}、{{nobody}}。", kept); got != "用奶粉、、。" {
		t.Error(got)
	}
}

// Whatever is sent, what comes out is what the question offers.
func FuzzDecode(f *testing.F) {
	f.Add("a.q1=a&a.q1=b&a.q2=c&a.q2=zz&a.q3=11&a.q4=<script>&a.q5=13800138000&c.q5=yes")
	f.Add("a.q3=-1&a.q4=%ff%00%e2%80%ae&a.q5=x")
	f.Add("a.q2=a&a.q2=b&a.q2=c&%zz&=&a.q6=2026-02-30")
	spec := feeding()
	spec.Questions = append(spec.Questions, Question{ID: "q6", Type: Date}, Question{ID: "q7", Type: Text, Long: true})
	f.Fuzz(func(t *testing.T, body string) {
		form, _ := url.ParseQuery(body)
		for i := range spec.Questions {
			q := &spec.Questions[i]
			a, problem := q.decode(form, func(raw string) (string, bool) { return "+86" + raw, len(raw) == 11 })
			if !problem.IsZero() && (problem.ZH == "" || problem.EN == "") {
				t.Fatalf("%s: one language only: %+v", q.ID, problem)
			}
			for _, o := range a.Options {
				if q.label(o) == "" {
					t.Fatalf("%s: %q is no option", q.ID, o)
				}
			}
			if q.Type == Single && len(a.Options) > 1 || a.Number != nil && (*a.Number < q.From || *a.Number > q.To) {
				t.Fatalf("%s: %+v", q.ID, a)
			}
			if !utf8.ValidString(a.Text) || strings.ContainsAny(a.Text, "\x00\u202e\x1b") || utf8.RuneCountInString(a.Text) > maxLongText {
				t.Fatalf("%s: %q", q.ID, a.Text)
			}
			if q.Type == Phone && a.Text != "" && form.Get("c.q5") != "yes" {
				t.Fatal("a phone without consent")
			}
		}
	})
}
