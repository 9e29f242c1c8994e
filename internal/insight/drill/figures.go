package drill

import (
	"fishpond/internal/insight/figure"
	"fishpond/internal/platform/i18n"
)

var atRun = i18n.T("演练运行的那一刻；保存的演练不再变化", "The moment at which the drill ran; a kept drill does not change")

func def(key string, name, formula i18n.Text, unit figure.Unit) figure.Figure {
	return figure.Figure{Key: "drill." + key, Name: name, Formula: formula, Unit: unit, Period: atRun}
}

// Figures are what the drill's numbers mean.
var Figures = []figure.Figure{
	def("totals.persons", i18n.T("客户", "Persons"), i18n.T("客户池里的人；合并的算一人", "Everybody in the pool; merged ones are one"), figure.Persons),
	def("totals.reachable", i18n.T("能联系到", "Reachable"), i18n.T("至少有一条有效途径的人：触达闸门允许按所选用途给他发消息（不计免打扰时段、频次等过一阵就好的限制），关系还在，账号正常", "Persons with at least one way: the gate lets messages of the purpose go to them (what passes by waiting, such as quiet hours and limits, is not asked), the tie is there and the account works"), figure.Persons),
	def("totals.direct", i18n.T("可主动联系", "Direct"), i18n.T("能联系到的人中，至少有一条途径可以由我们先发消息：企微好友、未退信的邮箱、手机号、48 小时内发过消息的公众号和客服", "Of the reachable, those to whom we can write first: WeCom friends, addresses that did not come back, phone numbers, and who wrote to an official account or customer service within 48 hours"), figure.Persons),
	def("totals.waiting", i18n.T("只能等对方来", "Waiting"), i18n.T("能联系到 − 可主动联系：要等他们发来消息或回到网页", "Reachable − direct: they must write or come back to the page first"), figure.Persons),
	def("totals.unreachable", i18n.T("联系不到", "Unreachable"), i18n.T("客户 − 能联系到；每人只列一个原因", "Persons − reachable; one reason each"), figure.Persons),
	def("totals.one_account", i18n.T("只靠一个账号", "On one account"), i18n.T("全部有效途径都在同一个账号上的人", "Persons all of whose ways are over one account"), figure.Persons),
	def("totals.one_platform", i18n.T("只靠一个平台", "On one platform"), i18n.T("全部有效途径都在同一个平台上的人；企业微信和微信客服算一个平台", "Persons all of whose ways are on one platform; WeCom and its customer service are one"), figure.Persons),
	def("totals.value_minor", i18n.T("预期价值合计", "Expected value"), i18n.T("所有人的剩余终身价值（三年，按每年 10% 折现）之和；没买过的人没有价值", "Sum of everybody's residual lifetime value (three years, discounted by a tenth a year); who has not bought has none"), figure.Money),
	def("units.persons", i18n.T("经它联系的人", "Reached over it"), i18n.T("至少有一条有效途径经过这个账号、员工或平台的人", "Persons with a way over the account, the member of staff or the platform"), figure.Persons),
	def("units.lost", i18n.T("会失联", "Lost"), i18n.T("它今晚消失后一条途径也没有的人", "Persons without any way if it vanished tonight"), figure.Persons),
	def("units.muted", i18n.T("只能等", "Muted"), i18n.T("现在可以主动联系、它消失后只能等对方来的人", "Persons whom we can write to now, and could only wait for without it"), figure.Persons),
	def("units.kept", i18n.T("不受影响", "Kept"), i18n.T("经它联系的人 − 会失联 − 只能等", "Reached over it − lost − muted"), figure.Persons),
	def("units.lost_minor", i18n.T("会失去的预期价值", "Value lost"), i18n.T("会失联的人的剩余终身价值之和；价值未知时不显示", "Sum of the residual lifetime values of the lost; not told where values are not known"), figure.Money),
	def("units.next.persons", i18n.T("下一条途径", "Next way"), i18n.T("没有失联的人各归入剩下途径中最优先的一条：先可主动的，再要等的；依次为企微好友、邮件、短信、公众号、微信客服、网页", "Each who is not lost, under the preferred of the ways that are left: direct ones before those that wait; a WeCom friend, e-mail, SMS, official account, customer service, web"), figure.Persons),
	def("units.barred.persons", i18n.T("有关系但不算", "Tied, not counted"), i18n.T("与它有关系、但经它联系不到的人，每人只列一个原因", "Persons tied to it who are not reached over it, one reason each"), figure.Persons),
	def("steps.persons", i18n.T("计划：请多少人", "Plan: people to ask"), i18n.T("只靠一个平台、可以主动联系的人，分给其他平台，让人数最少的平台先补齐", "Those on one platform to whom we can write, parted among the other platforms so that the smallest fill up first"), figure.Persons),
	def("moves.secured", i18n.T("已分散", "Secured"), i18n.T("前一次只靠一个平台、后一次有两个以上平台的人", "On one platform in the earlier drill, on several in the later"), figure.Persons),
	def("moves.exposed", i18n.T("变脆弱", "Exposed"), i18n.T("前一次有两个以上平台、后一次只靠一个平台的人", "On several platforms in the earlier drill, on one in the later"), figure.Persons),
	def("moves.cut_off", i18n.T("失联了", "Cut off"), i18n.T("前一次能联系到、后一次联系不到、仍在客户池的人", "Reachable in the earlier drill, not in the later, and still in the pool"), figure.Persons),
	def("moves.gained", i18n.T("新联系上", "Gained"), i18n.T("后一次能联系到、前一次联系不到或还不在的人", "Reachable in the later drill, and not, or not there, in the earlier"), figure.Persons),
}
