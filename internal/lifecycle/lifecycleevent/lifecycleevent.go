// Package lifecycleevent holds the events that lifecycle emits.
package lifecycleevent

import "time"

// StageChanged is the kind of the event that a person's stage is another one.
const StageChanged = "stage.changed"

// The stages.
const (
	New        = "new"         // known, nothing bought yet
	FirstOrder = "first_order" // bought once, not long ago
	Repeat     = "repeat"      // bought again, not long ago
	Silent     = "silent"      // longer without an order than is usual
	Lost       = "lost"        // so long that hardly anybody comes back
)

// Stages lists the stages in the order of the loop.
var Stages = []string{New, FirstOrder, Repeat, Silent, Lost}

// Stage is the data of stage.changed. One event tells the net change: what an
// import of old orders passes through on the way is history, not news.
type Stage struct {
	From string    `json:"from"` // empty at first
	To   string    `json:"to"`
	At   time.Time `json:"at"` // when the person came into To
}
