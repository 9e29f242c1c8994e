package model

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/journey/graph"
)

// Tick does all that is due, in its order, until nothing is.
func (w *World) Tick() {
	for {
		var due []*Run
		for _, r := range w.Runs {
			if w.ready(r) {
				due = append(due, r)
			}
		}
		if len(due) == 0 {
			return
		}
		slices.SortFunc(due, func(a, b *Run) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.ID, b.ID)) })
		for _, r := range due {
			if w.ready(r) {
				w.walk(r)
			}
		}
	}
}

// ready tells whether there is something to do for a run now.
func (w *World) ready(r *Run) bool {
	if r.Status != Active || w.journey(r.Journey).Status != "live" {
		return false
	}
	if !r.begun || r.fresh || r.hit {
		return r.due <= w.Now // a clock that was put back comes there again
	}
	st := w.spec(r).Graph.Step(r.here().Step)
	switch st.Kind {
	case graph.Wait, graph.WaitUntil, graph.WaitDate:
		return r.due <= w.Now
	case graph.WaitEvent:
		return r.until <= w.Now && w.told(r.until)
	case graph.Message:
		return r.due <= w.Now
	case graph.Webhook:
		return w.Settled[r.pending] != "" && r.due <= w.Now
	}
	return r.due <= w.Now
}

// told tells whether all has been followed that was told by some time.
func (w *World) told(by int64) bool {
	for _, f := range w.Log[w.Followed:] {
		if f.Recorded <= by {
			return false
		}
	}
	return true
}

func (w *World) arrive(r *Run, step string) {
	r.Path = append(r.Path, Visit{N: len(r.Path) + 1, Step: step, Version: r.Version, Arrived: w.Now})
	r.due, r.fresh, r.pass, r.hit, r.until, r.pending, r.broken, r.skip = w.Now, true, false, false, 0, "", false, ""
	switch st := w.spec(r).Graph.Step(step); st.Kind {
	case graph.Wait, graph.WaitUntil, graph.WaitDate, graph.WaitEvent:
		r.fresh = false
		r.skip = w.begin(r, st)
	}
}

// leave goes on by a way; false: the run has ended.
func (w *World) leave(r *Run, way int, why string) bool {
	h := r.here()
	st := w.spec(r).Graph.Step(h.Step)
	h.Left, h.Way, h.Outcome = w.Now, way, why
	to := st.Next
	if way >= 0 {
		to = st.Ways[way].Next
	}
	if to == "" {
		r.Status, r.Why = Done, ""
		return false
	}
	w.arrive(r, to)
	return true
}

// walk does what there is to do for a run, as far as it takes no time.
func (w *World) walk(r *Run) {
	r.changed = false
	if !r.begun {
		first := r.here().Step
		r.Path = nil
		w.arrive(r, first)
		r.begun = true
	}
	for {
		way, why, on := w.step(r)
		if !on || !w.leave(r, way, why) {
			return
		}
	}
}

const next = -1

// step does the step where a run is; false: the person stays, or has left.
func (w *World) step(r *Run) (way int, why string, on bool) {
	st := w.spec(r).Graph.Step(r.here().Step)
	if r.pass {
		return next, "passed", true
	}
	switch st.Kind {
	case graph.Wait, graph.WaitUntil, graph.WaitDate:
		return next, r.skip, r.due <= w.Now
	case graph.WaitEvent:
		switch {
		case r.hit:
			return 0, "happened", true
		case r.until <= w.Now && w.told(r.until):
			return next, "timeout", true
		}
		return 0, "", false
	case graph.Branch, graph.Reachable:
		return w.choose(r, st)
	case graph.Property:
		for i, o := range st.Ways {
			if w.meets(o.When, r.Data) {
				return i, "", true
			}
		}
		return next, "", true
	case graph.Split:
		n := number(r.Journey, st.ID, r.ID)
		for i, o := range st.Ways {
			if n < o.ShareBP {
				return i, "", true
			}
			n -= o.ShareBP
		}
		return next, "", true
	case graph.Goal:
		if r.Converted == 0 {
			r.Converted = w.Now
		}
		return next, "", true
	case graph.Exit:
		r.here().Left, r.here().Way = w.Now, -2
		r.Status, r.Why = Done, "exit"
		return 0, "", false
	}
	return w.act(r, st)
}

