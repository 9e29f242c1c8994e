package survey

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// OptionResult is how often an option, or a number of a scale, was chosen.
type OptionResult struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Count int64  `json:"count"`
}

// NPS is the net promoter score of a question from 0 to 10.
type NPS struct {
	Score      float64 `json:"score" doc:"Share of promoters minus share of detractors, −100 to 100"`
	Promoters  int64   `json:"promoters" doc:"9 and 10"`
	Passives   int64   `json:"passives" doc:"7 and 8"`
	Detractors int64   `json:"detractors" doc:"0 to 6"`
}

// QuestionResult is what was answered to a question, over all versions.
type QuestionResult struct {
	ID       string         `json:"id"`
	Type     string         `json:"type"`
	Title    string         `json:"title"`
	Gone     bool           `json:"gone" doc:"Only older versions have it"`
	Answered int64          `json:"answered"`
	Options  []OptionResult `json:"options" nullable:"false" doc:"Of choices and scales; of a multiple choice they add up to more than answered"`
	Mean     *float64       `json:"mean,omitempty" doc:"Of a scale"`
	NPS      *NPS           `json:"nps,omitempty"`
	Texts    []string       `json:"texts" nullable:"false" doc:"The latest, at most 20"`
}

// Results are what has come of a survey.
type Results struct {
	SurveyBrief
	MedianSeconds int64            `json:"median_seconds" doc:"From the first page to the last, of the latest 1,000; 0: nobody has answered"`
	Results       []QuestionResult `json:"results" nullable:"false"`
}

const (
	latestTexts = 20
	latestTimes = 1000
)

// Results sums up all finished responses.
func (s *Service) Results(ctx context.Context, id string) (out Results, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		v, err := there(ctx, tx, org, id)
		if err != nil {
			return err
		}
		briefs, err := s.briefs(ctx, tx, org, []*survey{v})
		if err != nil {
			return err
		}
		out.SurveyBrief = briefs[0]
		questions, gone, err := allQuestions(ctx, tx, v)
		if err != nil {
			return err
		}
		sum := newTally(questions, gone)
		var took []int64
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var text []byte
			var started, finished int64
			if err := rows.Scan(&text, &started, &finished); err != nil {
				return err
			}
			if len(took) < latestTimes {
				took = append(took, finished-started)
			}
			answers := Answers{}
			if err := json.Unmarshal(text, &answers); err != nil {
				return err
			}
			sum.add(answers)
			return nil
		}, "SELECT answers, started_at, finished_at FROM survey_response WHERE org_id = ? AND survey_id = ? AND status = 'done' ORDER BY finished_at DESC, id DESC", org, id); err != nil {
			return err
		}
		if slices.Sort(took); len(took) > 0 {
			out.MedianSeconds = took[len(took)/2] / int64(time.Second/time.Microsecond)
		}
		out.Results = sum.results()
		return nil
	})
	return out, err
}

// allQuestions are the questions of all versions by their latest wording: in
// the order of the last version, then those that it has not.
func allQuestions(ctx context.Context, tx *db.Tx, v *survey) (out []Question, gone map[string]bool, err error) {
	gone = map[string]bool{}
	at := map[string]int{}
	for version := v.version; version > 0; version-- {
		spec, err := versionSpec(ctx, tx, v.org, v.id, version)
		if err != nil {
			return nil, nil, err
		}
		for _, q := range spec.Questions {
			i, ok := at[q.ID]
			if !ok {
				at[q.ID], gone[q.ID], out = len(out), version != v.version, append(out, q)
				continue
			}
			for _, o := range q.Options { // options that were taken away still have answers
				if out[i].label(o.ID) == "" {
					out[i].Options = append(slices.Clip(out[i].Options), o)
				}
			}
		}
	}
	return out, gone, nil
}

// tally counts answers.
type tally struct {
	questions []Question
	gone      map[string]bool
	of        map[string]*counted
}

type counted struct {
	answered, sum int64
	options       map[string]int64
	numbers       [11]int64
	texts         []string
}

func newTally(questions []Question, gone map[string]bool) *tally {
	t := &tally{questions: questions, gone: gone, of: map[string]*counted{}}
	for _, q := range questions {
		t.of[q.ID] = &counted{options: map[string]int64{}}
	}
	return t
}

