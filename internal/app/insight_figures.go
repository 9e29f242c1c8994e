package app

import (
	"fishpond/internal/insight"
	"fishpond/internal/insight/drill"
	"fishpond/internal/insight/economics"
	"fishpond/internal/insight/figure"
	"fishpond/internal/insight/lookalike"
	"fishpond/internal/insight/playbook"
	"fishpond/internal/insight/scorecard"
	"fishpond/internal/platform/i18n"
)

// figures are what every number means that the measuring parts tell. A part
// that declares figures adds its line here.
func figures() []figure.Part {
	return []figure.Part{
		{Name: i18n.T("概览、留存、漏斗、路径与价值", "Overview, retention, funnels, paths and value"), Figures: insight.Figures},
		{Name: i18n.T("共同点", "In common"), Figures: lookalike.Figures},
		{Name: i18n.T("流失演练", "Pool-loss drill"), Figures: drill.Figures},
		{Name: i18n.T("单位经济", "Unit economics"), Figures: economics.Figures},
		{Name: i18n.T("六要素", "Scorecard"), Figures: scorecard.Figures},
		{Name: i18n.T("打法", "Playbook"), Figures: playbook.Figures},
	}
}

// FiguresPage is docs/figures.md.
func FiguresPage() string { return figure.Page(figures()) }
