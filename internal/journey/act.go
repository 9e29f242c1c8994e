package journey

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/hook"
	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/killpoint"
)

// act does one step for all who came to it.
func (d *deeds) act(ctx context.Context, l *layer) error {
	people := make([]string, len(l.of))
	for i, one := range l.of {
		people[i] = one.run.person
	}
	s := l.step
	switch s.Kind {
	case graph.Message:
		return d.send(ctx, l, people)
	case graph.Tag:
		return d.People.Tag(ctx, d.tx, d.orgID, unique(people), s.Use, s.Off)
	case graph.Trait:
		return d.setTrait(ctx, s, unique(people))
	case graph.Note:
		return d.People.Note(ctx, d.tx, d.orgID, people, s.Text)
	case graph.Task:
		return d.assign(ctx, l)
	case graph.Webhook:
		return d.call(ctx, l)
	}
	return nil
}

func (d *deeds) setTrait(ctx context.Context, s *graph.Step, people []string) error {
	if s.Off {
		return d.People.SetTrait(ctx, d.tx, d.orgID, people, s.Trait, nil)
	}
	declared, err := d.People.Traits(ctx, d.tx, d.orgID)
	if err != nil {
		return err
	}
	for _, t := range declared {
		if t.Key == s.Trait {
			return d.People.SetTrait(ctx, d.tx, d.orgID, people, s.Trait, traitValue(t.Type, s.Text, clock.Time(d.now).In(d.org.Zone)))
		}
	}
	return nil // no longer declared
}

// traitValue is a value as its type has it; a date may be today.
func traitValue(kind, text string, now time.Time) any {
	switch kind {
	case "number":
		if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f
		}
	case "boolean":
		return text == "true"
	case "list":
		return []any{text}
	case "date":
		if text == "today" {
			return now.Format(time.DateOnly)
		}
	}
	return text
}

func (d *deeds) assign(ctx context.Context, l *layer) error {
	var run, ref []string
	var visit []int64
	for i, one := range l.of {
		id, err := d.Tasks.Assign(ctx, d.tx, d.orgID, Task{PersonID: one.run.person, StaffID: d.people[one.run.person].Owner, Text: l.step.Text, Due: clock.Time(d.now)})
		if errs.Is(err, errs.CodeNotFound) { // does not work here any more
			continue
		}
		if err != nil {
			return err
		}
		run, visit, ref = append(run, one.run.id), append(visit, l.visits[i]), append(ref, id)
	}
	return d.keepActs(ctx, "task", run, visit, ref)
}

func (d *deeds) keepActs(ctx context.Context, kind string, run []string, visit []int64, ref []string) error {
	_, err := d.tx.BulkInsert(ctx, "journey_act", "", db.Same("org_id", d.orgID, len(run)), db.Text("run_id", run), db.Int("visit", visit), db.Same("kind", kind, len(run)), db.Text("ref", ref))
	return err
}

// payload is what making a message needs, frozen when it is handed over.
type payload struct {
	Version int64          `json:"v"`
	Step    string         `json:"s"`
	Owner   string         `json:"o,omitempty"` // whose radar links go along
	Values  map[string]any `json:"w,omitempty"`
}

// send hands messages to the outbox.
func (d *deeds) send(ctx context.Context, l *layer, people []string) error {
	s, e := l.step, l.edition
	accounts := s.Message.AccountIDs
	if len(accounts) == 0 {
		accounts = e.AccountIDs
	}
	ways, err := d.Accounts.Addresses(ctx, d.tx, d.orgID, chosen(accounts, d.accounts), unique(append([]string(nil), people...)))
	if err != nil {
		return err
	}
	plan, err := d.plan(ctx, e, s)
	if err != nil {
		return err
	}
	codes, err := d.codes(ctx, l)
	if err != nil {
		return err
	}
	out := make([]Recipient, len(l.of))
	run, ref := make([]string, len(l.of)), make([]string, len(l.of))
	for i, one := range l.of {
		who := d.people[one.run.person]
		values := e.values(s.ID, who, d.org)
		if i < len(codes) {
			values[couponName] = codes[i]
		}
		data, err := json.Marshal(payload{Version: e.version, Step: s.ID, Owner: who.Owner, Values: values})
		if err != nil {
			return err
		}
		out[i] = Recipient{Key: actKey(one.run.id, l.visits[i]), PersonID: one.run.person, Addresses: ways[one.run.person], Until: clock.Time(d.now).Add(s.Message.Patience()), Data: data}
		run[i], ref[i] = one.run.id, plan
	}
	if err := d.Outbox.Add(ctx, d.tx, d.orgID, plan, out); err != nil {
		return fmt.Errorf("hand over: %w", err)
	}
	killpoint.Here("journey.handed")
	return d.keepActs(ctx, "message", run, l.visits, ref)
}

