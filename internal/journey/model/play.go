package model

import (
	"fmt"
	"maps"
	"slices"

	"fishpond/internal/journey/graph"
)

// Deed is an [Op] with what it means in a world.
type Deed struct {
	Op
	Journey *Journey
	Person  string
	Other   string
	Run     *Run
	Key     string
	Fact    Fact
	Spec    graph.Spec
}

// Begin makes the people of a story, as per_1 and so on.
func (w *World) Begin(s Story) {
	for i := range s.People {
		p := s.People[i]
		p.Speaker, p.Tags = fmt.Sprintf("per_%d", i+1), map[string]bool{}
		p.Traits, p.Carriers = maps.Clone(p.Traits), maps.Clone(p.Carriers)
		w.People[p.Speaker] = &p
	}
	w.know()
}

// Named puts the ids of journeys where a story has their numbers.
func (w *World) Named(s graph.Spec, ids []string) graph.Spec {
	s.Graph.Steps = slices.Clone(s.Graph.Steps)
	for i := range s.Graph.Steps {
		if st := &s.Graph.Steps[i]; st.Kind == graph.Enter {
			var n int
			if _, err := fmt.Sscanf(st.Use, "J%d", &n); err != nil {
				panic(err)
			}
			st.Use = ids[n%len(ids)]
		}
	}
	return s
}

// Plan says what an op means here and now; false: nothing.
func (w *World) Plan(o Op) (d Deed, ok bool) {
	d = Deed{Op: o, Journey: w.Journeys[o.A%len(w.Journeys)]}
	d.Person = w.speaker(fmt.Sprintf("per_%d", 1+o.B%len(w.People)))
	runs := func(status string) bool {
		var all []*Run
		for _, r := range w.Runs {
			if r.Status == status {
				all = append(all, r)
			}
		}
		if len(all) > 0 {
			d.Run = all[o.B%len(all)]
			d.Journey = w.journey(d.Run.Journey)
		}
		return len(all) > 0
	}
	open := func(kind string) bool {
		keys := w.Open(kind)
		if len(keys) > 0 {
			d.Key = keys[o.B%len(keys)]
		}
		return len(keys) > 0
	}
	switch o.Do {
	case OpFact:
		d.Fact = Fact{Kind: o.Text, Person: d.Person, Occurred: w.Now - o.For, Data: o.Data}
	case OpSettle:
		return d, open("message")
	case OpAnswer:
		return d, open("webhook")
	case OpRemove:
		return d, runs(Active)
	case OpRetry:
		return d, runs(Failed) && d.Journey.Status != "ended"
	case OpPause:
		return d, d.Journey.Status == "live"
	case OpResume:
		return d, d.Journey.Status == "paused"
	case OpEnd:
		return d, d.Journey.Status != "ended"
	case OpPublish, OpBad:
		var ids []string
		for _, j := range w.Journeys {
			ids = append(ids, j.ID)
		}
		d.Spec = w.Named(*o.Spec, ids)
		return d, d.Journey.Status != "ended"
	case OpMerge:
		d.Other = w.speaker(fmt.Sprintf("per_%d", 1+o.A%len(w.People)))
		return d, d.Other != d.Person
	case OpSplit:
		return d, len(w.Merges) > 0
	}
	return d, true
}

// Do lets a deed happen.
func (w *World) Do(d Deed) {
	p := w.People[d.Person]
	switch d.Op.Do {
	case OpPass:
		w.Now += d.For
	case OpFact:
		d.Fact.Recorded = w.Now
		w.Log = append(w.Log, d.Fact)
	case OpFollow:
		w.follow()
	case OpKnow:
		w.know()
	case OpTick:
		w.Tick()
	case OpDates:
		w.LookAtDates()
	case OpSettle, OpAnswer:
		w.Settle(d.Key, d.Text)
	case OpEnter:
		w.Enter(d.Journey.ID, d.Person, d.Text, nil, w.Now, 0, 0)
	case OpRemove:
		w.end(d.Run, Cancelled, "removed")
	case OpRetry:
		w.Retry(d.Run)
	case OpPause:
		w.Set(d.Journey, "paused")
	case OpResume:
		w.Set(d.Journey, "live")
	case OpEnd:
		w.Set(d.Journey, "ended")
	case OpPublish:
		w.Publish(d.Journey, d.Spec, d.Move, d.Map)
	case OpMerge:
		w.follow()
		m := Merge{Winner: d.Person, Loser: d.Other}
		for id, o := range w.People {
			if o.Speaker == d.Other {
				m.Members = append(m.Members, id)
			}
		}
		slices.Sort(m.Members)
		for _, id := range m.Members {
			w.People[id].Speaker = d.Person
		}
		w.Merges = append(w.Merges, m)
		w.Log = append(w.Log, Fact{Kind: Merged, Person: d.Person, Occurred: w.Now, Recorded: w.Now})
		w.follow()
	case OpSplit:
		w.follow()
		m := w.Merges[len(w.Merges)-1]
		w.Merges = w.Merges[:len(w.Merges)-1]
		for _, id := range m.Members {
			w.People[id].Speaker = m.Loser
		}
		w.Log = append(w.Log, Fact{Kind: Split, Person: m.Winner, Occurred: w.Now, Recorded: w.Now})
		w.follow()
	case OpChange:
		switch to := d.Data["to"]; d.Text {
		case "tag":
			p.Tags[to] = !p.Tags[to]
		case "staff":
			p.Staff = !p.Staff
		case "carrier":
			p.Carriers["wecom"] = !p.Carriers["wecom"]
		default:
			p.Traits[d.Text] = to
		}
	case OpBreak:
		w.Broken[d.Text] = true
	case OpMend:
		delete(w.Broken, d.Text)
	case OpLose:
		w.Lost[d.Text] = true
	case OpFind:
		delete(w.Lost, d.Text)
	}
}

func (w *World) follow() {
	for w.Followed < len(w.Log) {
		w.Follow()
	}
}

// know lets conditions know all that is.
func (w *World) know() {
	w.Known, w.seen = len(w.Log), map[string]Person{}
	for id, p := range w.People {
		c := *p
		c.Tags, c.Traits, c.Carriers = maps.Clone(p.Tags), maps.Clone(p.Traits), maps.Clone(p.Carriers)
		w.seen[id] = c
	}
}
