package app

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"fishpond/internal/insight/figure"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/platform/obs"
	"fishpond/internal/timeline"
	"fishpond/web"
)

// routes registers every module's endpoints.
func (a *App) routes() {
	a.Org.Routes(a.Router)
	a.Pool.Routes(a.Router)
	a.Importer.Routes(a.Router)
	a.Lifecycle.Routes(a.Router)
	a.Insight.Routes(a.Router)
	a.newLookalike().Routes(a.Router)
	a.Drill.Routes(a.Router)
	a.Economics.Routes(a.Router)
	a.Scorecard.Routes(a.Router)
	a.Playbook.Routes(a.Router)
	figure.Routes(a.Router, figures())
	a.Reports.Routes(a.Router)
	a.Segments.Routes(a.Router)
	a.Carrier.Routes(a.Router)
	a.Acquisition.Routes(a.Router)
	a.Inbox.Routes(a.Router)
	a.Surveys.Routes(a.Router)
	a.Content.Routes(a.Router)
	a.Followup.Routes(a.Router)
	a.Care.Routes(a.Router)
	a.Reach.Routes(a.Router)
	a.Campaigns.Routes(a.Router)
	a.SOPs.Routes(a.Router)
	a.Journeys.Routes(a.Router)
	a.Runner.Routes(a.Router, a.Org)
	a.Jobs.RegisterHTTP(a.Router, a.auditJob)
	a.healthRoute()
}

// Handler is the whole server: API, console, health and metrics.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", a.ready)
	mux.Handle("GET /metrics", a.metrics.Handler())
	mux.Handle(httpx.Prefix+"/", httpx.Middleware(a.Log, a.Org, a.serve.TrustProxy, obs.Route(a.Router)))
	// Platforms and customers have no session; these see to their own safety.
	mux.Handle("/callbacks/", a.Carrier.Callbacks())
	mux.Handle("/w/", a.Carrier.Web())
	pages := a.Acquisition.Pages()
	for _, path := range []string{"/b/", "/c/", "/f/", "/l/", "/q/"} {
		mux.Handle(path, pages)
	}
	mux.Handle("/s/", a.Surveys.Pages())
	mux.Handle("/m/", a.Content.Pages())
	mux.Handle("/t/", a.Campaigns.Pages())
	mux.Handle("/u/", a.Campaigns.Pages())
	mux.Handle("/", web.Handler())
	return a.tracing.Middleware(a.metrics.Middleware(obs.Route(mux)))
}

// ready answers 200 when the database answers and the server is not stopping:
// load balancers send no more once it is 503.
func (a *App) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if a.stopping.Load() {
		answer(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	if err := a.DB.Ping(ctx); err != nil {
		a.Log.ErrorContext(ctx, "not ready", "error", err)
		answer(w, http.StatusServiceUnavailable, "database does not answer")
		return
	}
	answer(w, http.StatusOK, "ready")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": text}) // the prober is gone otherwise
}

// Health is what the system page shows.
type Health struct {
	Version     string            `json:"version"`
	Commit      string            `json:"commit"`
	Engine      string            `json:"engine"`
	Subscribers []timeline.Status `json:"subscribers"`
	Jobs        jobs.Counts       `json:"jobs"`
}

func (a *App) healthRoute() {
	httpx.Handle(a.Router, httpx.Op{ID: "system-health", Method: "GET", Path: "/system/health", Summary: "How the system is doing", Tag: "system", Permission: "system.read"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Health], error) {
			org := httpx.Actor(ctx).OrgID
			h := Health{Version: a.build.Version, Commit: a.build.Commit, Engine: string(a.DB.Engine())}
			var err error
			if h.Subscribers, err = a.Runner.Status(ctx, org); err != nil {
				return nil, err
			}
			h.Subscribers = httpx.Items(h.Subscribers)
			if h.Jobs, err = a.Jobs.Counts(ctx, org); err != nil {
				return nil, err
			}
			return httpx.OK(h), nil
		})
}
