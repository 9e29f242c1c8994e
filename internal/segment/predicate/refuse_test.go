package predicate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"fishpond/internal/platform/errs"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/predicatetest"
)

// TestRefusedTexts: what is wrong is told with its place and what was meant.
// The ^ stands under the first character of the place.
func TestRefusedTexts(t *testing.T) {
	c := predicatetest.Catalogue()
	for _, test := range []struct{ text, place, want string }{
		{``, `^`, `the condition ends too early: expected a condition`},
		{`stage =`, `       ^`, `expected a value`},
		{`stage silent`, `      ^`, `expected a comparison`},
		{`stage = silent region = 山东`, `               ^`, `expected and, or, or the end`},
		{`(stage = silent`, `               ^`, `expected ")"`},
		{`stage = silent)`, `              ^`, `expected and, or, or the end, found )`},
		{`region in ()`, `           ^`, `expected a value`},
		{`region in (山东 河南)`, `              ^`, `expected ")"`},
		{`region = "山东`, `         ^`, `closing quote`},
		{`region = 山东 & gmv > 5`, `            ^`, `'&' cannot stand here`},
		{`!tag:母婴`, `^`, `did you mean not, !=?`},
		{`region = and`, `         ^`, `expected a value`},
		{`stage = silnet`, `        ^`, `did you mean silent?`},
		{`stage = 沉默`, `        ^`, `did you mean silent?`},
		{`阶段 = silent`, `^`, `did you mean stage?`},
		{`regoin = 山东`, `^`, `did you mean region?`},
		{`肤 = 油性`, `^`, `there is no field or trait 肤`},
		{`肤质 = 中性`, `     ^`, `中性 is not a value of skin`},
		{`gmv > "500"`, `      ^`, `gmv is a money`},
		{`gmv > 5.001`, `      ^`, `gmv is a money`},
		{`gmv contains 5`, `^`, `contains does not go with it`},
		{`orders > 1.5`, `         ^`, `orders is a count`},
		{`region = 42`, `         ^`, `to be written as "42"`},
		{`vip = yes`, `      ^`, `vip is a boolean`},
		{`interests = 茶`, `^`, `interests is a list`},
		{`birthday > 1990`, `           ^`, `birthday is a date`},
		{`last_order between 2026-02-01 and 2026-01-01`, `           ^`, `it ends before it begins`},
		{`gmv between 9 and 5`, `                  ^`, `from the smaller to the greater`},
		{`birthday in 24h`, `         ^`, `anniversaries go by days`},
		{`anniversary of created today`, `               ^`, `has no anniversary`},
		{`wedding in 24h`, `        ^`, `a day without a time`},
		{`gmv this week`, `^`, `gmv is not a date`},
		{`anniversary of wedding since 2020-01-01`, `                       ^`, `in a time around today`},
		{`tag:母英`, `    ^`, `did you mean 母婴?`},
		{`tag:投诉`, `    ^`, `did you mean 风险/投诉, 服务/投诉?`},
		{`tag:风/投诉`, `    ^`, `no such group of tags: 风`},
		{`tag:风险/* and tag:"风 险"/*`, `                 ^`, `no such group of tags`},
		{`did order.payed`, `^`, `did you mean order.paid?`},
		{`did order.paid in -5d`, `                  ^`, `from 1 to 3650d`},
		{`did order.paid in 9999d`, `                  ^`, `from 1 to 3650d`},
		{`did order.paid in last`, `                      ^`, `expected week, month`},
		{`did order.paid in 90`, `                  ^`, `expected a time`},
		{`did order.paid in next 7d`, `               ^`, `events lie in the past`},
		{`did order.paid between 30d and 60d ago`, `               ^`, `write the earlier first`},
		{`did order.paid between 3m and 60d ago`, `               ^`, `the same unit`},
		{`did order.paid within 3m of joining`, `               ^`, `use h, d or w`},
		{`last_order since joining`, `           ^`, `joining has no meaning here`},
		{`did order.paid contains 5`, `               ^`, `expected and, or, or the end`},
		{`did order.paid where (colour = red)`, `                      ^`, `order.paid has no property colour`},
		{`did order.paid where (amuont > 5)`, `                      ^`, `did you mean amount?`},
		{`did order.paid where amount > 5`, `                     ^`, `expected "("`},
		{`did order.paid sum region > 5`, `^`, `region is not a number`},
		{`did order.paid sum amount`, `                         ^`, `expected a comparison`},
		{`did order.paid in 90d where (amount > 5)`, `                      ^`, `expected and, or, or the end`},
		{`segment:沉默`, `        ^`, `there is no such segment: 沉默`},
		{`segment:#seg_9`, `        ^`, `there is no such segment: #seg_9`},
		{`owner = 李磊`, `        ^`, `did you mean 李雷?`},
		{`random 120%`, `       ^`, `from 0% to 100%`},
		{`random 10`, `         ^`, `expected "%"`},
		{`random from 20% to 10%`, `^`, `from the smaller to the greater`},
		{`has identity fax`, `^`, `no kind of identity fax`},
		{`reachable wecm`, `^`, `did you mean wecom?`},
		{`consent marketing yes`, `                  ^`, `expected granted, withdrawn or none`},
		{`name = "a
b"`, `         ^`, `cannot hold line breaks`},
		{`name = "\n"`, `        ^`, `follow a backslash`},
		{`name ~ "(a+)+$"`, `     ^`, `'~' cannot stand here`},
		{`name matches "(a+)+$"`, `     ^`, `expected a comparison`},
		{strings.Repeat("(", 1000) + "everyone", strings.Repeat(" ", 63) + `^`, `at most 64 levels`},
		{strings.Repeat("not ", 1000) + "everyone", strings.Repeat("    ", 63) + `^`, `at most 64 levels`},
	} {
		t.Run(test.text[:min(30, len(test.text))], func(t *testing.T) {
			_, err := predicate.CompileText(test.text, c, predicatetest.Now)
			field := firstField(t, err)
			at, ok := field.Value.(predicate.Position)
			if !ok || field.Path != "text" {
				t.Fatalf("no position: %+v", field)
			}
			if got := utf8.RuneCountInString(test.text[:at.Offset]); got != len(test.place)-1 {
				t.Errorf("the place is %d, want %d: %s", got, len(test.place)-1, field.Text.EN)
			}
			if at.Line == 1 && at.Column != len(test.place) {
				t.Errorf("the column is %d, want %d", at.Column, len(test.place))
			}
			if !strings.Contains(field.Text.EN, test.want) {
				t.Errorf("got %q, want %q", field.Text.EN, test.want)
			}
			if field.Text.ZH == "" || field.Text.ZH == field.Text.EN {
				t.Errorf("no Chinese: %+v", field.Text)
			}
		})
	}
}

