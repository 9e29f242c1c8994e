package carrier

import (
	"context"
	"slices"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// ArchivePair is a talk between a member of an account and a customer.
type ArchivePair struct{ UserID, ExternalID string }

// What a customer says of a talk being archived.
const (
	ConsentAgreed  = "agreed"  // they have agreed
	ConsentDefault = "default" // they were told, and have not objected
	ConsentRefused = "refused"
	ConsentUnknown = "unknown" // the platform knows no such talk
)

// ArchiveAnswer is whether a talk may be archived.
type ArchiveAnswer struct {
	ArchivePair
	Archived bool       // the member's talks are archived at all
	Consent  string     // see the constants; unknown where Archived is false
	Since    *time.Time // nil: the platform does not say
}

// Allowed reports whether what is said in the talk may be kept.
func (a ArchiveAnswer) Allowed() bool {
	return a.Archived && (a.Consent == ConsentAgreed || a.Consent == ConsentDefault)
}

const (
	slotArchive    = "archive"
	agreementsOnce = 100
	codeNoArchive  = 301053 // nobody's talks are archived
)

// ArchiveConsent asks the platform which talks may be archived, in the order of
// the pairs. It calls the platform: not within a transaction. An account without
// the archive's secret is errs.CodeConflict.
func (s *Service) ArchiveConsent(ctx context.Context, orgID, accountID string, pairs []ArchivePair) ([]ArchiveAnswer, error) {
	a, err := s.archiveOf(ctx, orgID, accountID)
	if err != nil {
		return nil, err
	}
	users, err := s.archivedUsers(ctx, a)
	if err != nil {
		return nil, err
	}
	out := make([]ArchiveAnswer, len(pairs))
	asked := map[wecom.Talk]wecom.Agreement{}
	var ask []wecom.Talk
	for i, p := range pairs {
		out[i] = ArchiveAnswer{ArchivePair: p, Archived: slices.Contains(users, p.UserID), Consent: ConsentUnknown}
		if t := wecom.Talk(p); out[i].Archived && !slices.Contains(ask, t) {
			ask = append(ask, t)
		}
	}
	for part := range slices.Chunk(ask, agreementsOnce) {
		list, err := s.wecomOf(a, slotArchive, impatient).Agreements(ctx, part)
		if err != nil {
			return nil, wire.Show(err)
		}
		for _, g := range list {
			asked[wecom.Talk{UserID: g.UserID, ExternalID: g.ExternalID}] = g
		}
	}
	for i := range out {
		g, ok := asked[wecom.Talk(out[i].ArchivePair)]
		if consent := map[string]string{"Agree": ConsentAgreed, "Default_Agree": ConsentDefault, "Disagree": ConsentRefused}[g.Status]; ok && out[i].Archived && consent != "" {
			out[i].Consent, out[i].Since = consent, clock.Ptr(occurredAt(g.Changed))
		}
	}
	return out, nil
}

// ArchivedUsers lists the members of an account whose talks are archived, by
// the platform's ids. It calls the platform: not within a transaction.
func (s *Service) ArchivedUsers(ctx context.Context, orgID, accountID string) ([]string, error) {
	a, err := s.archiveOf(ctx, orgID, accountID)
	if err != nil {
		return nil, err
	}
	return s.archivedUsers(ctx, a)
}

func (s *Service) archivedUsers(ctx context.Context, a *account) ([]string, error) {
	users, err := s.wecomOf(a, slotArchive, impatient).ArchivedUsers(ctx)
	if wire.Code(err) == codeNoArchive {
		return nil, nil
	}
	if err != nil {
		return nil, wire.Show(err)
	}
	return users, nil
}

// archiveOf finds an account that has the archive's secret.
func (s *Service) archiveOf(ctx context.Context, orgID, accountID string) (a *account, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		a, err = s.accountByID(ctx, tx, orgID, accountID)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case a.kind != KindWecom || a.status != StatusActive || a.secrets["archive_secret"] == "":
		return nil, errs.Conflict(i18n.T("这个账号没有开通会话内容存档：在账号设置里填写会话存档 Secret", "The account has no chat archive: fill in the archive's secret in its settings"))
	}
	return a, nil
}
