package model

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/journey/graph"
)

// The states of a run.
const (
	Active    = "active"
	Done      = "done"
	Exited    = "exited"
	Cancelled = "cancelled"
	Failed    = "failed"
	Holdout   = "holdout"
)

// The kinds of facts that mean something beyond what journeys name.
const (
	ConsentWithdrawn = "consent.withdrawn"
	SegmentEntered   = "segment.entered"
	SegmentLeft      = "segment.left"
	Merged           = "person.merged"
	Split            = "person.split"
)

// Fact is a fact on the timeline; its place is its index in [World.Log] plus one.
type Fact struct {
	Kind     string
	Person   string
	Occurred int64 // UTC microseconds
	Data     map[string]string
	Recorded int64
}

// Person is what is true of a person.
type Person struct {
	Tags     map[string]bool
	Traits   map[string]string // birthday, time_zone and all others
	Carriers map[string]bool
	Staff    bool // somebody looks after them
	Speaker  string
	Gone     bool
}

// Journey is a journey that was published at least once.
type Journey struct {
	ID       string
	Status   string // live, paused, ended
	Versions []graph.Spec
	First    int64 // when it was first published
	Dates    int64 // up to when dates have been looked at
}

func (j *Journey) newest() *graph.Spec { return &j.Versions[len(j.Versions)-1] }

// Visit is an arrival at a step, and how it was left.
type Visit struct {
	N       int
	Step    string
	Version int
	Arrived int64
	Left    int64 // 0: still there
	Way     int   // -1: next; -2: the run ended there
	Outcome string
}

// Effect is something that a step did.
type Effect struct{ Key, What, Person string }

// Run is one person's walk.
type Run struct {
	ID, Journey, CameAs, Entry string
	Version, CameIn            int // the version, and that with which they came in
	Status, Why                string
	Entered, Converted         int64
	Path                       []Visit
	Data                       map[string]string
	Depth                      int
	Retried                    int

	begun   bool  // no longer before the first step
	due     int64 // since when, or from when on, something is to be done
	fresh   bool  // arrived at the step, which has not been done
	pass    bool  // the step is only passed
	hit     bool  // what is waited for has occurred
	until   int64 // deadline of what is waited for
	know    int   // how far the facts must have been followed
	changed bool  // by this very walk
	pending string
	broken  bool
	skip    string // why a wait for a date is none
}

func (r *Run) here() *Visit { return &r.Path[len(r.Path)-1] }

// Merge is that two people turned out to be one.
type Merge struct {
	Winner, Loser string
	Members       []string // the loser and all who were merged into it before
}

// World is everything.
type World struct {
	Now       int64
	People    map[string]*Person
	Journeys  []*Journey
	Runs      []*Run
	Log       []Fact
	Followed  int // journeys have followed the facts to there
	Known     int // conditions have
	Effects   []Effect
	CalledOff map[string]bool   // messages, tasks and calls by key
	Settled   map[string]string // what became of messages and calls, by key
	Broken    map[string]bool   // conditions that cannot be asked
	Lost      map[string]bool   // tags that are gone
	Zone      *time.Location    // of the brand
	Merges    []Merge
	seen      map[string]Person // as conditions know people
	// Name gives a run its id, which is not for the model to choose.
	Name func(r *Run) string
}

// New is an empty world.
func New(zone *time.Location, name func(r *Run) string) *World {
	return &World{People: map[string]*Person{}, CalledOff: map[string]bool{}, Settled: map[string]string{}, Broken: map[string]bool{}, Lost: map[string]bool{}, Zone: zone, Name: name}
}

func (w *World) journey(id string) *Journey {
	for _, j := range w.Journeys {
		if j.ID == id {
			return j
		}
	}
	return nil
}

func (w *World) spec(r *Run) *graph.Spec { return &w.journey(r.Journey).Versions[r.Version-1] }

func (w *World) speaker(person string) string {
	if p := w.People[person]; p != nil {
		return p.Speaker
	}
	return person
}

// runs are those that belong to who speaks for a person, oldest first.
func (w *World) runs(person string) (out []*Run) {
	for _, r := range w.Runs {
		if w.speaker(r.CameAs) == w.speaker(person) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, older)
	return out
}

func older(a, b *Run) int { return cmp.Or(cmp.Compare(a.Entered, b.Entered), cmp.Compare(a.ID, b.ID)) }

