package survey

import (
	"context"
	"encoding/json"

	"fishpond/internal/platform/db"
)

// survey is a row of survey_survey.
type survey struct {
	org, id, slug, secret, name, status             string
	spec                                            Spec // the draft
	revision, version, published                    int64
	opened                                          int64
	created, updated, publishedAt, ended, deletedAt int64
}

const surveyColumns = "org_id, id, slug, secret, name, status, draft, revision, version, published_revision, opened, created_at, updated_at, published_at, ended_at, deleted_at"

func (v *survey) scan(row interface{ Scan(...any) error }) error {
	var spec string
	err := row.Scan(&v.org, &v.id, &v.slug, &v.secret, &v.name, &v.status, &spec, &v.revision, &v.version, &v.published, &v.opened, &v.created, &v.updated, &v.publishedAt, &v.ended, &v.deletedAt)
	if err == nil {
		err = json.Unmarshal([]byte(spec), &v.spec)
	}
	return err
}

// surveyByID finds a survey of an org, deleted ones too.
func surveyByID(ctx context.Context, tx *db.Tx, orgID, id string) (*survey, error) {
	v := &survey{}
	err := v.scan(tx.QueryRow(ctx, "SELECT "+surveyColumns+" FROM survey_survey WHERE org_id = ? AND id = ?", orgID, id))
	if db.IsNoRows(err) {
		return nil, noSuchSurvey
	}
	return v, err
}

// there is surveyByID for one that is not deleted.
func there(ctx context.Context, tx *db.Tx, orgID, id string) (*survey, error) {
	v, err := surveyByID(ctx, tx, orgID, id)
	if err == nil && v.deletedAt != 0 {
		return nil, noSuchSurvey
	}
	return v, err
}

func (v *survey) insert(ctx context.Context, tx *db.Tx) error {
	spec, err := json.Marshal(v.spec)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO survey_survey ("+surveyColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		v.org, v.id, v.slug, v.secret, v.name, v.status, string(spec), v.revision, v.version, v.published, v.opened, v.created, v.updated, v.publishedAt, v.ended, v.deletedAt)
	return err
}

// save writes a survey that was read at a revision and status.
func (v *survey) save(ctx context.Context, tx *db.Tx, revision int64, status string) error {
	spec, err := json.Marshal(v.spec)
	if err != nil {
		return err
	}
	n, err := tx.Changed(ctx, `UPDATE survey_survey SET name = ?, status = ?, draft = ?, revision = ?, version = ?, published_revision = ?, updated_at = ?, published_at = ?, ended_at = ?, deleted_at = ?
		WHERE org_id = ? AND id = ? AND revision = ? AND status = ?`,
		v.name, v.status, string(spec), v.revision, v.version, v.published, v.updated, v.publishedAt, v.ended, v.deletedAt, v.org, v.id, revision, status)
	if err == nil && n == 0 {
		return movedOn
	}
	return err
}

// versionSpec is what was published as a version.
func versionSpec(ctx context.Context, tx *db.Tx, orgID, id string, version int64) (*Spec, error) {
	var text string
	if err := tx.QueryRow(ctx, "SELECT spec FROM survey_version WHERE org_id = ? AND survey_id = ? AND version = ?", orgID, id, version).Scan(&text); err != nil {
		if db.IsNoRows(err) {
			return nil, noSuchSurvey
		}
		return nil, err
	}
	s := &Spec{}
	return s, json.Unmarshal([]byte(text), s)
}

// response is a row of survey_response.
type response struct {
	org, id, survey              string
	version                      int64
	status, person, browser, way string
	answers                      Answers
	effects                      Effects
	ending                       string
	started, updated, finished   int64
}

const responseColumns = "org_id, id, survey_id, version, status, person_id, browser, way, answers, effects, ending, started_at, updated_at, finished_at"

func (r *response) scan(row interface{ Scan(...any) error }) error {
	var answers, effects string
	err := row.Scan(&r.org, &r.id, &r.survey, &r.version, &r.status, &r.person, &r.browser, &r.way, &answers, &effects, &r.ending, &r.started, &r.updated, &r.finished)
	if err == nil {
		err = json.Unmarshal([]byte(answers), &r.answers)
	}
	if err == nil {
		err = json.Unmarshal([]byte(effects), &r.effects)
	}
	return err
}

func responseByID(ctx context.Context, tx *db.Tx, orgID, surveyID, id string) (*response, error) {
	r := &response{}
	err := r.scan(tx.QueryRow(ctx, "SELECT "+responseColumns+" FROM survey_response WHERE org_id = ? AND survey_id = ? AND id = ?", orgID, surveyID, id))
	if db.IsNoRows(err) {
		return nil, noSuchResponse
	}
	return r, err
}

func (r *response) insert(ctx context.Context, tx *db.Tx) error {
	answers, effects, err := r.texts()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO survey_response ("+responseColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		r.org, r.id, r.survey, r.version, r.status, r.person, r.browser, r.way, answers, effects, r.ending, r.started, r.updated, r.finished)
	return err
}

func (r *response) texts() (answers, effects string, err error) {
	if r.answers == nil {
		r.answers = Answers{}
	}
	a, err := json.Marshal(r.answers)
	if err != nil {
		return "", "", err
	}
	e, err := json.Marshal(r.effects)
	return string(a), string(e), err
}

// keep writes a response that is still in the given status; changed is false
// when it was not any more.
func (r *response) keep(ctx context.Context, tx *db.Tx, status string) (changed bool, err error) {
	answers, effects, err := r.texts()
	if err != nil {
		return false, err
	}
	n, err := tx.Changed(ctx, `UPDATE survey_response SET status = ?, person_id = ?, answers = ?, effects = ?, ending = ?, updated_at = ?, finished_at = ?
		WHERE org_id = ? AND id = ? AND status = ?`, r.status, r.person, answers, effects, r.ending, r.updated, r.finished, r.org, r.id, status)
	return n == 1, err
}
