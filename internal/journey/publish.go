package journey

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Publishing is how a journey is published.
type Publishing struct {
	Revision    int64             `json:"revision" minimum:"1" doc:"As it was read; if somebody has changed it meanwhile, 409"`
	Move        bool              `json:"move,omitempty" doc:"Who is inside goes on in the new version; else they stay on theirs"`
	Mapping     map[string]string `json:"mapping,omitempty" doc:"Where they go on, by the step where they are; empty: they leave. Absent: the step of the same id"`
	TakeMembers bool              `json:"take_members,omitempty" doc:"Who is in the segment already comes in, too"`
}

// Publish makes what is drawn valid. By itself it does nothing for whoever is
// inside.
func (s *Service) Publish(ctx context.Context, id string, in Publishing) (out Full, err error) {
	a := actor(ctx)
	var draft string
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err == nil {
			draft = r.draft
		}
		return err
	}); err != nil {
		return out, err
	}
	spec, err := readSpec(draft)
	if err != nil {
		return out, err
	}
	if err := s.bindRest(ctx, a.OrgID, spec); err != nil {
		return out, err
	}
	problems, err := s.problems(ctx, spec, id)
	if err != nil {
		return out, err
	}
	if len(problems) > 0 {
		var fields []errs.Field
		for _, p := range problems {
			fields = append(fields, errs.Field{Path: "steps." + p.Step, Text: p.Text})
		}
		return out, errs.Invalid(i18n.T("还有几处要改，改好才能发布", "Some things need mending before it can be published"), fields...)
	}
	if _, err := s.ready(id, 0, spec); err != nil {
		return out, err
	}
	err = s.change(ctx, id, func(tx *db.Tx, r *row) error {
		if r.status == Ended {
			return errs.Conflict(i18n.T("旅程已经结束，请复制一份", "The journey has ended; make a copy"))
		}
		if r.revision != in.Revision || r.draft != draft {
			return errMoved
		}
		return s.publish(ctx, tx, r, spec, in)
	})
	if err != nil {
		return out, err
	}
	return s.Get(ctx, id)
}

func (s *Service) publish(ctx context.Context, tx *db.Tx, r *row, spec *graph.Spec, in Publishing) error {
	a := actor(ctx)
	now, version, mapping := s.micros(), r.version+1, ""
	if in.Move && r.version > 0 {
		if in.Mapping == nil {
			in.Mapping = map[string]string{}
		}
		if err := s.checkMapping(ctx, tx, a.OrgID, r.id, spec, in.Mapping); err != nil {
			return err
		}
		mapping = db.JSON(in.Mapping)
	}
	if _, err := tx.Exec(ctx, "INSERT INTO journey_version (org_id, journey_id, version, spec, mapping, published_at, published_by) VALUES (?, ?, ?, ?, ?, ?, ?)", a.OrgID, r.id, version, db.JSON(spec), mapping, now, a.ID); err != nil {
		return err
	}
	status, started, dates := r.status, r.started, r.datesTo
	if status == Draft {
		status, started, dates = Live, now, now
	}
	n, err := tx.Changed(ctx, "UPDATE journey_journey SET status = ?, started_at = ?, dates_to = ?, version = ?, published = revision, published_at = ?, changed_at = ?, changed_by = ? WHERE org_id = ? AND id = ? AND revision = ? AND version = ?",
		status, started, dates, version, now, now, a.ID, a.OrgID, r.id, r.revision, r.version)
	if err != nil {
		return err
	}
	if n == 0 {
		return errMoved
	}
	if _, err := tx.Exec(ctx, "UPDATE journey_run SET due_at = ?, rev = rev + 1 WHERE org_id = ? AND journey_id = ? AND status = 'active' AND due_at > 0 AND wait = 'broken'", now, a.OrgID, r.id); err != nil {
		return err
	}
	if mapping != "" {
		if err := s.Later.JourneyWork(ctx, tx, a.OrgID, Work{What: "move", JourneyID: r.id, Version: version}); err != nil {
			return err
		}
	}
	if in.TakeMembers && spec.Entry.Kind == graph.BySegment {
		if err := s.Later.JourneyWork(ctx, tx, a.OrgID, Work{What: "enter", JourneyID: r.id, SegmentID: spec.Entry.SegmentID, Source: FromSegment}); err != nil {
			return err
		}
	}
	tx.OnCommit(s.ring)
	return s.Auditor.Audit(ctx, tx, "journey.published", "journey", r.id, map[string]any{"version": version, "move": mapping != "", "take_members": in.TakeMembers})
}

