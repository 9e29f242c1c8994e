package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"fishpond/internal/care"
	"fishpond/internal/carrier"
	"fishpond/internal/org"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/pool"
	"fishpond/internal/segment"
)

// newCare builds the module with what it needs from others.
func (a *App) newCare(keys care.Sealer) *care.Service {
	people := carePeople{a.Pool}
	return care.New(a.DB, a.Timeline, a.now, a.Log, care.Ports{People: people, Carriers: careCarriers{a.Carrier}, Consent: careConsent{a.DB, people, a.Carrier}, Staff: careStaff{a.Org, a.Carrier},
		Orgs: careOrgs{a.Org}, Lists: careLists{a}, Sealer: keys, Mailer: careMailer{a.Carrier}, Auditor: a.Org})
}

// carePeople is the pool as care sees it.
type carePeople struct{ pool *pool.Service }

func (p carePeople) Cards(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]care.Card, error) {
	named, err := p.pool.Names(ctx, tx, orgID, personIDs)
	out := make(map[string]care.Card, len(named))
	for id, n := range named {
		out[id] = care.Card(n)
	}
	return out, err
}

func (p carePeople) ByExternal(ctx context.Context, tx *db.Tx, orgID string, externalIDs []string) (map[string]string, error) {
	of := make([]pool.Identity, len(externalIDs))
	for i, id := range externalIDs {
		of[i] = pool.Identity{Kind: "wecom_external_userid", Value: id}
	}
	found, err := p.pool.ByIdentities(ctx, tx, orgID, of)
	out := map[string]string{}
	for i, person := range found {
		if person != "" {
			out[externalIDs[i]] = person
		}
	}
	return out, err
}

func (p carePeople) Ways(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string][]string, error) {
	all, err := p.pool.IdentitiesOf(ctx, tx, orgID, personIDs)
	out := make(map[string][]string, len(all))
	for person, ids := range all {
		for _, id := range ids {
			if id.Kind == "phone" || id.Kind == "email" {
				out[person] = append(out[person], id.Kind)
			}
		}
	}
	return out, err
}

// careCarriers tells care what accounts there are.
type careCarriers struct{ *carrier.Service }

func (c careCarriers) Accounts(ctx context.Context, tx *db.Tx, orgID string) (map[string]care.Account, error) {
	infos, err := c.AccountInfos(ctx, tx, orgID)
	out := make(map[string]care.Account, len(infos))
	for id, i := range infos {
		out[id] = care.Account{Name: i.Name, Kind: i.Kind}
	}
	return out, err
}

// archivePurpose is the consent that lets what somebody says be archived.
const archivePurpose = "session_archive"

// careConsent asks the platform who has agreed to being archived, where an
// account has the archive's secret, and the pool otherwise. Who has said no to
// the brand itself is never archived.
type careConsent struct {
	db      *db.DB
	people  carePeople
	carrier *carrier.Service
}

func (c careConsent) Agreed(ctx context.Context, orgID string, pairs []care.Pair) (map[care.Pair]bool, error) {
	said, accounts, err := c.said(ctx, orgID, pairs)
	if err != nil {
		return nil, err
	}
	asked := make([]carrier.ArchivePair, len(pairs))
	for i, p := range pairs {
		asked[i] = carrier.ArchivePair(p)
	}
	out, answered := make(map[care.Pair]bool, len(pairs)), false
	for _, account := range accounts {
		answers, err := c.carrier.ArchiveConsent(ctx, orgID, account, asked)
		if errs.Is(err, errs.CodeConflict) {
			continue // it has no archive
		}
		if err != nil {
			return nil, err
		}
		answered = true
		for _, a := range answers {
			out[care.Pair(a.ArchivePair)] = out[care.Pair(a.ArchivePair)] || a.Allowed()
		}
	}
	for _, p := range pairs {
		if yes, spoke := said[p.ExternalID]; spoke && !yes || !answered {
			out[p] = yes
		}
	}
	return out, nil
}

