package segment

import (
	"bytes"
	"encoding/json"
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate"
)

// Predicate is a predicate as a request gives it: in one of its two forms.
type Predicate struct {
	Tree json.RawMessage `json:"tree,omitempty" doc:"The JSON form (see /segments/schema), at most 256 KB; or give text"`
	Text string          `json:"text,omitempty" maxLength:"65536" doc:"The text form; or give tree"`
}

func (p Predicate) hasTree() bool {
	t := bytes.TrimSpace(p.Tree)
	return len(t) > 0 && !bytes.Equal(t, []byte("null"))
}

// compile reads the predicate and binds it to what is defined. What is wrong
// is told at its place in the body.
func (p Predicate) compile(c *predicate.Catalogue, now time.Time) (predicate.Compiled, error) {
	switch {
	case p.hasTree() && p.Text != "":
		return predicate.Compiled{}, errs.InvalidField("body.text", i18n.T("tree 和 text 只能给一个", "Give either tree or text, not both"))
	case p.hasTree():
		e, err := predicate.Decode(p.Tree)
		if err != nil {
			return predicate.Compiled{}, inBody(err)
		}
		out, err := predicate.Compile(e, c, now)
		return out, inBody(err)
	case p.Text != "":
		out, err := predicate.CompileText(p.Text, c, now)
		return out, inBody(err)
	}
	return predicate.Compiled{}, errs.InvalidField("body.tree", i18n.T("请给出条件：tree 或 text", "A predicate is needed: tree or text"))
}

// inBody puts the places of a refused predicate into the request's body.
func inBody(err error) error {
	if !errs.Is(err, errs.CodeInvalid) {
		return err
	}
	e := *errs.As(err)
	e.Fields = append([]errs.Field(nil), e.Fields...)
	for i := range e.Fields {
		e.Fields[i].Path = "body." + e.Fields[i].Path
	}
	return &e
}
