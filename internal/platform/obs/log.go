package obs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// LogConfig says how the log looks.
type LogConfig struct {
	// Level is the least severe level that is written.
	Level slog.Level
	// Format is "text" (for people) or "json" (for collectors). Empty means text.
	Format string
	// RequestID finds the id of the request that a context belongs to. It may be
	// nil.
	RequestID func(context.Context) string
}

// hidden stands where a secret value would.
const hidden = "[redacted]"

// NewLogger returns a logger that writes to w. Every record made with a context
// carries that context's request id and trace id. Attributes whose key names a
// secret or a way to reach a person are written without their value: customers and
// credentials do not belong in a log, whoever adds the next log line.
func NewLogger(w io.Writer, config LogConfig) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: config.Level, ReplaceAttr: redact}
	switch config.Format {
	case "", "text":
		return slog.New(contextHandler{slog.NewTextHandler(w, options), config.RequestID}), nil
	case "json":
		return slog.New(contextHandler{slog.NewJSONHandler(w, options), config.RequestID}), nil
	}
	return nil, fmt.Errorf("obs: log format %q, want text or json", config.Format)
}

// contextHandler adds what the context knows to each record.
type contextHandler struct {
	slog.Handler
	requestID func(context.Context) string
}

func (h contextHandler) Handle(ctx context.Context, record slog.Record) error {
	if h.requestID != nil {
		if id := h.requestID(ctx); id != "" {
			record.AddAttrs(slog.String("request_id", id))
		}
	}
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		record.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, record)
}

func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs), h.requestID}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name), h.requestID}
}

func redact(_ []string, attr slog.Attr) slog.Attr {
	if sensitive(attr.Key) {
		attr.Value = slog.StringValue(hidden)
	}
	return attr
}

// sensitive reports whether an attribute's key names a secret or a person's
// address. It looks at the last word, so that "smtp_password" is caught and
// "password_changed_at" is not.
func sensitive(key string) bool {
	key = strings.ToLower(key)
	if at := strings.LastIndexAny(key, "_-. "); at >= 0 {
		key = key[at+1:]
	}
	switch key {
	case "password", "passwd", "secret", "token", "authorization", "cookie", "credential", "credentials",
		"dsn", "phone", "mobile", "email", "apikey":
		return true
	}
	return false
}
