package httpx

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Prefix is where the API begins.
const Prefix = "/api/v1"

// Router holds the API's endpoints.
type Router struct {
	api huma.API
	mux *http.ServeMux
	log *slog.Logger
	ops []Op
}

// NewRouter returns an API without endpoints. version is the API's, as shown
// in the OpenAPI document.
func NewRouter(log *slog.Logger, version string) *Router {
	mux := http.NewServeMux()
	r := &Router{mux: mux, log: log}
	// The library has one hook for its own errors, for the whole process. All
	// routers set the same function, which takes what it needs from the request.
	huma.NewErrorWithContext = func(ctx huma.Context, st int, msg string, causes ...error) huma.StatusError {
		if ctx == nil {
			return libraryProblem(context.Background(), slog.Default(), st, msg, causes)
		}
		return libraryProblem(ctx.Context(), loggerFrom(ctx.Context()), st, msg, causes)
	}
	cfg := huma.DefaultConfig("Fishpond", version)
	cfg.Info.Description = "Keep your own customers: identity, timeline, lifecycle, segments, reach."
	cfg.OpenAPIPath = Prefix + "/openapi"
	cfg.DocsPath = "" // the reference page of the library loads its script from elsewhere
	cfg.SchemasPath = Prefix + "/schemas"
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaNames())
	cfg.CreateHooks = nil // no $schema links inside bodies
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: SessionCookie, Description: "A signed-in staff member"},
		"api_key": {Type: "http", Scheme: "bearer", Description: "An API key of the org"},
	}
	r.api = humago.New(mux, cfg)
	return r
}

// SessionCookie is the name of the cookie that carries a staff session.
const SessionCookie = "fishpond_session"

// OpenAPI returns the document of all endpoints in OpenAPI 3.1, as indented JSON.
func (r *Router) OpenAPI() ([]byte, error) {
	b, err := json.MarshalIndent(r.api.OpenAPI(), "", "  ")
	return append(b, '\n'), err
}

// Ops lists the endpoints that were registered, for tests that walk them all.
func (r *Router) Ops() []Op { return slices.Clone(r.ops) }

// ServeHTTP serves the API.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if _, pattern := r.mux.Handler(req); pattern == "" {
		WriteProblem(w, req, r.log, errs.NotFound(i18n.T("这个接口", "endpoint")))
		return
	}
	r.mux.ServeHTTP(w, req)
}

// Op declares an endpoint.
type Op struct {
	ID         string // operationId, kebab-case, unique: list-persons
	Method     string
	Path       string // below Prefix: /persons/{id}
	Summary    string
	Tag        string // the module
	Permission string // what the caller must hold; empty with Public or SignedIn
	Public     bool   // open to everybody
	SignedIn   bool   // open to whoever is signed in
	Status     int    // of success; 0: 200, or 204 without a body
	MaxBody    int64  // bytes accepted; 0: 1 MiB
	Upload     string // the form field of a file that a POST endpoint reads by itself, as a stream
	Stream     bool   // the answer is not JSON; Produces says what
	Produces   []string
}

// schemaNames names the shapes in the API's document after their types. Where
// two modules have a type of one name, the later one's is written with its
// package before it: segment.Preview becomes SegmentPreview.
func schemaNames() func(t reflect.Type, hint string) string {
	taken := map[string]reflect.Type{}
	return func(t reflect.Type, hint string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		name := huma.DefaultSchemaNamer(t, hint)
		if had, ok := taken[name]; ok && had != t && t.Name() != "" {
			module := path.Base(t.PkgPath())
			name = strings.ToUpper(module[:1]) + module[1:] + name
		}
		if t.Name() != "" {
			taken[name] = t
		}
		return name
	}
}

// Handle registers an endpoint. The caller's permission is checked before fn
// runs; fn's error becomes a problem in the caller's language.
func Handle[In, Out any](r *Router, op Op, fn func(ctx context.Context, in *In) (*Out, error)) {
	r.ops = append(r.ops, op)
	h := huma.Operation{OperationID: op.ID, Method: op.Method, Path: Prefix + op.Path, Summary: op.Summary, Tags: []string{op.Tag},
		DefaultStatus: op.Status, MaxBodyBytes: op.MaxBody}
	if !op.Public {
		h.Security = []map[string][]string{{"session": {}}, {"api_key": {}}}
	}
	if op.Permission != "" {
		h.Description = "Needs the permission `" + op.Permission + "`."
	}
	problem := r.api.OpenAPI().Components.Schemas.Schema(problemType, true, "Problem")
	h.Responses = map[string]*huma.Response{"default": {Description: "A problem", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}}}
	if op.Stream {
		ok := &huma.Response{Description: "The content", Content: map[string]*huma.MediaType{}}
		for _, p := range op.Produces {
			ok.Content[p] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
		}
		h.Responses["200"] = ok
	}
	// The check stands before parsing: who may not call learns nothing of the input.
	h.Middlewares = huma.Middlewares{func(c huma.Context, next func(huma.Context)) {
		if err := allowed(c.Context(), op); err != nil {
			r.refuse(c, err)
			return
		}
		next(c)
	}}
	huma.Register(r.api, h, func(ctx context.Context, in *In) (*Out, error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, NewProblem(ctx, r.log, err)
		}
		return out, nil
	})
	if op.Upload != "" {
		// Described after the fact: the library would read and check a body
		// that it knows of.
		r.api.OpenAPI().Paths[h.Path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{op.Upload},
			Properties: map[string]*huma.Schema{op.Upload: {Type: huma.TypeString, Format: "binary"}},
		}}}}
	}
}

func allowed(ctx context.Context, op Op) error {
	if op.Public {
		return nil
	}
	a, ok := access.From(ctx)
	if !ok {
		return errs.Unauthenticated(i18n.T("请先登录", "Please sign in"))
	}
	if op.Permission != "" && !a.Can(op.Permission) {
		return errs.Forbidden(i18n.T("你的角色没有这个权限（%s），需要时请联系企业所有者", "Your role lacks the permission %s; ask the owner if you need it", op.Permission))
	}
	return nil
}

func (r *Router) refuse(c huma.Context, err error) {
	p := NewProblem(c.Context(), r.log, err)
	c.SetHeader("Content-Type", p.ContentType(""))
	c.SetStatus(p.Status)
	writeJSON(c.BodyWriter(), p)
}

func writeJSON(w io.Writer, v any) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(true)
	_ = enc.Encode(v) // the connection is gone: nobody is left to tell
}
