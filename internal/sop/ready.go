package sop

import "fishpond/internal/platform/i18n"

// Ready is a series to begin with.
type Ready struct {
	Key   string `json:"key"`
	Name  string `json:"name"`
	About string `json:"about"`
	Kind  string `json:"kind" enum:"person,group"`
	Days  int    `json:"days"`
	Spec  Spec   `json:"spec"`
}

// readyStep is a step of a ready series in both languages.
type readyStep struct {
	day     int
	at      string
	task    bool
	purpose string
	text    i18n.Text
}

type readySOP struct {
	key         string
	name, about i18n.Text
	kind        string
	spec        Spec
	steps       []readyStep
}

var library = []readySOP{
	{key: "new_friend_7", name: i18n.T("新好友 7 天", "New friend, 7 days"), kind: Person,
		about: i18n.T("加上好友的第一周：先帮上忙，再介绍品牌，最后给一个下单的理由；一下单就结束", "The first week with a new friend: be of use, tell who we are, give a reason to buy; ends with the first order"),
		spec:  Spec{Trigger: Trigger{Kind: ByFriend}, Exits: Exits{Ordered: true, Unfriended: true}},
		steps: []readyStep{
			{0, "20:00", false, Care, i18n.T("{{ name | default \"你好\" }}，很高兴认识你！我是{{ brand }}的顾问，产品怎么选、怎么用，随时问我。", "Hello {{ name | default \"there\" }}, nice to meet you! I am with {{ brand }}: ask me anything about our products.")},
			{1, "12:30", false, Care, i18n.T("整理了一份新手常见问题，你可能正好用得上。想先了解哪一块？回个数字：1 怎么选 2 怎么用 3 售后", "Here is what newcomers ask most. What would you like to know first? 1 how to choose, 2 how to use, 3 service")},
			{2, "10:30", true, "", i18n.T("看看聊天记录和标签，打个招呼，问一个好答的问题：“平时主要是自己用还是送人？”", "Look at the chat and the tags, say hello and ask something easy: “Is it mostly for yourself or for a present?”")},
			{3, "20:00", false, Care, i18n.T("很多朋友都从这一款用起，附上真实评价，你看看是不是适合你。", "Many begin with this one. Here is what they say; see whether it suits you.")},
			{5, "20:00", false, Marketing, i18n.T("{{ name | default \"你好\" }}，给新朋友留了一张首单券，两天内有效。需要我帮你挑吗？", "{{ name | default \"Hello\" }}, we kept a first-order coupon for you, good for two days. Shall I help you choose?")},
			{6, "15:00", true, "", i18n.T("还没下单的，问一句卡在哪：价格、效果还是时间？按回答打标签，别催", "If they have not bought, ask what keeps them: price, effect or time? Tag the answer, do not push")},
		}},
	{key: "after_sale_14", name: i18n.T("售后关怀 14 天", "After-sale care, 14 days"), kind: Person,
		about: i18n.T("下单之后：收货提醒、使用指导、第 7 天回访、第 14 天请评价；有人找你就继续聊", "After an order: arrival, how to use it, a call after a week, a review after two"),
		spec:  Spec{Trigger: Trigger{Kind: BySegment}, Exits: Exits{}, AgainDays: 30},
		steps: []readyStep{
			{1, "11:00", false, Care, i18n.T("{{ name | default \"你好\" }}，谢谢你选择{{ brand }}！收到货先检查一下外包装，有问题拍照发我，马上处理。", "{{ name | default \"Hello\" }}, thank you for choosing {{ brand }}! When it arrives, check the box; if anything is wrong, send me a picture.")},
			{3, "20:00", false, Care, i18n.T("第一次用，这三点最要紧：用量、时间、保存。照着做效果更好。", "Three things matter when you first use it: how much, when, and how to keep it.")},
			{7, "15:00", true, "", i18n.T("回访：“用了一周感觉怎么样？有没有不顺手的地方？”有问题当天解决，并记下备注", "Call: “How has the first week been? Is anything not right?” Solve it the same day and note it")},
			{10, "20:00", false, Care, i18n.T("用到现在，差不多该看到变化了。分享一个进阶用法给你。", "By now you should see a difference. Here is how to get more out of it.")},
			{13, "20:00", false, Care, i18n.T("两周啦！方便的话说说真实感受，好的不好的都想听。", "Two weeks! Tell us how it really is, good or bad.")},
		}},
	{key: "new_group_5", name: i18n.T("新群 5 天", "New group, 5 days"), kind: Group,
		about: i18n.T("群建好后的前五天：说清规矩和价值，带起第一次互动，再给群专属福利", "The first five days of a group: rules and worth, a first talk, then an offer for the group"),
		spec:  Spec{Trigger: Trigger{Kind: ByGroup, Since: SinceCreated}},
		steps: []readyStep{
			{0, "20:00", false, Care, i18n.T("欢迎来到{{ brand }}的群！这里每天分享一条实用内容，不刷屏；有问题直接问，群主都会回。", "Welcome to {{ brand }}’s group! One useful thing a day, no noise. Ask anything; the host answers.")},
			{1, "12:30", false, Care, i18n.T("来个小接龙认识一下：城市 + 最关心的问题。我先来。", "Let us get to know each other: your city and what you care about most. I go first.")},
			{2, "20:00", false, Care, i18n.T("大家昨天问得最多的三个问题，一次讲清楚。", "The three questions most of you asked, answered.")},
			{3, "20:00", false, Care, i18n.T("看看群友的真实反馈。你用得怎么样？发张图，抽三位送小样。", "What others in the group say. How is it with you? Send a picture; three of you get a sample.")},
			{4, "20:00", false, Marketing, i18n.T("群专属福利，今晚 20:00–22:00，名额有限，想要的直接回“1”。", "For this group only, tonight from 8 to 10. Answer “1” if you would like it.")},
		}},
	{key: "camp_10", name: i18n.T("训练营 10 天", "Training group, 10 days"), kind: Group,
		about: i18n.T("按开营日期统一推进：每天早上布置、晚上打卡，第 9 天回顾，第 10 天结营", "By the day it opens: a task each morning, a check-in each evening, a look back on day 9, the end on day 10"),
		spec:  Spec{Trigger: Trigger{Kind: ByHand, Since: SinceDate}},
		steps: append(camp(), []readyStep{
			{8, "20:00", false, Care, i18n.T("回顾一下这 8 天：你完成了几天？最大的变化是什么？在群里说说。", "Look back on these days: how many did you do, and what changed most? Tell the group.")},
			{9, "10:00", false, Care, i18n.T("今晚结营！完成 7 天以上的同学有证书和礼物。", "Tonight is the end! Who did seven days or more gets a certificate and a present.")},
			{9, "20:00", false, Marketing, i18n.T("结营啦，谢谢大家！给坚持到最后的你们留了结营专属方案，名额只到明天中午。", "That was it, thank you! There is an offer for those who stayed, until noon tomorrow.")},
		}...)},
}

