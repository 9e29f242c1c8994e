package predicate

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fishpond/internal/platform/i18n"
)

type tokenKind uint8

const (
	endToken    tokenKind = iota
	wordToken             // letters, digits and _ - . inside; also numbers, dates, lengths of time
	stringToken           // text holds what stands between the quotes
	markToken             // one of ( ) , : / * % # = != < <= > >=
)

type token struct {
	span
	kind tokenKind
	text string
}

// is reports whether the token is a keyword, in any case.
func (t token) is(keywords ...string) bool {
	return t.kind == wordToken && slices.ContainsFunc(keywords, func(k string) bool { return strings.EqualFold(t.text, k) })
}

func (t token) mark(m string) bool { return t.kind == markToken && t.text == m }

// marks are the characters that are tokens of their own, with those that
// Chinese keyboards put in their place.
var marks = map[rune]string{
	'(': "(", ')': ")", ',': ",", ':': ":", '/': "/", '*': "*", '%': "%", '#': "#", '=': "=", '<': "<", '>': ">", '!': "!",
	'（': "(", '）': ")", '，': ",", '、': ",", '：': ":", '／': "/", '＊': "*", '％': "%", '＃': "#", '＝': "=", '＜': "<", '＞': ">", '！': "!",
	'≤': "<=", '≥': ">=", '≠': "!=",
}

var closing = map[rune]rune{'"': '"', '“': '”', '＂': '＂', '「': '」'}

// lexer cuts a text into tokens as they are asked for: what is refused at its
// beginning is not read to its end.
type lexer struct {
	text string
	at   int
}

// begin checks the text as a whole.
func begin(text string) (*lexer, *problem) {
	if len(text) > MaxText {
		return nil, &problem{span: span{MaxText, len(text)}, text: i18n.T("条件太长，最多 %d KB", "The condition is too long: at most %d KB", MaxText>>10)}
	}
	if !utf8.ValidString(text) {
		at := strings.IndexFunc(text, func(r rune) bool { return r == utf8.RuneError })
		return nil, &problem{span: span{at, at}, text: i18n.T("文字编码不正确，应为 UTF-8", "The text is not valid UTF-8")}
	}
	return &lexer{text: text}, nil
}

// next gives the next token; at the end, and again behind it, the end.
func (l *lexer) next() (token, *problem) {
	for l.at < len(l.text) {
		from := l.at
		r, size := utf8.DecodeRuneInString(l.text[from:])
		switch {
		case unicode.IsSpace(r) || r == '\ufeff' && from == 0:
			l.at += size
			continue
		case closing[r] != 0:
			s, to, bad := lexString(l.text, from, size, closing[r])
			if bad == nil && tooLong(s) {
				bad = &problem{span: span{from, to}, text: valueTooLong}
			}
			l.at = to
			return token{span{from, to}, stringToken, s}, bad
		case inWord(r, true) || negative(l.text[from:]):
			return l.word(size)
		}
		return l.mark(r, size)
	}
	return token{span: span{len(l.text), len(l.text)}}, nil
}

func (l *lexer) word(size int) (token, *problem) {
	from := l.at
	for l.at += size; l.at < len(l.text); l.at += size {
		var r rune
		if r, size = utf8.DecodeRuneInString(l.text[l.at:]); !inWord(r, false) {
			break
		}
	}
	s := l.text[from:l.at]
	if tooLong(s) {
		return token{}, &problem{span: span{from, l.at}, text: valueTooLong}
	}
	return token{span{from, l.at}, wordToken, strings.Replace(s, "−", "-", 1)}, nil
}

func (l *lexer) mark(r rune, size int) (token, *problem) {
	from := l.at
	mark, ok := marks[r]
	if l.at += size; !ok {
		return token{}, &problem{span: span{from, l.at}, text: i18n.T("这里不能有 %[1]q；文字里有特殊字符时请加引号", "%[1]q cannot stand here; put text with special characters in quotes", r)}
	}
	if next, size := utf8.DecodeRuneInString(l.text[l.at:]); marks[next] == "=" && (mark == "<" || mark == ">" || mark == "!") {
		mark, l.at = mark+"=", l.at+size
	}
	if mark == "!" {
		return token{}, &problem{span: span{from, l.at}, text: with(i18n.T("这里不能有 !", "! cannot stand here"), "not", "!=")}
	}
	return token{span{from, l.at}, markToken, mark}, nil
}

var valueTooLong = i18n.T("文字太长，最多 %d 个字", "The text is too long: at most %d characters", MaxValue)

func tooLong(s string) bool { return len(s) > MaxValue && utf8.RuneCountInString(s) > MaxValue }

// inWord reports whether r may stand in a word without quotes, or begin one.
func inWord(r rune, first bool) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || !first && (r == '-' || r == '.')
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || !first && unicode.IsMark(r))
}

// negative reports whether a number below zero begins here.
func negative(s string) bool {
	rest, ok := strings.CutPrefix(s, "-")
	if !ok {
		rest, ok = strings.CutPrefix(s, "−")
	}
	return ok && rest != "" && rest[0] >= '0' && rest[0] <= '9'
}

// lexString reads from an opening quote of the given size up to the closing
// one; \" and \\ stand for themselves.
func lexString(text string, from, size int, end rune) (string, int, *problem) {
	var out strings.Builder
	for at := from + size; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case r == end:
			return out.String(), at + size, nil
		case r == '\\':
			r, more := utf8.DecodeRuneInString(text[at+size:])
			if r != '\\' && closing[r] == 0 && r != end {
				return "", 0, &problem{span: span{at, min(at+size+more, len(text))}, text: i18n.T(`反斜杠后只能是引号或反斜杠`, `Only a quote or a backslash can follow a backslash`)}
			}
			out.WriteRune(r)
			at += size + more
			continue
		case unicode.IsControl(r):
			return "", 0, &problem{span: span{at, at + size}, text: i18n.T("引号内不能有换行等控制字符", "Quoted text cannot hold line breaks or control characters")}
		}
		out.WriteRune(r)
		at += size
	}
	return "", 0, &problem{span: span{from, len(text)}, text: i18n.T("缺少右引号 %c", "The closing quote %c is missing", end)}
}

// keywords have a meaning of their own somewhere; as values they are quoted.
var keywords = wordSet(`and or not in is contains starts with between before after on since until has any all none of did where
	count sum min max avg first last next ago today yesterday tomorrow this within joining set unset true false everyone nobody tag
	segment list random from to salt identity reachable consent granted withdrawn anniversary trait the full`)

func wordSet(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(s) {
		out[w] = true
	}
	return out
}

// bare reports whether s can be written as a value without quotes and read
// back as text.
func bare(s string) bool {
	if s == "" || keywords[fold(s)] {
		return false
	}
	for i, r := range s {
		if !inWord(r, i == 0) {
			return false
		}
	}
	_, number := decimal(s)
	return !number
}

// quote writes s so that it is read back as text.
func quote(s string) string {
	if bare(s) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
