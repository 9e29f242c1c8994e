// Package web serves the operator console.
//
// The console is a single-page application that Vite builds into dist, which is
// not committed. Compile with the build tag "console" to embed it, after
// `npm ci && npm run build` in this folder (`make build` does all of it).
// Without the tag the package embeds only a placeholder page, so that the Go
// side builds and tests on a machine without Node.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed all:placeholder
var placeholder embed.FS

// contentSecurityPolicy allows the console's own files and nothing else.
// Inline styles stay allowed: the component library writes style elements as
// components appear, and the charts position their tooltips by style attributes.
// Scripts, the part that matters, come from files of this origin only.
const contentSecurityPolicy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; object-src 'none'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// The page beside a chat of WeCom asks the platform whose chat it is, by a
// script of the platform's. No other page may run it.
const sidebarPath = "/sidebar"

var sidebarPolicy = strings.Replace(contentSecurityPolicy, "script-src 'self'", "script-src 'self' https://res.wx.qq.com", 1)

// Built reports whether the console itself is embedded in this binary, rather
// than only the placeholder page.
func Built() bool {
	_, err := fs.Stat(dist, "dist/index.html")
	return err == nil
}

// Handler serves the embedded console: files with a content hash in their name
// for ever, the page itself revalidated on each visit. A navigation to any
// other path gets the page, because the console routes in the browser; paths
// under /api never do, so that a mistyped API address stays a 404.
func Handler() http.Handler {
	root, dir := fs.FS(placeholder), "placeholder"
	if Built() {
		root, dir = dist, "dist"
	}
	sub, err := fs.Sub(root, dir)
	if err != nil {
		panic("web: " + err.Error()) // only for a malformed constant name
	}
	return newHandler(sub)
}

// file is one embedded file in every encoding that the build produced.
type file struct {
	contentType  string
	cacheControl string
	plain        encoded
	gzip, brotli *encoded
}

type encoded struct {
	body []byte
	etag string
}

func (f *file) choose(accept string) (*encoded, string) {
	if f.brotli != nil && accepts(accept, "br") {
		return f.brotli, "br"
	}
	if f.gzip != nil && accepts(accept, "gzip") {
		return f.gzip, "gzip"
	}
	return &f.plain, ""
}

type handler struct{ files map[string]*file }

func newHandler(root fs.FS) http.Handler {
	h := &handler{files: map[string]*file{}}
	walk := func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || hidden(name) {
			return err
		}
		plain, err := read(root, name)
		if err != nil {
			return err
		}
		f := &file{contentType: contentType(name), cacheControl: "no-cache", plain: *plain}
		if strings.HasPrefix(name, "assets/") {
			f.cacheControl = "public, max-age=31536000, immutable"
		}
		f.gzip, _ = read(root, name+".gz") // absent for small or binary files
		f.brotli, _ = read(root, name+".br")
		h.files[name] = f
		return nil
	}
	if err := fs.WalkDir(root, ".", walk); err != nil {
		panic("web: " + err.Error()) // an embedded file system does not fail
	}
	return h
}

// hidden tells the files that exist beside the console but are not part of it:
// the compressed copies, and the manifest of the build.
func hidden(name string) bool {
	return strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".br") || strings.HasPrefix(name, ".vite/")
}

func read(root fs.FS, name string) (*encoded, error) {
	body, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return &encoded{body: body, etag: `"` + hex.EncodeToString(sum[:8]) + `"`}, nil
}

func contentType(name string) string {
	switch path.Ext(name) { // the usual ones do not depend on the host's mime table
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	if r.URL.Path == sidebarPath {
		header.Set("Content-Security-Policy", sidebarPolicy)
	}
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	f := h.files[name]
	if f == nil && navigation(r, name) {
		f = h.files["index.html"]
	}
	if f == nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	f.serve(w, r)
}

// navigation tells a browser that opens a page of the console from a program
// that asks for a file: only the first is helped by getting the page.
func navigation(r *http.Request, name string) bool {
	if name == "api" || strings.HasPrefix(name, "api/") || strings.HasPrefix(name, "assets/") {
		return false
	}
	return name == "" || strings.Contains(r.Header.Get("Accept"), "text/html")
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", f.contentType)
	header.Set("Cache-Control", f.cacheControl)
	header.Set("Vary", "Accept-Encoding")
	body, encoding := f.choose(r.Header.Get("Accept-Encoding"))
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	header.Set("ETag", body.etag)
	if match := r.Header.Get("If-None-Match"); match != "" && strings.Contains(match, body.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(body.body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body.body) // the visitor may be gone; nobody is left to tell
}

// accepts reads an Accept-Encoding header: whether coding is named in it and
// not refused with a weight of zero.
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		weight, found := strings.CutPrefix(strings.TrimSpace(params), "q=")
		if !found {
			return true
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
		return err == nil && q > 0
	}
	return false
}
