package org

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// flowFor is how long somebody may take at the provider.
const flowFor = 10 * time.Minute

// Why a sign-in through a provider was refused: the sign-in page is told by
// one of these words.
const (
	refusedCancelled = "cancelled"  // at the provider
	refusedExpired   = "expired"    // took too long, another browser, or used twice
	refusedProvider  = "provider"   // the provider's answer cannot be trusted or did not come
	refusedEmail     = "email"      // no verified e-mail
	refusedDomain    = "domain"     // the e-mail's domain may not sign in
	refusedAccount   = "no_account" // no active account with this e-mail
	refusedIdentity  = "identity"   // the account belongs to another identity of the provider
	refusedMember    = "member"     // a member of the platform who is nobody here
	refusedUnproved  = "unproved"   // a member whom the owner has not let sign in
	refusedDisabled  = "disabled"   // the member's account here may not sign in (any more)
)

// refusal is a sign-in through a provider that did not work out.
type refusal struct {
	reason string
	cause  error
}

func (r *refusal) Error() string { return "org: sign-in refused: " + r.reason }
func (r *refusal) Unwrap() error { return r.cause }

func refuse(reason string, cause error) error { return &refusal{reason, cause} }

// StartOIDC begins a sign-in at an org's provider: where to send the browser,
// and the secret for a cookie that ties the answer to this browser.
func (s *Service) StartOIDC(ctx context.Context, orgID, ip string) (address, cookie string, err error) {
	if wait := s.limits.address.take(s.now(), network(ip)); wait > 0 {
		return "", "", tooMany(wait)
	}
	cfg, provider, _, err := s.enabledOIDC(ctx, orgID)
	if err != nil {
		return "", "", err
	}
	now := s.now()
	cookie, state := ids.Token(), ids.Token()
	f := flowRow{OrgID: orgID, StateHash: ids.Hash(state), Nonce: ids.Token(), Verifier: oauth2.GenerateVerifier(), ExpiresAt: now.Add(flowFor)}
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error { return insertFlow(ctx, tx, f, ids.Hash(cookie), now) })
	if err != nil {
		return "", "", err
	}
	address = s.oauth(cfg, provider, "").AuthCodeURL(state, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier))
	return address, cookie, nil
}

func (s *Service) enabledOIDC(ctx context.Context, orgID string) (cfg oidcRow, p *oidc.Provider, c *http.Client, err error) {
	err = s.db.Read(ctx, nonEmpty(orgID), func(tx *db.Tx) (err error) {
		cfg, err = oidcOf(ctx, tx, orgID)
		return err
	})
	if db.IsNoRows(err) || (err == nil && !cfg.Enabled) {
		return cfg, nil, nil, errs.NotFound(i18n.T("这家企业的单点登录", "single sign-on for this org"))
	}
	if err != nil {
		return cfg, nil, nil, err
	}
	if p, c, err = s.oidc.get(ctx, cfg.Issuer, s.now()); err != nil {
		return cfg, nil, nil, refuse(refusedProvider, err)
	}
	return cfg, p, c, nil
}

func (s *Service) oauth(cfg oidcRow, p *oidc.Provider, secret string) *oauth2.Config {
	return &oauth2.Config{ClientID: cfg.Client, ClientSecret: secret, Endpoint: p.Endpoint(), RedirectURL: s.redirectURI(),
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}
}

// oidcAnswer is what the browser brings back from the provider.
type oidcAnswer struct {
	State, Code, Error string
}

// FinishOIDC takes the provider's answer and signs the staff member in.
func (s *Service) FinishOIDC(ctx context.Context, cookie string, answer oidcAnswer, c client) (SignedIn, error) {
	// Whoever else is signed in in this browser is not the one who acts.
	ctx = access.With(ctx, access.ForSystem(db.AllOrgs, "sign-in"))
	f, err := s.takeFlow(ctx, cookie)
	if err != nil {
		return SignedIn{}, err
	}
	in, err := s.finishFlow(ctx, f, answer, c)
	return in, s.refused(ctx, f.OrgID, "", err, map[string]any{"method": "oidc"})
}

// takeFlow takes the flow that a browser's cookie stands for: it answers once.
func (s *Service) takeFlow(ctx context.Context, cookie string) (f flowRow, err error) {
	err = s.db.Write(ctx, db.AllOrgs, func(tx *db.Tx) (err error) {
		f, err = takeFlow(ctx, tx, ids.Hash(cookie))
		return err
	})
	if db.IsNoRows(err) {
		err = refuse(refusedExpired, nil)
	}
	return f, err
}

// refused records a sign-in that came to nothing, and returns why.
func (s *Service) refused(ctx context.Context, orgID, staffID string, why error, detail map[string]any) error {
	r, ok := errors.AsType[*refusal](why)
	if !ok {
		return why
	}
	detail["reason"] = r.reason
	if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		return s.auditIn(ctx, tx, orgID, "staff.sign_in_failed", "staff", staffID, detail)
	}); err != nil {
		return err
	}
	return why
}

// comesBack reports whether state is the one that a flow set out with, in time.
func (s *Service) comesBack(f flowRow, state string) bool {
	return subtle.ConstantTimeCompare([]byte(ids.Hash(state)), []byte(f.StateHash)) == 1 && f.ExpiresAt.After(s.now())
}

