package inbox

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	maxIndexed = 4000 // characters of a message that it is found by
	maxTerm    = 32   // characters of a word
)

// folded is text as it is compared: full-width letters are letters, capitals
// are not told apart.
func folded(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

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

// termsOf are what a message is found by: words, and of Chinese text every two
// neighbouring characters and the last one.
func termsOf(orgID, text string) string {
	if r := []rune(text); len(r) > maxIndexed {
		text = string(r[:maxIndexed])
	}
	org := orgTerm(orgID)
	var terms []string
	runs(folded(text), func(run []rune, dense bool) {
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

// wanted is a query as terms; prefix ones also find what goes on.
type wanted struct {
	term   string
	prefix bool
}

// queryTerms are the terms that a message must all have. The last word may be
// half typed; a single Chinese character is found wherever it stands.
func queryTerms(orgID, q string) (out []wanted) {
	org := orgTerm(orgID)
	runs(folded(line(q, 200)), func(run []rune, dense bool) {
		switch {
		case !dense:
			out = append(out, wanted{org + plain(run[:min(len(run), maxTerm)]), true})
		case len(run) == 1:
			out = append(out, wanted{org + plain(run), true})
		default:
			for i := range len(run) - 1 {
				out = append(out, wanted{org + plain(run[i:i+2]), false})
			}
		}
	})
	return out[:min(len(out), 24)]
}

// docOf is a message's number in the search index: later ones are greater, so
// that the newest are found first.
func docOf(id string, at int64) int64 {
	sum := sha256.Sum256([]byte(id))
	return (at/1000)<<21 | int64(binary.BigEndian.Uint32(sum[:4])&(1<<21-1)) //nolint:gosec // at is after 1970 and before 2100
}
