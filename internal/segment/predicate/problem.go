package predicate

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// maxProblems is how many problems are told at once.
const maxProblems = 20

// Position is where in a text something is wrong. It is the Value of the
// errs.Field that tells of it.
type Position struct {
	Offset int `json:"offset" doc:"Bytes before it"`
	Length int `json:"length" doc:"Bytes that it is about; 0 at the end of the text"`
	Line   int `json:"line" doc:"From 1"`
	Column int `json:"column" doc:"Characters, from 1"`
}

// problem is one thing that is wrong, in either form.
type problem struct {
	span
	pointer string // JSON pointer into the tree
	text    i18n.Text
}

var notUnderstood = i18n.T("条件有误", "The condition is not right")

// inText tells of problems in a text. Each field has the path "text".
func inText(text string, problems ...problem) *errs.Error {
	fields := make([]errs.Field, len(problems))
	for i, p := range problems {
		pos := position(text, p.span)
		fields[i] = errs.Field{Path: "text", Value: pos, Text: i18n.Text{
			ZH: fmt.Sprintf("第 %d 行第 %d 个字：%s", pos.Line, pos.Column, p.text.ZH),
			EN: fmt.Sprintf("line %d, character %d: %s", pos.Line, pos.Column, p.text.EN),
		}}
	}
	return errs.Invalid(notUnderstood, fields...)
}

func position(text string, s span) Position {
	from := min(max(s.from, 0), len(text))
	to := min(max(s.to, from), len(text))
	pos := Position{Offset: from, Length: to - from, Line: 1, Column: 1}
	for _, r := range text[:from] {
		pos.Column++
		if r == '\n' {
			pos.Line, pos.Column = pos.Line+1, 1
		}
	}
	return pos
}

// inTree tells of problems in a tree. The path of each field is "tree"
// followed by a JSON pointer (RFC 6901): tree/of/0/value.
func inTree(problems ...problem) *errs.Error {
	fields := make([]errs.Field, len(problems))
	for i, p := range problems {
		fields[i] = errs.Field{Path: "tree" + p.pointer, Text: p.text}
	}
	return errs.Invalid(notUnderstood, fields...)
}

func index(i int) string { return "/" + strconv.Itoa(i) }

// short is text from a stranger, cut for showing.
func short(s string) string {
	const most = 40
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// with adds what was probably meant.
func with(t i18n.Text, suggestions ...string) i18n.Text {
	if len(suggestions) == 0 {
		return t
	}
	zh, en := "", ""
	for i, s := range suggestions {
		if i > 0 {
			zh, en = zh+"、", en+", "
		}
		zh, en = zh+s, en+s
	}
	return i18n.Text{ZH: t.ZH + "，是不是 " + zh + "？", EN: t.EN + "; did you mean " + en + "?"}
}

// nearest picks at most three of the known names that a mistyped one is close
// to, the closest first.
func nearest(name string, known []string) []string {
	const most = 3
	given := []rune(fold(name))
	if len(given) > 40 {
		return nil
	}
	limit := 1 + len(given)/4
	type near struct {
		name     string
		distance int
	}
	var found []near
	for _, k := range known {
		runes := []rune(fold(k))
		if len(runes) > 40 || len(runes)-len(given) > limit || len(given)-len(runes) > limit {
			continue
		}
		// Nothing in common is no likeness.
		if d := distance(given, runes); d <= limit && d < max(len(runes), len(given)) {
			found = append(found, near{k, d})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.distance - b.distance })
	var out []string
	for _, n := range found[:min(most, len(found))] {
		out = append(out, n.name)
	}
	return out
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// fold lowers A–Z.
func fold(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// distance is how many characters must be put in, left out, changed or
// swapped with their neighbour to turn a into b.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			row[j+1] = min(last[j]+boolInt(a[i] != b[j]), last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
