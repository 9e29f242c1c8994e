// Package acquisitionevent holds the events that acquisition emits.
package acquisitionevent

// Arrived is the kind of the event that somebody came through a channel, or
// came without one. A person may arrive many times: each is a touch.
const Arrived = "channel.arrived"

// The ways of an arrival.
const (
	ByFriend = "friend" // became a friend of a staff member's account
	ByLink   = "link"   // opened an own link, perhaps before they were known
	ByForm   = "form"   // filled in a form
	ByCard   = "card"   // scanned a printed card
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
