package httpx

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"regexp"
	"runtime/debug"
	"strings"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

var problemType = reflect.TypeFor[Problem]()

type (
	requestIDKey struct{}
	loggerKey    struct{}
)

// RequestID is the id of the request that ctx belongs to, empty outside one.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

func loggerFrom(ctx context.Context) *slog.Logger {
	if l, ok := ctx.Value(loggerKey{}).(*slog.Logger); ok {
		return l
	}
	return slog.Default()
}

// Authenticator finds out who sends a request. No credentials is not an
// error: ok is then false. Wrong credentials are.
type Authenticator interface {
	Authenticate(r *http.Request) (a access.Actor, ok bool, err error)
}

var givenID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// Middleware gives every request an id, a language, protection from
// cross-site writes, and its actor; a panic becomes a problem. trustProxy
// takes the caller's address from X-Forwarded-For (its last entry).
func Middleware(log *slog.Logger, auth Authenticator, trustProxy bool, next http.Handler) http.Handler {
	// Cookies alone must not let another site write: the browser's own
	// Sec-Fetch-Site and Origin headers tell (net/http.CrossOriginProtection).
	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		WriteProblem(w, r, log, errs.Forbidden(i18n.T("来自其他网站的请求已拒绝", "A request from another site was refused")))
	}))
	authenticated := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok, err := auth.Authenticate(r)
		if err != nil {
			WriteProblem(w, r, log, err)
			return
		}
		if ok {
			a.IP = ClientIP(r, trustProxy)
			r = r.WithContext(access.With(r.Context(), a))
		}
		next.ServeHTTP(w, r)
	})
	guarded := csrf.Handler(authenticated)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !givenID.MatchString(id) {
			id = ids.New("req")
		}
		w.Header().Set("X-Request-Id", id)
		// Answers are somebody's customers: no cache on the way keeps them.
		w.Header().Set("Cache-Control", "no-store")
		ctx := context.WithValue(r.Context(), requestIDKey{}, id)
		ctx = context.WithValue(ctx, loggerKey{}, log)
		ctx = i18n.With(ctx, i18n.Match(r.Header.Get("Accept-Language")))
		r = r.WithContext(withClientIP(ctx, ClientIP(r, trustProxy)))
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				log.ErrorContext(ctx, "panic in request", "panic", p, "stack", string(debug.Stack()))
				WriteProblem(w, r, log, errs.As(context.Cause(r.Context())))
			}
		}()
		guarded.ServeHTTP(w, r)
	})
}

type ipKey struct{}

func withClientIP(ctx context.Context, ip string) context.Context {
	return context.WithValue(ctx, ipKey{}, ip)
}

// IP is the caller's address, empty outside a request.
func IP(ctx context.Context) string {
	ip, _ := ctx.Value(ipKey{}).(string)
	return ip
}

// ClientIP is the address that the request came from.
func ClientIP(r *http.Request, trustProxy bool) string {
	if trustProxy {
		if f := r.Header.Get("X-Forwarded-For"); f != "" {
			parts := strings.Split(f, ",")
			return strings.TrimSpace(parts[len(parts)-1])
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
