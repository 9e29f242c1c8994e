package playbook

import "fishpond/internal/platform/i18n"

// Measure is something to do, and the page of the console where it is done.
type Measure struct {
	Text i18n.Text
	Path string
}

// Quadrant is one of the four places.
type Quadrant struct {
	Key      string // often_dear, often_cheap, seldom_dear, seldom_cheap
	Often    bool   // people buy again
	Dear     bool   // they spend much at once
	Name     i18n.Text
	Idea     i18n.Text // what matters there
	Journeys []string  // keys of ready journeys, the most fitting first
	Measures []Measure
}

// Quadrants are the four, from the one that asks for most care.
var Quadrants = []Quadrant{
	{Key: "often_dear", Often: true, Dear: true, Name: i18n.T("高复购 · 高客单", "Often, much at once"),
		Idea:     i18n.T("少数人撑起大半生意：一对一服务，流失一位都要有人知道", "A few people carry most of the business: serve them one by one, and let no one leave unnoticed"),
		Journeys: []string{"repurchase", "after_sale", "birthday", "win_back"},
		Measures: []Measure{
			{i18n.T("每位大客户都有专属员工，当天未答的提问进今日跟进", "Give each good customer an associate; questions unanswered today go on today's list"), "/today"},
			{i18n.T("把累计成交前 10% 存成人群，沉默当天就提醒", "Save the top tenth by sales as a segment and hear of their silence the same day"), "/segments"},
			{i18n.T("每次售后都问一句，差评当天处理", "Ask after each delivery and settle complaints the same day"), "/care"},
		}},
	{Key: "often_cheap", Often: true, Dear: false, Name: i18n.T("高复购 · 低客单", "Often, little at once"),
		Idea:     i18n.T("靠频次赚钱：在用完之前提醒，让下一单不用想；人工太贵，交给旅程", "Frequency earns the money: remind before it runs out and make the next order effortless; leave it to journeys, hands cost too much"),
		Journeys: []string{"repurchase", "low_ticket", "first_order", "win_back"},
		Measures: []Measure{
			{i18n.T("按商品周期设复购提醒，凑单券提高每单金额", "Remind by product cycle; coupons for a fuller basket raise the order"), "/campaigns/coupons"},
			{i18n.T("每个包裹放茶卡、小卡，把买过的人加成好友", "Put a card in each parcel and make friends of buyers"), "/codes"},
			{i18n.T("限时小促销用群发，留对照组看是否真的多卖", "Run short promotions with a hold-out, and see whether they sell more"), "/campaigns"},
		}},
	{Key: "seldom_dear", Often: false, Dear: true, Name: i18n.T("低复购 · 高客单", "Seldom, much at once"),
		Idea:     i18n.T("决定慢、一次买够：长期提供有用的内容建立信任，成交后靠转介绍", "Decided slowly and bought once: earn trust with useful content over weeks, and live on referrals afterwards"),
		Journeys: []string{"high_ticket", "camp", "welcome_survey", "after_sale"},
		Measures: []Measure{
			{i18n.T("用问卷问清需求和顾虑，交给懂行的员工", "Ask for needs and doubts in a survey and hand people to who knows"), "/surveys"},
			{i18n.T("准备案例、对比、使用方法，看谁读得深就先跟进谁", "Prepare cases, comparisons and how-tos; follow up first with who reads closely"), "/content"},
			{i18n.T("售后第 30 天请满意的客户推荐一位朋友", "On the 30th day ask satisfied customers to recommend a friend"), "/journeys"},
		}},
	{Key: "seldom_cheap", Often: false, Dear: false, Name: i18n.T("低复购 · 低客单", "Seldom, little at once"),
		Idea:     i18n.T("单个客户赚不回获客成本：先把成本压住，再用关联商品和联合活动提高频次", "One customer does not earn back what they cost: hold costs down first, then raise frequency with related goods and partners"),
		Journeys: []string{"low_ticket", "first_order", "welcome_survey", "camp"},
		Measures: []Measure{
			{i18n.T("只留包裹卡、门店这类便宜的来源，停掉回不了本的投放", "Keep cheap sources such as parcel cards and stores; stop advertising that does not pay back"), "/attribution"},
			{i18n.T("看买了它的人还买什么，组合成套", "See what its buyers also buy and sell it as a set"), "/measure"},
			{i18n.T("换季、节日各群发一次就够，少打扰", "One message a season is enough; do not pester"), "/campaigns"},
		}},
}

// Of is the quadrant of two sides.
func Of(often, dear bool) Quadrant {
	for _, q := range Quadrants {
		if q.Often == often && q.Dear == dear {
			return q
		}
	}
	panic("playbook: there are four quadrants")
}
