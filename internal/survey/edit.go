package survey

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

// The statuses of a survey.
const (
	Draft     = "draft"
	Published = "published"
	Ended     = "ended"
)

// SurveyBrief is a survey as a list shows it.
type SurveyBrief struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Status       string     `json:"status" enum:"draft,published,ended"`
	Version      int64      `json:"version" doc:"Published last; 0: never"`
	Changed      bool       `json:"changed" doc:"The draft is newer than what is published"`
	Questions    int        `json:"questions"`
	Open         string     `json:"open" enum:"off,phone,nameless"`
	URL          string     `json:"url" doc:"The open address"`
	Opened       int64      `json:"opened" doc:"By how many browsers"`
	Started      int64      `json:"started" doc:"Responses that were begun, finished ones included"`
	Answered     int64      `json:"answered"`
	Declined     int64      `json:"declined" doc:"Wanted no more surveys"`
	LastAnswerAt *time.Time `json:"last_answer_at,omitempty"`
	CreatedAt    time.Time  `json:"created_at"`
	UpdatedAt    time.Time  `json:"updated_at"`
	PublishedAt  *time.Time `json:"published_at,omitempty"`
}

// SpecProblem is why a survey cannot be published as it is.
type SpecProblem struct {
	Location string `json:"location" example:"body.spec.questions[0].title"`
	Message  string `json:"message"`
}

// Survey is a survey with its draft.
type Survey struct {
	SurveyBrief
	Revision int64         `json:"revision" doc:"Of the draft; a change names the one that it was made on"`
	Spec     Spec          `json:"spec"`
	Problems []SpecProblem `json:"problems" nullable:"false" doc:"Why it cannot be published"`
}

// SurveyInput makes a survey.
type SurveyInput struct {
	Name   string `json:"name,omitempty" maxLength:"60"`
	Spec   *Spec  `json:"spec,omitempty"`
	Sample bool   `json:"sample,omitempty" doc:"Begin with an example"`
}

// SurveyPatch changes a survey; nil stays.
type SurveyPatch struct {
	Name     *string `json:"name,omitempty" maxLength:"60"`
	Spec     *Spec   `json:"spec,omitempty"`
	Revision int64   `json:"revision" minimum:"1" doc:"That was changed; a newer one is a conflict"`
}

// clean brings texts into the form in which they are stored.
func (s *Spec) clean() {
	s.Title, s.Intro = line(s.Title), plaintext.Tidy(s.Intro)
	if s.Open == "" {
		s.Open = "off"
	}
	if s.Questions == nil {
		s.Questions = []Question{}
	}
	if s.Endings == nil {
		s.Endings = []Ending{}
	}
	for i := range s.Questions {
		q := &s.Questions[i]
		q.Title, q.Help, q.LowLabel, q.HighLabel, q.Consent = line(q.Title), plaintext.Tidy(q.Help), line(q.LowLabel), line(q.HighLabel), plaintext.Tidy(q.Consent)
		for j := range q.Options {
			q.Options[j].Text = line(q.Options[j].Text)
		}
		for j := range q.Rules {
			q.Rules[j].Value = line(q.Rules[j].Value)
		}
		if q.ShowIf != nil && len(q.ShowIf.Conditions) == 0 {
			q.ShowIf = nil
		}
	}
	for i := range s.Endings {
		e := &s.Endings[i]
		e.Title, e.Text, e.Button = line(e.Title), plaintext.Tidy(e.Text), line(e.Button)
		if e.ShowIf != nil && len(e.ShowIf.Conditions) == 0 {
			e.ShowIf = nil
		}
	}
}

// Create makes a survey.
func (s *Service) Create(ctx context.Context, in SurveyInput) (out Survey, err error) {
	now := clock.Micros(s.now())
	v := &survey{org: orgOf(ctx), id: ids.New("srv"), slug: slug(), secret: ids.Token(), name: line(in.Name), status: Draft, revision: 1, created: now, updated: now}
	switch {
	case in.Sample:
		v.spec = sampleSpec(i18n.From(ctx))
		if v.name == "" {
			v.name = v.spec.Title
		}
	case in.Spec != nil:
		v.spec = *in.Spec
	default:
		v.spec.Open = "nameless"
	}
	if v.name == "" {
		return out, errs.InvalidField("body.name", i18n.T("不能为空", "This is needed"))
	}
	v.spec.clean()
	err = s.db.Write(ctx, v.org, func(tx *db.Tx) error {
		if err := v.insert(ctx, tx); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "survey.created", "survey", v.id, map[string]any{"name": v.name}); err != nil {
			return err
		}
		out, err = s.show(ctx, tx, v)
		return err
	})
	return out, err
}

// change reads a survey, lets fn change it, writes it and its audit entry.
func (s *Service) change(ctx context.Context, id, action string, fn func(tx *db.Tx, v *survey) error) (out Survey, err error) {
	org := orgOf(ctx)
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		v, err := surveyByID(ctx, tx, org, id)
		if err != nil {
			return err
		}
		if v.deletedAt != 0 && action != "survey.restored" {
			return noSuchSurvey
		}
		revision, status := v.revision, v.status
		if err := fn(tx, v); err != nil {
			return err
		}
		v.updated = clock.Micros(s.now())
		if err := v.save(ctx, tx, revision, status); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, action, "survey", v.id, map[string]any{"name": v.name, "status": v.status, "version": v.version}); err != nil {
			return err
		}
		out, err = s.show(ctx, tx, v)
		return err
	})
	return out, err
}

