package reach

import (
	"context"
	"encoding/json"
)

// PlainOrigin is the origin of plans whose recipients bring their message with
// them: the data is a [PlainText].
const PlainOrigin = "plain"

// PlainText is a message that is sent as it is.
type PlainText struct {
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text"`
	HTML    string `json:"html,omitempty"`
}

type plain struct{}

// Render implements Contents.
func (plain) Render(_ context.Context, _ string, p Plan, all []Recipient) []Rendered {
	out := make([]Rendered, len(all))
	for i, r := range all {
		var t PlainText
		if err := json.Unmarshal(r.Data, &t); err != nil || t.Text == "" && t.HTML == "" {
			out[i].Err = errNoContents
			continue
		}
		if t.Subject == "" {
			t.Subject = p.Title
		}
		out[i] = Rendered{Subject: t.Subject, Text: t.Text, HTML: t.HTML}
	}
	return out
}