// chosen are the accounts that work, in the order in which they were chosen.
func chosen(ids []string, all []Account) (out []Account) {
	for _, id := range ids {
		for _, a := range all {
			if a.ID == id && a.Active {
				out = append(out, a)
			}
		}
	}
	return out
}

// plan is the standing plan of a step; it is made when it is first needed.
func (d *deeds) plan(ctx context.Context, e *edition, s *graph.Step) (string, error) {
	id, err := planOf(ctx, d.tx, d.orgID, e.journey, s.ID, e.Purpose)
	if err != nil || id != "" {
		return id, err
	}
	id = d.newID("jpl")
	n, err := d.tx.Changed(ctx, "INSERT INTO journey_plan (org_id, journey_id, step, purpose, plan_id) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", d.orgID, e.journey, s.ID, e.Purpose, id)
	if err != nil {
		return "", err
	}
	if n == 0 { // another node has made it just now
		return planOf(ctx, d.tx, d.orgID, e.journey, s.ID, e.Purpose)
	}
	title := d.rows[e.journey].name
	if s.Name != "" {
		title += " · " + s.Name
	}
	return id, d.Outbox.CreatePlan(ctx, d.tx, Plan{ID: id, OrgID: d.orgID, JourneyID: e.journey, Purpose: e.Purpose, Title: title})
}

// values are those of a person that a step's texts use.
func (e *edition) values(step string, p Known, org OrgSettings) map[string]any {
	uses := map[string]bool{}
	for _, t := range []Text{e.texts[step], e.subject[step], e.html[step]} {
		if t != nil {
			for _, name := range t.Uses() {
				uses[name] = true
			}
		}
	}
	out := map[string]any{}
	for name, v := range valuesOf(p, org) {
		if uses[name] {
			out[name] = v
		}
	}
	return out
}

// valuesOf is all that texts and other systems can be told of a person.
func valuesOf(p Known, org OrgSettings) map[string]any {
	v := map[string]any{}
	put := func(name string, value any) {
		if value != nil && value != "" {
			v[name] = value
		}
	}
	day := func(us int64) string {
		if us == 0 {
			return ""
		}
		return clock.Time(us).In(org.Zone).Format(time.DateOnly)
	}
	put("name", p.Name)
	put("region", p.Region)
	put("stage", p.Stage)
	put("orders", p.Orders)
	put("spent", float64(p.GMVMinor)/math.Pow10(org.Digits))
	put("first_order", day(p.FirstOrder))
	put("last_order", day(p.LastOrder))
	put("birthday", p.Birthday)
	put("brand", org.Name)
	for key, value := range p.Traits {
		put("trait."+key, value)
	}
	return v
}

// call asks for other systems to be told.
func (d *deeds) call(ctx context.Context, l *layer) error {
	s := l.step
	calls := make([]hook.Call, len(l.of))
	for i, one := range l.of {
		values := valuesOf(d.people[one.run.person], d.org)
		person := map[string]any{"id": one.run.person}
		for _, f := range s.Webhook.Fields {
			if v, ok := values[f]; ok {
				person[f] = v
			}
		}
		var data any
		if one.run.data != "" {
			data = json.RawMessage(one.run.data)
		}
		calls[i] = hook.Call{RunID: one.run.id, Visit: l.visits[i], JourneyID: one.run.journey, Step: s.ID, PersonID: one.run.person, URL: s.Webhook.URL, Secret: s.Webhook.Sealed,
			Message: hook.Message{Event: hook.EventStep, ID: hook.Key(one.run.id, l.visits[i]), At: clock.Time(d.now), Journey: hook.Named{ID: one.run.journey, Name: d.rows[one.run.journey].name},
				Step: hook.Named{ID: s.ID, Name: s.Name}, Person: person, Data: data}}
	}
	return d.Calls.Enqueue(ctx, d.tx, d.orgID, calls...)
}

// enterOthers lets people into other journeys, in the order in which they walked;
// those that take nobody in are passed over. moved are the same people after it.
func (d *deeds) enterOthers(ctx context.Context, moved []*run) error {
	in, rows := map[string][]incoming{}, map[string]*row{}
	for i, one := range d.ran {
		fact := one.run.fact
		for _, a := range one.to.Acts {
			if a.Step.Kind.Changes() {
				fact = moved[i].fact
			}
			if a.Step.Kind != graph.Enter {
				continue
			}
			to := a.Step.Use
			if _, known := rows[to]; !known {
				r, err := load(ctx, d.tx, d.orgID, to)
				if err != nil && !errs.Is(err, errs.CodeNotFound) {
					return err
				}
				rows[to] = r
			}
			if r := rows[to]; r == nil || !r.takesIn() || r.deleted != 0 {
				continue
			}
			r := one.run
			in[to] = append(in[to], incoming{person: r.person, cameAs: r.person, source: FromJourney, kind: r.kind, data: r.data, at: d.now, depth: r.depth + 1, fact: fact, inside: d.walks(i, r.person, to)})
		}
	}
	for _, id := range sorted(in) {
		if _, err := d.enter(ctx, d.tx, d.orgID, rows[id], in[id], d.tally); err != nil {
			return err
		}
	}
	return nil
}

