// Package plaintext makes what people typed fit to be kept, shown and compared.
package plaintext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Tidy makes hostile text fit to be kept and shown: valid UTF-8 without control
// characters and without those that turn the text around. Lines stay.
func Tidy(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == utf8.RuneError {
			return -1
		}
		return r
	}, s))
}

// Line is tidy text of one line with at most so many characters.
func Line(s string, most int) string {
	s = strings.Join(strings.Fields(Tidy(s)), " ")
	if utf8.RuneCountInString(s) > most {
		return string([]rune(s)[:most])
	}
	return s
}

// Cut shortens s to so many bytes without breaking a character.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// Fold is text as it is compared: full-width letters are letters, capitals are
// not told apart.
func Fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }
