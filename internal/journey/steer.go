package journey

import (
	"context"
	"encoding/json"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Steer pauses, resumes or ends a journey.
func (s *Service) Steer(ctx context.Context, id, what string) (Full, error) {
	a := actor(ctx)
	err := s.change(ctx, id, func(tx *db.Tx, r *row) error {
		to, from := map[string]string{"pause": Paused, "resume": Live, "end": Ended}[what], map[string]string{"pause": Live, "resume": Paused, "end": r.status}[what]
		if r.status != from || r.status == Draft || r.status == Ended {
			return errs.Conflict(i18n.T("旅程现在的状态不能这样做", "That cannot be done with the journey as it is"))
		}
		ended := int64(0)
		if to == Ended {
			ended = s.micros()
			if err := s.Later.JourneyWork(ctx, tx, a.OrgID, Work{What: "end", JourneyID: id}); err != nil {
				return err
			}
		}
		n, err := tx.Changed(ctx, "UPDATE journey_journey SET status = ?, ended_at = ?, changed_at = ?, changed_by = ? WHERE org_id = ? AND id = ? AND status = ?", to, ended, s.micros(), a.ID, a.OrgID, id, from)
		if err != nil {
			return err
		}
		if n == 0 {
			return errMoved
		}
		plans, err := plansOf(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		for _, plan := range plans {
			err := map[string]func(context.Context, *db.Tx, string, string) error{"pause": s.Outbox.Pause, "resume": s.Outbox.Resume, "end": s.Outbox.Cancel}[what](ctx, tx, a.OrgID, plan)
			if err != nil && !errs.Is(err, errs.CodeConflict) { // somebody has done it there
				return err
			}
		}
		tx.OnCommit(s.ring)
		return s.Auditor.Audit(ctx, tx, "journey."+map[string]string{"pause": "paused", "resume": "resumed", "end": "ended"}[what], "journey", id, nil)
	})
	if err != nil {
		return Full{}, err
	}
	return s.Get(ctx, id)
}

// EndInside ends everybody's walk of a journey that has ended.
func (s *Service) EndInside(ctx context.Context, orgID, id string) error {
	for {
		n := 0
		err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
			r, err := lock(ctx, tx, orgID, id)
			if err != nil || r.status != Ended {
				return err
			}
			runs, err := runsWhere(ctx, tx, orgID, "journey_id = ? AND status = 'active' ORDER BY id LIMIT ?"+forUpdate(tx), id, chunk)
			if n = len(runs); err != nil || n == 0 {
				return err
			}
			t := tally{}
			if err := s.end(ctx, tx, orgID, t, Cancelled, WhyEnded, runs...); err != nil {
				return err
			}
			return t.keep(ctx, tx, orgID)
		})
		if err != nil || n < chunk {
			return err
		}
	}
}

// EnterInput lets people in by hand.
type EnterInput struct {
	PersonIDs      []string   `json:"person_ids,omitempty" maxItems:"1000" nullable:"false"`
	Identities     []Identity `json:"identities,omitempty" maxItems:"100" nullable:"false" doc:"Of one person each; who has none of them is refused as unknown"`
	Key            string     `json:"key,omitempty" maxLength:"200" doc:"Tells walks of one person apart, where the journey does"`
	Data           any        `json:"data,omitempty" doc:"An object: what conditions on the event see"`
	IdempotencyKey string     `json:"idempotency_key,omitempty" maxLength:"100" doc:"The same again lets nobody in, and is answered as the first time"`
}

// Let is what came of letting people in.
type Let struct {
	Entered int       `json:"entered"`
	Refused []Refusal `json:"refused" nullable:"false"`
}

