package testkit

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/httpx"
)

// API is a module's endpoints behind the same middleware as in the server,
// and the staff who call them.
type API struct {
	Language string // what requests ask for that ask for none
	handler  http.Handler
}

// NewAPI serves what routes declares. A role has those of the permissions that
// name it, and those of extra: what it may do in other modules.
func NewAPI(routes func(*httpx.Router), permissions []access.Permission, extra ...access.Permission) *API {
	logger := slog.New(slog.DiscardHandler)
	r := httpx.NewRouter(logger, "test")
	routes(r)
	return &API{handler: httpx.Middleware(logger, staffOf(slices.Concat(permissions, extra)), false, r)}
}

// Handler is for tests that serve the endpoints on a socket.
func (a *API) Handler() http.Handler { return a.handler }

// Actor is a staff member with what the role may do; associates see only
// their own customers.
func Actor(permissions []access.Permission, orgID, role, staff string) access.Actor {
	a := access.Actor{Kind: access.Staff, OrgID: orgID, ID: staff, Role: role, OwnOnly: role == "associate"}
	var keys []string
	for _, p := range permissions {
		if slices.Contains(p.Roles, role) {
			keys = append(keys, p.Key)
		}
	}
	return a.WithPermissions(keys)
}

// staffOf takes whoever names an org in a header for its staff.
type staffOf []access.Permission

// Authenticate is part of httpx's port.
func (s staffOf) Authenticate(r *http.Request) (access.Actor, bool, error) {
	orgID := r.Header.Get("X-Org")
	return Actor(s, orgID, r.Header.Get("X-Role"), r.Header.Get("X-Staff")), orgID != "", nil
}

// Identify makes a request that of "org role staff"; without them, of stf_1, an
// owner.
func Identify(req *http.Request, as string) {
	f := strings.Fields(as)
	for i, name := range []string{"X-Org", "X-Role", "X-Staff"} {
		value := []string{"", "owner", "stf_1"}[i]
		if i < len(f) {
			value = f[i]
		}
		req.Header.Set(name, value)
	}
}

// Serve answers a request of "org role staff".
func (a *API) Serve(as string, req *http.Request) (status int, text string) {
	Identify(req, as)
	if a.Language != "" && req.Header.Get("Accept-Language") == "" {
		req.Header.Set("Accept-Language", a.Language)
	}
	rec := httptest.NewRecorder()
	a.handler.ServeHTTP(rec, req)
	return rec.Code, rec.Body.String()
}

// Do sends a request as "org role staff"; the path is that below httpx.Prefix.
func (a *API) Do(as, method, path, body string) (status int, text string) {
	return a.Serve(as, Request(method, path, body))
}

// Request is a request of the API; the path is that below httpx.Prefix.
func Request(method, path, body string) *http.Request {
	req := httptest.NewRequest(method, httpx.Prefix+path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// Want is Do with the status that the answer must have; into may be nil.
func (a *API) Want(tb testing.TB, as string, status int, method, path, body string, into any) string {
	tb.Helper()
	code, text := a.Do(as, method, path, body)
	if code != status {
		tb.Fatalf("%s %s %s: %d, not %d: %s", method, path, body, code, status, text)
	}
	if into != nil {
		Must(tb, json.Unmarshal([]byte(text), into))
	}
	return text
}

// Upload is a request with a file in the field "file".
func Upload(tb testing.TB, path, name string, content []byte) *http.Request {
	tb.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", name)
	Must(tb, err)
	_, err = part.Write(content)
	Must(tb, err)
	Must(tb, form.Close())
	req := httptest.NewRequest(http.MethodPost, httpx.Prefix+path, &b)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return req
}

// Must ends the test at once when there is an error.
func Must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// Contains demands every part of a text.
func Contains(tb testing.TB, text string, parts ...string) {
	tb.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			tb.Errorf("%s\nlacks %s", text, p)
		}
	}
}
