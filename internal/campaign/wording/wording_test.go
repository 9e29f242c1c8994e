package wording_test

import (
	"errors"
	"strings"
	"testing"

	"fishpond/internal/campaign/wording"
)

func write(t *testing.T, source string, html bool, v wording.Values) (string, error) {
	t.Helper()
	read := wording.Parse
	if html {
		read = wording.ParseHTML
	}
	tpl, err := read(source)
	if err != nil {
		t.Fatalf("%q: %v", source, err)
	}
	w, err := tpl.NewWriter()
	if err != nil {
		t.Fatal(err)
	}
	return w.Write(v)
}

func TestWhatCanBeSaid(t *testing.T) {
	li := wording.Values{"name": "李雷", "orders": 3.0, "spent": 1234567.5, "last_order": "2026-03-09", "region": "上海", "trait.size": "XL", "trait.likes": []any{"茶", "咖啡"}, "stage": "repeat"}
	for source, want := range map[string]string{
		`{{ name | default "朋友" }}，您好`:                                          "李雷，您好",
		`{{ birthday | default "朋友" }}`:                                         "朋友",
		`{{if gt orders 2}}老{{else if gt orders 0}}新{{else}}未{{end}}客`:          "老客",
		`{{ spent | money }} {{ orders }}`:                                      "1,234,567.50 3",
		`{{ last_order | date "M月D日" }}`:                                        "3月9日",
		`{{ last_order | date "YYYY/MM/DD" }}`:                                  "2026/03/09",
		`{{ trait "size" | lower }}{{ trait "none" | default (trait "size") }}`: "xlXL",
		`{{ if contains "茶" (trait "likes") }}茶{{ end }}`:                       "茶",
		`{{ trait "likes" }}`:                                                   "茶、咖啡",
		`{{ if and (eq region "上海") (ne stage "lost") }}沪{{ end }}`:             "沪",
		`{{ if not birthday }}生日？{{ end }}`:                                     "生日？",
		`{{ if or birthday name }}有{{ end }}`:                                   "有",
		`{{ name | first 1 }}`:                                                  "李",
		`{{/* nobody reads this */}}x`:                                          "x",
		``:                                                                      "",
		"no variables, 100 % plain {x}":                                         "no variables, 100 % plain {x}",
	} {
		if got, err := write(t, source, false, li); err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", source, got, err, want)
		}
	}
}

func TestWhatOnePersonLacksIsSaid(t *testing.T) {
	tpl, err := wording.Parse(`Dear {{ name }}`)
	if err != nil {
		t.Fatal(err)
	}
	w, err := tpl.NewWriter()
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write(wording.Values{"name": "  "})
	if m, ok := errors.AsType[*wording.Missing](err); !ok || m.Of != "name" {
		t.Errorf("a blank name gives %v", err)
	}
	if got, err := w.Write(wording.Values{"name": "Li"}); err != nil || got != "Dear Li" {
		t.Errorf("the next person gets %q, %v", got, err)
	}
	if _, err := write(t, `{{ if gt name 3 }}x{{ end }}`, false, wording.Values{"name": "Li"}); err == nil {
		t.Error("a name was compared with a number")
	}
	if got, err := write(t, `{{ if gt orders 3 }}x{{ else }}y{{ end }}`, false, nil); err != nil || got != "y" {
		t.Errorf("who has no orders is not above three: %q %v", got, err)
	}
}

