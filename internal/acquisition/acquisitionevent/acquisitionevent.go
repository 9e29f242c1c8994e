// Package acquisitionevent holds the events that acquisition emits.
package acquisitionevent

// Kinds of events.
const (
	// Arrived: somebody came through a channel, or came without one. A person
	// may arrive many times: each is a touch.
	Arrived = "channel.arrived"
	// RewardEarned: a claim's condition is met, once. Whoever pays rewards
	// follows it. It has no person while nobody knows whose browser it was.
	RewardEarned = "reward.earned"
	// RewardAssigned: it was learned whose an earned reward without a person is.
	RewardAssigned = "reward.assigned"
	// CodeBlocked: whoever scans a live code reaches nobody. CodeCleared: no
	// longer so.
	CodeBlocked = "code.blocked"
	CodeCleared = "code.cleared"
)

// The ways of an arrival.
const (
	ByFriend = "friend" // became a friend of a staff member's account
	ByLink   = "link"   // opened an own link, perhaps before they were known
	ByForm   = "form"   // filled in a form
	ByCard   = "card"   // scanned a printed card
	ByGroup  = "group"  // joined a group chat by a group code
	ByImport = "import" // became known by a file that was credited to a channel
)

// Arrival is the data of channel.arrived. What does not apply is empty.
type Arrival struct {
	Way        string `json:"way"`
	ChannelID  string `json:"channel_id,omitempty"`  // what the code, link, card or form belonged to then; empty: unknown
	EntranceID string `json:"entrance_id,omitempty"` // the same channel where it is an entrance
	CodeID     string `json:"code_id,omitempty"`
	LinkID     string `json:"link_id,omitempty"`
	CardID     string `json:"card_id,omitempty"`
	BatchID    string `json:"batch_id,omitempty"` // that the card was printed in
	FormID     string `json:"form_id,omitempty"`
	StaffID    string `json:"staff_id,omitempty"`   // whose arrival it is
	AccountID  string `json:"account_id,omitempty"` // of the carrier
	UserID     string `json:"user_id,omitempty"`    // the staff member as the carrier calls them
}

// Reward is the data of reward.earned and reward.assigned.
type Reward struct {
	ClaimID   string `json:"claim_id"` // the idempotency key of whoever pays
	RuleID    string `json:"rule_id"`
	Kind      string `json:"kind"`          // none, coupon, red_packet, gift
	Ref       string `json:"ref,omitempty"` // the coupon template or red packet
	Condition string `json:"condition"`     // scanned, friend_added, form_filled, order_proven
	BatchID   string `json:"batch_id,omitempty"`
	CardID    string `json:"card_id,omitempty"`
	FormID    string `json:"form_id,omitempty"`
	CodeID    string `json:"code_id,omitempty"`  // by which the friend came
	OrderID   string `json:"order_id,omitempty"` // the number that the customer wrote
	Receipt   string `json:"receipt"`
}

// Code is the data of code.blocked and code.cleared.
type Code struct {
	CodeID string `json:"code_id"`
	Name   string `json:"name"`
	Reason string `json:"reason,omitempty"` // left, full
}