// Inside is where people are now, and where they would go on.
type Inside struct {
	Version int64  `json:"version"`
	Step    string `json:"step"`
	Name    string `json:"name"`
	People  int64  `json:"people"`
	To      string `json:"to" doc:"Empty: they leave, or there is no place for them yet"`
	How     string `json:"how" enum:"stays,arrives,leaves,missing" doc:"stays: nothing changes for them; arrives: they come to that step anew; leaves; missing: the step is gone and the mapping says nothing"`
}

// Preview is what publishing would do.
type Preview struct {
	Inside   []Inside `json:"inside" nullable:"false"`
	Entering int64    `json:"entering" doc:"Who is in the segment now"`
}

// PublishPreview tells what publishing would do.
func (s *Service) PublishPreview(ctx context.Context, id string, mapping map[string]string) (out Preview, err error) {
	a := actor(ctx)
	var spec *graph.Spec
	out.Inside = []Inside{}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if spec, err = readSpec(r.draft); err != nil {
			return err
		}
		out.Inside, err = s.inside(ctx, tx, a.OrgID, id, spec, mapping)
		return err
	})
	if err != nil || spec.Entry.Kind != graph.BySegment || spec.Entry.SegmentID == "" {
		return out, err
	}
	members, err := s.Conditions.Members(ctx, a.OrgID, spec.Entry.SegmentID)
	if unreadable(err) {
		return out, nil
	}
	if err == nil {
		out.Entering = int64(members.GetCardinality()) //nolint:gosec // below 2³²
	}
	return out, err
}

func (s *Service) inside(ctx context.Context, tx *db.Tx, orgID, id string, spec *graph.Spec, mapping map[string]string) ([]Inside, error) {
	all, err := tallies(ctx, tx, orgID, id, 0)
	if err != nil {
		return nil, err
	}
	out := []Inside{}
	for _, x := range all {
		if x.what != "here" || x.n <= 0 {
			continue
		}
		e, err := s.edition(ctx, tx, orgID, id, x.version)
		if err != nil {
			return nil, err
		}
		old := e.Graph.Step(x.step)
		if old == nil {
			continue
		}
		in := Inside{Version: x.version, Step: x.step, Name: old.Name, People: x.n}
		in.To, in.How = destination(old, &spec.Graph, mapping)
		out = append(out, in)
	}
	return out, nil
}

// destination tells where whoever is at a step goes on in another version.
func destination(old *graph.Step, g *graph.Graph, mapping map[string]string) (to, how string) {
	to, mapped := mapping[old.ID]
	if !mapped {
		to = old.ID
	}
	next := g.Step(to)
	switch {
	case mapped && to == "":
		return "", "leaves"
	case next == nil:
		return "", "missing"
	case to == old.ID && sameStep(old, next):
		return to, "stays"
	}
	return to, "arrives"
}

// sameStep tells whether whoever is at a step need not come to it anew. What is
// done there was done when they came; only how long it is waited counts.
func sameStep(a, b *graph.Step) bool {
	if a.Kind != b.Kind {
		return false
	}
	if a.Kind.Acts() {
		return true
	}
	bare := func(s graph.Step) string {
		s.Name, s.Next, s.Ways = "", "", nil
		return db.JSON(s)
	}
	return bare(*a) == bare(*b)
}

// checkMapping refuses a mapping that leaves somebody nowhere.
func (s *Service) checkMapping(ctx context.Context, tx *db.Tx, orgID, id string, spec *graph.Spec, mapping map[string]string) error {
	all, err := s.inside(ctx, tx, orgID, id, spec, mapping)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.How == "missing" {
			return errs.Conflict(i18n.T("第 %d 版的步骤“%s”上还有 %d 人，请说明他们往哪走", "%[3]d people are at step “%[2]s” of version %[1]d: say where they go on", x.Version, x.Step, x.People))
		}
	}
	return nil
}

// Do does work that was asked for after a transaction.
func (s *Service) Do(ctx context.Context, orgID string, w Work) error {
	ctx = access.With(ctx, access.ForSystem(orgID, "journey"))
	switch w.What {
	case "enter":
		return s.TakeSegment(ctx, orgID, w.JourneyID, w.SegmentID, w.Source)
	case "move":
		return s.MoveInside(ctx, orgID, w.JourneyID, w.Version)
	case "end":
		return s.EndInside(ctx, orgID, w.JourneyID)
	}
	return nil
}

const chunk = 1000 // walks that are moved or ended in one transaction