// said is what customers told the brand, by external id, and which accounts
// could have an archive.
func (c careConsent) said(ctx context.Context, orgID string, pairs []care.Pair) (said map[string]bool, accounts []string, err error) {
	err = c.db.Read(ctx, orgID, func(tx *db.Tx) error {
		said, accounts = map[string]bool{}, nil
		kinds, err := c.carrier.AccountKinds(ctx, tx, orgID)
		if err != nil {
			return err
		}
		for id, kind := range kinds {
			if kind == carrier.KindWecom {
				accounts = append(accounts, id)
			}
		}
		slices.Sort(accounts)
		externals := make([]string, len(pairs))
		for i, p := range pairs {
			externals[i] = p.ExternalID
		}
		persons, err := c.people.ByExternal(ctx, tx, orgID, externals)
		if err != nil || len(persons) == 0 {
			return err
		}
		all, err := c.people.pool.Portraits(ctx, tx, orgID, slices.Collect(maps.Values(persons)))
		words := map[string]map[string]bool{}
		for _, p := range all {
			words[p.ID] = p.Consents
		}
		for external, person := range persons {
			if yes, spoke := words[person][archivePurpose]; spoke {
				said[external] = yes
			}
		}
		return err
	})
	return said, accounts, err
}

// careStaff tells care who works for an org, here and as platforms name them.
type careStaff struct {
	org     *org.Service
	carrier *carrier.Service
}

func (s careStaff) Names(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	return s.org.StaffNames(ctx, tx, orgID)
}

func (s careStaff) ByUserID(ctx context.Context, tx *db.Tx, orgID string, userIDs []string) (map[string]string, error) {
	return s.carrier.StaffByUser(ctx, tx, orgID, userIDs)
}

func (s careStaff) Handlers(ctx context.Context, tx *db.Tx, orgID string) (out []care.Handler, err error) {
	all, err := s.org.StaffOf(ctx, tx, orgID)
	for _, st := range all {
		if st.Status == org.StatusActive && slices.Contains(care.Handlers(), st.Role) {
			out = append(out, care.Handler{StaffID: st.ID, Email: st.Email, Lang: i18n.Match(st.Locale)})
		}
	}
	return out, err
}

// careMailer sends mail to staff by the org's e-mail accounts. It is nobody's
// conversation: no person is named.
type careMailer struct{ carrier *carrier.Service }

func (m careMailer) Mail(ctx context.Context, orgID string, mail care.Mail) (care.MailOutcome, error) {
	r, err := m.carrier.Send(ctx, orgID, carrier.Outgoing{Key: mail.Key, AccountID: mail.AccountID, To: mail.To, Subject: mail.Subject, Parts: []carrier.Part{{Kind: carrier.PartText, Text: mail.Text}}})
	out := care.MailOutcome{Status: r.Status, Reason: r.Reason, Again: r.Again}
	switch r.Status {
	case carrier.SendSent, carrier.SendFailed, carrier.SendDoubtful:
	default: // it is on its way, and will not be sent twice
		out.Status = carrier.SendSent
	}
	return out, err
}

// careOrgs tells care of orgs.
type careOrgs struct{ *org.Service }

func (o careOrgs) Zone(ctx context.Context, tx *db.Tx, orgID string) (*time.Location, error) {
	s, err := o.Settings(ctx, tx, orgID)
	return s.TimeZone, err
}

// careLists makes lists that segments can refer to. The segments are built
// after care: they are asked for when they are needed.
type careLists struct{ app *App }

func (l careLists) MakeList(ctx context.Context, name string, personIDs []string) (string, error) {
	made, err := l.app.Segments.CreateList(ctx, segment.ListInput{Name: name})
	if err != nil {
		return "", err
	}
	const most = 5000 // persons of one change
	for from := 0; from < len(personIDs); from += most {
		if _, err := l.app.Segments.ChangeList(ctx, made.ID, segment.ListChange{Add: personIDs[from:min(from+most, len(personIDs))]}); err != nil {
			return "", err
		}
	}
	return made.ID, nil
}
