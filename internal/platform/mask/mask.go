// Package mask hides what tells who somebody is in what people write: phone
// numbers, identity numbers, bank cards, e-mail and postal addresses.
package mask

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is a kind of personal data.
type Kind int

// The kinds.
const (
	Phone Kind = iota
	Identity
	Card
	Email
	Address
)

// All are all kinds.
var All = []Kind{Phone, Identity, Card, Email, Address}

// sep are what people put between the digits of a number.
const sep = `[ \t\x{00a0}\x{3000}.·_\-－—]{0,2}`

var (
	email   = regexp.MustCompile(`[A-Za-z0-9.!#$%&'*+/=?^_{|}~\-]{1,64}[@＠][A-Za-z0-9\-]{1,63}(?:[.。．][A-Za-z0-9\-]{1,63}){1,5}`)
	address = regexp.MustCompile(`\p{Han}{2,8}(?:省|市|区|县|镇|乡|村|州|旗)(?:\p{Han}|[0-9A-Za-z０-９\-－ ]){0,30}?(?:路|街|道|巷|弄|胡同|里|村|小区|花园|大厦|广场|公寓|苑|园)[0-9０-９A-Za-z\-－ ]{0,8}(?:号|弄|栋|幢|座|楼|单元|层|室|#)?(?:[0-9０-９A-Za-z\-－一二三四五六七八九十 ]{1,8}(?:号楼|号|弄|栋|幢|座|楼|单元|层|室)){0,5}[0-9０-９]{0,5}`)
	digits  = regexp.MustCompile(`\+?[0-9](?:` + sep + `[0-9]){6,}`)
)

// Text hides the given kinds in a text. Letters of what is hidden become *, so
// that one sees that something was there; the first and the last of a number
// stay. Applying it again changes nothing.
func Text(text string, kinds ...Kind) string {
	if text == "" || len(kinds) == 0 {
		return text
	}
	// What is hidden can leave two numbers where one stood, which was none.
	for range 8 {
		next := once(text, kinds)
		if next == text {
			break
		}
		text = next
	}
	return text
}

func once(text string, kinds []Kind) string {
	plain := ascii(text) // the same characters one by one, so that places agree
	runes := []rune(text)
	cover := make([]bool, len(runes))
	hides := func(k Kind) bool { return slices.Contains(kinds, k) }
	if hides(Email) {
		for _, m := range places(email, plain) {
			at := m[0]
			for at < m[1] && plain[at] != '@' {
				at++
			}
			hide(cover, plain, min(m[0]+1, at), at) // the domain stays
		}
	}
	for _, m := range places(digits, plain) {
		numbers(plain, m[0], m[1], func(k Kind, n, start, end int) {
			switch {
			case !hides(k):
			case k == Phone:
				keep(cover, plain, start, end, n-min(8, n-2), 4)
			case k == Identity:
				keep(cover, plain, start, end, 4, 2)
			default:
				keep(cover, plain, start, end, 4, 4)
			}
		})
	}
	if hides(Address) {
		for _, m := range places(address, plain) {
			// What is behind the town: the street and the number.
			at := m[0]
			for i := m[0]; i < m[1] && i < m[0]+10; i++ {
				if strings.ContainsRune("省市区县镇乡州旗", plain[i]) {
					at = i + 1
				}
			}
			hide(cover, plain, at, m[1])
		}
	}
	for i, c := range cover {
		if c {
			runes[i] = '*'
		}
	}
	return string(runes)
}

// ascii gives each character of a text as it is compared, one for one.
func ascii(text string) []rune {
	out := make([]rune, 0, len(text))
	for _, r := range text {
		switch {
		case r >= 0xff01 && r <= 0xff5e:
			r -= 0xfee0
		case r < 0x80:
		case unicode.Is(unicode.Nd, r):
			r = digit(r)
		}
		out = append(out, r)
	}
	return out
}

// digit is what a digit of another script is worth, as 0 to 9. Such digits
// stand in tens.
func digit(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) { //nolint:gosec // characters
			return '0' + (r-rune(t.Lo))%10 //nolint:gosec // as above
		}
	}
	return r
}

