package scorecard

import (
	"fishpond/internal/insight/figure"
	"fishpond/internal/platform/i18n"
)

// Figures are those of the scorecard: what is measured, and the scores made of it.
var Figures = figures()

func figures() []figure.Figure {
	threeMonths := i18n.T("所选月份和之前两个月，按企业时区", "The month chosen and the two before, in the org's time zone")
	byMonthEnd := i18n.T("截至所选月份末", "Up to the end of the month chosen")
	out := []figure.Figure{
		{Key: "scorecard.total", Name: i18n.T("六要素总分", "Score of the whole"), Formula: i18n.T("能打分的各项的平均；不到三项时不打分", "Mean of the elements that can be scored; none when fewer than three can"), Unit: figure.Score, Period: threeMonths},
		{Key: "scorecard.elements.score", Name: i18n.T("单项得分", "Score of an element"),
			Formula: i18n.T("指标在 0 分点到满分点之间按直线折算，超出的按两端算", "The measure on the straight line from the point of 0 to that of 100; beyond, the ends"), Unit: figure.Score, Period: threeMonths},
		{Key: "scorecard.elements.change", Name: i18n.T("得分变化", "Change of a score"), Formula: i18n.T("本月得分 − 三个月前的得分", "Score − score three months before"), Unit: figure.Score, Period: threeMonths},
	}
	for _, e := range Elements {
		f := figure.Figure{Key: "scorecard." + e.Key + ".raw", Name: e.Name, Formula: e.Measure, Unit: figure.Share, Period: threeMonths}
		if e.Key == "unique" {
			f.Period = byMonthEnd
		}
		out = append(out, f)
	}
	return out
}
