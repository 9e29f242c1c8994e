package org

import (
	"context"
	"net/http"

	"fishpond/internal/platform/httpx"
)

const tag = "org"

// Routes registers the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.doorRoutes(r)
	s.meRoutes(r)
	s.staffRoutes(r)
	s.keyRoutes(r)
	s.orgRoutes(r)
	s.oidcRoutes(r)
	s.memberRoutes(r)
	s.auditRoutes(r)
}

// Sender is the part of a request that a session remembers. (The HTTP library
// fills embedded structs only when their type is exported.)
type Sender struct {
	UserAgent string `header:"User-Agent"`
}

func (i Sender) client(ctx context.Context) client {
	return client{IP: httpx.IP(ctx), UserAgent: i.UserAgent}
}

// entered answers with a body and the cookie of the session that was opened.
type entered[T any] struct {
	SetCookie    []http.Cookie `header:"Set-Cookie"`
	CacheControl string        `header:"Cache-Control"`
	Body         T
}

func enteredWith[T any](s *Service, token string, body T) *entered[T] {
	out := &entered[T]{CacheControl: "no-store", Body: body}
	if token != "" {
		out.SetCookie = []http.Cookie{s.sessionCookie(token)}
	}
	return out
}

type signInBody struct {
	Me     *Me         `json:"me,omitempty" doc:"Who is signed in now"`
	Choose []OrgChoice `json:"choose,omitempty" doc:"The e-mail and password fit in several orgs: send them again with org_id"`
}

// doorRoutes are open to everybody: set-up, sign-in, invitations.
func (s *Service) doorRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "read-setup", Method: "GET", Path: "/setup", Summary: "Does the installation wait to be set up?", Tag: tag, Public: true},
		func(ctx context.Context, in *struct {
			Token string `query:"token" maxLength:"100"`
		}) (*httpx.Body[SetupState], error) {
			st, err := s.SetupState(ctx, in.Token)
			return httpx.OK(st), err
		})
	httpx.Handle(r, httpx.Op{ID: "setup", Method: "POST", Path: "/setup", Summary: "Make the first org and its owner, by the one-time link", Tag: tag, Public: true},
		func(ctx context.Context, in *struct {
			Sender
			Body struct {
				Token    string `json:"token" minLength:"1" maxLength:"100"`
				OrgName  string `json:"org_name,omitempty" maxLength:"100" doc:"Not used when the link is for an org that exists"`
				Name     string `json:"name" minLength:"1" maxLength:"100"`
				Email    string `json:"email" minLength:"3" maxLength:"254"`
				Password string `json:"password" minLength:"10" maxLength:"256"`
				TimeZone string `json:"time_zone,omitempty" maxLength:"64" example:"Asia/Shanghai"`
				Currency string `json:"currency,omitempty" maxLength:"3" example:"CNY"`
				Locale   string `json:"locale,omitempty" enum:"zh-CN,en"`
			}
		}) (*entered[*Me], error) {
			b := in.Body
			got, err := s.Setup(ctx, b.Token, NewOrg{Name: b.OrgName, TimeZone: b.TimeZone, Currency: b.Currency, Locale: b.Locale,
				OwnerName: b.Name, OwnerEmail: b.Email, OwnerPassword: b.Password}, in.client(ctx))
			return enteredWith(s, got.Token, got.Me), err
		})
	httpx.Handle(r, httpx.Op{ID: "sign-in", Method: "POST", Path: "/auth/sign-in", Summary: "Sign in by e-mail and password", Tag: tag, Public: true},
		func(ctx context.Context, in *struct {
			Sender
			Body struct {
				Email    string `json:"email" maxLength:"254"`
				Password string `json:"password" maxLength:"256"`
				OrgID    string `json:"org_id,omitempty" maxLength:"64"`
			}
		}) (*entered[signInBody], error) {
			got, err := s.SignIn(ctx, in.Body.Email, in.Body.Password, in.Body.OrgID, in.client(ctx))
			return enteredWith(s, got.Token, signInBody{Me: got.Me, Choose: got.Choose}), err
		})
	httpx.Handle(r, httpx.Op{ID: "sign-out", Method: "POST", Path: "/auth/sign-out", Summary: "End the session of this browser", Tag: tag, Public: true},
		func(ctx context.Context, in *struct {
			Session string `cookie:"fishpond_session"`
		}) (*struct {
			SetCookie http.Cookie `header:"Set-Cookie"`
		}, error) {
			out := &struct {
				SetCookie http.Cookie `header:"Set-Cookie"`
			}{s.sessionCookie("")}
			if len(in.Session) != tokenLength {
				return out, nil
			}
			return out, s.SignOut(ctx, in.Session)
		})
	httpx.Handle(r, httpx.Op{ID: "read-invite", Method: "GET", Path: "/invites/{token}", Summary: "What an invitation is for", Tag: tag, Public: true},
		func(ctx context.Context, in *TokenPath) (*httpx.Body[Invitation], error) {
			inv, err := s.Invitation(ctx, in.Token)
			return httpx.OK(inv), err
		})
	httpx.Handle(r, httpx.Op{ID: "accept-invite", Method: "POST", Path: "/invites/{token}", Summary: "Accept an invitation by choosing a password", Tag: tag, Public: true},
		func(ctx context.Context, in *struct {
			Sender
			TokenPath
			Body struct {
				Password string `json:"password" minLength:"10" maxLength:"256"`
			}
		}) (*entered[*Me], error) {
			got, err := s.AcceptInvite(ctx, in.Token, in.Body.Password, in.client(ctx))
			return enteredWith(s, got.Token, got.Me), err
		})
}

