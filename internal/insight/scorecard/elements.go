package scorecard

import (
	"math"

	"fishpond/internal/platform/i18n"
)

// least is how many of what a share is taken of there must be: below, one more
// or less would move the score by whole steps.
const (
	leastPersons   = 20
	leastQuestions = 10
)

// Element is one of the six. Its score is 0 where the measure is Zero, 100
// where it is Full, and on the straight line between them; beyond, it stays.
// Zero above Full means that less is better.
type Element struct {
	Key     string
	Name    i18n.Text
	Measure i18n.Text // what the raw number is
	Zero    float64
	Full    float64
	Advice  i18n.Text // what makes it better
	Path    string    // the console's page where that is done
	Link    i18n.Text // what the page is called
	// raw is the measure of a month, or the code of why there is none.
	raw func(Facts) (float64, string)
	of  func(Facts) (part, whole int64)
}

func share(part, whole, least int64, none, few string) (float64, string) {
	switch {
	case whole <= 0:
		return 0, none
	case whole < least:
		return 0, few
	}
	return float64(part) / float64(whole), ""
}

// Elements are the six, in the order in which a relationship grows.
var Elements = []Element{
	{Key: "unique", Name: i18n.T("人的唯一性", "Uniqueness of the person"), Zero: 0, Full: 1,
		Measure: i18n.T("每位客户记分：有一种强身份（手机、会员号、企微、unionid、openid、外部客户号、已验证邮箱）记 0.5，两种及以上记 1；取全体客户的平均",
			"Each person counts 0.5 with one kind of strong identity (phone, member number, WeCom, unionid, openid, customer number, verified e-mail), 1 with two or more; the mean of everybody in the pool"),
		Advice: i18n.T("在小票、包裹卡和问卷里留一次手机号或会员号；把重复客户合并成一个人", "Ask once for a phone or member number on receipts, parcel cards and surveys; merge duplicates"),
		Path:   "/duplicates", Link: i18n.T("处理重复客户", "Merge duplicates"),
		raw: func(f Facts) (float64, string) {
			return share(f.One+f.Two, 2*f.Persons, 2*leastPersons, "no_people", "few_people")
		},
		of: func(f Facts) (int64, int64) { return f.Two, f.Persons }},
	{Key: "reach", Name: i18n.T("反复触达", "Repeated reach"), Zero: 0, Full: .8,
		Measure: i18n.T("近三个月收到过两条及以上消息的客户 ÷ 全体客户", "Persons to whom two or more messages went in three months ÷ everybody in the pool"),
		Advice:  i18n.T("用旅程和节奏安排固定的联系，不靠想起来才发", "Let journeys and series keep in touch at a steady pace, rather than when somebody thinks of it"),
		Path:    "/journeys", Link: i18n.T("安排旅程", "Set up a journey"),
		raw: func(f Facts) (float64, string) {
			if f.Persons > 0 && f.Written == 0 {
				return 0, "nothing_sent"
			}
			return share(f.Often, f.Persons, leastPersons, "no_people", "few_people")
		},
		of: func(f Facts) (int64, int64) { return f.Often, f.Persons }},
	{Key: "cost", Name: i18n.T("成本", "Cost"), Zero: .3, Full: .02,
		Measure: i18n.T("近三个月各渠道费用 ÷ 客户成交额（已减退款）；越低越好", "Costs of all channels in three months ÷ what customers paid, less refunds; lower is better"),
		Advice:  i18n.T("停掉带来的人不复购的渠道，把钱挪到包裹卡、门店和老客推荐", "Stop channels whose people do not come back, and move the money to parcel cards, stores and referrals"),
		Path:    "/attribution", Link: i18n.T("看各渠道成本", "Cost by channel"),
		raw: func(f Facts) (float64, string) {
			switch {
			case f.CostEntries == 0:
				return 0, "no_costs"
			case f.Orders == 0:
				return 0, "no_orders"
			case f.GMVMinor-f.RefundedMinor <= 0:
				return 0, "no_money"
			}
			return float64(f.CostMinor) / float64(f.GMVMinor-f.RefundedMinor), ""
		},
		of: func(f Facts) (int64, int64) { return f.CostMinor, f.GMVMinor - f.RefundedMinor }},
	{Key: "scenes", Name: i18n.T("场景", "Scenes"), Zero: 0, Full: .8,
		Measure: i18n.T("近三个月在两种及以上场景（聊天、页面与素材、下单、问卷、社群、扫码加好友、用券）出现过的客户 ÷ 出现过的客户",
			"Persons met in two or more scenes (chat, pages and materials, orders, surveys, groups, scanning and adding, coupons) in three months ÷ persons met at all"),
		Advice: i18n.T("给聊天里的人发可追踪的素材，给下单的人发问卷或拉进社群", "Share traceable materials in chats; ask buyers a few questions or invite them to a group"),
		Path:   "/content", Link: i18n.T("准备素材", "Prepare materials"),
		raw: func(f Facts) (float64, string) {
			return share(f.Varied, f.Active, leastPersons, "nobody_met", "few_met")
		},
		of: func(f Facts) (int64, int64) { return f.Varied, f.Active }},
	{Key: "relation", Name: i18n.T("关系", "Relationship"), Zero: 0, Full: .5,
		Measure: i18n.T("近三个月我们发过消息、对方也开口说过话的客户 ÷ 我们发过消息的客户", "Persons who wrote themselves ÷ persons to whom messages went, in three months"),
		Advice:  i18n.T("少推商品、多问问题：用问卷和欢迎语引对方开口，开口的当天跟进", "Ask more than you push: a survey or a welcome that invites an answer, and a follow-up the same day"),
		Path:    "/surveys", Link: i18n.T("做一份问卷", "Make a survey"),
		raw: func(f Facts) (float64, string) {
			return share(f.Talked, f.Written, leastPersons, "nothing_sent", "few_written")
		},
		of: func(f Facts) (int64, int64) { return f.Talked, f.Written }},
	{Key: "efficiency", Name: i18n.T("效率", "Efficiency"), Zero: 0, Full: .9,
		Measure: i18n.T("近三个月 30 分钟内答复的提问 ÷ 全部提问（没等到答复前的几条消息算一次提问）", "Questions answered within 30 minutes ÷ all questions, in three months; messages before the answer are one question"),
		Advice:  i18n.T("排好值班，用自动回复先接住，快捷回复备好常问的", "Set shifts, catch first questions with auto replies, and keep quick replies ready"),
		Path:    "/inbox/measures", Link: i18n.T("看响应时间", "Response times"),
		raw: func(f Facts) (float64, string) {
			return share(f.Quick, f.Asked, leastQuestions, "nothing_asked", "few_questions")
		},
		of: func(f Facts) (int64, int64) { return f.Quick, f.Asked }},
}