func (s *Service) finishFlow(ctx context.Context, f flowRow, answer oidcAnswer, c client) (SignedIn, error) {
	switch {
	case f.Account != "", !s.comesBack(f, answer.State):
		return SignedIn{}, refuse(refusedExpired, nil)
	case answer.Error == "access_denied":
		return SignedIn{}, refuse(refusedCancelled, nil)
	case answer.Error != "" || answer.Code == "":
		return SignedIn{}, refuse(refusedProvider, fmt.Errorf("provider says %q", clip(answer.Error, 100)))
	}
	cfg, id, err := s.identify(ctx, f, answer.Code)
	if err != nil {
		return SignedIn{}, err
	}
	_, domain, _ := strings.Cut(id.email, "@")
	if len(cfg.Domains) > 0 && !slices.Contains(cfg.Domains, domain) {
		return SignedIn{}, refuse(refusedDomain, nil)
	}
	return s.enterByOIDC(ctx, cfg, id, c)
}

// identity is who the provider says somebody is.
type identity struct {
	subject string // issuer and subject: an e-mail may pass to somebody else, this does not
	email   string // verified, as staff's are stored
	name    string
}

// identify trades the code for an ID token, checks everything about it, and
// says whom it names.
func (s *Service) identify(ctx context.Context, f flowRow, code string) (oidcRow, identity, error) {
	cfg, provider, httpClient, err := s.enabledOIDC(ctx, f.OrgID)
	if err != nil {
		return cfg, identity{}, err
	}
	secret, err := s.sealer.Open(f.OrgID, sealPurpose, cfg.Sealed)
	if err != nil {
		return cfg, identity{}, refuse(refusedProvider, err)
	}
	ctx = oidc.ClientContext(ctx, httpClient)
	oauth := s.oauth(cfg, provider, string(secret))
	token, err := oauth.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return cfg, identity{}, refuse(refusedProvider, clipped(err))
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: cfg.Client, Now: s.now}).Verify(ctx, raw)
	if err != nil {
		return cfg, identity{}, refuse(refusedProvider, clipped(err))
	}
	if subtle.ConstantTimeCompare([]byte(idToken.Nonce), []byte(f.Nonce)) != 1 {
		return cfg, identity{}, refuse(refusedProvider, errors.New("nonce does not match"))
	}
	var claims claimSet
	if err := idToken.Claims(&claims); err != nil {
		return cfg, identity{}, refuse(refusedProvider, clipped(err))
	}
	if claims.Party != "" && claims.Party != cfg.Client {
		return cfg, identity{}, refuse(refusedProvider, errors.New("token was issued to another client"))
	}
	if claims.Email == "" && provider.UserInfoEndpoint() != "" { // some providers tell it there only
		info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil || info.Subject != idToken.Subject {
			return cfg, identity{}, refuse(refusedProvider, fmt.Errorf("user info: %w", err))
		}
		claims.Email, claims.Verified = info.Email, truth(info.EmailVerified)
	}
	email, err := cleanEmail(claims.Email)
	if err != nil || !bool(claims.Verified) {
		return cfg, identity{}, refuse(refusedEmail, nil)
	}
	return cfg, identity{subject: idToken.Issuer + " " + idToken.Subject, email: email, name: claims.Name}, nil
}

type claimSet struct {
	Email    string `json:"email"`
	Verified truth  `json:"email_verified"`
	Name     string `json:"name"`
	Party    string `json:"azp"`
}

// truth reads true, and "true" as some providers write it.
type truth bool

// UnmarshalJSON takes whatever is neither as false.
func (t *truth) UnmarshalJSON(b []byte) error {
	*t = string(b) == "true" || string(b) == `"true"`
	return nil
}

var _ json.Unmarshaler = (*truth)(nil)

// enterByOIDC opens a session for the account that an identity belongs to.
func (s *Service) enterByOIDC(ctx context.Context, cfg oidcRow, id identity, c client) (SignedIn, error) {
	var in SignedIn
	err := s.db.Write(ctx, cfg.OrgID, func(tx *db.Tx) error {
		if err := lockStaff(ctx, tx, cfg.OrgID, id.email); err != nil {
			return err
		}
		before, err := staffByEmail(ctx, tx, cfg.OrgID, id.email)
		switch {
		case errs.Is(err, errs.CodeNotFound):
			before, err = s.autoStaff(ctx, tx, cfg, id)
		case err == nil && before.Status == StatusInvited && cfg.Auto == "", err == nil && before.Status == StatusDisabled:
			return refuse(refusedAccount, nil)
		}
		if err != nil {
			return err
		}
		if sameIssuer := strings.HasPrefix(before.OIDCSubject, cfg.Issuer+" "); sameIssuer && before.OIDCSubject != id.subject {
			return refuse(refusedIdentity, nil)
		}
		after := before
		after.Status, after.OIDCSubject = StatusActive, id.subject
		if after != before {
			if err := updateStaff(ctx, tx, before, after); err != nil {
				return err
			}
		}
		in, err = s.enterIn(ctx, tx, after, "staff.signed_in", "oidc", c)
		return err
	})
	return in, err
}

// autoStaff makes the account of somebody who signs in for the first time,
// where the org wants that.
func (s *Service) autoStaff(ctx context.Context, tx *db.Tx, cfg oidcRow, id identity) (staffRow, error) {
	if cfg.Auto == "" {
		return staffRow{}, refuse(refusedAccount, nil)
	}
	o, err := orgByID(ctx, tx, cfg.OrgID)
	if err != nil {
		return staffRow{}, err
	}
	name := id.name
	if _, err := cleanName(name); err != nil {
		name, _, _ = strings.Cut(id.email, "@")
	}
	row, err := s.newStaffRow(cfg.OrgID, name, id.email, cfg.Auto, o.Locale)
	if err != nil {
		return staffRow{}, err
	}
	if err := insertStaff(ctx, tx, row); err != nil {
		return staffRow{}, err
	}
	return *row, s.auditIn(ctx, tx, cfg.OrgID, "staff.created", "staff", row.ID, map[string]any{"role": row.Role, "method": "oidc"})
}
