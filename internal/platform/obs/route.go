package obs

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/trace"
)

// unmatched is the label of requests that no route took.
const unmatched = "unmatched"

// matchedRoute carries the pattern from the mux, which learns it last, out to the
// middlewares, which began before. One request has one; the handler has returned
// when it is read.
type matchedRoute struct{ pattern string }

func (r *matchedRoute) label() string {
	if r.pattern == "" {
		return unmatched
	}
	return r.pattern
}

type routeKey struct{}

// withRoute returns the context's route, and a context with a new one when it had none.
func withRoute(ctx context.Context) (context.Context, *matchedRoute) {
	if route, ok := ctx.Value(routeKey{}).(*matchedRoute); ok {
		return ctx, route
	}
	route := &matchedRoute{}
	return context.WithValue(ctx, routeKey{}, route), route
}

// Route wraps a mux and tells [Metrics.Middleware] and the trace which pattern took
// the request. Middlewares in between may copy the request as they like. Where one
// mux hands over to another, wrap both: the innermost pattern counts.
func Route(mux http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, route := withRoute(r.Context())
		span := trace.SpanFromContext(ctx)
		// Deferred, so that a handler that panics is attributed too.
		defer func() {
			if route.pattern != "" || r.Pattern == "" {
				return
			}
			route.pattern = r.Pattern
			span.SetName(r.Pattern)
		}()
		r = r.WithContext(ctx)
		mux.ServeHTTP(w, r)
	})
}
