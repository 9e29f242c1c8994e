package org

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/testkit"
)

func TestSessionsAreListedAndRevoked(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		second := h.browser()
		second.ip = "[2001:db8::5]"
		second.want(200, "POST", "/auth/sign-in", obj{"email": "owner@alpha.example", "password": goodPass}, nil)
		var list struct{ Items []Session }
		second.want(200, "GET", "/sessions", nil, &list)
		if len(list.Items) != 2 {
			t.Fatalf("%+v", list)
		}
		var mine, theirs Session
		for _, s := range list.Items {
			if s.Current {
				mine = s
			} else {
				theirs = s
			}
		}
		if mine.IP != "2001:db8::5" || mine.UserAgent != "Testbrowser/1.0" || theirs.IP != "203.0.113.7" {
			t.Fatalf("mine %+v, theirs %+v", mine, theirs)
		}
		b.owner.want(200, "GET", "/auth/me", nil, nil) // it is in the node's memory now
		second.want(204, "DELETE", "/sessions/"+theirs.ID, nil, nil)
		b.owner.want(401, "GET", "/auth/me", nil, nil)
		second.want(404, "DELETE", "/sessions/"+theirs.ID, nil, nil)
		second.want(204, "DELETE", "/sessions/"+mine.ID, nil, nil)
		second.want(401, "GET", "/sessions", nil, nil)
	})
}

func TestSessionTokenIsNotStored(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	b := h.brand("Alpha")
	token := b.owner.cookies["fishpond_session"].Value
	err := h.db.Read(t.Context(), b.ID, func(tx *db.Tx) error {
		var hash string
		if err := tx.QueryRow(t.Context(), "SELECT token_hash FROM org_session WHERE org_id = ?", b.ID).Scan(&hash); err != nil {
			return err
		}
		if hash != ids.Hash(token) || strings.Contains(hash, token) {
			t.Errorf("stored %q", hash)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Sliding: thirty days after the last use. Absolute: ninety days in any case.
func TestSessionExpiry(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		idle := h.signIn("owner@alpha.example", goodPass)
		for day := 20; day < 90; day += 20 {
			h.clock.Advance(20 * 24 * time.Hour)
			b.owner.want(200, "GET", "/auth/me", nil, nil)
			if day >= 40 {
				idle.want(401, "GET", "/auth/me", nil, nil)
			}
		}
		h.clock.Advance(10*24*time.Hour - time.Second)
		b.owner.want(200, "GET", "/auth/me", nil, nil)
		h.clock.Advance(time.Second)
		b.owner.want(401, "GET", "/auth/me", nil, nil)
	})
}

// A stale cookie must not stand in the way of signing in.
func TestStaleCookieIsNobody(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	b := h.brand("Alpha")
	h.clock.Advance(sessionIdle)
	b.owner.want(401, "GET", "/auth/me", nil, nil)
	b.owner.want(200, "POST", "/auth/sign-in", obj{"email": "owner@alpha.example", "password": goodPass}, nil)
	b.owner.want(200, "GET", "/auth/me", nil, nil)
	for _, bad := range []string{"", "x", strings.Repeat("a", tokenLength), strings.Repeat("a", 5000)} {
		c := h.browser()
		c.cookies["x"] = &http.Cookie{Name: "fishpond_session", Value: bad}
		c.want(401, "GET", "/auth/me", nil, nil)
		c.want(200, "GET", "/auth/providers", nil, nil)
	}
}

func TestRevocationReachesOtherNodesWithinSeconds(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		st, c := b.hire("Wu", RoleOperator)
		far := *c
		far.handler = h.handler(h.node(nil))
		far.want(200, "GET", "/auth/me", nil, nil)
		b.owner.want(200, "PATCH", "/staff/"+st.ID, obj{"role": "viewer"}, nil)
		far.want(200, "POST", "/track", nil, nil) // still remembered as an operator
		c.want(403, "POST", "/track", nil, nil)   // at once on the node that changed it
		h.clock.Advance(5 * time.Second)
		far.want(403, "POST", "/track", nil, nil)
		b.owner.want(200, "PATCH", "/staff/"+st.ID, obj{"status": "disabled"}, nil)
		c.want(401, "GET", "/auth/me", nil, nil)
		h.clock.Advance(5 * time.Second)
		far.want(401, "GET", "/auth/me", nil, nil)
	})
}

func TestSeenIsWrittenOnceAMinute(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		seen := func() time.Time {
			var list struct{ Items []Session }
			b.owner.want(200, "GET", "/sessions", nil, &list)
			return list.Items[0].LastSeenAt
		}
		start := h.clock.Now()
		h.clock.Advance(59 * time.Second)
		if got := seen(); !got.Equal(start) {
			t.Fatalf("written after 59 s: %v", got)
		}
		h.clock.Advance(5 * time.Second)
		if got := seen(); !got.Equal(h.clock.Now()) {
			t.Fatalf("not written after 64 s: %v", got)
		}
	})
}

// What was read before a revocation is not remembered after it.
func TestAuthenticationIsRememberedAndNeverStale(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	b := h.brand("Alpha")
	token := b.owner.cookies["fishpond_session"].Value
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if a, ok, err := h.svc.bySession(t.Context(), token); !ok || err != nil || a.ID != b.Owner.ID {
				t.Errorf("%+v %v %v", a, ok, err)
			}
		})
	}
	wg.Wait()
	hash := ids.Hash(token)
	if _, ok := h.svc.auth.get(hash, h.clock.Now()); !ok {
		t.Error("not remembered")
	}
	a, err := h.svc.loadSession(t.Context(), hash)
	if err != nil || a == nil {
		t.Fatal(err)
	}
	gen := h.svc.auth.generation()
	b.owner.want(204, "POST", "/auth/sign-out", nil, nil)
	a.until = h.clock.Now().Add(authCacheFor)
	h.svc.auth.put(hash, gen, *a) // a slow reader comes too late
	if _, ok, err := h.svc.bySession(t.Context(), token); ok || err != nil {
		t.Fatalf("a revoked session works: %v %v", ok, err)
	}
}

func TestSessionsOfOneStaffMemberAreBounded(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	b := h.brand("Alpha")
	first := b.owner
	var last *caller
	for range sessionsKept {
		h.clock.Advance(time.Minute)
		last = h.signIn("owner@alpha.example", goodPass)
	}
	var list struct{ Items []Session }
	last.want(200, "GET", "/sessions", nil, &list)
	if len(list.Items) != sessionsKept || list.Items[0].ID == "" || !list.Items[0].Current {
		t.Fatalf("%d sessions", len(list.Items))
	}
	first.want(401, "GET", "/auth/me", nil, nil)
}
