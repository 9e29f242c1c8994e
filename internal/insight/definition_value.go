package insight

import (
	"fishpond/internal/insight/figure"
	"fishpond/internal/platform/i18n"
)

var (
	fromNow   = i18n.T("从今天（停业的从最后一单）起往后的天数", "The days ahead of today; of a shop that stopped, of its last order")
	allOrders = i18n.T("全部订单，到最后一单为止", "All orders, up to the last one")
	heldBack  = i18n.T("留出的后一段时间：模型没有看过它", "The later time held back: the models have not seen it")
	forecast  = i18n.T("从第一个月起的各月，最多 60 个月", "Each month from the first, 60 at most")
)

// valueFigures are what people are worth: package clv, and what is told of one.
var valueFigures = []figure.Figure{
	def("clv.people", i18n.T("买过的人", "Buyers"), i18n.T("买过至少一天的客户；合并的算一人", "Persons who bought on a day at least; merged ones are one"), figure.Persons, allOrders),
	def("clv.repeaters", i18n.T("复购的人", "Repeaters"), i18n.T("在两天或更多天买过的客户", "Persons who bought on two days or more"), figure.Persons, allOrders),
	def("clv.purchases", i18n.T("购买日", "Purchase days"), i18n.T("有人购买的天数之和：同一人同一天的几单算一次", "Days on which somebody bought, summed over persons: one person's orders of a day are one"), figure.Events, allOrders),
	def("clv.alive", i18n.T("预计仍会再买的人", "Expected to be active"), i18n.T("每个人仍活跃的概率之和；概率来自似然更高的模型（BG/NBD 或 Pareto/NBD）", "Sum of everybody's probability of still being a customer, by the likelier of BG/NBD and Pareto/NBD"), figure.Persons, fromNow),
	def("clv.ahead.orders", i18n.T("预计订单", "Expected orders"), i18n.T("每个人在往后这些天的预计购买日之和，已计入仍活跃的概率", "Sum of everybody's expected purchase days in the days ahead, the probability of being active included"), figure.Orders, fromNow),
	def("clv.ahead.worth", i18n.T("预计价值", "Expected value"), i18n.T("预计订单 × 每个人的预计单次金额（Gamma-Gamma），退款已减", "Expected orders × each person's expected value of one (Gamma-Gamma), refunds deducted"), figure.Money, fromNow),
	def("clv.asked.orders", i18n.T("预计订单", "Expected orders"), i18n.T("所选天数内，每个人的预计购买日之和，已计入仍活跃的概率", "Within the days chosen, sum of everybody's expected purchase days, the probability of being active included"), figure.Orders, fromNow),
	def("clv.asked.worth_minor", i18n.T("预计价值", "Expected value"), i18n.T("这些订单的价值，未折现；退款已减", "Value of these orders, not discounted; refunds deducted"), figure.Money, fromNow),
	def("clv.asked.present_minor", i18n.T("折成今天的价值", "Value today"), i18n.T("这些订单的价值，按所选折现率折到今天：t 天后的 1 元计 (1 + r)^(−t/365.25) 元", "Value of these orders, discounted to today: what comes after t days counts (1 + r)^(−t/365.25)"), figure.Money, fromNow),
	def("clv.asked.mean_minor", i18n.T("人均价值", "Value a person"), i18n.T("折成今天的价值 ÷ 买过的人", "Value today ÷ buyers"), figure.Money, fromNow),
	def("clv.lifetime.total", i18n.T("三年价值合计", "Value of three years, all"), i18n.T("每个人往后三年订单的价值，按每年 10% 折现后相加", "Value of everybody's orders of three years, discounted by a tenth a year"), figure.Money, fromNow),
	def("clv.lifetime.mean", i18n.T("人均三年价值", "Value of three years, mean"), i18n.T("三年价值合计 ÷ 买过的人", "Their sum ÷ buyers"), figure.Money, fromNow),
	def("clv.lifetime.median", i18n.T("三年价值中位数", "Value of three years, median"), i18n.T("一半的人不超过它", "Half of the buyers do not exceed it"), figure.Money, fromNow),
	def("clv.lifetime.top_tenth_share", i18n.T("前一成的占比", "Share of the top tenth"), i18n.T("三年价值最高的一成人的价值 ÷ 合计", "Value of the tenth with the highest value ÷ value of all"), figure.Share, fromNow),
	def("clv.validation.expected", i18n.T("检验：预计", "Held out: expected"), i18n.T("只用前一段订单拟合出的模型，对后一段的预计", "What models fitted to the earlier orders alone expected of the later time"), figure.Orders, heldBack),
	def("clv.validation.actual", i18n.T("检验：实际", "Held out: actual"), i18n.T("后一段真正发生的购买日", "Purchase days that there really were"), figure.Orders, heldBack),
	def("clv.validation.bias", i18n.T("检验：总偏差", "Held out: bias"), i18n.T("（预计 − 实际）÷ 实际", "(Expected − actual) ÷ actual"), figure.Share, heldBack),
	def("clv.validation.mae", i18n.T("检验：平均绝对误差", "Held out: mean absolute error"), i18n.T("每个人预计与实际之差的绝对值的平均", "Mean over persons of how far expected and actual are apart"), figure.Orders, heldBack),
	def("person_value.alive", i18n.T("仍活跃的概率", "Probability of being active"), i18n.T("由这个人买过几天、最早与最近在何时算出", "From on how many days the person bought, when first and when last"), figure.Share, figure.Now),
	def("person_value.expected_orders", i18n.T("预计订单", "Expected orders"), i18n.T("这个人往后这些天的预计购买日", "Purchase days expected of the person in the days ahead"), figure.Orders, fromNow),
	def("person_value.expected_minor", i18n.T("预计价值", "Expected value"), i18n.T("预计订单 × 预计单次金额", "Expected orders × the expected value of one"), figure.Money, fromNow),
	def("person_value.lifetime_minor", i18n.T("三年价值", "Value of three years"), i18n.T("往后三年订单的价值，按每年 10% 折现", "Value of the orders of three years, discounted by a tenth a year"), figure.Money, fromNow),
	def("person_value.if_alive_minor", i18n.T("若仍在的价值", "Value if still there"), i18n.T("三年价值 ÷ 仍活跃的概率：若确定仍是客户，值多少", "Value of three years ÷ probability of being active: what the person would be worth if it were sure"), figure.Money, fromNow),
}

