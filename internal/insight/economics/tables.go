package economics

import (
	"cmp"
	"context"
	"net/url"
	"slices"

	"fishpond/internal/insight/report"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// ReportPages are the pages whose tables can be exported and sent.
func (s *Service) ReportPages() []report.Page {
	return []report.Page{{Key: "economics", Name: i18n.T("单位经济", "Unit economics"), Path: "/economics", Tables: s.tables}}
}

var ways = append([]string{byChannel, byStaff, byAccount, byCode, byLink, byMonth}, levels...)

func (s *Service) tables(ctx context.Context, orgID string, query url.Values) ([]report.Table, error) {
	by, from, to := cmp.Or(query.Get("by"), byChannel), query.Get("from"), query.Get("to")
	if !slices.Contains(ways, by) {
		return nil, errs.InvalidField("query.by", i18n.T("不能这样拆分", "It cannot be broken down like this"))
	}
	e, err := s.Economics(ctx, orgID, by, from, to)
	if err != nil {
		return nil, err
	}
	curves, err := s.Curves(ctx, orgID, by, from, to)
	if err != nil {
		return nil, err
	}
	note := i18n.T("时段：%s 至 %s，时区：%s；空格表示说不出", "Period: %s to %s, time zone: %s; an empty cell cannot be said", e.Period.From, e.Period.To, e.Period.TimeZone)
	rows := report.Table{Key: "rows", Title: i18n.T("成本与回报", "Cost and return"), Note: note, Currency: e.Currency, Columns: []report.Column{
		report.Text("名称", "Name"), report.Of("economics.persons"), report.Of("economics.cost_minor"), report.Of("economics.cac"), report.Of("economics.buyers"), report.Of("economics.again"),
		report.Of("economics.net"), report.Of("economics.value"), report.Of("economics.value_to_cac"), report.Of("economics.margin_to_cac"), report.Of("economics.roi")}}
	for _, days := range Windows {
		rows.Columns = append(rows.Columns, report.Column{Figure: "economics.conversion.share", Name: i18n.T("%d 天内首单转化率", "First order in %d days", days)})
	}
	line := func(name any, f RowFigures) []any {
		var cost any
		if f.CostKnown {
			cost = f.CostMinor
		}
		out := []any{name, f.Persons, cost, f.CAC.Minor, f.Buyers, f.Again, f.Net.Minor, f.Value.Minor, f.ValueToCAC.Value, f.MarginToCAC.Value, f.ROI.Value}
		for _, c := range f.Conversion {
			out = append(out, c.Share.Value)
		}
		return out
	}
	all := i18n.T("合计", "Total")
	for _, r := range e.Rows {
		rows.Rows = append(rows.Rows, line(r.title(), r.RowFigures))
	}
	rows.Rows = append(rows.Rows, line(all, e.Total))
	period := report.Table{Key: "period", Title: i18n.T("整个时段", "The whole period"), Note: note, Currency: e.Currency, Columns: []report.Column{
		report.Of("economics.repurchase.buyers"), report.Of("economics.repurchase.again"), report.Of("economics.repurchase.rate"), report.Of("economics.repurchase.p25_days"),
		report.Of("economics.repurchase.median_days"), report.Of("economics.repurchase.p75_days"), report.Of("economics.sales.orders"), report.Of("economics.sales.gmv_minor"),
		report.Of("economics.sales.average_order"), report.Of("economics.interaction.persons"), report.Of("economics.interaction.pool"), report.Of("economics.interaction.rate")},
		Rows: [][]any{{e.Repurchase.Buyers, e.Repurchase.Again, e.Repurchase.Rate.Value, e.Repurchase.P25.Count, e.Repurchase.Median.Count, e.Repurchase.P75.Count, e.Sales.Orders, e.Sales.GMVMinor,
			e.Sales.Average.Minor, e.Active.Persons, e.Active.Pool, e.Active.Rate.Value}}}
	curve := report.Table{Key: "curves", Title: i18n.T("回本与回购", "Payback and cohorts"), Note: note, Currency: e.Currency, Columns: []report.Column{
		report.Text("名称", "Name"), report.Text("到来后第几个月", "Months since"), report.Of("economics.persons"), report.Of("economics.cost_minor"), report.Of("economics.curves.net_minor"),
		report.Of("economics.curves.per_person_minor"), report.Of("economics.curves.share")}}
	follow := func(name any, r CurveRow) {
		for _, c := range r.Cells {
			curve.Rows = append(curve.Rows, []any{name, c.Offset, c.Of, c.CostMinor, c.NetMinor, c.PerPerson, c.Share})
		}
	}
	for _, r := range curves.Rows {
		follow(r.title(), r)
	}
	follow(all, curves.Total)
	out := []report.Table{rows, period, curve}
	for _, who := range []struct {
		by    string
		title i18n.Text
	}{{byStaff, i18n.T("员工销售", "Sales by staff")}, {byAccount, i18n.T("账号销售", "Sales by account")}} {
		sold, err := s.SalesBy(ctx, orgID, who.by, from, to)
		if err != nil {
			return nil, err
		}
		t := report.Table{Key: who.by, Title: who.title, Note: note, Currency: e.Currency, Columns: []report.Column{report.Text("名称", "Name"), report.Of("economics.sales.orders"),
			report.Of("economics.sales.gmv_minor"), report.Of("economics.staff.net_minor"), report.Of("economics.sales.average_order")}}
		for _, r := range sold.Rows {
			t.Rows = append(t.Rows, []any{r.title(), r.Orders, r.GMVMinor, r.NetMinor, r.Average.Minor})
		}
		out = append(out, t)
	}
	return out, nil
}

// title is what a row is called in a table.
func (n Named) title() any {
	switch {
	case n.Key == "":
		return i18n.T("来路不明", "Not known")
	case len(n.Path) > 0:
		name := n.Path[0]
		for _, p := range n.Path[1:] {
			name += "/" + p
		}
		return name
	}
	return cmp.Or(n.Name, n.Key)
}
