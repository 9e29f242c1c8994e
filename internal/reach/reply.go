package reach

import (
	"context"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// errBlocked: whoever wants to write to them must take them off the list first.
var errBlocked = errs.Conflict(i18n.T("这位客户在勿扰名单上，什么都不发；要先移出名单", "The person is on the do-not-contact list: nothing is sent until they are taken off it"))

// ClearReply says whether somebody may be answered: replies are held to the
// do-not-contact list alone, and to the platform's window, which the carrier
// checks in the transaction that begins to send. An error is errs.CodeConflict.
func (s *Service) ClearReply(ctx context.Context, orgID, personID string) error {
	if personID == "" {
		return nil
	}
	return s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		r, err := s.rulesOf(ctx, tx, orgID)
		if err != nil {
			return err
		}
		people, err := s.people(ctx, tx, orgID, []string{personID}, r, false)
		if err == nil && people[personID].dnc {
			err = errBlocked
		}
		return err
	})
}

// Whose tells whose message one was.
type Whose struct{ OrgID, AccountID, PersonID, To string }

// Mail finds a mail of any org by its id, which nobody can guess; the zero value
// when there is none.
func (s *Service) Mail(ctx context.Context, id string) (w Whose, err error) {
	err = s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, "SELECT org_id, account_id, person_id, recipient FROM reach_message WHERE id = ? AND carrier = 'email'", id).Scan(&w.OrgID, &w.AccountID, &w.PersonID, &w.To)
	})
	if db.IsNoRows(err) {
		err = nil
	}
	return w, err
}
