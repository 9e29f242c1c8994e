package economics

import (
	"context"
	"time"
)

// Curves follows the people won in some months, row by row: what they brought
// by some months later, beside what they cost, and who of them bought then.
type Curves struct {
	Period   EconomicsPeriod `json:"period"`
	Currency string          `json:"currency"`
	AsOf     time.Time       `json:"as_of"`
	By       string          `json:"by"`
	MarginBP *int64          `json:"margin_bp"`
	Total    CurveRow        `json:"total"`
	Rows     []CurveRow      `json:"rows" nullable:"false"`
}

// CurveRow is one row's.
type CurveRow struct {
	Named
	Persons   int64       `json:"persons"`
	CostMinor int64       `json:"cost_minor"`
	CAC       Amount      `json:"cac"`
	PaidBack  Quantity    `json:"paid_back_in" doc:"The first offset at which the cost has come back: of gross profit when a margin is known, otherwise of sales"`
	Cells     []CurveCell `json:"cells" nullable:"false" doc:"Each month since the start, from 0, as far as any of the months are so old"`
}

// CurveCell is what there is to say of the people who are so old.
type CurveCell struct {
	Offset     int64   `json:"offset" doc:"Months since the start, 0 being the month itself"`
	Of         int64   `json:"of" doc:"People won in months that are at least so old"`
	CostMinor  int64   `json:"cost_minor" doc:"Of these months"`
	NetMinor   int64   `json:"net_minor" doc:"What they brought until the end of this month"`
	PerPerson  int64   `json:"per_person_minor" doc:"net_minor / of"`
	ProfitOfIt *int64  `json:"profit_per_person_minor" doc:"per_person_minor × margin; null without a margin"`
	Persons    int64   `json:"persons" doc:"Who of them bought in this month"`
	Share      float64 `json:"share" doc:"persons / of"`
	Open       bool    `json:"open" doc:"The present month is among these: it may still grow"`
}

// Curves answers from … to, broken down.
func (s *Service) Curves(ctx context.Context, orgID, by, from, to string) (out Curves, err error) {
	g, err := s.survey(ctx, orgID, "query.", from, to)
	if err != nil {
		return out, err
	}
	t, c := tellerOf(ctx), g.cube
	out = Curves{Period: c.period(g.span), Currency: c.currency, AsOf: c.counted(), By: by, Rows: []CurveRow{}}
	if g.hasMargin {
		out.MarginBP = &g.margin
	}
	rows, total := g.sums(by)
	lines := map[string]*line{}
	at := func(key string) *line {
		if lines[key] == nil {
			lines[key] = newLine()
		}
		return lines[key]
	}
	all := newLine()
	for k, w := range c.cells {
		if g.span.in(k.month) {
			all.persons[k.month] += w.persons
			for _, key := range g.keys(by, k.source, g.ledger.Sources[k.source].Channels, k.month) {
				at(key).persons[k.month] += w.persons
			}
		}
	}
	for _, x := range g.ledger.Costs {
		all.cost[x.Month] += x.Minor
		for _, key := range g.keys(by, x.Source, x.Channels, x.Month) {
			at(key).cost[x.Month] += x.Minor
		}
	}
	for k, x := range c.later {
		if g.span.in(k[1]) && k[2] <= maxOffset {
			all.add(k[1], k[2], x)
			for _, key := range g.keys(by, k[0], g.ledger.Sources[k[0]].Channels, k[1]) {
				at(key).add(k[1], k[2], x)
			}
		}
	}
	for key, r := range rows {
		out.Rows = append(out.Rows, g.curve(t, g.named(by, key), r, at(key)))
	}
	order(g, by, out.Rows, func(r CurveRow) (string, int64, int64) { return r.Key, r.Persons, r.CostMinor })
	out.Total = g.curve(t, Named{Path: []string{}}, &total, all)
	return out, nil
}

// line is a row's months.
type line struct {
	persons, cost map[int64]int64
	later         map[[2]int64]later // month, offset
}

func newLine() *line {
	return &line{persons: map[int64]int64{}, cost: map[int64]int64{}, later: map[[2]int64]later{}}
}

func (l *line) add(month, offset int64, x *later) {
	have := l.later[[2]int64{month, offset}]
	l.later[[2]int64{month, offset}] = later{have.persons + x.persons, have.net + x.net}
}