func (t *tally) add(answers Answers) {
	for id, a := range answers {
		c := t.of[id]
		if c == nil {
			continue
		}
		c.answered++
		for _, o := range a.Options {
			c.options[o]++
		}
		if a.Number != nil && *a.Number >= 0 && *a.Number <= 10 {
			c.numbers[*a.Number]++
			c.sum += int64(*a.Number)
		}
		if a.Text != "" && len(c.texts) < latestTexts {
			c.texts = append(c.texts, a.Text)
		}
	}
}

func (t *tally) results() []QuestionResult {
	out := make([]QuestionResult, 0, len(t.questions))
	for i := range t.questions {
		q := &t.questions[i]
		c := t.of[q.ID]
		r := QuestionResult{ID: q.ID, Type: q.Type, Title: pipes.ReplaceAllString(q.Title, "…"), Gone: t.gone[q.ID], Answered: c.answered, Options: []OptionResult{}, Texts: []string{}}
		switch {
		case q.choice():
			for _, o := range q.Options {
				r.Options = append(r.Options, OptionResult{o.ID, o.Text, c.options[o.ID]})
			}
		case q.Type == Scale:
			r.scale(q, c)
		case q.Type == Text && c.texts != nil:
			r.Texts = c.texts
		}
		out = append(out, r)
	}
	return out
}

func (r *QuestionResult) scale(q *Question, c *counted) {
	for n := q.From; n <= q.To; n++ {
		r.Options = append(r.Options, OptionResult{itoa(n), itoa(n), c.numbers[n]})
	}
	if c.answered == 0 {
		return
	}
	mean := float64(c.sum) / float64(c.answered)
	r.Mean = &mean
	if !q.nps() {
		return
	}
	p := NPS{Promoters: c.numbers[9] + c.numbers[10], Passives: c.numbers[7] + c.numbers[8]}
	for n := range 7 {
		p.Detractors += c.numbers[n]
	}
	p.Score = 100 * float64(p.Promoters-p.Detractors) / float64(c.answered)
	r.NPS = &p
}

// AnswerView is an answer as people read it.
type AnswerView struct {
	QuestionID string `json:"question_id"`
	Title      string `json:"title"`
	Type       string `json:"type"`
	Text       string `json:"text"`
}

// ResponseView is a response as the console shows it.
type ResponseView struct {
	ID         string       `json:"id"`
	Status     string       `json:"status" enum:"open,done,repeated,declined"`
	Version    int64        `json:"version"`
	Way        string       `json:"way" enum:"personal,open"`
	PersonID   string       `json:"person_id" doc:"Who speaks for them now; empty: nobody knows"`
	PersonName string       `json:"person_name"`
	Answers    []AnswerView `json:"answers" nullable:"false"`
	Effects    Effects      `json:"effects" doc:"What it has changed of the person"`
	StartedAt  time.Time    `json:"started_at"`
	FinishedAt *time.Time   `json:"finished_at,omitempty"`
}

// ResponseFilter selects responses.
type ResponseFilter struct {
	Status   string // empty: done
	Question string // with Option: those who chose it, or this number of a scale
	Option   string
}

// place is where a page of responses ends.
type place struct {
	At int64  `json:"a"`
	ID string `json:"i"`
}

// responses calls fn for responses, those that ended (or began) last first,
// until it returns false.
func (s *Service) responses(ctx context.Context, tx *db.Tx, orgID, id string, f ResponseFilter, after place, fn func(*response) (bool, error)) error {
	if f.Status == "" {
		f.Status = respDone
	}
	const step = 200
	for {
		where, args := "", []any{orgID, id, f.Status}
		if after.ID != "" {
			where, args = " AND (finished_at, id) < (?, ?)", append(args, after.At, after.ID)
		}
		var some []*response
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			r := &response{}
			some = append(some, r)
			return r.scan(rows)
		}, "SELECT "+responseColumns+" FROM survey_response WHERE org_id = ? AND survey_id = ? AND status = ?"+where+" ORDER BY finished_at DESC, id DESC LIMIT ?", append(args, step)...); err != nil {
			return err
		}
		for _, r := range some {
			after = place{r.finished, r.id}
			if f.Option != "" && !r.answers[f.Question].has(f.Option) {
				continue
			}
			if more, err := fn(r); err != nil || !more {
				return err
			}
		}
		if len(some) < step {
			return nil
		}
	}
}

// has reports whether an option, or a number, was chosen.
func (a Answer) has(option string) bool {
	return slices.Contains(a.Options, option) || a.Number != nil && itoa(*a.Number) == option
}

// at returns when a response ended, nil while it is open.
func (r *response) at() *time.Time {
	if r.finished == 0 {
		return nil
	}
	t := clock.Time(r.finished)
	return &t
}
