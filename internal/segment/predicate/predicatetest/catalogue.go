// Package predicatetest makes random predicates, persons and moments for
// property tests: of the language itself, of the index and of the SQL that
// must agree with [plan.Eval].
package predicatetest

import (
	"time"

	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

// Zone is the time zone of the org in tests: eight hours ahead, no summer
// time.
var Zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// Definitions are a small org, of which the trees speak. Change the zone or
// the digits for other worlds.
func Definitions() predicate.Definitions {
	return predicate.Definitions{
		Zone:           Zone,
		CurrencyDigits: 2,
		Traits: []predicate.Trait{
			{Key: "skin", Label: "肤质", Type: plan.Text, Options: []string{"油性", "干性", "敏感"}},
			{Key: "nickname", Label: "昵称", Type: plan.Text},
			{Key: "score", Label: "评分", Type: plan.Number},
			{Key: "wedding", Label: "结婚日", Type: plan.Date},
			{Key: "vip", Label: "贵宾", Type: plan.Bool},
			{Key: "interests", Label: "兴趣", Type: plan.List},
			{Key: "gmv", Label: "旧系统消费", Type: plan.Number}, // named as a built-in field
		},
		Tags: []predicate.TagDef{
			{ID: "tag_1", Name: "母婴"}, {ID: "tag_2", Name: "易退款", Group: "风险"}, {ID: "tag_3", Name: "投诉", Group: "风险"},
			{ID: "tag_4", Name: "投诉", Group: "服务"}, {ID: "tag_5", Name: "and/or \"x\"", Group: "服务"},
		},
		Events: []predicate.Event{
			{Kind: "order.paid", Properties: []predicate.Property{
				{Name: "amount", Path: "amount_minor", Type: plan.Money}, {Name: "region", Type: plan.Text},
				{Name: "sku", Path: "items[].sku", Type: plan.List}, {Name: "weight", Type: plan.Number},
				{Name: "lines", Type: plan.Count}, {Name: "gift", Type: plan.Bool}}},
			{Kind: "message.opened"},
			{Kind: "page.viewed", Open: true},
		},
		Segments:   []predicate.Named{{ID: "seg_1", Name: "沉默高客单"}, {ID: "seg_2", Name: "VIP (2026)"}},
		Lists:      []predicate.Named{{ID: "lst_1", Name: "员工亲友"}, {ID: "lst_2", Name: "内测"}},
		Staff:      []predicate.Named{{ID: "stf_1", Name: "李雷"}, {ID: "stf_2", Name: "韩梅梅"}},
		Channels:   []predicate.Named{{ID: "chn_1", Name: "门店"}, {ID: "chn_2", Name: "小红书"}},
		Identities: []string{"phone", "email", "unionid"},
		Carriers:   []string{"wecom", "sms", "email"},
		Purposes:   []string{"marketing", "analytics"},
	}
}

// Catalogue is that of Definitions.
func Catalogue() *predicate.Catalogue { return predicate.NewCatalogue(Definitions()) }

// Now is a moment that tests take for the present: 21 November 2026, 20:00 in
// Zone.
var Now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