// MoveInside brings everybody of older versions to a version, as its mapping says.
func (s *Service) MoveInside(ctx context.Context, orgID, journeyID string, version int64) error {
	for after := ""; ; {
		n := 0
		err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
			r, err := lock(ctx, tx, orgID, journeyID)
			if err != nil || r.version != version || r.status == Ended {
				return err // a later version moves them
			}
			var text string
			if err := tx.QueryRow(ctx, "SELECT mapping FROM journey_version WHERE org_id = ? AND journey_id = ? AND version = ?", orgID, journeyID, version).Scan(&text); err != nil || text == "" {
				return err
			}
			mapping := map[string]string{}
			if err := json.Unmarshal([]byte(text), &mapping); err != nil {
				return err
			}
			runs, err := runsWhere(ctx, tx, orgID, "journey_id = ? AND status = 'active' AND version < ? AND id > ? ORDER BY id LIMIT ?"+forUpdate(tx), journeyID, version, after, chunk)
			if n = len(runs); err != nil || n == 0 {
				return err
			}
			after = runs[n-1].id
			return s.moveRuns(ctx, tx, orgID, r, mapping, runs)
		})
		if err != nil || n < chunk {
			return err
		}
	}
}

// moveRuns moves some.
func (s *Service) moveRuns(ctx context.Context, tx *db.Tx, orgID string, r *row, mapping map[string]string, runs []*run) error {
	to, err := s.edition(ctx, tx, orgID, r.id, r.version)
	if err != nil {
		return err
	}
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return err
	}
	ids := make([]string, len(runs))
	for i, x := range runs {
		ids[i] = x.person
	}
	people, err := s.People.Persons(ctx, tx, orgID, unique(ids))
	if err != nil {
		return err
	}
	done, err := doneBy(ctx, tx, orgID, runs)
	if err != nil {
		return err
	}
	t, now := tally{}, s.micros()
	var leave, moved []*run
	var visits []visit
	var pending []string // of whom something may wait where they were
	for _, x := range runs {
		e, err := s.edition(ctx, tx, orgID, r.id, x.version)
		if err != nil {
			return err
		}
		old := e.Graph.Step(x.Step)
		if old == nil {
			continue
		}
		step, how := destination(old, &to.Graph, mapping)
		switch how {
		case "leaves":
			leave = append(leave, x)
			continue
		case "missing":
			continue
		}
		t.add(r.id, x.version, x.Step, "here", "", -1)
		t.add(r.id, r.version, step, "here", "", 1)
		if x.Wait == walk.Begin {
			t.add(r.id, x.version, "", "begin", "", -1)
			t.add(r.id, r.version, "", "begin", "", 1)
		}
		if how == "arrives" && x.Wait == walk.Begin {
			x.Step = step
		} else if how == "arrives" {
			pending = append(pending, x.id)
			visits = append(visits, visit{run: x.id, journey: r.id, step: x.Step, kind: string(old.Kind), visit: x.Visit, version: x.version, arrived: x.Arrived, left: now, way: -3})
			t.add(r.id, x.version, x.Step, "left", strconv.Itoa(-3), 1)
			t.add(r.id, r.version, step, "entered", "", 1)
			who := people[x.person]
			x.State = walk.Place(&to.Graph, walk.State{Step: step, Visit: x.Visit + 1}, walk.Look{Now: now, Zone: zoneOf(who.Zone, org.Zone), Date: who.date})
			if next := to.Graph.Step(step); next.Kind.Acts() && (done[[2]string{x.id, step}] || step == old.ID && old.Kind.Acts()) {
				x.Wait = walk.Pass
			}
		}
		x.version = r.version
		moved = append(moved, x)
	}
	saved, err := saveRuns(ctx, tx, orgID, moved)
	if err == nil && len(saved) != len(moved) {
		err = errTaken
	}
	if err != nil {
		return err
	}
	if err := keepVisits(ctx, tx, orgID, visits); err != nil {
		return err
	}
	if err := s.callOff(ctx, tx, orgID, pending); err != nil {
		return err
	}
	if err := s.end(ctx, tx, orgID, t, Cancelled, WhyMapped, leave...); err != nil {
		return err
	}
	tx.OnCommit(s.ring)
	return t.keep(ctx, tx, orgID)
}

// doneBy tells which steps were done for whom.
func doneBy(ctx context.Context, tx *db.Tx, orgID string, runs []*run) (map[[2]string]bool, error) {
	ids := make([]string, len(runs))
	for i, x := range runs {
		ids[i] = x.id
	}
	out := map[[2]string]bool{}
	where, arg := tx.In("run_id", ids)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, step, kind, outcome string
		err := rows.Scan(&id, &step, &kind, &outcome)
		if graph.Kind(kind).Acts() && outcome != walk.WasFailed && outcome != walk.Skipped {
			out[[2]string{id, step}] = true
		}
		return err
	}, "SELECT run_id, step, kind, outcome FROM journey_visit WHERE org_id = ? AND "+where, orgID, arg)
}