// meRoutes are about whoever asks.
func (s *Service) meRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "read-me", Method: "GET", Path: "/auth/me", Summary: "Who is signed in", Tag: tag, SignedIn: true},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[*Me], error) {
			me, err := s.Me(ctx)
			return httpx.OK(me), err
		})
	httpx.Handle(r, httpx.Op{ID: "update-me", Method: "PATCH", Path: "/auth/me", Summary: "Change own name and language", Tag: tag, SignedIn: true},
		func(ctx context.Context, in *struct {
			Body struct {
				Name   *string `json:"name,omitempty" minLength:"1" maxLength:"100"`
				Locale *string `json:"locale,omitempty" enum:"zh-CN,en"`
			}
		}) (*httpx.Body[*Me], error) {
			me, err := s.UpdateMe(ctx, in.Body.Name, in.Body.Locale)
			return httpx.OK(me), err
		})
	httpx.Handle(r, httpx.Op{ID: "change-password", Method: "POST", Path: "/auth/password", Summary: "Change own password; other sessions end", Tag: tag, SignedIn: true},
		func(ctx context.Context, in *struct {
			Body struct {
				Current string `json:"current" maxLength:"256"`
				New     string `json:"new" minLength:"10" maxLength:"256"`
			}
		}) (*struct{}, error) {
			return nil, s.ChangePassword(ctx, in.Body.Current, in.Body.New)
		})
	httpx.Handle(r, httpx.Op{ID: "list-sessions", Method: "GET", Path: "/sessions", Summary: "Own sessions", Tag: tag, SignedIn: true},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Session]], error) {
			items, err := s.Sessions(ctx)
			return httpx.OK(httpx.List[Session]{Items: httpx.Items(items)}), err
		})
	httpx.Handle(r, httpx.Op{ID: "end-session", Method: "DELETE", Path: "/sessions/{id}", Summary: "End an own session", Tag: tag, SignedIn: true},
		func(ctx context.Context, in *IDPath) (*struct{}, error) { return nil, s.EndSession(ctx, in.ID) })
}

// TokenPath is the path of what a one-time link opens.
type TokenPath struct {
	Token string `path:"token" maxLength:"100"`
}

// IDPath is the path of one thing.
type IDPath struct {
	ID string `path:"id" maxLength:"64"`
}