// diagnosisFigures are what a forecast before there are data says.
var diagnosisFigures = []figure.Figure{
	def("diagnosis.scores", i18n.T("各部分得分", "Scores of the parts"), i18n.T("该部分各题得分的平均；没答的题按一半算", "Mean of the part's answers; unanswered questions count as half"), figure.Score, figure.Now),
	def("diagnosis.total", i18n.T("总分", "Total"), i18n.T("四个部分得分的平均", "Mean of the four parts"), figure.Score, figure.Now),
	def("diagnosis.chance", i18n.T("回本概率", "Chance to pay back"), i18n.T("4000 次模拟中，最后一个月累计贡献不低于累计成本的比例", "Of 4,000 simulated ways, the share in which all contribution covers all cost in the last month"), figure.Share, forecast),
	def("diagnosis.break_even", i18n.T("回本月份", "Break-even"), i18n.T("累计贡献追上累计成本并保持到最后的第一个月；10%、50%、90% 分位；0 为期内没有回本", "First month from which contribution covers cost until the end; 10th, 50th and 90th percentile; 0: not within the months"), figure.Months, forecast),
	def("diagnosis.per_member", i18n.T("每位会员的贡献", "Contribution of a member"), i18n.T("全部月份的毛利 ÷ 加入的人数", "Margin of all months ÷ those who joined"), figure.Money, forecast),
	def("diagnosis.cost_member", i18n.T("每位会员的成本", "Cost of a member"), i18n.T("全部月份的成本 ÷ 加入的人数", "Cost of all months ÷ those who joined"), figure.Money, forecast),
	def("diagnosis.return", i18n.T("投入产出", "Return"), i18n.T("（贡献 − 成本）÷ 成本", "(Contribution − cost) ÷ cost"), figure.Share, forecast),
	def("diagnosis.extra_cost", i18n.T("每多一单的成本", "Cost of an extra order"), i18n.T("全部成本 ÷ 比没有私域时多出来的订单", "All cost ÷ the orders beyond those without a pool"), figure.Money, forecast),
	def("diagnosis.months.members", i18n.T("每月会员数", "Members of a month"), i18n.T("月末还在的会员", "Members still there at the end of the month"), figure.Persons, forecast),
	def("diagnosis.months.cost", i18n.T("每月成本", "Cost of a month"), i18n.T("获客、人员与工具", "Winning people, staff and tools"), figure.Money, forecast),
	def("diagnosis.months.contribution", i18n.T("每月贡献", "Contribution of a month"), i18n.T("会员多下的订单的毛利，加省下的平台获客费", "Margin of members' extra orders, and what the platforms no longer take for a buyer"), figure.Money, forecast),
	def("diagnosis.months.balance", i18n.T("累计结余", "Balance"), i18n.T("到该月为止的贡献 − 成本", "Contribution − cost of all months up to this one"), figure.Money, forecast),
	def("diagnosis.drivers.correlation", i18n.T("影响程度", "Correlation"), i18n.T("该假设与最后结余的斯皮尔曼相关系数，−1 到 1", "Spearman's between the assumption and the last balance, −1 to 1"), figure.Number, forecast),
}
