package org

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var schema = testkit.Migrations(Migration)

const (
	baseURL  = "https://pool.example"
	goodPass = "correct horse battery"
)

var (
	discard = slog.New(slog.DiscardHandler)
	cheap   = argonParams{memory: 64, passes: 1, threads: 1} // most tests are not about its cost
)

// others stands for the permissions of the other modules.
var others = []access.Permission{
	{Key: "pool.read", Module: "pool", Text: i18n.T("看", "see"), Roles: Roles},
	{Key: "pool.write", Module: "pool", Text: i18n.T("改", "change"), Roles: []string{RoleOwner, RoleOperator, RoleAssociate}},
	{Key: "pool.track", Module: "pool", Text: i18n.T("上报", "track"), Roles: []string{RoleOwner, RoleOperator}},
}

// house is the module behind its real router and middleware.
type house struct {
	t     *testing.T
	db    *db.DB
	clock *testkit.Clock
	svc   *Service
	h     http.Handler
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	ring, err := secret.New(bytes.Repeat([]byte{7}, secret.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: d, clock: testkit.NewClock(t, "2026-03-01T00:00:00Z")}
	h.svc = h.node(ring)
	h.h = h.handler(h.svc)
	return h
}

// node is another process on the same database.
func (h *house) node(sealer Sealer) *Service {
	s := New(h.db, discard, h.clock.Now, Options{BaseURL: baseURL + "/", Sealer: sealer,
		Permissions: append(append([]access.Permission{}, Permissions...), others...), SecureCookies: true})
	s.hash.params = cheap
	return s
}

func (h *house) handler(s *Service) http.Handler {
	r := httpx.NewRouter(discard, "test")
	s.Routes(r)
	// An endpoint of some other module, to see what an actor may do there.
	httpx.Handle(r, httpx.Op{ID: "track", Method: "POST", Path: "/track", Tag: "pool", Permission: "pool.track"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[string], error) {
			return httpx.OK(httpx.Actor(ctx).ID), nil
		})
	return httpx.Middleware(discard, s, false, r)
}

// caller is a browser or a program: it keeps its cookies.
type caller struct {
	h       *house
	handler http.Handler
	cookies map[string]*http.Cookie
	key     string
	ip      string
	lang    string
}

func (h *house) browser() *caller {
	return &caller{h: h, handler: h.h, cookies: map[string]*http.Cookie{}, ip: "203.0.113.7", lang: "en"}
}

// reply is an answer with its body read.
type reply struct {
	status int
	header http.Header
	body   string
}

func (c *caller) do(method, path string, body any) reply {
	c.h.t.Helper()
	var rd io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			c.h.t.Fatal(err)
		}
		rd = bytes.NewReader(b)
	}
	req := httptest.NewRequest(method, httpx.Prefix+path, rd)
	req.RemoteAddr = c.ip + ":4711"
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", c.lang)
	req.Header.Set("User-Agent", "Testbrowser/1.0")
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	for _, k := range c.cookies {
		req.AddCookie(k)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, req)
	for _, k := range w.Result().Cookies() {
		if k.MaxAge < 0 {
			delete(c.cookies, k.Name)
		} else {
			c.cookies[k.Name] = k
		}
	}
	return reply{w.Code, w.Header(), w.Body.String()}
}

// want does a request and fails the test unless the answer has this status.
// The body is read into out when given.
func (c *caller) want(status int, method, path string, body, out any) reply {
	c.h.t.Helper()
	r := c.do(method, path, body)
	if r.status != status {
		c.h.t.Fatalf("%s %s: %d, want %d: %s", method, path, r.status, status, r.body)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(r.body), out); err != nil {
			c.h.t.Fatalf("%s %s: %v: %s", method, path, err, r.body)
		}
	}
	return r
}

type obj = map[string]any

// brand is an org with an owner who is signed in.
type brand struct {
	Org
	owner *caller
	Owner Staff
}

func (h *house) brand(name string) *brand {
	h.t.Helper()
	email := "owner@" + strings.ToLower(name) + ".example"
	o, st, err := h.svc.CreateOrg(h.t.Context(), NewOrg{Name: name, OwnerName: "Owner of " + name, OwnerEmail: email, OwnerPassword: goodPass})
	if err != nil {
		h.t.Fatal(err)
	}
	return &brand{Org: o, Owner: st, owner: h.signIn(email, goodPass)}
}

func (h *house) signIn(email, password string) *caller {
	h.t.Helper()
	c := h.browser()
	c.want(200, "POST", "/auth/sign-in", obj{"email": email, "password": password}, nil)
	return c
}

// hire invites somebody, who accepts and is then signed in.
func (b *brand) hire(name, role string) (Staff, *caller) {
	h := b.owner.h
	h.t.Helper()
	var got struct {
		Staff     Staff
		InviteURL string `json:"invite_url"`
	}
	email := strings.ToLower(name) + "@" + strings.ToLower(b.Name) + ".example"
	b.owner.want(201, "POST", "/staff", obj{"name": name, "email": email, "role": role}, &got)
	token, ok := strings.CutPrefix(got.InviteURL, baseURL+"/invite/")
	if !ok {
		h.t.Fatalf("invite url %q", got.InviteURL)
	}
	c := h.browser()
	c.want(200, "POST", "/invites/"+token, obj{"password": goodPass}, nil)
	return got.Staff, c
}

// actions lists the audited actions of an org, oldest first.
func (h *house) actions(orgID string) []string {
	h.t.Helper()
	var out []string
	err := h.db.Read(h.t.Context(), orgID, func(tx *db.Tx) error {
		all, err := auditEntries(h.t.Context(), tx, orgID, AuditFilter{Limit: 1000})
		for _, e := range slices.Backward(all) {
			out = append(out, e.Action)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}
