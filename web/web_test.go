package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func console() http.Handler {
	return newHandler(fstest.MapFS{
		"index.html":               {Data: []byte("<!doctype html>console")},
		"favicon.svg":              {Data: []byte("<svg/>")},
		"assets/app-1a2b.js":       {Data: []byte("plain")},
		"assets/app-1a2b.js.gz":    {Data: []byte("gzipped")},
		"assets/app-1a2b.js.br":    {Data: []byte("brotli")},
		"assets/small-3c4d.css":    {Data: []byte("a{}")},
		".vite/manifest.json":      {Data: []byte("{}")},
		"assets/strange-5e6f.woff": {Data: []byte{0, 1}},
	})
}

func TestHandler(t *testing.T) {
	const page, script = "text/html,application/xhtml+xml", "*/*"
	for _, c := range []struct {
		name, method, path, accept, encoding string
		status                               int
		body, contentType, sentAs, cache     string
	}{
		{"page", "GET", "/", page, "", 200, "console", "text/html; charset=utf-8", "", "no-cache"},
		{"page for a program too", "GET", "/", script, "", 200, "console", "text/html; charset=utf-8", "", "no-cache"},
		{"deep link", "GET", "/customers/per_1", page, "", 200, "console", "text/html; charset=utf-8", "", "no-cache"},
		{"deep link with a dot", "GET", "/invite/a.b", page, "", 200, "console", "text/html; charset=utf-8", "", "no-cache"},
		{"not for programs", "GET", "/customers/per_1", script, "", 404, "not found", "", "", ""},
		{"never for the API", "GET", "/api/v1/nothing", page, "", 404, "not found", "", "", ""},
		{"nor its root", "GET", "/api", page, "", 404, "not found", "", "", ""},
		{"nor around a corner", "GET", "/x/../api/v1/nothing", page, "", 404, "not found", "", "", ""},
		{"missing asset", "GET", "/assets/gone-0000.js", page, "", 404, "not found", "", "", ""},
		{"asset", "GET", "/assets/app-1a2b.js", script, "", 200, "plain", "text/javascript; charset=utf-8", "", "public, max-age=31536000, immutable"},
		{"asset in brotli", "GET", "/assets/app-1a2b.js", script, "gzip, br", 200, "brotli", "text/javascript; charset=utf-8", "br", "public, max-age=31536000, immutable"},
		{"asset in gzip", "GET", "/assets/app-1a2b.js", script, "gzip, br;q=0", 200, "gzipped", "text/javascript; charset=utf-8", "gzip", "public, max-age=31536000, immutable"},
		{"small asset as it is", "GET", "/assets/small-3c4d.css", script, "gzip, br", 200, "a{}", "text/css; charset=utf-8", "", "public, max-age=31536000, immutable"},
		{"file without hash", "GET", "/favicon.svg", script, "", 200, "<svg/>", "image/svg+xml", "", "no-cache"},
		{"manifest is not public", "GET", "/.vite/manifest.json", script, "", 404, "not found", "", "", ""},
		{"compressed copy is not a file", "GET", "/assets/app-1a2b.js.gz", script, "", 404, "not found", "", "", ""},
		{"no writing", "POST", "/", page, "", 405, "method not allowed", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "http://console.example"+c.path, nil)
			r.Header.Set("Accept", c.accept)
			r.Header.Set("Accept-Encoding", c.encoding)
			w := httptest.NewRecorder()
			console().ServeHTTP(w, r)
			if w.Code != c.status {
				t.Fatalf("status %d, want %d", w.Code, c.status)
			}
			if !strings.Contains(w.Body.String(), c.body) {
				t.Errorf("body %q, want %q in it", w.Body, c.body)
			}
			for name, want := range map[string]string{
				"Content-Type": c.contentType, "Content-Encoding": c.sentAs, "Cache-Control": c.cache,
			} {
				if got := w.Header().Get(name); c.status == 200 && got != want {
					t.Errorf("%s %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestHandlerHeaders(t *testing.T) {
	for _, path := range []string{"/", "/assets/app-1a2b.js", "/api/v1/nothing"} {
		w := httptest.NewRecorder()
		console().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		policy := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"script-src 'self';", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy %q lacks %q", path, policy, want)
			}
		}
		if got := w.Header().Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options %q", path, got)
		}
		if got := w.Header().Get("Referrer-Policy"); got != "same-origin" {
			t.Errorf("%s: Referrer-Policy %q", path, got)
		}
	}
}

func TestOnlyTheSidebarRunsThePlatformsScript(t *testing.T) {
	for path, want := range map[string]bool{"/sidebar": true, "/": false, "/inbox": false, "/sidebar/x": false} {
		w := httptest.NewRecorder()
		console().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		policy := w.Header().Get("Content-Security-Policy")
		if got := strings.Contains(policy, "script-src 'self' https://res.wx.qq.com;"); got != want {
			t.Errorf("%s: policy %q, platform's script allowed %v, want %v", path, policy, got, want)
		}
	}
}

func TestHandlerRevalidates(t *testing.T) {
	h := console()
	first := httptest.NewRecorder()
	h.ServeHTTP(first, httptest.NewRequest("GET", "/", nil))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("If-None-Match", first.Header().Get("ETag"))
	second := httptest.NewRecorder()
	h.ServeHTTP(second, r)
	if second.Code != http.StatusNotModified || second.Body.Len() != 0 {
		t.Fatalf("status %d with %d bytes, want 304 with none", second.Code, second.Body.Len())
	}
}

// The package must serve something whether or not the console was built.
func TestHandlerOfThisBuild(t *testing.T) {
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Fishpond") {
		t.Fatalf("status %d, body %q", w.Code, w.Body)
	}
	if isPlaceholder := strings.Contains(w.Body.String(), "make build"); isPlaceholder == Built() {
		t.Fatalf("Built() = %v, but the placeholder is served = %v", Built(), isPlaceholder)
	}
}
