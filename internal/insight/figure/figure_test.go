package figure_test

import (
	"strings"
	"testing"

	"fishpond/internal/insight/figure"
	"fishpond/internal/platform/i18n"
)

func TestCheck(t *testing.T) {
	both := i18n.T("字", "word")
	good := figure.Figure{Key: "a.b", Name: both, Formula: both, Unit: figure.Persons, Period: figure.Now}
	if err := figure.Check([]figure.Figure{good}); err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]figure.Figure{
		"no key":     {Key: "a", Name: both, Formula: both, Unit: figure.Persons, Period: figure.Now},
		"no name":    {Key: "b.c", Formula: both, Unit: figure.Persons, Period: figure.Now},
		"no formula": {Key: "b.c", Name: both, Formula: i18n.Text{ZH: "字"}, Unit: figure.Persons, Period: figure.Now},
		"no unit":    {Key: "b.c", Name: both, Formula: both, Unit: "moons", Period: figure.Now},
		"no period":  {Key: "b.c", Name: both, Formula: both, Unit: figure.Persons},
		"twice":      good,
	} {
		if figure.Check([]figure.Figure{good, bad}) == nil {
			t.Errorf("%s passes", what)
		}
	}
}

func TestPage(t *testing.T) {
	f := figure.Figure{Key: "a.b", Name: i18n.T("甲|乙", "a|b"), Formula: i18n.T("式", "formula"), Unit: figure.Share, Period: figure.Now}
	page := figure.Page([]figure.Part{{Name: i18n.T("部分", "Part"), Figures: []figure.Figure{f}}, {Name: i18n.T("空", "Empty")}})
	if !strings.Contains(page, "| `a.b` | 甲\\|乙 · a\\|b | 式 · formula | 比例（0–1） · share, 0–1 |") || strings.Contains(page, "Empty") {
		t.Error(page)
	}
	if d := f.In(i18n.EN); d.Name != "a|b" || d.Unit != "share" || d.UnitName != "share, 0–1" {
		t.Errorf("%+v", d)
	}
}
