package obs

import (
	"database/sql"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// namespace begins the name of every metric.
const namespace = "fishpond"

// Metrics is one server's numbers, kept in a registry of its own.
type Metrics struct {
	registry *prometheus.Registry
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

// NewMetrics returns a registry with the Go runtime's and the process's numbers,
// the build, and those of HTTP.
func NewMetrics(build Build) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace,
			Name:      "http_request_duration_seconds",
			Help:      "Time from the request's arrival to the end of the answer, by route pattern.",
			// Lists answer in milliseconds, exports and uploads in tens of seconds.
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"method", "route", "code"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace,
			Name:      "http_requests_in_flight",
			Help:      "Requests being answered now.",
		}),
	}
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace,
		Name:      "build_info",
		Help:      "Always 1; the labels say what is running.",
	}, []string{"version", "commit", "go"})
	info.WithLabelValues(build.Version, build.Commit, build.Go).Set(1)

	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		info, m.duration, m.inFlight,
	)
	return m
}

// Registerer takes a module's own metrics. Registering the same name twice panics:
// that is a mistake in the wiring, seen at the first start.
func (m *Metrics) Registerer() prometheus.Registerer { return m.registry }

// WatchDB publishes a connection pool's numbers (open, in use, waiting) under the
// given name.
func (m *Metrics) WatchDB(name string, pool *sql.DB) {
	m.registry.MustRegister(collectors.NewDBStatsCollector(pool, name))
}

// Gauge publishes a number that is read when Prometheus asks. The name gets the
// prefix "fishpond_". The function must be safe for concurrent use and quick.
func (m *Metrics) Gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, read))
}

// Handler answers GET /metrics in Prometheus's text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		// One broken collector must not hide the others' numbers.
		ErrorHandling: promhttp.ContinueOnError,
	})
}

// Middleware measures the requests that pass through next. The label is the route's
// pattern, never the path: paths hold customers' ids and have no end. For the
// pattern to be known, [Route] must wrap the mux inside.
func (m *Metrics) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		m.inFlight.Inc()
		ctx, route := withRoute(r.Context())
		recorder := &statusRecorder{ResponseWriter: w}

		// Deferred, so that a panic further in is counted too: as the 500 that
		// the recovering middleware outside will make of it.
		panicked := true
		defer func() {
			m.inFlight.Dec()
			if panicked && recorder.status == 0 {
				recorder.status = http.StatusInternalServerError
			}
			m.duration.WithLabelValues(methodLabel(r.Method), route.label(), strconv.Itoa(recorder.code())).
				Observe(time.Since(started).Seconds())
		}()
		next.ServeHTTP(recorder, r.WithContext(ctx))
		panicked = false
	})
}

// methodLabel keeps a client from making up labels.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// statusRecorder remembers the status of an answer. Unwrap lets
// http.ResponseController reach the connection's Flush and deadlines.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *statusRecorder) WriteHeader(status int) {
	// 1xx answers come before the real one.
	if s.status == 0 && status >= http.StatusOK {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusRecorder) Write(p []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(p)
}

// Flush is here beside Unwrap for code that asks the writer for http.Flusher
// directly.
func (s *statusRecorder) Flush() {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	_ = http.NewResponseController(s.ResponseWriter).Flush()
}

func (s *statusRecorder) code() int {
	if s.status == 0 {
		return http.StatusOK
	}
	return s.status
}
