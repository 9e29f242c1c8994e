package survey

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/ids"
	"fishpond/internal/survey/surveyevent"
	"fishpond/internal/timeline"
)

// The statuses of a response.
const (
	respOpen     = "open"
	respDone     = "done"
	respRepeated = "repeated"
	respDeclined = "declined"
)

// source is where what surveys learn comes from.
const source = "survey"

// guest is who opens a survey: a person by their own address, or a browser.
type guest struct {
	person  string
	browser string // hash of its cookie
}

// latest is the last response of a guest, nil when there is none.
func (g guest) latest(ctx context.Context, tx *db.Tx, v *survey, people People) (*response, error) {
	where, args := "survey_id = ? AND browser = ? AND way = 'open'", []any{v.id, g.browser}
	if g.person != "" {
		_, members, err := people.Speaks(ctx, tx, v.org, g.person)
		if err != nil {
			return nil, err
		}
		in, arg := tx.In("person_id", members)
		where, args = "person_id <> '' AND "+in+" AND survey_id = ? AND status <> '"+respRepeated+"'", []any{arg, v.id}
	}
	r := &response{}
	err := r.scan(tx.QueryRow(ctx, "SELECT "+responseColumns+" FROM survey_response WHERE org_id = ? AND "+where+" ORDER BY id DESC LIMIT 1", append([]any{v.org}, args...)...))
	if db.IsNoRows(err) {
		return nil, nil
	}
	return r, err
}

// begin makes a response of the version that is published now.
func (s *Service) begin(ctx context.Context, tx *db.Tx, v *survey, g guest, at time.Time) (*response, error) {
	now := clock.Micros(at)
	r := &response{org: v.org, id: ids.New("rsp"), survey: v.id, version: v.version, status: respOpen, person: g.person, browser: g.browser, way: "open", started: now, updated: now}
	if g.person != "" {
		r.way = "personal"
	}
	if err := r.insert(ctx, tx); err != nil {
		return nil, err
	}
	_, err := s.log.Append(ctx, tx, v.org, timeline.Fact{Kind: surveyevent.Started, PersonID: g.person, OccurredAt: at, Source: source, DedupeKey: "survey.started:" + r.id,
		Data: surveyevent.Survey{SurveyID: v.id, Name: v.name, ResponseID: r.id, Version: r.version}})
	return r, err
}

// finish ends a response: whose it is, whether they may, what follows for
// them, and the event, all or nothing. The status tells how it came out;
// finishing twice is finishing once.
func (s *Service) finish(ctx context.Context, tx *db.Tx, v *survey, spec *Spec, r *response, now time.Time) error {
	if r.status != respOpen {
		return nil
	}
	kept, _ := spec.visible(r.answers)
	r.answers, r.ending = kept, spec.ending(kept).ID
	r.updated, r.finished, r.status = clock.Micros(now), clock.Micros(now), respDone
	// First of all, so that of two at once one waits here and then finds it done.
	if won, err := r.keep(ctx, tx, respOpen); err != nil || !won {
		if err == nil {
			return movedOn
		}
		return err
	}
	if r.person == "" {
		for _, q := range spec.Questions {
			if a, ok := kept[q.ID]; ok && q.Type == Phone {
				var err error
				if r.person, err = s.People.Enter(ctx, tx, v.org, a.Text, "profiling", q.textVersion(), now); err != nil {
					return err
				}
				break
			}
		}
	}
	var members []string
	if r.person != "" {
		var err error
		if r.person, members, err = s.People.Speaks(ctx, tx, v.org, r.person); err != nil {
			return err
		}
	}
	if free, err := s.claim(ctx, tx, v, spec, r, members); err != nil {
		return err
	} else if !free {
		r.status = respRepeated
		_, err := r.keep(ctx, tx, respDone)
		return err
	}
	if r.person != "" {
		if err := s.learn(ctx, tx, v, spec, r, members); err != nil {
			return err
		}
	}
	if _, err := r.keep(ctx, tx, respDone); err != nil {
		return err
	}
	_, err := s.log.Append(ctx, tx, v.org, timeline.Fact{Kind: surveyevent.Answered, PersonID: r.person, OccurredAt: now, Source: source, DedupeKey: "survey.answered:" + r.id, Data: v.told(spec, r)})
	return err
}

// claim takes the place of those who answer once; false when it was taken.
func (s *Service) claim(ctx context.Context, tx *db.Tx, v *survey, spec *Spec, r *response, members []string) (bool, error) {
	if spec.Repeat {
		return true, nil
	}
	if len(members) > 0 { // whom they speak for may have answered before they were one
		who := make([]string, len(members))
		for i, m := range members {
			who[i] = "p:" + m
		}
		in, arg := tx.In("who", who)
		var n int64
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM survey_claim WHERE org_id = ? AND survey_id = ? AND "+in, v.org, v.id, arg).Scan(&n); err != nil || n > 0 {
			return false, err
		}
	}
	var keys []string
	if r.person != "" {
		keys = append(keys, "p:"+r.person)
	}
	if r.way == "open" && spec.Open == "nameless" {
		keys = append(keys, "b:"+r.browser)
	}
	for _, key := range keys {
		n, err := tx.Changed(ctx, "INSERT INTO survey_claim (org_id, survey_id, who, response_id) VALUES (?, ?, ?, ?) ON CONFLICT (org_id, survey_id, who) DO NOTHING", v.org, v.id, key, r.id)
		if err != nil {
			return false, err
		}
		if n == 0 {
			_, err := tx.Exec(ctx, "DELETE FROM survey_claim WHERE org_id = ? AND survey_id = ? AND response_id = ?", v.org, v.id, r.id)
			return false, err
		}
	}
	return true, nil
}

