package org

import (
	"context"
	"net/http"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

// tokenLength is what ids.Token makes; anything longer need not be hashed.
const tokenLength = 43

// Authenticate finds out who sends a request: an API key in Authorization, or
// the session cookie. A wrong key is an error; a cookie that no longer opens
// a session is nobody, so that the sign-in page stays reachable.
func (s *Service) Authenticate(r *http.Request) (access.Actor, bool, error) {
	if scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		key = strings.TrimSpace(key)
		if strings.HasPrefix(key, keyStart) && len(key) == len(keyStart)+tokenLength {
			a, ok, err := s.byKey(r.Context(), key)
			if ok || err != nil {
				return a, ok, err
			}
		}
		return access.Actor{}, false, errs.Unauthenticated(i18n.T("API 密钥无效或已撤销", "The API key is not valid or was revoked"))
	}
	c, err := r.Cookie(httpx.SessionCookie)
	if err != nil || len(c.Value) != tokenLength {
		return access.Actor{}, false, nil //nolint:nilerr // no cookie is no failure
	}
	return s.bySession(r.Context(), c.Value)
}

// sessionCookie carries a session's token. The server ends the session; the
// browser need only keep the cookie long enough.
func (s *Service) sessionCookie(token string) http.Cookie {
	c := http.Cookie{Name: httpx.SessionCookie, Value: token, Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(sessionAbsolute / time.Second)}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

// requestOrigin is where the request of ctx came from, for the audit log.
func requestOrigin(ctx context.Context) (ip, requestID string) {
	return httpx.IP(ctx), httpx.RequestID(ctx)
}
