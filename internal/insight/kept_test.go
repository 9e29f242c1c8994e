package insight

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

// Questions are kept, opened, renamed, replaced, deleted and brought back, each by
// their own org alone.
func TestQuestionsAreKept(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		log := slog.New(slog.DiscardHandler)
		r := httpx.NewRouter(log, "test")
		w.svc.Routes(r)
		h := httpx.Middleware(log, auth{}, false, r)
		call := func(method, path, body, org, role string, status int) string {
			t.Helper()
			req := httptest.NewRequest(method, httpx.Prefix+path, strings.NewReader(body))
			req.Header.Set("X-Org", org)
			req.Header.Set("X-Role", role)
			req.Header.Set("Content-Type", "application/json")
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			if rec.Code != status {
				t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
			}
			return rec.Body.String()
		}
		const funnel = `{"steps":[{"any":["page.viewed"]},{"any":["order.paid"]}],"within_hours":24}`
		keep := func(kind, name, question string, status int) string {
			return call("POST", "/insight/questions", fmt.Sprintf(`{"kind":%q,"name":%q,"question":%s}`, kind, name, question), "org_a", "owner", status)
		}
		made := keep("funnel", " Looked\u202e, bought ", funnel, 201)
		id := made[strings.Index(made, "qst_"):]
		id = id[:strings.Index(id, `"`)]
		keep("funnel", "Nonsense", `{"moon":1}`, 422)
		keep("funnel", "Nonsense", `[]`, 422)
		keep("paths", "", `{"start":{"any":["order.paid"]},"within_hours":24}`, 422)
		keep("shared", "Who stays", `{"group":{"kind":"again","days":90}}`, 201)
		call("POST", "/insight/questions", `{"kind":"funnel","name":"Mine","question":`+funnel+`}`, "org_a", "viewer", 403)
		list := func(org string) string { return call("GET", "/insight/questions", "", org, "viewer", 200) }
		if got := list("org_a"); !strings.Contains(got, `"name":"Looked, bought"`) || !strings.Contains(got, `"question":`+funnel) || !strings.Contains(got, `"kind":"shared"`) {
			t.Errorf("%s", got)
		}
		if got := list("org_b"); !strings.Contains(got, `"items":[]`) {
			t.Errorf("another org: %s", got)
		}
		one := "/insight/questions/" + id
		call("PATCH", one, `{"name":"Came and bought"}`, "org_b", "owner", 404)
		call("DELETE", one, "", "org_b", "owner", 404)
		call("PATCH", one, `{"name":"Came and bought"}`, "org_a", "owner", 204)
		call("PATCH", one, `{"question":{"steps":[{"any":["page.viewed"]},{"any":["friend.added"]}],"within_hours":48}}`, "org_a", "owner", 204)
		call("PATCH", one, `{"question":{"first":{}}}`, "org_a", "owner", 422)
		if got := list("org_a"); !strings.Contains(got, `"name":"Came and bought"`) || !strings.Contains(got, `"within_hours":48`) {
			t.Errorf("%s", got)
		}
		call("DELETE", one, "", "org_a", "viewer", 403)
		call("DELETE", one, "", "org_a", "owner", 204)
		call("DELETE", one, "", "org_a", "owner", 404)
		if got := list("org_a"); strings.Contains(got, "Came") {
			t.Errorf("deleted: %s", got)
		}
		call("POST", one+"/restore", "", "org_b", "owner", 404)
		call("POST", one+"/restore", "", "org_a", "owner", 204)
		if got := list("org_a"); !strings.Contains(got, "Came") {
			t.Errorf("restored: %s", got)
		}
		call("DELETE", one, "", "org_a", "owner", 204)
		w.clock.Advance(31 * 24 * time.Hour)
		call("POST", one+"/restore", "", "org_a", "owner", 404)

		// Values are worked out anew when somebody asks, once at a time.
		call("POST", "/insight/clv/refit", "", "org_a", "viewer", 403)
		w.tell(buyers(120)...)
		w.catchUp()
		first := call("POST", "/insight/clv/refit", "", "org_a", "owner", 202)
		w.clock.Advance(time.Second)
		if again := call("POST", "/insight/clv/refit", "", "org_a", "owner", 202); again != first || !strings.Contains(again, `"total":120`) {
			t.Errorf("%s, then %s", first, again)
		}
		if got := call("GET", "/insight/clv", "", "org_a", "viewer", 200); !strings.Contains(got, `"refit":{"asked_at"`) {
			t.Errorf("%s", got)
		}
		if err := w.svc.RefitAsked(t.Context(), "org_a"); err != nil {
			t.Fatal(err)
		}
		if got := call("GET", "/insight/clv?days=30&discount=0", "", "org_a", "viewer", 200); strings.Contains(got, `"refit"`) || !strings.Contains(got, `"asked":{"days":30,"discount":0,`) {
			t.Errorf("%s", got)
		}
		if got := call("GET", "/insight/clv/people?show=risk&share=0.5&alive_below=0.9&limit=5", "", "org_a", "viewer", 200); !strings.Contains(got, `"currency":"CNY"`) {
			t.Errorf("%s", got)
		}
		call("GET", "/insight/clv/people?show=risk&share=1.5", "", "org_a", "viewer", 422)
		call("GET", "/insight/clv/people", "", "org_a", "associate", 403)
		call("POST", "/insight/clv/people/segment", `{"name":"x"}`, "org_a", "viewer", 403)
	})
}

// After an import nobody waits for the night.
func TestFirstFitComesSoon(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		told := func() int {
			t.Helper()
			if err := w.svc.RefitGrown(t.Context()); err != nil {
				t.Fatal(err)
			}
			v, err := w.svc.Value(t.Context(), w.org)
			w.must(err)
			return len(v.History)
		}
		if n := told(); n != 0 {
			t.Fatal("a fit of nothing", n)
		}
		all := buyers(200)
		w.tell(all[:len(all)/2]...)
		w.catchUp()
		if n := told(); n != 1 {
			t.Fatal("no fit after the first orders", n)
		}
		w.tell(all[len(all)/2:]...)
		w.catchUp()
		w.clock.Advance(time.Minute)
		if n := told(); n != 1 {
			t.Fatal("fits at once again", n)
		}
		w.clock.Advance(10 * time.Minute)
		if n := told(); n != 2 {
			t.Fatal("no fit of the rest", n)
		}
		w.clock.Advance(time.Hour)
		if n := told(); n != 2 {
			t.Fatal("fits without more orders", n)
		}
	})
}
