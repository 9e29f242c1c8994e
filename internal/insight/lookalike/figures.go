package lookalike

import (
	"context"
	"net/url"

	"fishpond/internal/insight/figure"
	"fishpond/internal/insight/report"
	"fishpond/internal/platform/i18n"
)

var counted = i18n.T("人如今的样子；首单与第一周按每个人自己的时间", "People as they are now; first orders and first weeks by each person's own time")

// Figures are what the part tells.
var Figures = []figure.Figure{
	{Key: "shared.persons", Name: i18n.T("群内人数", "People of the group"), Formula: i18n.T("再次购买：首单已过去所选天数的人中，首单后至少隔一天、在这些天内又买的；活跃：来了超过这些天的人中，最近这些天自己做过什么的；人群：现在的成员", "Again: of those whose first order is that many days ago, who bought again within them, a day later at least. Active: of those who came before these days, who did something of their own within them. Segment: its members now"), Unit: figure.Persons, Period: counted},
	{Key: "shared.others", Name: i18n.T("其余人数", "Others"), Formula: i18n.T("同样够条件、但不在群内的人", "Those who could be in the group just as well, and are not"), Unit: figure.Persons, Period: counted},
	{Key: "shared.share", Name: i18n.T("群内占比", "Share in the group"), Formula: i18n.T("群内有这一点的人 ÷ 群内知道有没有的人（第一周：第一周已过完的；首单商品：买过的）", "Of the group, those who have it ÷ those of whom it is known (first week: whose week is over; first order: who has bought)"), Unit: figure.Share, Period: counted},
	{Key: "shared.share_others", Name: i18n.T("其余占比", "Share in the others"), Formula: i18n.T("其余的人里的同一占比", "The same of the others"), Unit: figure.Share, Period: counted},
	{Key: "shared.lift", Name: i18n.T("倍数", "Lift"), Formula: i18n.Text{ZH: "群内占比 ÷ 其余占比；区间按 Katz 的对数法，95%", EN: "Share in the group ÷ share in the others; interval of 95 % by Katz's log method"}, Unit: figure.Ratio, Period: counted},
	{Key: "shared.p", Name: i18n.T("p 值", "p"), Formula: i18n.T("Fisher 精确检验，双侧：若与群内外无关，出现这样或更不寻常的差别的概率；有或没有的人太少（预计不足 5 人）时不检验", "Fisher's exact test, two-sided: how probable so uncommon a difference is if it has nothing to do with the group; not tested where fewer than five are expected to have it, or to lack it"), Unit: figure.Share, Period: counted},
	{Key: "shared.q", Name: i18n.T("校正后的 q 值", "q"), Formula: i18n.Text{ZH: "按比较的次数校正（Benjamini–Hochberg）：把 q 不超过 5% 的都当真，预计至多 5% 是巧合", EN: "p corrected for all comparisons (Benjamini & Hochberg): of all with q up to 5 %, at most 5 % are expected to be chance"}, Unit: figure.Share, Period: counted},
	{Key: "shared.score", Name: i18n.T("相似度", "Likeness"), Formula: i18n.T("一个人所带的共同点的对数优势比之和（朴素贝叶斯，各格加半人）", "Sum of the logarithms of the odds ratios of what the person has (naive Bayes, half a person added to each cell)"), Unit: figure.Number, Period: counted},
	{Key: "shared.area", Name: i18n.T("排序准确度", "Area under the curve"), Formula: i18n.T("用一半人学、在另一半上试：群内一人排在其余一人之前的概率；0.5 是碰运气", "Learned from half of the people, tried on the others: probability that one of the group is ranked before one of the others; 0.5 is chance"), Unit: figure.Share, Period: counted},
}

// ReportPages are the pages whose tables can be exported and sent.
func (s *Service) ReportPages() []report.Page {
	return []report.Page{{Key: "shared", Name: i18n.T("共同点", "In common"), Path: "/measure?tab=shared", Tables: s.tables}}
}

func (s *Service) tables(ctx context.Context, orgID string, query url.Values) ([]report.Table, error) {
	in, asked, err := report.Question[SharedInput](query)
	if err != nil {
		return nil, err
	}
	if !asked {
		in = SharedInput{Group: SharedGroup{Kind: "again"}}
	}
	a, err := s.Tell(ctx, orgID, in)
	if err != nil {
		return nil, err
	}
	t := report.Table{Key: "features", Title: i18n.T("共同点", "In common"), Note: i18n.T("%s：%d 人，其余 %d 人，比较 %d 项，时区：%s", "%s: %d people, %d others, %d comparisons, time zone: %s", a.Group, a.Persons, a.Others, a.Tested, a.TimeZone),
		Columns: []report.Column{report.Text("类别", "Kind"), report.Text("共同点", "Feature"), report.Of("shared.share"), report.Of("shared.share_others"), report.Of("shared.lift"),
			{Name: i18n.T("倍数下限", "Lift from"), Unit: figure.Ratio}, {Name: i18n.T("倍数上限", "Lift to"), Unit: figure.Ratio}, report.Of("shared.p"), report.Of("shared.q"), report.Text("结论", "Verdict")}}
	if a.Why != "" {
		t.Note = i18n.Text{ZH: a.Why, EN: a.Why} // in the caller's language
	}
	words := map[string]i18n.Text{More: i18n.T("更多", "more often"), Less: i18n.T("更少", "less often"), Same: i18n.T("看不出差别", "no difference seen"), TooFew: i18n.T("人太少", "too few to say")}
	for _, f := range a.Features {
		t.Rows = append(t.Rows, []any{f.FamilyLabel, f.Label, f.Share, f.ShareOthers, f.Lift, f.Low, f.High, f.P, f.Q, words[f.Verdict]})
	}
	return []report.Table{t}, nil
}
