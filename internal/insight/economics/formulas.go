package economics

import "fishpond/internal/platform/i18n"

// formulas are those of the what-if, in the order of the page. formula.go has
// them as code.
var formulas = []struct {
	key           string
	name, formula i18n.Text
	source        string
}{
	{"cac", i18n.T("获客成本 CAC", "CAC"), i18n.T("成本 ÷ 新来的人数", "cost ÷ people won"), "Farris, Bendle, Pfeifer & Reibstein, Marketing Metrics, 2nd ed., 2010, ch. 5 (average acquisition cost)"},
	{"sales", i18n.T("销售额", "Sales"), i18n.T("人数 × 购买比例 × (1 + 复购率 × 复购者人均再购单数) × 每单净额", "people × share who buy × (1 + repurchase rate × further orders of each who buys again) × net of an order"), ""},
	{"profit", i18n.T("毛利减成本", "Profit after cost"), i18n.T("销售额 × 毛利率 − 成本", "sales × gross margin − cost"), ""},
	{"roi", i18n.T("投入产出比 ROI", "ROI"), i18n.T("(销售额 × 毛利率 − 成本) ÷ 成本", "(sales × gross margin − cost) ÷ cost"), "Farris, Bendle, Pfeifer & Reibstein, Marketing Metrics, 2nd ed., 2010"},
	{"value", i18n.T("客户终身价值 CLV", "CLV"), i18n.Text{ZH: "(已带来的净额 + 模型预计三年内带来的，按年 10% 折现) ÷ 人数；假设：预计部分与销售额同比例变化", EN: "(net brought so far + what the models expect within three years, discounted by 10 % a year) ÷ people; assumed: what is expected moves in proportion to sales"},
		"Fader, Hardie & Lee, Marketing Science 24(2), 2005; Fader & Hardie, The Gamma-Gamma Model of Monetary Value, 2013"},
	{"value_to_cac", i18n.T("CLV ÷ CAC", "CLV : CAC"), i18n.T("CLV ÷ CAC；毛利口径再乘以毛利率", "CLV ÷ CAC; of gross profit: times the gross margin"), ""},
	{"assumptions", i18n.T("假设", "Assumptions"), i18n.Text{ZH: "成本变化不改变来的人数；购买比例和复购率不小于 0、不大于 100%；每单净额与再购单数不受其他旋钮影响",
		EN: "Costs change without changing how many people come; shares stay between 0 and 100 %; what an order brings and how many further orders there are do not depend on the other knobs"}, ""},
}

// Formulas tells the formulas in one language.
func Formulas(lang i18n.Lang) []Formula {
	out := make([]Formula, len(formulas))
	for i, f := range formulas {
		out[i] = Formula{Key: f.key, Name: f.name.In(lang), Formula: f.formula.In(lang), Source: f.source}
	}
	return out
}
