package org

import (
	"context"
	"net/url"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// The kinds of one-time links and how long they work.
const (
	linkSetup  = "setup"  // makes the first org and its owner
	linkOwner  = "owner"  // makes the owner of an org that has none
	linkInvite = "invite" // lets a staff member choose a password

	setupFor  = 24 * time.Hour
	inviteFor = 7 * 24 * time.Hour
)

// newLink stores a link that replaces open ones of its kind, and returns its
// token.
func (s *Service) newLink(ctx context.Context, tx *db.Tx, orgID, kind, staffID string, lasts time.Duration) (string, error) {
	if err := dropLinks(ctx, tx, orgID, kind, staffID); err != nil {
		return "", err
	}
	token, now := ids.Token(), s.now()
	l := linkRow{OrgID: orgID, ID: ids.New("lnk"), Kind: kind, StaffID: staffID, ExpiresAt: now.Add(lasts)}
	return token, insertLink(ctx, tx, l, ids.Hash(token), now)
}

func (s *Service) inviteLink(ctx context.Context, tx *db.Tx, st *staffRow) (string, error) {
	token, err := s.newLink(ctx, tx, st.OrgID, linkInvite, st.ID, inviteFor)
	if err != nil {
		return "", err
	}
	until := s.now().Add(inviteFor).Truncate(time.Microsecond)
	st.InviteExpiresAt = &until
	return s.baseURL + "/invite/" + url.PathEscape(token), nil
}

func (s *Service) setupURL(token string) string {
	return s.baseURL + "/setup?token=" + url.QueryEscape(token)
}

// SetupLink returns a fresh one-time link to set the installation up, when no
// org has an active owner: it makes the first org, or the owner of the only
// org there is. Links that it gave before stop working. Once there is an
// owner, needed is false and old links are dead.
func (s *Service) SetupLink(ctx context.Context) (link string, needed bool, err error) {
	err = s.db.Write(ctx, db.AllOrgs, func(tx *db.Tx) error {
		link, needed = "", false
		n, err := activeOwners(ctx, tx, db.AllOrgs)
		if err != nil || n > 0 {
			return err
		}
		all, err := orgIDs(ctx, tx)
		if err != nil {
			return err
		}
		needed = true
		if len(all) == 1 {
			link, err = s.ownerLinkIn(ctx, tx, all[0])
			return err
		}
		token, err := s.newLink(ctx, tx, db.AllOrgs, linkSetup, "", setupFor)
		link = s.setupURL(token)
		return err
	})
	return link, needed, err
}

// OwnerLink returns a one-time link for the first owner of an org that was
// made without one. An org that has an active owner is a conflict.
func (s *Service) OwnerLink(ctx context.Context, orgID string) (link string, err error) {
	err = s.db.Write(ctx, db.AllOrgs, func(tx *db.Tx) (err error) {
		link, err = s.ownerLinkIn(ctx, tx, orgID)
		return err
	})
	return link, err
}

func (s *Service) ownerLinkIn(ctx context.Context, tx *db.Tx, orgID string) (string, error) {
	if _, err := orgByID(ctx, tx, orgID); err != nil {
		return "", err
	}
	if n, err := activeOwners(ctx, tx, orgID); err != nil || n > 0 {
		if err == nil {
			err = errs.Conflict(i18n.T("企业已经有所有者", "The org already has an owner"))
		}
		return "", err
	}
	token, err := s.newLink(ctx, tx, orgID, linkOwner, "", setupFor)
	if err != nil {
		return "", err
	}
	return s.setupURL(token), s.auditIn(ctx, tx, orgID, "org.owner_link_made", "org", orgID, nil)
}

// SetupState says whether the installation waits to be set up and whether a
// token may do it. Org is set when the token makes the owner of an org that
// already exists.
type SetupState struct {
	Needed bool      `json:"needed" doc:"There is no owner yet, or the token makes one"`
	Valid  bool      `json:"valid" doc:"The token works"`
	Org    *SetupOrg `json:"org,omitempty" doc:"The org that the token makes an owner for; its settings stay as they are"`
}

// SetupOrg is what the holder of an owner link sees of the org.
type SetupOrg struct {
	Name     string `json:"name"`
	TimeZone string `json:"time_zone"`
	Currency string `json:"currency"`
	Locale   string `json:"locale"`
}

// SetupState looks a token up without using it.
func (s *Service) SetupState(ctx context.Context, token string) (SetupState, error) {
	var st SetupState
	err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		n, err := activeOwners(ctx, tx, db.AllOrgs)
		if err != nil {
			return err
		}
		st.Needed = n == 0
		l, o, err := s.setupLink(ctx, tx, token)
		if err != nil || l == nil {
			return err
		}
		st.Valid, st.Needed = true, true
		if o != nil {
			st.Org = &SetupOrg{Name: o.Name, TimeZone: o.TimeZone, Currency: o.Currency, Locale: o.Locale}
		}
		return nil
	})
	return st, err
}

