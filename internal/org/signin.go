package org

import (
	"context"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Me is who is signed in, where, and what they may do.
type Me struct {
	Staff       *MeStaff `json:"staff,omitempty" doc:"Absent for API keys"`
	APIKeyID    string   `json:"api_key_id,omitempty" doc:"The API key that asks"`
	Org         Org      `json:"org"`
	Permissions []string `json:"permissions" nullable:"false"`
}

// MeStaff is the staff member who is signed in.
type MeStaff struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Email       string `json:"email"`
	Role        string `json:"role" enum:"owner,operator,associate,finance,viewer"`
	Locale      string `json:"locale" enum:"zh-CN,en"`
	HasPassword bool   `json:"has_password" doc:"False for those who sign in through the org's provider only"`
}

func (s *Service) meOf(st staffRow, o Org) *Me {
	return &Me{Staff: &MeStaff{ID: st.ID, Name: st.Name, Email: st.Email, Role: st.Role, Locale: st.Locale, HasPassword: st.Password != ""},
		Org: o, Permissions: s.roles[st.Role]}
}

// OrgChoice is an org that somebody can sign in to.
type OrgChoice struct {
	OrgID   string `json:"org_id"`
	OrgName string `json:"org_name"`
}

// SignedIn is the outcome of signing in: a session, or orgs to choose from.
type SignedIn struct {
	Token  string // for the cookie; empty when there is a choice
	Me     *Me
	Choose []OrgChoice
}

// One sentence for every way to fail, so that it tells nothing of who exists.
var errSignIn = errs.Unauthenticated(i18n.T("邮箱或密码不正确", "The e-mail or the password is not right"))

// SignIn opens a session for whoever knows the password of an active account.
// When the same e-mail and password fit in several orgs and orgID is empty,
// it returns those orgs to choose from.
func (s *Service) SignIn(ctx context.Context, email, password, orgID string, c client) (SignedIn, error) {
	email, err := cleanEmail(email)
	if err != nil {
		return SignedIn{}, errSignIn
	}
	if err := s.limits.signIn(s.now(), c.IP, email); err != nil {
		return SignedIn{}, err
	}
	var accounts []staffRow
	err = s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) (err error) {
		accounts, err = accountsByEmail(ctx, tx, email, orgID)
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	matches, stale, err := s.matching(ctx, accounts, password)
	if err != nil {
		return SignedIn{}, err
	}
	switch {
	case len(matches) == 0:
		return SignedIn{}, s.signInFailed(ctx, accounts)
	case len(matches) > 1:
		choices, err := s.choices(ctx, matches)
		return SignedIn{Choose: choices}, err
	}
	rehashed := ""
	if stale {
		if rehashed, err = s.hash.hash(ctx, password); err != nil {
			return SignedIn{}, err
		}
	}
	in, err := s.enter(ctx, matches[0], rehashed, "password", c)
	if err == nil {
		s.limits.succeeded(c.IP, email)
	}
	return in, err
}

// matching keeps the active accounts that the password fits. stale tells that
// the last of them should be hashed anew.
func (s *Service) matching(ctx context.Context, accounts []staffRow, password string) (matches []staffRow, stale bool, err error) {
	tried := 0
	for _, a := range accounts {
		if a.Status != StatusActive || a.Password == "" {
			continue
		}
		tried++
		ok, old, err := s.hash.verify(ctx, a.Password, password)
		if err != nil {
			return nil, false, err
		}
		if ok {
			matches, stale = append(matches, a), old
		}
	}
	if tried == 0 { // takes as long as a wrong password
		_, _, err = s.hash.verify(ctx, "", password)
	}
	return matches, stale, err
}

// signInFailed records the failure: with the accounts that were tried, or for
// the installation when there is none, which also takes as long.
func (s *Service) signInFailed(ctx context.Context, accounts []staffRow) error {
	err := s.db.Write(ctx, db.AllOrgs, func(tx *db.Tx) error {
		for _, a := range accounts {
			if err := s.auditIn(access.With(ctx, access.ForSystem(a.OrgID, "sign-in")), tx, a.OrgID, "staff.sign_in_failed", "staff", a.ID, nil); err != nil {
				return err
			}
		}
		if len(accounts) > 0 {
			return nil
		}
		return s.auditIn(access.With(ctx, access.ForSystem(db.AllOrgs, "sign-in")), tx, db.AllOrgs, "staff.sign_in_failed", "staff", "", nil)
	})
	if err != nil {
		return err
	}
	return errSignIn
}

func (s *Service) choices(ctx context.Context, matches []staffRow) ([]OrgChoice, error) {
	var out []OrgChoice
	err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		for _, m := range matches {
			o, err := orgByID(ctx, tx, m.OrgID)
			if err != nil {
				return err
			}
			out = append(out, OrgChoice{OrgID: o.ID, OrgName: o.Name})
		}
		return nil
	})
	return out, err
}

