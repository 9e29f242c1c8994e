package playbook

import (
	"context"
	"net/url"

	"fishpond/internal/insight/report"
	"fishpond/internal/platform/i18n"
)

// ReportPages is the playbook as it is exported and sent.
func (s *Service) ReportPages() []report.Page {
	return []report.Page{{Key: "playbook", Name: i18n.T("打法", "Playbook"), Path: "/scorecard?tab=playbook", Tables: s.tables}}
}

func (s *Service) tables(ctx context.Context, orgID string, _ url.Values) ([]report.Table, error) {
	zh, err := s.Playbook(i18n.With(ctx, i18n.ZH), orgID)
	if err != nil {
		return nil, err
	}
	en, err := s.Playbook(i18n.With(ctx, i18n.EN), orgID)
	if err != nil {
		return nil, err
	}
	note := i18n.T("时段：%s 至 %s，时区：%s", "Period: %s to %s, time zone: %s", zh.From, zh.To, zh.TimeZone)
	if zh.From == "" {
		note = noOrders
	}
	t := report.Table{Key: "products", Title: i18n.T("位置", "Places"), Note: note, Currency: zh.Currency,
		Columns: []report.Column{report.Text("SKU", "SKU"), report.Text("名称", "Name"), report.Of("playbook.buyers"), report.Of("playbook.again"), report.Of("playbook.again_share"), report.Of("playbook.orders"),
			report.Of("playbook.amount_minor"), report.Of("playbook.ticket_minor"), report.Text("位置", "Place"), report.Text("为什么没有", "Why there is none")}}
	row := func(p, o PlaybookPlace, name any) []any {
		place := i18n.Text{}
		for _, q := range Quadrants {
			if q.Key == p.Quadrant {
				place = q.Name
			}
		}
		return []any{p.SKU, name, p.Buyers, p.Again, p.AgainShare, p.Orders, p.AmountMinor, p.TicketMinor, place, i18n.Text{ZH: p.Why, EN: o.Why}}
	}
	t.Rows = append(t.Rows, row(zh.Brand, en.Brand, i18n.T("整个品牌", "The brand")))
	for i, p := range zh.Products {
		t.Rows = append(t.Rows, row(p, en.Products[i], p.Name))
	}
	return []report.Table{t}, nil
}
