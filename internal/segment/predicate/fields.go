package predicate

import (
	"strings"

	"fishpond/internal/lifecycle/lifecycleevent"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate/plan"
)

// BuiltIn is a field that every org has.
type BuiltIn struct {
	Name  string
	Type  plan.Type
	Label i18n.Text
	// Values are the only ones there are, when there are few.
	Values []string
	// Refers: values have ids and names that the catalogue knows.
	Refers Thing
}

// BuiltIns lists the built-in fields in the order in which people look for
// them.
var BuiltIns = []BuiltIn{
	{Name: "stage", Type: plan.Text, Label: i18n.T("生命周期阶段", "Stage"), Values: lifecycleevent.Stages},
	{Name: "region", Type: plan.Text, Label: i18n.T("地区", "Region")},
	{Name: "gender", Type: plan.Text, Label: i18n.T("性别", "Gender"), Values: []string{"male", "female", "other"}},
	{Name: "birthday", Type: plan.Date, Label: i18n.T("生日", "Birthday")},
	{Name: "age", Type: plan.Count, Label: i18n.T("年龄", "Age")},
	{Name: "name", Type: plan.Text, Label: i18n.T("姓名", "Name")},
	{Name: "owner", Type: plan.Text, Label: i18n.T("负责人", "Owner"), Refers: Staff},
	{Name: "orders", Type: plan.Count, Label: i18n.T("订单数", "Orders")},
	{Name: "gmv", Type: plan.Money, Label: i18n.T("消费额", "Amount spent")},
	{Name: "average_order", Type: plan.Money, Label: i18n.T("客单价", "Average order")},
	{Name: "refunds", Type: plan.Count, Label: i18n.T("退款数", "Refunds")},
	{Name: "refunded", Type: plan.Money, Label: i18n.T("退款额", "Amount refunded")},
	{Name: "first_order", Type: plan.Instant, Label: i18n.T("首次下单", "First order")},
	{Name: "last_order", Type: plan.Instant, Label: i18n.T("最近下单", "Last order")},
	{Name: "created", Type: plan.Instant, Label: i18n.T("成为客户", "Known since")},
	{Name: "rfm.recency", Type: plan.Count, Label: i18n.T("RFM 最近", "RFM recency")},
	{Name: "rfm.frequency", Type: plan.Count, Label: i18n.T("RFM 频次", "RFM frequency")},
	{Name: "rfm.monetary", Type: plan.Count, Label: i18n.T("RFM 金额", "RFM monetary")},
	{Name: "channel", Type: plan.Text, Label: i18n.T("渠道", "Channel"), Refers: Channel},
	{Name: "source", Type: plan.Text, Label: i18n.T("来源", "Source")},
}

var fields = func() map[string]BuiltIn {
	out := map[string]BuiltIn{}
	for _, f := range BuiltIns {
		out[f.Name] = f
	}
	return out
}()

// alike are words for built-in fields and their values that people write
// instead; they are suggested, not accepted, so that there is one way to write
// a thing.
var alike = func() map[string]string {
	out := map[string]string{
		"阶段": "stage", "省份": "region", "会员姓名": "name", "导购": "owner", "消费金额": "gmv", "累计消费": "gmv", "spent": "gmv", "revenue": "gmv",
		"province": "region", "city": "region", "sex": "gender", "joined": "created", "recency": "rfm.recency", "frequency": "rfm.frequency", "monetary": "rfm.monetary",
		"新客": "new", "首单": "first_order", "复购": "repeat", "沉默": "silent", "流失": "lost", "男": "male", "女": "female", "其他": "other",
	}
	for _, f := range BuiltIns {
		out[f.Label.ZH], out[strings.ToLower(f.Label.EN)] = f.Name, f.Name
	}
	return out
}()
