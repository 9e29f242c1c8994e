package economics

import (
	"context"
	"fmt"
	"math"
	"time"

	"fishpond/internal/insight/clv"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// RowFigures are what is told of a row: of the people who were won in the months,
// with all that they have done since.
type RowFigures struct {
	CostMinor      int64        `json:"cost_minor" doc:"Of the months; a cost above several rows is divided by the people whom they won in the month"`
	CostKnown      bool         `json:"cost_known" doc:"False: no cost has been recorded"`
	Persons        int64        `json:"persons" doc:"Whose first arrival was in the months; without an arrival, who was first heard of in them"`
	Arrived        int64        `json:"arrived" doc:"Of persons, those with an arrival"`
	KnownBefore    int64        `json:"known_before" doc:"Of persons, who had bought before they arrived"`
	CAC            Amount       `json:"cac" doc:"cost_minor / persons"`
	Buyers         int64        `json:"buyers" doc:"Of persons, who have bought since; orders refunded in full do not count"`
	Again          int64        `json:"again" doc:"Of buyers, who bought twice or more since"`
	Bought         Ratio        `json:"bought" doc:"buyers / persons"`
	Repurchase     Ratio        `json:"repurchase" doc:"again / buyers"`
	Orders         int64        `json:"orders" doc:"Theirs since, without those refunded in full"`
	ForeignOrders  int64        `json:"foreign_orders" doc:"Of orders, those in other currencies: their money is left out everywhere"`
	Net            Amount       `json:"net" doc:"Paid less refunded since"`
	Value          Amount       `json:"value" doc:"CLV: what one person has brought since and is expected to bring in three years, discounted"`
	ValueToCAC     Ratio        `json:"value_to_cac" doc:"value / cac, of sales"`
	MarginToCAC    Ratio        `json:"margin_to_cac" doc:"value × margin / cac"`
	ROI            Ratio        `json:"roi" doc:"(net × margin − cost) / cost"`
	Conversion     []Conversion `json:"conversion" nullable:"false"`
	NetPerCost     Ratio        `json:"net_per_cost" doc:"net / cost: sales for each unit of cost, no margin taken off"`
	PerPersonMinor *int64       `json:"per_person_minor" doc:"net / persons"`
}

// Conversion is who bought for the first time within some days of arriving.
type Conversion struct {
	Days  int64 `json:"days"`
	Ripe  int64 `json:"ripe" doc:"Who arrived at least so many days ago and had not bought before"`
	Done  int64 `json:"done" doc:"Of them, who bought within so many days"`
	Share Ratio `json:"share" doc:"done / ripe"`
}

// EconomicsRow is one line of the answer.
type EconomicsRow struct {
	Named
	RowFigures
}

// Economics is the main answer.
type Economics struct {
	Period     EconomicsPeriod `json:"period"`
	FirstMonth string          `json:"first_month" doc:"With an order, an arrival or a cost; empty without any"`
	LastMonth  string          `json:"last_month"`
	Currency   string          `json:"currency"`
	AsOf       time.Time       `json:"as_of" doc:"When it was counted; of large orgs at most ten minutes ago"`
	By         string          `json:"by"`
	MarginBP   *int64          `json:"margin_bp" doc:"Gross margin in basis points; null: none typed in"`
	Total      RowFigures      `json:"total" doc:"All people and all costs of the months, also those of whom nothing is known"`
	Rows       []EconomicsRow  `json:"rows" nullable:"false" doc:"With by=channel each channel holds what is below it; otherwise rows add up to total"`
	Repurchase Repurchase      `json:"repurchase"`
	Sales      Sales           `json:"sales"`
	Active     Interaction     `json:"interaction"`
}

// Repurchase is who of the buyers of the months came back, and after how long.
type Repurchase struct {
	Buyers int64    `json:"buyers" doc:"Different people with a paid order in the months"`
	Again  int64    `json:"again" doc:"Of them, with two or more in the months"`
	Rate   Ratio    `json:"rate" doc:"again / buyers"`
	Gaps   int64    `json:"gaps" doc:"Orders of the months that had one of the same person before"`
	Median Quantity `json:"median_days" doc:"Days since the order before that half of these orders did not exceed"`
	P25    Quantity `json:"p25_days"`
	P75    Quantity `json:"p75_days"`
}

// Sales are all orders of the months, whoever they came from.
type Sales struct {
	Orders        int64  `json:"orders" doc:"Paid in the months, also those refunded later"`
	ForeignOrders int64  `json:"foreign_orders" doc:"Of orders, those in other currencies"`
	GMVMinor      int64  `json:"gmv_minor" doc:"Without the foreign ones, before refunds"`
	Average       Amount `json:"average_order" doc:"gmv_minor / (orders − foreign_orders)"`
}

// Interaction is who of the pool talked or came in the last of the months.
type Interaction struct {
	Month   string     `json:"month" doc:"The last of the period"`
	Persons int64      `json:"persons" doc:"Who wrote, looked at a page, followed a link, opened a material, answered a survey, arrived, became a friend or bought"`
	Pool    int64      `json:"pool" doc:"People in the pool at the end of the month"`
	Rate    Ratio      `json:"rate" doc:"persons / pool"`
	Counted *time.Time `json:"counted_to" doc:"Events recorded up to here are counted"`
}

// talking are the events by which somebody talks or comes.
var talking = []string{"message.received", "page.viewed", "link.clicked", "material.opened", "survey.answered", "channel.arrived", "friend.added", "order.paid"}

// Economics answers from … to (YYYY-MM, both included), broken down.
func (s *Service) Economics(ctx context.Context, orgID, by, from, to string) (out Economics, err error) {
	g, err := s.survey(ctx, orgID, "query.", from, to)
	if err != nil {
		return out, err
	}
	t, c := tellerOf(ctx), g.cube
	out = Economics{Period: c.period(g.span), FirstMonth: monthName(c.first), LastMonth: monthName(c.last), Currency: c.currency, AsOf: c.counted(), By: by, Rows: []EconomicsRow{}}
	if g.hasMargin {
		out.MarginBP = &g.margin
	}
	rows, total := g.sums(by)
	out.Total = g.figures(t, &total)
	for key, r := range rows {
		out.Rows = append(out.Rows, EconomicsRow{g.named(by, key), g.figures(t, r)})
	}
	order(g, by, out.Rows, func(r EconomicsRow) (string, int64, int64) { return r.Key, r.Persons, r.CostMinor })
	out.Repurchase = c.repurchase(t, g.span)
	out.Sales = c.sales(t, g.span)
	out.Active, err = s.interaction(ctx, orgID, t, c, g.span.to)
	return out, err
}

// noValue says why people have no value.
func (s *Service) noValue(ctx context.Context, tx *db.Tx, orgID string) (i18n.Text, error) {
	refusal, amounts, _, err := s.ports.Streams.ValueState(ctx, tx, orgID)
	switch {
	case err != nil:
	case refusal == "not_yet":
		return noValuesYet, nil
	case refusal != "":
		why := clv.Refuse(refusal).Text()
		return i18n.Text{ZH: fmt.Sprintf(valueRefused.ZH, why.ZH), EN: fmt.Sprintf(valueRefused.EN, why.EN)}, nil
	case !amounts:
		return noPurchaseMean, nil
	}
	return i18n.Text{}, err
}

// figures divides a row.
func (g *ground) figures(t teller, r *sum) RowFigures {
	f := RowFigures{CostMinor: r.cost, CostKnown: r.costed, Persons: r.persons, Arrived: r.arrived, KnownBefore: r.known, Buyers: r.buyers, Again: r.again, Orders: r.orders,
		ForeignOrders: r.foreign}
	people := float64(r.persons)
	f.Bought = t.over(float64(r.buyers), people, nobodyWon)
	if g.cube.orders == 0 && r.persons > 0 {
		f.Bought = t.noRatio(noOrdersEver)
	}
	f.Repurchase = g.cube.rate(t, r.again, r.buyers, noBuyers)
	f.CAC = g.cac(t, r)
	f.Net = g.net(t, r)
	if f.Net.Minor != nil && r.persons > 0 {
		f.PerPersonMinor = t.amount(float64(r.net) / people).Minor
	}
	f.Value = g.value(t, r, f.Net)
	f.ValueToCAC, f.MarginToCAC = g.toCAC(t, r, f.Value, f.CAC)
	f.ROI, f.NetPerCost = g.roi(t, r, f.Net)
	for i, days := range Windows {
		v := Conversion{Days: days, Ripe: r.ripe[i], Done: r.done[i], Share: t.over(float64(r.done[i]), float64(r.ripe[i]), notYetRipe)}
		switch {
		case r.persons == 0:
			v.Share = t.noRatio(nobodyWon)
		case r.arrived == 0:
			v.Share = t.noRatio(neverArrived)
		case g.cube.orders == 0:
			v.Share = t.noRatio(noOrdersEver)
		}
		f.Conversion = append(f.Conversion, v)
	}
	return f
}

// costWhy is why costs cannot be divided; empty when they can.
func (r *sum) costWhy() i18n.Text {
	switch {
	case r.nowhere && r.persons > 0 && r.costed:
		return notTogether
	case !r.costed:
		return noCost
	case r.persons == 0:
		return costNobody
	}
	return i18n.Text{}
}

func (g *ground) cac(t teller, r *sum) Amount {
	if r.persons == 0 && !r.costed {
		return t.noAmount(nobodyWon)
	}
	if why := r.costWhy(); why.EN != "" {
		return t.noAmount(why)
	}
	return t.amount(CAC(float64(r.cost), float64(r.persons)))
}

func (g *ground) net(t teller, r *sum) Amount {
	switch {
	case r.persons == 0:
		return t.noAmount(nobodyWon)
	case g.cube.orders == 0:
		return t.noAmount(noOrdersEver)
	case r.orders > 0 && r.foreign == r.orders && r.net == 0:
		return t.noAmount(allForeign)
	}
	return t.amount(float64(r.net))
}

func (g *ground) value(t teller, r *sum, net Amount) Amount {
	switch {
	case net.Minor == nil:
		return net
	case g.noValue.EN != "":
		return t.noAmount(g.noValue)
	case r.net+r.ahead < 0:
		return t.noAmount(moreBack)
	}
	return t.amount(Value(float64(r.net), float64(r.ahead), float64(r.persons)))
}

func (g *ground) toCAC(t teller, r *sum, value, cac Amount) (sales, margin Ratio) {
	switch {
	case cac.Minor == nil:
		sales = Ratio{Why: cac.Why}
	case value.Minor == nil:
		sales = Ratio{Why: value.Why}
	default:
		sales = t.over(Value(float64(r.net), float64(r.ahead), float64(r.persons)), CAC(float64(r.cost), float64(r.persons)), freeCost)
	}
	switch {
	case sales.Value == nil:
		margin = sales
	case !g.hasMargin:
		margin = t.noRatio(noMargin)
	default:
		margin = t.over(*sales.Value*float64(g.margin), 10_000, freeCost)
	}
	return sales, margin
}

func (g *ground) roi(t teller, r *sum, net Amount) (roi, perCost Ratio) {
	why := r.costWhy()
	switch {
	case why.EN != "":
		perCost = t.noRatio(why)
	case net.Minor == nil:
		perCost = Ratio{Why: net.Why}
	default:
		perCost = t.over(float64(r.net), float64(r.cost), freeCost)
	}
	switch {
	case perCost.Value == nil:
		roi = perCost
	case !g.hasMargin:
		roi = t.noRatio(noMargin)
	default:
		v := ROI(float64(r.net), float64(g.margin)/10_000, float64(r.cost))
		roi = t.over(v, 1, freeCost)
	}
	return roi, perCost
}

// rate is how many of some buyers came back.
func (c *cube) rate(t teller, again, buyers int64, why i18n.Text) Ratio {
	switch {
	case c.orders == 0:
		return t.noRatio(noOrdersEver)
	case buyers > 0 && c.firstDay == c.lastDay:
		return t.noRatio(oneDay)
	}
	return t.over(float64(again), float64(buyers), why)
}

// repurchase counts who came back among the buyers of a span. An order whose
// predecessor lies before the span is the first of its person in it, one whose
// second predecessor does is the second: so many people there are.
func (c *cube) repurchase(t teller, s span) Repurchase {
	var r Repurchase
	for k, n := range c.rhythm {
		if !s.in(k[0]) {
			continue
		}
		switch {
		case k[1] < s.from:
			r.Buyers += n
		case k[2] < s.from:
			r.Again += n
		}
	}
	r.Rate = c.rate(t, r.Again, r.Buyers, noOrdersHere)
	days := map[int64]int64{}
	for m, of := range c.gaps {
		if s.in(m) {
			for d, n := range of {
				days[d] += n
				r.Gaps += n
			}
		}
	}
	if r.Gaps == 0 || c.firstDay == c.lastDay {
		why := nobodyTwice
		switch {
		case c.orders == 0:
			why = noOrdersEver
		case r.Buyers == 0:
			why = noOrdersHere
		case c.firstDay == c.lastDay:
			why = oneDay
		}
		r.Median, r.P25, r.P75 = t.noQuantity(why), t.noQuantity(why), t.noQuantity(why)
		return r
	}
	quantile := func(p float64) Quantity {
		v := Quantile(days, r.Gaps, p)
		return Quantity{Count: &v}
	}
	r.Median, r.P25, r.P75 = quantile(.5), quantile(.25), quantile(.75)
	return r
}

func (c *cube) sales(t teller, s span) Sales {
	var out Sales
	for m, x := range c.months {
		if s.in(m) {
			out.Orders, out.ForeignOrders, out.GMVMinor = out.Orders+x.orders, out.ForeignOrders+x.foreign, out.GMVMinor+x.gmv
		}
	}
	switch {
	case c.orders == 0:
		out.Average = t.noAmount(noOrdersEver)
	case out.Orders == 0:
		out.Average = t.noAmount(noOrdersHere)
	case out.Orders == out.ForeignOrders:
		out.Average = t.noAmount(allForeign)
	default:
		out.Average = t.amount(AverageOrder(float64(out.GMVMinor), float64(out.Orders-out.ForeignOrders)))
	}
	return out
}

// interaction counts who talked or came in a month.
func (s *Service) interaction(ctx context.Context, orgID string, t teller, c *cube, month int64) (out Interaction, err error) {
	out.Month = monthName(month)
	for m, n := range c.seen {
		if m <= month {
			out.Pool += n
		}
	}
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		who, counted, err := s.ports.Streams.Active(ctx, tx, orgID, talking, monthStart(month, c.zone), monthStart(month+1, c.zone))
		if err != nil {
			return err
		}
		out.Persons, out.Counted = int64(who.GetCardinality()), counted //nolint:gosec // at most 2³²
		return nil
	})
	switch {
	case err != nil:
		return out, err
	case out.Counted == nil:
		out.Rate = t.noRatio(noEvents)
	case out.Pool == 0:
		out.Rate = t.noRatio(emptyPool)
	default:
		// Whoever was heard of and merged meanwhile counts in both; a share past 1 would be a mistake of the last minutes.
		out.Rate = t.over(math.Min(float64(out.Persons), float64(out.Pool)), float64(out.Pool), emptyPool)
	}
	return out, nil
}
