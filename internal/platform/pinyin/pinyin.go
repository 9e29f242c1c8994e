// Package pinyin finds Chinese words by how they are typed on a keyboard.
package pinyin

import (
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"

	"fishpond/internal/platform/plaintext"
)

// Keys is what a name is found by: its initials, a space, and how it is
// spelled in full. "喂养指南" gives "wyzn weiyangzhinan". Letters and digits
// stand for themselves; everything else is left out.
func Keys(name string) string {
	args := pinyin.NewArgs()
	args.Fallback = func(r rune, _ pinyin.Args) []string {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return []string{string(unicode.ToLower(r))}
		}
		return nil
	}
	var full, initials strings.Builder
	for _, r := range plaintext.Fold(name) {
		said := pinyin.SinglePinyin(r, args)
		if len(said) == 0 || said[0] == "" {
			continue
		}
		full.WriteString(said[0])
		initials.WriteString(string([]rune(said[0])[:1]))
	}
	return initials.String() + " " + full.String()
}
