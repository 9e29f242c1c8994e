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
	}
}
