package campaign

import (
	"slices"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

// Files go along with mails and with nothing else, are looked at before, and are
// kept while they are needed.
func TestFilesGoAlong(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(3)
		if _, err := w.svc.Create(as("owner", "stf_1"), w.input(func(in *Input) { in.Attachments = []string{"med_large"} })); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("too large: %v", err)
		}
		c := w.start(w.draft(func(in *Input) { in.Attachments = []string{"med_1", "med_2"} }))
		out, err := w.svc.Render(t.Context(), org, c.ID, []Reader{{PersonID: "per_00001", Carrier: "email"}, {PersonID: "per_00002"}})
		if err != nil || !slices.Equal(out[0].Files, []string{"med_1", "med_2"}) || out[1].Files != nil || !slices.Equal(w.kept, []string{c.ID + " med_1 med_2"}) {
			t.Errorf("%+v %v %v", out, w.kept, err)
		}
	})
}

// Over SMS only an approved template goes, with what is the person's own put into
// it; who lacks that is held back, and nothing is sent without a template.
func TestTemplatesOverSMS(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.populate(5)
		over := func(sms *SMS) func(*Input) {
			return func(in *Input) { in.AccountIDs, in.Text, in.SMS = []string{"acc_sms"}, "", sms }
		}
		if _, err := w.svc.Check(as("owner", "stf_1"), w.draft(over(nil)).ID); !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), "sms.template_id") {
			t.Errorf("without a template: %v", err)
		}
		if _, err := w.svc.Create(as("owner", "stf_1"), w.input(over(&SMS{TemplateID: "12", Parameters: []string{"{{ nmae }}"}}))); !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), "sms.parameters[0]") {
			t.Errorf("a value that there is not: %v", err)
		}
		c := w.draft(over(&SMS{TemplateID: "12", Parameters: []string{"{{ name }}", "{{ orders }} orders"}}))
		shown, err := w.svc.Preview(as("owner", "stf_1"), c.ID, PreviewInput{PersonID: "per_00001"})
		if err != nil || len(shown) != 1 || shown[0].Template != "12" || !slices.Equal(shown[0].Parameters, []string{"客户1", "1 orders"}) || shown[0].Text != "" {
			t.Errorf("%+v %v", shown, err)
		}
		check, err := w.svc.Check(as("owner", "stf_1"), c.ID)
		if err != nil || check.Unwritten != 1 || check.Tally.Go != 5 { // the fourth has no name
			t.Errorf("%+v %v", check, err)
		}
		w.start(c)
		out, err := w.svc.Render(t.Context(), org, c.ID, []Reader{{PersonID: "per_00001", Carrier: "sms", Data: w.box.to[c.ID][1].Data}, {PersonID: "per_00003", Carrier: "sms", Data: w.box.to[c.ID][3].Data}})
		if err != nil || out[0].Template != "12" || !slices.Equal(out[0].Parameters, []string{"客户1", "1 orders"}) || out[0].Err != nil || !errs.Is(out[1].Err, errs.CodeInvalid) {
			t.Errorf("%+v %v", out, err)
		}
	})
}
