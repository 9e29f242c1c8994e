package org

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
)

const (
	flowCookie   = "fishpond_oidc"
	flowPath     = httpx.Prefix + "/auth/oidc"
	callbackPath = flowPath + "/callback"
)

// redirectURI is where the provider sends the browser back to.
func (s *Service) redirectURI() string { return s.baseURL + callbackPath }

// sent is an answer that sends the browser elsewhere.
type sent struct {
	Location     string        `header:"Location"`
	CacheControl string        `header:"Cache-Control"`
	SetCookie    []http.Cookie `header:"Set-Cookie"`
}

func (s *Service) flowCookie(value string) http.Cookie {
	return s.briefCookie(flowCookie, flowPath, value)
}

// briefCookie ties what is under way to this browser; an empty value ends it.
func (s *Service) briefCookie(name, path, value string) http.Cookie {
	c := http.Cookie{Name: name, Value: value, Path: path, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode, MaxAge: int(flowFor / time.Second)}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// sendTo is where the browser goes: a person looks at it, so that a failure
// belongs on the sign-in page and not into a JSON document.
func sendTo(err error, otherwise string) string {
	if err == nil {
		return otherwise
	}
	return "/sign-in?sso_error=" + url.QueryEscape(reasonOf(err))
}

// reasonOf is the word for a failure that the sign-in page explains.
func reasonOf(err error) string {
	reason := "error"
	if r, ok := errors.AsType[*refusal](err); ok {
		reason = r.reason
	} else if e := errs.As(err); e.Code != errs.CodeInternal {
		reason = string(e.Code)
	}
	return reason
}

// oidcRoutes are single sign-on: its configuration, and the way through it.
func (s *Service) oidcRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-providers", Method: "GET", Path: "/auth/providers", Summary: "Orgs with single sign-on", Tag: tag, Public: true},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[OrgChoice]], error) {
			items, err := s.OIDCProviders(ctx)
			return httpx.OK(httpx.List[OrgChoice]{Items: httpx.Items(items)}), err
		})
	httpx.Handle(r, httpx.Op{ID: "start-oidc", Method: "GET", Path: "/auth/oidc/start", Summary: "Sends the browser to the org's provider", Tag: tag, Public: true, Status: http.StatusFound},
		func(ctx context.Context, in *struct {
			OrgID string `query:"org_id" required:"true" maxLength:"64"`
		}) (*sent, error) {
			address, cookie, err := s.StartOIDC(ctx, in.OrgID, httpx.IP(ctx))
			s.logSSO(ctx, err)
			return &sent{Location: sendTo(err, address), CacheControl: "no-store", SetCookie: []http.Cookie{s.flowCookie(cookie)}}, nil
		})
	httpx.Handle(r, httpx.Op{ID: "finish-oidc", Method: "GET", Path: "/auth/oidc/callback", Summary: "Takes the provider's answer and sends the browser to the console", Tag: tag, Public: true, Status: http.StatusFound},
		func(ctx context.Context, in *struct {
			Sender
			Cookie string `cookie:"fishpond_oidc"`
			State  string `query:"state" maxLength:"200"`
			Code   string `query:"code" maxLength:"4096"`
			Error  string `query:"error" maxLength:"200"`
		}) (*sent, error) {
			got, err := s.FinishOIDC(ctx, in.Cookie, oidcAnswer{State: in.State, Code: in.Code, Error: in.Error}, in.client(ctx))
			s.logSSO(ctx, err)
			out := &sent{Location: sendTo(err, "/"), CacheControl: "no-store", SetCookie: []http.Cookie{s.flowCookie("")}}
			if err == nil {
				out.SetCookie = append(out.SetCookie, s.sessionCookie(got.Token))
			}
			return out, nil
		})
	httpx.Handle(r, httpx.Op{ID: "read-oidc", Method: "GET", Path: "/org/oidc", Summary: "Configuration of single sign-on", Tag: tag, Permission: permSettings},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[OIDCConfig], error) {
			c, err := s.OIDC(ctx)
			return httpx.OK(c), err
		})
	httpx.Handle(r, httpx.Op{ID: "set-oidc", Method: "PUT", Path: "/org/oidc", Summary: "Configure single sign-on", Tag: tag, Permission: permSettings},
		func(ctx context.Context, in *struct {
			Body struct {
				Issuer         string   `json:"issuer" maxLength:"300"`
				ClientID       string   `json:"client_id" maxLength:"300"`
				ClientSecret   string   `json:"client_secret,omitempty" maxLength:"2000" doc:"Empty keeps the stored one"`
				Enabled        bool     `json:"enabled"`
				AllowedDomains []string `json:"allowed_domains,omitempty" maxItems:"50" nullable:"false"`
				AutoRole       string   `json:"auto_role,omitempty" enum:",operator,associate,finance,viewer"`

				// What a client sends back as it read it.
				HasSecret   bool   `json:"has_secret,omitempty" doc:"Ignored"`
				RedirectURI string `json:"redirect_uri,omitempty" doc:"Ignored"`
			}
		}) (*httpx.Body[OIDCConfig], error) {
			b := in.Body
			c, err := s.SetOIDC(ctx, NewOIDCConfig{Issuer: b.Issuer, ClientID: b.ClientID, ClientSecret: b.ClientSecret, Enabled: b.Enabled, AllowedDomains: b.AllowedDomains, AutoRole: b.AutoRole})
			return httpx.OK(c), err
		})
	httpx.Handle(r, httpx.Op{ID: "remove-oidc", Method: "DELETE", Path: "/org/oidc", Summary: "Remove single sign-on", Tag: tag, Permission: permSettings},
		func(ctx context.Context, _ *struct{}) (*struct{}, error) { return nil, s.RemoveOIDC(ctx) })
}

// logSSO logs what the browser is not told.
func (s *Service) logSSO(ctx context.Context, err error) {
	if err == nil {
		return
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		s.log.WarnContext(ctx, "single sign-on refused", "reason", r.reason, "error", r.cause)
	} else if errs.As(err).Code == errs.CodeInternal {
		s.log.ErrorContext(ctx, "single sign-on failed", "error", err)
	}
}
