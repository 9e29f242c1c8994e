package journey

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
)

// Run is somebody's walk.
type Run struct {
	ID          string     `json:"id"`
	JourneyID   string     `json:"journey_id"`
	JourneyName string     `json:"journey_name,omitempty"`
	PersonID    string     `json:"person_id"`
	PersonName  string     `json:"person_name"`
	Status      string     `json:"status" enum:"active,done,exited,cancelled,failed,holdout"`
	Why         string     `json:"why"`
	Step        string     `json:"step"`
	StepName    string     `json:"step_name"`
	StepKind    string     `json:"step_kind" enum:",message,tag,trait,note,task,webhook,enter,wait,wait_until,wait_date,wait_event,branch,property,split,reachable,goal,exit"`
	Wait        string     `json:"wait" enum:",begin,time,event,happened,message,webhook,answered,facts,broken,pass,stopped" doc:"For what they wait there; empty: nothing"`
	Version     int64      `json:"version"`
	Source      string     `json:"source" enum:"segment,event,date,hand,api,journey"`
	EntryKey    string     `json:"entry_key"`
	EnteredAt   time.Time  `json:"entered_at"`
	Since       *time.Time `json:"since" doc:"When they came to the step; null: they never did"`
	DueAt       *time.Time `json:"due_at" doc:"When it is looked at again; null: not by itself"`
	EndedAt     *time.Time `json:"ended_at"`
	ConvertedAt *time.Time `json:"converted_at"`
	Path        []Visited  `json:"path,omitempty" doc:"Only of a single one"`
}

// Visited is a step that somebody has left.
type Visited struct {
	Visit     int64     `json:"visit"`
	Step      string    `json:"step"`
	Name      string    `json:"name"`
	Kind      string    `json:"kind" enum:"message,tag,trait,note,task,webhook,enter,wait,wait_until,wait_date,wait_event,branch,property,split,reachable,goal,exit"`
	Version   int64     `json:"version"`
	ArrivedAt time.Time `json:"arrived_at"`
	LeftAt    time.Time `json:"left_at"`
	Way       int       `json:"way" doc:"Index of the step's ways; -1: next; -2: the walk ended there; -3: they were moved to another version"`
	Outcome   string    `json:"outcome"`
	Why       string    `json:"why"`
}

// RunFilter selects walks.
type RunFilter struct {
	Step    string `query:"step" maxLength:"40" doc:"Who is there now"`
	Status  string `query:"status" enum:",active,done,exited,cancelled,failed,holdout"`
	Q       string `query:"q" maxLength:"100" doc:"Of the person with this id or identity"`
	Version int64  `query:"version" minimum:"0"`
}

// Runs lists walks of a journey, those who came in last first.
func (s *Service) Runs(ctx context.Context, id string, f RunFilter, after at, limit int) (out []Run, next at, more bool, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		where, args := "journey_id = ?", []any{id}
		if f.Q != "" {
			ids, err := s.find(ctx, tx, a.OrgID, f.Q)
			if err != nil {
				return err
			}
			in, arg := tx.In("person_id", ids)
			where, args = where+" AND "+in, append(args, arg)
		}
		if f.Step != "" {
			where, args = where+" AND step = ? AND status = 'active'", append(args, f.Step)
		}
		if f.Status != "" {
			where, args = where+" AND status = ?", append(args, f.Status)
		}
		if f.Version > 0 {
			where, args = where+" AND version = ?", append(args, f.Version)
		}
		if after.ID != "" {
			where, args = where+" AND (entered_at, id) < (?, ?)", append(args, after.At, after.ID)
		}
		runs, err := runsWhere(ctx, tx, a.OrgID, where+" ORDER BY entered_at DESC, id DESC LIMIT ?", append(args, limit+1)...)
		if err != nil {
			return err
		}
		if more = len(runs) > limit; more {
			runs = runs[:limit]
			next = at{runs[limit-1].entered, runs[limit-1].id}
		}
		out, err = s.viewRuns(ctx, tx, a.OrgID, runs)
		return err
	})
	return out, next, more, err
}