func TestValuesCannotBreakOutOfAPage(t *testing.T) {
	evil := wording.Values{"name": `"><script>alert(1)</script>`, "trait.link": "javascript:alert(1)"}
	for source, want := range map[string]string{
		`<p>{{ name }}</p>`:                          `<p>&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>`,
		`<a href="{{ trait "link" }}">x</a>`:         `<a href="#ZgotmplZ">x</a>`,
		`<p title="{{ name | upper }}">y</p>`:        `<p title="&#34;&gt;&lt;SCRIPT&gt;ALERT(1)&lt;/SCRIPT&gt;">y</p>`,
		`<a href="https://a.example/?n={{ name }}">`: `<a href="https://a.example/?n=%22%3e%3cscript%3ealert%281%29%3c%2fscript%3e">`,
	} {
		if got, err := write(t, source, true, evil); err != nil || got != want {
			t.Errorf("%s gives %s %v, want %s", source, got, err, want)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	for source, want := range map[string]string{
		"a\nb {{ nome }}":                         "line 2: There is no variable or function “nome”",
		"{{ range name }}{{ end }}":               "line 1: Only variables and if are known here",
		`{{ define "x" }}{{ end }}`:               "Parts cannot be defined",
		`{{ template "x" }}`:                      "Only variables and if",
		`{{ with name }}{{ end }}`:                "Only variables and if",
		`{{ $x := name }}`:                        "Variables cannot be defined",
		`{{ .Name }}`:                             "Cannot make sense of “.Name”",
		`{{ printf "%1000000000d" orders }}`:      "There is no variable or function “printf”",
		`{{ html name }}`:                         "There is no variable or function “html”",
		`{{ call name }}`:                         "There is no variable or function “call”",
		`{{ index name 1 }}`:                      "There is no variable or function “index”",
		`{{ _must "x" name }}`:                    "There is no variable or function “_must”",
		`{{ name "朋友" }}`:                         "is a variable and takes nothing",
		`{{ name | default }}`:                    "wrong number of values",
		`{{ eq name default }}`:                   "wrong number of values",
		`{{ trait name }}`:                        "trait takes the key of a trait",
		`{{ trait }}`:                             "wrong number of values",
		"{{ if name }}x":                          "Not well formed",
		"x\ny {{ name ":                           "line 2: Not well formed",
		"https://{{ name }}/x":                    "host cannot hold a variable",
		`<a href="http://127.0.0.1/x">`:           "private network",
		`http://10.1.2.3/`:                        "private network",
		`http://[::1]:8080/`:                      "private network",
		`http://[::ffff:192.168.0.1]/`:            "private network",
		`http://169.254.169.254/latest/meta-data`: "private network",
		`http://100.64.3.4/`:                      "private network",
		`http://2130706433/`:                      "private network",
		`http://0x7f.1/`:                          "private network",
		`HTTP://LOCALHOST:3000`:                   "private network",
		`https://printer.local/`:                  "private network",
		`//intranet/`:                             "private network",
		`https://bank.example@evil.example/`:      "cannot hold a sign-in",
		`gopher://a.example/`:                     "begins with http or https",
		`<a href="javascript:alert(1)">`:          "are refused",
	} {
		for _, read := range []func(string) (*wording.Template, error){wording.Parse, wording.ParseHTML} {
			_, err := read(source)
			if p, ok := errors.AsType[*wording.Problem](err); !ok || !strings.Contains(p.Error(), want) || p.Text.ZH == "" {
				t.Errorf("%s: %v, want %q", source, err, want)
			}
		}
	}
	if _, err := wording.ParseHTML(`<a {{ if name }}href="x{{ else }}title='y{{ end }}">`); err == nil {
		t.Error("half an attribute was taken")
	}
	for _, fine := range []string{"https://shop.example.com/?a=1&n={{ name }}", "http://8.8.8.8/", "mailto:a@b.example // a comment", "https://例子.中国/"} {
		if _, err := wording.Parse(fine); err != nil {
			t.Errorf("%s: %v", fine, err)
		}
	}
}

func TestUses(t *testing.T) {
	tpl, err := wording.Parse(`{{ name }}{{ if trait "size" }}{{ orders }}{{ name }}{{ end }}`)
	if err != nil || strings.Join(tpl.Uses(), " ") != "name orders trait.size" {
		t.Errorf("%v %v", tpl.Uses(), err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{{ name | default "x" }}`, `{{ if gt orders 2 }}a{{ else }}b{{ end }}`, `<a href="{{ trait "k" }}">`, `{{ ((((name)))) }}`, "{{/*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		for _, read := range []func(string) (*wording.Template, error){wording.Parse, wording.ParseHTML} {
			tpl, err := read(source)
			if err != nil {
				if _, ok := errors.AsType[*wording.Problem](err); !ok {
					t.Fatalf("%q: %v", source, err)
				}
				continue
			}
			w, err := tpl.NewWriter()
			if err != nil {
				t.Fatal(err)
			}
			if out, err := w.Write(wording.Values{"name": "n", "orders": 2.0}); err == nil && len(out) > 100*len(source)+1000 {
				t.Fatalf("%d bytes of %d", len(out), len(source))
			}
		}
	})
}
