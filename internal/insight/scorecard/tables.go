package scorecard

import (
	"context"
	"net/url"

	"fishpond/internal/insight/report"
	"fishpond/internal/platform/i18n"
)

// ReportPages is the scorecard as it is exported and sent: the card of ?to=, or
// else the newest.
func (s *Service) ReportPages() []report.Page {
	return []report.Page{{Key: "scorecard", Name: i18n.T("六要素", "Scorecard"), Path: "/scorecard", Tables: s.tables}}
}

func (s *Service) tables(ctx context.Context, orgID string, query url.Values) ([]report.Table, error) {
	// Reasons are told in both languages, whoever asks.
	zh, err := s.Card(i18n.With(ctx, i18n.ZH), orgID, query.Get("to"))
	if err != nil {
		return nil, err
	}
	en, err := s.Card(i18n.With(ctx, i18n.EN), orgID, query.Get("to"))
	if err != nil {
		return nil, err
	}
	note := i18n.T("时段：%s 至 %s，时区：%s", "Period: %s to %s, time zone: %s", zh.From, zh.Month, zh.TimeZone)
	if zh.Total == nil {
		note = i18n.Text{ZH: zh.Why, EN: en.Why}
	}
	now := report.Table{Key: "elements", Title: i18n.T("六要素", "Elements"), Note: note, Currency: zh.Currency,
		Columns: []report.Column{report.Text("要素", "Element"), report.Of("scorecard.elements.score"), {Name: i18n.T("指标值", "Measure"), Unit: "share"}, report.Of("scorecard.elements.change"),
			report.Text("怎么算", "How it is counted"), report.Text("为什么没有", "Why there is none"), report.Text("怎么改进", "What makes it better")}}
	for i, e := range zh.Elements {
		o := en.Elements[i]
		now.Rows = append(now.Rows, []any{i18n.Text{ZH: e.Name, EN: o.Name}, e.Score, e.Raw, e.Change, i18n.Text{ZH: e.Measure, EN: o.Measure}, i18n.Text{ZH: e.Why, EN: o.Why}, i18n.Text{ZH: e.Advice, EN: o.Advice}})
	}
	months := report.Table{Key: "months", Title: i18n.T("每月得分", "Scores by month"), Note: note, Columns: []report.Column{report.Text("月份", "Month"), report.Of("scorecard.total")}}
	for _, e := range Elements {
		months.Columns = append(months.Columns, report.Column{Name: e.Name, Unit: "score"})
	}
	for _, m := range zh.Months {
		row := []any{m.Month, m.Total}
		for _, x := range m.Scores {
			row = append(row, x.Score)
		}
		months.Rows = append(months.Rows, row)
	}
	return []report.Table{now, months}, nil
}
