// Package mallevent holds the events about orders, whoever records them:
// today imports and tracked events, and the mall when it sells by itself.
package mallevent

// Kinds of order events.
const (
	OrderPaid     = "order.paid"
	OrderRefunded = "order.refunded"
)

// Order is the data of order.paid.
type Order struct {
	OrderID     string `json:"order_id"`
	AmountMinor int64  `json:"amount_minor"` // of the whole order, in minor units
	Currency    string `json:"currency"`     // ISO 4217
	Region      string `json:"region,omitempty"`
	Items       []Item `json:"items,omitempty"`
}

// Refund is the data of order.refunded.
type Refund struct {
	RefundID    string `json:"refund_id"`
	OrderID     string `json:"order_id,omitempty"` // the order that it takes back, when known
	AmountMinor int64  `json:"amount_minor"`       // positive
	Currency    string `json:"currency"`
	Items       []Item `json:"items,omitempty"`
}

// Item is one line of an order or refund. In a refund, quantity and amount
// are positive too.
type Item struct {
	SKU         string `json:"sku"`
	Name        string `json:"name,omitempty"`
	Quantity    string `json:"quantity"`     // decimal
	AmountMinor int64  `json:"amount_minor"` // rounded shares that add up to the order's amount
}
