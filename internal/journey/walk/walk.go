package walk

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"fishpond/internal/journey/graph"
)

// What somebody waits for where they are.
const (
	Go       = ""         // for nothing: they have come to the step, and it is to be done
	Begin    = "begin"    // to begin: they have come in, and nobody has looked yet
	Time     = "time"     // until it is due
	Event    = "event"    // until it happens, or until it is due
	Happened = "happened" // for nothing: it has happened
	Message  = "message"  // until the message has come to an end
	Webhook  = "webhook"  // until the other system has answered
	Answered = "answered" // for nothing: it has, or will not
	Facts    = "facts"    // until what segments know has followed what happened
	Broken   = "broken"   // until somebody mends a condition that cannot be read
	Pass     = "pass"     // for nothing: what the step does was done before they were moved here
	Stopped  = "stopped"  // for nothing, ever: the walk has ended here
)

// The ways in which a walk ends.
const (
	Done   = "done"
	Failed = "failed"
)

// Outcomes of steps.
const (
	WasDone   = "done"
	WasPassed = "passed"  // it had been done before
	WasPast   = "past"    // wait_date: the day is over
	Missing   = "missing" // wait_date: there is no such date
	Timeout   = "timeout" // wait_event: it did not happen in time
	Came      = "happened"
	Handed    = "handed"  // message: nobody waits for what becomes of it
	Expired   = "expired" // message: it did not come to an end in time
	Skipped   = "skipped" // there was nobody to do it for, or nothing to do it with
	WasFailed = "failed"
)

// Truth is what is known of a condition.
type Truth int8

// What can be known.
const (
	No Truth = iota
	Yes
	Unknown    // not yet: what is known is older than what happened
	Unreadable // the condition means nothing any more
)

// State is where somebody is.
type State struct {
	Step    string
	Visit   int64 // counts the steps that they came to, from 1
	Arrived int64 // UTC microseconds
	Wait    string
	Due     int64  // when to look again, UTC microseconds; 0: when somebody says so
	Until   int64  // Message: it is given up then
	Kind    string // Event: of which kind
}

// Fate is what became of what the person waits for.
type Fate struct {
	Over    bool
	Outcome string
	Why     string
	Failed  bool
}

// Look is what is known when somebody walks.
type Look struct {
	Now  int64
	Zone *time.Location
	// Holds tells whether the way of a step is open to them.
	Holds func(s *graph.Step, way int) Truth
	// Lot puts another way in the place of the one that was drawn at a split; nil:
	// it is as it was drawn.
	Lot func(s *graph.Step, drawn int) int
	// Date is the date that a trait holds.
	Date func(trait string) (time.Time, bool)
	// Can tells why a step cannot be done for them; empty: it can.
	Can func(s *graph.Step) (outcome, why string)
	// Fate tells what became of the message or the call that they wait for.
	Fate func() Fate
}

// Left is a step that somebody has left.
type Left struct {
	Visit       int64
	Step        *graph.Step
	Arrived, At int64
	Way         int // index of its ways, graph.Default, or Ended
	Outcome     string
	Why         string
}

// Ended as the way out of a step says that the walk ended there.
const Ended = -2

// Act is a step that is to be done for somebody.
type Act struct {
	Visit int64
	Step  *graph.Step
}

// Result is how far somebody came.
type Result struct {
	State
	Left   []Left
	Acts   []Act
	Goal   bool   // they came by a step that says that the goal is reached
	Status string // Done, Failed; empty: they are still inside
	Why    string
}

// most is how many steps are done in one go.
const most = 100

// pollFirst is when a message is looked after for the first time.
const (
	second    = int64(time.Second / time.Microsecond)
	pollFirst = 2 * second
	pollMost  = 600 * second
	again     = 600 * second // when a condition that could not be read is tried again
	grace     = 60 * second  // that the outbox has to say that a message is over
)

