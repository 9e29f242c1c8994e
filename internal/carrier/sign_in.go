package carrier

import (
	"context"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// PermSignIn lets somebody decide which members sign in as whom. Ties between
// members and staff are made by e-mail addresses and by those who run the
// accounts: neither may hand out another's permissions.
const PermSignIn = "carrier.sign_in"

// MemberSignInURL is where a page inside WeCom sends somebody to learn who they
// are; they come back to redirect with a code and state. It works before
// anybody is signed in: the account's id tells the org.
func (s *Service) MemberSignInURL(ctx context.Context, accountID, redirect, state string) (orgID, address string, err error) {
	a, err := s.sidebarOf(ctx, accountID)
	if err != nil {
		return "", "", err
	}
	return a.org, wecom.SignInURL(s.baseOf(a, ""), a.settings["corp_id"], a.settings["agent_id"], redirect, state), nil
}

// Visitor is who came back from MemberSignInURL.
type Visitor struct {
	UserID  string // of the member; empty: none of the corp's
	StaffID string // who they are here; empty: nobody
	Proved  bool   // they may sign in as StaffID, see LetSignIn
}

// MemberByCode tells who came back from MemberSignInURL. A code that has been
// used or is too old is errs.CodeForbidden.
func (s *Service) MemberByCode(ctx context.Context, accountID, code string) (orgID string, who Visitor, err error) {
	a, err := s.sidebarOf(ctx, accountID)
	if err != nil {
		return "", who, err
	}
	if code == "" || len(code) > 512 {
		return "", who, errs.InvalidField("code", i18n.T("登录凭证不正确，请重新打开", "The code is not right; open the page again"))
	}
	brief, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	v, err := s.wecomOf(a, slotAgent, impatient).Visitor(brief, code)
	if wire.Code(err) == wecom.CodeBadCode {
		return "", who, errs.Forbidden(i18n.T("登录凭证已失效，请重新打开", "The code has been used or has expired; open the page again"))
	}
	if err != nil {
		return "", who, wire.Show(err)
	}
	who.UserID = v.UserID
	if v.UserID == "" {
		return a.org, who, nil
	}
	var mayBe string
	err = s.db.Read(ctx, a.org, func(tx *db.Tx) error {
		err := tx.QueryRow(ctx, "SELECT staff_id, sign_in FROM carrier_staff WHERE org_id = ? AND account_id = ? AND user_id = ? AND status <> 'left'", a.org, a.id, v.UserID).Scan(&who.StaffID, &mayBe)
		if db.IsNoRows(err) {
			return nil
		}
		return err
	})
	who.Proved = who.StaffID != "" && mayBe == who.StaffID
	return a.org, who, err
}

// maySignInOthers refuses whoever may not decide who signs in: programs, too.
func maySignInOthers(ctx context.Context) error {
	if a := actor(ctx); a.Kind != access.Staff || !a.Can(PermSignIn) {
		return errs.Forbidden(i18n.T("只有所有者可以决定哪些成员能用企业微信登录", "Only an owner decides which members sign in through WeCom"))
	}
	return nil
}

// LetSignIn lets all members of an account sign in as those whom they are tied
// to, and returns how many may now who might not before. A tie that changes
// later is to be let in anew.
func (s *Service) LetSignIn(ctx context.Context, accountID string) (n int64, err error) {
	if err := maySignInOthers(ctx); err != nil {
		return 0, err
	}
	org := actor(ctx).OrgID
	return n, s.db.Write(ctx, org, func(tx *db.Tx) error {
		a, err := s.accountByID(ctx, tx, org, accountID)
		if err != nil {
			return err
		}
		n, err = tx.Changed(ctx, "UPDATE carrier_staff SET sign_in = staff_id, updated_at = ? WHERE org_id = ? AND account_id = ? AND staff_id <> '' AND status <> 'left' AND sign_in <> staff_id", s.micros(), org, a.id)
		if err != nil || n == 0 {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "carrier.sign_in_allowed", "account", a.id, map[string]any{"members": n})
	})
}

// forgetSignIn ends who may sign in through an account, once what vouched for
// them is another corp.
func forgetSignIn(ctx context.Context, tx *db.Tx, orgID, accountID string) error {
	_, err := tx.Exec(ctx, "UPDATE carrier_staff SET sign_in = '' WHERE org_id = ? AND account_id = ? AND sign_in <> ''", orgID, accountID)
	return err
}

// sidebarOf finds an active account of any org with a sidebar app.
func (s *Service) sidebarOf(ctx context.Context, accountID string) (*account, error) {
	if len(accountID) > maxAccountID {
		return nil, errNoAccount()
	}
	a, err := s.anyAccount(ctx, accountID)
	if err == nil && (a.kind != KindWecom || a.status != StatusActive) {
		err = errNoAccount()
	}
	if err == nil && a.settings["agent_id"] == "" {
		err = errNoAgent
	}
	return a, err
}
