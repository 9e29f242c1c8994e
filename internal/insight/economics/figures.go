package economics

import (
	"fishpond/internal/insight/figure"
	"fishpond/internal/platform/i18n"
)

var (
	sinceWon  = i18n.T("所选月份里来的人，从来的那一刻到现在；月份按企业时区", "The people won in the months chosen, from the moment they came until now; months in the org's time zone")
	monthEnd  = i18n.T("所选时段的最后一个月，按企业时区", "The last month of the period, in the org's time zone")
	eachSoFar = i18n.T("从来的那个月算起的每个整月", "Each whole month since the one in which they came")
)

// Figures are what the numbers of unit economics mean.
var Figures = []figure.Figure{
	{Key: "economics.cost_minor", Name: i18n.T("获客成本总额", "Acquisition cost"), Unit: figure.Money, Period: figure.InMonths,
		Formula: i18n.T("在渠道上录入的成本；一笔成本涉及多行时，按当月带来的人数分摊，与归因报表相同", "Costs recorded on channels; one that concerns several rows is divided by the people whom they won in the month, as in the attribution report")},
	{Key: "economics.persons", Name: i18n.T("新来人数", "People won"), Unit: figure.Persons, Period: figure.InMonths,
		Formula: i18n.T("首次到达在所选月份的人；没有到达记录的人按第一次出现的月份，计入“来路不明”；合并的算一人", "Persons whose first arrival was in the months; those without an arrival by the month in which they were first heard of, in the row of unknown origin; merged ones are one")},
	{Key: "economics.arrived", Name: i18n.T("有到达记录的人数", "With an arrival"), Unit: figure.Persons, Period: figure.InMonths,
		Formula: i18n.T("新来人数中有到达记录的", "Of the people won, those with an arrival")},
	{Key: "economics.known_before", Name: i18n.T("到达前已购买", "Known before"), Unit: figure.Persons, Period: figure.InMonths,
		Formula: i18n.T("新来人数中，首次到达之前就有订单的（全额退款的不算）", "Of the people won, those with an order before their first arrival (not counting orders refunded in full)")},
	{Key: "economics.cac", Name: i18n.T("获客成本 CAC", "CAC"), Unit: figure.Money, Period: figure.InMonths,
		Formula: i18n.T("成本 ÷ 新来人数；合计行是全部成本 ÷ 全部新来的人。没录成本或没有人来时不显示", "Cost ÷ people won; in the total all costs ÷ all people. Not told without a recorded cost or without people")},
	{Key: "economics.buyers", Name: i18n.T("购买人数", "Buyers"), Unit: figure.Persons, Period: sinceWon,
		Formula: i18n.T("来了之后下过单的人；全额退款的订单不算", "Who bought since they came; orders refunded in full do not count")},
	{Key: "economics.again", Name: i18n.T("复购人数", "Bought again"), Unit: figure.Persons, Period: sinceWon,
		Formula: i18n.T("来了之后下过两单及以上的人；全额退款的订单不算", "Who bought twice or more since they came; orders refunded in full do not count")},
	{Key: "economics.bought", Name: i18n.T("购买比例", "Share who bought"), Unit: figure.Share, Period: sinceWon, Formula: i18n.T("购买人数 ÷ 新来人数", "Buyers ÷ people won")},
	{Key: "economics.repurchase", Name: i18n.T("复购率（按来的人）", "Repurchase of those won"), Unit: figure.Share, Period: sinceWon, Formula: i18n.T("复购人数 ÷ 购买人数", "Bought again ÷ buyers")},
	{Key: "economics.orders", Name: i18n.T("他们的订单数", "Their orders"), Unit: figure.Orders, Period: sinceWon, Formula: i18n.T("来了之后的订单，全额退款的不算", "Orders since they came, without those refunded in full")},
	{Key: "economics.foreign_orders", Name: i18n.T("其他币种订单", "Orders in other currencies"), Unit: figure.Orders, Period: sinceWon,
		Formula: i18n.T("其中不是企业货币的订单：算单数，不算金额", "Of these, the ones not in the org's currency: they count as orders, without their money")},
	{Key: "economics.net", Name: i18n.T("已带来净额", "Net brought"), Unit: figure.Money, Period: sinceWon, Formula: i18n.T("来了之后付款减退款", "Paid less refunded since they came")},
	{Key: "economics.per_person_minor", Name: i18n.T("人均净额", "Net per person"), Unit: figure.Money, Period: sinceWon, Formula: i18n.T("已带来净额 ÷ 新来人数", "Net brought ÷ people won")},
	{Key: "economics.value", Name: i18n.T("客户终身价值 CLV", "CLV"), Unit: figure.Money, Period: sinceWon,
		Formula: i18n.Text{ZH: "(已带来净额 + 模型预计三年内还会带来的，按年 10% 折现) ÷ 新来人数；没买过的人预计部分为 0", EN: "(Net brought + what the models expect within three more years, discounted by 10 % a year) ÷ people won; nothing is expected of who has not bought"}},
	{Key: "economics.value_to_cac", Name: i18n.T("CLV ÷ CAC（销售口径）", "CLV : CAC, of sales"), Unit: figure.Ratio, Period: sinceWon, Formula: i18n.T("CLV ÷ CAC", "CLV ÷ CAC")},
	{Key: "economics.margin_to_cac", Name: i18n.T("CLV ÷ CAC（毛利口径）", "CLV : CAC, of gross profit"), Unit: figure.Ratio, Period: sinceWon, Formula: i18n.T("CLV × 毛利率 ÷ CAC；没填毛利率时不显示", "CLV × gross margin ÷ CAC; not told without a margin")},
	{Key: "economics.roi", Name: i18n.T("投入产出比 ROI", "ROI"), Unit: figure.Share, Period: sinceWon,
		Formula: i18n.T("(已带来净额 × 毛利率 − 成本) ÷ 成本；没填毛利率时不显示", "(Net brought × gross margin − cost) ÷ cost; not told without a margin")},
	{Key: "economics.net_per_cost", Name: i18n.T("每元成本带来净额", "Net per unit of cost"), Unit: figure.Ratio, Period: sinceWon, Formula: i18n.T("已带来净额 ÷ 成本，未乘毛利率", "Net brought ÷ cost, before any margin")},
	{Key: "economics.conversion.ripe", Name: i18n.T("观察期已满人数", "Old enough to judge"), Unit: figure.Persons, Period: sinceWon,
		Formula: i18n.T("到达已满 7／30／90 天、到达前没买过的人", "Who arrived at least 7, 30 or 90 days ago and had not bought before")},
	{Key: "economics.conversion.done", Name: i18n.T("期内首单人数", "First order in time"), Unit: figure.Persons, Period: sinceWon,
		Formula: i18n.T("其中到达后 7／30／90 天内下首单的人", "Of them, who placed their first order within so many days of arriving")},
	{Key: "economics.conversion.share", Name: i18n.T("首单转化率", "Conversion to a first order"), Unit: figure.Share, Period: sinceWon, Formula: i18n.T("期内首单人数 ÷ 观察期已满人数", "First order in time ÷ old enough to judge")},
	{Key: "economics.repurchase.buyers", Name: i18n.T("时段购买人数", "Buyers of the period"), Unit: figure.Persons, Period: figure.InMonths, Formula: i18n.T("时段内至少有一笔已付款订单的人，与概览相同", "Persons with at least one paid order in the period, as in the overview")},
	{Key: "economics.repurchase.again", Name: i18n.T("时段复购人数", "Bought again in the period"), Unit: figure.Persons, Period: figure.InMonths, Formula: i18n.T("时段内有两笔及以上已付款订单的人", "Persons with two paid orders or more in the period")},
	{Key: "economics.repurchase.rate", Name: i18n.T("复购率", "Repurchase rate"), Unit: figure.Share, Period: figure.InMonths, Formula: i18n.T("时段复购人数 ÷ 时段购买人数", "Bought again in the period ÷ buyers of the period")},
	{Key: "economics.repurchase.gaps", Name: i18n.T("再次下单数", "Orders after another"), Unit: figure.Orders, Period: figure.InMonths, Formula: i18n.T("时段内的订单中，同一人之前还有订单的", "Orders of the period whose person had one before")},
	{Key: "economics.repurchase.median_days", Name: i18n.T("复购间隔中位数", "Median interval"), Unit: figure.Days, Period: figure.InMonths, Formula: i18n.T("这些订单距同一人上一单的自然日数，一半的订单不超过它", "Calendar days since the same person's order before, which half of these orders do not exceed")},
	{Key: "economics.repurchase.p25_days", Name: i18n.T("复购间隔 25 分位", "Interval, 25th percentile"), Unit: figure.Days, Period: figure.InMonths, Formula: i18n.T("同上，四分之一的订单不超过它", "The same for a quarter of them")},
	{Key: "economics.repurchase.p75_days", Name: i18n.T("复购间隔 75 分位", "Interval, 75th percentile"), Unit: figure.Days, Period: figure.InMonths, Formula: i18n.T("同上，四分之三的订单不超过它", "The same for three quarters")},
	{Key: "economics.sales.orders", Name: i18n.T("时段订单数", "Orders of the period"), Unit: figure.Orders, Period: figure.InMonths, Formula: i18n.T("时段内付款的订单，之后退款的也算", "Orders paid in the period, also those refunded later")},
	{Key: "economics.sales.gmv_minor", Name: i18n.T("时段成交额", "GMV of the period"), Unit: figure.Money, Period: figure.InMonths, Formula: i18n.T("企业货币订单的金额之和，未减退款", "Sum of the orders in the org's currency, before refunds")},
	{Key: "economics.sales.average_order", Name: i18n.T("客单价", "Average order"), Unit: figure.Money, Period: figure.InMonths, Formula: i18n.T("成交额 ÷ 企业货币的订单数；没有订单时不显示", "GMV ÷ orders in the org's currency; not told without orders")},
	{Key: "economics.interaction.persons", Name: i18n.T("互动人数", "People who talked or came"), Unit: figure.Persons, Period: monthEnd,
		Formula: i18n.T("当月发过消息、看过页面、点过链接、打开过素材、答过问卷、到达、加好友或付款的人", "Who wrote, looked at a page, followed a link, opened a material, answered a survey, arrived, became a friend or paid in the month")},
	{Key: "economics.interaction.pool", Name: i18n.T("池内人数", "People in the pool"), Unit: figure.Persons, Period: monthEnd, Formula: i18n.T("月末之前第一次出现的人；合并的算一人", "Who was first heard of before the end of the month; merged ones are one")},
	{Key: "economics.interaction.rate", Name: i18n.T("互动率", "Interaction rate"), Unit: figure.Share, Period: monthEnd, Formula: i18n.T("互动人数 ÷ 池内人数", "People who talked or came ÷ people in the pool")},
	{Key: "economics.curves.net_minor", Name: i18n.T("累计净额", "Net so far"), Unit: figure.Money, Period: eachSoFar, Formula: i18n.T("来了满 k 个月的人，到第 k 个月末为止带来的净额；只取已满 k 个月的月份，成本也一样", "Of the people won in months that are k months old: what they brought until the end of month k. Costs are of these months, too")},
	{Key: "economics.curves.per_person_minor", Name: i18n.T("人均累计净额", "Net so far per person"), Unit: figure.Money, Period: eachSoFar, Formula: i18n.T("累计净额 ÷ 这些月份来的人数", "Net so far ÷ people won in these months")},
	{Key: "economics.curves.paid_back_in", Name: i18n.T("回本月数", "Months to pay back"), Unit: figure.Months, Period: eachSoFar,
		Formula: i18n.T("累计净额（填了毛利率则乘以毛利率）第一次不低于这些月份成本的 k", "The first k at which net so far (times the margin where there is one) is no less than the cost of these months")},
	{Key: "economics.curves.share", Name: i18n.T("第 k 个月购买比例", "Bought in month k"), Unit: figure.Share, Period: eachSoFar, Formula: i18n.T("在来了之后第 k 个月下单的人 ÷ 已满 k 个月的人", "Who bought k months after they came ÷ who came at least k months ago")},
	{Key: "economics.staff.net_minor", Name: i18n.T("销售净额", "Net sales"), Unit: figure.Money, Period: figure.InMonths,
		Formula: i18n.T("时段内付款的订单减去它们的退款，记给下单前 90 天内最早一次到达的员工或账号", "Orders paid in the period less their refunds, credited to the staff member or account of the first arrival within the 90 days before the order")},
}