// On walks as far as can be walked now.
func On(journey, run string, g *graph.Graph, from State, look Look) Result {
	w := &walker{journey: journey, run: run, g: g, look: look, r: Result{State: from}}
	for range most {
		s := g.Step(w.r.Step)
		if s == nil {
			w.end(Failed, "lost")
			return w.r
		}
		if !w.step(s) {
			return w.r
		}
	}
	w.stay(Go, look.Now)
	return w.r
}

// Place puts somebody down at a step to which they were moved: what they wait for
// there begins at once; what is to be done there is for [On] to do.
func Place(g *graph.Graph, at State, look Look) State {
	s := g.Step(at.Step)
	at.Wait, at.Due, at.Until, at.Kind, at.Arrived = Go, look.Now, 0, "", look.Now
	if s == nil || !s.Kind.Waits() {
		return at
	}
	w := &walker{g: g, look: look, r: Result{State: at}}
	w.do(s)
	if len(w.r.Left) > 0 { // a day that is over
		return at
	}
	return w.r.State
}

type walker struct {
	journey, run string
	g            *graph.Graph
	look         Look
	r            Result
	changed      bool // what conditions ask has changed on the way
}

// step does what can be done where they are; false: they stay, or it is over.
func (w *walker) step(s *graph.Step) bool {
	switch w.r.Wait {
	case Begin:
		w.r.Arrived = w.look.Now
	case Time:
		if w.r.Due > w.look.Now {
			return false
		}
		return w.leave(s, graph.Default, "", "")
	case Event:
		if w.r.Due > w.look.Now {
			return false
		}
		return w.leave(s, graph.Default, Timeout, "")
	case Happened:
		return w.leave(s, 0, Came, "")
	case Message:
		return w.message(s)
	case Webhook:
		return false
	case Answered:
		return w.settled(s, w.look.Fate())
	case Pass:
		return w.leave(s, graph.Default, WasPassed, "")
	}
	return w.do(s)
}

// do does the step to which they have come.
func (w *walker) do(s *graph.Step) bool {
	now := w.look.Now
	switch s.Kind {
	case graph.Wait:
		return w.stay(Time, w.r.Arrived+s.Seconds*second)
	case graph.WaitUntil:
		return w.stay(Time, NextAt(w.r.Arrived, w.look.Zone, s.At, s.Days))
	case graph.WaitDate:
		date, ok := w.look.Date(s.Trait)
		if !ok {
			return w.leave(s, graph.Default, Missing, "")
		}
		at := OnDate(date, s.Offset, w.look.Zone, s.At)
		if s.Yearly {
			at = NextYearly(w.r.Arrived, date, s.Offset, w.look.Zone, s.At)
		}
		if at <= now {
			return w.leave(s, graph.Default, WasPast, "")
		}
		return w.stay(Time, at)
	case graph.WaitEvent:
		w.r.Kind = s.Event
		return w.stay(Event, w.r.Arrived+s.Seconds*second)
	case graph.Branch, graph.Property, graph.Reachable:
		return w.decide(s)
	case graph.Split:
		way := Share(s, w.journey, w.run)
		if w.look.Lot != nil {
			way = w.look.Lot(s, way)
		}
		return w.leave(s, way, "", "")
	case graph.Goal:
		w.r.Goal = true
		return w.leave(s, graph.Default, "", "")
	case graph.Exit:
		w.left(s, Ended, "", "")
		w.end(Done, "exit")
		return false
	}
	return w.act(s)
}

// decide takes the first way that is open.
func (w *walker) decide(s *graph.Step) bool {
	for i := range s.Ways {
		is := w.look.Holds(s, i)
		if w.changed && s.Kind != graph.Property {
			is = Unknown
		}
		switch is {
		case Yes:
			return w.leave(s, i, "", "")
		case Unknown:
			// The longer it takes, the less often it is looked at again.
			return w.stay(Facts, w.look.Now+min(5*second, max(second/100, (w.look.Now-w.r.Arrived)/4)))
		case Unreadable:
			return w.stay(Broken, w.look.Now+again)
		}
	}
	return w.leave(s, graph.Default, "", "")
}

