// Package i18n carries the two languages in which Fishpond speaks to people.
//
// A message is written once, beside the code that says it, as a Text with both
// languages; there is no catalogue to fall out of step.
package i18n

import (
	"context"
	"fmt"

	"golang.org/x/text/language"
)

// Lang is a language that every text exists in.
type Lang string

// The languages, the default first.
const (
	ZH Lang = "zh-CN"
	EN Lang = "en"
)

// Text is one message in every language.
type Text struct{ ZH, EN string }

// T formats both languages with the same arguments. Use explicit argument
// indexes (%[2]s) where the word order differs.
func T(zh, en string, args ...any) Text {
	if len(args) == 0 {
		return Text{zh, en}
	}
	return Text{fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...)}
}

// In returns the text in language l, zh-CN when l is unknown.
func (t Text) In(l Lang) string {
	if l == EN {
		return t.EN
	}
	return t.ZH
}

// IsZero reports whether nothing was written in either language.
func (t Text) IsZero() bool { return t.ZH == "" && t.EN == "" }

var matcher = language.NewMatcher([]language.Tag{language.SimplifiedChinese, language.English})

// Match picks the language for an Accept-Language header (RFC 9110 §12.5.4).
// An empty or unreadable header means zh-CN.
func Match(acceptLanguage string) Lang {
	if acceptLanguage == "" {
		return ZH
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return ZH
	}
	if _, i, conf := matcher.Match(tags...); conf != language.No && i == 1 {
		return EN
	}
	return ZH
}

type key struct{}

// With returns a context whose texts are read in l.
func With(ctx context.Context, l Lang) context.Context { return context.WithValue(ctx, key{}, l) }

// From returns the context's language, zh-CN when none was set.
func From(ctx context.Context) Lang {
	if l, ok := ctx.Value(key{}).(Lang); ok {
		return l
	}
	return ZH
}
