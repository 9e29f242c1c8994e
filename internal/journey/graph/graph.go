// Package graph is the form of a journey: steps and where they lead. It knows
// what makes a journey that can be walked, and holds no state and no clock.
package graph

import "time"

// Kind is what a step does.
type Kind string

// The kinds of steps.
const (
	Message   Kind = "message"    // through the gate; a message that is held waits, the person stays
	Tag       Kind = "tag"        // gives or takes a tag
	Trait     Kind = "trait"      // sets a trait
	Note      Kind = "note"       // writes a note
	Task      Kind = "task"       // asks an associate to do something
	Webhook   Kind = "webhook"    // tells another system
	Enter     Kind = "enter"      // begins another journey
	Wait      Kind = "wait"       // for a duration
	WaitUntil Kind = "wait_until" // until an hour of the day where the person is
	WaitDate  Kind = "wait_date"  // until a date that a trait holds
	WaitEvent Kind = "wait_event" // until something happens, or for so long
	Branch    Kind = "branch"     // by what is true of the person
	Property  Kind = "property"   // by a property of the event that brought them here
	Split     Kind = "split"      // at random, by shares
	Reachable Kind = "reachable"  // by the carriers over which they can be reached
	Goal      Kind = "goal"       // what the journey is for was reached
	Exit      Kind = "exit"
)

// Waits tells whether time may pass in a step of the kind.
func (k Kind) Waits() bool { return k == Wait || k == WaitUntil || k == WaitDate || k == WaitEvent }

// lasts tells whether time surely passes in a step of the kind. A date may be
// past, or there is none: then nobody waits for it.
func (k Kind) lasts() bool { return k.Waits() && k != WaitDate }

// decides tells whether a step of the kind has several ways out.
func (k Kind) decides() bool {
	return k == Branch || k == Property || k == Split || k == Reachable || k == WaitEvent
}

// Acts tells whether a step of the kind does something that others notice, and
// that must not be done twice.
func (k Kind) Acts() bool {
	switch k {
	case Message, Tag, Trait, Note, Task, Webhook, Enter:
		return true
	}
	return false
}

// Changes tells whether a step of the kind changes what conditions ask.
func (k Kind) Changes() bool { return k == Tag || k == Trait || k == Note }

// Graph is a journey as it is drawn. Whoever enters begins with its first step.
type Graph struct {
	Steps []Step `json:"steps" maxItems:"200" nullable:"false" doc:"The first is where people begin"`
}

// Step is one box of the drawing.
type Step struct {
	ID   string `json:"id" minLength:"1" maxLength:"40" pattern:"^[A-Za-z0-9_-]+$"`
	Kind Kind   `json:"kind" enum:"message,tag,trait,note,task,webhook,enter,wait,wait_until,wait_date,wait_event,branch,property,split,reachable,goal,exit"`
	Name string `json:"name,omitempty" maxLength:"60"`
	Next string `json:"next,omitempty" maxLength:"40" doc:"The step after it; of one that decides: where all go whom no way fits. Empty: the journey ends"`
	Ways []Way  `json:"ways,omitempty" maxItems:"20" nullable:"false" doc:"Of a step that decides; the first that fits is taken"`

	Seconds int64  `json:"seconds,omitempty" doc:"wait: for so long; wait_event: at most"`
	At      string `json:"at,omitempty" maxLength:"5" doc:"wait_until, wait_date: an hour of the day, HH:MM, where the person is"`
	Days    []int  `json:"days,omitempty" maxItems:"7" nullable:"false" doc:"wait_until: days of the week, Monday is 1; none: every day"`
	Trait   string `json:"trait,omitempty" maxLength:"64" doc:"wait_date: which holds the date; trait: which is set"`
	Offset  int    `json:"offset,omitempty" doc:"wait_date: so many days after it, or before it"`
	Yearly  bool   `json:"yearly,omitempty" doc:"wait_date: the next such day of the year, as for birthdays"`
	Event   string `json:"event,omitempty" maxLength:"64" doc:"wait_event: its kind"`
	Where   string `json:"where,omitempty" maxLength:"2000" doc:"wait_event: what must be true of its properties"`

	Use     string   `json:"use,omitempty" maxLength:"64" doc:"The id of the tag or the journey"`
	Text    string   `json:"text,omitempty" maxLength:"4000" doc:"note, task: what it says; trait: the value"`
	Off     bool     `json:"off,omitempty" doc:"tag: it is taken away; trait: its value is"`
	Message *Content `json:"message,omitempty" doc:"message: what it says"`
	Webhook *Call    `json:"webhook,omitempty" doc:"webhook: whom it tells"`
	OnError string   `json:"on_error,omitempty" enum:",go_on,stop" doc:"When it cannot be done: go_on, as if it had been; stop: the walk ends here as failed, and can be taken up again"`
}

