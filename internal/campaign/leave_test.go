package campaign

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// A mail that one can say no to has a way out, which only its person can use,
// and which works at once and without looking.
func TestUnsubscribe(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.svc.SetBaseURL("https://pond.example/")
		w.populate(3)
		c := w.start(w.draft(func(in *Input) { in.HTML = "<html><body><p>Hello</p></body></html>" }))
		out, err := w.svc.Render(context.Background(), org, c.ID, []Reader{{PersonID: "per_00000", Carrier: "email"}, {PersonID: "per_00001", Carrier: "email"}, {PersonID: "per_00002", Carrier: "wecom"}, {PersonID: "per_00002", Carrier: "web"}})
		testkit.Must(t, err)
		link := out[0].Unsubscribe
		if !strings.HasPrefix(link, "https://pond.example/u/") || link == out[1].Unsubscribe || !strings.Contains(out[0].Text, link) || !strings.Contains(out[0].HTML, link+`"`) || !strings.HasSuffix(out[0].HTML, "</p></body></html>") {
			t.Errorf("%+v", out[0])
		}
		if out[2].Unsubscribe != "" || strings.Contains(out[2].Text, "/u/") {
			t.Errorf("what many get in one task names one of them: %+v", out[2])
		}
		if out[3].Unsubscribe != "" || !strings.Contains(out[3].Text, "\n\n退订 Unsubscribe: https://pond.example/u/") {
			t.Errorf("in a chat: %+v", out[3])
		}
		path := strings.TrimPrefix(link, "https://pond.example")
		call := func(method, path string) (int, string) {
			req, res := httptest.NewRequest(method, path, strings.NewReader("List-Unsubscribe=One-Click")), httptest.NewRecorder()
			req.Header.Set("Accept-Language", "en")
			w.svc.Pages().ServeHTTP(res, req)
			return res.Code, res.Body.String()
		}
		if status, body := call(http.MethodGet, path); status != 200 || !strings.Contains(body, "鱼塘") || !strings.Contains(body, "<form") || len(w.left) > 0 {
			t.Errorf("looked at: %d %v\n%s", status, w.left, body)
		}
		other := strings.Replace(path, "per_00000", "per_00001", 1)
		for _, wrong := range []string{other, path[:len(path)-1], "/u/x", "/u/a.b.c.d", strings.Replace(path, org, "org_b", 1), "/u/" + strings.Repeat("x", 400)} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				if status, body := call(method, wrong); status != 404 || !strings.Contains(body, "not valid") {
					t.Errorf("%s %s: %d", method, wrong, status)
				}
			}
		}
		for range 2 { // once more changes nothing
			if status, body := call(http.MethodPost, path); status != 200 || !strings.Contains(body, "You are unsubscribed") || strings.Contains(body, "<form") {
				t.Errorf("%d %s", status, body)
			}
		}
		if want := []string{"per_00000 marketing", "per_00000 marketing"}; !slices.Equal(w.left, want) {
			t.Errorf("%v, want %v", w.left, want)
		}
		w.people[0].ID = "" // erased
		if status, _ := call(http.MethodPost, path); status != 200 {
			t.Errorf("of whom nothing is left: %d", status)
		}
		c = w.start(w.draft(func(in *Input) { in.Purpose = Care }))
		out, err = w.svc.Render(context.Background(), org, c.ID, []Reader{{PersonID: "per_00001", Carrier: "email"}})
		testkit.Must(t, err)
		if out[0].Unsubscribe != "" {
			t.Errorf("a message of service: %+v", out[0])
		}
	})
}
