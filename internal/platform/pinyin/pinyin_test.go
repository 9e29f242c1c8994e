package pinyin_test

import (
	"testing"

	"fishpond/internal/platform/pinyin"
)

func TestKeys(t *testing.T) {
	for name, want := range map[string]string{
		"喂养指南":     "wyzn weiyangzhinan",
		"A 段·奶粉 2": "adnf2 aduannaifen2",
		"":         " ",
		"🐟，。":      " ",
	} {
		if got := pinyin.Keys(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
