package wire

import (
	"errors"
	"fmt"
	"net"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Kind is what to do about a platform's error code.
type Kind string

// The kinds. What is not listed by an adapter is Other.
const (
	Busy     Kind = "busy"     // the platform hiccups: try again, a few times
	Token    Kind = "token"    // the access token has ended: fetch one, try once more
	Limited  Kind = "limited"  // too many calls: wait for the next window
	Crowded  Kind = "crowded"  // too many calls at once: fewer at a time
	Operator Kind = "operator" // a secret, a permission, a scope, an address: people must act
	Missing  Kind = "missing"  // there is no such thing or relation, perhaps not yet
	Done     Kind = "done"     // it has been done before
	Other    Kind = "other"    // the call itself is refused
)

// APIError is a failure that the platform reported in its answer.
type APIError struct {
	API     string // the call's path
	Code    int
	Message string // the platform's words; may quote what we sent
	Kind    Kind
	Text    i18n.Text // what it means and what to do; zero when we have nothing to add
}

// Error says which call failed and how, for logs.
func (e *APIError) Error() string { return fmt.Sprintf("%s: %d %s", e.API, e.Code, e.Message) }

// Shown is the error as people see it: with what to do where that is known, and
// always with the platform's code, by which its documentation is searched.
func (e *APIError) Shown() *errs.Error {
	text := e.Text
	if text.IsZero() {
		text = i18n.T("平台没有接受这次操作", "The platform did not accept this")
	}
	text = i18n.Text{ZH: fmt.Sprintf("%s（平台错误码 %d）", text.ZH, e.Code), EN: fmt.Sprintf("%s (platform error code %d)", text.EN, e.Code)}
	switch e.Kind {
	case Busy, Limited, Crowded:
		return errs.Unavailable(text, e)
	case Missing:
		return (&errs.Error{Code: errs.CodeNotFound, Text: text}).Because(e)
	}
	return errs.Conflict(text).Because(e)
}

// LostError is a call of which nobody knows whether the platform has done it: it
// was sent, and no readable answer came.
type LostError struct {
	API string
	Err error
}

// Error says what happened, for logs.
func (e *LostError) Error() string { return fmt.Sprintf("wire: %s: %v", e.API, e.Err) }

// Unwrap gives the cause.
func (e *LostError) Unwrap() error { return e.Err }

// Unsent reports whether err shows that a call never left: there was no
// connection to send it over.
func Unsent(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return ok && e.Op == "dial"
}

// Code is the platform's code inside err, 0 when there is none.
func Code(err error) int {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Code
	}
	return 0
}

// KindOf is what to do about err; Busy for failures on the way, empty for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Kind
	}
	if _, ok := errors.AsType[*errs.Error](err); ok {
		return Other
	}
	return Busy
}

// Show turns err into what people may see.
func Show(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*errs.Error](err); ok { // it may carry the platform's as its cause
		return e
	}
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Shown()
	}
	return errs.Unavailable(i18n.T("连不上平台，请检查网络后重试", "The platform cannot be reached; check the network and try again"), err)
}
