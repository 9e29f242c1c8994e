package httpx

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

type fakeAuth struct{}

func (fakeAuth) Authenticate(r *http.Request) (access.Actor, bool, error) {
	switch r.Header.Get("X-Test-Role") {
	case "":
		return access.Actor{}, false, nil
	case "writer":
		return access.Actor{Kind: access.Staff, OrgID: "o"}.WithPermissions([]string{"thing.write"}), true, nil
	}
	return access.Actor{Kind: access.Staff, OrgID: "o"}.WithPermissions(nil), true, nil
}

type thingIn struct {
	Body struct {
		Name string `json:"name" minLength:"2"`
		Age  int    `json:"age" minimum:"1"`
	}
}

func newServer(fail error) http.Handler {
	log := slog.New(slog.DiscardHandler)
	r := NewRouter(log, "test")
	Handle(r, Op{ID: "make-thing", Method: "POST", Path: "/things", Tag: "thing", Permission: "thing.write"},
		func(_ context.Context, in *thingIn) (*Body[string], error) {
			if in.Body.Name == "panic" {
				panic("secret cause")
			}
			return OK("made " + in.Body.Name), fail
		})
	return Middleware(log, fakeAuth{}, false, r)
}

func TestEndpointAnswers(t *testing.T) {
	internal := errors.New("password=hunter2")
	cases := []struct {
		name, role, lang, body, origin string
		fail                           error
		status                         int
		code                           errs.Code
		contains                       string
	}{
		{name: "nobody", body: `{"name":"ab","age":1}`, status: 401, code: errs.CodeUnauthenticated, contains: "请先登录"},
		{name: "nobody in English", lang: "en", body: `x`, status: 401, code: errs.CodeUnauthenticated, contains: "Please sign in"},
		{name: "no permission", role: "reader", body: `{}`, status: 403, code: errs.CodeForbidden, contains: "thing.write"},
		{name: "fields", role: "writer", body: `{"name":"a","age":0}`, status: 422, code: errs.CodeInvalid, contains: `"location":"body.age","message":"不能小于 1"`},
		{name: "fields in English", role: "writer", lang: "en-GB,en;q=0.9", body: `{"name":"a","age":1}`, status: 422, code: errs.CodeInvalid, contains: "length >= 2"},
		{name: "not JSON", role: "writer", body: `{"name`, status: 400, code: errs.CodeInvalid, contains: "JSON"},
		{name: "domain failure", role: "writer", body: `{"name":"ab","age":1}`, fail: errs.NotFound(i18n.T("客户", "person")), status: 404, code: errs.CodeNotFound, contains: "找不到客户"},
		{name: "internal cause stays inside", role: "writer", body: `{"name":"ab","age":1}`, fail: internal, status: 500, code: errs.CodeInternal, contains: "request_id"},
		{name: "panic", role: "writer", body: `{"name":"panic","age":1}`, status: 500, code: errs.CodeInternal, contains: "request_id"},
		{name: "another site", role: "writer", origin: "https://evil.example", body: `{"name":"ab","age":1}`, status: 403, code: errs.CodeForbidden},
		{name: "fine", role: "writer", body: `{"name":"ab","age":1}`, status: 200, contains: "made ab"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			req := httptest.NewRequest("POST", Prefix+"/things", strings.NewReader(c.body))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("X-Test-Role", c.role)
			if c.lang != "" {
				req.Header.Set("Accept-Language", c.lang)
			}
			if c.origin != "" {
				req.Header.Set("Origin", c.origin)
			}
			w := httptest.NewRecorder()
			newServer(c.fail).ServeHTTP(w, req)
			body := w.Body.String()
			if w.Code != c.status || !strings.Contains(body, c.contains) || strings.Contains(body, "hunter2") || strings.Contains(body, "secret cause") {
				t.Fatalf("%d %s", w.Code, body)
			}
			if c.code == "" {
				return
			}
			var p Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Code != string(c.code) || p.RequestID == "" || p.RequestID != w.Header().Get("X-Request-Id") {
				t.Fatalf("%v: %+v", err, p)
			}
			if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("content type %q", ct)
			}
		})
	}
}

func TestUnknownEndpointIsAProblem(t *testing.T) {
	w := httptest.NewRecorder()
	newServer(nil).ServeHTTP(w, httptest.NewRequest("GET", Prefix+"/nothing", nil))
	if w.Code != 404 || !strings.Contains(w.Body.String(), "找不到这个接口") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

func TestCursorRoundTripAndGarbage(t *testing.T) {
	type pos struct{ A, B int }
	var got pos
	if err := DecodeCursor(EncodeCursor(pos{3, 4}), &got); err != nil || got != (pos{3, 4}) {
		t.Fatalf("%v %v", got, err)
	}
	if err := DecodeCursor("!!", &got); !errs.Is(err, errs.CodeInvalid) {
		t.Fatalf("garbage gave %v", err)
	}
}