// walks tells whether somebody walked in a journey when the nth of the batch did:
// that one itself, and those whose turn came later, though all are written already.
func (d *deeds) walks(n int, person, journey string) bool {
	for _, later := range d.ran[n:] {
		if later.run.person == person && later.run.journey == journey {
			return true
		}
	}
	return false
}

// leaveStep calls off what still waits for those whose walk was ended.
func (s *Service) leaveStep(ctx context.Context, tx *db.Tx, orgID string, t tally, all []*run) error {
	ids := make([]string, len(all))
	var visits []visit
	for i, r := range all {
		ids[i] = r.id
		visits = append(visits, visit{run: r.id, journey: r.journey, step: r.Step, kind: "", outcome: "", why: r.why, visit: r.Visit, version: r.version, arrived: r.Arrived, left: r.ended, way: walk.Ended})
		t.add(r.journey, r.version, r.Step, "here", "", -1)
		t.add(r.journey, r.version, r.Step, "stopped", r.why, 1)
		t.add(r.journey, r.version, r.Step, "sec", secBucket(r.ended-r.Arrived), 1)
	}
	if err := keepVisits(ctx, tx, orgID, visits); err != nil {
		return err
	}
	return s.callOff(ctx, tx, orgID, ids)
}

// callOff calls off what still waits of walks.
func (s *Service) callOff(ctx context.Context, tx *db.Tx, orgID string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	plans, tasks := map[string][]string{}, []string(nil)
	where, arg := tx.In("run_id", ids)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id, kind, ref string
		var n int64
		if err := rows.Scan(&id, &n, &kind, &ref); err != nil {
			return err
		}
		if kind == "task" {
			tasks = append(tasks, ref)
		} else {
			plans[ref] = append(plans[ref], actKey(id, n))
		}
		return nil
	}, "SELECT run_id, visit, kind, ref FROM journey_act WHERE org_id = ? AND "+where+" ORDER BY run_id, visit", orgID, arg); err != nil {
		return err
	}
	for _, plan := range sorted(plans) {
		if err := s.Outbox.CallOff(ctx, tx, orgID, plan, plans[plan]); err != nil {
			return err
		}
	}
	if len(tasks) > 0 {
		if err := s.Tasks.Withdraw(ctx, tx, orgID, tasks); err != nil {
			return err
		}
	}
	_, err := s.Calls.CallOff(ctx, tx, orgID, ids...)
	return err
}

// end ends walks that are still going on. The runs have just been read in tx.
func (s *Service) end(ctx context.Context, tx *db.Tx, orgID string, t tally, status, why string, all ...*run) error {
	var ended []*run
	now := s.micros()
	for _, r := range all {
		if r.status != Active && !(r.status == Failed && status == Cancelled) {
			continue
		}
		was := r.status
		if r.Wait == walk.Begin {
			t.add(r.journey, r.version, "", "begin", "", -1)
		}
		if was == Active {
			t.add(r.journey, 0, "", "active", "", -1)
		} else {
			t.add(r.journey, 0, "", was, "", -1)
		}
		t.add(r.journey, 0, "", status, "", 1)
		t.stop(r, -1)
		r.status, r.why, r.ended, r.Due, r.Until, r.Kind = status, why, now, 0, 0, ""
		t.stop(r, 1)
		ended = append(ended, r)
	}
	if len(ended) == 0 {
		return nil
	}
	saved, err := saveRuns(ctx, tx, orgID, ended)
	if err != nil {
		return err
	}
	if len(saved) != len(ended) {
		return errTaken
	}
	return s.leaveStep(ctx, tx, orgID, t, ended)
}

// countGoal counts those who have just reached the goal: in the journey, and at
// each step that they came by.
func (s *Service) countGoal(ctx context.Context, tx *db.Tx, orgID string, t tally, all []*run) error {
	if len(all) == 0 {
		return nil
	}
	of, ids := map[string]*run{}, make([]string, len(all))
	seen := map[[2]string]bool{}
	for i, r := range all {
		of[r.id], ids[i] = r, r.id
		t.add(r.journey, 0, "", "converted", r.arm, 1)
		if r.arm == Treated && r.status == Active {
			seen[[2]string{r.id, r.Step}] = true
			t.add(r.journey, r.version, r.Step, "converted", "", 1)
		}
	}
	where, arg := tx.In("run_id", ids)
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var id, step string
		var version int64
		if err := rows.Scan(&id, &version, &step); err != nil {
			return err
		}
		if key := [2]string{id, step}; !seen[key] {
			seen[key] = true
			t.add(of[id].journey, version, step, "converted", "", 1)
		}
		return nil
	}, "SELECT run_id, version, step FROM journey_visit WHERE org_id = ? AND "+where+" ORDER BY run_id, visit", orgID, arg)
}
