package insight

import (
	"context"
	"net/url"
	"time"

	"fishpond/internal/insight/report"
	"fishpond/internal/platform/i18n"
)

// ReportPages are the pages whose tables can be exported and sent.
func (s *Service) ReportPages() []report.Page {
	return []report.Page{
		{Key: "overview", Name: i18n.T("经营概览", "Overview"), Path: "/", Tables: s.overviewTables},
		{Key: "cohorts", Name: i18n.T("首单留存", "Cohorts"), Path: "/", Tables: s.cohortTables},
		{Key: "funnel", Name: i18n.T("漏斗", "Funnel"), Path: "/measure?tab=funnel", Tables: s.funnelTables},
		{Key: "retention", Name: i18n.T("留存", "Retention"), Path: "/measure?tab=retention", Tables: s.retentionTables},
		{Key: "paths", Name: i18n.T("路径", "Paths"), Path: "/measure?tab=paths", Tables: s.pathTables},
		{Key: "value", Name: i18n.T("客户价值", "Customer value"), Path: "/value", Tables: s.valueTables},
	}
}

// about is the line above a table: its time, by whose clock.
func about(from, to, zone string) i18n.Text {
	return i18n.T("时段：%s 至 %s，时区：%s", "Period: %s to %s, time zone: %s", from, to, zone)
}

// with adds how fresh an answer is, or why there is none.
func (f Fresh) with(t i18n.Text) i18n.Text {
	if f.Cannot != "" { // in the caller's language
		return i18n.Text{ZH: t.ZH + "。" + f.Cannot, EN: t.EN + ". " + f.Cannot}
	}
	if f.CountedTo == nil {
		return t
	}
	at := f.CountedTo.UTC().Format(time.RFC3339)
	return i18n.Text{ZH: t.ZH + "；统计到 " + at, EN: t.EN + "; counted to " + at}
}

func (s *Service) overviewTables(ctx context.Context, orgID string, query url.Values) ([]report.Table, error) {
	o, err := s.Overview(ctx, orgID, query.Get("from"), query.Get("to"))
	if err != nil {
		return nil, err
	}
	note := about(o.Period.From, o.Period.To, o.Period.TimeZone)
	numbers := func(n Numbers) []any {
		return []any{n.Persons, n.NewPersons, n.Buyers, n.Orders, n.GMVMinor, n.Refunds, n.RefundedMinor, n.AverageMinor, n.RepurchaseRate}
	}
	sums := report.Table{Key: "numbers", Title: i18n.T("汇总", "Totals"), Note: note, Currency: o.Currency, Before: true,
		Columns: []report.Column{report.Text("时段", "Period"), report.Of("overview.persons"), report.Of("overview.new_persons"), report.Of("overview.buyers"), report.Of("overview.orders"),
			report.Of("overview.gmv_minor"), report.Of("overview.refunds"), report.Of("overview.refunded_minor"), report.Of("overview.average_order_minor"), report.Of("overview.repurchase_rate")},
		Rows: [][]any{append([]any{o.Period.From + " – " + o.Period.To}, numbers(o.Numbers)...), append([]any{o.Previous.From + " – " + o.Previous.To}, numbers(o.Previous.Numbers)...)}}
	months := report.Table{Key: "months", Title: i18n.T("按月", "By month"), Note: note, Currency: o.Currency,
		Columns: []report.Column{report.Text("月份", "Month"), report.Of("overview.months.orders"), report.Of("overview.months.gmv_minor"), report.Of("overview.months.refunded_minor"),
			report.Of("overview.months.new_persons"), report.Of("overview.months.buyers")}}
	for _, m := range o.Months {
		months.Rows = append(months.Rows, []any{m.Month, m.Orders, m.GMVMinor, m.RefundedMinor, m.NewPersons, m.Buyers})
	}
	regions := report.Table{Key: "regions", Title: i18n.T("地区", "Regions"), Note: note, Currency: o.Currency,
		Columns: []report.Column{report.Text("地区", "Region"), report.Of("overview.top_regions.persons"), report.Of("overview.top_regions.orders"), report.Of("overview.top_regions.gmv_minor")}}
	for _, r := range o.Regions {
		regions.Rows = append(regions.Rows, []any{r.Region, r.Persons, r.Orders, r.GMVMinor})
	}
	products := report.Table{Key: "products", Title: i18n.T("商品", "Products"), Note: note, Currency: o.Currency,
		Columns: []report.Column{report.Text("货号", "SKU"), report.Text("商品", "Product"), report.Of("overview.top_products.quantity"), report.Of("overview.top_products.amount_minor")}}
	for _, p := range o.Products {
		products.Rows = append(products.Rows, []any{p.SKU, p.Name, p.Quantity, p.AmountMinor})
	}
	return []report.Table{sums, months, regions, products}, nil
}