// places are where an expression matches, in characters.
func places(re *regexp.Regexp, text []rune) (out [][2]int) {
	s := string(text)
	at, char := 0, 0
	for _, m := range re.FindAllStringIndex(s, -1) {
		char += utf8.RuneCountInString(s[at:m[0]])
		end := char + utf8.RuneCountInString(s[m[0]:m[1]])
		out = append(out, [2]int{char, end})
		at, char = m[1], end
	}
	return out
}

// numbers calls fn for each number in a run of digits. Blanks and dashes may
// stand within a number as well as between two, so the longest that is one counts.
func numbers(text []rune, start, end int, fn func(k Kind, n, start, end int)) {
	if end < len(text) && (text[end]|0x20) == 'x' && (end+1 == len(text) || !isDigit(text[end+1])) {
		end++ // the check digit of an identity number
	}
	var groups [][2]int
	for i := start; i < end; i++ {
		if !isDigit(text[i]) && text[i]|0x20 != 'x' && text[i] != '+' {
			continue
		}
		if len(groups) > 0 && groups[len(groups)-1][1] == i {
			groups[len(groups)-1][1]++
		} else {
			groups = append(groups, [2]int{i, i + 1})
		}
	}
	for i := 0; i < len(groups); i++ {
		for k := min(len(groups), i+20); k > i; k-- {
			if kind, n, ok := number(text[groups[i][0]:groups[k-1][1]]); ok {
				fn(kind, n, groups[i][0], groups[k-1][1])
				i = k - 1
				break
			}
		}
	}
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// number says what a run of digits is: a bank card by its check digit, an
// identity number, or a phone. Years, prices and order numbers are none of them.
func number(run []rune) (k Kind, n int, ok bool) {
	var d []int
	check := false // an X at the end stands for ten
	for _, r := range run {
		if isDigit(r) {
			d = append(d, int(r-'0'))
		}
		check = r|0x20 == 'x'
	}
	if n = len(d); n < 7 {
		return 0, n, false
	}
	if check && n == 17 && d[0] > 0 {
		return Identity, n + 1, true
	}
	switch {
	case n >= 13 && n <= 19 && luhn(d) && d[0] >= 2 && d[0] <= 6 || n == 19 && d[0] == 6:
		return Card, n, true
	case n == 18 && d[0] > 0 && (d[6]*10+d[7] == 19 || d[6]*10+d[7] == 20):
		return Identity, n, true
	case mobile(d) || run[0] == '+' && n >= 9 && n <= 15 || d[0] == 0 && n >= 10 && n <= 12 || n == 10 && d[0] == 4 && d[1] == 0 && d[2] == 0:
		return Phone, n, true
	}
	return 0, n, false
}

// mobile is a Chinese mobile number, with or without 86 or 0086 before it.
func mobile(d []int) bool {
	for _, prefix := range [][]int{nil, {8, 6}, {0, 0, 8, 6}, {0}} {
		if len(d) == 11+len(prefix) && slices.Equal(d[:len(prefix)], prefix) && d[len(prefix)] == 1 && d[len(prefix)+1] >= 3 {
			return true
		}
	}
	return false
}

func luhn(d []int) bool {
	sum := 0
	for i := range d {
		v := d[len(d)-1-i]
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// hide covers what says something between two places.
func hide(cover []bool, text []rune, start, end int) {
	for i := start; i < end; i++ {
		cover[i] = unicode.IsLetter(text[i]) || unicode.IsNumber(text[i]) || cover[i]
	}
}

// keep covers the digits between two places but for the first and the last few.
func keep(cover []bool, text []rune, start, end, first, last int) {
	n := 0
	for i := start; i < end; i++ {
		if isDigit(text[i]) || text[i]|0x20 == 'x' {
			n++
		}
	}
	at := 0
	for i := start; i < end; i++ {
		if isDigit(text[i]) || text[i]|0x20 == 'x' {
			if at >= first && at < n-last {
				cover[i] = true
			}
			at++
		}
	}
}
