package pool

import (
	"context"
	"database/sql"
	"regexp"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Consent is what a person said about a purpose, with its proof: when, where,
// to which text, and who wrote it down.
type Consent struct {
	ID          string    `json:"id"`
	Purpose     string    `json:"purpose"`
	Granted     bool      `json:"granted"`
	TextVersion string    `json:"text_version"`
	Source      string    `json:"source" doc:"Where it was said"`
	At          time.Time `json:"at"`
	By          string    `json:"by" doc:"Staff or API key that recorded it"`
}

var purposePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// ConsentInput is a person's word on a purpose.
type ConsentInput struct {
	Purpose     string `json:"purpose" maxLength:"40" pattern:"^[a-z][a-z0-9_]{0,39}$" example:"marketing"`
	Granted     bool   `json:"granted"`
	TextVersion string `json:"text_version,omitempty" maxLength:"64" doc:"Which wording was shown"`
	Source      string `json:"source,omitempty" maxLength:"64" doc:"Where it was said: store, mini_program, phone, …"`
}

func cleanConsent(in ConsentInput) (ConsentInput, error) {
	if !purposePattern.MatchString(in.Purpose) {
		return in, errs.InvalidField("body.purpose", i18n.T("用途应为小写字母、数字和下划线", "A purpose is lower-case letters, digits and underscores"))
	}
	for path, v := range map[string]*string{"body.text_version": &in.TextVersion, "body.source": &in.Source} {
		var problem i18n.Text
		if *v, problem = cleanLine(*v, 64); !problem.IsZero() {
			return in, errs.InvalidField(path, problem)
		}
	}
	return in, nil
}

// consents lists all that the given persons said, newest first.
func consents(ctx context.Context, tx *db.Tx, orgID string, members []string) (out []Consent, err error) {
	where, arg := tx.In("person_id", members)
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var c Consent
		var granted, at int64
		if err := rows.Scan(&c.ID, &c.Purpose, &granted, &c.TextVersion, &c.Source, &at, &c.By); err != nil {
			return err
		}
		c.Granted, c.At = granted == 1, clock.Time(at)
		out = append(out, c)
		return nil
	}, "SELECT id, purpose, granted, text_version, source, at, by_id FROM pool_consent WHERE org_id = ? AND "+where+" ORDER BY at DESC, id DESC", orgID, arg)
	return out, err
}

// consentsNow is what holds: the latest word on each purpose.
func consentsNow(ctx context.Context, tx *db.Tx, orgID string, members []string) ([]Consent, error) {
	all, err := consents(ctx, tx, orgID, members)
	if err != nil {
		return nil, err
	}
	out := []Consent{}
	for _, c := range all {
		if !slices.ContainsFunc(out, func(o Consent) bool { return o.Purpose == c.Purpose }) {
			out = append(out, c)
		}
	}
	return out, nil
}

// Consents lists all that a person said, newest first.
func (s *Service) Consents(ctx context.Context, personID string) (out []Consent, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		_, members, err := s.visible(ctx, tx, a, personID)
		if err != nil {
			return err
		}
		out, err = consents(ctx, tx, a.OrgID, members)
		return err
	})
	return out, err
}

// RecordConsent adds a person's word on a purpose to the ledger. Taking back
// is as easy as giving.
func (s *Service) RecordConsent(ctx context.Context, personID string, in ConsentInput) (out Consent, err error) {
	a, _ := access.From(ctx)
	if in, err = cleanConsent(in); err != nil {
		return out, err
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		canonical, _, err := s.visible(ctx, tx, a, personID)
		if err != nil {
			return err
		}
		if out, err = s.addConsent(ctx, tx, a.OrgID, canonical, "console", in); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, consentKind(in.Granted), "person", canonical, map[string]any{"purpose": in.Purpose, "text_version": in.TextVersion})
	})
	return out, err
}
