package figure

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"fishpond/internal/platform/i18n"
)

// Figure is what a number of an answer means.
type Figure struct {
	Key     string    // of the answer and its field, as overview.repurchase_rate: stable
	Name    i18n.Text // as people read it above the number
	Formula i18n.Text // in words, with what counts and what does not
	Unit    Unit
	Period  i18n.Text // what time it is about
}

// Unit is what a figure is counted in.
type Unit string

// The units of figures.
const (
	Persons  Unit = "persons"
	Orders   Unit = "orders"
	Refunds  Unit = "refunds"
	Money    Unit = "minor"   // minor units of the currency that the answer names
	Share    Unit = "share"   // 0 to 1
	Ratio    Unit = "ratio"   // one thing for each of another, such as CLV : CAC
	Score    Unit = "score"   // 0 to 100
	Seconds  Unit = "seconds" // whole
	Days     Unit = "days"
	Months   Unit = "months"
	Pieces   Unit = "pieces"
	Events   Unit = "events"
	Messages Unit = "messages"
	Accounts Unit = "accounts"
	Staff    Unit = "staff"
	Items    Unit = "items" // of whatever the name says
	Number   Unit = "number"
)

var unitNames = map[Unit]i18n.Text{
	Persons: i18n.T("人", "persons"), Orders: i18n.T("单", "orders"), Refunds: i18n.T("笔", "refunds"),
	Money: i18n.T("货币最小单位", "minor units of the currency"), Share: i18n.T("比例（0–1）", "share, 0–1"), Ratio: i18n.T("倍", "ratio"),
	Score: i18n.T("分（0–100）", "points, 0–100"), Seconds: i18n.T("秒", "seconds"), Days: i18n.T("天", "days"), Months: i18n.T("个月", "months"),
	Pieces: i18n.T("件", "pieces"), Events: i18n.T("次", "events"), Messages: i18n.T("条", "messages"), Accounts: i18n.T("个账号", "accounts"),
	Staff: i18n.T("名员工", "staff"), Items: i18n.T("个", "items"), Number: i18n.T("数值", "number"),
}

// Name is the unit as people read it; empty for one that there is not.
func (u Unit) Name() i18n.Text { return unitNames[u] }

// Periods that several figures are about.
var (
	InMonths = i18n.T("所选整月，按企业时区", "The whole months chosen, in the org's time zone")
	InMonth  = i18n.T("单个整月，按企业时区", "One whole month, in the org's time zone")
	ByEnd    = i18n.T("截至所选时段末", "Up to the end of the period")
	InDays   = i18n.T("所选日期，按企业时区", "The days chosen, in the org's time zone")
	Now      = i18n.T("查询的此刻", "The moment of asking")
	AllTime  = i18n.T("全部时间", "All times")
)

// Definition is a figure in one language.
type Definition struct {
	Key      string `json:"key" example:"overview.repurchase_rate" doc:"The answer and its field"`
	Name     string `json:"name"`
	Formula  string `json:"formula" doc:"In words"`
	Unit     string `json:"unit" example:"share" doc:"minor is minor units of the currency; share is 0 to 1"`
	UnitName string `json:"unit_name"`
	Period   string `json:"period" doc:"What time it is about"`
}

// In tells the figure in one language.
func (f Figure) In(l i18n.Lang) Definition {
	return Definition{Key: f.Key, Name: f.Name.In(l), Formula: f.Formula.In(l), Unit: string(f.Unit), UnitName: f.Unit.Name().In(l), Period: f.Period.In(l)}
}

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)

// Check reports figures that are not defined whole, in both languages, and
// once. The tests of whoever declares figures call it.
func Check(all []Figure) error {
	var err error
	seen := map[string]bool{}
	for _, f := range all {
		if !keyForm.MatchString(f.Key) {
			err = errors.Join(err, fmt.Errorf("%q is no key such as answer.field", f.Key))
		}
		if seen[f.Key] {
			err = errors.Join(err, fmt.Errorf("%s is defined twice", f.Key))
		}
		seen[f.Key] = true
		for what, t := range map[string]i18n.Text{"name": f.Name, "formula": f.Formula, "unit": f.Unit.Name(), "period": f.Period} {
			if t.ZH == "" || t.EN == "" {
				err = errors.Join(err, fmt.Errorf("%s has no %s in both languages", f.Key, what))
			}
		}
	}
	return err
}

// Part is the figures of one part of the product, under a heading.
type Part struct {
	Name    i18n.Text
	Figures []Figure
}

// Page is docs/figures.md.
func Page(parts []Part) string {
	var b strings.Builder
	b.WriteString("# 指标口径 · What every figure means\n\n由 `fishpond figures` 生成，请勿手改。`GET /api/v1/insight/definitions` 给出同样的内容。\n\n" +
		"Written by `fishpond figures`; do not edit. `GET /api/v1/insight/definitions` tells the same.\n")
	cell := strings.NewReplacer("|", "\\|", "\n", " ")
	both := func(t i18n.Text) string { return cell.Replace(t.ZH) + " · " + cell.Replace(t.EN) }
	for _, p := range parts {
		if len(p.Figures) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s · %s\n\n| key | 名称 · name | 口径 · formula | 单位 · unit | 时段 · period |\n|---|---|---|---|---|\n", p.Name.ZH, p.Name.EN)
		for _, f := range p.Figures {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.Key, both(f.Name), both(f.Formula), both(f.Unit.Name()), both(f.Period))
		}
	}
	return b.String()
}
