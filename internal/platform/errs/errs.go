// Package errs is the one vocabulary of failures. A module says what went
// wrong in both languages and which kind of failure it is; the HTTP layer and
// the command line each have one map from the kind to what they show. The
// cause is for the log and is never shown.
package errs

import (
	"context"
	"errors"
	"time"

	"fishpond/internal/platform/i18n"
)

// Code is the kind of a failure.
type Code string

// The kinds. Each has one HTTP status in httpx and one exit code in cmd.
const (
	CodeInvalid         Code = "invalid"         // the input is wrong; fields say where
	CodeUnauthenticated Code = "unauthenticated" // nobody is signed in
	CodeForbidden       Code = "forbidden"       // signed in, but not allowed
	CodeNotFound        Code = "not_found"       // no such thing, or another org's
	CodeConflict        Code = "conflict"        // the state has moved on
	CodeTooLarge        Code = "too_large"       // more bytes or items than accepted
	CodeTooMany         Code = "too_many"        // rate limited; try later
	CodeUnavailable     Code = "unavailable"     // a part is down; try later
	CodeInternal        Code = "internal"        // our fault
)

// Field names one wrong input and says what to do about it.
type Field struct {
	Path  string // as the caller wrote it: body.name, query.limit, line 12
	Text  i18n.Text
	Value any // what was given, when it is short and harmless
}

// Error is a failure that may be shown to the caller.
type Error struct {
	Code       Code
	Text       i18n.Text
	Fields     []Field
	RetryAfter time.Duration // for CodeTooMany and CodeUnavailable; 0 when unknown
	Cause      error         // logged, never shown
}

// Error gives the English text and the cause, for logs.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Text.EN
	for _, f := range e.Fields {
		s += "; " + f.Path + ": " + f.Text.EN
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Because returns a copy of e that carries the cause for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// Invalid is wrong input as a whole, or field by field.
func Invalid(t i18n.Text, fields ...Field) *Error {
	return &Error{Code: CodeInvalid, Text: t, Fields: fields}
}

// InvalidField is wrong input in one field.
func InvalidField(path string, t i18n.Text) *Error {
	return &Error{Code: CodeInvalid, Text: i18n.T("有一项填写不正确", "One field is not right"), Fields: []Field{{Path: path, Text: t}}}
}

// NotFound says that the named thing does not exist (or is another org's:
// callers must not be able to tell the two apart).
func NotFound(thing i18n.Text) *Error {
	return &Error{Code: CodeNotFound, Text: i18n.Text{ZH: "找不到" + thing.ZH, EN: "No such " + thing.EN}}
}

// Conflict says that the state has moved on since the caller looked.
func Conflict(t i18n.Text) *Error { return &Error{Code: CodeConflict, Text: t} }

// Forbidden says that the caller may not do this.
func Forbidden(t i18n.Text) *Error { return &Error{Code: CodeForbidden, Text: t} }

// Unauthenticated says that nobody is signed in, or that signing in failed.
func Unauthenticated(t i18n.Text) *Error { return &Error{Code: CodeUnauthenticated, Text: t} }

// TooLarge says that the input is bigger than accepted.
func TooLarge(t i18n.Text) *Error { return &Error{Code: CodeTooLarge, Text: t} }

// TooMany asks the caller to wait.
func TooMany(t i18n.Text, after time.Duration) *Error {
	return &Error{Code: CodeTooMany, Text: t, RetryAfter: after}
}

// Unavailable says that a part of the system is down and keeps the cause for the log.
func Unavailable(t i18n.Text, cause error) *Error {
	return &Error{Code: CodeUnavailable, Text: t, Cause: cause}
}

// As returns the shown failure inside err. Anything else is CodeInternal with
// err as its cause; cancelled and timed-out contexts are CodeUnavailable.
func As(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Unavailable(i18n.T("请求没有在时限内完成，请重试", "The request was not finished in time; try again"), err)
	}
	return &Error{Code: CodeInternal, Text: i18n.T("系统出错了，请稍后重试；若仍不行，请把请求编号告诉管理员", "Something went wrong on our side. Try again later; if it stays, give the request id to your administrator"), Cause: err}
}

// Is reports whether err is a failure of kind c.
func Is(err error, c Code) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == c
}
