package survey

import "fishpond/internal/platform/i18n"

// sampleSpec is the survey that an empty list offers: short, with logic, and
// with answers that become pain points without any tag having to exist.
func sampleSpec(lang i18n.Lang) Spec {
	t := func(zh, en string) string { return i18n.Text{ZH: zh, EN: en}.In(lang) }
	opt := func(id, zh, en string) Option { return Option{ID: id, Text: t(zh, en)} }
	return Spec{
		Title: t("用得还顺心吗？", "How is it going?"),
		Intro: t("占用你一分钟。我们想知道哪里没做好，回答只用来改进服务和给你更合适的建议，不会给别人。",
			"One minute of your time. We want to know where we fall short. Your answers only serve to improve our service and what we suggest to you; nobody else gets them."),
		Open: "nameless",
		Questions: []Question{
			{ID: "q1", Type: Scale, Title: t("你有多大可能把我们推荐给朋友？", "How likely are you to recommend us to a friend?"), Required: true, From: 0, To: 10,
				LowLabel: t("完全不会", "Not at all"), HighLabel: t("一定会", "Certainly")},
			{ID: "q2", Type: Multiple, Title: t("哪里让你不满意？", "What bothered you?"), Required: true,
				Options: []Option{opt("slow", "发货慢", "Slow delivery"), opt("pack", "包装破损", "Damaged packaging"), opt("reply", "回复不及时", "Slow replies"), opt("price", "价格偏高", "Too expensive")},
				ShowIf:  &Logic{Conditions: []Condition{{Question: "q1", Op: "at_most", Number: 6}}},
				Rules:   []Rule{{Do: PainPoint}}},
			{ID: "q3", Type: Text, Title: t("还想对我们说点什么？", "Anything else?"), Long: true},
		},
		Endings: []Ending{
			{ID: "sorry", Title: t("谢谢你直说", "Thank you for being frank"), Text: t("我们会尽快改，改好了告诉你。", "We will mend it and let you know."),
				ShowIf: &Logic{Conditions: []Condition{{Question: "q1", Op: "at_most", Number: 6}}}},
			{ID: "thanks", Title: t("谢谢你", "Thank you"), Text: t("收到了，祝你今天愉快。", "We have it. Have a good day.")},
		},
	}
}