// camp are the days of a training group that are alike.
func camp() (out []readyStep) {
	themes := []i18n.Text{i18n.T("开营与目标", "opening and aims"), i18n.T("打好基础", "the basics"), i18n.T("养成习惯", "a habit"), i18n.T("常见误区", "common mistakes"),
		i18n.T("进阶方法", "going further"), i18n.T("案例拆解", "a case"), i18n.T("难点答疑", "hard questions"), i18n.T("综合练习", "putting it together")}
	for i, t := range themes {
		out = append(out,
			readyStep{i, "08:30", false, Care, i18n.T("早上好！第 %[1]d 天：%[2]s。今天的任务在下面，晚上 20:30 前打卡。", "Good morning! Day %[1]d: %[3]s. Today's task is below; check in by 8:30 tonight.", i+1, t.ZH, t.EN)},
			readyStep{i, "20:30", false, Care, i18n.T("第 %d 天打卡时间到：完成的同学发图 + 一句感受。", "Check-in for day %d: send a picture and a word on how it was.", i+1)})
	}
	return out
}

// ReadySOPs are series to begin with, in a language.
func ReadySOPs(lang i18n.Lang) (out []Ready) {
	for _, r := range library {
		v := Ready{Key: r.key, Name: r.name.In(lang), About: r.about.In(lang), Kind: r.kind, Spec: r.spec}
		v.Spec.Steps = []Step{}
		for _, st := range r.steps {
			kind := "message"
			if st.task {
				kind = "task"
			}
			v.Spec.Steps = append(v.Spec.Steps, Step{Day: st.day, At: st.at, Kind: kind, Purpose: st.purpose, Text: st.text.In(lang)})
			v.Days = max(v.Days, st.day+1)
		}
		v.Spec.clean()
		out = append(out, v)
	}
	return out
}
