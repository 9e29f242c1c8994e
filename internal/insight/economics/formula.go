package economics

import (
	"maps"
	"math"
	"slices"
)

// The formulas of the page. All of them are pure; what makes a divisor 0 is
// told before they are asked.

// CAC is the cost of winning one person: the average acquisition cost of Farris,
// Bendle, Pfeifer and Reibstein, "Marketing Metrics" (2nd ed., 2010), ch. 5.
func CAC(cost, persons float64) float64 { return cost / persons }

// ROI is the return on what was spent: ROMI of the same book, with the
// contribution margin of the sales.
func ROI(sales, margin, cost float64) float64 { return (sales*margin - cost) / cost }

// Value is what one of some people has brought, and is expected to bring: the
// expectation is by BG/NBD or Pareto/NBD with Gamma-Gamma (Fader, Hardie and
// Lee, Marketing Science 24(2), 2005; Fader and Hardie, 2013), see package clv.
func Value(net, ahead, persons float64) float64 { return (net + ahead) / persons }

// AverageOrder is what an order is worth before refunds.
func AverageOrder(gmv, orders float64) float64 { return gmv / orders }

// Quantile is the smallest value that a share p of n values do not exceed: type
// 1 of Hyndman and Fan, The American Statistician 50(4), 1996. counts says how
// often each value occurs; n is their sum and above 0.
func Quantile(counts map[int64]int64, n int64, p float64) int64 {
	rank := max(int64(math.Ceil(p*float64(n))), 1)
	values := slices.Sorted(maps.Keys(counts))
	for _, v := range values {
		if rank -= counts[v]; rank <= 0 {
			return v
		}
	}
	return values[len(values)-1]
}

// Growth splits the sales of some people into what makes them: people × the
// share who buy × orders of each × what an order brings. Further is how many
// orders past the first those place who buy again.
type Growth struct {
	Persons, Cost float64
	Bought        float64 // share of persons who bought
	Repurchase    float64 // share of these who bought again
	Further       float64 // orders past the first, of each who bought again
	Order         float64 // net money of an order
	Ahead         float64 // what is expected of all of them
	Margin        float64 // 0 to 1
}

// Orders is what the shares make: each buyer's first order and the further ones
// of who bought again.
func (g Growth) Orders() float64 { return g.Persons * g.Bought * (1 + g.Repurchase*g.Further) }

// Sales is the money of these orders.
func (g Growth) Sales() float64 { return g.Orders() * g.Order }

// Change is what a what-if turns.
type Change struct {
	CostPercent      float64 // +20: costs a fifth more
	BoughtPoints     float64 // +5: 30 % → 35 %
	RepurchasePoints float64
	OrderPercent     float64
	MarginPoints     float64
}

// Apply turns the knobs. Shares stay within 0 and 1. What is expected of people
// moves in the proportion of the sales: nothing else is known of it.
func (g Growth) Apply(c Change) Growth {
	before := g.Sales()
	share := func(v, points float64) float64 { return math.Max(0, math.Min(1, v+points/100)) }
	g.Cost *= math.Max(0, 1+c.CostPercent/100)
	if c.BoughtPoints != 0 {
		g.Bought = share(g.Bought, c.BoughtPoints)
	}
	if c.RepurchasePoints != 0 {
		g.Repurchase = share(g.Repurchase, c.RepurchasePoints)
	}
	g.Order *= math.Max(0, 1+c.OrderPercent/100)
	if c.MarginPoints != 0 {
		g.Margin = share(g.Margin, c.MarginPoints)
	}
	if before != 0 {
		g.Ahead *= g.Sales() / before
	}
	return g
}
