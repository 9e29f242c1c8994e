// Package campaignevent holds the events that campaigns emit.
package campaignevent

// Kinds of campaigns' events.
const (
	LinkClicked    = "link.clicked"
	CouponRedeemed = "coupon.redeemed"
)

// Click is the data of link.clicked. The same person on the same link within an
// hour is one click; machines that look at links are none.
type Click struct {
	CampaignID string `json:"campaign_id"`
	Campaign   string `json:"campaign"` // its name
	Link       int64  `json:"link"`     // which of the campaign's links, from 1
	URL        string `json:"url"`      // where it led, without the campaign's own parameters
}

// Redeemed is the data of coupon.redeemed.
type Redeemed struct {
	PoolID     string `json:"pool_id"`
	Code       string `json:"code"`
	CampaignID string `json:"campaign_id,omitempty"` // with which they got it
	OrderID    string `json:"order_id,omitempty"`
}