// Enter lets somebody in, if the journey's rules do; "" or why not.
func (w *World) Enter(journey, person, key string, data map[string]string, at int64, place, depth int) string {
	j := w.journey(journey)
	if j == nil || j.Status == "ended" {
		return "ended"
	}
	if depth > 10 {
		return "depth"
	}
	if p := w.People[person]; p == nil || w.People[p.Speaker].Gone {
		return "gone"
	}
	s := j.newest()
	entry, last, active := "1", int64(0), false
	had := map[string]bool{}
	var mine []*Run
	for _, r := range w.runs(person) {
		if r.Journey == journey {
			mine = append(mine, r)
			last, active = max(last, r.Entered), active || r.Status == Active
			had[r.Entry] = true
		}
	}
	switch s.Frequency.Kind {
	case graph.Once:
		if len(mine) > 0 {
			return "once"
		}
	case graph.Again:
		switch {
		case active:
			return "inside"
		case len(mine) > 0 && at < last+int64(s.Frequency.Days)*day:
			return "again"
		}
		n := len(had) + 1
		for had[strconv.Itoa(n)] {
			n++
		}
		entry = strconv.Itoa(n)
	default:
		if key == "" {
			return "key"
		}
		for _, r := range mine {
			if r.Entry == key {
				return "once"
			}
		}
		entry = key
	}
	r := &Run{Journey: journey, CameAs: w.speaker(person), Entry: entry, Version: len(j.Versions), CameIn: len(j.Versions), Status: Active, Entered: at, Data: data, Depth: depth, due: w.Now, know: place}
	if number(journey, "holdout", r.CameAs) < s.HoldoutBP {
		r.Status = Holdout
	}
	r.ID = w.Name(r)
	w.Runs = append(w.Runs, r)
	if r.Status == Active {
		w.arrive(r, s.Graph.Steps[0].ID)
		r.due = w.Now
	}
	return ""
}

// end ends a run where it is, and calls off what it left behind.
func (w *World) end(r *Run, status, why string) {
	if r.Status == Active {
		if h := r.here(); h.Left == 0 {
			h.Left, h.Way, h.Outcome = w.Now, -2, why
		}
		w.callOff(r)
	}
	r.Status, r.Why, r.pending = status, why, ""
}

// callOff calls off all that a run began and that is not settled.
func (w *World) callOff(r *Run) {
	for _, e := range w.Effects {
		if strings.HasPrefix(e.Key, r.ID+":") && w.Settled[e.Key] == "" {
			switch kind, _, _ := strings.Cut(e.What, " "); kind {
			case "message", "task", "webhook":
				w.CalledOff[e.Key] = true
			}
		}
	}
}

// Open are the keys of what is neither settled nor called off, of a kind.
func (w *World) Open(kind string) (out []string) {
	for _, e := range w.Effects {
		if strings.HasPrefix(e.What, kind+" ") && w.Settled[e.Key] == "" && !w.CalledOff[e.Key] {
			out = append(out, e.Key)
		}
	}
	slices.Sort(out)
	return out
}

// Settle says what became of a message or call.
func (w *World) Settle(key, outcome string) {
	w.Settled[key] = outcome
	for _, r := range w.Runs {
		if r.pending == key && w.spec(r).Graph.Step(r.here().Step).Kind == graph.Webhook {
			r.due = w.Now
		}
	}
}

// Follow puts the next fact to the journeys.
func (w *World) Follow() {
	f := w.Log[w.Followed]
	w.Followed++
	place := w.Followed
	switch f.Kind {
	case Merged:
		w.merged(f.Person)
		return
	case Split:
		return
	}
	for _, r := range w.runs(f.Person) {
		s := w.spec(r)
		if f.Kind == ConsentWithdrawn {
			if r.Status == Active && f.Data["purpose"] == s.Purpose && s.Purpose != graph.Transactional {
				w.end(r, Cancelled, "consent")
			}
		}
		w.goal(r, f)
		if r.Status == Active {
			w.exits(r, s, f)
		}
		if r.Status == Active {
			w.awaited(r, s, f, place)
		}
	}
	for _, j := range w.Journeys {
		s := j.newest()
		if j.Status == "ended" || f.Occurred < j.First || f.Occurred < f.Recorded-3*day {
			continue
		}
		switch e := s.Entry; {
		case e.Kind == graph.ByEvent && e.Event == f.Kind && w.meets(e.Where, f.Data),
			e.Kind == graph.BySegment && f.Kind == SegmentEntered && f.Data["segment_id"] == e.SegmentID && f.Data["cause"] != "created" && f.Data["cause"] != "edited":
			w.Enter(j.ID, f.Person, f.Data[s.Frequency.Key], f.Data, f.Occurred, place, 0)
		}
	}
}

