package report

import (
	"encoding/json"
	"errors"
	"net/url"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Question reads a page's question from q= of its query: the JSON that the
// page's endpoint takes as its body, held to the same limits. asked is false
// when there is none.
func Question[T any](query url.Values) (in T, asked bool, err error) {
	text := query.Get("q")
	if text == "" {
		return in, false, nil
	}
	field := func(message string) error {
		return errs.InvalidField("query.q", i18n.T("问题不对：%.200s", "The question is wrong: %.200s", message))
	}
	var loose any
	if err := json.Unmarshal([]byte(text), &loose); err != nil {
		return in, true, field(err.Error())
	}
	registry := huma.NewMapRegistry("#/", huma.DefaultSchemaNamer)
	var found huma.ValidateResult
	huma.Validate(registry, registry.Schema(reflect.TypeFor[T](), true, "Question"), huma.NewPathBuffer([]byte("q"), 1), huma.ModeWriteToServer, loose, &found)
	if len(found.Errors) > 0 {
		message := found.Errors[0].Error()
		if d := (*huma.ErrorDetail)(nil); errors.As(found.Errors[0], &d) {
			message = d.Location + ": " + d.Message
		}
		return in, true, field(message)
	}
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return in, true, field(err.Error())
	}
	return in, true, nil
}
