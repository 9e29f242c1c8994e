// Package clue finds in what people say by what else they may be known: phone
// numbers, e-mail addresses, order numbers and member numbers. It proposes and
// never concludes: a number in a message may be anybody's.
package clue

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The kinds of clues. Phone and Email are also kinds of the pool's identities.
const (
	Phone  = "phone"     // E.164, of mainland China
	Email  = "email"     // lower case
	Order  = "order_no"  // looked up, never guessed
	Member = "member_no" // looked up; only where it is called so
	Shop   = "shop_id"   // what they are called in a shop elsewhere; looked up, only where it is called so
)

// Clue is one thing that was said.
type Clue struct{ Kind, Value string }

const (
	maxText  = 4 << 10 // bytes that are looked at
	maxClues = 10      // of a message
)

var (
	phone = regexp.MustCompile(`(?:(?:\+|00)?86[ \-]?)?1[3-9][0-9](?:[ \-.]?[0-9]){8}`)
	email = regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62})(?:\.[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62})){1,4}`)
	order = regexp.MustCompile(`[A-Za-z0-9](?:[A-Za-z0-9_\-]{4,62})[A-Za-z0-9]`)
	named = regexp.MustCompile(`(?i)(会员卡?号码?|会员编号|会员id|member(?:ship)? ?(?:no\.?|number|id)|店铺id|淘宝id|淘宝号|旺旺号?|京东账?号|抖音号|用户名|shop ?id|user ?name)(?: ?(?:是|为|is))?[ :=#]{0,3}([A-Za-z0-9_\-]{3,64})`)
)

// Find returns the clues in a text, each once, in the order of their kinds and
// places, at most ten. Order numbers are everything that may be one: whoever
// asks looks them up.
func Find(text string) []Clue {
	if len(text) > maxText {
		text = text[:maxText]
	}
	text = norm.NFKC.String(strings.ToValidUTF8(text, " ")) // full-width ０ is 0
	if len(text) > 4*maxText {                              // some characters unfold into many
		text = text[:4*maxText]
	}
	var out []Clue
	seen := map[Clue]bool{}
	add := func(kind, value string) {
		if c := (Clue{kind, value}); value != "" && !seen[c] && len(out) < maxClues {
			seen[c] = true
			out = append(out, c)
		}
	}
	var taken [][]int
	for _, at := range phone.FindAllStringIndex(text, -1) {
		if alone(text, at, "-._") {
			add(Phone, Number(text[at[0]:at[1]]))
			taken = append(taken, at)
		}
	}
	for _, at := range addresses(text) {
		if v := Address(text[at[0]:at[1]]); v != "" && alone(text, at, "@") {
			add(Email, v)
			taken = append(taken, at)
		}
	}
	for _, m := range named.FindAllStringSubmatchIndex(text, -1) {
		kind := Shop
		if word := strings.ToLower(text[m[2]:m[3]]); strings.Contains(word, "会员") || strings.HasPrefix(word, "member") {
			kind = Member
		}
		if at := m[4:6]; alone(text, at, "") {
			add(kind, text[at[0]:at[1]])
			taken = append(taken, at)
		}
	}
	for _, at := range order.FindAllStringIndex(text, -1) {
		if !overlaps(at, taken) && alone(text, at, "@") {
			add(Order, OrderNumber(text[at[0]:at[1]]))
		}
	}
	return out
}

// alone reports whether what was found is not a piece of something longer.
// through are the characters that may lead on to a further digit or letter.
func alone(text string, at []int, through string) bool {
	word := func(b byte) bool { return b < 0x80 && (unicode.IsLetter(rune(b)) || unicode.IsDigit(rune(b))) }
	before, after := text[:at[0]], text[at[1]:]
	for range 2 {
		if before != "" && word(before[len(before)-1]) || after != "" && word(after[0]) {
			return false
		}
		if n := len(before); n > 0 && strings.IndexByte(through, before[n-1]) >= 0 {
			before = before[:n-1]
		} else {
			before = ""
		}
		if len(after) > 1 && strings.IndexByte(through, after[0]) >= 0 {
			after = after[1:]
		} else {
			after = ""
		}
	}
	return true
}

func overlaps(at []int, taken [][]int) bool {
	for _, t := range taken {
		if at[0] < t[1] && t[0] < at[1] {
			return true
		}
	}
	return false
}

// Number is a mainland mobile number in E.164, empty when it is none.
func Number(text string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, norm.NFKC.String(text))
	digits = digits[max(0, len(digits)-11):]
	if len(digits) != 11 || digits[0] != '1' || digits[1] < '3' {
		return ""
	}
	return "+86" + digits
}

// Address is an e-mail address in lower case, empty when it is none.
func Address(text string) string {
	text = strings.ToLower(strings.TrimSpace(norm.NFKC.String(text)))
	if len(text) > 254 || strings.Contains(text, "..") || strings.Contains(text, ".@") || email.FindString(text) != text {
		return ""
	}
	return text
}

// OrderNumber is the form in which order numbers are compared, empty for what
// cannot be told from a word: there must be four digits in six characters.
func OrderNumber(text string) string {
	text = strings.ToUpper(strings.TrimSpace(norm.NFKC.String(text)))
	digits := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r >= 'A' && r <= 'Z', r == '-', r == '_':
		default:
			return ""
		}
	}
	if digits < 4 || len(text) < 6 || len(text) > 64 {
		return ""
	}
	return text
}

// addresses finds e-mail addresses; without an @ nobody need look.
func addresses(text string) [][]int {
	if !strings.Contains(text, "@") {
		return nil
	}
	return email.FindAllStringIndex(text, -1)
}
