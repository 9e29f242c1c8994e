package org

import (
	"context"
	"crypto/rand"
	"fmt"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// StartMember begins a sign-in of a member of an account's corp, on a page that
// was opened inside the platform: where to send the browser, and the secret for
// a cookie that ties the answer to this browser.
func (s *Service) StartMember(ctx context.Context, accountID, ip string) (address, cookie string, err error) {
	if wait := s.limits.address.take(s.now(), network(ip)); wait > 0 {
		return "", "", tooMany(wait)
	}
	if s.members == nil {
		return "", "", errs.NotFound(i18n.T("这个账号", "account"))
	}
	state := rand.Text() // platforms take letters and digits only
	orgID, address, err := s.members.SignInURL(ctx, accountID, s.baseURL+memberCallback, state)
	if err != nil {
		return "", "", err
	}
	now := s.now()
	cookie = ids.Token()
	f := flowRow{OrgID: orgID, Account: accountID, StateHash: ids.Hash(state), ExpiresAt: now.Add(flowFor)}
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error { return insertFlow(ctx, tx, f, ids.Hash(cookie), now) })
	return address, cookie, err
}

// FinishMember takes the platform's answer and signs the staff member in who
// the member is. accountID is known once the flow is, also when it fails.
func (s *Service) FinishMember(ctx context.Context, cookie, state, code string, c client) (in SignedIn, accountID string, err error) {
	// Whoever else is signed in in this browser is not the one who acts.
	ctx = access.With(ctx, access.ForSystem(db.AllOrgs, "sign-in"))
	f, err := s.takeFlow(ctx, cookie)
	if err != nil {
		return SignedIn{}, "", err
	}
	in, m, err := s.finishMember(ctx, f, state, code, c)
	return in, f.Account, s.refused(ctx, f.OrgID, m.StaffID, err, map[string]any{"method": "wecom", "account": f.Account, "user_id": clip(m.UserID, 64)})
}

func (s *Service) finishMember(ctx context.Context, f flowRow, state, code string, c client) (SignedIn, Member, error) {
	if f.Account == "" || s.members == nil || !s.comesBack(f, state) {
		return SignedIn{}, Member{}, refuse(refusedExpired, nil)
	}
	if code == "" { // the platform sends one back without it who does not agree
		return SignedIn{}, Member{}, refuse(refusedCancelled, nil)
	}
	orgID, m, err := s.members.ByCode(ctx, f.Account, code)
	switch {
	case errs.Is(err, errs.CodeForbidden):
		return SignedIn{}, m, refuse(refusedExpired, err)
	case err != nil:
		return SignedIn{}, m, refuse(refusedProvider, err)
	case orgID != f.OrgID:
		return SignedIn{}, Member{}, refuse(refusedProvider, fmt.Errorf("account %s is another org's now", f.Account))
	case m.StaffID == "":
		return SignedIn{}, m, refuse(refusedMember, nil)
	case !m.Proved:
		return SignedIn{}, m, refuse(refusedUnproved, nil)
	}
	in, err := s.enterMember(ctx, f, m, c)
	return in, m, err
}

// enterMember opens a session for the account of a member who proved to be it.
func (s *Service) enterMember(ctx context.Context, f flowRow, m Member, c client) (in SignedIn, err error) {
	err = s.db.Write(ctx, f.OrgID, func(tx *db.Tx) error {
		st, err := staffByID(ctx, tx, f.OrgID, m.StaffID)
		if err == nil {
			err = lockStaff(ctx, tx, f.OrgID, st.Email)
		}
		if err == nil {
			st, err = staffByID(ctx, tx, f.OrgID, m.StaffID)
		}
		switch {
		case errs.Is(err, errs.CodeNotFound):
			return refuse(refusedMember, nil)
		case err != nil:
			return err
		case st.Status != StatusActive:
			return refuse(refusedDisabled, nil)
		}
		in, err = s.enterIn(ctx, tx, st, "staff.signed_in", "wecom", c)
		return err
	})
	return in, err
}