// setupLink finds the link that a token opens, and the org of an owner link.
// nil means that the token does not work.
func (s *Service) setupLink(ctx context.Context, tx *db.Tx, token string) (*linkRow, *Org, error) {
	l, err := linkByHash(ctx, tx, ids.Hash(token))
	if db.IsNoRows(err) {
		return nil, nil, nil
	}
	if err != nil || l.UsedAt != 0 || !l.ExpiresAt.After(s.now()) || (l.Kind != linkSetup && l.Kind != linkOwner) {
		return nil, nil, err
	}
	// An owner who came another way closes the door.
	n, err := activeOwners(ctx, tx, l.OrgID)
	if err != nil || n > 0 {
		return nil, nil, err
	}
	if l.Kind == linkSetup {
		return &l, nil, nil
	}
	o, err := orgByID(ctx, tx, l.OrgID)
	return &l, &o, err
}

var errSetupLink = errs.Conflict(i18n.T("设置链接无效、已用过或已过期，请重新启动服务以获取新链接", "The set-up link is not valid, used or expired; restart the server for a new one"))

// Setup uses a set-up or owner link: it makes the org (unless the link is for
// one that exists) and its owner, and signs the owner in. Of two at the same
// time one wins.
func (s *Service) Setup(ctx context.Context, token string, n NewOrg, c client) (SignedIn, error) {
	// Whoever else is signed in in this browser is not the one who acts.
	ctx = access.With(ctx, access.ForSystem(db.AllOrgs, "setup"))
	var existing *Org
	err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		l, o, err := s.setupLink(ctx, tx, token)
		if err == nil && l == nil {
			return errSetupLink
		}
		existing = o
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	if existing != nil {
		n = NewOrg{Name: existing.Name, TimeZone: existing.TimeZone, Currency: existing.Currency, Locale: orElse(n.Locale, existing.Locale),
			OwnerName: n.OwnerName, OwnerEmail: n.OwnerEmail, OwnerPassword: n.OwnerPassword}
	}
	if n.OwnerEmail == "" || n.OwnerPassword == "" {
		return SignedIn{}, errs.InvalidField("body.email", i18n.T("请填写邮箱和密码", "Give an e-mail and a password"))
	}
	o, owner, err := s.prepareOrg(ctx, n)
	if err != nil {
		return SignedIn{}, err
	}
	var in SignedIn
	err = s.db.Write(ctx, db.AllOrgs, func(tx *db.Tx) error {
		l, still, err := s.setupLink(ctx, tx, token)
		if err != nil {
			return err
		}
		if l == nil || (still == nil) != (existing == nil) {
			return errSetupLink
		}
		if won, err := useLink(ctx, tx, *l, s.now()); err != nil || !won {
			if err == nil {
				err = errSetupLink
			}
			return err
		}
		if existing == nil {
			err = s.storeOrg(ctx, tx, o, owner)
		} else {
			err = s.adopt(ctx, tx, *existing, owner)
		}
		if err != nil {
			return err
		}
		in, err = s.enterIn(ctx, tx, *owner, "staff.signed_in", "setup", c)
		return err
	})
	return in, err
}

