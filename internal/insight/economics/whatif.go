package economics

import (
	"context"
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// WhatIfInput turns some knobs on what happened.
type WhatIfInput struct {
	From             string  `json:"from,omitempty" maxLength:"7"`
	To               string  `json:"to,omitempty" maxLength:"7"`
	By               string  `json:"by,omitempty" enum:"channel,platform,campaign,entrance,staff,account,code,link,month" default:"channel"`
	Key              *string `json:"key,omitempty" maxLength:"64" doc:"Of a row; null: of the total"`
	CostPercent      float64 `json:"cost_percent,omitempty" minimum:"-100" maximum:"1000" doc:"20: costs a fifth higher, for as many people"`
	BoughtPoints     float64 `json:"bought_points,omitempty" minimum:"-100" maximum:"100" doc:"Percentage points on the share who buy"`
	RepurchasePoints float64 `json:"repurchase_points,omitempty" minimum:"-100" maximum:"100" doc:"Percentage points on the share of buyers who buy again"`
	OrderPercent     float64 `json:"order_percent,omitempty" minimum:"-100" maximum:"1000" doc:"On what an order brings"`
	MarginPoints     float64 `json:"margin_points,omitempty" minimum:"-100" maximum:"100" doc:"Percentage points on the gross margin"`
}

// WhatIf is what there is beside what there would be.
type WhatIf struct {
	Period   EconomicsPeriod `json:"period"`
	Currency string          `json:"currency"`
	AsOf     time.Time       `json:"as_of"`
	Before   Scenario        `json:"before"`
	After    Scenario        `json:"after"`
	Formulas []Formula       `json:"formulas" nullable:"false"`
}

// Scenario is one side of a what-if.
type Scenario struct {
	Persons      int64  `json:"persons"`
	CostMinor    int64  `json:"cost_minor"`
	CAC          Amount `json:"cac"`
	Bought       Ratio  `json:"bought"`
	Repurchase   Ratio  `json:"repurchase"`
	Further      Ratio  `json:"further" doc:"Orders past the first of each who bought again"`
	AverageOrder Amount `json:"average_order" doc:"Net of refunds"`
	Sales        Amount `json:"sales" doc:"persons × bought × (1 + repurchase × further) × average_order"`
	Margin       Ratio  `json:"margin"`
	Profit       Amount `json:"profit" doc:"sales × margin − cost"`
	ROI          Ratio  `json:"roi"`
	Value        Amount `json:"value"`
	ValueToCAC   Ratio  `json:"value_to_cac"`
	MarginToCAC  Ratio  `json:"margin_to_cac"`
}

// Formula is how a figure of a what-if comes about.
type Formula struct {
	Key     string `json:"key"`
	Name    string `json:"name"`
	Formula string `json:"formula"`
	Source  string `json:"source" doc:"Where it was published; empty: arithmetic of this product"`
}

var noSuchRow = i18n.T("这一行", "Such a row")

// WhatIf answers what would be if some things were different. Both sides are
// counted by the formulas of formula.go.
func (s *Service) WhatIf(ctx context.Context, orgID string, in WhatIfInput) (out WhatIf, err error) {
	g, err := s.survey(ctx, orgID, "body.", in.From, in.To)
	if err != nil {
		return out, err
	}
	if in.By == "" {
		in.By = byChannel
	}
	t := tellerOf(ctx)
	rows, r := g.sums(in.By)
	if in.Key != nil {
		row := rows[*in.Key]
		if row == nil {
			return out, errs.NotFound(noSuchRow)
		}
		r = *row
	}
	out = WhatIf{Period: g.cube.period(g.span), Currency: g.cube.currency, AsOf: g.cube.counted(), Formulas: Formulas(t.lang)}
	base := growthOf(&r, g.margin)
	change := Change{CostPercent: in.CostPercent, BoughtPoints: in.BoughtPoints, RepurchasePoints: in.RepurchasePoints, OrderPercent: in.OrderPercent, MarginPoints: in.MarginPoints}
	out.Before = g.scenario(t, &r, base, Change{})
	out.After = g.scenario(t, &r, base.Apply(change), change)
	return out, nil
}

// growthOf splits a row's sales. What cannot be split is left 0; scenario says
// so.
func growthOf(r *sum, marginBP int64) Growth {
	g := Growth{Persons: float64(r.persons), Cost: float64(r.cost), Ahead: float64(r.ahead), Margin: float64(marginBP) / 10_000}
	if r.persons > 0 {
		g.Bought = float64(r.buyers) / g.Persons
	}
	if r.buyers > 0 {
		g.Repurchase = float64(r.again) / float64(r.buyers)
	}
	if r.again > 0 {
		g.Further = float64(r.orders-r.buyers) / float64(r.again)
	}
	if r.orders > 0 {
		g.Order = float64(r.net) / float64(r.orders)
	}
	return g
}

var (
	furtherUnknown = i18n.T("还没有人买过第二次，不知道再来的人会买几次", "nobody has bought again yet, so how often those who do would buy is not known")
	orderUnknown   = i18n.T("这些人还没有订单，不知道一单有多少钱", "these people have no orders yet, so what an order brings is not known")
)

// scenario tells of a side. One that asks for what nothing is known of says so.
func (g *ground) scenario(t teller, r *sum, x Growth, c Change) Scenario {
	cost := sum{won: r.won, costed: r.costed, nowhere: r.nowhere, cost: int64(x.Cost)}
	out := Scenario{Persons: r.persons, CostMinor: cost.cost}
	why := cost.costWhy()
	switch {
	case why.EN != "":
		out.CAC = t.noAmount(why)
	default:
		out.CAC = t.amount(CAC(x.Cost, x.Persons))
	}
	out.Bought = t.over(x.Bought, 1, nobodyWon)
	if r.persons == 0 {
		out.Bought = t.noRatio(nobodyWon)
	}
	out.Margin = t.noRatio(noMargin)
	if g.hasMargin {
		out.Margin = t.over(x.Margin, 1, noMargin)
	}
	unknown := g.unknown(r, c)
	if r.buyers == 0 {
		out.Repurchase, out.Further = t.noRatio(noBuyers), t.noRatio(noBuyers)
	} else {
		out.Repurchase = t.over(x.Repurchase, 1, noBuyers)
		out.Further = t.noRatio(furtherUnknown)
		if r.again > 0 {
			out.Further = t.over(x.Further, 1, furtherUnknown)
		}
	}
	if unknown.EN != "" {
		no, none := t.noAmount(unknown), t.noRatio(unknown)
		out.AverageOrder, out.Sales, out.Profit, out.Value = no, no, no, no
		out.ROI, out.ValueToCAC, out.MarginToCAC = none, none, none
		return out
	}
	sales := x.Sales()
	out.AverageOrder, out.Sales = t.amount(x.Order), t.amount(sales)
	out.Value = t.noAmount(g.noValue)
	if g.noValue.EN == "" {
		if out.Value = t.amount(Value(sales, x.Ahead, x.Persons)); sales+x.Ahead < 0 {
			out.Value = t.noAmount(moreBack)
		}
	}
	switch {
	case why.EN != "":
		out.Profit, out.ROI = t.noAmount(why), t.noRatio(why)
	case !g.hasMargin:
		out.Profit, out.ROI = t.noAmount(noMargin), t.noRatio(noMargin)
	default:
		out.Profit = t.amount(sales*x.Margin - x.Cost)
		out.ROI = t.noRatio(freeCost)
		if x.Cost > 0 {
			out.ROI = t.over(ROI(sales, x.Margin, x.Cost), 1, freeCost)
		}
	}
	switch {
	case out.CAC.Minor == nil:
		out.ValueToCAC = Ratio{Why: out.CAC.Why}
	case out.Value.Minor == nil:
		out.ValueToCAC = Ratio{Why: out.Value.Why}
	default:
		out.ValueToCAC = t.over(Value(sales, x.Ahead, x.Persons), CAC(x.Cost, x.Persons), freeCost)
	}
	out.MarginToCAC = out.ValueToCAC
	if out.ValueToCAC.Value != nil {
		if out.MarginToCAC = t.noRatio(noMargin); g.hasMargin {
			out.MarginToCAC = t.over(*out.ValueToCAC.Value*x.Margin, 1, freeCost)
		}
	}
	return out
}

// unknown says why sales cannot be told; empty when they can.
func (g *ground) unknown(r *sum, c Change) i18n.Text {
	switch {
	case r.persons == 0:
		return nobodyWon
	case g.cube.orders == 0:
		return noOrdersEver
	case r.orders > 0 && r.foreign == r.orders && r.net == 0:
		return allForeign
	case r.orders == 0:
		return orderUnknown
	case c.RepurchasePoints > 0 && r.again == 0:
		return furtherUnknown
	}
	return i18n.Text{}
}