// find tells whom a search means: a person's id, or an identity.
func (s *Service) find(ctx context.Context, tx *db.Tx, orgID, q string) ([]string, error) {
	var of []Identity
	for _, kind := range []string{"phone", "email", "customer_no", "wecom_external_userid"} {
		of = append(of, Identity{kind, q})
	}
	ids, err := s.People.ByIdentities(ctx, tx, orgID, of)
	if err != nil && !errs.Is(err, errs.CodeInvalid) {
		return nil, err
	}
	at, err := s.People.Speakers(ctx, tx, orgID, append(ids, q))
	out := []string{q}
	for _, by := range at {
		out = append(out, by.ID)
	}
	return out, err
}

func (s *Service) viewRuns(ctx context.Context, tx *db.Tx, orgID string, runs []*run) ([]Run, error) {
	ids := make([]string, len(runs))
	for i, r := range runs {
		ids[i] = r.person
	}
	names, err := s.People.Names(ctx, tx, orgID, unique(ids))
	if err != nil {
		return nil, err
	}
	out := make([]Run, len(runs))
	for i, r := range runs {
		v := Run{ID: r.id, JourneyID: r.journey, PersonID: r.person, PersonName: names[r.person], Status: r.status, Why: r.why, Step: r.Step, Wait: r.Wait, Version: r.version, Source: r.source, EntryKey: r.entry,
			EnteredAt: clock.Time(r.entered), Since: clock.Ptr(r.Arrived), DueAt: clock.Ptr(r.Due), EndedAt: clock.Ptr(r.ended), ConvertedAt: clock.Ptr(r.converted)}
		e, err := s.edition(ctx, tx, orgID, r.journey, r.version)
		if err != nil {
			return nil, err
		}
		if st := e.Graph.Step(r.Step); st != nil {
			v.StepName, v.StepKind = st.Name, string(st.Kind)
		}
		out[i] = v
	}
	return out, nil
}

// OneRun is a walk with its path.
func (s *Service) OneRun(ctx context.Context, journeyID, runID string) (out Run, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, journeyID)
		if err != nil {
			return err
		}
		runs, err := runsWhere(ctx, tx, a.OrgID, "journey_id = ? AND id = ?", journeyID, runID)
		if err != nil {
			return err
		}
		if len(runs) == 0 {
			return errNoRun
		}
		all, err := s.viewRuns(ctx, tx, a.OrgID, runs)
		if err != nil {
			return err
		}
		out = all[0]
		out.JourneyName = r.name
		out.Path, err = s.path(ctx, tx, a.OrgID, journeyID, runID)
		return err
	})
	return out, err
}

func (s *Service) path(ctx context.Context, tx *db.Tx, orgID, journeyID, runID string) ([]Visited, error) {
	out, err := db.All(ctx, tx, func(r *sql.Rows, v *Visited) error {
		var arrived, left int64
		err := r.Scan(&v.Visit, &v.Step, &v.Kind, &v.Version, &arrived, &left, &v.Way, &v.Outcome, &v.Why)
		v.ArrivedAt, v.LeftAt = clock.Time(arrived), clock.Time(left)
		return err
	}, "SELECT visit, step, kind, version, arrived_at, left_at, way, outcome, why FROM journey_visit WHERE org_id = ? AND run_id = ? ORDER BY visit LIMIT 1000", orgID, runID)
	if err != nil {
		return nil, err
	}
	for i := range out {
		e, err := s.edition(ctx, tx, orgID, journeyID, out[i].Version)
		if err != nil {
			return nil, err
		}
		if st := e.Graph.Step(out[i].Step); st != nil {
			out[i].Name, out[i].Kind = st.Name, string(st.Kind)
		}
	}
	return out, nil
}

// OfPerson lists the walks of a person, the latest first, 100 at most.
func (s *Service) OfPerson(ctx context.Context, personID string) (out []Run, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		by, err := s.People.Speakers(ctx, tx, a.OrgID, []string{personID})
		if err != nil {
			return err
		}
		at, ok := by[personID]
		if !ok {
			return errNoPerson
		}
		runs, err := runsWhere(ctx, tx, a.OrgID, "person_id = ? ORDER BY entered_at DESC, id DESC LIMIT 100", at.ID)
		if err != nil {
			return err
		}
		if out, err = s.viewRuns(ctx, tx, a.OrgID, runs); err != nil {
			return err
		}
		for i := range out {
			r, err := load(ctx, tx, a.OrgID, out[i].JourneyID)
			if err != nil {
				return err
			}
			out[i].JourneyName = r.name
		}
		return nil
	})
	return out, err
}
