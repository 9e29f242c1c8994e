package journey

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/segment/segmentevent"
	"fishpond/internal/timeline"
)

// SubscriberName is the name under which the module follows the timeline.
const SubscriberName = "journey"

// stale is how long after it happened something may be told of and still let
// somebody in.
const stale = 72 * time.Hour

// Subscribers returns the module's subscribers. Any kind of event may let people
// in, so all are looked at; the most are of no journey's interest.
func (s *Service) Subscribers() []*timeline.Subscriber {
	return []*timeline.Subscriber{{Name: SubscriberName, Handle: s.follow}}
}

// following is one batch of facts.
type following struct {
	*Service
	tx    *db.Tx
	orgID string
	now   int64

	rows     map[string]*row
	current  []*edition          // of journeys that take people in
	all      map[string]*edition // of every version, by journey and version
	kinds    map[string]bool     // of which something may come
	personal map[string]bool     // of which something may come for who is inside
	speaker  map[string]Place
	runs     map[string][]*run // by who speaks, of those who are or were inside
	changed  map[string]*run
	goals    []*run
	in       map[string][]incoming // by journey
	coming   map[string]bool       // who, of in
	holds    map[string]func(json.RawMessage) bool
	tally    tally
}

func (s *Service) follow(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	f := &following{Service: s, tx: tx, orgID: orgID, now: s.micros(), runs: map[string][]*run{}, changed: map[string]*run{}, in: map[string][]incoming{}, coming: map[string]bool{}, holds: map[string]func(json.RawMessage) bool{}, tally: tally{}}
	if any, err := f.interests(ctx); err != nil || !any {
		return err
	}
	events = slices.DeleteFunc(slices.Clone(events), func(e timeline.Event) bool { return !f.kinds[e.Kind] })
	if len(events) == 0 {
		return nil
	}
	if err := f.read(ctx, events); err != nil {
		return err
	}
	for _, e := range events {
		if err := f.take(ctx, e); err != nil {
			return err
		}
	}
	if err := f.flush(ctx); err != nil {
		return err
	}
	if err := f.tally.keep(ctx, tx, orgID); err != nil {
		return err
	}
	return s.measure(ctx, tx, orgID, events)
}

// interests reads what journeys there are, and of what kinds of events something
// may come.
func (f *following) interests(ctx context.Context) (bool, error) {
	all, err := leanRows(ctx, f.tx, f.orgID, "version > 0 ORDER BY id")
	if err != nil || len(all) == 0 {
		return false, err
	}
	f.rows, f.all = map[string]*row{}, map[string]*edition{}
	f.personal = map[string]bool{poolevent.Merged: true, poolevent.Split: true, poolevent.ConsentWithdrawn: true}
	f.kinds = map[string]bool{}
	for _, r := range all {
		f.rows[r.id] = r
		for v := r.version; v > 0; v-- {
			e, err := f.edition(ctx, f.tx, f.orgID, r.id, v)
			if err != nil {
				return false, err
			}
			f.all[editionKey(&run{journey: r.id, version: v})] = e
			f.interest(e)
			if v == r.version && r.takesIn() && r.deleted == 0 {
				f.current = append(f.current, e)
				switch e.Entry.Kind {
				case graph.BySegment:
					f.kinds[segmentevent.Entered] = true
				case graph.ByEvent:
					f.kinds[e.Entry.Event] = true
				}
			}
		}
	}
	for _, kind := range measured {
		f.kinds[kind] = true
	}
	maps.Copy(f.kinds, f.personal)
	return true, nil
}

// interest notes what may come for who is inside a version.
func (f *following) interest(e *edition) {
	if e.Goal != nil {
		f.personal[e.Goal.Event] = true
	}
	for _, x := range e.Exits {
		switch {
		case x.Event != "":
			f.personal[x.Event] = true
		case x.On == "entered":
			f.personal[segmentevent.Entered] = true
		default:
			f.personal[segmentevent.Left] = true
		}
	}
	for i := range e.Graph.Steps {
		if s := &e.Graph.Steps[i]; s.Kind == graph.WaitEvent {
			f.personal[s.Event] = true
		}
	}
}

func (f *following) read(ctx context.Context, events []timeline.Event) (err error) {
	ids, inside := map[string]bool{}, map[string]bool{}
	for _, e := range events {
		if e.PersonID != "" {
			ids[e.PersonID] = true
		}
		if f.personal[e.Kind] {
			inside[e.PersonID] = true
		}
		if e.Kind == poolevent.Merged || e.Kind == poolevent.Split {
			var m poolevent.Merge
			if err := e.Decode(&m); err != nil {
				return err
			}
			for _, id := range []string{m.WinnerID, m.LoserID} {
				ids[id], inside[id] = true, true
			}
		}
	}
	if f.speaker, err = f.People.Speakers(ctx, f.tx, f.orgID, slices.Sorted(maps.Keys(ids))); err != nil {
		return err
	}
	for id := range inside {
		if by, ok := f.speaker[id]; ok {
			inside[by.ID] = true
		}
	}
	delete(inside, "")
	return f.readRuns(ctx, slices.Sorted(maps.Keys(inside)))
}

