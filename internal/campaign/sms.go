package campaign

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"fishpond/internal/campaign/wording"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// SMS is what a campaign says over SMS, where only templates go that the provider
// has approved.
type SMS struct {
	TemplateID string   `json:"template_id" maxLength:"20" pattern:"^[0-9]{0,20}$" doc:"At the provider; empty in a draft"`
	Parameters []string `json:"parameters,omitempty" maxItems:"20" nullable:"false" doc:"In the template's order; may hold variables and conditions, as texts do"`
}

const maxParameter = 500

func (s *SMS) check() (fields []errs.Field) {
	for i, p := range s.Parameters {
		path := fmt.Sprintf("body.sms.parameters[%d]", i)
		if len(p) > maxParameter {
			fields = append(fields, errs.Field{Path: path, Text: i18n.T("最多 %d 字节", "At most %d bytes", maxParameter)})
			continue
		}
		_, err := wording.Parse(p)
		if x, ok := errors.AsType[*wording.Problem](err); ok {
			fields = append(fields, errs.Field{Path: path, Text: x.Text})
		}
	}
	return fields
}

// smsText is the same, read and ready for many people.
type smsText struct {
	template   string
	parameters []*wording.Template
	writers    sync.Pool // of []*wording.Writer
}

func newSMS(s *SMS) (*smsText, error) {
	if s == nil || s.TemplateID == "" {
		return nil, nil //nolint:nilnil // it says nothing over SMS
	}
	out := &smsText{template: s.TemplateID}
	for _, p := range s.Parameters {
		t, err := wording.Parse(p)
		if err != nil {
			return nil, fmt.Errorf("campaign: sms: %w", err)
		}
		out.parameters = append(out.parameters, t)
	}
	return out, nil
}

// write is a person's message over SMS: its words are the template's, so that the
// text is only what was put into it.
func (s *smsText) write(v wording.Values) (m Message) {
	if s == nil {
		return Message{Err: errs.Invalid(i18n.T("没有选择短信模板", "No SMS template is chosen"))}
	}
	writers, ok := s.writers.Get().([]*wording.Writer)
	if !ok {
		for _, t := range s.parameters {
			w, err := t.NewWriter()
			if err != nil {
				return Message{Err: err}
			}
			writers = append(writers, w)
		}
	}
	defer s.writers.Put(writers) //nolint:staticcheck // a slice's header is small beside what it holds
	m.Template = s.template
	for _, w := range writers {
		p, err := w.Write(v)
		if err != nil {
			return Message{Err: unwritten(err)}
		}
		m.Parameters = append(m.Parameters, strings.Join(strings.Fields(p), " "))
	}
	return m
}
