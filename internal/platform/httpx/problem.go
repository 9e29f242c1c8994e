package httpx

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Problem is the body of every failure (RFC 9457, application/problem+json).
type Problem struct {
	Type      string         `json:"type" doc:"A URI that names the kind of problem" example:"about:blank"`
	Title     string         `json:"title" doc:"The HTTP status in words"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail" doc:"What went wrong and what to do, in the caller's language"`
	Code      string         `json:"code" enum:"invalid,unauthenticated,forbidden,not_found,conflict,too_large,too_many,unavailable,internal"`
	RequestID string         `json:"request_id" doc:"Quote it when asking for help"`
	Errors    []ProblemField `json:"errors,omitempty" doc:"Field by field, where the input was wrong"`

	retryAfter time.Duration
}

// ProblemField names one wrong input.
type ProblemField struct {
	Location string `json:"location" example:"body.name"`
	Message  string `json:"message"`
	Value    any    `json:"value,omitempty"`
}

// Error makes a Problem an error, as the HTTP library wants.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders gives Retry-After where there is a time to wait.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	return h
}

var status = map[errs.Code]int{
	errs.CodeInvalid:         http.StatusUnprocessableEntity,
	errs.CodeUnauthenticated: http.StatusUnauthorized,
	errs.CodeForbidden:       http.StatusForbidden,
	errs.CodeNotFound:        http.StatusNotFound,
	errs.CodeConflict:        http.StatusConflict,
	errs.CodeTooLarge:        http.StatusRequestEntityTooLarge,
	errs.CodeTooMany:         http.StatusTooManyRequests,
	errs.CodeUnavailable:     http.StatusServiceUnavailable,
	errs.CodeInternal:        http.StatusInternalServerError,
}

// NewProblem is what the caller of this request is shown for err. Failures
// that are not the caller's doing are logged here with their cause.
func NewProblem(ctx context.Context, log *slog.Logger, err error) *Problem {
	e := errs.As(err)
	lang := i18n.From(ctx)
	st := status[e.Code]
	p := &Problem{Type: "about:blank", Title: http.StatusText(st), Status: st, Detail: e.Text.In(lang), Code: string(e.Code),
		RequestID: RequestID(ctx), retryAfter: e.RetryAfter}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, ProblemField{Location: f.Path, Message: f.Text.In(lang), Value: f.Value})
	}
	if st >= 500 && !errors.Is(err, context.Canceled) {
		log.ErrorContext(ctx, "request failed", "code", e.Code, "error", err)
	}
	return p
}

// WriteProblem answers a plain net/http request with the problem of err.
func WriteProblem(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	p := NewProblem(r.Context(), log, err)
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	writeJSON(w, p)
}

// codeOf is the kind for a status that the HTTP library chose by itself.
func codeOf(st int) errs.Code {
	switch st {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return errs.CodeNotFound
	case http.StatusUnauthorized:
		return errs.CodeUnauthenticated
	case http.StatusForbidden:
		return errs.CodeForbidden
	case http.StatusRequestEntityTooLarge:
		return errs.CodeTooLarge
	case http.StatusTooManyRequests:
		return errs.CodeTooMany
	}
	if st >= 500 {
		return errs.CodeInternal
	}
	return errs.CodeInvalid
}

// libraryProblem turns what the HTTP library found wrong with a request (a
// body that is not JSON, a field that breaks its schema) into a Problem.
func libraryProblem(ctx context.Context, log *slog.Logger, st int, msg string, causes []error) *Problem {
	lang := i18n.From(ctx)
	code := codeOf(st)
	p := &Problem{Type: "about:blank", Title: http.StatusText(st), Status: st, Code: string(code), RequestID: RequestID(ctx)}
	switch {
	case code == errs.CodeInternal:
		e := errs.As(errors.Join(append(causes, errors.New(msg))...))
		p.Detail = e.Text.In(lang)
		log.ErrorContext(ctx, "request failed", "error", e.Cause)
		return p
	case code == errs.CodeTooLarge:
		p.Detail = i18n.T("请求内容太大", "The request is too large").In(lang)
	case len(causes) > 0 && msg == "validation failed":
		p.Detail = i18n.T("有内容填写不正确，请按下面的提示修改", "Some of the input is not right; see each field").In(lang)
	default:
		p.Detail = translate(lang, msg)
	}
	for _, c := range causes {
		if c == nil {
			continue
		}
		f := ProblemField{Message: translate(lang, c.Error())}
		if d, ok := c.(huma.ErrorDetailer); ok {
			detail := d.ErrorDetail()
			f = ProblemField{Location: detail.Location, Message: translate(lang, detail.Message), Value: short(detail.Value)}
		}
		p.Errors = append(p.Errors, f)
	}
	return p
}

// short keeps echoed values harmless and small.
func short(v any) any {
	switch x := v.(type) {
	case string:
		if len(x) > 100 {
			return x[:100] + "…"
		}
		return x
	case float64, int, int64, bool:
		return x
	}
	return nil
}
