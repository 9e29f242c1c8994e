package obs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"fishpond/internal/platform/obs"
)

type requestIDKey struct{}

func withRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

func logger(t *testing.T, w io.Writer, format string) *slog.Logger {
	t.Helper()
	log, err := obs.NewLogger(w, obs.LogConfig{Format: format, RequestID: func(ctx context.Context) string {
		id, _ := ctx.Value(requestIDKey{}).(string)
		return id
	}})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestLogCarriesRequestID(t *testing.T) {
	var out bytes.Buffer
	ctx := withRequestID(t.Context(), "req-1")
	logger(t, &out, "json").With("a", 1).WithGroup("g").InfoContext(ctx, "hello", "b", 2)

	var record struct {
		Msg string `json:"msg"`
		A   int    `json:"a"`
		G   struct {
			B         int    `json:"b"`
			RequestID string `json:"request_id"`
		} `json:"g"`
	}
	if err := json.Unmarshal(out.Bytes(), &record); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	if record.Msg != "hello" || record.A != 1 || record.G.B != 2 || record.G.RequestID != "req-1" {
		t.Errorf("wrote %s", out.String())
	}
	out.Reset()
	logger(t, &out, "json").InfoContext(t.Context(), "outside a request")
	if strings.Contains(out.String(), "request_id") {
		t.Errorf("wrote %s", out.String())
	}
}

func TestLogHidesSecretsAndAddresses(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log := logger(t, &out, format)
		log.Info("x",
			"password", "leak-1", "smtp_password", "leak-2", "Authorization", "leak-3",
			"access_token", "leak-4", slog.Group("person", "phone", "leak-5", "work_email", "leak-6"),
			"password_changed_at", "kept-1", "token_count", "kept-2", "person_id", "kept-3")
		log.With("set-cookie", "leak-7").Info("y")
		if strings.Contains(out.String(), "leak") {
			t.Errorf("%s: secret in the log:\n%s", format, out.String())
		}
		for _, kept := range []string{"kept-1", "kept-2", "kept-3"} {
			if !strings.Contains(out.String(), kept) {
				t.Errorf("%s: %s is missing:\n%s", format, kept, out.String())
			}
		}
	}
}

func TestLogRefusesUnknownFormat(t *testing.T) {
	if _, err := obs.NewLogger(io.Discard, obs.LogConfig{Format: "xml"}); err == nil {
		t.Error("accepted")
	}
}

// scrape returns what /metrics answers.
func scrape(t *testing.T, m *obs.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("/metrics answered %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// copying is a middleware that, like many, passes a copy of the request on.
func copying(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(withRequestID(r.Context(), "x")))
	})
}

func TestMetricsByRoutePattern(t *testing.T) {
	m := obs.NewMetrics(obs.Build{Version: "v1", Go: "go"})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /persons/{id}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello")
	})
	mux.HandleFunc("POST /persons", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusCreated)
	})
	outer := http.NewServeMux()
	outer.Handle("/", copying(obs.Route(mux)))
	handler := m.Middleware(copying(obs.Route(outer)))

	for _, request := range []struct{ method, path string }{
		{"GET", "/persons/per_1"}, {"GET", "/persons/per_2"}, {"POST", "/persons"},
		{"GET", "/nothing/here"}, {"BREW", "/coffee"},
	} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(request.method, request.path, nil))
	}

	text := scrape(t, m)
	for _, want := range []string{
		`fishpond_http_request_duration_seconds_count{code="200",method="GET",route="GET /persons/{id}"} 2`,
		`fishpond_http_request_duration_seconds_count{code="201",method="POST",route="POST /persons"} 1`,
		`fishpond_http_request_duration_seconds_count{code="404",method="GET",route="/"} 1`,
		`fishpond_http_request_duration_seconds_count{code="404",method="other",route="/"} 1`,
		`fishpond_http_requests_in_flight 0`,
		`fishpond_build_info{commit="",go="go",version="v1"} 1`,
		`go_goroutines`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing %s", want)
		}
	}
	if strings.Contains(text, "per_1") || strings.Contains(text, "coffee") {
		t.Error("a path is in a label")
	}
}

