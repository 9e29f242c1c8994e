package clv

import "fishpond/internal/platform/i18n"

// Why there is no answer.
const (
	NoOrders       = "no_orders"
	OneOrderEach   = "one_order_each"
	OneDay         = "one_day"
	TooShort       = "too_short"
	TooFew         = "too_few"
	LongGap        = "long_gap"
	CurrencyMix    = "currency_mix"
	NegativeTotals = "negative_totals"
	NoAmounts      = "no_amounts"
	TooFewValues   = "too_few_values"
	SameValue      = "same_value"
	NoMean         = "no_mean"
	NotConverged   = "not_converged"
	NoHoldout      = "no_holdout"
)

// What there must be for parameters that mean something. In simulated
// populations smaller than this the parameters of dropping out are off by more
// than their own size.
const (
	fewestPeople    = 100
	fewestRepeaters = 30
	shortestDays    = 28
	longestGapDays  = 365
)

// ValueRefusal is why there is no answer: a code for programs, a sentence for
// people.
type ValueRefusal struct {
	Code string `json:"code"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

func (r *ValueRefusal) Error() string { return r.EN }

// Text is the sentence in both languages.
func (r *ValueRefusal) Text() i18n.Text { return i18n.Text{ZH: r.ZH, EN: r.EN} }

var reasons = map[string]i18n.Text{
	NoOrders:       i18n.T("没有订单，无从说起", "there is no order to speak of"),
	OneOrderEach:   i18n.T("没有人买过第二次，看不出会不会再买", "nobody has bought twice, so nothing is known of buying again"),
	OneDay:         i18n.T("所有订单都在同一天，看不出时间上的规律", "all orders are of one day, so nothing is known of time"),
	TooShort:       i18n.T("订单的跨度不到 %d 天，看不出谁走了", "the orders span less than %d days; who has gone does not show yet", shortestDays),
	TooFew:         i18n.T("人太少：至少要 %d 人，其中 %d 人买过两次以上", "too few people: it takes at least %d, %d of whom have bought twice", fewestPeople, fewestRepeaters),
	LongGap:        i18n.T("有很长一段时间谁也没有下单，模型不能跨过去", "there is a long stretch in which nobody bought, which no model can bridge"),
	CurrencyMix:    i18n.T("有几种货币，不能相加；请选定一种", "there are several currencies, which cannot be added; choose one"),
	NegativeTotals: i18n.T("退款不少于付款，没有正的金额可说", "refunds are no less than what was paid; there is no value to speak of"),
	NoAmounts:      i18n.T("没有金额，只能说购买次数", "there are no amounts; only purchases can be told"),
	TooFewValues:   i18n.T("买过两次以上且有金额的人不到 %d 个", "fewer than %d people have bought again for an amount", fewestRepeaters),
	SameValue:      i18n.T("所有人的客单价都一样，没有分布可言", "everybody's purchases are worth the same, so there is no distribution"),
	NoMean:         i18n.T("金额太不均匀，少数极大的订单使平均值没有意义", "amounts are so uneven that a few very large ones leave no mean"),
	NotConverged:   i18n.T("参数估计没有收敛，数据与模型不合", "the estimate did not settle; the data do not fit the model"),
	NoHoldout:      i18n.T("没有可供检验的后期数据", "there is no later period to check against"),
}

// Refuse is the refusal of that code.
func Refuse(code string) *ValueRefusal { return refuse(code) }

func refuse(code string) *ValueRefusal {
	return &ValueRefusal{Code: code, ZH: reasons[code].ZH, EN: reasons[code].EN}
}

// enough says whether rows can carry a model.
func enough(rows []Row) error {
	people, repeaters, oldest := int64(0), int64(0), 0.0
	for _, r := range rows {
		people += r.People
		if r.X > 0 {
			repeaters += r.People
		}
		oldest = max(oldest, r.Age)
	}
	switch {
	case people == 0:
		return refuse(NoOrders)
	case oldest == 0:
		return refuse(OneDay)
	case repeaters == 0:
		return refuse(OneOrderEach)
	case people < fewestPeople || repeaters < fewestRepeaters:
		return refuse(TooFew)
	}
	return nil
}