// learn has the pool learn what the answers say.
func (s *Service) learn(ctx context.Context, tx *db.Tx, v *survey, spec *Spec, r *response, members []string) error {
	words, err := s.People.Words(ctx, tx, v.org)
	if err != nil {
		return err
	}
	for key, t := range spec.makes() { // somebody may have taken it away since
		if _, ok := words.Traits[key]; !ok {
			if err := s.People.Declare(ctx, tx, v.org, key, t[0], t[1]); err != nil {
				return err
			}
			words.Traits[key] = TraitWord{Label: t[0], Type: t[1]}
		}
	}
	l := spec.lesson(r.answers, words)
	if r.effects, err = s.People.Learn(ctx, tx, v.org, r.person, l); err != nil {
		return err
	}
	for i := range r.effects.Traits {
		t := &r.effects.Traits[i]
		if t.Label = words.Traits[t.Key].Label; t.Label == "" {
			t.Label = t.Key
		}
	}
	if text, ok := l.Set[RemarkTrait].(string); ok && s.Remarker != nil {
		r.effects.Remark = text
		return s.Remarker.Remark(ctx, tx, v.org, members, text)
	}
	return nil
}

// told is a response as the timeline tells of it.
func (v *survey) told(spec *Spec, r *response) surveyevent.Response {
	out := surveyevent.Response{Survey: surveyevent.Survey{SurveyID: v.id, Name: v.name, ResponseID: r.id, Version: r.version}, Answers: []surveyevent.Answer{}}
	for i := range spec.Questions {
		q := &spec.Questions[i]
		a, ok := r.answers[q.ID]
		if !ok || q.Type == Phone {
			continue
		}
		if out.Score == nil && q.nps() {
			out.Score = a.Number
		}
		out.Answers = append(out.Answers, surveyevent.Answer{Question: short(spec.piped(q.Title, r.answers), 60), Answer: short(q.words(a), 120)})
	}
	return out
}

// textVersion names the text of a consent by what it says.
func (q *Question) textVersion() string {
	sum := sha256.Sum256([]byte(q.Consent))
	return "survey-" + hex.EncodeToString(sum[:6])
}

// decline notes that a guest wants no more surveys, or, with on, that they do
// after all.
func (s *Service) decline(ctx context.Context, tx *db.Tx, v *survey, g guest, r *response, on bool) error {
	if g.person != "" {
		if err := s.People.Consent(ctx, tx, v.org, g.person, "survey", on, "page"); err != nil {
			return err
		}
	}
	now := clock.Micros(s.now())
	if on {
		if r == nil || r.status != respDeclined {
			return nil
		}
		r.status, r.updated, r.finished = respOpen, now, 0
		_, err := r.keep(ctx, tx, respDeclined)
		return err
	}
	switch {
	case r == nil || r.status == respRepeated:
		r = &response{org: v.org, id: ids.New("rsp"), survey: v.id, version: v.version, status: respDeclined, person: g.person, browser: g.browser, way: "open", started: now, updated: now, finished: now}
		if g.person != "" {
			r.way = "personal"
		}
		if err := r.insert(ctx, tx); err != nil {
			return err
		}
	case r.status == respOpen:
		r.status, r.updated, r.finished = respDeclined, now, now
		if won, err := r.keep(ctx, tx, respOpen); err != nil || !won {
			return err
		}
	default:
		return nil // answered, or has declined before
	}
	_, err := s.log.Append(ctx, tx, v.org, timeline.Fact{Kind: surveyevent.Declined, PersonID: g.person, Source: source, DedupeKey: "survey.declined:" + r.id,
		Data: surveyevent.Survey{SurveyID: v.id, Name: v.name, ResponseID: r.id, Version: r.version}})
	return err
}

// DeleteResponse deletes a response and takes back what it had changed of its
// person, as far as nobody has changed it since. They may answer again.
func (s *Service) DeleteResponse(ctx context.Context, surveyID, id string) error {
	org := orgOf(ctx)
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		v, err := there(ctx, tx, org, surveyID)
		if err != nil {
			return err
		}
		r, err := responseByID(ctx, tx, org, surveyID, id)
		if err != nil {
			return err
		}
		n, err := tx.Changed(ctx, "DELETE FROM survey_response WHERE org_id = ? AND id = ?", org, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return noSuchResponse
		}
		if _, err := tx.Exec(ctx, "DELETE FROM survey_claim WHERE org_id = ? AND survey_id = ? AND response_id = ?", org, surveyID, id); err != nil {
			return err
		}
		if r.status == respDone && r.person != "" {
			if err := s.People.Unlearn(ctx, tx, org, r.person, r.effects); err != nil && !errs.Is(err, errs.CodeNotFound) {
				return err
			}
		}
		if _, err := s.log.Append(ctx, tx, org, timeline.Fact{Kind: surveyevent.Retracted, PersonID: r.person, Source: source,
			Data: surveyevent.Survey{SurveyID: v.id, Name: v.name, ResponseID: r.id, Version: r.version}}); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "survey.response_deleted", "survey", surveyID, map[string]any{"response_id": id, "person_id": r.person})
	})
}
