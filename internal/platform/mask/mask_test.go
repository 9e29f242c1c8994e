package mask

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"我的电话13812345678":        "我的电话138****5678",
		"138 1234 5678，谢谢":       "138 **** 5678，谢谢",
		"138-1234-5678":          "138-****-5678",
		"+86 13812345678":        "+86 138****5678",
		"１３８１２３４５６７８":            "１３８****５６７８",
		"座机021-12345678":         "座机021-****5678",
		"身份证11010519491231002X":  "身份证1101************2X",
		"110105194912310021":     "1101************21",
		"卡号6222021234567890128":  "卡号6222***********0128",
		"4111 1111 1111 1111":    "4111 **** **** 1111",
		"写信zhang.san@brand.cn":   "写信z****.***@brand.cn",
		"地址上海市浦东新区张江路88号3栋502室收": "地址上海市浦东新区*******************",
		"订单 20261122 共 1299 元":   "订单 20261122 共 1299 元",
		"2026-11-22 10:00:00":    "2026-11-22 10:00:00",
		"":                       "",
	} {
		got := Text(text, All...)
		if strings.HasPrefix(text, "地址") {
			if strings.Contains(got, "张江") || strings.Contains(got, "502") || !strings.Contains(got, "上海市") {
				t.Errorf("%s: %s", text, got)
			}
			continue
		}
		if got != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
	if got := Text("13812345678 110105194912310021", Identity, Card); got != "13812345678 1101************21" {
		t.Errorf("two kinds leave %s", got)
	}
}

var noise = rapid.StringMatching(`[a-z你好，。！ ]{0,12}`)

// What is hidden is never there, whatever stands around it.
func TestNothingLeaks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := noise.Draw(t, "before"), noise.Draw(t, "after")
		between := rapid.SampledFrom([]string{"", " ", "-", "."}).Draw(t, "between")
		phone := rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(t, "phone")
		written := phone[:3] + between + phone[3:7] + between + phone[7:]
		got := Text(before+written+after, All...)
		if strings.Contains(got, phone[3:7]) && !strings.Contains(before+after, phone[3:7]) && phone[3:7] != phone[7:] {
			t.Fatalf("%s shows %s", got, phone)
		}
		if again := Text(got, All...); again != got {
			t.Fatalf("twice: %s, once: %s", again, got)
		}
		if utf8.RuneCountInString(got) != utf8.RuneCountInString(before+written+after) {
			t.Fatalf("%s has another length", got)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add("13812345678")
	f.Add("a@b.c@d.e 6222021234567890128")
	f.Add("上海市浦东新区张江路88号 \xff １１０１０５１９４９１２３１００２１")
	f.Fuzz(func(t *testing.T, text string) {
		got := Text(text, All...)
		if utf8.ValidString(text) && utf8.RuneCountInString(got) != utf8.RuneCountInString(text) {
			t.Errorf("%q became %q", text, got)
		}
		if again := Text(got, All...); again != got {
			t.Errorf("%q becomes %q, and %q when asked again", text, got, again)
		}
		in, out := []rune(text), []rune(got)
		for i := range out {
			if i < len(in) && out[i] != in[i] && out[i] != '*' {
				t.Errorf("%q: %q is neither what it was nor hidden", text, got)
			}
		}
	})
}