// Enter lets people in by hand, or over the API.
func (s *Service) Enter(ctx context.Context, id, source string, in EnterInput) (out Let, err error) {
	a := actor(ctx)
	if len(in.PersonIDs)+len(in.Identities) == 0 {
		return out, errs.InvalidField("body.person_ids", i18n.T("请选择客户", "Choose who comes in"))
	}
	data := ""
	if in.Data != nil {
		if _, object := in.Data.(map[string]any); !object {
			return out, errs.InvalidField("body.data", i18n.T("应为一个对象", "An object"))
		}
		if data = db.JSON(in.Data); len(data) > mostData {
			return out, errs.InvalidField("body.data", i18n.T("太长", "Too long"))
		}
	}
	err = s.change(ctx, id, func(tx *db.Tx, r *row) error {
		out = Let{Refused: []Refusal{}}
		if again, err := s.given(ctx, tx, a.OrgID, id, in.IdempotencyKey, &out); err != nil || again {
			return err
		}
		if !r.takesIn() {
			return errs.Conflict(i18n.T("旅程还没有发布，或已经结束", "The journey is not published, or has ended"))
		}
		ids := in.PersonIDs
		for _, one := range in.Identities {
			found, err := s.People.ByIdentities(ctx, tx, a.OrgID, []Identity{one})
			if err != nil {
				return err
			}
			if len(found) == 0 {
				out.Refused = append(out.Refused, Refusal{one.Value, "unknown"})
			}
			ids = append(ids[:len(ids):len(ids)], found...)
		}
		at, err := s.People.Speakers(ctx, tx, a.OrgID, unique(append([]string(nil), ids...)))
		if err != nil {
			return err
		}
		e, err := s.edition(ctx, tx, a.OrgID, id, r.version)
		if err != nil {
			return err
		}
		var all []incoming
		for _, one := range ids {
			by, ok := at[one]
			if !ok {
				out.Refused = append(out.Refused, Refusal{one, "unknown"})
				continue
			}
			all = append(all, incoming{person: by.ID, cameAs: by.ID, source: source, key: in.Key, kind: e.Entry.Event, data: data, at: s.micros()})
		}
		t := tally{}
		got, err := s.enter(ctx, tx, a.OrgID, r, all, t)
		if err != nil {
			return err
		}
		if err := t.keep(ctx, tx, a.OrgID); err != nil {
			return err
		}
		out.Entered, out.Refused = len(got.runs), append(out.Refused, got.refused...)
		if in.IdempotencyKey != "" {
			if _, err := tx.Exec(ctx, "INSERT INTO journey_given (org_id, journey_id, key, answer, at) VALUES (?, ?, ?, ?, ?)", a.OrgID, id, in.IdempotencyKey, db.JSON(out), s.micros()); err != nil {
				return err
			}
		}
		return s.Auditor.Audit(ctx, tx, "journey.entered", "journey", id, map[string]any{"people": len(ids), "entered": out.Entered})
	})
	return out, err
}

// EnterSegment lets everybody of a segment in, in the background.
func (s *Service) EnterSegment(ctx context.Context, id, segmentID string) error {
	a := actor(ctx)
	names, err := s.Conditions.Names(ctx, a.OrgID)
	if err != nil {
		return err
	}
	if names[segmentID] == "" {
		return errs.NotFound(i18n.T("人群", "segment"))
	}
	return s.change(ctx, id, func(tx *db.Tx, r *row) error {
		if !r.takesIn() {
			return errs.Conflict(i18n.T("旅程还没有发布，或已经结束", "The journey is not published, or has ended"))
		}
		if err := s.Later.JourneyWork(ctx, tx, a.OrgID, Work{What: "enter", JourneyID: id, SegmentID: segmentID, Source: FromHand}); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "journey.entered", "journey", id, map[string]any{"segment_id": segmentID})
	})
}

// TakeSegment lets everybody of a segment in, a thousand at a time.
func (s *Service) TakeSegment(ctx context.Context, orgID, id, segmentID, source string) error {
	members, err := s.Conditions.Members(ctx, orgID, segmentID)
	if unreadable(err) {
		return nil // gone meanwhile
	}
	if err != nil {
		return err
	}
	seqs := make([]uint32, chunk)
	for it := members.ManyIterator(); ; {
		n := it.NextMany(seqs)
		if n == 0 {
			return nil
		}
		if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
			r, err := load(ctx, tx, orgID, id)
			if err != nil || !r.takesIn() {
				return err
			}
			people, err := s.People.BySeq(ctx, tx, orgID, seqs[:n])
			if err != nil {
				return err
			}
			all, t := make([]incoming, len(people)), tally{}
			for i, p := range people {
				all[i] = incoming{person: p, cameAs: p, source: source, at: s.micros()}
			}
			if _, err := s.enter(ctx, tx, orgID, r, all, t); err != nil {
				return err
			}
			return t.keep(ctx, tx, orgID)
		}); err != nil {
			return err
		}
	}
}

