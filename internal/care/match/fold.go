package match

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxText is how many bytes of a text are looked at.
const MaxText = 64 << 10

// folded is a text in its plain form, with the way back.
type folded struct {
	plain []byte
	from  []int32 // for each byte of plain: which character of the text it came from
	chars []rune  // the text's characters
}

// Fold is the plain form of a word: empty when nothing of it is ever compared.
func Fold(word string) string {
	var plain []byte
	for _, r := range word {
		plain = appendPlain(plain, r)
	}
	return string(plain)
}

func fold(text string) folded {
	if len(text) > MaxText {
		end := MaxText
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	f := folded{plain: make([]byte, 0, len(text)), from: make([]int32, 0, len(text)), chars: make([]rune, 0, len(text))}
	for _, r := range text {
		at := int32(len(f.chars)) //nolint:gosec // at most MaxText
		f.chars = append(f.chars, r)
		f.plain = appendPlain(f.plain, r)
		for len(f.from) < len(f.plain) {
			f.from = append(f.from, at)
		}
	}
	return f
}

// appendPlain appends the plain form of one character: nothing for blanks,
// punctuation, marks and what cannot be seen.
func appendPlain(to []byte, r rune) []byte {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r >= 0x4e00 && r <= 0x9fff:
		return utf8.AppendRune(to, r) // most of what people write
	case r >= 'A' && r <= 'Z':
		return append(to, byte(r)+'a'-'A')
	case r < 0x80 || r == utf8.RuneError:
		return to
	}
	var short [utf8.UTFMax]byte
	for _, p := range string(norm.NFKD.AppendString(nil, string(short[:utf8.EncodeRune(short[:], r)]))) {
		// What a character stands for may be a capital again, or a bracket around it.
		if p = unicode.ToLower(unicode.ToUpper(p)); unicode.IsLetter(p) || unicode.IsNumber(p) {
			to = utf8.AppendRune(to, p)
		}
	}
	return to
}

// class tells letters with blanks between their words, and digits, from the
// rest: next to another of its class a character is inside a longer word.
func class(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return 1
	case r < 0x80:
		if r|0x20 >= 'a' && r|0x20 <= 'z' {
			return 2
		}
		return 0
	case r >= 0xff10 && r <= 0xff19:
		return 1
	case unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek):
		return 2
	case unicode.Is(unicode.Nd, r):
		return 1
	}
	return 0
}

// whole reports whether nothing at the ends of text[start:end] goes on: a word
// of letters is not found inside a longer one, nor a number in a longer number.
func (f folded) whole(start, end int) bool {
	if c := class(f.chars[start]); c != 0 && start > 0 && class(f.chars[start-1]) == c {
		return false
	}
	c := class(f.chars[end-1])
	return c == 0 || end == len(f.chars) || class(f.chars[end]) != c
}
