package survey

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// The traits that surveys make when they are needed.
const (
	PainPointsTrait = "pain_points"
	RemarkTrait     = "remark"
)

const (
	maxPainPoint = 60 // characters
	maxRemark    = 20 // characters; as long as platforms take them
)

// fits reports whether a rule follows from an answer.
func (r *Rule) fits(a Answer) bool {
	if !a.given() {
		return false
	}
	if len(r.Options) > 0 && !slices.ContainsFunc(r.Options, func(o string) bool { return slices.Contains(a.Options, o) }) {
		return false
	}
	if a.Number != nil {
		return (r.Min == nil || *a.Number >= *r.Min) && (r.Max == nil || *a.Number <= *r.Max)
	}
	return true
}

// value is what a rule sets a trait to; ok is false where that does not fit.
func (t TraitWord) value(q *Question, r *Rule, a Answer) (v any, ok bool) {
	text := r.Value
	if text == "" {
		if q.Type == Phone {
			return nil, false // an identity, not a trait
		}
		text = q.words(a)
	}
	switch t.Type {
	case "number":
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n, true
		}
	case "boolean":
		if text == "true" || text == "false" {
			return text == "true", true
		}
	case "date":
		if _, err := time.Parse(time.DateOnly, text); err == nil {
			return text, true
		}
	case "list":
		list := []string{text}
		if r.Value == "" && len(a.Options) > 0 {
			list = nil
			for _, o := range a.Options {
				list = append(list, q.label(o))
			}
		}
		return list, q.choice() || r.Value != "" || len(t.Options) == 0
	case "text":
		return text, len(t.Options) == 0 || r.Value != "" || slices.Contains(t.Options, text) || q.choice()
	}
	return nil, false
}

// lesson is what answers say of the person who gave them. A tag that one rule
// gives and another takes is given.
func (s *Spec) lesson(kept Answers, words Words) (out Lesson) {
	out = Lesson{Set: map[string]any{}, Append: map[string][]string{}}
	for i := range s.Questions {
		q := &s.Questions[i]
		a, ok := kept[q.ID]
		if !ok {
			continue
		}
		for j := range q.Rules {
			r := &q.Rules[j]
			if !r.fits(a) {
				continue
			}
			piped := *r
			piped.Value = line(s.piped(r.Value, kept))
			if r.Value != "" && piped.Value == "" {
				continue // it was to be an answer that nobody gave
			}
			out.follow(q, &piped, a, words)
		}
	}
	return out
}

func (l *Lesson) follow(q *Question, r *Rule, a Answer, words Words) {
	switch r.Do {
	case AddTag:
		l.Add = append(l.Add, r.TagID)
	case RemoveTag:
		l.Remove = append(l.Remove, r.TagID)
	case GroupTag:
		l.Alone = append(l.Alone, r.TagID)
	case SetTrait:
		if v, ok := words.Traits[r.Trait].value(q, r, a); ok {
			l.Set[r.Trait] = v
		}
	case PainPoint:
		points := []string{r.Value}
		if r.Value == "" {
			points = []string{q.words(a)}
			if len(a.Options) > 0 {
				points = nil
				for _, o := range a.Options {
					if len(r.Options) == 0 || slices.Contains(r.Options, o) {
						points = append(points, q.label(o))
					}
				}
			}
		}
		for _, p := range points {
			if p = line(p); p != "" && utf8.RuneCountInString(p) <= maxPainPoint {
				l.Append[PainPointsTrait] = append(l.Append[PainPointsTrait], p)
			}
		}
	case Remark:
		text := r.Value
		if text == "" {
			text = q.words(a)
		}
		if n := []rune(line(text)); len(n) > 0 && q.Type != Phone {
			l.Set[RemarkTrait] = string(n[:min(len(n), maxRemark)])
		}
	}
}

// makes are the traits that a spec's rules need and that surveys make
// themselves, by key with their labels and types.
func (s *Spec) makes() map[string][2]string {
	out := map[string][2]string{}
	for _, q := range s.Questions {
		for _, r := range q.Rules {
			switch r.Do {
			case PainPoint:
				out[PainPointsTrait] = [2]string{"痛点", "list"}
			case Remark:
				out[RemarkTrait] = [2]string{"备注名", "text"}
			}
		}
	}
	return out
}