// theRun is one walk, which nobody else changes until tx ends.
func (s *Service) theRun(ctx context.Context, tx *db.Tx, orgID, journeyID, runID string) (*run, error) {
	if _, err := load(ctx, tx, orgID, journeyID); err != nil {
		return nil, err
	}
	all, err := runsWhere(ctx, tx, orgID, "journey_id = ? AND id = ?"+forUpdate(tx), journeyID, runID)
	if err == nil && len(all) == 0 {
		err = errNoRun
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// TakeOut ends somebody's walk.
func (s *Service) TakeOut(ctx context.Context, journeyID, runID string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := s.theRun(ctx, tx, a.OrgID, journeyID, runID)
		if err != nil {
			return err
		}
		if r.status != Active {
			return errs.Conflict(i18n.T("已经走完了", "The walk is over"))
		}
		t := tally{}
		if err := s.end(ctx, tx, a.OrgID, t, Cancelled, WhyRemoved, r); err != nil {
			return err
		}
		if err := t.keep(ctx, tx, a.OrgID); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "journey.removed", "journey", journeyID, map[string]any{"run_id": runID})
	})
}

// Retry has somebody do the step again at which their walk failed.
func (s *Service) Retry(ctx context.Context, journeyID, runID string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := s.theRun(ctx, tx, a.OrgID, journeyID, runID)
		if err != nil {
			return err
		}
		if r.status != Failed {
			return errs.Conflict(i18n.T("没有在出错处停下", "The walk has not stopped because of an error"))
		}
		e, err := s.edition(ctx, tx, a.OrgID, r.journey, r.version)
		if err != nil {
			return err
		}
		had, err := historyOf(ctx, tx, a.OrgID, r.journey, []string{r.person})
		if err != nil {
			return err
		}
		if e.Frequency.Kind != graph.ByKey && had[r.person].inside {
			return errs.Conflict(i18n.T("这位客户正在这个旅程里走", "The person is walking in this journey just now"))
		}
		t := tally{}
		t.stop(r, -1)
		t.add(r.journey, 0, "", Failed, "", -1)
		t.add(r.journey, 0, "", Active, "", 1)
		t.add(r.journey, r.version, r.Step, "stopped", r.why, -1)
		t.add(r.journey, r.version, r.Step, "entered", "", 1)
		// A visit anew: what has its key was tried, and has failed.
		if err := keepVisits(ctx, tx, a.OrgID, []visit{{run: r.id, journey: r.journey, step: r.Step, outcome: walk.WasFailed, why: r.why, visit: r.Visit, version: r.version, arrived: r.Arrived, left: s.micros(), way: walk.Ended}}); err != nil {
			return err
		}
		r.status, r.why, r.ended, r.outcome = Active, "", 0, ""
		r.State = walk.State{Step: r.Step, Visit: r.Visit + 1, Arrived: s.micros(), Due: s.micros()}
		saved, err := saveRuns(ctx, tx, a.OrgID, []*run{r})
		if err == nil && len(saved) == 0 {
			err = errTaken
		}
		if err != nil {
			return err
		}
		if err := t.keep(ctx, tx, a.OrgID); err != nil {
			return err
		}
		tx.OnCommit(s.ring)
		return s.Auditor.Audit(ctx, tx, "journey.retried", "journey", journeyID, map[string]any{"run_id": runID})
	})
}

// given answers a request that was answered before.
func (s *Service) given(ctx context.Context, tx *db.Tx, orgID, id, key string, out *Let) (bool, error) {
	if key == "" {
		return false, nil
	}
	var answer string
	err := tx.QueryRow(ctx, "SELECT answer FROM journey_given WHERE org_id = ? AND journey_id = ? AND key = ?", orgID, id, key).Scan(&answer)
	if db.IsNoRows(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, json.Unmarshal([]byte(answer), out)
}