// adopt gives an org its first owner. Somebody who was invited with the same
// e-mail becomes the owner.
func (s *Service) adopt(ctx context.Context, tx *db.Tx, o Org, owner *staffRow) error {
	if err := lockOrg(ctx, tx, o.ID, s.now()); err != nil {
		return err
	}
	owner.OrgID = o.ID
	before, err := staffByEmail(ctx, tx, o.ID, owner.Email)
	switch {
	case errs.Is(err, errs.CodeNotFound):
		err = insertStaff(ctx, tx, owner)
	case err == nil:
		owner.ID, owner.CreatedAt = before.ID, before.CreatedAt
		err = updateStaff(ctx, tx, before, *owner)
	}
	if err != nil {
		return err
	}
	return s.auditIn(as(ctx, owner.Staff, o.ID), tx, o.ID, "staff.created", "staff", owner.ID, map[string]any{"role": owner.Role})
}

func orElse(v, otherwise string) string {
	if v == "" {
		return otherwise
	}
	return v
}

// Invitation is what the holder of an invitation sees before accepting.
type Invitation struct {
	OrgName string `json:"org_name"`
	Email   string `json:"email"`
	Name    string `json:"name"`
}

var inviteThing = i18n.T("这个邀请，它可能已用过或已过期，请联系企业所有者重新发送", "invitation: it may have been used or have expired; ask the owner for a new one")

// Invitation looks an invitation up without using it.
func (s *Service) Invitation(ctx context.Context, token string) (Invitation, error) {
	_, st, o, err := s.findInvite(ctx, token)
	return Invitation{OrgName: o.Name, Email: st.Email, Name: st.Name}, err
}

func (s *Service) findInvite(ctx context.Context, token string) (l linkRow, st staffRow, o Org, err error) {
	err = s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		if l, err = linkByHash(ctx, tx, ids.Hash(token)); err != nil {
			return err
		}
		if st, err = staffByID(ctx, tx, l.OrgID, l.StaffID); err != nil {
			return err
		}
		o, err = orgByID(ctx, tx, l.OrgID)
		return err
	})
	switch {
	case db.IsNoRows(err), errs.Is(err, errs.CodeNotFound):
		err = errs.NotFound(inviteThing)
	case err == nil && (l.Kind != linkInvite || l.UsedAt != 0 || !l.ExpiresAt.After(s.now()) || st.Status == StatusDisabled):
		err = errs.NotFound(inviteThing)
	}
	if err != nil {
		return linkRow{}, staffRow{}, Org{}, err
	}
	return l, st, o, nil
}

// AcceptInvite uses an invitation: the staff member gets this password, is
// active, and is signed in; sessions from before end.
func (s *Service) AcceptInvite(ctx context.Context, token, password string, c client) (SignedIn, error) {
	l, before, o, err := s.findInvite(ctx, token)
	if err != nil {
		return SignedIn{}, err
	}
	if err := checkPassword("body.password", password, before.Email, before.Name, o.Name); err != nil {
		return SignedIn{}, err
	}
	after := before
	after.Status, after.OIDCSubject = StatusActive, "" // the next sign-in at a provider binds anew
	if after.Password, err = s.hash.hash(ctx, password); err != nil {
		return SignedIn{}, err
	}
	var in SignedIn
	err = s.db.Write(ctx, l.OrgID, func(tx *db.Tx) error {
		won, err := useLink(ctx, tx, l, s.now())
		if err != nil {
			return err
		}
		if !won {
			return errs.NotFound(inviteThing)
		}
		if err := updateStaff(ctx, tx, before, after); err != nil {
			return err
		}
		if err := deleteSessions(ctx, tx, l.OrgID, after.ID, ""); err != nil {
			return err
		}
		s.forgetStaff(tx, after.ID)
		in, err = s.enterIn(ctx, tx, after, "staff.invite_accepted", "invite", c)
		return err
	})
	return in, err
}