// zoneOf is whose clock counts for a person.
func (w *World) zoneOf(p *Person) *time.Location {
	if z, err := time.LoadLocation(p.Traits["time_zone"]); err == nil && p.Traits["time_zone"] != "" {
		return z
	}
	return w.Zone
}

// begin begins a wait; of one that is none it says why.
func (w *World) begin(r *Run, st *graph.Step) (why string) {
	p := w.People[w.speaker(r.CameAs)]
	zone := w.zoneOf(p)
	switch st.Kind {
	case graph.Wait:
		r.due = w.Now + st.Seconds*second
	case graph.WaitUntil:
		r.due = NextHour(zone, w.Now, st.At, st.Days)
	case graph.WaitEvent:
		r.until = w.Now + st.Seconds*second
		r.due = r.until
	default:
		at, ok := onDate(zone, p.Traits[st.Trait], st.Offset, st.At)
		if st.Yearly {
			at, ok = InYears(zone, w.Now, p.Traits[st.Trait], st.Offset, st.At)
		}
		switch {
		case !ok:
			return "missing"
		case at <= w.Now:
			return "past"
		}
		r.due = at
	}
	return ""
}

// choose takes the first way whose condition holds, once the facts are there.
func (w *World) choose(r *Run, st *graph.Step) (way int, why string, on bool) {
	r.fresh = false
	if w.Known < r.know || r.changed {
		r.due = w.Now + min(5*second, max(second/100, (w.Now-r.here().Arrived)/4))
		return 0, "", false
	}
	for i, o := range st.Ways {
		switch {
		case st.Kind == graph.Branch && w.Broken[o.When]:
			r.broken, r.due = true, w.Now+600*second
			return 0, "", false
		case st.Kind == graph.Branch && w.holds(o.When, r.CameAs), st.Kind == graph.Reachable && w.seen[w.speaker(r.CameAs)].Carriers[o.When]:
			return i, "", true
		}
	}
	return next, "", true
}

// act does a step that does something, or looks what became of it.
func (w *World) act(r *Run, st *graph.Step) (way int, why string, on bool) {
	if r.pending != "" {
		outcome := w.Settled[r.pending]
		h := r.here()
		var over int64
		if st.Kind == graph.Message {
			over = h.Arrived + int64(st.Message.Patience()/time.Microsecond)
		}
		switch {
		case outcome == "" && st.Kind == graph.Message && w.Now >= over+60*second:
			return w.failed(r, st, "expired")
		case outcome == "":
			r.due = w.Now + min(600*second, max(2*second, (w.Now-h.Arrived)/2))
			if w.Now < over {
				r.due = min(r.due, over+second)
			}
			return 0, "", false
		case outcome != "sent" && outcome != "done":
			return w.failed(r, st, outcome)
		}
		return next, outcome, true
	}
	r.fresh = false
	h := r.here()
	key := fmt.Sprintf("%s:%d", r.ID, h.N)
	p := w.People[w.speaker(r.CameAs)]
	do := func(what string) { w.Effects = append(w.Effects, Effect{key, what, w.speaker(r.CameAs)}) }
	tell := func(kind string) {
		w.Log = append(w.Log, Fact{Kind: kind, Person: w.speaker(r.CameAs), Occurred: w.Now, Recorded: w.Now, Data: map[string]string{"tag_id": st.Use, "key": st.Trait}})
	}
	if st.Kind.Changes() {
		defer func() { r.know, r.changed = len(w.Log), true }()
	}
	switch st.Kind {
	case graph.Message, graph.Webhook:
		do(string(st.Kind) + " " + st.ID)
		if st.Kind == graph.Message && st.Message.NoWait {
			return next, "handed", true
		}
		r.pending, r.due = key, w.Now+2*second
		return 0, "", false
	case graph.Tag:
		if w.Lost[st.Use] {
			return w.failed(r, st, "failed")
		}
		do("tag " + st.Use)
		if p.Tags[st.Use] == st.Off {
			p.Tags[st.Use] = !st.Off
			if st.Off {
				tell("tag.removed")
			} else {
				tell("tag.added")
			}
		}
	case graph.Trait:
		do("trait " + st.Trait + "=" + st.Text)
		if p.Traits[st.Trait] != st.Text {
			p.Traits[st.Trait] = st.Text
			tell("person.updated")
		}
	case graph.Note:
		do("note " + st.Text)
		tell("note.added")
	case graph.Task:
		if !p.Staff {
			return next, "skipped", true
		}
		do("task " + st.Text)
	case graph.Enter:
		do("enter " + st.Use)
		if j := w.journey(st.Use); j != nil && len(j.Versions) > 0 {
			w.Enter(st.Use, w.speaker(r.CameAs), r.Data[j.newest().Frequency.Key], r.Data, w.Now, r.know, r.Depth+1)
		}
	}
	return next, "done", true
}

