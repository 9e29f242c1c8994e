// Package followupevent holds the events that followup emits.
package followupevent

import "time"

// Kinds of followup's events. They concern the person who was on the list.
const (
	Done      = "followup.done"
	Postponed = "followup.postponed"
	Declined  = "followup.declined"
	Undone    = "followup.undone" // one of the others was taken back
	Promised  = "followup.promised"
)

// Item is the data of followup.done, followup.postponed, followup.declined
// and followup.undone.
type Item struct {
	ItemID   string     `json:"item_id"`
	Rules    []string   `json:"rules,omitempty"` // ids of the rules by which the person was listed
	StaffID  string     `json:"staff_id"`        // who did it
	NextStep string     `json:"next_step,omitempty"`
	Due      *time.Time `json:"due,omitempty"` // of the next step; postponed: to when
	Was      string     `json:"was,omitempty"` // undone: done, postponed or declined
}

// Promise is the data of followup.promised.
type Promise struct {
	PromiseID string    `json:"promise_id"`
	ItemID    string    `json:"item_id,omitempty"`
	StaffID   string    `json:"staff_id"`
	NextStep  string    `json:"next_step"`
	Due       time.Time `json:"due"`
}