// Update changes the draft or the name.
func (s *Service) Update(ctx context.Context, id string, p SurveyPatch) (Survey, error) {
	return s.change(ctx, id, "survey.updated", func(_ *db.Tx, v *survey) error {
		if p.Revision != v.revision {
			return movedOn
		}
		if p.Name != nil {
			if v.name = line(*p.Name); v.name == "" {
				return errs.InvalidField("body.name", i18n.T("不能为空", "This is needed"))
			}
		}
		if p.Spec != nil {
			v.spec = *p.Spec
			v.spec.clean()
		}
		v.revision++
		if p.Spec == nil && v.published == v.revision-1 { // a name is nothing that is published
			v.published = v.revision
		}
		return nil
	})
}

// Publish makes the draft what people answer from now on. Who is in the middle
// of an older version finishes that one. A survey that had ended is open again.
func (s *Service) Publish(ctx context.Context, id string, revision int64) (Survey, error) {
	return s.change(ctx, id, "survey.published", func(tx *db.Tx, v *survey) error {
		if revision != v.revision {
			return movedOn
		}
		words, err := s.People.Words(ctx, tx, v.org)
		if err != nil {
			return err
		}
		if wrong := v.spec.problems(words); len(wrong) > 0 {
			return errs.Invalid(i18n.T("还有内容没填好，暂时不能发布", "Something is still missing; it cannot be published yet"), wrong...)
		}
		makes := v.spec.makes()
		for _, key := range slices.Sorted(maps.Keys(makes)) {
			if err := s.People.Declare(ctx, tx, v.org, key, makes[key][0], makes[key][1]); err != nil {
				return err
			}
		}
		now := clock.Micros(s.now())
		if v.version == 0 || v.published != v.revision {
			spec, err := json.Marshal(v.spec)
			if err != nil {
				return err
			}
			v.version++
			if _, err := tx.Exec(ctx, "INSERT INTO survey_version (org_id, survey_id, version, spec, created_at) VALUES (?, ?, ?, ?, ?)", v.org, v.id, v.version, string(spec), now); err != nil {
				return err
			}
		}
		v.status, v.published, v.publishedAt, v.ended = Published, v.revision, now, 0
		return nil
	})
}

// End closes a survey: nobody can answer it any more.
func (s *Service) End(ctx context.Context, id string) (Survey, error) {
	return s.change(ctx, id, "survey.ended", func(_ *db.Tx, v *survey) error {
		if v.status != Published {
			return errs.Conflict(i18n.T("只有发布中的问卷可以结束", "Only a published survey can be ended"))
		}
		v.status, v.ended = Ended, clock.Micros(s.now())
		return nil
	})
}

// Reopen takes back that a survey was ended.
func (s *Service) Reopen(ctx context.Context, id string) (Survey, error) {
	return s.change(ctx, id, "survey.reopened", func(_ *db.Tx, v *survey) error {
		if v.status != Ended {
			return errs.Conflict(i18n.T("只有已结束的问卷可以重新开放", "Only an ended survey can be opened again"))
		}
		v.status, v.ended = Published, 0
		return nil
	})
}

// Delete takes a survey out of sight; its address is dead, its answers stay.
func (s *Service) Delete(ctx context.Context, id string) error {
	_, err := s.change(ctx, id, "survey.deleted", func(_ *db.Tx, v *survey) error {
		v.deletedAt = clock.Micros(s.now())
		return nil
	})
	return err
}

// Restore takes a deletion back.
func (s *Service) Restore(ctx context.Context, id string) (Survey, error) {
	return s.change(ctx, id, "survey.restored", func(_ *db.Tx, v *survey) error {
		v.deletedAt = 0
		return nil
	})
}

// Duplicate makes a new draft of a survey's draft.
func (s *Service) Duplicate(ctx context.Context, id string) (Survey, error) {
	org := orgOf(ctx)
	var v *survey
	if err := s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		v, err = there(ctx, tx, org, id)
		return err
	}); err != nil {
		return Survey{}, err
	}
	name := []rune(i18n.T("%s（副本）", "%s (copy)", v.name).In(i18n.From(ctx)))
	return s.Create(ctx, SurveyInput{Name: string(name[:min(len(name), 60)]), Spec: &v.spec})
}

// Get returns one survey.
func (s *Service) Get(ctx context.Context, id string) (out Survey, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		v, err := there(ctx, tx, org, id)
		if err != nil {
			return err
		}
		out, err = s.show(ctx, tx, v)
		return err
	})
	return out, err
}

func (s *Service) show(ctx context.Context, tx *db.Tx, v *survey) (out Survey, err error) {
	briefs, err := s.briefs(ctx, tx, v.org, []*survey{v})
	if err != nil {
		return out, err
	}
	words, err := s.People.Words(ctx, tx, v.org)
	if err != nil {
		return out, err
	}
	out = Survey{SurveyBrief: briefs[0], Revision: v.revision, Spec: v.spec, Problems: []SpecProblem{}}
	for _, f := range v.spec.problems(words) {
		out.Problems = append(out.Problems, SpecProblem{Location: f.Path, Message: f.Text.In(i18n.From(ctx))})
	}
	return out, nil
}