// act does a step that others notice.
func (w *walker) act(s *graph.Step) bool {
	if outcome, why := w.look.Can(s); outcome != "" {
		return w.settled(s, Fate{Over: true, Outcome: outcome, Why: why, Failed: outcome == WasFailed})
	}
	w.r.Acts = append(w.r.Acts, Act{w.r.Visit, s})
	w.changed = w.changed || s.Kind.Changes()
	switch s.Kind {
	case graph.Message:
		if s.Message.NoWait {
			return w.leave(s, graph.Default, Handed, "")
		}
		w.r.Until = w.r.Arrived + int64(s.Message.Patience()/time.Microsecond)
		return w.stay(Message, w.look.Now+pollFirst)
	case graph.Webhook:
		return w.stay(Webhook, 0)
	}
	return w.leave(s, graph.Default, WasDone, "")
}

// message looks after a message that was handed over. How long it is waited
// grows with how long it has been waited, so that many who wait for the morning
// cost little.
func (w *walker) message(s *graph.Step) bool {
	now := w.look.Now
	f := w.look.Fate()
	switch {
	case f.Over:
		return w.settled(s, f)
	case now >= w.r.Until+grace:
		return w.settled(s, Fate{Outcome: Expired, Why: f.Why, Failed: true})
	}
	next := now + min(pollMost, max(pollFirst, (now-w.r.Arrived)/2))
	if now < w.r.Until {
		next = min(next, w.r.Until+second)
	}
	return w.stay(Message, next)
}

// settled goes on after what was to be done, or stops where it failed.
func (w *walker) settled(s *graph.Step, f Fate) bool {
	if f.Failed && s.OnError == graph.Stop {
		w.r.Wait, w.r.Due, w.r.Until, w.r.Kind = Stopped, 0, 0, ""
		w.end(Failed, f.Why)
		if f.Why == "" {
			w.r.Why = f.Outcome
		}
		return false
	}
	return w.leave(s, graph.Default, f.Outcome, f.Why)
}

func (w *walker) stay(wait string, due int64) bool {
	w.r.Wait, w.r.Due = wait, due
	if due != 0 && due <= w.look.Now && (wait == Time || wait == Event) {
		return true // it is due already
	}
	return false
}

func (w *walker) left(s *graph.Step, way int, outcome, why string) {
	w.r.Left = append(w.r.Left, Left{Visit: w.r.Visit, Step: s, Arrived: w.r.Arrived, At: w.look.Now, Way: way, Outcome: outcome, Why: why})
}

// leave goes on to the next step.
func (w *walker) leave(s *graph.Step, way int, outcome, why string) bool {
	w.left(s, way, outcome, why)
	next := s.Follow(way)
	if next == "" {
		w.end(Done, "")
		return false
	}
	w.r.State = State{Step: next, Visit: w.r.Visit + 1, Arrived: w.look.Now}
	return true
}

func (w *walker) end(status, why string) {
	w.r.Status, w.r.Why = status, why
	w.r.Due, w.r.Until, w.r.Kind = 0, 0, ""
}

// whole is all of the shares, in basis points.
const whole = 10_000

// Draw is a number from 0 to 9,999 that is the same whenever it is drawn for the
// same.
func Draw(of ...string) int {
	h := sha256.New()
	for _, s := range of {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return int(binary.BigEndian.Uint64(h.Sum(nil)) % whole) //nolint:gosec // below 10,000
}

// Share is the way of a run out of a step that splits.
func Share(s *graph.Step, journey, run string) int {
	n := Draw(journey, s.ID, run)
	for i, w := range s.Ways {
		if n -= w.ShareBP; n < 0 {
			return i
		}
	}
	return graph.Default
}