func firstField(t *testing.T, err error) errs.Field {
	t.Helper()
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != errs.CodeInvalid || len(e.Fields) == 0 {
		t.Fatalf("not refused as it should be: %v", err)
	}
	return e.Fields[0]
}

// TestRefusedTrees: the same for JSON, with a pointer to the place.
func TestRefusedTrees(t *testing.T) {
	c := predicatetest.Catalogue()
	everyone := `{"op":"everyone"}`
	deep := strings.Repeat(`{"op":"not","of":`, 1000) + everyone + strings.Repeat("}", 1000)
	long := `{"op":"compare","field":"region","is":"in","values":[` + strings.Repeat(`"x",`, 9999) + `"x"]}`
	many := `{"op":"and","of":[{"op":"or","of":[` + strings.Repeat(everyone+",", 600) + everyone + `]},{"op":"or","of":[` + strings.Repeat(everyone+",", 600) + everyone + `]}]}`
	for _, test := range []struct{ json, path, want string }{
		{`{`, `tree`, `not JSON`},
		{`[]`, `tree`, `expected an object`},
		{everyone + "1", `tree`, `Something follows`},
		{`{"op":"everyone","op":"nobody"}`, `tree`, `op is there twice`},
		{`{"op":"evryone"}`, `tree/op`, `did you mean everyone?`},
		{`{"op":"and","of":[{"op":"everyone"}]}`, `tree/of`, `at least 2`},
		{`{"op":"not","of":{"op":"not","of":5}}`, `tree/of/of`, `expected an object`},
		{`{"op":"not","off":5}`, `tree`, `of is missing`},
		{`{"op":"everyone","a/b":5}`, `tree/a~1b`, `there is no a/b here`},
		{`{"op":"compare","is":"set"}`, `tree`, `either field or trait`},
		{`{"op":"compare","field":"stage","trait":"x","is":"set"}`, `tree`, `either field or trait`},
		{`{"op":"compare","field":"stag","is":"set"}`, `tree/field`, `did you mean stage?`},
		{`{"op":"compare","trait":"scor","is":"set"}`, `tree/trait`, `did you mean score?`},
		{`{"op":"compare","field":"stage","is":"~","value":"a"}`, `tree/is`, `there is no comparison ~`},
		{`{"op":"compare","field":"stage","is":"=","value":[]}`, `tree/value`, `expected a text, a number`},
		{`{"op":"compare","field":"gmv","is":"=","value":"5"}`, `tree/value`, `gmv is a money`},
		{`{"op":"compare","field":"gmv","is":"between","values":[1,2,3]}`, `tree/values`, `at most 2`},
		{`{"op":"compare","field":"gmv","is":"in","values":[1,2.001]}`, `tree/values/1`, `gmv is a money`},
		{`{"op":"compare","field":"gmv","is":"=","value":1e400}`, `tree/value`, `too long`},
		{`{"op":"compare","field":"name","is":"=","value":"a\u0000b"}`, `tree/value`, `control characters`},
		{`{"op":"during","field":"gmv","window":{"last":"5d"}}`, `tree/window`, `is not a date`},
		{`{"op":"did","event":"order.paid","window":{"last":"-5d"}}`, `tree/window/last`, `from 1 to 3650d`},
		{`{"op":"did","event":"order.paid","window":{"last":"5x"}}`, `tree/window/last`, `24h, 90d`},
		{`{"op":"did","event":"order.paid","window":{"last":"5d","next":"5d"}}`, `tree/window`, `in one way`},
		{`{"op":"did","event":"order.paid","is":">=","value":"2"}`, `tree/value`, `expected a number`},
		{`{"op":"did","event":"order.paid","is":"in","values":[2]}`, `tree/is`, `only =`},
		{`{"op":"did","event":"order.paid","where":[{"property":"amount","is":"=","value":true}]}`, `tree/where/0/value`, `amount is a money`},
		{`{"op":"tag","any":[{"name":"母婴"},{"id":"tag_99"}]}`, `tree/any/1`, `no such tag`},
		{`{"op":"segment","segment":{"id":"seg_99"}}`, `tree/segment`, `no such segment`},
		{`{"op":"random","from":500,"to":500}`, `tree`, `less than`},
		{`{"op":"or","of":[{"op":"everyone"},{"op":"and","of":[{"op":"everyone"},{"op":"compare","field":"stage","is":"=","value":"slient"}]}]}`,
			`tree/of/1/of/1/value`, `did you mean silent?`},
		{deep, ``, `at most 64 levels`},
		{long, `tree/values`, `at most 1000 entries`},
		{many, ``, `at most 1000`},
		{`{"op":"compare","field":"name","is":"=","value":"` + strings.Repeat("长", 1001) + `"}`, `tree/value`, `at most 1000 characters`},
		{`"` + strings.Repeat("x", 300<<10) + `"`, `tree`, `at most 256 KB`},
		{"\"\xff\"", `tree`, `UTF-8`},
	} {
		t.Run(fmt.Sprintf("%.40s", test.json), func(t *testing.T) {
			e, err := predicate.Decode([]byte(test.json))
			if err == nil {
				_, err = predicate.Compile(e, c, predicatetest.Now)
			}
			field := firstField(t, err)
			if test.path != "" && field.Path != test.path {
				t.Errorf("the path is %s, want %s", field.Path, test.path)
			}
			if !strings.Contains(field.Text.EN, test.want) {
				t.Errorf("got %q, want %q", field.Text.EN, test.want)
			}
		})
	}
}

