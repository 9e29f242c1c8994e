package inbox

import (
	"context"
	"errors"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// drafter drafts what it is told to, and keeps what it was asked.
type drafter struct {
	asked []Ask
	text  string
	err   error
}

func (d *drafter) Draft(_ context.Context, a Ask) (string, error) {
	d.asked = append(d.asked, a)
	return d.text, d.err
}

func TestSuggest(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.hear("per_1", "acc_web", "v1", "安吉白茶水温多少？我电话13812345678")
		path := "/inbox/conversations/" + id + "/suggestion"
		for _, q := range []string{`{"scope":"org","title":"冲泡水温","parts":[{"kind":"text","text":"绿茶和白茶 80℃"}]}`, `{"scope":"org","title":"开发票","parts":[{"kind":"text","text":"请把抬头发给我"}]}`,
			`{"scope":"personal","title":"水温我自己记的","parts":[{"kind":"text","text":"水温 85℃"}]}`} {
			w.want(boss, 201, "POST", "/inbox/quick-replies", q, nil)
		}
		w.want(boss, 409, "POST", path, "", nil)
		w.want(boss, 409, "PUT", "/inbox/assistant", `{"enabled":true}`, nil)
		as := &drafter{text: "80℃ 左右\u202e的水\n"}
		w.svc.SetAssistant(as)
		w.want(boss, 409, "POST", path, "", nil) // off until somebody turns it on
		w.want(boss, 200, "PUT", "/inbox/assistant", `{"enabled":true}`, nil)
		var got Suggestion
		w.want(boss, 200, "POST", path, "", &got)
		if got.Text != "80℃ 左右的水" || strings.Join(got.BasedOn, ",") != "冲泡水温" {
			t.Errorf("%+v", got)
		}
		if a := as.asked[0]; a.Brand != "官网" || len(a.Lines) != 1 || a.Lines[0].Ours || strings.Contains(a.Lines[0].Text, "1234") || len(a.Material) != 1 {
			t.Errorf("%+v", a)
		}
		if h := w.history(id); len(h) != 1 || len(w.sender.sent) != 0 {
			t.Error("a draft is nothing that was said")
		}
		as.err = errors.New("the provider's secret trouble")
		if body := w.want(boss, 503, "POST", path, "", nil); strings.Contains(body, "secret") {
			t.Error(body)
		}
		w.post(id, "key-00001", "80℃")
		w.want(boss, 409, "POST", path, "", nil) // nobody waits
		if len(as.asked) != 2 {
			t.Errorf("%d asked", len(as.asked))
		}
	})
}
