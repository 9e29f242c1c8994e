package followup

import "fishpond/internal/platform/i18n"

// builtin is a rule that every org begins with.
type builtin struct {
	key          string
	name, advice i18n.Text
	because      i18n.Text // what the segment says, in words, behind the day
	rule         Rule
}

// builtinID is the id of a built-in rule, the same in every org: it is made by
// whoever comes first.
func builtinID(key string) string { return "flr_" + key }

func builtinRule(expr, anchor, name string, offset, window, carry, rest, decline, weight int) Rule {
	return Rule{expr: expr, RuleInput: RuleInput{Anchor: anchor, AnchorName: name, OffsetDays: offset, WindowDays: window, CarryDays: carry, RestDays: rest, DeclineDays: decline,
		Weight: weight, Fallback: Nobody, Enabled: true}}
}

var builtins = []builtin{
	{key: "promised", name: i18n.T("约好的回访", "Promised call-backs"), advice: i18n.T("按约定联系客户", "Do as was promised"),
		rule: builtinRule("", Promised, "", 0, 365, 0, 0, 0, 100)},
	{key: "unanswered", name: i18n.T("客户来消息没人回", "Nobody has answered"), advice: i18n.T("先回复客户，再看其他", "Answer first, then the rest"),
		rule: builtinRule("", Waits, "", 0, 30, 0, 0, 0, 90)},
	{key: "first_order_7", name: i18n.T("首单第 7 天", "A week after the first order"), advice: i18n.T("问问收到后用得怎么样，顺势推荐下一单", "Ask how they like it, and suggest what comes next"),
		rule: builtinRule("orders = 1", FirstOrder, "", 7, 2, 3, 0, 90, 60)},
	{key: "silent_soon", name: i18n.T("快要沉默", "Silent soon"), advice: i18n.T("在沉默之前聊一次：新品、补货或一张券", "Talk once before they fall silent: something new, a refill, a coupon"),
		rule: builtinRule("", StageChange, "silent", -7, 6, 1, 14, 30, 50)},
	{key: "birthday", name: i18n.T("生日将近", "Birthday soon"), advice: i18n.T("送上祝福，附上生日礼", "Send your wishes, and the birthday gift"),
		rule: builtinRule("orders > 0", Birthday, "", -3, 3, 0, 0, 300, 40)},
	{key: "friend_silent", name: i18n.T("加了好友没说话", "Friends who never wrote"), advice: i18n.T("打个招呼，问一个好答的问题", "Say hello, and ask something easy to answer"),
		because: i18n.T("还没说过话、没下过单", "has not written and has not bought"),
		rule:    builtinRule("did friend.added and not did message.received and orders = 0", LastEvent, "friend.added", 1, 6, 2, 30, 60, 30)},
	{key: "talked_no_order", name: i18n.T("聊过没下单", "Talked, did not buy"), advice: i18n.T("接着上次的话题，给一个下单的理由", "Take up the last talk, and give a reason to buy"),
		because: i18n.T("还没下过单", "has not bought"),
		rule:    builtinRule("did message.received and orders = 0", LastEvent, "message.received", 3, 11, 2, 14, 60, 35)},
}

func builtinOf(key string) builtin {
	for _, b := range builtins {
		if b.key == key {
			return b
		}
	}
	return builtin{}
}