// curve draws a row. At each offset only the months that are so old take part,
// in what came back and in what it cost alike.
func (g *ground) curve(t teller, name Named, r *sum, l *line) CurveRow {
	out := CurveRow{Named: name, Persons: r.persons, CostMinor: r.cost, CAC: g.cac(t, r), Cells: []CurveCell{}}
	present := monthOf(g.cube.asOf, g.cube.zone)
	back := int64(-1)
	for k := int64(0); k <= min(present-g.span.from, maxOffset); k++ {
		cell := CurveCell{Offset: k, Open: g.span.in(present - k)}
		for m := g.span.from; m <= min(g.span.to, present-k); m++ {
			cell.Of += l.persons[m]
			cell.CostMinor += l.cost[m]
			cell.Persons += l.later[[2]int64{m, k}].persons
			for j := int64(0); j <= k; j++ {
				cell.NetMinor += l.later[[2]int64{m, j}].net
			}
		}
		if cell.Of == 0 {
			continue
		}
		cell.Share = float64(cell.Persons) / float64(cell.Of)
		cell.PerPerson = divide(cell.NetMinor, cell.Of)
		gain := float64(cell.NetMinor)
		if g.hasMargin {
			gain *= float64(g.margin) / 10_000
			profit := t.amount(gain / float64(cell.Of))
			cell.ProfitOfIt = profit.Minor
		}
		if back < 0 && cell.CostMinor > 0 && gain >= float64(cell.CostMinor) {
			back = k
		}
		out.Cells = append(out.Cells, cell)
	}
	why := r.costWhy()
	switch {
	case why.EN != "":
		out.PaidBack = t.noQuantity(why)
	case r.cost == 0:
		out.PaidBack = t.noQuantity(freeCost)
	case g.cube.orders == 0:
		out.PaidBack = t.noQuantity(noOrdersEver)
	case back < 0:
		out.PaidBack = t.noQuantity(notOver)
	default:
		out.PaidBack.Count = &back
	}
	return out
}

// divide rounds half away from zero; b is above 0.
func divide(a, b int64) int64 {
	if a < 0 {
		return -divide(-a, b)
	}
	return a/b + (a%b*2)/b
}

// SalesBy is what was sold in some months, by whom the credit goes to.
type SalesBy struct {
	Period   EconomicsPeriod `json:"period"`
	Currency string          `json:"currency"`
	AsOf     time.Time       `json:"as_of"`
	By       string          `json:"by"`
	Rows     []SalesRow      `json:"rows" nullable:"false" doc:"They add up to all orders of the months"`
}

// SalesRow is one row's. Money in other currencies is left out.
type SalesRow struct {
	Named
	Orders        int64  `json:"orders" doc:"Paid in the months"`
	GMVMinor      int64  `json:"gmv_minor" doc:"Before refunds"`
	RefundedMinor int64  `json:"refunded_minor" doc:"Of these orders, whenever that was"`
	NetMinor      int64  `json:"net_minor" doc:"gmv_minor − refunded_minor"`
	Average       Amount `json:"average_order" doc:"gmv_minor / orders"`
	Share         Ratio  `json:"share" doc:"net_minor / that of all rows"`
}

// SalesBy answers from … to, by staff, account or any other way.
func (s *Service) SalesBy(ctx context.Context, orgID, by, from, to string) (out SalesBy, err error) {
	g, err := s.survey(ctx, orgID, "query.", from, to)
	if err != nil {
		return out, err
	}
	t := tellerOf(ctx)
	out = SalesBy{Period: g.cube.period(g.span), Currency: g.cube.currency, AsOf: g.cube.counted(), By: by, Rows: []SalesRow{}}
	rows := map[string]*SalesRow{}
	var net int64
	for _, x := range g.ledger.Sales {
		net += x.GMVMinor - x.RefundedMinor
		for _, key := range g.keys(by, x.Source, g.ledger.Sources[x.Source].Channels, x.Month) {
			r := rows[key]
			if r == nil {
				r = &SalesRow{Named: g.named(by, key)}
				rows[key] = r
			}
			r.Orders, r.GMVMinor, r.RefundedMinor = r.Orders+x.Orders, r.GMVMinor+x.GMVMinor, r.RefundedMinor+x.RefundedMinor
		}
	}
	for _, r := range rows {
		r.NetMinor = r.GMVMinor - r.RefundedMinor
		r.Average = t.noAmount(noOrdersHere)
		switch {
		case r.Orders > 0 && r.GMVMinor == 0 && g.cube.foreignOnly(g.span):
			r.Average = t.noAmount(allForeign)
		case r.Orders > 0:
			r.Average = t.amount(AverageOrder(float64(r.GMVMinor), float64(r.Orders)))
		}
		r.Share = t.noRatio(moreBack)
		if net > 0 {
			r.Share = t.over(float64(r.NetMinor), float64(net), moreBack)
		}
		out.Rows = append(out.Rows, *r)
	}
	order(g, by, out.Rows, func(r SalesRow) (string, int64, int64) { return r.Key, r.NetMinor, r.Orders })
	return out, nil
}

func (c *cube) foreignOnly(s span) bool {
	var n, foreign int64
	for m, x := range c.months {
		if s.in(m) {
			n, foreign = n+x.orders, foreign+x.foreign
		}
	}
	return n > 0 && n == foreign
}
