package model

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"fishpond/internal/journey/graph"
)

// Story is what happens to some people in some journeys, made up from a seed.
type Story struct {
	Seed   uint64
	Zone   string // of the brand
	People []Person
	First  []graph.Spec // the journeys, as they are published first
	Ops    []Op
}

// Op is something that happens. A and B are numbers of people, journeys, or of
// what there is to choose from; whoever plays it takes them modulo that.
type Op struct {
	Do   string
	A, B int
	For  int64 // microseconds
	Text string
	Data map[string]string
	Spec *graph.Spec
	Move bool
	Map  map[string]string
	Die  int // the node is killed when it asks something of others for the n-th time; 0: it lives
	Node int // which does it
}

// What happens.
const (
	OpPass    = "pass"    // time
	OpFact    = "fact"    // is told of a person
	OpFollow  = "follow"  // journeys hear of what was told
	OpKnow    = "know"    // segments know of it
	OpTick    = "tick"    // what is due is done
	OpDates   = "dates"   // whose date has come is let in
	OpSettle  = "settle"  // a message comes to its end
	OpAnswer  = "answer"  // another system answers
	OpEnter   = "enter"   // somebody is put in by hand
	OpRemove  = "remove"  // or taken out
	OpRetry   = "retry"   // a walk that failed
	OpPause   = "pause"   // a journey
	OpResume  = "resume"  //
	OpEnd     = "end"     //
	OpPublish = "publish" // a new version
	OpBad     = "bad"     // a version that must be refused
	OpMerge   = "merge"   // two people are one
	OpSplit   = "split"   // and two again
	OpChange  = "change"  // what is known of a person
	OpBreak   = "break"   // a condition cannot be asked any more
	OpMend    = "mend"    //
	OpLose    = "lose"    // a tag is gone
	OpFind    = "find"    //
)

