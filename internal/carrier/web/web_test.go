package web_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fishpond/internal/carrier/web"
)

func TestToken(t *testing.T) {
	key, visitor := web.NewKey(), web.NewVisitor()
	token := web.Token(key, "acc_1", visitor)
	if got, ok := web.Read(key, "acc_1", token); !ok || got != visitor {
		t.Errorf("%s %v", got, ok)
	}
	for name, c := range map[string][3]string{
		"another account": {key, "acc_2", token}, "another key": {web.NewKey(), "acc_1", token}, "no key": {"", "acc_1", web.Token("", "acc_1", visitor)},
		"no proof": {key, "acc_1", visitor}, "an empty proof": {key, "acc_1", visitor + "."}, "another id": {key, "acc_1", web.NewVisitor() + token[27:]},
		"more": {key, "acc_1", token + "A"}, "nothing": {key, "acc_1", ""},
	} {
		if _, ok := web.Read(c[0], c[1], c[2]); ok {
			t.Errorf("%s is believed", name)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		if _, ok := web.Read(key, "acc_1", rapid.String().Draw(r, "token")); ok {
			r.Error("anything is believed")
		}
	})
}

func TestPages(t *testing.T) {
	origins := []string{"https://shop.example", "http://localhost:3000"}
	for in, want := range map[string]string{
		"https://shop.example/a?utm_source=red&utm_campaign=618&email=x@y.z#top": "https://shop.example/a?utm_campaign=618&utm_source=red",
		"https://SHOP.example/a":                           "https://SHOP.example/a",
		"http://shop.example/a":                            "",
		"https://shop.example:8443/a":                      "",
		"https://shop.example@evil.example/":               "",
		"https://user:pass@shop.example/":                  "",
		"javascript:alert(1)":                              "",
		"//shop.example/a":                                 "",
		"https://shop.example/" + strings.Repeat("长", 400): "https://shop.example/" + strings.Repeat("%E9%95%BF", 54) + "%E9%9",
		"":                         "",
		"http://localhost:3000/?q": "http://localhost:3000/",
	} {
		if got := web.Page(in, origins); len(in) < 200 && got != want || len(got) > 512 {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if got := web.Referrer("https://search.example/find?q=private&utm_source=x"); got != "https://search.example/find" {
		t.Error(got)
	}
	rapid.Check(t, func(r *rapid.T) {
		got := web.Page("https://shop.example/"+rapid.String().Draw(r, "rest"), origins)
		if len(got) > 512 || got != "" && !strings.HasPrefix(got, "https://shop.example") || strings.ContainsAny(got, "#<>\" ") {
			r.Errorf("%q", got)
		}
	})
}

func TestScript(t *testing.T) {
	look := web.Look{Account: "acc_1", Colour: "#1677ff", Greeting: "</script>\u2028'"}
	a, tag := web.Script(look)
	if strings.Contains(a, "</script>") || strings.Contains(a, "\u2028") || strings.Contains(a, "__LOOK__") {
		t.Error("the greeting breaks the script")
	}
	look.Greeting = "x"
	if _, other := web.Script(look); other == tag {
		t.Error("another look, the same tag")
	}
	for _, never := range []string{"innerHTML", "eval(", "new Function", "document.write", "setAttribute('style'", "onclick"} {
		if strings.Contains(a, never) {
			t.Errorf("the script has %s", never)
		}
	}
}
