package wording

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/template"
	"time"
)

const (
	mustName    = "_must"
	traitPrefix = "trait."
)

// arity is how many values each function takes, the one before the bar included.
var arity = map[string][2]int{
	"trait": {1, 1}, "default": {2, 2}, "upper": {1, 1}, "lower": {1, 1}, "first": {2, 2}, "date": {2, 2}, "money": {1, 1}, "contains": {2, 2},
	"eq": {2, 2}, "ne": {2, 2}, "lt": {2, 2}, "le": {2, 2}, "gt": {2, 2}, "ge": {2, 2}, "and": {2, 9}, "or": {2, 9}, "not": {1, 1},
}

// person is whose text is being made. The functions of a writer read it, so that
// they are bound once and not for each person.
type person struct{ values Values }

func (p *person) functions() template.FuncMap {
	f := template.FuncMap{
		"trait":   func(key string) any { return p.value(traitPrefix + key) },
		"default": orElse, "upper": func(v any) any { return text(v, strings.ToUpper) }, "lower": func(v any) any { return text(v, strings.ToLower) },
		"first": first, "date": date, "money": money, "contains": contains,
		"eq": comparing(func(c int) bool { return c == 0 }), "lt": comparing(func(c int) bool { return c < 0 }), "le": comparing(func(c int) bool { return c <= 0 }),
		"gt": comparing(func(c int) bool { return c > 0 }), "ge": comparing(func(c int) bool { return c >= 0 }),
		"ne": func(a, b any) (bool, error) {
			same, err := comparing(func(c int) bool { return c == 0 })(a, b)
			return !same, err
		},
		mustName: must,
	}
	for _, v := range Variables {
		f[v.Name] = func() any { return p.value(v.Name) }
	}
	return f
}

// value is nil for what is not there; an empty text is not there either.
func (p *person) value(name string) any {
	switch v := p.values[name].(type) {
	case string:
		if strings.TrimSpace(v) == "" {
			return nil
		}
		return v
	case int:
		return float64(v)
	case int64:
		return float64(v)
	default:
		return v
	}
}

func orElse(instead, v any) any {
	if v == nil {
		return instead
	}
	return v
}

func text(v any, fn func(string) string) any {
	if v == nil {
		return nil
	}
	return fn(show(v))
}

// show is a value as it is written.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		words := make([]string, len(v))
		for i, one := range v {
			words[i] = show(one)
		}
		return strings.Join(words, "、")
	}
	return fmt.Sprint(v)
}

// must is what stands at the end of whatever is written.
func must(of string, v any) (string, error) {
	if v == nil {
		return "", &Missing{Of: of}
	}
	return show(v), nil
}

// first is the first n characters.
func first(n int, v any) any {
	return text(v, func(s string) string {
		if runes := []rune(s); n >= 0 && len(runes) > n {
			return string(runes[:n])
		}
		return s
	})
}

var layout = strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02", "M", "1", "D", "2")

// date writes a day (YYYY-MM-DD) in another form: {{ last_order | date "M月D日" }}.
func date(form string, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	day, err := time.Parse(time.DateOnly, show(v))
	if err != nil {
		return nil, fmt.Errorf("%q is not a day", show(v))
	}
	return day.Format(layout.Replace(form)), nil
}

// money writes a number with two decimals and its thousands set apart.
func money(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	n, ok := number(v)
	if !ok {
		return nil, fmt.Errorf("%q is not a number", show(v))
	}
	whole, rest, _ := strings.Cut(strconv.FormatFloat(n, 'f', 2, 64), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + "." + rest, nil
}

func contains(part, v any) bool {
	if list, ok := v.([]any); ok {
		for _, one := range list {
			if show(one) == show(part) {
				return true
			}
		}
		return false
	}
	return v != nil && part != nil && strings.Contains(show(v), show(part))
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	}
	return 0, false
}

var errUnlike = errors.New("a text and a number cannot be compared")

// comparing compares two numbers, two texts, or two answers to yes or no. What is
// not there is neither equal to, nor below, nor above anything.
func comparing(is func(int) bool) func(a, b any) (bool, error) {
	return func(a, b any) (bool, error) {
		if a == nil || b == nil {
			return false, nil
		}
		x, xIs := number(a)
		y, yIs := number(b)
		switch {
		case xIs && yIs:
			return is(cmp.Compare(x, y)), nil
		case xIs != yIs:
			return false, errUnlike
		}
		return is(cmp.Compare(show(a), show(b))), nil
	}
}
