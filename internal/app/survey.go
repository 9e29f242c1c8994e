package app

import (
	"context"
	"time"

	"fishpond/internal/acquisition/paper"
	"fishpond/internal/org"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool"
	"fishpond/internal/survey"
)

// surveyOrgs tells surveys of orgs.
type surveyOrgs struct{ *org.Service }

func (o surveyOrgs) Settings(ctx context.Context, tx *db.Tx, orgID string) (survey.OrgSettings, error) {
	s, err := o.Service.Settings(ctx, tx, orgID)
	return survey.OrgSettings{Name: s.Name, Zone: s.TimeZone, Locale: s.Locale}, err
}

// surveyPeople is the pool as surveys see it.
type surveyPeople struct{ pool *pool.Service }

// surveySource is where the pool has it from.
const surveySource = "survey"

func (p surveyPeople) Phone(ctx context.Context, tx *db.Tx, orgID, raw string) (string, error) {
	return p.pool.Phone(ctx, tx, orgID, raw)
}

func (p surveyPeople) Enter(ctx context.Context, tx *db.Tx, orgID, phone, purpose, textVersion string, seenAt time.Time) (string, error) {
	found, err := p.pool.Resolve(ctx, tx, orgID, []pool.Contact{{Source: surveySource, SeenAt: seenAt, Identities: []pool.Identity{{Kind: "phone", Value: phone}}}})
	if err != nil {
		return "", err
	}
	return found[0].PersonID, p.pool.NoteConsent(ctx, tx, orgID, found[0].PersonID, pool.ConsentInput{Purpose: purpose, Granted: true, TextVersion: textVersion, Source: surveySource})
}

func (p surveyPeople) Speaks(ctx context.Context, tx *db.Tx, orgID, personID string) (string, []string, error) {
	return p.pool.Members(ctx, tx, orgID, personID)
}

func (p surveyPeople) Visible(ctx context.Context, tx *db.Tx, orgID, personID string) (bool, error) {
	return p.pool.Visible(ctx, tx, orgID, personID)
}

func (p surveyPeople) Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]survey.Named, error) {
	named, err := p.pool.Names(ctx, tx, orgID, personIDs)
	out := make(map[string]survey.Named, len(named))
	for id, n := range named {
		out[id] = survey.Named(n)
	}
	return out, err
}

func (p surveyPeople) Words(ctx context.Context, tx *db.Tx, orgID string) (survey.Words, error) {
	def, err := p.pool.Definitions(ctx, tx, orgID)
	out := survey.Words{Tags: map[string]survey.TagWord{}, Traits: map[string]survey.TraitWord{}}
	for _, t := range def.Tags {
		out.Tags[t.ID] = survey.TagWord{Name: t.Name, Group: t.Group}
	}
	for _, t := range def.Traits {
		out.Traits[t.Key] = survey.TraitWord{Label: t.Label, Type: t.Type, Options: t.Options}
	}
	return out, err
}

func (p surveyPeople) Declare(ctx context.Context, tx *db.Tx, orgID, key, label, kind string) error {
	return p.pool.DeclareTrait(ctx, tx, orgID, pool.TraitInput{Key: key, Label: label, Type: kind})
}

func (p surveyPeople) Learn(ctx context.Context, tx *db.Tx, orgID, personID string, l survey.Lesson) (survey.Effects, error) {
	did, err := p.pool.Learn(ctx, tx, orgID, surveySource, personID, pool.Lesson(l))
	var out survey.Effects
	for _, t := range did.Added {
		out.TagsAdded = append(out.TagsAdded, survey.Tagged{ID: t.ID, Name: t.Name})
	}
	for _, t := range did.Removed {
		out.TagsRemoved = append(out.TagsRemoved, survey.Tagged{ID: t.ID, Name: t.Name})
	}
	for _, t := range did.Traits {
		out.Traits = append(out.Traits, survey.TraitChange{Key: t.Key, Before: t.Before, After: t.After, Added: t.Added})
	}
	return out, err
}

func (p surveyPeople) Unlearn(ctx context.Context, tx *db.Tx, orgID, personID string, e survey.Effects) error {
	var did pool.Learned
	for _, t := range e.TagsAdded {
		did.Added = append(did.Added, pool.TagBrief{ID: t.ID, Name: t.Name})
	}
	for _, t := range e.TagsRemoved {
		did.Removed = append(did.Removed, pool.TagBrief{ID: t.ID, Name: t.Name})
	}
	for _, t := range e.Traits {
		did.Traits = append(did.Traits, pool.TraitChange{Key: t.Key, Before: t.Before, After: t.After, Added: t.Added})
	}
	return p.pool.Unlearn(ctx, tx, orgID, surveySource, personID, did)
}

func (p surveyPeople) Consent(ctx context.Context, tx *db.Tx, orgID, personID, purpose string, granted bool, textVersion string) error {
	return p.pool.NoteConsent(ctx, tx, orgID, personID, pool.ConsentInput{Purpose: purpose, Granted: granted, TextVersion: textVersion, Source: surveySource})
}

// surveyQR draws the QR code of a survey's address.
func surveyQR(text, format string, size int) ([]byte, error) {
	if format == "svg" {
		return paper.SVG(text, size)
	}
	return paper.PNG(text, size)
}
