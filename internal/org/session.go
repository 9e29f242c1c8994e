package org

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// How long sessions live and how often they are looked at.
const (
	sessionIdle     = 30 * 24 * time.Hour // without use
	sessionAbsolute = 90 * 24 * time.Hour // in any case
	sessionsKept    = 50                  // a staff member's, at once
	touchEvery      = time.Minute
	// What another node revoked is noticed after this long.
	authCacheFor = 3 * time.Second
	authCacheMax = 20_000
)

// client is where a request comes from, as sessions remember it.
type client struct {
	IP        string
	UserAgent string
}

// openSession makes a session in the caller's transaction and returns the
// secret for the cookie.
func (s *Service) openSession(ctx context.Context, tx *db.Tx, st staffRow, c client) (token, id string, err error) {
	now := s.now().Truncate(time.Microsecond)
	token = ids.Token()
	row := sessionRow{OrgID: st.OrgID, ID: ids.New("ses"), StaffID: st.ID, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(sessionIdle),
		IP: c.IP, UserAgent: clip(c.UserAgent, 300)}
	if err := insertSession(ctx, tx, row, ids.Hash(token)); err != nil {
		return "", "", err
	}
	if err := pruneSessions(ctx, tx, st.OrgID, st.ID, now, sessionsKept); err != nil {
		return "", "", err
	}
	return token, row.ID, staffSeen(ctx, tx, st.OrgID, st.ID, now)
}

func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "\uFFFD") // PostgreSQL takes no NUL
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// authenticated is a remembered answer to "who is this?".
type authenticated struct {
	actor   access.Actor
	staffID string    // whose session or key it is
	expires time.Time // of the session; zero: never
	until   time.Time // of this memory
}

// bySession finds who holds a session token. ok is false for tokens that are
// unknown, expired or revoked.
func (s *Service) bySession(ctx context.Context, token string) (access.Actor, bool, error) {
	return s.authenticate(ctx, ids.Hash(token), s.loadSession)
}

// byKey finds the actor of an API key.
func (s *Service) byKey(ctx context.Context, key string) (access.Actor, bool, error) {
	return s.authenticate(ctx, ids.Hash(key), s.loadKey)
}

// authenticate answers from memory, or loads once for all who ask at the
// same time.
func (s *Service) authenticate(ctx context.Context, hash string, load func(context.Context, string) (*authenticated, error)) (access.Actor, bool, error) {
	if a, ok := s.auth.get(hash, s.now()); ok {
		return a.actor, true, nil
	}
	v, err, _ := s.loading.Do(hash, func() (any, error) {
		// One caller's going away must not fail the others.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		gen := s.auth.generation()
		a, err := load(ctx, hash)
		if err != nil || a == nil {
			return (*authenticated)(nil), err
		}
		a.until = s.now().Add(authCacheFor)
		s.auth.put(hash, gen, *a)
		return a, nil
	})
	if err != nil {
		return access.Actor{}, false, err
	}
	if a := v.(*authenticated); a != nil {
		return a.actor, true, nil
	}
	return access.Actor{}, false, nil
}

func (s *Service) loadSession(ctx context.Context, hash string) (*authenticated, error) {
	now := s.now()
	var row sessionRow
	var st staffRow
	err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) (err error) {
		if row, err = sessionByHash(ctx, tx, hash); err != nil {
			return err
		}
		st, err = staffByID(ctx, tx, row.OrgID, row.StaffID)
		return err
	})
	if db.IsNoRows(err) || errs.Is(err, errs.CodeNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if st.Status != StatusActive || !row.ExpiresAt.After(now) {
		return nil, nil
	}
	if now.Sub(row.LastSeenAt) >= touchEvery {
		expires := earlier(now.Add(sessionIdle), row.CreatedAt.Add(sessionAbsolute))
		// Somebody who works must not be turned away because this failed.
		if err := s.db.Write(ctx, row.OrgID, func(tx *db.Tx) error { return touchSession(ctx, tx, row, now, expires) }); err != nil {
			s.log.WarnContext(ctx, "session not touched", "session", row.ID, "error", err)
		} else {
			row.ExpiresAt = expires
		}
	}
	a := access.Actor{Kind: access.Staff, OrgID: row.OrgID, ID: st.ID, Name: st.Name, Role: st.Role, Session: row.ID, OwnOnly: st.Role == RoleAssociate}
	return &authenticated{actor: a.WithPermissions(s.roles[st.Role]), staffID: st.ID, expires: row.ExpiresAt}, nil
}

