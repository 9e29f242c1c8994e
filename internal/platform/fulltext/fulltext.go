// Package fulltext says what messages are found by, the same on both engines:
// words, and of scripts without blanks every two neighbouring characters, so
// that Chinese is found by two.
package fulltext

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"fishpond/internal/platform/plaintext"
)

// MaxIndexed is how many characters of a message it is found by.
const MaxIndexed = 4000

const (
	maxTerm   = 32 // characters of a word
	maxWanted = 24
)

// dense tells characters of scripts that leave no blanks between words.
func dense(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}

// orgTerm begins every term of an org, so that the index of one brand is not
// slowed by another's. That two brands share one does no harm.
func orgTerm(orgID string) string {
	sum := sha256.Sum256([]byte(orgID))
	return strings.ToLower(base32.HexEncoding.EncodeToString(sum[:5]))[:6]
}

// runs calls fn for each stretch of one script in folded text.
func runs(text string, fn func(run []rune, dense bool)) {
	var run []rune
	was := false
	flush := func() {
		if len(run) > 0 {
			fn(run, was)
		}
		run = nil
	}
	for _, r := range text {
		if unicode.Is(unicode.Mn, r) {
			continue // marks above and below a letter
		}
		word := unicode.IsLetter(r) || unicode.IsDigit(r)
		is := word && dense(r)
		if !word || is != was {
			flush()
		}
		if word {
			run = append(run, r)
		}
		was = is
	}
	flush()
}

// plain writes characters in letters that no engine takes apart or does not know.
func plain(run []rune) string {
	var b strings.Builder
	for _, r := range run {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "u%04x", r)
		}
	}
	return b.String()
}

// Terms are what a message is found by: words, and of Chinese text every two
// neighbouring characters and the last one.
func Terms(orgID, text string) string {
	if r := []rune(text); len(r) > MaxIndexed {
		text = string(r[:MaxIndexed])
	}
	org := orgTerm(orgID)
	var terms []string
	runs(plaintext.Fold(text), func(run []rune, dense bool) {
		if !dense {
			terms = append(terms, org+plain(run[:min(len(run), maxTerm)]))
			return
		}
		for i := range run {
			terms = append(terms, org+plain(run[i:min(i+2, len(run))]))
		}
	})
	slices.Sort(terms)
	return strings.Join(slices.Compact(terms), " ")
}

// Wanted is one of the terms that a message must all have.
type Wanted struct {
	Term   string
	Prefix bool // also what goes on after it
}

// Query are the terms that a message must all have for a query, at most 24. The last word may be
// half typed; a single Chinese character is found wherever it stands.
func Query(orgID, q string) (out []Wanted) {
	org := orgTerm(orgID)
	runs(plaintext.Fold(plaintext.Line(q, 200)), func(run []rune, dense bool) {
		switch {
		case !dense:
			out = append(out, Wanted{org + plain(run[:min(len(run), maxTerm)]), true})
		case len(run) == 1:
			out = append(out, Wanted{org + plain(run), true})
		default:
			for i := range len(run) - 1 {
				out = append(out, Wanted{org + plain(run[i:i+2]), false})
			}
		}
	})
	return out[:min(len(out), maxWanted)]
}

// Doc is a message's number in the search index: later ones are greater, so
// that the newest are found first.
func Doc(id string, at int64) int64 {
	sum := sha256.Sum256([]byte(id))
	return (at/1000)<<21 | int64(binary.BigEndian.Uint32(sum[:4])&(1<<21-1)) //nolint:gosec // at is after 1970 and before 2100
}

// Words are what a text is about: its words of three letters and more, of
// scripts without blanks every two neighbouring characters.
func Words(text string) map[string]bool {
	out := map[string]bool{}
	runs(plaintext.Fold(text), func(run []rune, dense bool) {
		if !dense && len(run) > 2 {
			out[string(run)] = true
		}
		for i := range len(run) - 1 {
			if dense {
				out[string(run[i:i+2])] = true
			}
		}
	})
	return out
}
