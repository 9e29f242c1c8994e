package predicate

import "fishpond/internal/segment/predicate/plan"

// StandardEvents are the kinds of events that the house itself records, with
// their properties under the names that people write. Callers add the kinds
// that an org tracks by itself.
func StandardEvents() []Event {
	amount := Property{Name: "amount", Path: "amount_minor", Type: plan.Money}
	items := []Property{
		{Name: "sku", Path: "items[].sku", Type: plan.List},
		{Name: "product", Path: "items[].name", Type: plan.List},
	}
	text := func(names ...string) (out []Property) {
		for _, n := range names {
			out = append(out, Property{Name: n, Type: plan.Text})
		}
		return out
	}
	return []Event{
		{Kind: "order.paid", Properties: append(append(text("order_id", "region", "currency"), amount), items...)},
		{Kind: "order.refunded", Properties: append(append(text("order_id", "refund_id", "currency"), amount), items...)},
		{Kind: "page.viewed", Open: true},
		{Kind: "message.sent", Open: true},
		{Kind: "message.received", Open: true},
		{Kind: "message.opened", Open: true},
		{Kind: "friend.added", Open: true},
		{Kind: "channel.arrived", Open: true},
		{Kind: "person.created"},
		{Kind: "stage.changed", Properties: text("from", "to")},
		{Kind: "tag.added", Properties: text("tag_id", "name")},
		{Kind: "tag.removed", Properties: text("tag_id", "name")},
		{Kind: "identity.added", Properties: text("kind")},
		{Kind: "identity.removed", Properties: text("kind")},
		{Kind: "note.added"},
		{Kind: "consent.granted", Properties: text("purpose", "source")},
		{Kind: "consent.withdrawn", Properties: text("purpose", "source")},
		{Kind: "survey.answered", Properties: append(text("survey_id", "name"), Property{Name: "score", Type: plan.Number}, Property{Name: "answer", Path: "answers[].answer", Type: plan.List})},
		{Kind: "survey.declined", Properties: text("survey_id", "name")},
		{Kind: "material.opened", Properties: text("material_id", "briefcase_id", "title", "kind", "staff_id")},
		{Kind: "material.read", Properties: append(text("material_id", "briefcase_id", "title", "kind", "staff_id"), Property{Name: "seconds", Type: plan.Number}, Property{Name: "depth", Type: plan.Number})},
		{Kind: "link.clicked", Properties: append(text("campaign_id", "campaign", "url"), Property{Name: "link", Type: plan.Number})},
		{Kind: "coupon.redeemed", Properties: text("pool_id", "code", "campaign_id", "order_id")},
		{Kind: "material.forwarded", Properties: text("material_id", "briefcase_id", "title", "kind", "staff_id")},
	}
}
