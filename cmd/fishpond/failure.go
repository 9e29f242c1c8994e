package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// language is that of the environment.
func language() i18n.Lang {
	if strings.HasPrefix(os.Getenv("LANG"), "zh") {
		return i18n.ZH
	}
	return i18n.EN
}

// explain says what went wrong on the command line, in the language of the
// environment. Unlike the API it shows causes: whoever runs commands is the
// administrator.
func explain(err error) string {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return err.Error()
	}
	lang := language()
	s := e.Text.In(lang)
	for _, f := range e.Fields {
		s += "\n  " + f.Path + ": " + f.Text.In(lang)
	}
	if e.Cause != nil {
		s += " (" + e.Cause.Error() + ")"
	}
	return s
}

// exitCode: 2 for what the caller can mend, 130 for an interruption, 1 otherwise.
func exitCode(err error) int {
	switch {
	case errs.Is(err, errs.CodeInvalid), errs.Is(err, errs.CodeNotFound), errs.Is(err, errs.CodeTooLarge):
		return 2
	case errors.Is(err, context.Canceled):
		return 130
	}
	return 1
}
