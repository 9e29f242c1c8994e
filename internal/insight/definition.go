package insight

import (
	"slices"

	"fishpond/internal/insight/figure"
	"fishpond/internal/platform/i18n"
)

var (
	sinceFirst = i18n.T("从首单所在月起的每个整月", "Each whole month since that of the first order")
	inFunnel   = i18n.T("第一步发生在所选日期内；之后的步骤可以晚于所选日期，但不超过转化窗口", "The first step is in the days chosen; later ones may come after them, within the window")
	inUnit     = i18n.T("从第一次起的每个自然日、周（周一开始）或月，按企业时区", "Each calendar day, week (from Monday) or month since the first, in the org's time zone")
	inPath     = i18n.T("所选日期内第一次起点之后（或之前）的窗口", "The window after, or before, the first start in the days chosen")
)

func def(key string, name, formula i18n.Text, unit figure.Unit, period i18n.Text) figure.Figure {
	return figure.Figure{Key: key, Name: name, Formula: formula, Unit: unit, Period: period}
}

// Figures are those of the overview, of cohorts, funnels, retention and paths.
// Everything that says what they mean (the API, the console, the documentation)
// takes it from here.
var Figures = slices.Concat(overviewFigures, stepFigures, valueFigures, diagnosisFigures)

var overviewFigures = []figure.Figure{
	def("overview.persons", i18n.T("客户总数", "Persons"), i18n.T("时段结束前第一次出现的人数；合并的算一人", "Persons first heard of before the period ended; merged ones are one"), figure.Persons, figure.ByEnd),
	def("overview.new_persons", i18n.T("新增客户", "New persons"), i18n.T("第一次出现在时段内的人数；合并的以最早一次为准", "Persons first heard of in the period; of merged ones the earliest counts"), figure.Persons, figure.InMonths),
	def("overview.buyers", i18n.T("购买人数", "Buyers"), i18n.T("时段内至少有一笔已付款订单的不同客户", "Different persons with at least one paid order in the period"), figure.Persons, figure.InMonths),
	def("overview.orders", i18n.T("订单数", "Orders"), i18n.T("时段内付款的订单，之后退款的也算", "Orders paid in the period, also those refunded later"), figure.Orders, figure.InMonths),
	def("overview.gmv_minor", i18n.T("成交额", "GMV"), i18n.T("这些订单的金额之和，未减退款；其他币种的订单只计单数，不计金额", "Sum of these orders' amounts, before refunds; orders in another currency count as orders, without their money"), figure.Money, figure.InMonths),
	def("overview.refunds", i18n.T("退款笔数", "Refunds"), i18n.T("时段内发生的退款，不论订单何时付款", "Refunds made in the period, whenever the order was paid"), figure.Refunds, figure.InMonths),
	def("overview.refunded_minor", i18n.T("退款额", "Refunded"), i18n.T("这些退款的金额之和", "Sum of these refunds' amounts"), figure.Money, figure.InMonths),
	def("overview.average_order_minor", i18n.T("客单价", "Average order"), i18n.T("成交额 ÷ 订单数，四舍五入到最小单位；没有订单时为 0", "GMV ÷ orders, rounded half up; 0 without orders"), figure.Money, figure.InMonths),
	def("overview.repurchase_rate", i18n.T("复购率", "Repurchase rate"), i18n.T("时段内下过两单及以上的购买者 ÷ 购买人数；没有购买者时为 0", "Buyers with two orders or more in the period ÷ buyers; 0 without buyers"), figure.Share, figure.InMonths),
	def("overview.months.orders", i18n.T("每月订单数", "Orders of a month"), i18n.T("当月付款的订单", "Orders paid in the month"), figure.Orders, figure.InMonth),
	def("overview.months.gmv_minor", i18n.T("每月成交额", "GMV of a month"), i18n.T("当月订单金额之和，未减退款", "Sum of the month's orders, before refunds"), figure.Money, figure.InMonth),
	def("overview.months.refunded_minor", i18n.T("每月退款额", "Refunded of a month"), i18n.T("当月退款金额之和", "Sum of the month's refunds"), figure.Money, figure.InMonth),
	def("overview.months.new_persons", i18n.T("每月新增客户", "New persons of a month"), i18n.T("第一次出现在当月的人数", "Persons first heard of in the month"), figure.Persons, figure.InMonth),
	def("overview.months.buyers", i18n.T("每月购买人数", "Buyers of a month"), i18n.T("当月有已付款订单的不同客户；各月相加会重复计人", "Different persons with a paid order in the month; a sum of months counts them again"), figure.Persons, figure.InMonth),
	def("overview.top_regions.persons", i18n.T("地区购买人数", "Buyers of a region"), i18n.T("订单写明该地区的不同客户；在两地买过的两地都算", "Different persons whose orders name the region; who bought in two is in both"), figure.Persons, figure.InMonths),
	def("overview.top_regions.orders", i18n.T("地区订单数", "Orders of a region"), i18n.T("写明该地区的订单", "Orders that name the region"), figure.Orders, figure.InMonths),
	def("overview.top_regions.gmv_minor", i18n.T("地区成交额", "GMV of a region"), i18n.T("这些订单的金额之和", "Sum of these orders' amounts"), figure.Money, figure.InMonths),
	def("overview.top_products.quantity", i18n.T("商品件数", "Pieces of a product"), i18n.T("订单明细中的数量之和，未减退货", "Sum of quantities in orders' items, returns not deducted"), figure.Pieces, figure.InMonths),
	def("overview.top_products.amount_minor", i18n.T("商品金额", "Amount of a product"), i18n.T("订单明细中的金额之和，未减退货", "Sum of amounts in orders' items, returns not deducted"), figure.Money, figure.InMonths),
	def("cohorts.size", i18n.T("首单人数", "Size of a cohort"), i18n.T("首单在该月的客户；合并的算一人，取所有订单中最早的一单", "Persons whose first order was in the month; merged ones are one, with the first order of all"), figure.Persons, figure.InMonth),
	def("cohorts.cells.persons", i18n.T("回购人数", "Buyers of a cohort later"), i18n.T("其中在之后第 k 个月有订单的人", "Of them, those with an order k months later"), figure.Persons, sinceFirst),
	def("cohorts.cells.share", i18n.T("回购率", "Share of a cohort later"), i18n.T("回购人数 ÷ 首单人数", "Buyers later ÷ size"), figure.Share, sinceFirst),
	def("cohorts.cells.gmv_minor", i18n.T("回购金额", "GMV of a cohort later"), i18n.T("这批客户在该月的订单金额之和，未减退款", "Sum of their orders in that month, before refunds"), figure.Money, sinceFirst),
}