func TestMetricsOfUnmatchedRequests(t *testing.T) {
	m := obs.NewMetrics(obs.Build{})
	m.Middleware(obs.Route(http.NewServeMux())).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/wp-admin", nil))
	if text := scrape(t, m); !strings.Contains(text, `{code="404",method="GET",route="unmatched"} 1`) {
		t.Errorf("not counted:\n%s", text)
	}
}

func TestMetricsCountPanics(t *testing.T) {
	m := obs.NewMetrics(obs.Build{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /boom", func(http.ResponseWriter, *http.Request) { panic("boom") })
	handler := m.Middleware(obs.Route(mux))

	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed: the recovering middleware outside never learns of it")
			}
		}()
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/boom", nil))
	}()
	if text := scrape(t, m); !strings.Contains(text, `{code="500",method="GET",route="GET /boom"} 1`) ||
		!strings.Contains(text, "fishpond_http_requests_in_flight 0") {
		t.Errorf("the panic is not counted:\n%s", text)
	}
}

func TestMiddlewareKeepsFlushing(t *testing.T) {
	m := obs.NewMetrics(obs.Build{})
	handler := m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, ok := w.(http.Flusher); !ok {
			t.Error("the writer lost http.Flusher: server-sent events would stall")
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flush: %v", err)
		}
	}))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if !w.Flushed {
		t.Error("nothing was flushed")
	}
}

func TestTwoServersDoNotShareNumbers(t *testing.T) {
	a, b := obs.NewMetrics(obs.Build{}), obs.NewMetrics(obs.Build{})
	a.Gauge("ponds", "Ponds.", func() float64 { return 1 })
	b.Gauge("ponds", "Ponds.", func() float64 { return 2 })
	for m, want := range map[*obs.Metrics]string{a: "fishpond_ponds 1", b: "fishpond_ponds 2"} {
		if !strings.Contains(scrape(t, m), want) {
			t.Errorf("missing %s", want)
		}
	}
}

func TestTracingSendsSpansNamedByPattern(t *testing.T) {
	var mu sync.Mutex
	var bodies bytes.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = io.Copy(&bodies, r.Body)
	}))
	defer collector.Close()

	tracing, err := obs.NewTracing(t.Context(), obs.TracingConfig{
		Endpoint: collector.URL + "/v1/traces", Build: obs.Build{Version: "v9"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	log := logger(t, &out, "json")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /persons/{id}", func(_ http.ResponseWriter, r *http.Request) {
		log.InfoContext(r.Context(), "inside")
	})
	request := httptest.NewRequest(http.MethodGet, "/persons/per_1", nil)
	request.Header.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	tracing.Middleware(obs.Route(mux)).ServeHTTP(httptest.NewRecorder(), request)
	tracing.Middleware(copying(obs.Route(mux))).ServeHTTP(httptest.NewRecorder(), request.Clone(t.Context()))
	if err := tracing.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}

	mu.Lock()
	defer mu.Unlock()
	if got := bytes.Count(bodies.Bytes(), []byte("GET /persons/{id}")); got < 2 {
		t.Errorf("%d of 2 spans are named by their pattern", got)
	}
	for _, want := range []string{"fishpond", "v9"} {
		if !bytes.Contains(bodies.Bytes(), []byte(want)) {
			t.Errorf("the collector did not get %q", want)
		}
	}
	if !strings.Contains(out.String(), "0af7651916cd43dd8448eb211c80319c") {
		t.Errorf("the log does not carry the caller's trace: %s", out.String())
	}
}

func TestTracingOff(t *testing.T) {
	tracing, err := obs.NewTracing(t.Context(), obs.TracingConfig{})
	if err != nil {
		t.Fatal(err)
	}
	_, span := tracing.Tracer("x").Start(context.Background(), "y")
	if span.IsRecording() {
		t.Error("a span records though tracing is off")
	}
	span.End()
	if err := tracing.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestReadBuild(t *testing.T) {
	build := obs.ReadBuild()
	if build.Version != "dev" || !strings.HasPrefix(build.Go, "go") {
		t.Errorf("build %+v", build)
	}
}
