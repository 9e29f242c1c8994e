package email

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// plainly is plainLines as it is meant, a byte at a time.
func plainly(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if len(line) > maxLine || strings.Contains(strings.TrimSuffix(line, "\r"), "\r") {
			return false
		}
	}
	return !strings.HasSuffix(text, "\r") && !strings.Contains(text, boundaryBegins) &&
		strings.IndexFunc(text, func(r rune) bool { return r >= 0x7f || r < ' ' && r != '\t' && r != '\n' && r != '\r' }) < 0
}

func TestPlainLines(t *testing.T) {
	for _, text := range []string{"", "\n", "\r", "\r\n", "a\rb", "a\r\nb", "12345678\x7f", "1234567\x80", "\x00", "1234567\t8", strings.Repeat("a", maxLine), strings.Repeat("a", maxLine+1),
		strings.Repeat("a", maxLine) + "\r\n" + strings.Repeat("b", maxLine), strings.Repeat("a", maxLine+1) + "\nb", "茶", "x" + boundaryBegins, "        ", "~~~~~~~~~\x1f"} {
		if plainLines(text) != plainly(text) {
			t.Errorf("%q: %v", text, plainLines(text))
		}
	}
	pieces := []string{"a", "hello you", "\n", "\r\n", "\r", "\t", " ", "~", "\x7f", "\x1f", "\x80", "é", strings.Repeat("long", 120)}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 24).Draw(t, "pieces"), "")
		if got := plainLines(text); got != plainly(text) {
			t.Fatalf("%q: %v", text, got)
		}
	})
}

func BenchmarkPlainLines(b *testing.B) {
	text := strings.Repeat("<p style=\"margin:0\">All about tea and rain, and how it is picked by hand in April</p>\n", 55)
	for b.Loop() {
		plainLines(text)
	}
}