var stepFigures = []figure.Figure{
	def("funnel.steps.persons", i18n.T("到达人数", "Persons at a step"), i18n.T("有先后：从第一步的某次事件起，每一步取前一步之后最早的一次，全部在窗口内走到这一步的人；不分先后：窗口内做齐前 k 步的人。合并的算一人",
		"Ordered: who came so far from one of their events of the first step, each step the earliest after the one before, all within the window. Unordered: who did the first k steps within the window. Merged persons are one"), figure.Persons, inFunnel),
	def("funnel.steps.dropped", i18n.T("流失人数", "Dropped"), i18n.T("上一步人数 − 这一步人数", "Persons of the step before − persons of this one"), figure.Persons, inFunnel),
	def("funnel.steps.of_first", i18n.T("总转化率", "Share of the first step"), i18n.T("这一步人数 ÷ 第一步人数；第一步没人时不显示", "Persons of this step ÷ persons of the first; not told when there are none"), figure.Share, inFunnel),
	def("funnel.steps.of_before", i18n.T("单步转化率", "Share of the step before"), i18n.T("这一步人数 ÷ 上一步人数；上一步没人时不显示", "Persons of this step ÷ persons of the one before; not told when there are none"), figure.Share, inFunnel),
	def("funnel.steps.median_seconds", i18n.T("间隔中位数", "Median time"), i18n.T("走得最远的那次中最早的一次，从上一步到这一步的时间，一半的人不超过它", "On the first of the attempts that got furthest: the time since the step before that half of them did not exceed"), figure.Seconds, inFunnel),
	def("funnel.steps.p90_seconds", i18n.T("间隔 90 分位", "90th percentile of time"), i18n.T("同上，90% 的人不超过它", "The same for nine in ten"), figure.Seconds, inFunnel),
	def("funnel.steps.median_from_first_seconds", i18n.T("累计用时中位数", "Median time since the first step"), i18n.T("从第一步到这一步的时间，一半的人不超过它", "The time since the first step that half of them did not exceed"), figure.Seconds, inFunnel),
	def("funnel.steps.p90_from_first_seconds", i18n.T("累计用时 90 分位", "90th percentile since the first step"), i18n.T("同上，90% 的人不超过它", "The same for nine in ten"), figure.Seconds, inFunnel),
	def("funnel.open", i18n.T("窗口未结束", "Still open"), i18n.T("没走完，但从第一步算起窗口还没结束的人：转化率还可能上升", "Not through, with their window still open: the shares may still rise"), figure.Persons, inFunnel),
	def("funnel.groups.persons", i18n.T("分组到达人数", "Persons of a group"), i18n.T("到达人数中现在属于该分组的人；按标签拆分时一人可在多组", "Those of a step who are in the group now; by tags, a person may be in several"), figure.Persons, inFunnel),
	def("funnel.groups.through", i18n.T("分组转化率", "Through of a group"), i18n.T("该组最后一步人数 ÷ 第一步人数", "Persons of the group's last step ÷ of its first"), figure.Share, inFunnel),
	def("retention.size", i18n.T("初始人数", "Size of a row"), i18n.T("有史以来第一次发生起始事件在该单位内的人；合并的算一人", "Persons whose first such event ever was in the unit; merged ones are one"), figure.Persons, inUnit),
	def("retention.cells.persons", i18n.T("回来人数", "Persons who came back"), i18n.T("经典：其中在之后第 k 个单位内有回访事件的人；滚动：在第 k 个或更晚单位内有的人。起始的那一次不算回来", "Classic: those with an event of coming back k units later. Rolling: k or more. The first event itself does not count"), figure.Persons, inUnit),
	def("retention.cells.share", i18n.T("留存率", "Retention"), i18n.T("回来人数 ÷ 初始人数；合计行只算已到这么久的各行", "Persons who came back ÷ size; in the total, of the rows that are so old"), figure.Share, inUnit),
	def("paths.persons", i18n.T("起点人数", "Persons who started"), i18n.T("日期内有起点事件的人，从其中第一次算起", "Persons with the start in the days chosen; from the first one on"), figure.Persons, inPath),
	def("paths.next.persons", i18n.T("下一步人数", "Persons who went on"), i18n.T("在窗口内，接下来（或之前）最近的一个不同事件是它的人；同时发生的按事件名先后", "Within the window, those whose nearest different event after (or before) is this one; at the same moment in order of their names"), figure.Persons, inPath),
	def("paths.next.share", i18n.T("下一步占比", "Share who went on"), i18n.T("下一步人数 ÷ 上一步人数", "Persons ÷ persons of the step before"), figure.Share, inPath),
	def("paths.rest.ended", i18n.T("到此为止", "Ended"), i18n.T("窗口内没有再做别的事的人", "Did nothing further within the window"), figure.Persons, inPath),
	def("paths.rest.others", i18n.T("其他去向", "Others"), i18n.T("去了未列出的事件的人（只列人数最多的 8 个）", "Went on to something not listed (the eight most frequent are)"), figure.Persons, inPath),
	def("events.events", i18n.T("事件数", "Events"), i18n.T("客户池里客户的该类事件，全部时间", "Events of the kind of persons in the pool, of all times"), figure.Events, figure.AllTime),
}