var (
	zones    = []string{"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "UTC"}
	hours    = []string{"00:00", "01:30", "02:10", "02:30", "09:00", "12:15", "23:59"}
	tags     = []string{"tag_0", "tag_1", "tag_2"}
	events   = []string{"order.paid", "page.viewed", "tag.added"}
	amounts  = []string{"10", "50", "100"}
	outcomes = []string{"sent", "sent", "sent", "held", "failed", "cancelled"}
	carriers = []string{"email", "wecom"}
)

type teller struct{ *rand.Rand }

func pick[T any](t teller, of []T) T { return of[t.IntN(len(of))] }

func (t teller) one(in int) bool { return t.IntN(in) == 0 }

// Tell makes a story up.
func Tell(seed uint64) Story {
	t := teller{rand.New(rand.NewPCG(seed, 7))} //nolint:gosec // made up
	s := Story{Seed: seed, Zone: pick(t, zones)}
	for range 1 + t.IntN(5) {
		p := Person{Traits: map[string]string{}, Carriers: map[string]bool{pick(t, carriers): true}, Staff: !t.one(4)}
		if t.one(2) {
			p.Traits["time_zone"] = pick(t, zones)
		}
		if !t.one(3) {
			p.Traits["birthday"] = t.birthday()
		}
		s.People = append(s.People, p)
	}
	for range 1 + t.IntN(3) {
		s.First = append(s.First, t.spec())
	}
	now := slices.Clone(s.First) // as they are published
	for range 30 + t.IntN(60) {
		s.Ops = append(s.Ops, t.op(now)...)
	}
	for i := range 12 { // let what waits come to an end, as far as it will, and dates come
		most := 3
		if i > 7 {
			most = 40
		}
		s.Ops = append(s.Ops, Op{Do: OpPass, For: int64(t.IntN(most)) * 36 * 3600 * second}, Op{Do: OpFollow}, Op{Do: OpKnow}, Op{Do: OpDates}, Op{Do: OpTick})
	}
	return s
}

// birthday is a date, more often than not one that comes while the story lasts.
func (t teller) birthday() string {
	if !t.one(3) {
		return fmt.Sprintf("%d-%02d-%02d", pick(t, []int{2026, 2026, 1971, 1988, 2000}), pick(t, []int{3, 3, 3, 4}), 1+t.IntN(30))
	}
	return pick(t, []string{"1990-02-28", "2000-02-29", "1985-03-08", "1999-03-29", "1970-10-25", "2026-03-10", "nonsense"})
}

func (t teller) data() map[string]string {
	d := map[string]string{"amount": pick(t, amounts)}
	if !t.one(5) {
		d["order_id"] = fmt.Sprintf("o%d", t.IntN(4))
	}
	return d
}

func (t teller) where() string {
	if t.one(2) {
		return ""
	}
	return "amount >= " + pick(t, amounts)
}

// spec makes a whole journey up.
func (t teller) spec() graph.Spec {
	s := graph.Spec{Purpose: pick(t, []string{graph.Marketing, graph.Service, graph.Transactional}), AccountIDs: []string{"acc_1"}}
	switch t.IntN(7) {
	case 0:
		s.Entry = graph.Entry{Kind: graph.ByHand}
	case 1:
		s.Entry = graph.Entry{Kind: graph.BySegment, SegmentID: "seg_0"}
	case 2, 3:
		s.Entry = graph.Entry{Kind: graph.ByDate, Trait: "birthday", Offset: t.IntN(15) - 7, Yearly: !t.one(4)}
		if t.one(2) {
			s.Entry.At = pick(t, hours)
		}
	default:
		s.Entry = graph.Entry{Kind: graph.ByEvent, Event: pick(t, events[:2]), Where: t.where()}
	}
	switch n := t.IntN(4); {
	case n == 0:
		s.Frequency = graph.Frequency{Kind: graph.Once}
	case n == 1 && s.Entry.Kind == graph.ByEvent:
		s.Frequency = graph.Frequency{Kind: graph.ByKey, Key: "order_id"}
	default:
		s.Frequency = graph.Frequency{Kind: graph.Again, Days: t.IntN(3)}
	}
	if t.one(4) {
		s.HoldoutBP = 3000
	}
	if t.one(2) {
		s.Goal = &graph.Target{Event: "order.paid", Where: t.where(), Days: 1 + t.IntN(5), Leave: t.one(2)}
	}
	switch t.IntN(4) {
	case 0:
		s.Exits = append(s.Exits, graph.Leave{Event: "page.viewed", Where: t.where()})
	case 1:
		s.Exits = append(s.Exits, graph.Leave{SegmentID: "seg_1", On: pick(t, []string{"entered", "left"})})
	}
	s.Graph = t.graph()
	return s
}

// graph draws until something good comes out.
func (t teller) graph() graph.Graph {
	for {
		n := 1 + t.IntN(9)
		g := graph.Graph{}
		to := func(i int) string {
			switch {
			case t.one(8):
				return ""
			case t.one(6):
				return fmt.Sprintf("s%d", t.IntN(n))
			case i+1 < n && !t.one(3):
				return fmt.Sprintf("s%d", i+1)
			}
			return fmt.Sprintf("s%d", t.IntN(n))
		}
		for i := range n {
			st := t.step()
			st.ID, st.Next = fmt.Sprintf("s%d", i), to(i)
			for k := range st.Ways {
				st.Ways[k].Next = to(i)
			}
			g.Steps = append(g.Steps, st)
		}
		if len(g.Check()) == 0 {
			return g
		}
	}
}

func (t teller) step() graph.Step {
	s := graph.Step{}
	if t.one(3) {
		s.OnError = graph.Stop
	}
	switch t.IntN(19) {
	case 0, 1:
		s.Kind, s.Message = graph.Message, &graph.Content{Text: "Hi", PatienceHours: t.IntN(3) * 5, NoWait: t.one(3)}
	case 2, 3:
		s.Kind, s.Use, s.Off = graph.Tag, pick(t, tags), t.one(4)
	case 4:
		s.Kind, s.Trait, s.Text = graph.Trait, "level", pick(t, []string{"gold", "iron"})
	case 5:
		s.Kind, s.Text = graph.Note, "been here"
	case 6:
		s.Kind, s.Text = graph.Task, "call them"
	case 7:
		s.Kind, s.Webhook = graph.Webhook, &graph.Call{URL: "https://hook.example/in"}
	case 8:
		s.Kind, s.Use = graph.Enter, fmt.Sprintf("J%d", t.IntN(3))
	case 9, 10:
		s.Kind, s.Seconds = graph.Wait, int64(60+t.IntN(200_000))
	case 11:
		s.Kind, s.At = graph.WaitUntil, pick(t, hours)
		if t.one(2) {
			s.Days = []int{1 + t.IntN(7)}
		}
	case 12:
		s.Kind, s.Trait, s.Offset, s.Yearly = graph.WaitDate, "birthday", t.IntN(7)-3, t.one(2)
		if t.one(2) {
			s.At = pick(t, hours)
		}
	case 13, 14:
		s.Kind, s.Event, s.Where, s.Seconds, s.Ways = graph.WaitEvent, pick(t, events), "", int64(60+t.IntN(200_000)), make([]graph.Way, 1)
		if s.Event != "tag.added" {
			s.Where = t.where()
		}
	case 15:
		s.Kind = graph.Branch
		for range 1 + t.IntN(2) {
			s.Ways = append(s.Ways, graph.Way{When: pick(t, []string{"tag tag_0", "tag tag_1", "tag tag_2", "trait level gold"})})
		}
	case 16:
		s.Kind, s.Ways = graph.Property, []graph.Way{{When: "amount >= " + pick(t, amounts)}}
	case 17:
		s.Kind, s.Ways = graph.Split, []graph.Way{{ShareBP: 1 + t.IntN(5000)}, {ShareBP: 1 + t.IntN(4999)}}
	default:
		s.Kind = pick(t, []graph.Kind{graph.Reachable, graph.Goal, graph.Exit})
		if s.Kind == graph.Reachable {
			s.Ways = []graph.Way{{When: pick(t, carriers)}}
		}
	}
	return s
}

// op makes up what happens next, given the journeys as they are published.
func (t teller) op(now []graph.Spec) []Op {
	o := Op{A: t.IntN(64), B: t.IntN(64), Node: t.IntN(2)}
	if t.one(6) {
		o.Die = 1 + t.IntN(12)
	}
	do := func(what string) []Op { o.Do = what; return []Op{o} }
	switch n := t.IntN(100); {
	case n < 18:
		o.For = pick(t, []int64{second, 10 * second, 60 * second, 600 * second, hour, day, 3 * day}) * int64(1+t.IntN(5))
		switch {
		case t.one(4):
			o.For += int64(t.IntN(2_000_000))
		case t.one(25):
			o.For = -o.For / 3
		}
		if t.one(3) {
			return do(OpPass)
		}
		return append(do(OpPass), Op{Do: OpDates, Node: t.IntN(2)})
	case n < 22:
		return do(OpDates)
	case n < 42:
		o.Do, o.Text, o.Data = OpFact, pick(t, events[:2]), t.data()
		if t.one(4) {
			o.For = pick(t, []int64{1, second, 60 * second, hour, day, 30 * day})
		}
		switch t.IntN(10) {
		case 0, 1:
			o.Text, o.Data = pick(t, []string{SegmentEntered, SegmentLeft}), map[string]string{"segment_id": pick(t, []string{"seg_0", "seg_1"}), "cause": pick(t, []string{"changed", "changed", "time", "edited", "created"})}
		case 2:
			o.Text, o.Data = ConsentWithdrawn, map[string]string{"purpose": pick(t, []string{graph.Marketing, graph.Service})}
		}
		return []Op{o}
	case n < 51:
		return do(OpFollow)
	case n < 56:
		return do(OpKnow)
	case n < 70:
		return do(OpTick)
	case n < 76:
		o.Text = pick(t, outcomes)
		return do(OpSettle)
	case n < 79:
		o.Text = pick(t, []string{"done", "done", "failed"})
		return do(OpAnswer)
	case n < 84:
		o.Text = fmt.Sprintf("k%d", t.IntN(3))
		return do(OpEnter)
	case n < 85:
		return do(OpRemove)
	case n < 86:
		return do(OpRetry)
	case n < 88:
		return do(OpPause)
	case n < 90:
		return do(OpResume)
	case n < 91 && t.one(6):
		return do(OpEnd)
	case n < 94:
		o.A %= len(now)
		next := t.edit(now[o.A])
		if t.one(4) {
			bad := spoil(t, next)
			o.Spec = &bad
			return do(OpBad)
		}
		o.Move = !t.one(3)
		o.Map = map[string]string{}
		for i := range now[o.A].Graph.Steps {
			switch t.IntN(5) {
			case 0:
				o.Map[now[o.A].Graph.Steps[i].ID] = next.Graph.Steps[t.IntN(len(next.Graph.Steps))].ID
			case 1:
				if t.one(4) {
					o.Map[now[o.A].Graph.Steps[i].ID] = ""
				}
			}
		}
		now[o.A] = next
		o.Spec = &next
		return do(OpPublish)
	case n < 96:
		return do(pick(t, []string{OpMerge, OpMerge, OpSplit}))
	case n < 98:
		o.Text = pick(t, []string{"time_zone", "birthday", "tag", "staff", "carrier"})
		switch o.Text {
		case "time_zone":
			o.Data = map[string]string{"to": pick(t, zones)}
		case "birthday":
			o.Data = map[string]string{"to": t.birthday()}
		default:
			o.Data = map[string]string{"to": pick(t, tags)}
		}
		return do(OpChange)
	}
	o.Text = pick(t, []string{"tag tag_0", "tag tag_1", "trait level gold"})
	if t.one(2) {
		o.Text = pick(t, tags)
		return do(pick(t, []string{OpLose, OpFind, OpFind}))
	}
	return do(pick(t, []string{OpBreak, OpMend, OpMend}))
}

// edit changes a journey as somebody might who edits it: not how often one may
// walk it.
func (t teller) edit(s graph.Spec) graph.Spec {
	next := s
	if t.one(3) {
		other := t.spec()
		next.Goal, next.Exits = other.Goal, other.Exits
	}
	for {
		g := graph.Graph{Steps: slices.Clone(s.Graph.Steps)}
		switch t.IntN(4) {
		case 0: // drawn anew
			return graph.Spec{Entry: s.Entry, Frequency: s.Frequency, Purpose: s.Purpose, AccountIDs: s.AccountIDs, HoldoutBP: s.HoldoutBP, Goal: next.Goal, Exits: next.Exits, Graph: t.graph()}
		case 1: // leads elsewhere
			i := t.IntN(len(g.Steps))
			g.Steps[i].Next = pick(t, []string{"", g.Steps[t.IntN(len(g.Steps))].ID})
		case 2: // a step does something else
			i := t.IntN(len(g.Steps))
			st := t.step()
			st.ID, st.Next = g.Steps[i].ID, g.Steps[i].Next
			g.Steps[i] = st
		default:
			g.Steps[t.IntN(len(g.Steps))].Name = "Called otherwise"
		}
		if len(g.Check()) == 0 {
			next.Graph = g
			return next
		}
	}
}

// spoil makes a journey that cannot be walked.
func spoil(t teller, s graph.Spec) graph.Spec {
	g := graph.Graph{Steps: slices.Clone(s.Graph.Steps)}
	last := len(g.Steps) - 1
	switch t.IntN(4) {
	case 0: // round without a wait
		g.Steps = append(g.Steps, graph.Step{ID: "ring", Kind: graph.Note, Text: "again", Next: "ring"})
		g.Steps[last] = graph.Step{ID: g.Steps[last].ID, Kind: graph.Note, Text: "in", Next: "ring"}
	case 1: // nobody comes there
		g.Steps = append(g.Steps, graph.Step{ID: "isle", Kind: graph.Exit})
	case 2: // a branch without default
		g.Steps[0] = graph.Step{ID: g.Steps[0].ID, Kind: graph.Branch, Ways: []graph.Way{{When: "tag tag_0", Next: g.Steps[last].ID}}}
	default:
		g.Steps[last].Next, g.Steps[last].Kind, g.Steps[last].Text, g.Steps[last].Ways = "gone", graph.Note, "x", nil
	}
	s.Graph = g
	return s
}
