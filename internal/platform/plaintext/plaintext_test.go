package plaintext

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{"  a\r\nb\x00\u202ec\xff ": "a\nbc", "好\t的": "好\t的", "\u2066": ""} {
		if got := Tidy(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if got := Line("  两 行\n文 字 ", 4); got != "两 行 " {
		t.Errorf("%q", got)
	}
	if got := Cut("好的", 4); got != "好" {
		t.Errorf("%q", got)
	}
	if got := Fold("ＡbＣ龙"); got != "abc龙" {
		t.Errorf("%q", got)
	}
}

func FuzzTidy(f *testing.F) {
	f.Add("a\u202eb\x00", 3)
	f.Fuzz(func(t *testing.T, s string, most int) {
		got := Tidy(s)
		if !utf8.ValidString(got) || Tidy(got) != got {
			t.Errorf("%q became %q", s, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) && r != '\n' && r != '\t' {
				t.Errorf("%q keeps %q", s, r)
			}
		}
		if most = most & 0xffff; len(Cut(s, most)) > most {
			t.Errorf("%q is longer than %d", Cut(s, most), most)
		}
	})
}
