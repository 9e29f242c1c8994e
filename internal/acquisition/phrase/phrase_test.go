package phrase

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestFill(t *testing.T) {
	vars := Vars{"name": "小鱼", "staff": "{{name}}", "bad": "a\nb\u202Ec\x00<b>"}
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"{{name}}，你好", 0, "小鱼，你好"},
		{"{{ name }}-{{staff}}", 0, "小鱼-{{name}}"}, // a value is not read again
		{"{{none}}!", 0, "!"},
		{"{{name", 0, "{{name"}, {"}}{{", 0, "}}{{"}, {"{name}", 0, "{name}"},
		{"{{bad}}", 0, "a bc<b>"},
		{"{{name}}来自直播间", 4, "小鱼来自"},
		{"{{}}", 0, ""}, {"{{{{name}}}}", 0, "}}"},
	} {
		if got := Fill(c.text, vars, c.most); got != c.want {
			t.Errorf("%q: %q, not %q", c.text, got, c.want)
		}
	}
	if got := Unknown("{{name}} {{ staff }} {{coupon}}", "name", "staff"); got != "{{coupon}}" {
		t.Error(got)
	}
	if got := Unknown("{{name}} {{", "name"); got != "" {
		t.Error(got)
	}
}

// Whatever customers are called: one short line of valid text.
func TestValuesAreHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := string(rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "name"))
		got := Fill("{{name}}", Vars{"name": name}, 0)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x00\u202e") || utf8.RuneCountInString(got) > 40 {
			t.Fatalf("%q", got)
		}
	})
}