func (s *Service) cohortTables(ctx context.Context, orgID string, query url.Values) ([]report.Table, error) {
	c, err := s.Cohorts(ctx, orgID, query.Get("from"), query.Get("to"))
	if err != nil {
		return nil, err
	}
	t := report.Table{Key: "cohorts", Title: i18n.T("首单留存", "Cohorts"), Currency: c.Currency, Note: i18n.T("还没有订单", "There are no orders yet"),
		Columns: []report.Column{report.Text("首单月份", "Month of the first order"), report.Of("cohorts.size"), report.Text("之后第几个月", "Months later"),
			report.Of("cohorts.cells.persons"), report.Of("cohorts.cells.share"), report.Of("cohorts.cells.gmv_minor")}}
	if len(c.Months) > 0 {
		t.Note = about(c.Months[0].Month, c.Months[len(c.Months)-1].Month, c.TimeZone)
	}
	for _, m := range c.Months {
		for _, cell := range m.Cells {
			share := &cell.Share
			if m.Size == 0 {
				share = nil
			}
			t.Rows = append(t.Rows, []any{m.Month, m.Size, cell.Offset, cell.Persons, share, cell.GMVMinor})
		}
	}
	return []report.Table{t}, nil
}

func (s *Service) funnelTables(ctx context.Context, orgID string, query url.Values) ([]report.Table, error) {
	in, asked, err := report.Question[FunnelInput](query)
	if err != nil {
		return nil, err
	}
	if !asked { // the ready funnel, as far as there are events for it
		ready := Ready(ctx)
		in.WithinHours = ready.WithinHours
		for _, step := range ready.Steps {
			if len(step.Any) > 0 {
				in.Steps = append(in.Steps, FunnelStep{Name: step.Name, EventChoice: EventChoice{Any: step.Any}})
			}
		}
	}
	f, err := s.Funnel(ctx, orgID, in)
	if err != nil {
		return nil, err
	}
	note := f.with(about(f.Period.From, f.Period.To, f.Period.TimeZone))
	names := make([]i18n.Text, len(f.Steps))
	t := report.Table{Key: "steps", Title: i18n.T("漏斗", "Funnel"), Note: note,
		Columns: []report.Column{report.Text("步骤", "Step"), report.Of("funnel.steps.persons"), report.Of("funnel.steps.dropped"), report.Of("funnel.steps.of_first"), report.Of("funnel.steps.of_before"),
			report.Of("funnel.steps.median_seconds"), report.Of("funnel.steps.p90_seconds"), report.Of("funnel.steps.median_from_first_seconds"), report.Of("funnel.steps.p90_from_first_seconds")}}
	for i, step := range f.Steps {
		names[i] = i18n.T("%d · %s", "%d · %s", i+1, orKinds(step.Name, step.Any))
		t.Rows = append(t.Rows, []any{names[i], step.Persons, step.Dropped, step.OfFirst, step.OfBefore, step.Median, step.P90, step.MedianAll, step.P90All})
	}
	out := []report.Table{t, {Key: "open", Title: i18n.T("窗口未结束", "Still open"), Note: note, Columns: []report.Column{report.Of("funnel.open")}, Rows: [][]any{{f.Open}}}}
	if in.By == "" {
		return out, nil
	}
	groups := report.Table{Key: "groups", Title: i18n.T("分组", "Groups"), Note: note, Columns: []report.Column{report.Text("分组", "Group"), report.Text("步骤", "Step"), report.Of("funnel.groups.persons"), report.Of("funnel.groups.through")}}
	for _, g := range f.Groups {
		for i, n := range g.Persons {
			through := g.Through
			if i < len(g.Persons)-1 {
				through = nil // of the last step
			}
			groups.Rows = append(groups.Rows, []any{g.Label, names[i], n, through})
		}
	}
	return append(out, groups), nil
}

