package diagnosis

import (
	"fmt"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Business is what a brand knows of itself: five numbers.
type Business struct {
	Buyers     float64 // people who buy in a month, today
	Order      float64 // of an average order, in whole units of money
	Margin     float64 // gross margin before marketing, 0 to 1
	Cost       float64 // to win one buyer on the platforms, in whole units of money
	OrdersYear float64 // orders of one customer a year, today
}

// Range is what one may believe of a number: Low ≤ Likely ≤ High.
type Range struct{ Low, Likely, High float64 }

// Units of assumptions.
const (
	Share  = "share"  // 0 to 1
	Money  = "money"  // whole units of money
	People = "people" // how many
)

// Assumption is a number that nobody knows before there is a pool.
type Assumption struct {
	Key   string
	Text  i18n.Text
	Why   i18n.Text // what it stands for
	Unit  string
	Part  string // which part's readiness moves it within its range; empty: none
	Range Range
	Worse bool // more of it is worse
}

// The assumptions' keys.
const (
	Catch      = "catch"
	CatchCost  = "catch_cost"
	Leave      = "leave"
	Extra      = "extra"
	Own        = "own"
	Fee        = "fee"
	Hatch      = "hatch"
	Associates = "people_per_associate"
	Wage       = "wage"
	Running    = "system"
	SetUp      = "setup"
)

// moved is how far readiness of 0 or 100 moves what is likely towards the end of
// its range.
const moved = 0.6

// Assume lists what is assumed of a brand when it says nothing else. The ranges
// are wide guesses of this software's authors and no measurements. Wages are known
// for CNY only; in other currencies the brand must say.
func Assume(b Business, currency string, r Readiness) []Assumption {
	wage := Range{}
	if currency == "CNY" {
		wage = Range{5000, 8000, 12000}
	}
	out := []Assumption{
		{Catch, i18n.T("进池率", "Share that joins"), i18n.T("每月买家里愿意加好友的比例", "Of the buyers of a month, those who join the pool"), Share, Scenes, Range{0.02, 0.08, 0.20}, false},
		{CatchCost, i18n.T("单人引流成本", "Cost to catch one"), i18n.T("卡片、赠品、红包，摊到每位进池客户", "Cards and rewards for each who joins"), Money, "", Range{b.Order * 0.01, b.Order * 0.03, b.Order * 0.08}, true},
		{Leave, i18n.T("月流失率", "Share that leaves a month"), i18n.T("每月删除好友或不再搭理的比例", "Who unfriends or falls silent, a month"), Share, Content, Range{0.01, 0.03, 0.08}, true},
		{Extra, i18n.T("多买的比例", "Extra orders"), i18n.T("进池后比原来多下的订单，占原来订单的比例", "Orders that members would not have placed otherwise, as a share of their usual ones"), Share, Interaction, Range{0, 0.15, 0.5}, false},
		{Own, i18n.T("回到自己渠道的比例", "Orders that come direct"), i18n.T("原来在平台下、现在直接找您下的订单比例", "Of their usual orders, those that no longer pass a platform"), Share, System, Range{0, 0.2, 0.5}, false},
		{Fee, i18n.T("平台费用", "What platforms take"), i18n.T("老客户在平台再买一次，佣金和广告占订单的比例", "Commission and repeated advertising on an order of somebody who knows you, as a share of it"), Share, "", Range{0.05, 0.10, 0.20}, false},
		{Hatch, i18n.T("年裂变率", "Brought by others a year"), i18n.T("每位客户一年带来的新客户数", "New members that one member brings in a year"), Share, Interaction, Range{0, 0.03, 0.15}, false},
		{Associates, i18n.T("每人维护客户数", "People an associate looks after"), i18n.T("一位导购能照顾多少客户", "How many one associate can know"), People, System, Range{1000, 3000, 8000}, false},
		{Wage, i18n.T("每人每月成本", "An associate's cost a month"), i18n.T("工资和社保", "Wage and what comes with it"), Money, "", wage, true},
		{Running, i18n.T("系统每月成本", "System a month"), i18n.T("服务器、短信、账号认证", "Servers, SMS, certification of accounts"), Money, "", Range{0, b.Order * 2, b.Order * 10}, true},
		{SetUp, i18n.T("启动成本", "To begin with"), i18n.T("一次性的培训、物料、接入", "Training, print, connection: once"), Money, "", Range{0, b.Order * 20, b.Order * 100}, true},
	}
	for i := range out {
		a := &out[i]
		if a.Part == "" {
			continue
		}
		// Readiness of 50 leaves it as it is.
		by := (r.Parts[a.Part] - 50) / 50 * moved
		if a.Worse {
			by = -by
		}
		if by > 0 {
			a.Range.Likely += by * (a.Range.High - a.Range.Likely)
		} else {
			a.Range.Likely += by * (a.Range.Likely - a.Range.Low)
		}
	}
	return out
}

// Limits of what can be asked.
const (
	mostPeople = 1e8
	mostMoney  = 1e9
)

// check says what is wrong with the five numbers.
func (b Business) check() error {
	for _, c := range []struct {
		field, zh, en string
		v, low, high  float64
	}{
		{"buyers", "每月买家", "Buyers a month", b.Buyers, 1, mostPeople},
		{"order", "客单价", "Average order", b.Order, 0.01, mostMoney},
		{"margin", "毛利率", "Gross margin", b.Margin, 0, 1},
		{"cost", "获客成本", "Cost of a buyer", b.Cost, 0, mostMoney},
		{"orders_year", "每年下单次数", "Orders a year", b.OrdersYear, 0.01, 1000},
	} {
		if !(c.v >= c.low && c.v <= c.high) { // NaN too
			return errs.InvalidField("business."+c.field, i18n.Text{ZH: fmt.Sprintf("%s应在 %v 到 %v 之间", c.zh, c.low, c.high), EN: fmt.Sprintf("%s: from %v to %v", c.en, c.low, c.high)})
		}
	}
	return nil
}

func (a Assumption) check() error {
	r, high := a.Range, mostMoney
	if a.Unit == Share {
		high = 1
	}
	field := "assumptions." + a.Key
	switch {
	case !(r.Low >= 0 && r.Low <= r.Likely && r.Likely <= r.High && r.High <= high):
		return errs.InvalidField(field, i18n.Text{ZH: fmt.Sprintf("“%s”应满足 0 ≤ 低 ≤ 可能 ≤ 高 ≤ %v", a.Text.ZH, high), EN: fmt.Sprintf("“%s”: 0 ≤ low ≤ likely ≤ high ≤ %v", a.Text.EN, high)})
	case a.Key == Associates && r.Low < 1:
		return errs.InvalidField(field, i18n.T("每人至少维护 1 位客户", "An associate looks after one person at least"))
	case a.Key == Wage && r.High == 0:
		return errs.InvalidField(field, i18n.T("请填写每人每月成本", "Say what an associate costs a month"))
	}
	return nil
}