// TestAllProblemsAtOnce: a wrong tree is told in one go, but not for ever.
func TestAllProblemsAtOnce(t *testing.T) {
	_, err := predicate.CompileText(`a = 1 and b = 2 or not stage = x`, predicatetest.Catalogue(), predicatetest.Now)
	if e := errs.As(err); len(e.Fields) != 3 {
		t.Errorf("%d problems, want 3: %v", len(e.Fields), err)
	}
	_, err = predicate.CompileText(strings.Repeat(`a = 1 or `, 900)+`b = 1`, predicatetest.Catalogue(), predicatetest.Now)
	if e := errs.As(err); len(e.Fields) != 20 {
		t.Errorf("%d problems, want 20", len(e.Fields))
	}
}

// BenchmarkRefusal: what must not be let in costs next to nothing.
func BenchmarkRefusal(b *testing.B) {
	c := predicatetest.Catalogue()
	everyone := `{"op":"everyone"}`
	for _, bench := range []struct {
		name string
		text string
		json bool
	}{
		{"text/depth-1000", strings.Repeat("(", 1000) + "everyone" + strings.Repeat(")", 1000), false},
		{"text/10000-items", "region in (x" + strings.Repeat(",x", 9999) + ")", false},
		{"text/window-minus-5d", "stage = silent and did order.paid in -5d", false},
		{"text/unknown-trait", "regoin = 山东", false},
		{"text/wrong-type", "gmv > abc", false},
		{"text/regex-bomb", `name matches "(a+)+$"`, false},
		{"json/depth-1000", strings.Repeat(`{"op":"not","of":`, 1000) + everyone + strings.Repeat("}", 1000), true},
		{"json/10000-items", `{"op":"compare","field":"region","is":"in","values":["x"` + strings.Repeat(`,"x"`, 9999) + `]}`, true},
		{"json/window-minus-5d", `{"op":"did","event":"order.paid","window":{"last":"-5d"}}`, true},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if bench.json {
					_, err = predicate.Decode([]byte(bench.text))
				} else {
					_, err = predicate.CompileText(bench.text, c, predicatetest.Now)
				}
				if err == nil {
					b.Fatal("not refused")
				}
			}
		})
	}
}

// BenchmarkCompile is the sentence of the console's first screen, from text to
// plan.
func BenchmarkCompile(b *testing.B) {
	c := predicatetest.Catalogue()
	const text = `stage = silent and region in (山东, 河南) and gmv > 500 and tag:母婴 and not tag:易退款 and did order.paid >= 2 in 90d and not did message.opened in 30d`
	b.ReportAllocs()
	for b.Loop() {
		if _, err := predicate.CompileText(text, c, predicatetest.Now); err != nil {
			b.Fatal(err)
		}
	}
}
