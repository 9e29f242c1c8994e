package survey

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"strings"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// SurveyFilter selects surveys.
type SurveyFilter struct {
	Q      string // a part of the name
	Status string
}

// List lists surveys, the newest first. after is the id of the last one of the
// page before.
func (s *Service) List(ctx context.Context, f SurveyFilter, after string, limit int) (out []SurveyBrief, more bool, total int64, err error) {
	org := orgOf(ctx)
	where, args := "org_id = ? AND deleted_at = 0", []any{org}
	if f.Status != "" {
		where, args = where+" AND status = ?", append(args, f.Status)
	}
	if q := line(f.Q); q != "" {
		where, args = where+` AND lower(name) LIKE ? ESCAPE '\'`, append(args, "%"+strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(q))+"%")
	}
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM survey_survey WHERE "+where, args...).Scan(&total); err != nil {
			return err
		}
		if after != "" {
			where, args = where+" AND id < ?", append(args, after)
		}
		var all []*survey
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			v := &survey{}
			all = append(all, v)
			return v.scan(rows)
		}, "SELECT "+surveyColumns+" FROM survey_survey WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, limit+1)...); err != nil {
			return err
		}
		if more = len(all) > limit; more {
			all = all[:limit]
		}
		out, err = s.briefs(ctx, tx, org, all)
		return err
	})
	return out, more, total, err
}

// briefs shows surveys with what has come of them.
func (s *Service) briefs(ctx context.Context, tx *db.Tx, orgID string, all []*survey) ([]SurveyBrief, error) {
	out := make([]SurveyBrief, len(all))
	at := map[string]*SurveyBrief{}
	var list []string
	for i, v := range all {
		out[i] = SurveyBrief{ID: v.id, Name: v.name, Status: v.status, Version: v.version, Changed: v.version > 0 && v.published != v.revision, Questions: len(v.spec.Questions), Open: v.spec.Open,
			URL: s.config.BaseURL + "/s/" + v.slug, Opened: v.opened, CreatedAt: clock.Time(v.created), UpdatedAt: clock.Time(v.updated)}
		if v.publishedAt != 0 {
			t := clock.Time(v.publishedAt)
			out[i].PublishedAt = &t
		}
		at[v.id], list = &out[i], append(list, v.id)
	}
	if len(all) == 0 {
		return out, nil
	}
	where, arg := tx.In("survey_id", list)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, status string
		var n, last int64
		if err := rows.Scan(&id, &status, &n, &last); err != nil {
			return err
		}
		b := at[id]
		switch status {
		case respDone:
			b.Answered, b.Started = n, b.Started+n
			t := clock.Time(last)
			b.LastAnswerAt = &t
		case respOpen, respRepeated:
			b.Started += n
		case respDeclined:
			b.Declined = n
		}
		return nil
	}, "SELECT survey_id, status, count(*), max(finished_at) FROM survey_response WHERE org_id = ? AND "+where+" GROUP BY survey_id, status", orgID, arg)
}

// PersonalLink is the address at which one person answers.
type PersonalLink struct {
	PersonID string `json:"person_id"`
	Name     string `json:"name"`
	URL      string `json:"url" doc:"Whoever opens it answers as this person"`
}

// Links makes personal addresses. All persons must be there, and visible to
// who asks, or nothing is made.
func (s *Service) Links(ctx context.Context, id string, personIDs []string) (out []PersonalLink, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		v, err := there(ctx, tx, org, id)
		if err != nil {
			return err
		}
		names, err := s.People.Names(ctx, tx, org, personIDs)
		if err != nil {
			return err
		}
		for _, p := range personIDs {
			ok, err := s.People.Visible(ctx, tx, org, p)
			if err != nil {
				return err
			}
			if !ok {
				return errs.NotFound(i18n.T("这位客户", "person"))
			}
			who := names[p]
			out = append(out, PersonalLink{PersonID: who.ID, Name: who.Name, URL: s.config.BaseURL + "/s/" + v.token(who.ID)})
		}
		return nil
	})
	return out, err
}

// token is the last part of a person's own address.
func (v *survey) token(personID string) string {
	return v.slug + "." + personID + "." + v.sign(personID)
}

// sign proves that an address was made here: 96 bits of HMAC-SHA256.
func (v *survey) sign(personID string) string {
	mac := hmac.New(sha256.New, []byte(v.secret))
	mac.Write([]byte("survey person\x00" + v.id + "\x00" + personID))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])
}

// whose is the person of a token that was signed here.
func (v *survey) whose(personID, signature string) bool {
	return hmac.Equal([]byte(v.sign(personID)), []byte(signature))
}

// Picture is the QR code of a survey's open address.
func (s *Service) Picture(ctx context.Context, id, format string, size int) (data []byte, err error) {
	org := orgOf(ctx)
	var v *survey
	if err := s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		v, err = there(ctx, tx, org, id)
		return err
	}); err != nil {
		return nil, err
	}
	return s.Ports.QR(s.config.BaseURL+"/s/"+v.slug, format, size)
}
