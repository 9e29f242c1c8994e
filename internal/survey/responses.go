package survey

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Responses lists responses, the latest first. Who sees only their own
// customers sees the answers of those.
func (s *Service) Responses(ctx context.Context, id string, f ResponseFilter, after place, limit int) (out []ResponseView, next place, more bool, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := there(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		w := &viewer{s: s, tx: tx, actor: a, specs: map[int64]*Spec{}}
		var found []*response
		if err := s.responses(ctx, tx, a.OrgID, id, f, after, func(r *response) (bool, error) {
			if ok, err := w.may(ctx, r); err != nil || !ok {
				return true, err
			}
			if len(found) == limit {
				more = true
				return false, nil
			}
			found = append(found, r)
			return true, nil
		}); err != nil {
			return err
		}
		if n := len(found); n > 0 {
			next = place{found[n-1].finished, found[n-1].id}
		}
		out, err = w.show(ctx, found)
		return err
	})
	return out, next, more, err
}

// Response returns one response.
func (s *Service) Response(ctx context.Context, surveyID, id string) (out ResponseView, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := there(ctx, tx, a.OrgID, surveyID); err != nil {
			return err
		}
		r, err := responseByID(ctx, tx, a.OrgID, surveyID, id)
		if err != nil {
			return err
		}
		w := &viewer{s: s, tx: tx, actor: a, specs: map[int64]*Spec{}}
		if ok, err := w.may(ctx, r); err != nil || !ok {
			if err == nil {
				err = noSuchResponse
			}
			return err
		}
		all, err := w.show(ctx, []*response{r})
		if err == nil {
			out = all[0]
		}
		return err
	})
	return out, err
}

// viewer shows responses to somebody.
type viewer struct {
	s     *Service
	tx    *db.Tx
	actor access.Actor
	specs map[int64]*Spec
}

func (w *viewer) may(ctx context.Context, r *response) (bool, error) {
	if !w.actor.OwnOnly {
		return true, nil
	}
	if r.person == "" {
		return false, nil
	}
	return w.s.People.Visible(ctx, w.tx, w.actor.OrgID, r.person)
}

func (w *viewer) spec(ctx context.Context, r *response) (*Spec, error) {
	if spec, ok := w.specs[r.version]; ok {
		return spec, nil
	}
	spec := &Spec{}
	if r.version > 0 { // who declined at once has begun none
		var err error
		if spec, err = versionSpec(ctx, w.tx, r.org, r.survey, r.version); err != nil {
			return nil, err
		}
	}
	w.specs[r.version] = spec
	return spec, nil
}

func (w *viewer) show(ctx context.Context, all []*response) ([]ResponseView, error) {
	var persons []string
	for _, r := range all {
		if r.person != "" {
			persons = append(persons, r.person)
		}
	}
	names, err := w.s.People.Names(ctx, w.tx, w.actor.OrgID, persons)
	if err != nil {
		return nil, err
	}
	out := make([]ResponseView, len(all))
	for i, r := range all {
		spec, err := w.spec(ctx, r)
		if err != nil {
			return nil, err
		}
		v := ResponseView{ID: r.id, Status: r.status, Version: r.version, Way: r.way, PersonID: names[r.person].ID, PersonName: names[r.person].Name, Answers: []AnswerView{}, Effects: r.effects,
			StartedAt: clock.Time(r.started), FinishedAt: r.at()}
		v.Effects.fill()
		for j := range spec.Questions {
			q := &spec.Questions[j]
			if a, ok := r.answers[q.ID]; ok {
				v.Answers = append(v.Answers, AnswerView{QuestionID: q.ID, Title: spec.piped(q.Title, r.answers), Type: q.Type, Text: w.words(q, a)})
			}
		}
		out[i] = v
	}
	return out, nil
}

// words is an answer as this viewer may read it.
func (w *viewer) words(q *Question, a Answer) string {
	text := q.words(a)
	if n := len(text); q.Type == Phone && n > 7 && !w.actor.Can("pool.reveal") {
		return text[:n-8] + "****" + text[n-4:]
	}
	return text
}

func (e *Effects) fill() {
	if e.TagsAdded == nil {
		e.TagsAdded = []Tagged{}
	}
	if e.TagsRemoved == nil {
		e.TagsRemoved = []Tagged{}
	}
	if e.Traits == nil {
		e.Traits = []TraitChange{}
	}
}

// Export writes all finished responses as a table, a row each. It is written
// into the audit log that they leave.
func (s *Service) Export(ctx context.Context, id, format string) (write func(ctx context.Context, w io.Writer) error, err error) {
	a, _ := access.From(ctx)
	lang := i18n.From(ctx)
	var questions []Question
	if err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		v, err := there(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if questions, _, err = allQuestions(ctx, tx, v); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "survey.exported", "survey", id, map[string]any{"format": format})
	}); err != nil {
		return nil, err
	}
	header := []string{i18n.T("完成时间", "Finished at").In(lang), i18n.T("客户编号", "Person").In(lang), i18n.T("客户", "Name").In(lang), i18n.T("版本", "Version").In(lang)}
	for _, q := range questions {
		header = append(header, pipes.ReplaceAllString(q.Title, "…"))
	}
	return func(ctx context.Context, out io.Writer) error {
		return sheet.Write(out, format, header, func(row sheet.Row) error { return s.exportRows(ctx, a, id, questions, row) })
	}, nil
}

func (s *Service) exportRows(ctx context.Context, a access.Actor, id string, questions []Question, row sheet.Row) error {
	var after place
	for { // a transaction a page, so that a long download holds none
		var some []*response
		names := map[string]Named{}
		w := &viewer{s: s, actor: a}
		if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
			var persons []string
			if err := s.responses(ctx, tx, a.OrgID, id, ResponseFilter{}, after, func(r *response) (bool, error) {
				some, persons = append(some, r), append(persons, r.person)
				return len(some) < 500, nil
			}); err != nil {
				return err
			}
			var err error
			names, err = s.People.Names(ctx, tx, a.OrgID, persons)
			return err
		}); err != nil {
			return err
		}
		for _, r := range some {
			after = place{r.finished, r.id}
			cells := []any{clock.Time(r.finished).Format(time.RFC3339), names[r.person].ID, names[r.person].Name, r.version}
			for i := range questions {
				cells = append(cells, strings.ReplaceAll(w.words(&questions[i], r.answers[questions[i].ID]), "\n", " "))
			}
			if err := row(cells...); err != nil {
				return err
			}
		}
		if len(some) < 500 {
			return nil
		}
	}
}