// Score is the score of a measure, 0 to 100 with one decimal.
func (e Element) Score(raw float64) float64 {
	x := (raw - e.Zero) / (e.Full - e.Zero)
	if math.IsNaN(x) {
		return 0
	}
	return math.Round(1000*min(1, max(0, x))) / 10
}

// whys are the reasons for having no score.
var whys = map[string]i18n.Text{
	"no_people":     i18n.T("客户池里还没有人", "there is nobody in the pool yet"),
	"few_people":    i18n.T("客户不到 %d 人，差一个人分数就跳一截", "there are fewer than %d people: one more would move the score by a step", leastPersons),
	"nothing_sent":  i18n.T("近三个月没有发出消息的记录；接入账号或导入消息后才能算", "no message to a person is on record in these three months; connect an account first"),
	"few_written":   i18n.T("近三个月发过消息的客户不到 %d 人", "messages went to fewer than %d people in these three months", leastPersons),
	"no_costs":      i18n.T("近三个月没有录入渠道费用；没录不等于没花", "no costs of channels were entered for these three months; that is not the same as none spent"),
	"no_orders":     i18n.T("近三个月没有订单", "there are no orders in these three months"),
	"no_money":      i18n.T("近三个月退款不少于成交，或都是其他币种", "refunds were no less than sales in these three months, or all in other currencies"),
	"nobody_met":    i18n.T("近三个月没有人出现过", "nobody was met in these three months"),
	"few_met":       i18n.T("近三个月出现过的客户不到 %d 人", "fewer than %d people were met in these three months", leastPersons),
	"nothing_asked": i18n.T("近三个月没有客户提问的记录", "no question of a customer is on record in these three months"),
	"few_questions": i18n.T("近三个月的提问不到 %d 次", "fewer than %d questions came in these three months", leastQuestions),
}
