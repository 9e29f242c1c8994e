package obs

import (
	"context"
	"fmt"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

// TracingConfig says where traces go.
type TracingConfig struct {
	// Endpoint is the collector's OTLP/HTTP address, such as
	// "http://127.0.0.1:4318/v1/traces". Empty switches tracing off.
	Endpoint string
	// SampleRatio is the share of new traces kept, 0–1. A caller that already
	// decided is followed. Zero or less means all.
	SampleRatio float64
	// Build is named in each trace.
	Build Build
}

// Tracing makes spans, or does nothing at no cost when no endpoint is configured.
type Tracing struct {
	provider *sdktrace.TracerProvider // nil when off
}

// NewTracing sets tracing up. It does not wait for the collector: one that is away
// costs spans, not requests.
func NewTracing(ctx context.Context, config TracingConfig) (*Tracing, error) {
	if config.Endpoint == "" {
		return &Tracing{}, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(config.Endpoint))
	if err != nil {
		return nil, fmt.Errorf("obs: tracing to %s: %w", config.Endpoint, err)
	}

	sampler := sdktrace.AlwaysSample()
	if config.SampleRatio > 0 {
		sampler = sdktrace.TraceIDRatioBased(config.SampleRatio)
	}
	return &Tracing{provider: sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithSampler(sdktrace.ParentBased(sampler)),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "fishpond"),
			attribute.String("service.version", config.Build.Version),
		)),
	)}, nil
}

// Tracer makes spans under the given package name.
func (t *Tracing) Tracer(name string) trace.Tracer {
	if t.provider == nil {
		return tracenoop.NewTracerProvider().Tracer(name)
	}
	return t.provider.Tracer(name)
}

// Middleware makes a span of each request and follows the caller's trace
// (traceparent). Queries and bodies are not recorded. When tracing is off it
// returns next itself.
func (t *Tracing) Middleware(next http.Handler) http.Handler {
	if t.provider == nil {
		return next
	}
	return otelhttp.NewHandler(next, "http",
		otelhttp.WithTracerProvider(t.provider),
		otelhttp.WithPropagators(propagation.TraceContext{}),
		// Numbers go to Prometheus alone.
		otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithSpanNameFormatter(spanName),
	)
}

// spanName names a span before and, when the mux saw this very request, after the
// route is known. Otherwise Route renames it. A path is never used: it would name a
// customer.
func spanName(_ string, r *http.Request) string {
	if r.Pattern != "" {
		return r.Pattern
	}
	return methodLabel(r.Method)
}

// Shutdown sends what is waiting and stops. It takes no longer than ctx allows.
func (t *Tracing) Shutdown(ctx context.Context) error {
	if t.provider == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}