// LookAtDates lets in whose date has come since dates were looked at last, or in the
// last three days if that was longer ago.
func (w *World) LookAtDates() {
	for _, j := range w.Journeys {
		e := j.newest().Entry
		if j.Status == "ended" || e.Kind != graph.ByDate || j.Dates >= w.Now {
			continue
		}
		from := max(j.Dates, w.Now-3*day)
		j.Dates = w.Now
		for _, id := range slices.Sorted(maps.Keys(w.People)) {
			p := w.People[id]
			if p.Speaker != id {
				continue
			}
			at, ok := onDate(w.zoneOf(p), p.Traits[e.Trait], e.Offset, e.At)
			if e.Yearly {
				at, ok = InYears(w.zoneOf(p), from, p.Traits[e.Trait], e.Offset, e.At)
			}
			if ok && from < at && at <= w.Now {
				w.Enter(j.ID, id, "", nil, at, 0, 0)
			}
		}
	}
}

// goal counts a fact as the goal of a run, if it is.
func (w *World) goal(r *Run, f Fact) {
	g := w.journey(r.Journey).Versions[r.CameIn-1].Goal
	if g == nil || r.Converted != 0 || r.Why == "merged" || g.Event != f.Kind || !w.meets(g.Where, f.Data) {
		return
	}
	if f.Occurred <= r.Entered || f.Occurred > r.Entered+int64(g.Days)*day {
		return
	}
	r.Converted = f.Occurred
	if g.Leave && r.Status == Active {
		w.end(r, Done, "goal")
	}
}

func (w *World) exits(r *Run, s *graph.Spec, f Fact) {
	for _, x := range s.Exits {
		switch {
		case f.Occurred <= r.Entered || r.Status != Active:
		case x.Event != "" && x.Event == f.Kind && w.meets(x.Where, f.Data):
			w.end(r, Exited, "event")
		case x.SegmentID != "" && x.SegmentID == f.Data["segment_id"] && f.Kind == "segment."+x.On:
			w.end(r, Exited, "segment")
		}
	}
}

func (w *World) awaited(r *Run, s *graph.Spec, f Fact, place int) {
	if !r.begun || r.fresh || r.hit {
		return
	}
	st := s.Graph.Step(r.here().Step)
	if st.Kind == graph.WaitEvent && st.Event == f.Kind && w.meets(st.Where, f.Data) && r.here().Arrived <= f.Occurred && f.Occurred < r.until {
		r.hit, r.know, r.due, r.Data, r.Depth = true, place, w.Now, f.Data, 0
	}
}

// merged ends the younger of two active runs that became one person's.
func (w *World) merged(person string) {
	seen := map[string]bool{}
	for _, r := range w.runs(person) {
		if r.Status != Active {
			continue
		}
		key := r.Journey
		if w.spec(r).Frequency.Kind == graph.ByKey {
			key += " " + r.Entry
		}
		if seen[key] {
			w.end(r, Cancelled, "merged")
		}
		seen[key] = true
	}
}

// Gone is somebody's erasure.
func (w *World) Gone(person string) {
	for _, r := range w.runs(person) {
		if r.Status == Active {
			w.end(r, Cancelled, "gone")
		}
	}
}

// meets tells whether a condition "key = value" or "key >= number" holds for the
// properties of an event.
func (w *World) meets(where string, data map[string]string) bool {
	if where == "" {
		return true
	}
	f := strings.Fields(where)
	got, ok := data[f[0]]
	if !ok {
		return false
	}
	if f[1] == "=" {
		return got == f[2]
	}
	a, _ := strconv.Atoi(got)
	b, _ := strconv.Atoi(f[2])
	return a >= b
}

// holds tells whether "tag x" or "trait k v" holds for a person.
func (w *World) holds(when, person string) bool {
	p, f := w.seen[w.speaker(person)], strings.Fields(when)
	if f[0] == "tag" {
		return p.Tags[f[1]]
	}
	return p.Traits[f[1]] == f[2]
}

// Retry takes a failed run up again.
func (w *World) Retry(r *Run) bool {
	if r.Status != Failed || w.journey(r.Journey).Status == "ended" {
		return false
	}
	for _, o := range w.runs(r.CameAs) {
		if o.Journey == r.Journey && o.Status == Active && w.spec(r).Frequency.Kind != graph.ByKey {
			return false
		}
	}
	r.Status, r.Why = Active, ""
	h := r.here()
	h.Left, h.Way, h.Outcome = w.Now, -2, "failed"
	w.arrive(r, h.Step)
	return true
}