// readRuns reads the walks of people for whom something may come: those that go on,
// and those whose goal may still be reached.
func (f *following) readRuns(ctx context.Context, people []string) error {
	if len(people) == 0 {
		return nil
	}
	where, arg := f.tx.In("person_id", people)
	all, err := runsWhere(ctx, f.tx, f.orgID, where+" ORDER BY entered_at, id"+forUpdate(f.tx), arg)
	if err != nil {
		return err
	}
	for _, id := range people {
		f.runs[id] = nil
	}
	for _, r := range all {
		if x := f.changed[r.id]; x != nil {
			r = x
		}
		f.runs[r.person] = append(f.runs[r.person], r)
	}
	return nil
}

// speaks is who speaks for whom an event is about.
func (f *following) speaks(e timeline.Event) string {
	if by, ok := f.speaker[e.PersonID]; ok {
		return by.ID
	}
	return e.PersonID
}

// of are the walks of whom an event is about: theirs, and those of who speaks for
// them by now.
func (f *following) of(e timeline.Event) []*run {
	out := f.runs[e.PersonID]
	if by := f.speaks(e); by != e.PersonID {
		out = append(slices.Clone(out), f.runs[by]...)
	}
	return out
}

// take follows one fact.
func (f *following) take(ctx context.Context, e timeline.Event) error {
	if f.coming[f.speaks(e)] || e.Kind == poolevent.Merged || e.Kind == poolevent.Split {
		if err := f.flush(ctx); err != nil {
			return err
		}
	}
	switch e.Kind {
	case poolevent.Merged, poolevent.Split:
		return f.move(ctx, e)
	case poolevent.ConsentWithdrawn:
		if err := f.withdrawn(ctx, e); err != nil {
			return err
		}
	}
	if f.personal[e.Kind] {
		if err := f.happened(ctx, e); err != nil {
			return err
		}
	}
	return f.came(ctx, e)
}

// meets tells whether an event is of a kind and meets a condition. One that cannot
// be read any more is met by none.
func (f *following) meets(ctx context.Context, e timeline.Event, kind, where string) (bool, error) {
	if kind == "" || e.Kind != kind {
		return false, nil
	}
	if where == "" {
		return true, nil
	}
	key := kind + "\x00" + where
	holds, known := f.holds[key]
	if !known {
		var err error
		if holds, err = f.Conditions.Event(ctx, f.orgID, kind, where); err != nil && !unreadable(err) {
			return false, err
		}
		f.holds[key] = holds
	}
	return holds != nil && holds(e.Data), nil
}

// came notes who comes into journeys by an event.
func (f *following) came(ctx context.Context, e timeline.Event) error {
	by, known := f.speaker[e.PersonID]
	at := clock.Micros(e.OccurredAt)
	if !known || e.RecordedAt.Sub(e.OccurredAt) > stale {
		return nil
	}
	for _, ed := range f.current {
		if at < f.rows[ed.journey].started {
			continue
		}
		in := incoming{person: by.ID, cameAs: e.PersonID, at: at, fact: e.Position}
		switch ed.Entry.Kind {
		case graph.ByEvent:
			if ok, err := f.meets(ctx, e, ed.Entry.Event, ed.Entry.Where); err != nil {
				return err
			} else if !ok {
				continue
			}
			in.source, in.kind, in.data = FromEvent, e.Kind, string(e.Data)
		case graph.BySegment:
			if e.Kind != segmentevent.Entered {
				continue
			}
			var d segmentevent.Moved
			if err := e.Decode(&d); err != nil {
				return err
			}
			if d.SegmentID != ed.Entry.SegmentID || d.Cause == segmentevent.Edited || d.Cause == segmentevent.Created {
				continue // the segment came to them, not they to the segment
			}
			in.source = FromSegment
		default:
			continue
		}
		f.in[ed.journey] = append(f.in[ed.journey], in)
		f.coming[by.ID] = true
	}
	return nil
}