// failed is what becomes of a run whose step could not be done.
func (w *World) failed(r *Run, st *graph.Step, why string) (int, string, bool) {
	if st.OnError != graph.Stop {
		return next, why, true
	}
	r.Status, r.Why = Failed, why
	return 0, "", false
}

// Publish makes a new version the newest, and moves who is inside if told to:
// a mapping names old steps and new ones, "" to leave. False: it leaves somebody
// nowhere, and nothing is published.
func (w *World) Publish(j *Journey, s graph.Spec, move bool, mapping map[string]string) bool {
	if len(j.Versions) == 0 {
		j.First, j.Dates, j.Status = w.Now, w.Now, "live"
	} else if move {
		for _, r := range w.Runs {
			if r.Journey == j.ID && (r.Status == Active || r.Status == Failed) {
				to, named := mapping[r.here().Step]
				if !named && s.Graph.Step(r.here().Step) == nil || to != "" && s.Graph.Step(to) == nil {
					return false
				}
			}
		}
	}
	j.Versions = append(j.Versions, s)
	for _, r := range w.Runs {
		if r.Journey != j.ID || r.Status != Active {
			continue
		}
		if r.broken {
			r.due = w.Now
		}
		if move && len(j.Versions) > 1 {
			w.move(j, r, mapping)
		}
	}
	return true
}

func (w *World) move(j *Journey, r *Run, mapping map[string]string) {
	h := r.here()
	old := w.spec(r).Graph.Step(h.Step)
	to, named := mapping[h.Step]
	switch {
	case named && to == "":
		w.end(r, Cancelled, "mapped")
		return
	case !named:
		to = h.Step
	}
	st := j.newest().Graph.Step(to)
	switch {
	case to == h.Step && same(*st, *old):
		r.Version, h.Version = len(j.Versions), len(j.Versions)
		return
	case !r.begun:
		r.Version, h.Version, h.Step = len(j.Versions), len(j.Versions), to
		return
	}
	w.callOff(r)
	h.Left, h.Way = w.Now, -3
	did := false
	for _, v := range r.Path {
		if v.Step == to && v.Outcome != "failed" && v.Outcome != "skipped" {
			did = did || w.journey(r.Journey).Versions[v.Version-1].Graph.Step(to).Kind.Acts()
		}
	}
	r.Version = len(j.Versions)
	w.arrive(r, to)
	r.pass = did && st.Kind.Acts()
}

// same tells whether who is at a step need not come to it anew: what was done
// there was done, and what is waited for is the same.
func same(a, b graph.Step) bool {
	plain := func(s graph.Step) string {
		s.Name, s.Next, s.Ways = "", "", nil
		text, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		return string(text)
	}
	return a.Kind == b.Kind && (a.Kind.Acts() || plain(a) == plain(b))
}

// Pause and the like change a journey's state.
func (w *World) Set(j *Journey, status string) {
	if j.Status == "ended" {
		return
	}
	j.Status = status
	if status == "ended" {
		for _, r := range w.Runs {
			if r.Journey == j.ID && r.Status == Active {
				w.end(r, Cancelled, "ended")
			}
		}
	}
}