func (s *Service) loadKey(ctx context.Context, hash string) (*authenticated, error) {
	now := s.now()
	var k keyRow
	var st staffRow
	err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) (err error) {
		if k, err = keyByHash(ctx, tx, hash); err != nil {
			return err
		}
		st, err = staffByID(ctx, tx, k.OrgID, k.StaffID)
		return err
	})
	if db.IsNoRows(err) || errs.Is(err, errs.CodeNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if st.Status != StatusActive {
		return nil, nil
	}
	if k.LastUsedAt == nil || now.Sub(*k.LastUsedAt) >= touchEvery {
		if err := s.db.Write(ctx, k.OrgID, func(tx *db.Tx) error { return touchKey(ctx, tx, k.OrgID, k.ID, now) }); err != nil {
			s.log.WarnContext(ctx, "API key not touched", "api_key", k.ID, "error", err)
		}
	}
	// Its maker may hold less by now than when the key was made.
	held := slices.DeleteFunc(slices.Clone(k.Permissions), func(p string) bool { return !slices.Contains(s.roles[st.Role], p) })
	a := access.Actor{Kind: access.APIKey, OrgID: k.OrgID, ID: k.ID, Name: k.Name, OwnOnly: st.Role == RoleAssociate}
	return &authenticated{actor: a.WithPermissions(held), staffID: st.ID}, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// authCache remembers who holds which token for a few seconds, so that a page
// that asks twenty things reads the session once.
type authCache struct {
	mu    sync.Mutex
	gen   uint64 // grows with every revocation
	known map[string]authenticated
}

func newAuthCache() *authCache { return &authCache{known: map[string]authenticated{}} }

func (c *authCache) get(hash string, now time.Time) (authenticated, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.known[hash]
	if ok && (!a.until.After(now) || (!a.expires.IsZero() && !a.expires.After(now))) {
		delete(c.known, hash)
		return authenticated{}, false
	}
	return a, ok
}

func (c *authCache) generation() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gen
}

// put remembers a, unless something was revoked since gen: a may have been
// read before that.
func (c *authCache) put(hash string, gen uint64, a authenticated) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gen != gen {
		return
	}
	if len(c.known) >= authCacheMax {
		clear(c.known) // they are all reloaded within seconds anyway
	}
	c.known[hash] = a
}

// forget drops what matches, for when it was revoked or changed.
func (c *authCache) forget(match func(authenticated) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gen++
	for h, a := range c.known {
		if match(a) {
			delete(c.known, h)
		}
	}
}

// forgetStaff makes the sessions and keys of a staff member be looked at
// afresh once the transaction has committed.
func (s *Service) forgetStaff(tx *db.Tx, staffID string) {
	tx.OnCommit(func() { s.auth.forget(func(a authenticated) bool { return a.staffID == staffID }) })
}

// Session is one sign-in of the staff member who asks.
type Session struct {
	ID         string    `json:"id"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at" doc:"To the minute"`
	IP         string    `json:"ip"`
	UserAgent  string    `json:"user_agent"`
	Current    bool      `json:"current" doc:"The one that asks"`
}

// Sessions lists the actor's own sessions, the last used first.
func (s *Service) Sessions(ctx context.Context) ([]Session, error) {
	a, err := person(ctx)
	if err != nil {
		return nil, err
	}
	var rows []sessionRow
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		rows, err = sessionsOf(ctx, tx, a.OrgID, a.ID, s.now())
		return err
	})
	out := make([]Session, 0, len(rows))
	for _, r := range rows {
		out = append(out, Session{ID: r.ID, CreatedAt: r.CreatedAt, LastSeenAt: r.LastSeenAt, IP: r.IP, UserAgent: r.UserAgent, Current: r.ID == a.Session})
	}
	return out, err
}

// EndSession revokes one of the actor's own sessions.
func (s *Service) EndSession(ctx context.Context, id string) error {
	a, err := person(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		found, err := deleteSession(ctx, tx, a.OrgID, a.ID, id)
		if err != nil {
			return err
		}
		if !found {
			return errs.NotFound(i18n.T("登录会话", "session"))
		}
		s.forgetStaff(tx, a.ID)
		action := "session.revoked"
		if id == a.Session {
			action = "session.signed_out"
		}
		return s.Audit(ctx, tx, action, "session", id, nil)
	})
}