// enter opens a session for an account that proved itself, unless it changed
// meanwhile. rehashed, when given, replaces the stored password hash.
func (s *Service) enter(ctx context.Context, st staffRow, rehashed, method string, c client) (SignedIn, error) {
	var in SignedIn
	err := s.db.Write(ctx, st.OrgID, func(tx *db.Tx) error {
		if err := lockStaff(ctx, tx, st.OrgID, st.Email); err != nil {
			return err
		}
		now, err := staffByID(ctx, tx, st.OrgID, st.ID)
		if err != nil {
			return err
		}
		if now.Status != StatusActive || now.Password != st.Password {
			return errSignIn
		}
		if rehashed != "" {
			after := now
			after.Password = rehashed
			if err := updateStaff(ctx, tx, now, after); err != nil {
				return err
			}
			now = after
		}
		in, err = s.enterIn(ctx, tx, now, "staff.signed_in", method, c)
		return err
	})
	return in, err
}

// enterIn opens a session within a transaction and records action.
func (s *Service) enterIn(ctx context.Context, tx *db.Tx, st staffRow, action, method string, c client) (SignedIn, error) {
	o, err := orgByID(ctx, tx, st.OrgID)
	if err != nil {
		return SignedIn{}, err
	}
	token, id, err := s.openSession(ctx, tx, st, c)
	if err != nil {
		return SignedIn{}, err
	}
	err = s.auditIn(as(ctx, st.Staff, st.OrgID), tx, st.OrgID, action, "staff", st.ID, map[string]any{"session": id, "method": method})
	return SignedIn{Token: token, Me: s.meOf(st, o)}, err
}

// Me tells who asks.
func (s *Service) Me(ctx context.Context) (*Me, error) {
	a, err := actorOf(ctx)
	if err != nil {
		return nil, err
	}
	var me *Me
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		o, err := orgByID(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if a.Kind != access.Staff {
			me = &Me{APIKeyID: a.ID, Org: o, Permissions: s.heldBy(a)}
			return nil
		}
		st, err := staffByID(ctx, tx, a.OrgID, a.ID)
		if err == nil {
			me = s.meOf(st, o)
		}
		return err
	})
	return me, err
}

// heldBy lists the declared permissions that an actor holds.
func (s *Service) heldBy(a access.Actor) []string {
	out := []string{}
	for _, k := range s.roles[RoleOwner] {
		if a.Can(k) {
			out = append(out, k)
		}
	}
	return out
}

// UpdateMe changes the actor's own name and language.
func (s *Service) UpdateMe(ctx context.Context, name, locale *string) (*Me, error) {
	a, err := person(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		before, err := staffByID(ctx, tx, a.OrgID, a.ID)
		if err != nil {
			return err
		}
		after, err := patched(before, StaffPatch{Name: name})
		if err != nil {
			return err
		}
		if locale != nil {
			if after.Locale = *locale; !validLocale(after.Locale) {
				return errs.InvalidField("body.locale", i18n.T("语言应为 zh-CN 或 en", "The language must be zh-CN or en"))
			}
		}
		if after == before {
			return nil
		}
		if err := updateStaff(ctx, tx, before, after); err != nil {
			return err
		}
		s.forgetStaff(tx, a.ID)
		return s.Audit(ctx, tx, "staff.updated", "staff", a.ID, changes(change{"name", before.Name, after.Name}, change{"locale", before.Locale, after.Locale}))
	})
	if err != nil {
		return nil, err
	}
	return s.Me(ctx)
}

// ChangePassword replaces the actor's password and ends their other sessions.
func (s *Service) ChangePassword(ctx context.Context, current, next string) error {
	a, err := person(ctx)
	if err != nil {
		return err
	}
	// Whoever finds an open console must not be able to guess on.
	if wait := s.limits.account.take(s.now(), a.ID); wait > 0 {
		return tooMany(wait)
	}
	var st staffRow
	var o Org
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		if o, err = orgByID(ctx, tx, a.OrgID); err != nil {
			return err
		}
		st, err = staffByID(ctx, tx, a.OrgID, a.ID)
		return err
	})
	if err != nil {
		return err
	}
	if st.Password == "" {
		return errs.Conflict(i18n.T("你的账号还没有密码，请联系企业所有者发送设置链接", "Your account has no password; ask the owner for a link to set one"))
	}
	ok, _, err := s.hash.verify(ctx, st.Password, current)
	if err != nil {
		return err
	}
	if !ok {
		return errs.InvalidField("body.current", i18n.T("当前密码不正确", "The current password is not right"))
	}
	if current == next {
		return errs.InvalidField("body.new", i18n.T("新密码不能与当前密码相同", "The new password must differ from the current one"))
	}
	if err := checkPassword("body.new", next, st.Email, st.Name, o.Name); err != nil {
		return err
	}
	after := st
	if after.Password, err = s.hash.hash(ctx, next); err != nil {
		return err
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := updateStaff(ctx, tx, st, after); err != nil {
			return err
		}
		if err := deleteSessions(ctx, tx, a.OrgID, a.ID, a.Session); err != nil {
			return err
		}
		if err := dropLinks(ctx, tx, a.OrgID, linkInvite, a.ID); err != nil {
			return err
		}
		s.forgetStaff(tx, a.ID)
		return s.Audit(ctx, tx, "staff.password_changed", "staff", a.ID, nil)
	})
	if err == nil {
		s.limits.account.forget(a.ID)
	}
	return err
}

// SignOut ends the session that a token opens; an unknown one is fine.
func (s *Service) SignOut(ctx context.Context, token string) error {
	a, ok, err := s.bySession(ctx, token)
	if err != nil || !ok {
		return err
	}
	err = s.EndSession(access.With(ctx, a), a.Session)
	if errs.Is(err, errs.CodeNotFound) {
		return nil
	}
	return err
}