// orKinds is a step's name; of one without, the kinds of its events.
func orKinds(name string, kinds []string) string {
	if name != "" {
		return name
	}
	for i, k := range kinds {
		if i > 0 {
			name += " / "
		}
		name += k
	}
	return name
}

func (s *Service) retentionTables(ctx context.Context, orgID string, query url.Values) ([]report.Table, error) {
	in, asked, err := report.Question[RetentionInput](query)
	if err != nil {
		return nil, err
	}
	if !asked {
		in.First.Any, in.Back.Any = []string{"order.paid"}, []string{"order.paid"}
	}
	r, err := s.Retention(ctx, orgID, in)
	if err != nil {
		return nil, err
	}
	t := report.Table{Key: "retention", Title: i18n.T("留存", "Retention"), Note: r.with(about(r.Period.From, r.Period.To, r.Period.TimeZone)),
		Columns: []report.Column{report.Text("起始", "From"), report.Of("retention.size"), report.Text("之后第几个单位", "Units later"), report.Of("retention.cells.persons"), report.Of("retention.cells.share"),
			report.Text("该单位已结束", "Unit is over")}}
	add := func(from any, row RetentionRow) {
		for k, c := range row.Cells {
			over := i18n.T("是", "yes")
			if c.Partial {
				over = i18n.T("否", "no")
			}
			t.Rows = append(t.Rows, []any{from, row.Size, k, c.Persons, c.Share, over})
		}
	}
	for _, row := range r.Rows {
		add(row.From, row)
	}
	add(i18n.T("合计", "All"), r.Total)
	return []report.Table{t}, nil
}

func (s *Service) pathTables(ctx context.Context, orgID string, query url.Values) ([]report.Table, error) {
	in, asked, err := report.Question[PathsInput](query)
	if err != nil {
		return nil, err
	}
	if !asked {
		in.Start.Any, in.WithinHours = []string{"friend.added"}, 24*30
	}
	p, err := s.Paths(ctx, orgID, in)
	if err != nil {
		return nil, err
	}
	t := report.Table{Key: "paths", Title: i18n.T("路径", "Paths"), Note: p.with(about(p.Period.From, p.Period.To, p.Period.TimeZone)),
		Columns: []report.Column{report.Text("路径", "Way"), report.Text("步数", "Steps"), report.Of("paths.next.persons"), report.Of("paths.next.share"), report.Of("paths.rest.ended"), report.Of("paths.rest.others")}}
	start := i18n.T("起点", "Start")
	t.Rows = append(t.Rows, []any{start, 0, p.Persons, nil, p.Rest.Ended, p.Rest.Others})
	var walk func(way i18n.Text, nodes []PathNode, depth int)
	walk = func(way i18n.Text, nodes []PathNode, depth int) {
		for _, n := range nodes {
			here := i18n.Text{ZH: way.ZH + " → " + n.Label, EN: way.EN + " → " + n.Label}
			t.Rows = append(t.Rows, []any{here, depth, n.Persons, n.Share, n.Rest.Ended, n.Rest.Others})
			walk(here, n.Next, depth+1)
		}
	}
	walk(start, p.Next, 1)
	return []report.Table{t}, nil
}
