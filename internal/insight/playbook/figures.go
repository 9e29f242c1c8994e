package playbook

import (
	"fishpond/internal/insight/figure"
	"fishpond/internal/platform/i18n"
)

var inYear = i18n.T("最近一个有订单的月份起往前十二个月，按企业时区", "The twelve months up to the newest with an order, in the org's time zone")

// Figures are those of the playbook.
var Figures = []figure.Figure{
	{Key: "playbook.buyers", Name: i18n.T("购买人数", "Buyers"), Formula: i18n.T("有本币订单的不同客户；合并的算一人", "Different persons with an order in the org's currency; merged ones are one"), Unit: figure.Persons, Period: inYear},
	{Key: "playbook.again", Name: i18n.T("复购人数", "Bought again"), Formula: i18n.T("其中有两单及以上的；单个商品看含有它的订单", "Of them, with two orders or more; of a product, orders that contain it"), Unit: figure.Persons, Period: inYear},
	{Key: "playbook.again_share", Name: i18n.T("复购率", "Repurchase rate"), Formula: i18n.T("复购人数 ÷ 购买人数；不到 20 人不算", "Bought again ÷ buyers; not told of fewer than 20"), Unit: figure.Share, Period: inYear},
	{Key: "playbook.orders", Name: i18n.T("订单数", "Orders"), Formula: i18n.T("客户的本币订单；单个商品为含有它的订单", "Orders of persons in the org's currency; of a product, those that contain it"), Unit: figure.Orders, Period: inYear},
	{Key: "playbook.amount_minor", Name: i18n.T("金额", "Amount"), Formula: i18n.T("这些订单的金额之和，未减退款；单个商品为它的明细金额", "Sum of these orders, before refunds; of a product, of its lines"), Unit: figure.Money, Period: inYear},
	{Key: "playbook.ticket_minor", Name: i18n.T("单次金额", "Spent at once"), Formula: i18n.T("金额 ÷ 订单数，四舍五入", "Amount ÷ orders, rounded half up"), Unit: figure.Money, Period: inYear},
	{Key: "playbook.quadrants.products", Name: i18n.T("商品数", "Products"), Formula: i18n.T("位于该位置的商品，只看金额最高的 200 个", "Products placed there, of the 200 with the highest amounts"), Unit: figure.Items, Period: inYear},
}
