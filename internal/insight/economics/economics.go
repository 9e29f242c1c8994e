package economics

import (
	"context"
	"math"
	"sync"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// Permissions are those that the module checks beside insight.read.
var Permissions = []access.Permission{
	{Key: "economics.settings", Module: "insight", Text: i18n.T("设置毛利率", "Set the gross margin"), Roles: []string{"owner", "operator", "finance"}},
}

// Service is the module.
type Service struct {
	db    *db.DB
	now   clock.Clock
	ports Ports

	mu    sync.Mutex
	cubes map[string]*kept // by org
}

// New returns the module.
func New(d *db.DB, now clock.Clock, ports Ports) *Service {
	return &Service{db: d, now: now, ports: ports, cubes: map[string]*kept{}}
}

// Amount is money that may not be known.
type Amount struct {
	Minor *int64 `json:"minor" doc:"Minor units of the currency; null: cannot say"`
	Why   string `json:"why" doc:"Why it cannot be said; empty when it can"`
}

// Ratio is a share or a multiple that may not be known.
type Ratio struct {
	Value *float64 `json:"value" doc:"null: cannot say"`
	Why   string   `json:"why" doc:"Why it cannot be said; empty when it can"`
}

// Quantity is a number of days or months that may not be known.
type Quantity struct {
	Count *int64 `json:"count" doc:"null: cannot say"`
	Why   string `json:"why" doc:"Why it cannot be said; empty when it can"`
}

// teller says things in one language.
type teller struct{ lang i18n.Lang }

func tellerOf(ctx context.Context) teller { return teller{i18n.From(ctx)} }

func (t teller) noAmount(why i18n.Text) Amount     { return Amount{Why: why.In(t.lang)} }
func (t teller) noRatio(why i18n.Text) Ratio       { return Ratio{Why: why.In(t.lang)} }
func (t teller) noQuantity(why i18n.Text) Quantity { return Quantity{Why: why.In(t.lang)} }

// mostMinor is beyond what any brand turns over; a figure past it is a mistake
// of whoever typed or imported.
const mostMinor = 1 << 53

// amount rounds half away from zero.
func (t teller) amount(v float64) Amount {
	if math.IsNaN(v) || math.Abs(v) > mostMinor {
		return t.noAmount(tooLarge)
	}
	n := int64(math.Round(v))
	return Amount{Minor: &n}
}

// over is a / b; why says what it means that b is 0.
func (t teller) over(a, b float64, why i18n.Text) Ratio {
	if b == 0 {
		return t.noRatio(why)
	}
	v := a / b
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return t.noRatio(tooLarge)
	}
	return Ratio{Value: &v}
}

// Why there is no figure.
var (
	tooLarge       = i18n.T("数字大得不合常理，请检查录入的金额", "the numbers are beyond reason; check the amounts that were typed in or imported")
	nobodyWon      = i18n.T("这些月份没有新来的人", "nobody came in these months")
	costNobody     = i18n.T("有成本，但没有人从这里来", "there are costs, but nobody came this way")
	noCost         = i18n.T("没有录入成本，不等于成本为 0", "no cost has been recorded, which does not mean that there was none")
	freeCost       = i18n.T("录入的成本是 0，没有可除的数", "the recorded cost is 0: there is nothing to divide by")
	notTogether    = i18n.T("这一行是来路不明的人与没有对应到的成本，相除没有意义", "this row holds people of whom nothing is known and costs that brought nobody; to divide them says nothing")
	noMargin       = i18n.T("没有填写毛利率", "no gross margin has been typed in")
	noOrdersEver   = i18n.T("客户池里还没有订单", "there is no order in the pool yet")
	noOrdersHere   = i18n.T("所选月份没有订单", "there is no order in these months")
	noBuyers       = i18n.T("这些人里还没有人下单", "none of these people has bought yet")
	allForeign     = i18n.T("订单都是其他币种，金额不能相加", "all the orders are in other currencies, which cannot be added")
	moreBack       = i18n.T("退款超过了付款，没有正的价值可说", "more was refunded than paid; there is no value to speak of")
	oneDay         = i18n.T("所有订单都在同一天，还看不出会不会再来", "all orders are of one day; whether people come back cannot be seen yet")
	nobodyTwice    = i18n.T("没有人买过第二次", "nobody has bought twice")
	notYetRipe     = i18n.T("还没有人来了满这么多天", "nobody has been here for so many days yet")
	neverArrived   = i18n.T("这些人没有到达记录（例如来自导入），不知道是哪天来的", "there is no arrival of these people (they were imported, say), so the day on which they came is not known")
	noEvents       = i18n.T("还没有互动事件：接入账号或上报事件后才能统计", "there are no events of talking or coming yet: connect an account or report events")
	emptyPool      = i18n.T("客户池里还没有人", "there is nobody in the pool yet")
	notOver        = i18n.T("还没有收回成本", "the cost has not come back yet")
	noValuesYet    = i18n.T("还没有估计过客户价值：到“客户价值”页估计一次，或等今晚", "customer value has not been estimated yet: do it on the page Customer value, or wait for the night")
	valueRefused   = i18n.Text{ZH: "客户价值估计不出来：%s", EN: "customer value cannot be told: %s"}
	noPurchaseMean = i18n.T("客户价值只能说次数，不能说金额", "of customer value only the number of purchases can be told, not the money")
)
