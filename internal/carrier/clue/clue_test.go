package clue_test

import (
	"fmt"
	"strings"
	"testing"

	"fishpond/internal/carrier/clue"
)

func TestFind(t *testing.T) {
	for text, want := range map[string]string{
		"我的手机号是13800138000":                          "phone +8613800138000",
		"138-0013-8000 或 139 1234 5678":              "phone +8613800138000, phone +8613912345678",
		"１３８００１３８０００":                                "phone +8613800138000",
		"+86 138 0013 8000.":                         "phone +8613800138000",
		"0086-13800138000":                           "phone +8613800138000",
		"8613800138000":                              "phone +8613800138000",
		"13800138000,13900139000":                    "phone +8613800138000, phone +8613900139000",
		"13800138000 13800138000":                    "phone +8613800138000",
		"6222138001380001234":                        "order_no 6222138001380001234", // a bank card, looked up and not found
		"12345678901":                                "order_no 12345678901",         // no such range of numbers
		"no-13800138000-x":                           "order_no NO-13800138000-X",
		"call 138001380001":                          "order_no 138001380001",
		"mail me: Ann.Lee+shop@Example.COM!":         "email ann.lee+shop@example.com",
		"ａｎｎ＠example．com":                            "email ann@example.com",
		"a@b":                                        "",
		"a@b@c.example":                              "",
		"a..b@c.example":                             "",
		"订单号：TB-20260301-778899，麻烦看一下":               "order_no TB-20260301-778899",
		"订单20260301778899":                           "order_no 20260301778899",
		"it was 1999 and 2026":                       "",
		"hello wonderful world":                      "",
		"会员号：A1024":                                  "member_no A1024",
		"my member no. is 88123":                     "member_no 88123",
		"旺旺 fish_lover":                              "shop_id fish_lover",
		"用户名是 ann":                                   "shop_id ann",
		strings.Repeat("x", 4096) + " 13800138000":   "",
		"😀13800138000😀":                              "phone +8613800138000",
		"\xff13800138000\xff":                        "phone +8613800138000",
		strings.Repeat("13800138000 ", 3) + "a@b.cn": "phone +8613800138000, email a@b.cn",
	} {
		var got []string
		for _, c := range clue.Find(text) {
			got = append(got, c.Kind+" "+c.Value)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%.60q: %v, want %s", text, got, want)
		}
	}
	var many strings.Builder
	for i := range 50 {
		fmt.Fprintf(&many, "138%08d ", i)
	}
	if n := len(clue.Find(many.String())); n != 10 {
		t.Errorf("%d clues", n)
	}
}

func FuzzFind(f *testing.F) {
	for _, seed := range []string{"13800138000", "会员号：A1", "a@b.cn", "\xff１３８", "order TB-20260301-778899", strings.Repeat("ﷺ", 1000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range clue.Find(text) {
			switch c.Kind {
			case clue.Phone:
				if len(c.Value) != 14 || clue.Number(c.Value) != c.Value {
					t.Errorf("%q", c.Value)
				}
			case clue.Email:
				if clue.Address(c.Value) != c.Value {
					t.Errorf("%q", c.Value)
				}
			case clue.Order:
				if clue.OrderNumber(c.Value) != c.Value {
					t.Errorf("%q", c.Value)
				}
			}
			if len(c.Value) > 254 {
				t.Errorf("%d bytes", len(c.Value))
			}
		}
	})
}
