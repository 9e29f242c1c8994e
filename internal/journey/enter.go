package journey

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// incoming is somebody who comes into a journey.
type incoming struct {
	person, cameAs, source string
	kind, data             string // of the event with which they come
	key                    string // tells walks apart, where the journey does; empty: from the data
	at, depth              int64
	inside                 bool // they walk there as they come
	fact                   timeline.Position
}

// Refusal says why somebody was not let in.
type Refusal struct {
	PersonID string `json:"person_id"`
	Why      string `json:"why" enum:"unknown,before,inside,lately,no_key,depth" doc:"depth: journeys lead to each other without end; unknown: nobody of that id; before: has walked already; inside: walks now; lately: walked too short a time ago; no_key: the property by which walks are told apart is missing"`
}

const (
	day         = int64(24 * time.Hour / time.Microsecond)
	mostDepth   = 10       // journeys that lead to each other, with nothing from outside between
	mostData    = 32 << 10 // of an event that is kept with a walk
	measureDays = 14       // orders are counted for so long where there is no goal
)

// entered is what came of letting people in.
type entered struct {
	runs    []*run
	refused []Refusal
}

// enter lets people into a published journey. Who may not come in is passed over.
func (s *Service) enter(ctx context.Context, tx *db.Tx, orgID string, r *row, all []incoming, t tally) (out entered, err error) {
	if len(all) == 0 || r.version == 0 {
		return out, nil
	}
	e, err := s.edition(ctx, tx, orgID, r.id, r.version)
	if err != nil {
		return out, err
	}
	people := make([]string, len(all))
	for i, in := range all {
		people[i] = in.person
	}
	had, err := historyOf(ctx, tx, orgID, r.id, unique(people))
	if err != nil {
		return out, err
	}
	now := s.micros()
	for _, in := range all {
		h := had[in.person]
		if h == nil {
			h = &history{entries: map[string]bool{}}
			had[in.person] = h
		}
		entry, why := h.admit(&e.Frequency, in, now)
		if why != "" {
			out.refused = append(out.refused, Refusal{in.person, why})
			continue
		}
		x := s.newRun(e, r, in, entry, len(h.entries) == 0, now)
		h.entries[entry], h.last = true, max(h.last, x.entered)
		h.inside = h.inside || x.status == Active
		out.runs = append(out.runs, x)
	}
	slices.SortFunc(out.runs, func(a, b *run) int { return strings.Compare(a.cameAs+a.entry, b.cameAs+b.entry) })
	fresh, err := insertRuns(ctx, tx, orgID, out.runs)
	if err != nil {
		return out, err
	}
	out.runs = slices.DeleteFunc(out.runs, func(x *run) bool {
		if !fresh[x.id] {
			out.refused = append(out.refused, Refusal{x.person, "before"})
		}
		return !fresh[x.id]
	})
	var zone *time.Location
	if len(out.runs) > 0 {
		org, err := s.Orgs.Settings(ctx, tx, orgID)
		if err != nil {
			return out, err
		}
		zone = org.Zone
	}
	for _, x := range out.runs {
		t.came(x, zone)
		t.add(r.id, 0, "", "entered", x.arm, 1)
		if x.arm == Holdout {
			t.add(r.id, 0, "", Holdout, "", 1)
			continue
		}
		t.add(r.id, 0, "", "active", "", 1)
		t.add(r.id, x.version, "", "begin", "", 1)
		t.add(r.id, x.version, x.Step, "here", "", 1)
		t.add(r.id, x.version, x.Step, "entered", "", 1)
	}
	if len(out.runs) > 0 {
		tx.OnCommit(s.ring)
	}
	return out, nil
}

// newRun is somebody who has just come in.
func (s *Service) newRun(e *edition, r *row, in incoming, entry string, first bool, now int64) *run {
	if len(in.data) > mostData {
		in.data = ""
	}
	x := &run{id: s.newID("run"), journey: r.id, version: r.version, cameVersion: r.version, depth: in.depth, person: in.person, cameAs: in.cameAs, entry: entry, arm: Treated, status: Active, entered: in.at,
		source: in.source, kind: in.kind, data: in.data, fact: in.fact, rev: 1, first: db.Bit(first)}
	x.State = walk.State{Step: e.Graph.Steps[0].ID, Visit: 1, Arrived: now, Wait: walk.Begin, Due: now}
	x.measureTo = x.entered + measureDays*day
	if e.Goal != nil {
		x.goalUntil = x.entered + int64(e.Goal.Days)*day
		x.measureTo = x.goalUntil
	}
	if walk.Draw(r.id, "holdout", in.cameAs) < e.HoldoutBP {
		x.arm, x.status, x.State = Holdout, Holdout, walk.State{}
	}
	return x
}

// history is how somebody has walked in a journey so far.
type history struct {
	entries map[string]bool
	inside  bool
	last    int64
}

// historyOf tells how people have walked in a journey so far.
func historyOf(ctx context.Context, tx *db.Tx, orgID, journeyID string, people []string) (map[string]*history, error) {
	out := map[string]*history{}
	where, arg := tx.In("person_id", people)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var person, entry, status string
		var at int64
		if err := rows.Scan(&person, &entry, &status, &at); err != nil {
			return err
		}
		h := out[person]
		if h == nil {
			h = &history{entries: map[string]bool{}}
			out[person] = h
		}
		h.entries[entry], h.last = true, max(h.last, at)
		h.inside = h.inside || status == Active
		return nil
	}, "SELECT person_id, entry, status, entered_at FROM journey_run WHERE org_id = ? AND journey_id = ? AND "+where, orgID, journeyID, arg)
}

// admit says under which entry somebody comes in, or why not.
func (h *history) admit(f *graph.Frequency, in incoming, now int64) (entry, why string) {
	if in.depth > mostDepth {
		return "", "depth"
	}
	switch f.Kind {
	case graph.ByKey:
		if entry = in.key; entry == "" {
			entry = propertyOf(in.data, f.Key)
		}
		switch {
		case entry == "":
			return "", "no_key"
		case h.entries[entry]:
			return "", "before"
		}
		return entry, ""
	case graph.Again:
		switch {
		case h.inside || in.inside:
			return "", "inside"
		case len(h.entries) > 0 && h.last > in.at-int64(f.Days)*day,
			in.source == FromDate && h.last == in.at: // looked at twice: the node died before it noted how far it had come
			return "", "lately"
		}
		for n := len(h.entries) + 1; ; n++ {
			if entry = strconv.Itoa(n); !h.entries[entry] {
				return entry, ""
			}
		}
	}
	if len(h.entries) > 0 {
		return "", "before"
	}
	return "1", ""
}

// propertyOf is a text or a number in an event's data; empty: there is none.
func propertyOf(data, path string) string {
	var v any
	d := json.NewDecoder(strings.NewReader(data))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return ""
	}
	for name := range strings.SplitSeq(path, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	switch v := v.(type) {
	case string:
		if len(v) <= 200 {
			return v
		}
	case json.Number:
		return v.String()
	}
	return ""
}