// Stop as a step's OnError ends the walk of whom it fails for.
const Stop = "stop"

// Material is a material of the library; version 0 is the one that is current
// when it leaves.
type Material struct {
	ID      string `json:"id" maxLength:"64" doc:"Empty: still to be chosen"`
	Version int64  `json:"version,omitempty" minimum:"0"`
}

// Content is what a message says.
type Content struct {
	AccountIDs    []string   `json:"account_ids,omitempty" maxItems:"20" nullable:"false" doc:"In the order in which they are tried; none: those of the journey"`
	Subject       string     `json:"subject,omitempty" maxLength:"200"`
	Text          string     `json:"text,omitempty" maxLength:"20000"`
	HTML          string     `json:"html,omitempty" maxLength:"200000"`
	Materials     []Material `json:"materials,omitempty" maxItems:"9" nullable:"false"`
	CouponPoolID  string     `json:"coupon_pool_id,omitempty" maxLength:"64" doc:"Whose codes the text may hold"`
	PatienceHours int        `json:"patience_hours,omitempty" minimum:"0" maximum:"720" doc:"How long it may wait for quiet hours, limits and staff; 0: 72"`
	NoWait        bool       `json:"no_wait,omitempty" doc:"The person goes on at once, whatever becomes of it"`
}

// Patience is how long a message may wait before it is held back.
func (c *Content) Patience() time.Duration {
	if c.PatienceHours <= 0 {
		return 72 * time.Hour
	}
	return time.Duration(c.PatienceHours) * time.Hour
}

// Call is another system that is told.
type Call struct {
	URL       string   `json:"url" maxLength:"2000"`
	Secret    string   `json:"secret,omitempty" maxLength:"200" writeOnly:"true" doc:"With which calls are signed; never given out again. Empty when it is changed: as it was"`
	HasSecret bool     `json:"has_secret,omitempty" readOnly:"true"`
	Sealed    string   `json:"sealed,omitempty" readOnly:"true" maxLength:"1000"`
	Fields    []string `json:"fields,omitempty" maxItems:"50" nullable:"false" doc:"What is told of the person, as the variables of texts are called"`
}

// Way is one way out of a step that decides.
type Way struct {
	Name    string `json:"name,omitempty" maxLength:"60"`
	Next    string `json:"next,omitempty" maxLength:"40" doc:"Empty: the journey ends"`
	When    string `json:"when,omitempty" maxLength:"2000" doc:"branch: a predicate; property: a condition; reachable: a carrier"`
	ShareBP int    `json:"share_bp,omitempty" doc:"split: in basis points; what is left of 10,000 goes the way of next"`
	// Bound is When with what it names by id, so that renaming changes nothing:
	// what counts where there is one. It is kept with the journey and never told.
	Bound string `json:"bound,omitempty" hidden:"true"`
}

// Limits of a graph.
const (
	MostSteps   = 200
	ShortestLap = time.Minute          // that a wait may be
	LongestLap  = 366 * 24 * time.Hour // that a wait may be
	whole       = 10_000               // basis points
)

// Step finds a step by its id; nil: there is none.
func (g *Graph) Step(id string) *Step {
	for i := range g.Steps {
		if g.Steps[i].ID == id {
			return &g.Steps[i]
		}
	}
	return nil
}

// Follow is where a way leads: an index of Ways, or Default; empty: the journey
// ends.
func (s *Step) Follow(way int) string {
	switch {
	case s.Kind == Exit:
		return ""
	case way >= 0 && way < len(s.Ways):
		return s.Ways[way].Next
	}
	return s.Next
}

// Default is the way of those whom no other fits.
const Default = -1

// exits are the steps to which a step leads, in the order in which they are
// tried; empty ends are left out.
func (s *Step) exits() (out []string) {
	for _, w := range s.Ways {
		if w.Next != "" {
			out = append(out, w.Next)
		}
	}
	if s.Next != "" && s.Kind != Exit {
		out = append(out, s.Next)
	}
	return out
}
