// Package phrase fills short texts that staff wrote with the names of people.
// A text knows a few variables and nothing else: no conditions, no functions,
// and what a variable holds is never read as a text again.
package phrase

import (
	"slices"
	"strings"
	"unicode"
)

// Vars is what variables stand for.
type Vars map[string]string

// Unknown returns the first variable in text that is none of known, as it is
// written; empty when all are known. Braces that are never closed are text.
func Unknown(text string, known ...string) string {
	for _, name := range variables(text) {
		if !slices.Contains(known, strings.TrimSpace(name)) {
			return "{{" + name + "}}"
		}
	}
	return ""
}

func variables(text string) (out []string) {
	walk(text, func(string) {}, func(name string) { out = append(out, name) })
	return out
}

// walk calls plain and variable for the pieces of a text in order.
func walk(text string, plain, variable func(string)) {
	for {
		before, rest, ok := strings.Cut(text, "{{")
		if !ok {
			plain(text)
			return
		}
		name, after, ok := strings.Cut(rest, "}}")
		if !ok {
			plain(text)
			return
		}
		plain(before)
		variable(name)
		text = after
	}
}

// Fill puts values into a text. Values come from customers: they are cut to 40
// characters, and lose line breaks and everything that does not print or turns
// the direction of writing. A variable that has no value vanishes. The whole is
// cut to most characters; 0: not at all.
func Fill(text string, vars Vars, most int) string {
	var out strings.Builder
	walk(text, func(s string) { out.WriteString(s) }, func(name string) { out.WriteString(Clean(vars[strings.TrimSpace(name)], 40)) })
	if most == 0 {
		return out.String()
	}
	return cut(out.String(), most)
}

// Clean is one line of printing characters, at most n of them.
func Clean(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case !unicode.IsPrint(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return cut(strings.TrimSpace(s), n)
}

func cut(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		return string(r[:n])
	}
	return s
}