// happened follows an event for those who are inside, or were: it ends walks, is
// waited for, or is the goal. In this order: who leaves with it waits no more, and
// the goal counts whatever else it means.
func (f *following) happened(ctx context.Context, e timeline.Event) error {
	at := clock.Micros(e.OccurredAt)
	for _, r := range f.of(e) {
		ed := f.all[editionKey(r)]
		if ed == nil {
			continue
		}
		if err := f.goal(ctx, e, ed, r, at); err != nil {
			return err
		}
		if r.status != Active {
			continue
		}
		why, err := f.exits(ctx, e, ed, r, at)
		if err != nil {
			return err
		}
		if why != "" {
			if err := f.finish(ctx, r, Exited, why); err != nil {
				return err
			}
			continue
		}
		if r.Wait != walk.Event || r.State.Kind != e.Kind || at < r.Arrived || at >= r.Due {
			continue
		}
		s := ed.Graph.Step(r.Step)
		if s == nil {
			continue
		}
		if ok, err := f.meets(ctx, e, s.Event, s.Where); err != nil {
			return err
		} else if !ok {
			continue
		}
		r.Wait, r.State.Kind, r.Due, r.fact, r.depth = walk.Happened, "", f.now, e.Position, 0
		r.kind, r.data = e.Kind, string(e.Data)
		if len(r.data) > mostData {
			r.data = ""
		}
		f.changed[r.id] = r
	}
	return nil
}

// goal counts an event that is what the journey is for.
func (f *following) goal(ctx context.Context, e timeline.Event, ed *edition, r *run, at int64) error {
	if ed = f.all[editionKey(&run{journey: r.journey, version: r.cameVersion})]; ed == nil { // whatever they were moved to
		return nil
	}
	if ed.Goal == nil || r.converted != 0 || r.status == Cancelled && r.why == WhyMerged || at <= r.entered || at > r.goalUntil {
		return nil
	}
	ok, err := f.meets(ctx, e, ed.Goal.Event, ed.Goal.Where)
	if err != nil || !ok {
		return err
	}
	r.converted = at
	f.changed[r.id] = r
	f.goals = append(f.goals, r)
	if ed.Goal.Leave && r.status == Active {
		return f.finish(ctx, r, Done, WhyGoal)
	}
	return nil
}

// exits tells why an event ends a walk; empty: it does not.
func (f *following) exits(ctx context.Context, e timeline.Event, ed *edition, r *run, at int64) (string, error) {
	for _, x := range ed.Exits {
		if x.Event != "" {
			ok, err := f.meets(ctx, e, x.Event, x.Where)
			if err != nil {
				return "", err
			}
			if ok && at > r.entered {
				return WhyEvent, nil
			}
			continue
		}
		if x.On == "entered" && e.Kind != segmentevent.Entered || x.On == "left" && e.Kind != segmentevent.Left || at <= r.entered {
			continue
		}
		var d segmentevent.Moved
		if err := e.Decode(&d); err != nil {
			return "", err
		}
		if d.SegmentID == x.SegmentID {
			return WhySegment, nil
		}
	}
	return "", nil
}

// finish ends a walk.
func (f *following) finish(ctx context.Context, r *run, status, why string) error {
	if err := f.save(ctx); err != nil {
		return err
	}
	return f.end(ctx, f.tx, f.orgID, f.tally, status, why, r)
}

// withdrawn ends walks of whose messages somebody wants no more.
func (f *following) withdrawn(ctx context.Context, e timeline.Event) error {
	var d poolevent.Consent
	if err := e.Decode(&d); err != nil {
		return err
	}
	for _, r := range f.of(e) {
		if ed := f.all[editionKey(r)]; ed != nil && r.status == Active && ed.Purpose == d.Purpose {
			if err := f.finish(ctx, r, Cancelled, WhyConsent); err != nil {
				return err
			}
		}
	}
	return nil
}

// save stores walks that changed.
func (f *following) save(ctx context.Context) error {
	if len(f.changed) == 0 {
		return nil
	}
	all := slices.SortedFunc(maps.Values(f.changed), func(a, b *run) int { return cmp.Compare(a.id, b.id) })
	saved, err := saveRuns(ctx, f.tx, f.orgID, all)
	if err != nil {
		return err
	}
	if len(saved) != len(all) { // the engine was quicker: all of it again
		return errTaken
	}
	clear(f.changed)
	f.tx.OnCommit(f.ring)
	return nil
}

// flush stores what came of the facts so far.
func (f *following) flush(ctx context.Context) error {
	if err := f.save(ctx); err != nil {
		return err
	}
	if err := f.countGoal(ctx, f.tx, f.orgID, f.tally, f.goals); err != nil {
		return err
	}
	f.goals = nil
	for _, id := range sorted(f.in) {
		got, err := f.enter(ctx, f.tx, f.orgID, f.rows[id], f.in[id], f.tally)
		if err != nil {
			return err
		}
		for _, r := range got.runs {
			f.runs[r.person] = append(f.runs[r.person], r)
		}
	}
	clear(f.in)
	clear(f.coming)
	return nil
}
